//! Minutes until things happen by themselves: what they may be set to (control-plane.md §2.6, §2.7).

use jiff::{Span, Timestamp};

use crate::errors::ApiError;
use crate::record::SandboxRecord;

/// Longest time a stopped sandbox may wait for its archive, in minutes; also what zero means.
pub(crate) const MAX_AUTO_ARCHIVE: i64 = 43_200;

/// Idle minutes until a virtual machine pauses for which nobody said when to stop or to pause.
const DEFAULT_AUTO_PAUSE: i64 = 60;

/// Minutes asked for with a new sandbox, as in [`crate::Intervals`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub struct NewIntervals {
    pub auto_stop: Option<i64>,
    pub auto_pause: Option<i64>,
    pub auto_archive: Option<i64>,
    pub auto_delete: Option<i64>,
    pub auto_delete_paused: bool,
}

/// Sets what was asked for with a new sandbox, and what follows from it (control-plane.md §2.5, decisions 9 and 10).
pub(crate) fn set_new(record: &mut SandboxRecord, asked: NewIntervals) -> Result<(), ApiError> {
    if let Some(minutes) = asked.auto_stop {
        set_auto_stop(record, minutes)?;
    }
    if let Some(minutes) = asked.auto_archive {
        set_auto_archive(record, minutes)?;
    }
    let auto_delete = asked.auto_delete.unwrap_or(record.intervals.auto_delete);
    if record.resources.gpu > 0 && auto_delete != 0 {
        return Err(ApiError::bad_request("GPU sandboxes must be ephemeral - set autoDeleteInterval to 0"));
    }
    set_auto_delete(record, auto_delete)?;
    record.intervals.auto_delete_paused = asked.auto_delete_paused;
    match (asked.auto_stop, asked.auto_pause) {
        (None, None) if record.class.is_machine() && !record.is_ephemeral() => {
            record.intervals.auto_stop = 0;
            record.intervals.auto_pause = DEFAULT_AUTO_PAUSE;
        }
        (None, Some(minutes)) if minutes != 0 => {
            record.intervals.auto_stop = 0;
            set_auto_pause(record, minutes)?;
        }
        (_, Some(minutes)) => set_auto_pause(record, minutes)?,
        (_, None) => {}
    }
    Ok(())
}

/// Sets the idle minutes until stop; zero switches it off.
pub(crate) fn set_auto_stop(record: &mut SandboxRecord, minutes: i64) -> Result<(), ApiError> {
    if minutes < 0 {
        return Err(ApiError::bad_request("Auto-stop interval must be non-negative"));
    }
    if minutes > 0 && record.intervals.auto_pause > 0 {
        return Err(both());
    }
    record.intervals.auto_stop = minutes;
    Ok(())
}

/// Sets the idle minutes until a virtual machine pauses; zero switches it off.
pub(crate) fn set_auto_pause(record: &mut SandboxRecord, minutes: i64) -> Result<(), ApiError> {
    if minutes < 0 {
        return Err(ApiError::bad_request("Auto-pause interval must be non-negative"));
    }
    if minutes > 0 {
        if !record.class.is_machine() {
            return Err(ApiError::bad_request("Auto-pause is not supported for this sandbox"));
        }
        if record.is_ephemeral() {
            return Err(ApiError::bad_request("Auto-pause is not supported for ephemeral sandboxes"));
        }
        if record.intervals.auto_stop > 0 {
            return Err(both());
        }
    }
    record.intervals.auto_pause = minutes;
    Ok(())
}

fn both() -> ApiError {
    ApiError::bad_request("At most one of autoStopInterval and autoPauseInterval can be non-zero")
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
    if minutes == 0 && record.intervals.auto_pause > 0 {
        return Err(ApiError::bad_request("Auto-pause is not supported for ephemeral sandboxes"));
    }
    record.intervals.auto_delete = minutes.max(-1);
    Ok(())
}

/// When a sandbox with a time to live is destroyed; zero is never.
pub(crate) fn deadline(now: Timestamp, minutes: i64) -> Result<Option<Timestamp>, ApiError> {
    match minutes {
        0 => Ok(None),
        minutes if minutes < 0 => Err(ApiError::bad_request("ttlMinutes must not be less than 0")),
        minutes => {
            let deadline = Span::new().try_minutes(minutes).and_then(|span| now.checked_add(span));
            deadline.map(Some).map_err(|_| ApiError::bad_request("ttlMinutes is too large"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::{Class, Intervals, Resources};

    fn record() -> SandboxRecord {
        SandboxRecord::new("id", dialect::OrganizationId::new("organization"), Timestamp::UNIX_EPOCH)
    }

    fn message(result: Result<(), ApiError>) -> String {
        result.unwrap_err().message
    }

    #[test]
    fn the_three_zeroes_mean_three_things() {
        let mut record = record();
        set_auto_stop(&mut record, 0).unwrap();
        set_auto_archive(&mut record, 0).unwrap();
        set_auto_delete(&mut record, 0).unwrap();
        let none = Intervals { auto_stop: 0, auto_archive: 43_200, auto_delete: 0, ..Intervals::default() };
        assert_eq!(record.intervals, none);
        assert!(record.is_ephemeral());
        set_auto_archive(&mut record, 99_999).unwrap();
        set_auto_delete(&mut record, -7).unwrap();
        assert_eq!(record.intervals, Intervals { auto_delete: -1, ..none });
        assert_eq!(message(set_auto_stop(&mut record, -1)), "Auto-stop interval must be non-negative");
        assert_eq!(message(set_auto_archive(&mut record, -1)), "Auto-archive interval must be non-negative");
    }

    #[test]
    fn a_machine_stops_or_pauses_by_itself_and_never_both() {
        let mut machine = SandboxRecord { class: Class::LinuxVm, ..record() };
        set_new(&mut machine, NewIntervals::default()).unwrap();
        assert_eq!((machine.intervals.auto_stop, machine.intervals.auto_pause), (0, 60));
        assert_eq!(message(set_auto_stop(&mut machine, 5)), both().message);
        assert_eq!(
            message(set_auto_delete(&mut machine, 0)),
            "Auto-pause is not supported for ephemeral sandboxes"
        );
        set_auto_pause(&mut machine, 0).unwrap();
        set_auto_stop(&mut machine, 5).unwrap();
        assert_eq!(message(set_auto_pause(&mut machine, 5)), both().message);
        let mut machine = SandboxRecord { class: Class::LinuxVm, ..record() };
        let asked = NewIntervals { auto_pause: Some(7), ..NewIntervals::default() };
        set_new(&mut machine, asked).unwrap();
        assert_eq!((machine.intervals.auto_stop, machine.intervals.auto_pause), (0, 7));
        let refused = "Auto-pause is not supported for this sandbox";
        assert_eq!(message(set_new(&mut record(), asked)), refused);
    }

    #[test]
    fn a_sandbox_with_a_gpu_stays_ephemeral() {
        let mut gpu = SandboxRecord { resources: Resources { gpu: 1, ..record().resources }, ..record() };
        assert_eq!(
            message(set_new(&mut gpu, NewIntervals::default())),
            "GPU sandboxes must be ephemeral - set autoDeleteInterval to 0"
        );
        let ephemeral = NewIntervals { auto_delete: Some(0), ..NewIntervals::default() };
        set_new(&mut gpu, ephemeral).unwrap();
        assert_eq!(message(set_auto_delete(&mut gpu, 5)), "GPU sandboxes must remain ephemeral");
    }
}
