//! The agent the tests start: a few operations over a shell.

use std::process::Stdio;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use http::{StatusCode, header};
use hyper_util::rt::TokioIo;
use sandbox::agent::{self, AgentConfig};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::Command;

pub(crate) fn main() {
    let socket = agent::inherited_socket().expect("a control socket on standard input");
    if let Err(error) = agent::run(socket, app) {
        eprintln!("{error}");
        std::process::exit(1);
    }
}

fn app(config: AgentConfig) -> Router {
    Router::new()
        .route("/echo", post(|request: Request| async { request.into_body() }))
        .route("/run", post(run))
        .route("/config", get(|State(config): State<AgentConfig>| async { axum::Json(config) }))
        .route("/upgrade", get(upgrade))
        .route("/exit", post(exit))
        .with_state(config)
}

/// Ends the agent in the middle of a request.
async fn exit() -> StatusCode {
    std::process::exit(3)
}

/// Runs the body as a shell script; answers with what it printed, and its exit code in a header.
async fn run(State(config): State<AgentConfig>, script: String) -> Response {
    let mut command = Command::new("/bin/sh");
    command.arg("-c").arg(script).env_clear().envs(&config.env).stdin(Stdio::null()).stderr(Stdio::inherit());
    let output = command.output().await;
    let Ok(output) = output else { return StatusCode::INTERNAL_SERVER_ERROR.into_response() };
    let code = output.status.code().unwrap_or(-1).to_string();
    ([("x-exit-code", code)], output.stdout).into_response()
}

/// Gives everything back in capitals after the upgrade.
async fn upgrade(mut request: Request) -> Response {
    let upgraded = hyper::upgrade::on(&mut request);
    tokio::spawn(async move {
        let mut stream = TokioIo::new(upgraded.await.expect("an upgraded stream"));
        let mut piece = [0; 64];
        while let Ok(length @ 1..) = stream.read(&mut piece).await {
            piece.make_ascii_uppercase();
            if stream.write_all(&piece[..length]).await.is_err() {
                return;
            }
        }
    });
    let headers = [(header::CONNECTION, "upgrade"), (header::UPGRADE, "capitals")];
    (StatusCode::SWITCHING_PROTOCOLS, headers, Body::empty()).into_response()
}
