//! Sleep and wake, in the words of every client generation (voidrun.md §2.3, §3.8).

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use contract::control::types::SandboxState;
use control::{ApiError, SandboxRecord, SandboxResult, shown_state};
use dialect::{OrganizationId, PathParams, Routes};
use http::StatusCode;

use super::attributes::SleepWord;
use super::create::SLEEP_AFTER;
use super::{Front, Organization, Shared};
use crate::reply::{self, Failure};

/// Registers the operations of this capability.
pub(super) fn routes(routes: Routes<Shared>) -> Routes<Shared> {
    routes
        .serve("sleepSandbox", async |front, caller, path| {
            put_to_sleep(front, caller, path, SleepWord::Sleep, ["Sandbox snapshotted", "Snapshot failed"])
                .await
        })
        .serve("stopSandbox", async |front, caller, path| {
            put_to_sleep(front, caller, path, SleepWord::Stop, ["Sandbox stopped", "Stop failed"]).await
        })
        .serve("pauseSandbox", async |front, caller, path| {
            put_to_sleep(front, caller, path, SleepWord::Pause, ["Sandbox paused", "Pause failed"]).await
        })
        .serve("wakeSandbox", async |front, caller, path| {
            wake(front, caller, path, ["Sandbox restored", "Restore failed"]).await
        })
        .serve("startSandbox", async |front, caller, path| {
            wake(front, caller, path, ["Sandbox started", "Start failed"]).await
        })
        .serve("resumeSandbox", async |front, caller, path| {
            wake(front, caller, path, ["Sandbox resumed", "Resume failed"]).await
        })
}

async fn put_to_sleep(
    State(front): State<Shared>,
    Organization(organization): Organization,
    path: PathParams,
    word: SleepWord,
    [done, failed]: [&'static str; 2],
) -> Result<Response, Failure> {
    let record = front.find(&organization, path.at(0))?;
    if is_asleep(&record) {
        return Err(Failure::internal(failed).with_details("the sandbox is not running"));
    }
    let record = front.change(&organization, &record, |attributes| attributes.sleep_word = word).await?;
    let sandboxes = front.control.sandboxes();
    // One that another dialect made may be of a kind that cannot be held still: its processes end.
    let asleep = match record.class.is_machine() {
        true => sandboxes.pause(&organization, &record.id).await,
        false => sandboxes.stop(&organization, &record.id, false).await,
    };
    asleep.map_err(|error| refused(failed, error))?;
    Ok(reply::done(done))
}

async fn wake(
    State(front): State<Shared>,
    Organization(organization): Organization,
    path: PathParams,
    [done, failed]: [&'static str; 2],
) -> Result<Response, Failure> {
    let record = front.find(&organization, path.at(0))?;
    if !is_asleep(&record) {
        return Err(Failure::internal(failed).with_details("the sandbox is not asleep"));
    }
    front.awaken(&organization, &record).await.map_err(|error| refused(failed, error))?;
    Ok(reply::done(done))
}

fn refused(what: &str, error: ApiError) -> Failure {
    match error.status {
        StatusCode::NOT_FOUND => Failure::unknown_sandbox(),
        _ => Failure::internal(what).with_details(error.message),
    }
}

fn is_asleep(record: &SandboxRecord) -> bool {
    matches!(
        shown_state(record),
        SandboxState::Stopped | SandboxState::Paused | SandboxState::Archived | SandboxState::Archiving
    )
}

impl Front {
    /// The sandbox once it runs: any call that needs one that sleeps wakes it.
    pub(crate) async fn awaken(
        &self,
        organization: &OrganizationId,
        record: &Arc<SandboxRecord>,
    ) -> SandboxResult {
        let sandboxes = self.control.sandboxes();
        match shown_state(record) {
            SandboxState::Started => Ok(Arc::clone(record)),
            SandboxState::Creating | SandboxState::Starting => {
                sandboxes.until_running(organization, &record.id).await
            }
            _ => sandboxes.start(organization, &record.id).await,
        }
    }

    /// Switches the sleep of an idle sandbox on or off.
    pub(crate) async fn set_auto_sleep(
        &self,
        organization: &OrganizationId,
        record: &SandboxRecord,
        on: bool,
    ) -> Result<Arc<SandboxRecord>, Failure> {
        let minutes = if on { SLEEP_AFTER } else { 0 };
        let sandboxes = self.control.sandboxes();
        let set = match record.class.is_machine() {
            true => sandboxes.set_auto_pause(organization, &record.id, minutes).await,
            false => sandboxes.set_auto_stop(organization, &record.id, minutes).await,
        };
        set.map_err(|error| refused("Internal server error", error))
    }
}
