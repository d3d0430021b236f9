//! Secrets (control-plane.md §5.5): kept with their values, which no answer shows. A sandbox sees a placeholder.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use contract::control::types::{
    CreateSecret, ListSecretsResponse, Secret as SecretDto, UpdateSandboxSecrets, UpdateSecret,
};
use serde::Deserialize;

use super::Table;
use super::sandbox::sandbox;
use crate::allowances::Allowance;
use crate::attachments;
use crate::call::{Answer, Call, handler};
use crate::control::written;
use crate::errors::ApiError;
use crate::records::Secret;
use crate::wire::time;

const PLACEHOLDER_LENGTH: usize = 32;
const ALPHABET: &str = "abcdefghijklmnopqrstuvwxyz0123456789";
/// Above this the whole array is refused, and the pages have to be used.
const LONGEST_ARRAY: usize = 1500;

pub(super) fn serve(table: Table) -> Table {
    table
        .serve("createSecret", handler(create))
        .serve("listSecrets", handler(list))
        .serve("listSecretsPaginated", handler(page))
        .serve("getSecret", handler(get))
        .serve("updateSecret", handler(update))
        .serve("deleteSecret", handler(delete))
        .serve("updateSandboxSecrets", handler(attach))
}

async fn create(call: Call) -> Result<Answer, ApiError> {
    let body: CreateSecret = call.body()?;
    if !is_name(&body.name) {
        return Err(ApiError::bad_request(
            "name may contain letters, digits, underscores and dashes, and must begin with a letter or an underscore",
        ));
    }
    let organization = call.organization()?.as_str();
    let (ids, now) = (&call.shared.config.ids, call.shared.now());
    let secret = Secret {
        id: ids.uuid(),
        organization_id: organization.to_owned(),
        name: body.name.clone(),
        value: body.value,
        description: body.description,
        hosts: body.hosts.unwrap_or_default(),
        placeholder: format!("dtn_secret_{}", ids.token(PLACEHOLDER_LENGTH, ALPHABET)),
        created_at: now,
        updated_at: now,
    };
    let allowance = call.shared.allowance(organization, Allowance::Secrets);
    let check = |others: &[Arc<Secret>]| {
        if others.iter().any(|other| other.name == body.name) {
            return Err(ApiError::conflict(format!("Secret with name {} already exists", body.name)));
        }
        Allowance::Secrets.check(allowance, others.len())
    };
    let (secret, commit) = call.shared.shelves.secrets.insert(&call.shared.registry, secret, check)?;
    written(commit).await?;
    Answer::json(&dto(&secret))
}

async fn list(call: Call) -> Result<Answer, ApiError> {
    let secrets = call.shared.shelves.secrets.list(call.organization()?.as_str());
    if secrets.len() > LONGEST_ARRAY {
        return Err(ApiError::bad_request(
            "There are too many secrets for one answer. Use the paginated list",
        ));
    }
    Answer::json(&secrets.iter().rev().map(|secret| dto(secret)).collect::<Vec<_>>())
}

async fn page(call: Call) -> Result<Answer, ApiError> {
    #[derive(Deserialize)]
    struct Query {
        cursor: Option<String>,
        limit: Option<usize>,
        name: Option<String>,
        sort: Option<String>,
        order: Option<String>,
    }
    let query: Query = call.query()?;
    let cursor = query.cursor.filter(|cursor| !cursor.is_empty());
    let after = cursor.as_deref().map(read_cursor).transpose()?;
    let sort = query.sort.as_deref().unwrap_or("createdAt");
    let part = query.name.unwrap_or_default().to_lowercase();
    let descending = query.order.as_deref() != Some("asc");
    let mut found: Vec<([String; 2], Arc<Secret>)> = call
        .shared
        .shelves
        .secrets
        .list(call.organization()?.as_str())
        .into_iter()
        .filter(|secret| secret.name.to_lowercase().contains(&part))
        .map(|secret| (place(&secret, sort), secret))
        .collect();
    let total = i64::try_from(found.len()).unwrap_or(i64::MAX);
    found.sort_by(|(one, _), (other, _)| if descending { other.cmp(one) } else { one.cmp(other) });
    if let Some(after) = &after {
        found.retain(|(place, _)| if descending { place < after } else { place > after });
    }
    let limit = query.limit.unwrap_or(100);
    let more = found.len() > limit;
    found.truncate(limit);
    let next_cursor = found.last().filter(|_| more).map(|(place, _)| write_cursor(place));
    let items = found.iter().map(|(_, secret)| dto(secret)).collect();
    Answer::json(&ListSecretsResponse { items, total, next_cursor })
}

