//! What is expected of a client's requests.

use std::collections::{BTreeMap, HashMap};

use contract::check::Checker;
use contract::{Auth, Kind, Location, Operation, Shape};
use serde::Serialize;
use serde_json::Value;

use super::exchanges::Exchange;
use super::journal::{Body, Shown};
use crate::case::Side;
use crate::registry::Level;

/// How many requests for the same thing in a second are still patience.
const POLLS: usize = 10;
/// Microseconds in a second.
const SECOND: u64 = 1_000_000;

/// Something a client should keep to.
#[derive(Debug)]
pub struct Rule {
    /// Stable id.
    pub id: &'static str,
    /// How binding it is.
    pub level: Level,
    /// One sentence.
    pub sentence: &'static str,
    /// Where it comes from.
    pub source: &'static str,
}

const KNOWN: &str = "CLIENT-KNOWN";
const CREDENTIAL: &str = "CLIENT-CREDENTIAL";
const TYPES: &str = "CLIENT-TYPES";
const MEMBERS: &str = "CLIENT-MEMBERS";
const PARAMETERS: &str = "CLIENT-PARAMETERS";
const MEDIA_TYPE: &str = "CLIENT-MEDIA-TYPE";
const RETRY: &str = "CLIENT-RETRY";
const PATIENCE: &str = "CLIENT-PATIENCE";

/// Every rule, in the order of reports.
pub const RULES: &[Rule] = &[
    Rule {
        id: KNOWN,
        level: Level::Must,
        sentence: "Every request means an operation of the contract.",
        source: "the contract documents",
    },
    Rule {
        id: CREDENTIAL,
        level: Level::Must,
        sentence: "Requests that need a credential carry one, in the header where it is not a signed address.",
        source: "control-plane.md §1.2",
    },
    Rule {
        id: TYPES,
        level: Level::Must,
        sentence: "Bodies and parameters have what the contract requires, in its types.",
        source: "the contract documents",
    },
    Rule {
        id: MEMBERS,
        level: Level::Should,
        sentence: "Bodies have no members that no server reads.",
        source: "the contract documents",
    },
    Rule {
        id: PARAMETERS,
        level: Level::Should,
        sentence: "Queries have no parameters that no server reads.",
        source: "the contract documents",
    },
    Rule {
        id: MEDIA_TYPE,
        level: Level::Should,
        sentence: "A body is of a media type the contract lists, and says so.",
        source: "the contract documents",
    },
    Rule {
        id: RETRY,
        level: Level::Must,
        sentence: "Who is told to come again later does not come sooner.",
        source: "control-plane.md §1.6",
    },
    Rule {
        id: PATIENCE,
        level: Level::Should,
        sentence: "The same thing is not asked for more than ten times a second.",
        source: "sdk-clients.md §a.5: released clients ask between once and ten times a second",
    },
];

/// A departure from a rule, however often it was seen.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Finding {
    /// The rule.
    pub rule: &'static str,
    /// The operation, where the request means one.
    pub operation: Option<&'static str>,
    /// What departs.
    pub what: String,
    /// How often.
    pub times: usize,
    /// The first request of them, without secrets.
    pub example: String,
}

impl Finding {
    /// How binding its rule is.
    #[must_use]
    pub fn level(&self) -> Level {
        RULES.iter().find(|rule| rule.id == self.rule).map_or(Level::Should, |rule| rule.level)
    }
}

/// Departures found so far, each once.
#[derive(Default)]
pub(super) struct Findings(BTreeMap<(&'static str, Option<&'static str>, String), Finding>);

impl Findings {
    fn add(&mut self, rule: &'static str, exchange: &Exchange, what: String) {
        let operation = exchange.operation().map(|operation| operation.id);
        let found = self.0.entry((rule, operation, what.clone())).or_insert_with(|| Finding {
            rule,
            operation,
            what,
            times: 0,
            example: exchange.title(),
        });
        found.times += 1;
    }

    /// In the order of the rules.
    pub(super) fn all(self) -> Vec<Finding> {
        let place = |finding: &Finding| RULES.iter().position(|rule| rule.id == finding.rule);
        let mut all: Vec<Finding> = self.0.into_values().collect();
        all.sort_by(|one, other| place(one).cmp(&place(other)).then_with(|| one.cmp(other)));
        all
    }
}

/// Holds what was asked in one run against the rules.
pub(super) fn hold(exchanges: &[Exchange], findings: &mut Findings) {
    let checkers: HashMap<&str, Checker> =
        Side::ALL.into_iter().map(|side| (side.document().name, Checker::new(side.document()))).collect();
    for exchange in exchanges {
        let Some(operation) = exchange.operation() else {
            // A browser's question beforehand is no request of the client's own.
            if exchange.asked.method != "OPTIONS" {
                findings.add(KNOWN, exchange, "the contract has no such operation".to_owned());
            }
            continue;
        };
        credential(operation, exchange, findings);
        parameters(operation, exchange, findings);
        body(operation, &checkers[operation.document], exchange, findings);
    }
    returns(exchanges, findings);
    polls(exchanges, findings);
}

fn credential(operation: &Operation, exchange: &Exchange, findings: &mut Findings) {
    if matches!(operation.auth, Auth::None | Auth::Signature) {
        return;
    }
    match exchange.asked.credential {
        Shown::Header => {}
        // Clients that cannot set headers have no other way to open a socket.
        Shown::Query if operation.websocket => {}
        Shown::Query => {
            findings.add(CREDENTIAL, exchange, "the credential is in the query, where logs show it".into());
        }
        Shown::Nothing => findings.add(CREDENTIAL, exchange, "there is no credential".into()),
    }
}

