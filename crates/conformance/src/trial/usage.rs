//! What a client uses of each contract.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::exchanges::Exchange;
use crate::case::Side;

/// What was used of one contract.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Usage {
    /// The contract.
    pub contract: Side,
    /// Operations it has.
    pub operations: usize,
    /// Those used, by id.
    pub used: BTreeMap<&'static str, UsedOperation>,
}

/// What was used of one operation.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct UsedOperation {
    /// How many requests there were.
    pub requests: usize,
    /// How often each status was answered; 0 stands for no answer.
    pub statuses: BTreeMap<u16, usize>,
    /// Members of bodies and parameters of queries that were sent.
    pub members: BTreeSet<String>,
    /// Those the contract has and nobody sent.
    pub unused: BTreeSet<&'static str>,
}

/// What the exchanges used of every contract that was used at all.
pub(super) fn usage(exchanges: &[Exchange]) -> Vec<Usage> {
    let of = |side: Side| {
        let document = side.document();
        let mut used: BTreeMap<&'static str, UsedOperation> = BTreeMap::new();
        for exchange in exchanges {
            let Some(operation) = exchange.operation().filter(|known| known.document == document.name) else {
                continue;
            };
            let counted = used.entry(operation.id).or_default();
            counted.requests += 1;
            *counted.statuses.entry(exchange.status().unwrap_or_default()).or_default() += 1;
            counted.members.extend(exchange.query().into_iter().map(|(name, _)| name));
            let members = exchange.json().and_then(|body| body.as_object());
            counted.members.extend(members.into_iter().flatten().map(|(name, _)| name.clone()));
        }
        for (id, counted) in &mut used {
            let known = document.operation(id).into_iter().flat_map(known_members);
            counted.unused = known.filter(|name| !counted.members.contains(*name)).collect();
        }
        Usage { contract: side, operations: document.operations.len(), used }
    };
    Side::ALL.into_iter().map(of).filter(|usage| !usage.used.is_empty()).collect()
}

fn known_members(operation: &'static contract::Operation) -> impl Iterator<Item = &'static str> {
    let parameters = operation.parameters.iter();
    let queries = parameters.filter(|parameter| parameter.location == contract::Location::Query);
    let shape = operation.body.and_then(|body| body.shape);
    let members = shape.into_iter().flat_map(|shape| shape.members.iter());
    queries.map(|parameter| parameter.name).chain(members.map(|member| member.name))
}
