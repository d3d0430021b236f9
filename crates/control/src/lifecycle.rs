//! The state machine: what may be asked of a sandbox in which state, and what the reconciler does next.
//!
//! ```text
//! create(build) ─▶ pending_build ─▶ building_snapshot ─▶ creating        └─▶ build_failed
//! create ─▶ creating ─▶ started ─stop─▶ stopping ─▶ stopped ─start─▶ starting ─▶ started
//! stopped ─archive─▶ archiving ─▶ archived ─start─▶ restoring ─▶ started
//! started ─pause─▶ pausing ─▶ paused ─start─▶ resuming ─▶ started          paused ─stop─▶ stopping
//! started, stopped ─resize─▶ resizing ─▶ as before          started ─fork─▶ forking ─▶ started
//! started, stopped ─snapshot─▶ snapshotting ─▶ as before
//! any settled state ─delete─▶ destroying ─▶ destroyed          any step that fails ─▶ error ─recover─▶ stopped
//! ```
//!
//! Pure functions over a record, in the order of checks and with the texts of control-plane.md §2.6. The facade calls
//! the transitions, the reconciler asks for the next step, and the wire shows the derived state (§2.4). What happens by
//! itself when time passes is in `timers.rs`, intervals are in `intervals.rs`.

use contract::control::types::{SandboxDesiredState as Desired, SandboxState as State};
use jiff::Timestamp;

use crate::errors::ApiError;
use crate::record::{Resources, SandboxRecord, Task};

/// What clients see as the state: an unfinished wish shows as being under way.
#[must_use]
pub fn shown_state(record: &SandboxRecord) -> State {
    match (record.state, record.desired_state) {
        (State::Started, Desired::Stopped) => State::Stopping,
        (State::Started | State::Stopped, Desired::Destroyed) => State::Destroying,
        (State::Started, Desired::Paused) => State::Pausing,
        (State::Stopped, Desired::Started) => State::Starting,
        (State::Stopped, Desired::Archived) => State::Archiving,
        (State::Paused, Desired::Started) => State::Resuming,
        (State::Unknown, Desired::Started) => State::Creating,
        (state, _) => match &record.task {
            Some(Task::Resize(_)) if is_steady(state) => State::Resizing,
            Some(Task::Fork(_)) if state == State::Started => State::Forking,
            Some(Task::Capture { .. }) if is_steady(state) => State::Snapshotting,
            _ => state,
        },
    }
}

fn is_steady(state: State) -> bool {
    matches!(state, State::Started | State::Stopped)
}

/// Whether what is and what is wanted disagree, so that most changes are refused until they agree again.
pub(crate) fn is_pending(record: &SandboxRecord) -> bool {
    let settled = match record.state {
        State::Error | State::BuildFailed | State::Destroyed => true,
        State::Started => record.desired_state == Desired::Started,
        State::Stopped => record.desired_state == Desired::Stopped,
        State::Paused => record.desired_state == Desired::Paused,
        _ => false,
    };
    record.task.is_some() || (!settled && record.desired_state != Desired::Archived)
}

/// Whether start did anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Started {
    /// It runs already.
    Already,
    /// It was asked to.
    Asked,
}

