//! Conditions and ranges of downloads, as the real daemon's library takes them (toolbox-files-git-desktop.md §2.8).
//!
//! There are no entity tags: a condition on one fails unless it is `*`.

use std::ops::Range;
use std::time::{Duration, SystemTime};

use http::HeaderMap;
use http::header::{IF_MATCH, IF_MODIFIED_SINCE, IF_NONE_MATCH, IF_RANGE, IF_UNMODIFIED_SINCE, RANGE};
use jiff::Timestamp;

/// The first second HTTP has no date for.
const YEAR_10000: u64 = 253_402_300_800;

/// What is to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Selection {
    Whole,
    One(Range<u64>),
    Many(Vec<Range<u64>>),
    /// No range overlaps the file.
    NoOverlap,
    /// What was asked is no range.
    Invalid,
    NotModified,
    PreconditionFailed,
}

/// The time of a change as HTTP dates have it: whole seconds. None for the epoch and for what HTTP has no date for.
pub(super) fn http_time(time: Timestamp) -> Option<SystemTime> {
    let seconds = u64::try_from(time.as_second()).ok().filter(|seconds| (1..YEAR_10000).contains(seconds))?;
    Some(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds))
}

/// What a request asks of a file of this size that was last changed then.
pub(super) fn select(headers: &HeaderMap, size: u64, modified: Option<SystemTime>) -> Selection {
    let header = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let date = |name| header(name).and_then(|text| httpdate::parse_http_date(text).ok()).zip(modified);
    match header(IF_MATCH) {
        Some(tags) if !matches_any(tags) => return Selection::PreconditionFailed,
        None if date(IF_UNMODIFIED_SINCE).is_some_and(|(limit, modified)| modified > limit) => {
            return Selection::PreconditionFailed;
        }
        _ => {}
    }
    match header(IF_NONE_MATCH) {
        Some(tags) if matches_any(tags) => return Selection::NotModified,
        None if date(IF_MODIFIED_SINCE).is_some_and(|(known, modified)| modified <= known) => {
            return Selection::NotModified;
        }
        _ => {}
    }
    let Some(range) = header(RANGE).filter(|range| !range.is_empty()) else { return Selection::Whole };
    if header(IF_RANGE).is_some() && date(IF_RANGE).is_none_or(|(known, modified)| modified != known) {
        return Selection::Whole;
    }
    parse(range, size)
}

fn matches_any(tags: &str) -> bool {
    tags.split(',').any(|tag| tag.trim() == "*")
}

fn parse(header: &str, size: u64) -> Selection {
    let Some(list) = header.strip_prefix("bytes=") else { return Selection::Invalid };
    let mut ranges = Vec::new();
    let mut beyond = false;
    for item in list.split(',').map(str::trim).filter(|item| !item.is_empty()) {
        match one(item, size) {
            Some(Some(range)) => ranges.push(range),
            Some(None) => beyond = true,
            None => return Selection::Invalid,
        }
    }
    // Ranges longer than the file together are an attack or a mistake; the whole file is cheaper.
    let total = ranges.iter().try_fold(0_u64, |total, range| total.checked_add(range.end - range.start));
    let too_much = total.is_none_or(|total| total > size);
    match <[_; 1]>::try_from(ranges) {
        Ok(_) | Err(_) if too_much => Selection::Whole,
        Ok([range]) => Selection::One(range),
        Err(ranges) if !ranges.is_empty() => Selection::Many(ranges),
        Err(_) if beyond && size > 0 => Selection::NoOverlap,
        Err(_) => Selection::Whole,
    }
}

/// One range; none inside when it begins beyond the end, none at all when it is malformed.
fn one(item: &str, size: u64) -> Option<Option<Range<u64>>> {
    let (start, end) = item.split_once('-')?;
    let (start, end) = (start.trim(), end.trim());
    if start.is_empty() {
        let length = number(end)?.min(size);
        return Some(Some(size - length..size));
    }
    let start = number(start)?;
    if start >= size {
        return Some(None);
    }
    if end.is_empty() {
        return Some(Some(start..size));
    }
    let end = number(end).filter(|end| *end >= start)?;
    Some(Some(start..end.min(size - 1) + 1))
}

