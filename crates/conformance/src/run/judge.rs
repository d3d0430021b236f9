//! Holds an answer against what a step expects and against the contract.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use contract::Operation;
use contract::check::Answer as CheckedAnswer;
use regex::Regex;
use serde_json::Value;

use super::server::checker;
use super::{Server, Trouble};
use crate::NOT_SERVED;
use crate::case::{Capture, CaptureFrom, Expect, Side, Step};
use crate::client::{Answer, Message, ServerEvent};
use crate::json_path::JsonPath;
use crate::matcher::{self, brief, mismatches};
use crate::variables::Variables;

/// What an answer is judged by.
#[derive(Clone, Copy, Debug)]
pub(super) struct Judge<'a> {
    pub(super) server: &'a Server,
    pub(super) side: Side,
    pub(super) operation: Option<&'static Operation>,
}

impl Judge<'_> {
    /// Says what is wrong with `answer`, or that the server does not serve the operation.
    pub(super) fn answer(self, expect: &Expect, answer: &Answer) -> Result<(), Trouble> {
        self.absence(expect, answer)?;
        let mut wrong = Vec::new();
        wrong.extend(self.status(expect, answer));
        for (name, matcher) in &expect.headers {
            let value = answer.header(name).map(Value::from);
            wrong.extend(
                self.matched(matcher, value.as_ref())
                    .into_iter()
                    .map(|text| format!("header {name}: {text}")),
            );
        }
        wrong.extend(self.json(expect, answer));
        wrong.extend(self.bytes(expect, answer));
        wrong.extend(timing(expect, answer));
        if expect.contract.unwrap_or(true) {
            wrong.extend(self.contract(answer));
        }
        if wrong.is_empty() { Ok(()) } else { Err(Trouble::Fail(wrong)) }
    }

    /// 501 is how a server says that it lacks an operation; it is a fault only where something else was said before.
    fn absence(self, expect: &Expect, answer: &Answer) -> Result<(), Trouble> {
        let expected = expect.status.as_ref().is_some_and(|allowed| allowed.allow(501));
        if answer.status.as_u16() != 501 || expected {
            return Ok(());
        }
        let name = self.operation.map_or("the operation", |operation| operation.id);
        Err(Trouble::Absent(format!("{name}{NOT_SERVED}")))
    }

    fn status(self, expect: &Expect, answer: &Answer) -> Option<String> {
        let status = answer.status.as_u16();
        let (right, wanted) = match (&expect.status, self.operation) {
            (Some(allowed), _) => (allowed.allow(status), allowed.describe()),
            (None, Some(operation)) => (operation.success() == status, operation.success().to_string()),
            (None, None) => (answer.status.is_success(), "2xx".to_owned()),
        };
        (!right).then(|| {
            let body = matcher::brief(&Value::String(answer.text()));
            format!("status is {status}; {wanted} was expected; the body: {body}")
        })
    }

    fn json(self, expect: &Expect, answer: &Answer) -> Vec<String> {
        if expect.json.is_none() && expect.at.is_empty() {
            return Vec::new();
        }
        let body: Value = match serde_json::from_slice(&answer.body) {
            Ok(body) => body,
            Err(error) => {
                return vec![format!(
                    "the body is no JSON: {error}; {}",
                    brief(&Value::String(answer.text()))
                )];
            }
        };
        let mut wrong = Vec::new();
        if let Some(matcher) = &expect.json {
            wrong.extend(self.matched(matcher, Some(&body)));
        }
        if !expect.at.is_empty() {
            let at: serde_json::Map<String, Value> = expect.at.clone().into_iter().collect();
            wrong.extend(self.matched(&serde_json::json!({ "$at": at }), Some(&body)));
        }
        wrong
    }

    fn bytes(self, expect: &Expect, answer: &Answer) -> Vec<String> {
        let mut wrong = Vec::new();
        if let Some(matcher) = &expect.text {
            wrong.extend(labelled("the text", self.matched(matcher, Some(&Value::String(answer.text())))));
        }
        if let Some(matcher) = &expect.length {
            wrong.extend(labelled("the length", self.matched(matcher, Some(&answer.body.len().into()))));
        }
        if let Some(wanted) = &expect.base64 {
            let got = STANDARD.encode(&answer.body);
            if &got != wanted {
                let (got, wanted) = (brief(&got.into()), brief(&wanted.clone().into()));
                wrong.push(format!("the bytes are {got}; {wanted} was expected"));
            }
        }
        wrong
    }

    pub(super) fn contract(self, answer: &Answer) -> Vec<String> {
        let Some(operation) = self.operation else { return Vec::new() };
        let checked = CheckedAnswer {
            status: answer.status.as_u16(),
            content_type: answer.header("content-type"),
            body: (!answer.cut).then_some(answer.body.as_ref()),
        };
        labelled("the contract", checker(self.side).answer(operation, checked))
    }

    pub(super) fn matched(self, matcher: &Value, actual: Option<&Value>) -> Vec<String> {
        let schemas = |name: &str, value: &Value| {
            let pointer = format!("/components/schemas/{name}");
            match has_schema(self.side, name) {
                true => checker(self.side).departures(&pointer, value),
                false => vec![format!("the contract has no schema `{name}`")],
            }
        };
        mismatches(matcher, actual, &schemas)
    }

    /// Whether one event is the one a step waits for.
    pub(super) fn is_event(self, wanted: &crate::case::Event, event: &ServerEvent) -> bool {
        let parsed = serde_json::from_str::<Value>(&event.data).ok();
        let holds = |matcher: &Option<Value>, value: Option<&Value>| {
            matcher.as_ref().is_none_or(|matcher| self.matched(matcher, value).is_empty())
        };
        holds(&wanted.event, Some(&Value::from(event.event.as_str())))
            && holds(&wanted.data, Some(&Value::from(event.data.as_str())))
            && holds(&wanted.json, parsed.as_ref())
            && holds(&wanted.id, event.id.as_deref().map(Value::from).as_ref())
    }

    /// What is wrong with a WebSocket message.
    pub(super) fn message(self, wanted: &crate::case::Incoming, message: &Message) -> Vec<String> {
        let kind = match message {
            Message::Text(_) => "text",
            Message::Binary(_) => "binary",
            Message::Pong(_) => "pong",
            Message::Closed { .. } | Message::Gone(_) => "end",
        };
        if let Some(wanted) = wanted.kind.as_deref().filter(|wanted| *wanted != kind) {
            return vec![format!("a {kind} message came; a {wanted} message was expected")];
        }
        let Some(payload) = message.payload() else {
            return vec![format!("{message:?} came; a message was expected")];
        };
        let mut wrong = Vec::new();
        if let Some(matcher) = &wanted.text {
            wrong.extend(self.matched(matcher, Some(&Value::from(payload.as_str()))));
        }
        if let Some(matcher) = &wanted.json {
            match serde_json::from_str::<Value>(&payload) {
                Ok(value) => wrong.extend(self.matched(matcher, Some(&value))),
                Err(_) => wrong.push(format!("the message is no JSON: {}", brief(&payload.into()))),
            }
        }
        labelled("the message", wrong)
    }
}

