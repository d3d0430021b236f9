//! A journal read back: requests with their answers.

use std::collections::BTreeMap;

use contract::Operation;
use serde_json::Value;

use super::journal::{Answered, Asked, Body, Line};
use crate::Error;
use crate::case::Side;

/// A request and what became of it.
#[derive(Clone, Debug)]
pub(super) struct Exchange {
    pub(super) asked: Asked,
    /// Nothing when the client left, or the server ended, before there was one.
    pub(super) answered: Option<Answered>,
}

impl Exchange {
    /// The operation meant.
    pub(super) fn operation(&self) -> Option<&'static Operation> {
        let contract = self.asked.contract.as_deref()?;
        let side = Side::ALL.into_iter().find(|side| side.document().name == contract)?;
        side.document().operation(self.asked.operation.as_deref()?)
    }

    pub(super) fn status(&self) -> Option<u16> {
        self.answered.as_ref().map(|answered| answered.status)
    }

    /// The request's body, where it is JSON.
    pub(super) fn json(&self) -> Option<&Value> {
        match &self.asked.body {
            Some(Body::Json(value)) => Some(value),
            _ => None,
        }
    }

    /// Names and values of the query.
    pub(super) fn query(&self) -> Vec<(String, String)> {
        let query = self.asked.target.split_once('?').map_or("", |(_, query)| query);
        form_urlencoded::parse(query.as_bytes()).into_owned().collect()
    }

    /// As a person would write it down.
    pub(super) fn title(&self) -> String {
        format!("{} {}", self.asked.method, self.asked.target)
    }
}

/// The exchanges of a journal, in the order of their requests. A last line that was cut off is passed over.
pub(super) fn read(text: &str) -> Result<Vec<Exchange>, Error> {
    let mut exchanges: BTreeMap<u64, Exchange> = BTreeMap::new();
    let whole = text.rfind('\n').map_or("", |end| &text[..end]);
    for (position, line) in whole.lines().enumerate() {
        let entry = || format!("line {}", position + 1);
        let line = serde_json::from_str(line).map_err(|error| Error::data("journal", &entry(), error))?;
        match line {
            Line::Asked(asked) => drop(exchanges.insert(asked.number, Exchange { asked, answered: None })),
            Line::Answered(answered) => {
                if let Some(exchange) = exchanges.get_mut(&answered.number) {
                    exchange.answered = Some(answered);
                }
            }
        }
    }
    Ok(exchanges.into_values().collect())
}