/// Asks a sandbox at rest to run: under a new auth token, unless it is only paused. One in an error it can be brought
/// back from is brought back: clients that know no recovery have no other way.
pub(crate) fn start(
    record: &mut SandboxRecord,
    auth_token: String,
    now: Timestamp,
) -> Result<Started, ApiError> {
    if record.state == State::Error && record.recoverable {
        recover(record, auth_token, false, now)?;
        return Ok(Started::Asked);
    }
    refuse_broken(record)?;
    refuse_pending(record)?;
    match record.state {
        State::Started => return Ok(Started::Already),
        State::Paused if !record.class.is_machine() => {
            return Err(ApiError::unprocessable("Resuming is not supported for this sandbox"));
        }
        State::Paused => {}
        State::Stopped | State::Archived | State::Archiving => record.auth_token = auth_token,
        _ => return Err(ApiError::bad_request("Sandbox is not in valid state")),
    }
    record.desired_state = Desired::Started;
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

/// Asks a running virtual machine to hold still with everything in memory.
pub(crate) fn pause(record: &mut SandboxRecord, now: Timestamp) -> Result<(), ApiError> {
    if record.state != State::Started {
        return Err(ApiError::bad_request("Sandbox must be in started state to pause"));
    }
    if !record.class.is_machine() {
        return Err(ApiError::unprocessable("Pausing is not supported for this sandbox"));
    }
    refuse_pending(record)?;
    record.desired_state = Desired::Paused;
    record.last_activity_at = now;
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

/// Sizes somebody wants a sandbox to have; what is left out stays.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Resize {
    pub cpu: Option<i64>,
    pub memory: Option<i64>,
    pub disk: Option<i64>,
}

/// Asks a sandbox to become larger or, while it is stopped, smaller; disks never shrink.
pub(crate) fn resize(record: &mut SandboxRecord, wanted: Resize) -> Result<Resources, ApiError> {
    if !is_steady(record.state) {
        return Err(ApiError::bad_request("Sandbox must be in started or stopped state to resize"));
    }
    refuse_pending(record)?;
    let now = record.resources;
    let size = Resources {
        cpu: wanted.cpu.unwrap_or(now.cpu),
        gpu: now.gpu,
        memory: wanted.memory.unwrap_or(now.memory),
        disk: wanted.disk.unwrap_or(now.disk),
    };
    let stopped = record.state == State::Stopped;
    let complaint = if size == now {
        "No resource changes specified - sandbox is already at the desired configuration"
    } else if size.disk != now.disk && !stopped {
        "Disk resize can only be performed on a stopped sandbox"
    } else if size.cpu < now.cpu && !stopped {
        "Sandbox must be in stopped state to decrease the number of CPU cores"
    } else if size.memory < now.memory && !stopped {
        "Sandbox must be in stopped state to decrease memory"
    } else if size.disk < now.disk {
        "Sandbox disk size cannot be decreased"
    } else {
        record.task = Some(Task::Resize(size));
        return Ok(size);
    };
    Err(ApiError::bad_request(complaint))
}

/// Asks a running virtual machine to hold still while `child` becomes a copy of it.
pub(crate) fn fork(record: &mut SandboxRecord, child: &str) -> Result<(), ApiError> {
    if !record.class.is_machine() || record.resources.gpu > 0 {
        return Err(ApiError::unprocessable("Forking is not supported for this sandbox"));
    }
    if record.state != State::Started {
        return Err(ApiError::bad_request("Sandbox must be in started state to fork"));
    }
    refuse_pending(record)?;
    record.task = Some(Task::Fork(child.to_owned()));
    Ok(())
}

/// Asks a sandbox to hold still while its files are kept as a snapshot.
pub(crate) fn capture(record: &mut SandboxRecord, id: &str, name: &str) -> Result<(), ApiError> {
    if !is_steady(record.state) {
        return Err(ApiError::bad_request(
            "Sandbox must be in started or stopped state to create a snapshot",
        ));
    }
    refuse_pending(record)?;
    record.task = Some(Task::Capture { id: id.to_owned(), name: name.to_owned() });
    Ok(())
}

/// Asks a sandbox to leave its error behind, under a new auth token, and to run unless told otherwise.
pub(crate) fn recover(
    record: &mut SandboxRecord,
    auth_token: String,
    skip_start: bool,
    now: Timestamp,
) -> Result<(), ApiError> {
    if !record.recoverable {
        return Err(ApiError::bad_request("Sandbox is not in a recoverable state"));
    }
    if record.task.is_some() {
        return Err(ApiError::conflict("Sandbox state change in progress"));
    }
    if record.state != State::Error {
        return Err(ApiError::bad_request("Sandbox must be in error state to recover"));
    }
    record.task = Some(Task::Recover);
    record.desired_state = if skip_start { Desired::Stopped } else { Desired::Started };
    record.error_reason = None;
    record.recoverable = false;
    record.auth_token = auth_token;
    record.last_activity_at = now;
    Ok(())
}

/// Asks a sandbox to go away. Its name is free at once.
pub(crate) fn delete(record: &mut SandboxRecord, now: Timestamp) -> Result<(), ApiError> {
    // Nobody is kept waiting for a build they do not want any more.
    if !matches!(record.state, State::PendingBuild | State::BuildingSnapshot) || record.is_leaving() {
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
    record.task = None;
    record.name = format!("DESTROYED_{}_{}", record.name, now.as_millisecond());
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
    /// Wait for the build it is made from.
    Build,
    /// Make it and start its agent.
    Create,
    /// Start its agent.
    Start,
    /// Bring its files back and start its agent.
    Restore,
    /// Let its processes go on.
    Resume,
    /// Stop its agent.
    Stop,
    /// Hold its processes.
    Pause,
    /// Put its files away.
    Archive,
    /// Give it other sizes.
    Resize,
    /// Keep its files as a snapshot.
    Capture,
    /// Stop what runs and remove what is left.
    Destroy,
}

/// The next step towards what is wanted, with the state shown while it is under way; `None` when nothing is to do.
pub(crate) fn next_step(record: &SandboxRecord) -> Option<(Step, State)> {
    match (record.desired_state, record.state) {
        (_, State::Destroyed) => None,
        (Desired::Destroyed, _) => Some((Step::Destroy, State::Destroying)),
        (_, State::Started | State::Stopped | State::Resizing) if is_resizing(record) => {
            Some((Step::Resize, State::Resizing))
        }
        (_, State::Started | State::Stopped | State::Snapshotting) if is_capturing(record) => {
            Some((Step::Capture, State::Snapshotting))
        }
        (Desired::Started, State::PendingBuild | State::BuildingSnapshot) => {
            Some((Step::Build, record.state))
        }
        (Desired::Started, State::Creating | State::Unknown | State::PullingSnapshot) => {
            Some((Step::Create, State::Creating))
        }
        (Desired::Started, State::Stopped | State::Starting) => Some((Step::Start, State::Starting)),
        (Desired::Started, State::Archived | State::Restoring) => Some((Step::Restore, State::Restoring)),
        (Desired::Started, State::Paused | State::Resuming) => Some((Step::Resume, State::Resuming)),
        (Desired::Stopped, State::Started | State::Paused | State::Stopping) => {
            Some((Step::Stop, State::Stopping))
        }
        (Desired::Paused, State::Started | State::Pausing) => Some((Step::Pause, State::Pausing)),
        (Desired::Archived, State::Stopped | State::Archiving) => Some((Step::Archive, State::Archiving)),
        _ => None,
    }
}

fn is_capturing(record: &SandboxRecord) -> bool {
    matches!(record.task, Some(Task::Capture { .. }))
}

fn is_resizing(record: &SandboxRecord) -> bool {
    matches!(record.task, Some(Task::Resize(_)))
}

#[cfg(test)]
mod tests {
    use super::*;

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

    fn machine(state: State, desired: Desired) -> SandboxRecord {
        SandboxRecord { class: crate::record::Class::LinuxVm, ..record(state, desired) }
    }

    fn message<T: std::fmt::Debug>(result: Result<T, ApiError>) -> (u16, String) {
        let error = result.unwrap_err();
        (error.status.as_u16(), error.message)
    }

    #[test]
    fn only_a_virtual_machine_pauses_and_it_keeps_its_token_when_it_resumes() {
        let mut running = machine(State::Started, Desired::Started);
        pause(&mut running, now()).unwrap();
        assert_eq!((running.desired_state, shown_state(&running)), (Desired::Paused, State::Pausing));
        assert_eq!(message(pause(&mut running, now())).0, 409);
        let mut paused = machine(State::Paused, Desired::Paused);
        assert_eq!(start(&mut paused, "new".to_owned(), now()), Ok(Started::Asked));
        assert_eq!((paused.auth_token.as_str(), shown_state(&paused)), ("old", State::Resuming));
        let mut container = record(State::Started, Desired::Started);
        let unsupported = (422, "Pausing is not supported for this sandbox".to_owned());
        assert_eq!(message(pause(&mut container, now())), unsupported);
        let mut stopped = machine(State::Stopped, Desired::Stopped);
        let wrong = (400, "Sandbox must be in started state to pause".to_owned());
        assert_eq!(message(pause(&mut stopped, now())), wrong);
    }

    #[test]
    fn a_fork_is_of_a_running_virtual_machine_and_everything_waits_for_it() {
        let mut running = machine(State::Started, Desired::Started);
        fork(&mut running, "child").unwrap();
        assert_eq!(shown_state(&running), State::Forking);
        assert_eq!(message(stop(&mut running, false, now())).0, 409);
        let unsupported = (422, "Forking is not supported for this sandbox".to_owned());
        assert_eq!(message(fork(&mut record(State::Stopped, Desired::Stopped), "c")), unsupported);
        let wrong = (400, "Sandbox must be in started state to fork".to_owned());
        assert_eq!(message(fork(&mut machine(State::Stopped, Desired::Stopped), "c")), wrong);
    }

    #[test]
    fn a_resize_grows_what_runs_and_shrinks_only_what_is_stopped() {
        let large = Resources { cpu: 2, gpu: 0, memory: 4, disk: 8 };
        let resized = |state, desired, cpu: i64, memory: i64, disk: i64| {
            let mut record = SandboxRecord { resources: large, ..record(state, desired) };
            let wanted = Resize { cpu: Some(cpu), memory: Some(memory), disk: Some(disk) };
            resize(&mut record, wanted).map_err(|error| error.message)
        };
        let running = |cpu, memory, disk| resized(State::Started, Desired::Started, cpu, memory, disk);
        let stopped = |cpu, memory, disk| resized(State::Stopped, Desired::Stopped, cpu, memory, disk);
        assert_eq!(running(4, 4, 8), Ok(Resources { cpu: 4, ..large }));
        assert_eq!(stopped(1, 1, 9), Ok(Resources { cpu: 1, gpu: 0, memory: 1, disk: 9 }));
        for (result, message) in [
            (
                running(2, 4, 8),
                "No resource changes specified - sandbox is already at the desired configuration",
            ),
            (running(1, 4, 9), "Disk resize can only be performed on a stopped sandbox"),
            (running(1, 4, 8), "Sandbox must be in stopped state to decrease the number of CPU cores"),
            (running(2, 3, 8), "Sandbox must be in stopped state to decrease memory"),
            (stopped(2, 4, 7), "Sandbox disk size cannot be decreased"),
            (
                resized(State::Archived, Desired::Archived, 4, 4, 8),
                "Sandbox must be in started or stopped state to resize",
            ),
            (resized(State::Started, Desired::Stopped, 4, 4, 8), "Sandbox state change in progress"),
        ] {
            assert_eq!(result, Err(message.to_owned()));
        }
    }

    #[test]
    fn an_error_is_left_behind_only_when_the_files_are_whole() {
        let broken = || {
            let reason = Some("its processes died".to_owned());
            SandboxRecord { error_reason: reason, ..record(State::Error, Desired::Started) }
        };
        let unrecoverable = (400, "Sandbox is not in a recoverable state".to_owned());
        assert_eq!(message(recover(&mut broken(), "new".to_owned(), false, now())), unrecoverable);
        let mut lost = SandboxRecord { recoverable: true, ..broken() };
        recover(&mut lost, "new".to_owned(), true, now()).unwrap();
        assert_eq!((lost.desired_state, lost.auth_token.as_str()), (Desired::Stopped, "new"));
        assert_eq!((lost.error_reason, lost.recoverable), (None, false));
        let mut lost = SandboxRecord { recoverable: true, ..broken() };
        assert_eq!(start(&mut lost, "new".to_owned(), now()), Ok(Started::Asked), "start recovers as well");
        assert_eq!(lost.desired_state, Desired::Started);
    }

    #[test]
    fn only_what_is_stopped_and_stays_is_archived() {
        let archive = |state, desired| outcome(state, desired, archive);
        assert_eq!(archive(State::Stopped, Desired::Stopped), Ok(Desired::Archived));
        assert_eq!(archive(State::Started, Desired::Started), refused(400, "Sandbox is not stopped"));
        assert_eq!(archive(State::Archived, Desired::Archived), refused(400, "Sandbox is not stopped"));
        assert_eq!(
            archive(State::Stopped, Desired::Started),
            refused(409, "Sandbox state change in progress")
        );
        let mut ephemeral = record(State::Stopped, Desired::Stopped);
        ephemeral.intervals.auto_delete = 0;
        let refusal = (400, "Ephemeral sandboxes cannot be archived".to_owned());
        assert_eq!(message(super::archive(&mut ephemeral)), refusal);
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
