//! Applies one mutant to the answers of one server.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE, TRANSFER_ENCODING};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use serde_json::{Value, json};

use super::{Break, Mutant, json as members};

/// An answer with its whole body.
#[derive(Clone, Debug)]
pub struct MutantAnswer {
    /// HTTP status.
    pub status: StatusCode,
    /// Header fields.
    pub headers: HeaderMap,
    /// The whole body.
    pub body: Bytes,
}

/// What is to be sent instead.
#[derive(Clone, Debug)]
pub struct Mutated {
    /// The answer.
    pub answer: MutantAnswer,
    /// How long to wait before sending it.
    pub delay: Duration,
}

/// A mutant at work, with what it remembers. One for each server started.
#[derive(Debug)]
pub struct Applied {
    mutant: Arc<Mutant>,
    remembered: Mutex<HashMap<String, Value>>,
}

impl Applied {
    /// A mutant that remembers nothing yet.
    #[must_use]
    pub fn new(mutant: Arc<Mutant>) -> Self {
        Self { mutant, remembered: Mutex::default() }
    }

    pub(super) fn mutant(&self) -> &Mutant {
        &self.mutant
    }

    /// Whether answers of this operation have to be collected and changed; everything else may pass as it comes.
    #[must_use]
    pub fn concerns(&self, contract: &str, operation: &str) -> bool {
        self.mutant.concerns(contract, operation)
    }

    /// Whether an answer with this status is changed.
    #[must_use]
    pub fn concerns_status(&self, status: StatusCode) -> bool {
        match (self.mutant.on_status, &self.mutant.r#break) {
            (Some(wanted), _) => status.as_u16() == wanted,
            (None, Break::LetIn { .. }) => matches!(status.as_u16(), 401 | 403 | 404),
            (None, Break::ErrorShape | Break::ErrorText { .. }) => status.as_u16() >= 400,
            (None, _) => status.is_success(),
        }
    }

    /// The answer to send instead of `answer`, which the operation gave to a request for `path` (with its query).
    #[must_use]
    pub fn change(&self, path: &str, answer: MutantAnswer) -> Mutated {
        if !self.concerns_status(answer.status) {
            return Mutated { answer, delay: Duration::ZERO };
        }
        let mut answer = answer;
        let mut delay = Duration::ZERO;
        match &self.mutant.r#break {
            Break::Status { status } => set_status(&mut answer, *status),
            Break::DropHeader { header } => drop(answer.headers.remove(header.as_str())),
            Break::SetHeader { header, value } => set_header(&mut answer.headers, header, value),
            Break::Truncate => answer.body.truncate(answer.body.len() / 2),
            Break::EmptyBody => answer.body.clear(),
            Break::ReplaceBody { text } => answer.body = text.clone().into(),
            Break::ReplaceText { from, to } => {
                answer.body = String::from_utf8_lossy(&answer.body).replace(from, to).into();
            }
            Break::QuoteText => quote(&mut answer),
            Break::ErrorShape => error_shape(&mut answer),
            Break::ErrorText { message } => error_text(&mut answer, message),
            Break::Delay { by } => delay = by.0,
            Break::LetIn { status, body } => {
                set_status(&mut answer, *status);
                set_json(&mut answer, body);
            }
            Break::Stale { member } => self.stale(path, member, &mut answer),
            Break::RepeatCursor { member } => {
                self.stale(path.split('?').next().unwrap_or(path), member, &mut answer);
            }
            made => on_json(&mut answer, |body| members::change(body, made)),
        }
        answer.headers.remove(TRANSFER_ENCODING);
        if answer.headers.contains_key(CONTENT_LENGTH) {
            answer.headers.insert(CONTENT_LENGTH, HeaderValue::from(answer.body.len()));
        }
        Mutated { answer, delay }
    }

    fn stale(&self, path: &str, member: &str, answer: &mut MutantAnswer) {
        let mut remembered = self.remembered.lock().unwrap_or_else(PoisonError::into_inner);
        on_json(answer, |body| {
            let Some(now) = members::first(body, member) else { return };
            let then = remembered.entry(path.to_owned()).or_insert(now);
            members::at(body, member, &mut |value| value.clone_from(then));
        });
    }
}

fn set_status(answer: &mut MutantAnswer, status: u16) {
    if let Ok(status) = StatusCode::from_u16(status) {
        answer.status = status;
    }
}

fn set_header(headers: &mut HeaderMap, name: &str, value: &str) {
    if let (Ok(name), Ok(value)) = (HeaderName::from_bytes(name.as_bytes()), HeaderValue::from_str(value)) {
        headers.insert(name, value);
    }
}

fn on_json(answer: &mut MutantAnswer, change: impl FnOnce(&mut Value)) {
    if let Ok(mut body) = serde_json::from_slice::<Value>(&answer.body) {
        change(&mut body);
        answer.body = body.to_string().into();
    }
}