/// A number of 63 bits; a sign in front of it is allowed where it changes nothing.
fn number(text: &str) -> Option<u64> {
    text.parse::<i64>().ok().and_then(|number| u64::try_from(number).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_taken_as_the_library_takes_them() {
        let one = |start, end| Selection::One(start..end);
        for (header, size, selection) in [
            ("bytes=1-1", 3, one(1, 2)),
            ("bytes=7-", 10, one(7, 10)),
            ("bytes=-3", 10, one(7, 10)),
            ("bytes=-30", 10, one(0, 10)),
            ("bytes=0-99", 10, one(0, 10)),
            ("bytes= 1 - 2 ", 10, one(1, 3)),
            ("bytes=0-1,4-5", 10, Selection::Many(vec![0..2, 4..6])),
            ("bytes=0-1,20-", 10, one(0, 2)),
            ("bytes=0-9,0-9", 10, Selection::Whole),
            ("bytes=", 10, Selection::Whole),
            ("bytes=,", 10, Selection::Whole),
            ("bytes=10-", 10, Selection::NoOverlap),
            ("bytes=5-", 0, Selection::Whole),
            ("bytes=-5", 0, one(0, 0)),
            ("bytes=3-2", 10, Selection::Invalid),
            ("bytes=a-", 10, Selection::Invalid),
            ("bytes=--1", 10, Selection::Invalid),
            ("bytes=5", 10, Selection::Invalid),
            ("bytes=-", 10, Selection::Invalid),
            ("lines=0-1", 10, Selection::Invalid),
            ("bytes=99999999999999999999-", 10, Selection::Invalid),
        ] {
            assert_eq!(parse(header, size), selection, "{header} of {size}");
        }
    }

    #[test]
    fn conditions_compare_whole_seconds() {
        let modified = http_time("2026-11-21T05:44:38.9Z".parse().unwrap());
        let select = |pairs: &[(http::HeaderName, &str)]| {
            let headers = pairs.iter().map(|(name, value)| (name.clone(), value.parse().unwrap())).collect();
            select(&headers, 10, modified)
        };
        let (then, before) = ("Sat, 21 Nov 2026 05:44:38 GMT", "Sat, 21 Nov 2026 05:44:37 GMT");
        assert_eq!(select(&[(IF_MODIFIED_SINCE, then)]), Selection::NotModified);
        assert_eq!(select(&[(IF_MODIFIED_SINCE, before)]), Selection::Whole);
        assert_eq!(select(&[(IF_MODIFIED_SINCE, "yesterday")]), Selection::Whole);
        assert_eq!(select(&[(IF_NONE_MATCH, "\"x\""), (IF_MODIFIED_SINCE, then)]), Selection::Whole);
        assert_eq!(select(&[(IF_NONE_MATCH, "*")]), Selection::NotModified);
        assert_eq!(select(&[(IF_UNMODIFIED_SINCE, before)]), Selection::PreconditionFailed);
        assert_eq!(select(&[(IF_MATCH, "\"x\"")]), Selection::PreconditionFailed);
        assert_eq!(select(&[(RANGE, "bytes=1-1"), (IF_RANGE, then)]), Selection::One(1..2));
        assert_eq!(select(&[(RANGE, "bytes=1-1"), (IF_RANGE, before)]), Selection::Whole);
        assert_eq!(select(&[(RANGE, "bytes=1-1"), (IF_RANGE, "\"x\"")]), Selection::Whole);
    }

    #[test]
    fn times_http_cannot_say_are_left_out() {
        for time in ["1960-01-01T00:00:00Z", "1970-01-01T00:00:00Z"] {
            assert_eq!(http_time(time.parse().unwrap()), None, "{time}");
        }
        assert!(http_time(Timestamp::MAX).is_some_and(|time| !httpdate::fmt_http_date(time).is_empty()));
    }
}