fn parameters(operation: &Operation, exchange: &Exchange, findings: &mut Findings) {
    let sent = exchange.query();
    let known = || operation.parameters.iter().filter(|parameter| parameter.location == Location::Query);
    for (name, _) in &sent {
        if !known().any(|parameter| parameter.name == name) && !is_credential(name) {
            findings.add(PARAMETERS, exchange, format!("nobody reads `{name}`"));
        }
    }
    for parameter in known() {
        let value = sent.iter().find(|(name, _)| name == parameter.name).map(|(_, value)| value.as_str());
        match value {
            None if parameter.required => {
                findings.add(TYPES, exchange, format!("the parameter `{}` is missing", parameter.name));
            }
            Some(value) if !is_of(parameter.kind, value) => {
                findings.add(
                    TYPES,
                    exchange,
                    format!("the parameter `{}` is of another type", parameter.name),
                );
            }
            _ => {}
        }
    }
}

/// What carries a credential or a client's own name, on any operation.
fn is_credential(name: &str) -> bool {
    ["DAYTONA_SANDBOX_AUTH_KEY", "token", "apiKey", "api_key", "signature", "expires"].contains(&name)
}

fn is_of(kind: Kind, value: &str) -> bool {
    match kind {
        Kind::Integer { .. } => value.parse::<i64>().is_ok(),
        Kind::Number => value.parse::<f64>().is_ok(),
        Kind::Bool => matches!(value, "true" | "false" | "0" | "1"),
        _ => true,
    }
}

fn body(operation: &Operation, checker: &Checker, exchange: &Exchange, findings: &mut Findings) {
    let Some(described) = &operation.body else {
        // Some clients send an empty object with everything that has no body.
        let empty = |body: &Body| match body {
            Body::Json(Value::Object(members)) => members.is_empty(),
            Body::Json(value) => value.is_null(),
            Body::Bytes(length) => *length == Some(0),
        };
        if exchange.asked.body.as_ref().is_some_and(|body| !empty(body)) {
            findings.add(MEMBERS, exchange, "nobody reads the body".to_owned());
        }
        return;
    };
    let is_empty = matches!(exchange.asked.body, None | Some(Body::Bytes(Some(0))));
    if is_empty {
        if described.required {
            findings.add(TYPES, exchange, "there is no body".to_owned());
        }
        return;
    }
    media_type(described.media_types, exchange, findings);
    let Some(value) = exchange.json() else { return };
    if let Some(schema) = described.schema {
        for departure in checker.departures(schema, value) {
            findings.add(TYPES, exchange, departure);
        }
    }
    if let Some(shape) = described.shape {
        let mut unknown = Vec::new();
        strangers(shape, value, "", &mut unknown);
        for path in unknown {
            findings.add(MEMBERS, exchange, format!("nobody reads `{path}`"));
        }
    }
}

fn media_type(listed: &[&str], exchange: &Exchange, findings: &mut Findings) {
    let said = exchange.asked.headers.get("content-type").map(String::as_str).unwrap_or_default();
    let essence = said.split(';').next().unwrap_or_default().trim();
    if listed.is_empty() || listed.iter().any(|known| known.eq_ignore_ascii_case(essence)) {
        return;
    }
    let said = if said.is_empty() { "does not say what it is".to_owned() } else { format!("is {essence}") };
    findings.add(MEDIA_TYPE, exchange, format!("the body {said}; the contract has {}", listed.join(", ")));
}

/// Paths of members the shape does not have. Lists are looked into, maps are the client's own.
fn strangers(shape: &Shape, value: &Value, path: &str, unknown: &mut Vec<String>) {
    let Some(object) = value.as_object() else { return };
    for (name, value) in object {
        let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
        match shape.members.iter().find(|member| member.name == name) {
            None => unknown.push(path),
            Some(member) => inner(&member.kind, value, &path, unknown),
        }
    }
}

fn inner(kind: &Kind, value: &Value, path: &str, unknown: &mut Vec<String>) {
    match kind {
        Kind::Object(shape) => strangers(shape, value, path, unknown),
        Kind::Array(item) => {
            for value in value.as_array().into_iter().flatten() {
                inner(item, value, &format!("{path}[]"), unknown);
            }
        }
        _ => {}
    }
}

/// Who was told to come again later and came sooner.
fn returns(exchanges: &[Exchange], findings: &mut Findings) {
    let mut told: HashMap<(&str, &str), u64> = HashMap::new();
    for exchange in exchanges {
        let key = (exchange.asked.method.as_str(), exchange.asked.target.as_str());
        if let Some(until) = told.remove(&key)
            && exchange.asked.at < until
        {
            let early = (until - exchange.asked.at) as f64 / SECOND as f64;
            findings.add(RETRY, exchange, format!("it came back {early:.1} s too early"));
        }
        let Some(answered) = exchange.answered.as_ref().filter(|answered| answered.status == 429) else {
            continue;
        };
        let mut advice = answered.headers.iter().filter(|(name, _)| name.starts_with("retry-after"));
        if let Some(seconds) = advice.find_map(|(_, value)| value.parse::<u64>().ok()) {
            told.insert(key, answered.at + seconds * SECOND);
        }
    }
}

/// Who asks for the same thing again and again.
fn polls(exchanges: &[Exchange], findings: &mut Findings) {
    let mut asked: HashMap<&str, Vec<&Exchange>> = HashMap::new();
    for exchange in exchanges.iter().filter(|exchange| exchange.asked.method == "GET") {
        asked.entry(exchange.asked.target.as_str()).or_default().push(exchange);
    }
    for same in asked.into_values() {
        let hurried =
            same.windows(POLLS + 1).find(|window| window[POLLS].asked.at - window[0].asked.at < SECOND);
        if let Some([first, ..]) = hurried {
            findings.add(PATIENCE, first, format!("asked for more than {POLLS} times in a second"));
        }
    }
}