fn set_json(answer: &mut MutantAnswer, body: &Value) {
    answer.headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    answer.body = body.to_string().into();
}

fn quote(answer: &mut MutantAnswer) {
    let text = String::from_utf8_lossy(&answer.body).into_owned();
    set_json(answer, &Value::String(text));
}

fn error_shape(answer: &mut MutantAnswer) {
    let text = serde_json::from_slice::<Value>(&answer.body).ok();
    let text = text.and_then(|body| body.get("message").cloned()).unwrap_or_else(|| json!("failed"));
    set_json(answer, &json!({ "error": text }));
}

fn error_text(answer: &mut MutantAnswer, message: &str) {
    on_json(answer, |body| {
        if let Some(text) = body.get_mut("message") {
            *text = message.into();
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mutant(made: &Value) -> Applied {
        let whole = json!({
            "id": "x", "contract": "control", "operation": "getSandbox", "break": made, "kills": "DT-CTL-SBX-001",
        });
        Applied::new(Arc::new(serde_json::from_value(whole).unwrap()))
    }

    fn answer(status: u16, body: &Value) -> MutantAnswer {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(CONTENT_LENGTH, HeaderValue::from(body.to_string().len()));
        MutantAnswer { status: StatusCode::from_u16(status).unwrap(), headers, body: body.to_string().into() }
    }

    #[test]
    fn every_break_of_a_body_is_what_its_name_says() {
        let body = json!({"id": "a", "n": 1, "items": [{"id": "x"}, {"id": "y"}]});
        let table = [
            (json!({"kind": "drop-member", "member": "id"}), "id", json!(null)),
            (json!({"kind": "rename-member", "member": "id", "to": "uid"}), "uid", json!("a")),
            (json!({"kind": "change-type", "member": "id"}), "id", json!(7)),
            (json!({"kind": "change-type", "member": "n"}), "n", json!("1")),
            (
                json!({"kind": "set-member", "member": "items[*].id", "value": "z"}),
                "items",
                json!([{"id": "z"}, {"id": "z"}]),
            ),
            (json!({"kind": "add-member", "member": "more", "value": 1}), "more", json!(1)),
            (json!({"kind": "swap-members", "members": ["id", "n"]}), "n", json!("a")),
            (json!({"kind": "empty-list", "member": "items"}), "items", json!([])),
            (json!({"kind": "short-list", "member": "items"}), "items", json!([{"id": "x"}])),
            (
                json!({"kind": "repeat-item", "member": "items"}),
                "items",
                json!([{"id": "x"}, {"id": "x"}, {"id": "y"}]),
            ),
            (json!({"kind": "reverse-list", "member": "items"}), "items", json!([{"id": "y"}, {"id": "x"}])),
            (json!({"kind": "add-to-number", "member": "n", "by": -1}), "n", json!(0)),
            (json!({"kind": "replace-text", "from": "\"a\"", "to": "\"b\""}), "id", json!("b")),
        ];
        for (made, member, wanted) in table {
            let changed = mutant(&made).change("/x", answer(200, &body)).answer;
            let got: Value = serde_json::from_slice(&changed.body).unwrap();
            assert_eq!(got.get(member).cloned().unwrap_or(Value::Null), wanted, "{made}");
            let length: usize = changed.headers[CONTENT_LENGTH].to_str().unwrap().parse().unwrap();
            assert_eq!(length, changed.body.len(), "{made}");
        }
    }

    #[test]
    fn a_stale_member_keeps_its_first_value_for_each_path() {
        let mutant = mutant(&json!({"kind": "stale", "member": "state"}));
        let state = |path: &str, state: &str| {
            let changed = mutant.change(path, answer(200, &json!({ "state": state }))).answer.body;
            serde_json::from_slice::<Value>(&changed).unwrap()["state"].clone()
        };
        assert_eq!(state("/a", "started"), "started");
        assert_eq!(state("/a", "stopped"), "started");
        assert_eq!(state("/b", "stopped"), "stopped");
    }

    #[test]
    fn only_the_answers_meant_are_broken() {
        let error = answer(404, &json!({"message": "none"}));
        let dropped = mutant(&json!({"kind": "drop-member", "member": "message"}));
        assert_eq!(dropped.change("/x", error.clone()).answer.body, error.body);
        let text = mutant(&json!({"kind": "error-text", "message": "other"}));
        assert_eq!(text.change("/x", error.clone()).answer.body, r#"{"message":"other"}"#);
        let let_in = mutant(&json!({"kind": "let-in", "status": 200, "body": {}}));
        assert_eq!(let_in.change("/x", error).answer.status, 200);
        assert!(let_in.concerns("control", "getSandbox") && !let_in.concerns("toolbox", "getSandbox"));
    }
}
