//! The state machine: what may be asked of a sandbox in which state, and what the reconciler does next.
//!
//! ```text
//! create ─▶ creating ─▶ started ─stop─▶ stopping ─▶ stopped ─start─▶ starting ─▶ started
//! any settled state ─delete─▶ destroying ─▶ destroyed          any step that fails ─▶ error
//! ```
//!
//! Pure functions over a record, in the order of checks and with the texts of control-plane.md §2.6. Handlers call the
//! transitions, the reconciler asks for the next step, and the wire shows the derived state (§2.4).

use contract::control::types::{SandboxDesiredState as Desired, SandboxState as State};
use jiff::Timestamp;

use crate::errors::ApiError;
use crate::record::SandboxRecord;

/// Longest time a stopped sandbox may wait for its archive, in minutes; also what zero means.
pub(crate) const MAX_AUTO_ARCHIVE: i64 = 43_200;

/// What clients see as the state: an unfinished wish shows as being under way.
pub(crate) fn shown_state(record: &SandboxRecord) -> State {
    match (record.state, record.desired_state) {
        (State::Started, Desired::Stopped) => State::Stopping,
        (State::Started | State::Stopped, Desired::Destroyed) => State::Destroying,
        (State::Stopped, Desired::Started) => State::Starting,
        (State::Stopped, Desired::Archived) => State::Archiving,
        (State::Unknown, Desired::Started) => State::Creating,
        (state, _) => state,
    }
}

/// Whether what is and what is wanted disagree, so that most changes are refused until they agree again.
pub(crate) fn is_pending(record: &SandboxRecord) -> bool {
    let settled = match record.state {
        State::Error | State::BuildFailed => true,
        State::Started => record.desired_state == Desired::Started,
        State::Stopped => record.desired_state == Desired::Stopped,
        State::Paused => record.desired_state == Desired::Paused,
        State::Destroyed => true,
        _ => false,
    };
    !settled && record.desired_state != Desired::Archived
}

/// Whether start did anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Started {
    /// It runs already.
    Already,
    /// It was asked to.
    Asked,
}

/// Asks a stopped sandbox to run, under a new auth token.
pub(crate) fn start(
    record: &mut SandboxRecord,
    auth_token: String,
    now: Timestamp,
) -> Result<Started, ApiError> {
    refuse_broken(record)?;
    refuse_pending(record)?;
    match record.state {
        State::Started => return Ok(Started::Already),
        State::Paused => return Err(ApiError::unprocessable("Resuming is not supported for this sandbox")),
        State::Stopped | State::Archived | State::Archiving => {}
        _ => return Err(ApiError::bad_request("Sandbox is not in valid state")),
    }
    record.desired_state = Desired::Started;
    record.auth_token = auth_token;
    record.last_activity_at = now;
    Ok(Started::Asked)
}

/// Asks a running sandbox to stop; an ephemeral one to go away.
pub(crate) fn stop(record: &mut SandboxRecord, at_once: bool, now: Timestamp) -> Result<(), ApiError> {
    refuse_broken(record)?;
    refuse_pending(record)?;
    if !matches!(record.state, State::Started | State::Paused) {
        return Err(ApiError::bad_request("Sandbox is not in a stoppable state"));
    }
    record.last_activity_at = now;
    record.stop_at_once = at_once;
    if record.is_ephemeral() {
        leave(record, now);
    } else {
        record.desired_state = Desired::Stopped;
    }
    Ok(())
}

/// Asks a sandbox to go away. Its name is free at once.
pub(crate) fn delete(record: &mut SandboxRecord, now: Timestamp) -> Result<(), ApiError> {
    if record.state != State::PendingBuild {
        refuse_pending(record)?;
    }
    leave(record, now);
    Ok(())
}

/// Marks a sandbox as leaving, whatever it is doing, and gives up its name (control-plane.md §2.2).
pub(crate) fn leave(record: &mut SandboxRecord, now: Timestamp) {
    if record.desired_state == Desired::Destroyed {
        return;
    }
    record.desired_state = Desired::Destroyed;
    record.name = format!("DESTROYED_{}_{}", record.name, now.as_millisecond());
}

/// Sets the idle minutes until stop; zero switches it off.
pub(crate) fn set_auto_stop(record: &mut SandboxRecord, minutes: i64) -> Result<(), ApiError> {
    if minutes < 0 {
        return Err(ApiError::bad_request("Auto-stop interval must be non-negative"));
    }
    record.intervals.auto_stop = minutes;
    Ok(())
}

/// Sets the minutes a stopped sandbox waits for its archive; zero and more than allowed mean the maximum.
pub(crate) fn set_auto_archive(record: &mut SandboxRecord, minutes: i64) -> Result<(), ApiError> {
    if minutes < 0 {
        return Err(ApiError::bad_request("Auto-archive interval must be non-negative"));
    }
    record.intervals.auto_archive =
        if minutes == 0 { MAX_AUTO_ARCHIVE } else { minutes.min(MAX_AUTO_ARCHIVE) };
    Ok(())
}

/// Sets the minutes a stopped sandbox is kept; negative is for ever, zero makes it ephemeral.
pub(crate) fn set_auto_delete(record: &mut SandboxRecord, minutes: i64) -> Result<(), ApiError> {
    if record.resources.gpu > 0 && minutes != 0 {
        return Err(ApiError::bad_request("GPU sandboxes must remain ephemeral"));
    }
    record.intervals.auto_delete = minutes.max(-1);
    Ok(())
}

fn refuse_broken(record: &SandboxRecord) -> Result<(), ApiError> {
    if matches!(record.state, State::Error | State::BuildFailed) {
        return Err(ApiError::bad_request("Sandbox is in an errored state"));
    }
    Ok(())
}

fn refuse_pending(record: &SandboxRecord) -> Result<(), ApiError> {
    if is_pending(record) {
        return Err(ApiError::conflict("Sandbox state change in progress"));
    }
    Ok(())
}

/// What the reconciler has to do for a sandbox now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// Start its agent.
    Start,
    /// Stop its agent.
    Stop,
    /// Stop what runs and remove what is left.
    Destroy,
}

/// The next step towards what is wanted, with the state shown while it is under way; `None` when nothing is to do.
pub(crate) fn next_step(record: &SandboxRecord) -> Option<(Step, State)> {
    match (record.desired_state, record.state) {
        (_, State::Destroyed) => None,
        (Desired::Destroyed, _) => Some((Step::Destroy, State::Destroying)),
        (Desired::Started, State::Creating | State::Unknown) => Some((Step::Start, State::Creating)),
        (Desired::Started, State::Stopped | State::Starting) => Some((Step::Start, State::Starting)),
        (Desired::Stopped, State::Started | State::Stopping) => Some((Step::Stop, State::Stopping)),
        _ => None,
    }
}
