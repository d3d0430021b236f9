//! The lists of sandboxes (control-plane.md §2.8): by cursor, by page, and the bare array of older clients.
//!
//! Both filter and sort the organization's records in memory. The cursor holds the last item's sort value and id, so a
//! page begins behind that place whatever was added or removed meanwhile.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use contract::control::types::{ListSandboxesResponse, PaginatedSandboxesDeprecated};
use dialect::ClientGeneration;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::call::{Answer, Call};
use crate::errors::ApiError;
use crate::lifecycle::shown_state;
use crate::record::SandboxRecord;
use crate::wire;

/// Everything either list can be asked for; each operation's table decides what it lets through.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Query {
    cursor: Option<String>,
    page: Option<i64>,
    limit: Option<i64>,
    id: Option<String>,
    name: Option<String>,
    labels: Option<String>,
    states: Vec<String>,
    snapshots: Vec<String>,
    region_ids: Vec<String>,
    regions: Vec<String>,
    sandbox_classes: Vec<String>,
    min_cpu: Option<f64>,
    max_cpu: Option<f64>,
    min_gpu: Option<f64>,
    max_gpu: Option<f64>,
    #[serde(rename = "minMemoryGiB")]
    min_memory: Option<f64>,
    #[serde(rename = "maxMemoryGiB")]
    max_memory: Option<f64>,
    #[serde(rename = "minDiskGiB")]
    min_disk: Option<f64>,
    #[serde(rename = "maxDiskGiB")]
    max_disk: Option<f64>,
    is_public: Option<bool>,
    is_recoverable: Option<bool>,
    created_at_after: Option<String>,
    created_at_before: Option<String>,
    last_event_after: Option<String>,
    last_event_before: Option<String>,
    auto_destroy_at_after: Option<String>,
    auto_destroy_at_before: Option<String>,
    sort: Option<String>,
    order: Option<String>,
}

const DEFAULT_LIMIT: i64 = 100;
const MAX_LIMIT: i64 = 200;

/// First version whose clients read pages; those before it want one array (legacy-clients.md §5).
const PAGES_SINCE: &str = "0.108.0-0";

pub(super) async fn by_cursor(call: Call) -> Result<Answer, ApiError> {
    let query: Query = call.query()?;
    if wants_array(&call.client) {
        return whole(&call, &query);
    }
    let after = query.cursor.as_deref().filter(|cursor| !cursor.is_empty()).map(Cursor::read).transpose()?;
    let order = Order::of(&query, "lastActivityAt");
    let mut found = filtered(&call, &query, Match::Prefix)?;
    order.sort(&mut found);
    if let Some(after) = after {
        found.retain(|record| order.compare(&order.place(record), &after) == Ordering::Greater);
    }
    let limit = limit(&query);
    let more = found.len() > limit;
    found.truncate(limit);
    let next_cursor = match found.last() {
        Some(last) if more => Some(order.place(last).write()),
        _ => None,
    };
    let items = found.iter().map(|record| wire::list_item(record, &call.base)).collect();
    Answer::json(&ListSandboxesResponse { items, next_cursor })
}

/// Versions that cannot be read, and those of developers, count as the newest.
fn wants_array(client: &ClientGeneration) -> bool {
    let developed = client.version.as_deref().is_some_and(|version| version.contains("dev"));
    client.is_before(PAGES_SINCE) && !developed
}

/// All sandboxes at once, newest first.
fn whole(call: &Call, query: &Query) -> Result<Answer, ApiError> {
    let mut found = filtered(call, query, Match::Prefix)?;
    found.sort_by(|one, other| (other.created_at, &other.id).cmp(&(one.created_at, &one.id)));
    let items: Vec<_> = found.iter().map(|record| wire::sandbox(record, &call.base)).collect();
    Answer::json(&items)
}

pub(super) async fn by_page(call: Call) -> Result<Answer, ApiError> {
    let query: Query = call.query()?;
    let order = Order::of(&query, "createdAt");
    let mut found = filtered(&call, &query, Match::Part)?;
    order.sort(&mut found);
    let (page, limit) = (query.page.unwrap_or(1).max(1), limit(&query));
    let total = found.len();
    let first = usize::try_from(page - 1).unwrap_or(usize::MAX).saturating_mul(limit);
    let items =
        found.iter().skip(first).take(limit).map(|record| wire::sandbox(record, &call.base)).collect();
    Answer::json(&PaginatedSandboxesDeprecated {
        items,
        total: count(total),
        page,
        total_pages: count(total.div_ceil(limit)),
    })
}

