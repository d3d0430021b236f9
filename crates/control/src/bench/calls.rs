//! What a build asks of a sandbox's agent, in the toolbox's own words.

use std::path::Path;

use axum::body::Body;
use builder::BenchError;
use bytes::Bytes;
use futures_util::stream;
use http::{Method, Request, Response, StatusCode};
use http_body_util::BodyExt as _;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::told;
use crate::holder::Held;

/// Clients of this age follow a log as clean text over plain HTTP.
const PLAIN_LOGS: (&str, &str) = ("x-daytona-sdk-version", "0.20.0");

/// How much of a file is read at once, in bytes.
const PIECE: usize = 256 * 1024;

/// Asks one agent.
#[derive(Clone, Copy)]
pub(super) struct Calls<'a>(pub(super) &'a dyn Held);

impl Calls<'_> {
    async fn ask(&self, method: Method, path: &str, body: Body) -> Result<Response<Body>, BenchError> {
        let (name, version) = PLAIN_LOGS;
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(name, version)
            .header("content-type", "application/json")
            .body(body)
            .map_err(told)?;
        self.send(request).await
    }

    async fn send(&self, request: Request<Body>) -> Result<Response<Body>, BenchError> {
        let response = self.0.request(request).await.map_err(told)?;
        if response.status().is_success() {
            return Ok(response);
        }
        let (status, text) = (response.status(), text(response).await?);
        let message = serde_json::from_str::<Value>(&text).ok();
        let message = message.and_then(|body| Some(body.get("message")?.as_str()?.to_owned()));
        Err(BenchError(message.unwrap_or_else(|| format!("{status}: {text}"))))
    }

    async fn json(&self, method: Method, path: &str, body: &Value) -> Result<Value, BenchError> {
        let response = self.ask(method, path, Body::from(body.to_string())).await?;
        let text = text(response).await?;
        Ok(serde_json::from_str(&text).unwrap_or_default())
    }

    /// Runs a short script in a directory as the API names it; what it prints.
    pub(super) async fn execute(&self, script: &str, directory: &str) -> Result<(i64, String), BenchError> {
        let body = json!({ "command": script, "cwd": directory });
        let done = self.json(Method::POST, "/process/execute", &body).await?;
        let printed = done["result"].as_str().unwrap_or_default().to_owned();
        Ok((done["exitCode"].as_i64().unwrap_or(-1), printed))
    }

    /// Runs a script in a session of its own, with its output as it comes; its exit code.
    pub(super) async fn run(
        &self,
        session: &str,
        script: &str,
        output: &mut (dyn FnMut(&[u8]) + Send),
    ) -> Result<i32, BenchError> {
        let sessions = "/process/session";
        self.json(Method::POST, sessions, &json!({ "sessionId": session })).await?;
        let body = json!({ "command": script, "runAsync": true });
        let begun = self.json(Method::POST, &format!("{sessions}/{session}/exec"), &body).await?;
        let command = begun["cmdId"].as_str().ok_or_else(|| told("a command has no number"))?;
        let command = format!("{sessions}/{session}/command/{command}");
        let log = self.ask(Method::GET, &format!("{command}/logs?follow=true"), Body::empty()).await?;
        let mut log = log.into_body();
        while let Some(frame) = log.frame().await {
            if let Some(bytes) = frame.map_err(told)?.data_ref() {
                output(bytes);
            }
        }
        let ended = self.json(Method::GET, &command, &Value::Null).await?;
        let code = ended["exitCode"].as_i64().and_then(|code| i32::try_from(code).ok());
        self.ask(Method::DELETE, &format!("{sessions}/{session}"), Body::empty()).await?;
        code.ok_or_else(|| told("the sandbox it is built in ended"))
    }

    /// Puts a file of the server's into the sandbox.
    pub(super) async fn upload(&self, file: &Path, path: &str) -> Result<(), BenchError> {
        let file = tokio::fs::File::open(file).await.map_err(told)?;
        let length = file.metadata().await.map_err(told)?.len();
        let pieces = stream::try_unfold(file, |mut file| async move {
            let mut piece = vec![0; PIECE];
            let count = file.read(&mut piece).await?;
            piece.truncate(count);
            Ok::<_, std::io::Error>((count > 0).then(|| (Bytes::from(piece), file)))
        });
        let request = Request::post(format!("/files/upload-v2?path={}", encode(path)))
            .header("content-type", "application/octet-stream")
            .header("content-length", length)
            .body(Body::from_stream(pieces))
            .map_err(told)?;
        self.send(request).await.map(drop)
    }

    /// Takes a file of the sandbox's to the server.
    pub(super) async fn download(&self, path: &str, to: &Path) -> Result<(), BenchError> {
        let target = format!("/files/download?path={}", encode(path));
        let mut body = self.ask(Method::GET, &target, Body::empty()).await?.into_body();
        let mut file = tokio::fs::File::create(to).await.map_err(told)?;
        while let Some(frame) = body.frame().await {
            if let Some(bytes) = frame.map_err(told)?.data_ref() {
                file.write_all(bytes).await.map_err(told)?;
            }
        }
        file.flush().await.map_err(told)
    }
}

fn encode(path: &str) -> impl std::fmt::Display + '_ {
    utf8_percent_encode(path, NON_ALPHANUMERIC)
}

async fn text(response: Response<Body>) -> Result<String, BenchError> {
    if response.status() == StatusCode::NO_CONTENT {
        return Ok(String::new());
    }
    let bytes = response.into_body().collect().await.map_err(told)?.to_bytes();
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
