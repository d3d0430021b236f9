//! Repositories served by `git http-backend`, behind a door that some paths have.

use std::path::PathBuf;
use std::process::Stdio;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use http::{HeaderMap, StatusCode};
use tokio::io::AsyncWriteExt;

/// `ann:sesame` opens `/private/`; nothing opens `/forbidden/`; `/broken/` is.
pub(crate) struct Backend {
    pub(crate) url: String,
}

impl Backend {
    /// Serves the bare repositories in a directory, each of them under every first part of a path.
    pub(crate) async fn start(root: PathBuf) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let app = Router::new().fallback(serve).with_state(root);
        tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        Self { url }
    }
}

async fn serve(State(root): State<PathBuf>, request: Request) -> Response {
    let path = request.uri().path().to_owned();
    let (_, rest) = path[1..].split_once('/').unwrap_or_default();
    let known = request.headers().get("authorization").is_some_and(|value| {
        let expected = base64::engine::general_purpose::STANDARD.encode("ann:sesame");
        value.as_bytes() == format!("Basic {expected}").as_bytes()
    });
    match path[1..].split('/').next() {
        Some("private") if !known => {
            (StatusCode::UNAUTHORIZED, [("www-authenticate", "Basic realm=\"git\"")], "who are you")
                .into_response()
        }
        Some("forbidden") => (StatusCode::FORBIDDEN, "not you").into_response(),
        Some("broken") => (StatusCode::INTERNAL_SERVER_ERROR, "out of order").into_response(),
        _ => backend(root, &format!("/{rest}"), request).await,
    }
}

/// One call of the CGI program that comes with git.
async fn backend(root: PathBuf, path: &str, request: Request) -> Response {
    let header = |headers: &HeaderMap, name: &str| {
        headers.get(name).map_or_else(String::new, |value| value.to_str().unwrap().to_owned())
    };
    let mut command = tokio::process::Command::new("git");
    command
        .arg("http-backend")
        .env("GIT_PROJECT_ROOT", root)
        .env("GIT_HTTP_EXPORT_ALL", "1")
        .env("REMOTE_USER", "ann")
        .env("REQUEST_METHOD", request.method().as_str())
        .env("PATH_INFO", path)
        .env("QUERY_STRING", request.uri().query().unwrap_or_default())
        .env("CONTENT_TYPE", header(request.headers(), "content-type"))
        .env("HTTP_CONTENT_ENCODING", header(request.headers(), "content-encoding"))
        .env("GIT_PROTOCOL", header(request.headers(), "git-protocol"));
    let body = to_bytes(request.into_body(), usize::MAX).await.unwrap();
    command.env("CONTENT_LENGTH", body.len().to_string());
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    tokio::spawn(async move {
        // It may end without reading everything.
        let _unread = input.write_all(&body).await;
    });
    let output = child.wait_with_output().await.unwrap().stdout;
    let end = output.windows(4).position(|bytes| bytes == b"\r\n\r\n").unwrap();
    let head = String::from_utf8(output[..end].to_vec()).unwrap();
    let mut response = Response::builder();
    for line in head.lines() {
        let (name, value) = line.split_once(": ").unwrap();
        response = match name {
            "Status" => response.status(value[..3].parse::<u16>().unwrap()),
            _ => response.header(name, value),
        };
    }
    response.body(Body::from(output[end + 4..].to_vec())).unwrap()
}