fn count(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn limit(query: &Query) -> usize {
    usize::try_from(query.limit.unwrap_or(DEFAULT_LIMIT).clamp(1, MAX_LIMIT)).unwrap_or(1)
}

/// How ids and names are looked for, letter case aside.
#[derive(Clone, Copy)]
enum Match {
    Prefix,
    Part,
}

impl Match {
    fn fits(self, value: &str, wanted: Option<&str>) -> bool {
        let Some(wanted) = wanted.filter(|wanted| !wanted.is_empty()).map(str::to_lowercase) else {
            return true;
        };
        let value = value.to_lowercase();
        match self {
            Self::Prefix => value.starts_with(&wanted),
            Self::Part => value.contains(&wanted),
        }
    }
}

fn filtered(call: &Call, query: &Query, texts: Match) -> Result<Vec<Arc<SandboxRecord>>, ApiError> {
    let labels = labels(query.labels.as_deref())?;
    let mut found = call.shared.registry.list(call.organization()?);
    found.retain(|record| {
        texts.fits(&record.id, query.id.as_deref())
            && texts.fits(&record.name, query.name.as_deref())
            && labels.iter().all(|(name, value)| record.labels.get(name) == Some(value))
            && any(&query.states, shown_state(record).as_str())
            && any(&query.snapshots, record.snapshot.as_deref().unwrap_or_default())
            && any(&query.region_ids, &record.target)
            && any(&query.regions, &record.target)
            && any(&query.sandbox_classes, record.class.as_str())
            && query.is_public.is_none_or(|public| record.public == public)
            && query.is_recoverable.is_none_or(|recoverable| record.recoverable == recoverable)
            && sizes_fit(query, record)
            && times_fit(query, record)
    });
    Ok(found)
}

/// The label filter: JSON text of an object whose pairs must all be there. Old clients send the text `null`.
fn labels(text: Option<&str>) -> Result<BTreeMap<String, String>, ApiError> {
    let Some(text) = text.filter(|text| !text.trim().is_empty()) else { return Ok(BTreeMap::new()) };
    let invalid = |_| ApiError::bad_request("Invalid labels JSON format");
    Ok(serde_json::from_str::<Option<BTreeMap<String, String>>>(text).map_err(invalid)?.unwrap_or_default())
}

fn any(wanted: &[String], value: &str) -> bool {
    wanted.is_empty() || wanted.iter().any(|wanted| wanted == value)
}

#[expect(clippy::cast_precision_loss, reason = "sizes are small whole numbers")]
fn sizes_fit(query: &Query, record: &SandboxRecord) -> bool {
    let within = |size: i64, least: Option<f64>, most: Option<f64>| {
        least.is_none_or(|least| size as f64 >= least) && most.is_none_or(|most| size as f64 <= most)
    };
    let resources = &record.resources;
    within(resources.cpu, query.min_cpu, query.max_cpu)
        && within(resources.gpu, query.min_gpu, query.max_gpu)
        && within(resources.memory, query.min_memory, query.max_memory)
        && within(resources.disk, query.min_disk, query.max_disk)
}

fn times_fit(query: &Query, record: &SandboxRecord) -> bool {
    // A text that is no time restricts nothing: its check is the table's.
    let moment = |text: &Option<String>| text.as_deref().and_then(|text| text.parse::<Timestamp>().ok());
    let within = |time: Option<Timestamp>, after: &Option<String>, before: &Option<String>| {
        moment(after).is_none_or(|after| time.is_some_and(|time| time >= after))
            && moment(before).is_none_or(|before| time.is_some_and(|time| time <= before))
    };
    within(Some(record.created_at), &query.created_at_after, &query.created_at_before)
        && within(Some(record.last_activity_at), &query.last_event_after, &query.last_event_before)
        && within(record.auto_destroy_at, &query.auto_destroy_at_after, &query.auto_destroy_at_before)
}

/// What a list is sorted by; ids break ties.
struct Order {
    field: Field,
    descending: bool,
}

#[derive(Clone, Copy)]
enum Field {
    Id,
    Name,
    State,
    Snapshot,
    Region,
    Cpu,
    Memory,
    Disk,
    CreatedAt,
    UpdatedAt,
    LastActivityAt,
}

impl Order {
    fn of(query: &Query, default: &str) -> Self {
        let field = match query.sort.as_deref().unwrap_or(default) {
            "id" => Field::Id,
            "name" => Field::Name,
            "state" => Field::State,
            "snapshot" => Field::Snapshot,
            "region" => Field::Region,
            "cpu" => Field::Cpu,
            "memoryGib" => Field::Memory,
            "diskGib" => Field::Disk,
            "updatedAt" => Field::UpdatedAt,
            "lastActivityAt" => Field::LastActivityAt,
            _ => Field::CreatedAt,
        };
        Self { field, descending: query.order.as_deref() != Some("asc") }
    }

    fn place(&self, record: &SandboxRecord) -> Cursor {
        let text = |text: &str| SortValue::Text(text.to_owned());
        let time = |time: Timestamp| SortValue::Number(time.as_microsecond());
        let sort_value = match self.field {
            Field::Id => text(&record.id),
            Field::Name => text(&record.name),
            Field::State => text(shown_state(record).as_str()),
            Field::Snapshot => text(record.snapshot.as_deref().unwrap_or_default()),
            Field::Region => text(&record.target),
            Field::Cpu => SortValue::Number(record.resources.cpu),
            Field::Memory => SortValue::Number(record.resources.memory),
            Field::Disk => SortValue::Number(record.resources.disk),
            Field::CreatedAt => time(record.created_at),
            Field::UpdatedAt => time(record.updated_at),
            Field::LastActivityAt => time(record.last_activity_at),
        };
        Cursor { sort_value, id: record.id.clone() }
    }

    fn sort(&self, records: &mut [Arc<SandboxRecord>]) {
        records.sort_by_cached_key(|record| self.place(record));
        if self.descending {
            records.reverse();
        }
    }

    fn compare(&self, one: &Cursor, other: &Cursor) -> Ordering {
        let ascending = (&one.sort_value, &one.id).cmp(&(&other.sort_value, &other.id));
        if self.descending { ascending.reverse() } else { ascending }
    }
}

/// A place in a sorted list.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Cursor {
    sort_value: SortValue,
    id: String,
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(untagged)]
enum SortValue {
    Number(i64),
    Text(String),
}

impl Cursor {
    fn read(text: &str) -> Result<Self, ApiError> {
        let invalid = || ApiError::bad_request(format!("Invalid cursor provided: {text}"));
        let bytes = STANDARD.decode(text).map_err(|_| invalid())?;
        serde_json::from_slice(&bytes).map_err(|_| invalid())
    }

    fn write(&self) -> String {
        STANDARD.encode(serde_json::to_vec(self).unwrap_or_default())
    }
}