async fn get(call: Call) -> Result<Answer, ApiError> {
    let secret = call.shared.shelves.secrets.get(call.organization()?.as_str(), call.at(0));
    Answer::json(&dto(&*secret.ok_or_else(|| unknown(call.at(0)))?))
}

async fn update(call: Call) -> Result<Answer, ApiError> {
    let (organization, id) = (call.organization()?.as_str(), call.at(0));
    let secrets = &call.shared.shelves.secrets;
    secrets.get(organization, id).ok_or_else(|| unknown(id))?;
    let body: UpdateSecret = call.body()?;
    let now = call.shared.now();
    let change = |secret: &mut Secret| {
        if let Some(value) = body.value {
            secret.value = value;
        }
        if let Some(hosts) = body.hosts {
            secret.hosts = hosts;
        }
        secret.description = body.description.or_else(|| secret.description.take());
        secret.updated_at = now;
        Ok(())
    };
    let changed = secrets.update(&call.shared.registry, organization, id, change)?;
    let (secret, commit) = changed.ok_or_else(|| unknown(id))?;
    written(commit).await?;
    Answer::json(&dto(&secret))
}

async fn delete(call: Call) -> Result<Answer, ApiError> {
    let (organization, id) = (call.organization()?.as_str(), call.at(0));
    let removed = call.shared.shelves.secrets.remove(&call.shared.registry, organization, id);
    written(removed.ok_or_else(|| unknown(id))?).await?;
    Ok(Answer::empty())
}

/// Replaces the secrets of a sandbox.
async fn attach(call: Call) -> Result<Answer, ApiError> {
    let (organization, sandboxes) = (call.organization()?, call.sandboxes());
    sandboxes.find(organization, call.at(0))?;
    let UpdateSandboxSecrets { secrets } = call.body()?;
    let record = sandboxes.set_secrets(organization, call.at(0), &secrets).await?;
    let warnings = attachments::secret_warnings(&record.attachments.secrets);
    Ok(sandbox(&call, &record)?.warning(warnings))
}

/// Letters, digits, `_` and `-`, not beginning with a digit or a dash.
fn is_name(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
        && name.chars().all(|character| character.is_ascii_alphanumeric() || "_-".contains(character))
}

fn unknown(id: &str) -> ApiError {
    ApiError::not_found(format!("Secret with ID {id} not found"))
}

/// Where a secret stands in a sorted list; its id breaks ties.
fn place(secret: &Secret, sort: &str) -> [String; 2] {
    let moment = |time: jiff::Timestamp| format!("{:020}", time.as_microsecond());
    let value = match sort {
        "name" => secret.name.clone(),
        "updatedAt" => moment(secret.updated_at),
        _ => moment(secret.created_at),
    };
    [value, secret.id.clone()]
}

fn read_cursor(text: &str) -> Result<[String; 2], ApiError> {
    let invalid = || ApiError::bad_request(format!("Invalid cursor provided: {text}"));
    let bytes = STANDARD.decode(text).map_err(|_| invalid())?;
    serde_json::from_slice(&bytes).map_err(|_| invalid())
}

fn write_cursor(place: &[String; 2]) -> String {
    STANDARD.encode(serde_json::to_vec(place).unwrap_or_default())
}

fn dto(secret: &Secret) -> SecretDto {
    SecretDto {
        id: secret.id.clone(),
        name: secret.name.clone(),
        description: secret.description.clone(),
        created_at: time(secret.created_at),
        placeholder: secret.placeholder.clone(),
        hosts: secret.hosts.clone(),
        updated_at: time(secret.updated_at),
    }
}
