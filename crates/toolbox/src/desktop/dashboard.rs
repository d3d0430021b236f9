//! The page of films, behind port 33333 of the sandbox (toolbox-files-git-desktop.md §6.7). No program listens there, so
//! that sandboxes that share a network have one each.

use axum::body::Body;
use axum::extract::Request;
use axum::response::{IntoResponse as _, Response};
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use percent_encoding::percent_decode_str;
use serde::{Deserialize, Serialize};

use super::recordings::{shown, video};
use crate::Shared;
use crate::errors::Failure;
use crate::files::blocking;
use crate::go_json;
use crate::request::read;

/// The port previews ask for.
pub(crate) const PORT: u16 = 33333;

const PAGE: &str = include_str!("dashboard.html");

#[derive(Deserialize)]
struct Unwanted {
    #[serde(default)]
    ids: Vec<String>,
}

#[derive(Serialize)]
struct Deleted {
    deleted: Vec<String>,
    failed: Vec<String>,
}

#[derive(Serialize)]
struct Listed {
    recordings: Vec<contract::toolbox::types::Recording>,
}

/// Answers a request to the port.
pub(crate) async fn respond(toolbox: Shared, request: Request) -> Response {
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let headers = request.headers().clone();
    let answer = match (&method, path.as_str()) {
        (&Method::GET | &Method::HEAD, "/") => Ok(page()),
        (&Method::GET, "/api/recordings") => list(toolbox).await,
        (&Method::DELETE, "/api/recordings") => delete(toolbox, request).await,
        (&Method::GET | &Method::HEAD, path) => match path.strip_prefix("/videos/") {
            Some(name) => send(toolbox, name, headers).await,
            None => Ok(unknown()),
        },
        _ => Ok(unknown()),
    };
    answer.unwrap_or_else(|failure| (failure.status, failure.message).into_response())
}

fn page() -> Response {
    let html = HeaderValue::from_static("text/html; charset=utf-8");
    ([(CONTENT_TYPE, html)], Body::from(PAGE)).into_response()
}

fn unknown() -> Response {
    (StatusCode::NOT_FOUND, "404 page not found").into_response()
}

async fn list(toolbox: Shared) -> Result<Response, Failure> {
    let recordings = blocking(move || toolbox.engine.recordings()).await??;
    let recordings = recordings.into_iter().map(shown).collect();
    Ok(go_json::response(StatusCode::OK, &Listed { recordings }))
}

async fn send(toolbox: Shared, name: &str, headers: HeaderMap) -> Result<Response, Failure> {
    let name = percent_decode_str(name).decode_utf8_lossy().into_owned();
    blocking(move || {
        // Only files that are films are looked for, so no name leads anywhere else.
        let recordings = toolbox.engine.recordings()?;
        match recordings.iter().find(|recording| recording.file_name == name) {
            Some(recording) => video(&toolbox, recording, &headers),
            None => Ok(unknown()),
        }
    })
    .await?
}

async fn delete(toolbox: Shared, request: Request) -> Result<Response, Failure> {
    let body = read(request, toolbox.body_limit).await?;
    let unwanted: Unwanted = serde_json::from_slice(&body).map_err(|error| Failure {
        status: StatusCode::BAD_REQUEST,
        code: None,
        message: error.to_string(),
    })?;
    let answer = blocking(move || {
        let gone = |id: &String| toolbox.engine.delete_recording(id).is_ok();
        let (deleted, failed) = unwanted.ids.into_iter().partition(gone);
        Deleted { deleted, failed }
    });
    Ok(go_json::response(StatusCode::OK, &answer.await?))
}
