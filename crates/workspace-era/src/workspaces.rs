//! Operations on workspaces (legacy-clients.md §4.1). Every one that changes something answers with the whole object:
//! those who read it need it, and the rest look away.

use std::collections::BTreeMap;

use contract::workspace::types::{WorkspaceLabels, WorkspacePortPreviewUrl};
use control::{ApiError, SandboxRecord, SandboxResult};
use serde::Deserialize;
use serde_json::Value;

use crate::call::{Answer, Call};
use crate::wire;

pub(crate) async fn list(call: Call) -> Result<Answer, ApiError> {
    #[derive(Deserialize)]
    struct Query {
        labels: Option<String>,
    }
    let Query { labels } = call.query()?;
    let wanted = labels.as_deref().map(read_labels).transpose()?.unwrap_or_default();
    let records = call.sandboxes().list(&call.organization);
    let fits =
        |record: &SandboxRecord| wanted.iter().all(|(name, value)| record.labels.get(name) == Some(value));
    let found: Vec<Value> = records
        .iter()
        .filter(|record| fits(record))
        .map(|record| wire::workspace(&call.config.control, record, &call.base))
        .collect();
    Answer::json(&found)
}

/// JSON text of pairs. Clients in Python send the text `null` when they want no filter (legacy-clients.md §6.11).
fn read_labels(text: &str) -> Result<BTreeMap<String, String>, ApiError> {
    if text.trim().is_empty() {
        return Ok(BTreeMap::new());
    }
    let read = serde_json::from_str::<Option<BTreeMap<String, String>>>(text);
    read.map(Option::unwrap_or_default).map_err(|_| ApiError::bad_request("Invalid labels JSON format"))
}

pub(crate) async fn get(call: Call) -> Result<Answer, ApiError> {
    let found = call.sandboxes().find_remembered(&call.organization, call.at(0));
    answer(&call, found)
}

pub(crate) async fn delete(call: Call) -> Result<Answer, ApiError> {
    let deleted = call.sandboxes().delete(&call.organization, call.at(0)).await;
    answer(&call, deleted)
}

pub(crate) async fn start(call: Call) -> Result<Answer, ApiError> {
    let started = call.sandboxes().start(&call.organization, call.at(0)).await;
    answer(&call, started)
}

pub(crate) async fn stop(call: Call) -> Result<Answer, ApiError> {
    let stopped = call.sandboxes().stop(&call.organization, call.at(0), false).await;
    answer(&call, stopped)
}

pub(crate) async fn archive(call: Call) -> Result<Answer, ApiError> {
    let archived = call.sandboxes().archive(&call.organization, call.at(0)).await;
    answer(&call, archived)
}

pub(crate) async fn replace_labels(call: Call) -> Result<Answer, ApiError> {
    exists(&call)?;
    let WorkspaceLabels { labels } = call.body()?;
    let labelled = call.sandboxes().set_labels(&call.organization, call.at(0), labels).await;
    answer(&call, labelled)
}

pub(crate) async fn set_auto_stop(call: Call) -> Result<Answer, ApiError> {
    exists(&call)?;
    let set = call.sandboxes().set_auto_stop(&call.organization, call.at(0), minutes(&call)?).await;
    answer(&call, set)
}

pub(crate) async fn set_auto_archive(call: Call) -> Result<Answer, ApiError> {
    exists(&call)?;
    let set = call.sandboxes().set_auto_archive(&call.organization, call.at(0), minutes(&call)?).await;
    answer(&call, set)
}

pub(crate) async fn set_public(call: Call) -> Result<Answer, ApiError> {
    exists(&call)?;
    // Whatever is not the text `true` is not.
    let public = call.at(1) == "true";
    let set = call.sandboxes().set_public(&call.organization, call.at(0), public).await;
    answer(&call, set)
}

pub(crate) async fn preview_url(call: Call) -> Result<Answer, ApiError> {
    let record = call.sandboxes().find(&call.organization, call.at(0))?;
    let preview = call.config.control.previews().address(&record, call.at(1), &call.base, &call.client)?;
    Answer::json(&WorkspacePortPreviewUrl { url: preview, token: record.auth_token.clone() })
}

fn minutes(call: &Call) -> Result<i64, ApiError> {
    let read = call.at(1).trim().parse();
    read.map_err(|_| ApiError::bad_request("Validation failed (numeric string is expected)"))
}

/// A missing workspace is reported before a parameter or a body that does not bind.
fn exists(call: &Call) -> Result<(), ApiError> {
    call.sandboxes().find(&call.organization, call.at(0)).map(drop)
}

fn answer(call: &Call, result: SandboxResult) -> Result<Answer, ApiError> {
    Answer::json(&wire::workspace(&call.config.control, &*result?, &call.base))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_null_filters_nothing() {
        assert_eq!(read_labels("null"), Ok(BTreeMap::new()));
        assert_eq!(read_labels(r#"{"a":"b"}"#).unwrap().len(), 1);
        for bad in ["{", "[]", r#"{"a":1}"#, "a"] {
            assert!(read_labels(bad).is_err(), "{bad}");
        }
    }
}
