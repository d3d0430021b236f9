//! What a sandbox told a collector of telemetry (control-plane.md §3.4). This server has none, and answers as the real one
//! does without one: there is nothing. What a sandbox uses at this moment its toolbox measures.

use contract::control::types::{MetricsResponse, PaginatedLogs, PaginatedTraces, TraceSpan};
use serde::Deserialize;

use super::sandbox::exists;
use crate::call::{Answer, Call};
use crate::errors::ApiError;

#[derive(Deserialize)]
struct Page {
    #[serde(default = "first")]
    page: i64,
}

const fn first() -> i64 {
    1
}

pub(super) async fn logs(call: Call) -> Result<Answer, ApiError> {
    exists(&call)?;
    let Page { page } = call.query()?;
    Answer::json(&PaginatedLogs { items: Vec::new(), total: 0, page, total_pages: 0 })
}

pub(super) async fn traces(call: Call) -> Result<Answer, ApiError> {
    exists(&call)?;
    let Page { page } = call.query()?;
    Answer::json(&PaginatedTraces { items: Vec::new(), total: 0, page, total_pages: 0 })
}

pub(super) async fn spans(call: Call) -> Result<Answer, ApiError> {
    exists(&call)?;
    Answer::json(&Vec::<TraceSpan>::new())
}

pub(super) async fn metrics(call: Call) -> Result<Answer, ApiError> {
    exists(&call)?;
    let _range: Page = call.query()?;
    Answer::json(&MetricsResponse { series: Vec::new() })
}
