//! What the trail keeps of one request, collected before the handler and written with its outcome.

use http::StatusCode;

use crate::audit::scenario;
use crate::call::{Answer, Call};
use crate::control::Shared;
use crate::errors::ApiError;
use crate::records::AuditEntry;

/// An entry in the making.
pub(crate) struct Trace(AuditEntry);

impl Trace {
    /// The entry of a request, when its operation leaves one and somebody is known to ask.
    pub(crate) fn of(call: &Call) -> Option<Self> {
        let (target, action) = scenario(call.operation.id)?;
        let (actor, caller) = (call.actor().ok()?, call.caller()?);
        let text = |name: &str| call.head.get(name)?.to_str().ok().map(ToOwned::to_owned);
        let user = call.shared.shelves.users.everywhere(|user| user.id == actor.user_id).pop();
        Some(Self(AuditEntry {
            id: call.shared.config.ids.uuid(),
            organization_id: organization(call, caller.organization.as_str(), &actor.user_id),
            name: action.to_owned(),
            actor_id: actor.user_id.clone(),
            actor_email: user.map(|user| user.email.clone()).unwrap_or_default(),
            actor_key: actor.key.as_ref().map(|key| ends(&key.masked)),
            target_type: target.to_owned(),
            target_id: Some(call.last().to_owned()).filter(|id| !id.is_empty()),
            status_code: 0,
            error_message: None,
            user_agent: text("user-agent"),
            source: text("x-daytona-source"),
            created_at: call.shared.now(),
        }))
    }

    /// Notes how the request ended.
    pub(crate) fn ended(mut self, success: StatusCode, result: &Result<Answer, ApiError>) -> Self {
        let entry = &mut self.0;
        match result {
            Ok(answer) => {
                entry.status_code = success.as_u16();
                // What was made is named by the answer, and what was named by its name is known by its id then.
                let named = answer.member("id").or_else(|| answer.member("name"));
                entry.target_id = named.or(entry.target_id.take());
            }
            Err(error) => {
                entry.status_code = error.status.as_u16();
                entry.error_message = Some(error.message.clone());
            }
        }
        self
    }

    /// Writes the entry down before the answer is given.
    pub(crate) async fn write(self, shared: &Shared) {
        if let Some(commit) = shared.shelves.trail.add(&shared.registry, self.0) {
            // A request that was done is not undone because it could not be written down; the ledger has said so.
            let _ = commit.written().await;
        }
    }
}

/// Whose trail an entry belongs to: that of the organization in the path where the actor belongs to it, otherwise the
/// caller's own. One that is dissolved takes its trail along.
fn organization(call: &Call, own: &str, user_id: &str) -> String {
    let named = call.operation.path.starts_with("/organizations/{organizationId}")
        && call.operation.id != "deleteOrganization";
    let other = named.then(|| call.shared.tenants.organization(call.at(0))).flatten();
    let other = other.filter(|row| row.settings.member(user_id).is_some());
    other.map_or_else(|| own.to_owned(), |row| row.id.clone())
}

/// The visible ends of a masked key.
fn ends(masked: &str) -> [String; 2] {
    let first = masked.split('*').next().unwrap_or_default();
    let last = masked.rsplit('*').next().unwrap_or_default();
    [first.to_owned(), last.to_owned()]
}
