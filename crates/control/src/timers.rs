//! What happens to a sandbox by itself when time passes (control-plane.md §2.7).
//!
//! A deadline is worked out from the record, never stored: whatever changes the record changes the deadline. The
//! reconciler waits for the earliest of all and then asks again what is due.

use std::collections::{BTreeSet, HashMap};

use contract::control::types::SandboxState as State;
use jiff::{Span, Timestamp};

use crate::errors::ApiError;
use crate::lifecycle::{self, is_pending};
use crate::record::SandboxRecord;

/// What is done when a deadline has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Action {
    /// Its time to live is over, or it was stopped for long enough.
    Delete,
    /// Nobody used it.
    Stop,
    /// Nobody used it, and it can be paused.
    Pause,
    /// It was stopped for long.
    Archive,
}

impl Action {
    /// Does it to the record, unless something else is under way by now.
    pub(crate) fn apply(self, record: &mut SandboxRecord, now: Timestamp) -> Result<(), ApiError> {
        match self {
            Self::Delete => {
                lifecycle::leave(record, now);
                Ok(())
            }
            Self::Stop => lifecycle::stop(record, false, now),
            Self::Pause => lifecycle::pause(record, now),
            Self::Archive => lifecycle::archive(record),
        }
    }
}

/// What happens next to a sandbox that is left alone, and when.
pub(crate) fn next(record: &SandboxRecord) -> Option<(Timestamp, Action)> {
    if record.is_leaving() {
        return None;
    }
    let after = |minutes: i64| {
        let span = Span::new().try_minutes(minutes).ok()?;
        record.last_activity_at.checked_add(span).ok()
    };
    let when = |applies: bool, minutes: i64, action: Action| {
        applies.then(|| after(minutes)).flatten().map(|moment| (moment, action))
    };
    let settled = !is_pending(record);
    let (runs, rests) =
        (settled && record.state == State::Started, settled && record.state == State::Stopped);
    let deletes = rests || settled && record.state == State::Paused && record.intervals.auto_delete_paused;
    let archives = rests
        && record.desired_state != contract::control::types::SandboxDesiredState::Archived
        && !record.is_ephemeral();
    let intervals = &record.intervals;
    [
        record.auto_destroy_at.map(|moment| (moment, Action::Delete)),
        when(deletes && intervals.auto_delete >= 0, intervals.auto_delete, Action::Delete),
        when(runs && intervals.auto_stop > 0, intervals.auto_stop, Action::Stop),
        when(runs && intervals.auto_pause > 0, intervals.auto_pause, Action::Pause),
        when(archives, intervals.auto_archive, Action::Archive),
    ]
    .into_iter()
    .flatten()
    .min()
}

/// The deadlines of all sandboxes.
#[derive(Debug, Default)]
pub(crate) struct Deadlines {
    by_time: BTreeSet<(Timestamp, String)>,
    by_id: HashMap<String, Timestamp>,
}

impl Deadlines {
    /// Sets or takes away the deadline of a sandbox.
    pub(crate) fn set(&mut self, id: &str, deadline: Option<Timestamp>) {
        let before = self.by_id.get(id).copied();
        if before == deadline {
            return;
        }
        if let Some(before) = before {
            self.by_time.remove(&(before, id.to_owned()));
            self.by_id.remove(id);
        }
        if let Some(deadline) = deadline {
            self.by_time.insert((deadline, id.to_owned()));
            self.by_id.insert(id.to_owned(), deadline);
        }
    }

    /// The earliest deadline.
    pub(crate) fn earliest(&self) -> Option<Timestamp> {
        self.by_time.first().map(|(moment, _)| *moment)
    }

    /// Takes out the sandboxes whose deadline has come.
    pub(crate) fn due(&mut self, now: Timestamp) -> Vec<String> {
        let mut due = Vec::new();
        while let Some((moment, id)) = self.by_time.first().cloned() {
            if moment > now {
                break;
            }
            self.set(&id, None);
            due.push(id);
        }
        due
    }
}

#[cfg(test)]
mod tests {
    use contract::control::types::SandboxDesiredState as Desired;

    use super::*;
    use crate::record::Class;

    fn record(state: State, desired_state: Desired) -> SandboxRecord {
        let organization = dialect::OrganizationId::new("organization");
        SandboxRecord {
            state,
            desired_state,
            ..SandboxRecord::new("id", organization, Timestamp::UNIX_EPOCH)
        }
    }

    fn minute(minutes: i64) -> Timestamp {
        Timestamp::from_second(minutes * 60).unwrap()
    }

    #[test]
    fn what_runs_is_stopped_and_what_is_stopped_is_archived_or_deleted_whichever_comes_first() {
        let running = record(State::Started, Desired::Started);
        assert_eq!(next(&running), Some((minute(15), Action::Stop)));
        let mut stopped = record(State::Stopped, Desired::Stopped);
        assert_eq!(next(&stopped), Some((minute(10_080), Action::Archive)));
        stopped.intervals.auto_delete = 10_080;
        assert_eq!(next(&stopped), Some((minute(10_080), Action::Delete)));
        stopped.intervals.auto_delete = 0;
        assert_eq!(next(&stopped), Some((minute(0), Action::Delete)), "at once");
        assert_eq!(next(&record(State::Archived, Desired::Archived)), None);
        assert_eq!(next(&record(State::Started, Desired::Stopped)), None, "something is under way");
        assert_eq!(next(&record(State::Error, Desired::Started)), None);
    }

    #[test]
    fn a_machine_is_paused_and_nothing_switched_off_happens() {
        let mut machine = SandboxRecord { class: Class::LinuxVm, ..record(State::Started, Desired::Started) };
        machine.intervals.auto_stop = 0;
        assert_eq!(next(&machine), None);
        machine.intervals.auto_pause = 3;
        assert_eq!(next(&machine), Some((minute(3), Action::Pause)));
    }

    #[test]
    fn a_paused_machine_is_kept_unless_it_is_to_go_like_a_stopped_one() {
        let mut machine = SandboxRecord { class: Class::LinuxVm, ..record(State::Paused, Desired::Paused) };
        machine.intervals.auto_delete = 5;
        assert_eq!(next(&machine), None);
        machine.intervals.auto_delete_paused = true;
        assert_eq!(next(&machine), Some((minute(5), Action::Delete)));
        machine.desired_state = Desired::Started;
        assert_eq!(next(&machine), None, "it is on its way");
    }

    #[test]
    fn a_time_to_live_ends_a_sandbox_in_any_state() {
        for state in State::ALL.iter().filter(|state| **state != State::Destroyed) {
            let mut record = record(*state, Desired::Started);
            record.intervals.auto_stop = 0;
            record.auto_destroy_at = Some(minute(7));
            assert_eq!(next(&record), Some((minute(7), Action::Delete)), "{state:?}");
        }
        let mut leaving = record(State::Started, Desired::Destroyed);
        leaving.auto_destroy_at = Some(minute(7));
        assert_eq!(next(&leaving), None);
    }

    #[test]
    fn deadlines_come_in_order_and_can_be_moved() {
        let mut deadlines = Deadlines::default();
        deadlines.set("a", Some(minute(3)));
        deadlines.set("b", Some(minute(1)));
        deadlines.set("c", Some(minute(2)));
        deadlines.set("b", Some(minute(9)));
        assert_eq!(deadlines.earliest(), Some(minute(2)));
        assert_eq!(deadlines.due(minute(3)), ["c", "a"]);
        deadlines.set("b", None);
        assert_eq!((deadlines.earliest(), deadlines.due(minute(99))), (None, Vec::new()));
    }
}