fn has_schema(side: Side, name: &str) -> bool {
    serde_json::from_str::<Value>(side.document().json)
        .is_ok_and(|document| document.pointer(&format!("/components/schemas/{name}")).is_some())
}

fn timing(expect: &Expect, answer: &Answer) -> Vec<String> {
    let mut wrong = Vec::new();
    if let Some(limit) = expect.within.filter(|limit| answer.elapsed > limit.0) {
        wrong.push(format!("the answer took {:?}; at most {limit} was expected", answer.elapsed));
    }
    if let Some(limit) = expect.after.filter(|limit| answer.elapsed < limit.0) {
        wrong.push(format!("the answer took {:?}; at least {limit} was expected", answer.elapsed));
    }
    wrong
}

fn labelled(label: &str, wrong: Vec<String>) -> Vec<String> {
    wrong.into_iter().map(|text| format!("{label}: {text}")).collect()
}

/// Keeps what the step asks to keep, as far as it is there, and says what is not.
pub(super) fn capture(step: &Step, answer: &Answer, variables: &mut Variables) -> Result<(), Trouble> {
    let mut missing = Vec::new();
    for (name, capture) in &step.capture {
        let value = match capture {
            Capture::Json(path) => json_value(path, &answer.body),
            Capture::From(CaptureFrom::Maybe(path)) => match json_value(path, &answer.body) {
                Ok(value) => Ok(value),
                Err(_) => continue,
            },
            Capture::From(CaptureFrom::Header(header)) => {
                answer.header(header).map(Value::from).ok_or_else(|| format!("there is no header {header}"))
            }
            Capture::From(CaptureFrom::Text(pattern)) => group(pattern, &answer.text()),
        };
        match value {
            Ok(value) => variables.set(name, value),
            Err(problem) => missing.push(format!("`{name}` cannot be kept: {problem}")),
        }
    }
    if missing.is_empty() { Ok(()) } else { Err(Trouble::Fail(missing)) }
}

pub(super) fn json_value(path: &str, body: &[u8]) -> Result<Value, String> {
    let body: Value =
        serde_json::from_slice(body).map_err(|error| format!("the body is no JSON: {error}"))?;
    let found = JsonPath::parse(path)?.first(&body).cloned();
    found.ok_or_else(|| format!("`{path}` is missing in {}", brief(&body)))
}

fn group(pattern: &str, text: &str) -> Result<Value, String> {
    let compiled = Regex::new(pattern).map_err(|error| error.to_string())?;
    let found = compiled.captures(text).and_then(|groups| groups.get(1).or_else(|| groups.get(0)));
    found.map(|found| Value::from(found.as_str())).ok_or_else(|| format!("`{pattern}` does not match"))
}
