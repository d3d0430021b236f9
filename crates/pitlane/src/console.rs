//! `/_pitlane`: what the emulator tells about itself, outside every emulated API.

use axum::extract::State;
use axum::routing::get;
use axum::{Json, Router};
use edge::{Finding, Findings};

/// The console's routes.
pub(crate) fn routes(findings: Findings) -> Router {
    Router::new().route("/findings", get(all)).with_state(findings)
}

/// Departures from the contract seen so far, requests' and answers'.
async fn all(State(findings): State<Findings>) -> Json<Vec<Finding>> {
    Json(findings.all())
}
