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
#[must_use]
pub fn shown_state(record: &SandboxRecord) -> State {
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

/// Asks a stopped sandbox to be put away for long.
pub(crate) fn archive(record: &mut SandboxRecord) -> Result<(), ApiError> {
    refuse_pending(record)?;
    if record.state != State::Stopped || record.desired_state == Desired::Archived {
        return Err(ApiError::bad_request("Sandbox is not stopped"));
    }
    if record.is_ephemeral() {
        return Err(ApiError::bad_request("Ephemeral sandboxes cannot be archived"));
    }
    record.desired_state = Desired::Archived;
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
    /// Put its files away.
    Archive,
    /// Bring its files back and start its agent.
    Restore,
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
        (Desired::Started, State::Archived | State::Restoring) => Some((Step::Restore, State::Restoring)),
        (Desired::Stopped, State::Started | State::Stopping) => Some((Step::Stop, State::Stopping)),
        (Desired::Archived, State::Stopped | State::Archiving) => Some((Step::Archive, State::Archiving)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::Intervals;

    fn record(state: State, desired_state: Desired) -> SandboxRecord {
        let organization = dialect::OrganizationId::new("organization");
        SandboxRecord {
            name: "name".to_owned(),
            state,
            desired_state,
            auth_token: "old".to_owned(),
            ..SandboxRecord::new("id", organization, Timestamp::UNIX_EPOCH)
        }
    }

    fn now() -> Timestamp {
        Timestamp::from_millisecond(5).unwrap()
    }

    /// Status and message of a refusal, or the desired state after a transition that was allowed.
    fn outcome<T>(
        state: State,
        desired: Desired,
        transition: impl FnOnce(&mut SandboxRecord) -> Result<T, ApiError>,
    ) -> Result<Desired, (u16, String)> {
        let mut record = record(state, desired);
        let before = record.clone();
        match transition(&mut record) {
            Ok(_) => Ok(record.desired_state),
            Err(error) => {
                assert_eq!(record, before, "a refusal changes nothing");
                Err((error.status.as_u16(), error.message))
            }
        }
    }

    fn refused(status: u16, message: &str) -> Result<Desired, (u16, String)> {
        Err((status, message.to_owned()))
    }

    #[test]
    fn start_is_allowed_from_rest_and_idle_when_running() {
        let start = |state, desired| outcome(state, desired, |record| start(record, "new".to_owned(), now()));
        assert_eq!(start(State::Stopped, Desired::Stopped), Ok(Desired::Started));
        assert_eq!(start(State::Archived, Desired::Archived), Ok(Desired::Started));
        assert_eq!(start(State::Archiving, Desired::Archived), Ok(Desired::Started));
        assert_eq!(start(State::Started, Desired::Started), Ok(Desired::Started));
        let errored = refused(400, "Sandbox is in an errored state");
        assert_eq!(start(State::Error, Desired::Started), errored);
        assert_eq!(start(State::BuildFailed, Desired::Started), errored);
        let pending = refused(409, "Sandbox state change in progress");
        assert_eq!(start(State::Creating, Desired::Started), pending);
        assert_eq!(start(State::Stopped, Desired::Started), pending);
        assert_eq!(start(State::Started, Desired::Stopped), pending);
        assert_eq!(start(State::Stopping, Desired::Stopped), pending);
        assert_eq!(
            start(State::Paused, Desired::Paused),
            refused(422, "Resuming is not supported for this sandbox")
        );
        assert_eq!(start(State::Resizing, Desired::Archived), refused(400, "Sandbox is not in valid state"));
    }

    #[test]
    fn every_start_gives_a_new_token_and_counts_as_use() {
        let mut stopped = record(State::Stopped, Desired::Stopped);
        assert_eq!(start(&mut stopped, "new".to_owned(), now()), Ok(Started::Asked));
        assert_eq!((stopped.auth_token.as_str(), stopped.last_activity_at), ("new", now()));
        let mut running = record(State::Started, Desired::Started);
        assert_eq!(start(&mut running, "new".to_owned(), now()), Ok(Started::Already));
        assert_eq!(running.auth_token, "old");
    }

    #[test]
    fn stop_is_for_what_runs() {
        let stop = |state, desired| outcome(state, desired, |record| stop(record, false, now()));
        assert_eq!(stop(State::Started, Desired::Started), Ok(Desired::Stopped));
        assert_eq!(stop(State::Paused, Desired::Paused), Ok(Desired::Stopped));
        assert_eq!(
            stop(State::Stopped, Desired::Stopped),
            refused(400, "Sandbox is not in a stoppable state")
        );
        assert_eq!(stop(State::Error, Desired::Stopped), refused(400, "Sandbox is in an errored state"));
        assert_eq!(stop(State::Started, Desired::Stopped), refused(409, "Sandbox state change in progress"));
    }

    #[test]
    fn stopping_an_ephemeral_sandbox_deletes_it() {
        let mut record = record(State::Started, Desired::Started);
        record.intervals.auto_delete = 0;
        stop(&mut record, false, now()).unwrap();
        assert_eq!((record.desired_state, record.name.as_str()), (Desired::Destroyed, "DESTROYED_name_5"));
        assert_eq!(shown_state(&record), State::Destroying);
    }

    #[test]
    fn delete_is_refused_only_while_something_is_under_way() {
        let delete = |state, desired| outcome(state, desired, |record| delete(record, now()));
        for settled in [
            (State::Started, Desired::Started),
            (State::Stopped, Desired::Stopped),
            (State::Error, Desired::Started),
            (State::BuildFailed, Desired::Started),
            (State::PendingBuild, Desired::Started),
            (State::Archived, Desired::Archived),
        ] {
            assert_eq!(delete(settled.0, settled.1), Ok(Desired::Destroyed), "{settled:?}");
        }
        for pending in [(State::Creating, Desired::Started), (State::Destroying, Desired::Destroyed)] {
            assert_eq!(
                delete(pending.0, pending.1),
                refused(409, "Sandbox state change in progress"),
                "{pending:?}"
            );
        }
    }

    #[test]
    fn the_three_zeroes_mean_three_things() {
        let mut record = record(State::Started, Desired::Started);
        set_auto_stop(&mut record, 0).unwrap();
        set_auto_archive(&mut record, 0).unwrap();
        set_auto_delete(&mut record, 0).unwrap();
        assert_eq!(record.intervals, Intervals { auto_stop: 0, auto_archive: 43_200, auto_delete: 0 });
        assert!(record.is_ephemeral());
        set_auto_archive(&mut record, 99_999).unwrap();
        set_auto_delete(&mut record, -7).unwrap();
        assert_eq!(record.intervals, Intervals { auto_stop: 0, auto_archive: 43_200, auto_delete: -1 });
        let message = |result: Result<(), ApiError>| result.unwrap_err().message;
        assert_eq!(message(set_auto_stop(&mut record, -1)), "Auto-stop interval must be non-negative");
        assert_eq!(message(set_auto_archive(&mut record, -1)), "Auto-archive interval must be non-negative");
    }

    #[test]
    fn an_unfinished_wish_shows_as_being_under_way() {
        for (stored, desired, shown) in [
            (State::Started, Desired::Stopped, State::Stopping),
            (State::Started, Desired::Destroyed, State::Destroying),
            (State::Stopped, Desired::Started, State::Starting),
            (State::Stopped, Desired::Destroyed, State::Destroying),
            (State::Stopped, Desired::Archived, State::Archiving),
            (State::Unknown, Desired::Started, State::Creating),
            (State::Archived, Desired::Started, State::Archived),
            (State::Error, Desired::Destroyed, State::Error),
            (State::Started, Desired::Started, State::Started),
        ] {
            assert_eq!(shown_state(&record(stored, desired)), shown, "{stored:?} {desired:?}");
        }
    }

    #[test]
    fn every_step_leads_to_a_state_that_asks_for_the_same_step_or_none() {
        for state in State::ALL {
            for desired in Desired::ALL {
                let mut record = record(*state, *desired);
                let Some((step, under_way)) = next_step(&record) else { continue };
                record.state = under_way;
                assert_eq!(next_step(&record), Some((step, under_way)), "{state:?} {desired:?}");
            }
        }
    }
}
