//! The trail of an organization, newest first, with its filters (control document, tag audit).
//!
//! Filters are objects in the query: `action[eq]=create`, `targetType[in]=volume&targetType[in]=secret`,
//! `statusCode[gte]=400`, `createdAt[lt]=…`.

use std::sync::Arc;

use contract::control::types::{AuditLog, PaginatedAuditLogs};
use jiff::Timestamp;
use serde::Deserialize;

use super::organizations::named;
use super::{Table, whole};
use crate::call::{Answer, Call, handler};
use crate::errors::ApiError;
use crate::records::AuditEntry;
use crate::wire::time;

pub(super) fn serve(table: Table) -> Table {
    table.serve("getOrganizationAuditLogs", handler(list))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Query {
    page: Option<usize>,
    limit: Option<usize>,
    from: Option<String>,
    to: Option<String>,
    next_token: Option<String>,
}

async fn list(call: Call) -> Result<Answer, ApiError> {
    let row = named(&call)?;
    let query: Query = call.query()?;
    let filters = filters(call.raw_query())?;
    let (from, to) = (moment("from", query.from.as_deref())?, moment("to", query.to.as_deref())?);
    let mut found = call.shared.shelves.trail.of(&row.id);
    found.retain(|entry| {
        filters.iter().all(|filter| filter.holds(entry))
            && from.is_none_or(|from| entry.created_at >= from)
            && to.is_none_or(|to| entry.created_at <= to)
    });
    let (page, limit) = (query.page.unwrap_or(1).max(1), query.limit.unwrap_or(100).max(1));
    let token = query.next_token.filter(|token| !token.is_empty());
    let begin = match token.as_deref() {
        Some(token) => after(&found, token)?,
        None => (page - 1).saturating_mul(limit),
    };
    let items: Vec<_> = found.iter().skip(begin).take(limit).collect();
    let more = begin.saturating_add(items.len()) < found.len();
    let count = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
    Answer::json(&whole(&PaginatedAuditLogs {
        total: count(found.len()),
        page: count(if token.is_some() { begin / limit + 1 } else { page }),
        total_pages: count(found.len().div_ceil(limit)),
        next_token: items.last().filter(|_| more).map(|entry| entry.id.clone()),
        items: items.into_iter().map(|entry| dto(entry)).collect(),
    }))
}

/// The place behind the entry a token names.
fn after(found: &[Arc<AuditEntry>], token: &str) -> Result<usize, ApiError> {
    let place = found.iter().position(|entry| entry.id == token);
    place
        .map(|place| place + 1)
        .ok_or_else(|| ApiError::bad_request(format!("Invalid nextToken provided: {token}")))
}

fn moment(name: &str, text: Option<&str>) -> Result<Option<Timestamp>, ApiError> {
    let Some(text) = text.filter(|text| !text.is_empty()) else { return Ok(None) };
    let moment = text.parse();
    moment
        .map(Some)
        .map_err(|_| ApiError::bad_request(format!("{name} must be a valid ISO 8601 date string")))
}

/// One condition: a member, how it is compared, and with what.
struct Filter {
    member: Member,
    relation: Relation,
    values: Vec<String>,
}

#[derive(Clone, Copy)]
enum Member {
    Id,
    ActorId,
    ActorEmail,
    KeyPrefix,
    KeySuffix,
    Action,
    TargetType,
    TargetId,
    StatusCode,
    CreatedAt,
}

#[derive(Clone, Copy, PartialEq)]
enum Relation {
    Equal,
    Not,
    In,
    NotIn,
    AtLeast,
    AtMost,
    Above,
    Below,
}

/// The filters of a query, those of one member and relation taken together.
fn filters(query: &str) -> Result<Vec<Filter>, ApiError> {
    let mut filters: Vec<(String, Filter)> = Vec::new();
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        let Some((outer, inner)) = name.split_once('[') else { continue };
        let Some(member) = member(outer) else { continue };
        let inner = inner.split(']').next().unwrap_or_default();
        let relation = relation(inner)
            .ok_or_else(|| ApiError::bad_request(format!("{outer}.property {inner} should not exist")))?;
        check(member, outer, inner, &value)?;
        let key = format!("{outer}[{inner}");
        match filters.iter_mut().find(|(known, _)| *known == key) {
            Some((_, filter)) => filter.values.push(value.into_owned()),
            None => filters.push((key, Filter { member, relation, values: vec![value.into_owned()] })),
        }
    }
    Ok(filters.into_iter().map(|(_, filter)| filter).collect())
}

fn check(member: Member, outer: &str, inner: &str, value: &str) -> Result<(), ApiError> {
    match member {
        Member::StatusCode if value.parse::<f64>().is_err() => Err(ApiError::bad_request(format!(
            "{outer}.{inner} must be a number conforming to the specified constraints"
        ))),
        Member::CreatedAt => moment(&format!("{outer}.{inner}"), Some(value)).map(|_| ()),
        _ => Ok(()),
    }
}

fn member(name: &str) -> Option<Member> {
    Some(match name {
        "id" => Member::Id,
        "actorId" => Member::ActorId,
        "actorEmail" => Member::ActorEmail,
        "actorApiKeyPrefix" => Member::KeyPrefix,
        "actorApiKeySuffix" => Member::KeySuffix,
        "action" => Member::Action,
        "targetType" => Member::TargetType,
        "targetId" => Member::TargetId,
        "statusCode" => Member::StatusCode,
        "createdAt" => Member::CreatedAt,
        _ => return None,
    })
}

fn relation(name: &str) -> Option<Relation> {
    Some(match name {
        "eq" => Relation::Equal,
        "not" => Relation::Not,
        "in" => Relation::In,
        "notIn" => Relation::NotIn,
        "gte" => Relation::AtLeast,
        "lte" => Relation::AtMost,
        "gt" => Relation::Above,
        "lt" => Relation::Below,
        _ => return None,
    })
}

impl Filter {
    fn holds(&self, entry: &AuditEntry) -> bool {
        use std::cmp::Ordering::{Equal, Greater, Less};
        let one = |value: &String| match self.member.compare(entry, value) {
            Some(order) => match self.relation {
                Relation::Equal | Relation::In | Relation::Not | Relation::NotIn => order == Equal,
                Relation::AtLeast => order != Less,
                Relation::AtMost => order != Greater,
                Relation::Above => order == Greater,
                Relation::Below => order == Less,
            },
            None => false,
        };
        match self.relation {
            Relation::Not | Relation::NotIn => !self.values.iter().any(one),
            Relation::In => self.values.iter().any(one),
            _ => self.values.iter().all(one),
        }
    }
}

impl Member {
    /// How an entry's member lies to a value; `None` when it has none.
    fn compare(self, entry: &AuditEntry, value: &str) -> Option<std::cmp::Ordering> {
        let [prefix, suffix] = entry.actor_key.clone().unwrap_or_default();
        let text = match self {
            Self::StatusCode => return f64::from(entry.status_code).partial_cmp(&value.parse().ok()?),
            Self::CreatedAt => return Some(entry.created_at.cmp(&value.parse().ok()?)),
            Self::Id => entry.id.clone(),
            Self::ActorId => entry.actor_id.clone(),
            Self::ActorEmail => entry.actor_email.clone(),
            Self::KeyPrefix => prefix,
            Self::KeySuffix => suffix,
            Self::Action => entry.name.clone(),
            Self::TargetType => entry.target_type.clone(),
            Self::TargetId => entry.target_id.clone()?,
        };
        Some(text.as_str().cmp(value))
    }
}

fn dto(entry: &AuditEntry) -> AuditLog {
    let [prefix, suffix] =
        entry.actor_key.clone().map(|[first, last]| [Some(first), Some(last)]).unwrap_or_default();
    AuditLog {
        id: entry.id.clone(),
        actor_id: entry.actor_id.clone(),
        actor_email: entry.actor_email.clone(),
        actor_api_key_prefix: prefix,
        actor_api_key_suffix: suffix,
        organization_id: Some(entry.organization_id.clone()),
        action: entry.name.clone(),
        target_type: Some(entry.target_type.clone()),
        target_id: entry.target_id.clone(),
        status_code: Some(f64::from(entry.status_code)),
        error_message: entry.error_message.clone(),
        ip_address: None,
        user_agent: entry.user_agent.clone(),
        source: entry.source.clone(),
        metadata: None,
        created_at: time(entry.created_at),
    }
}
