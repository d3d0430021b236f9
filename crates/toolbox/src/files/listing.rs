//! Descriptions of many files, straight as JSON: the same as [`super::info`] gives for one, with the path.
//!
//! Entries of one directory are alike in much: what was written for the one before is written again where it holds.

use std::io::Write as _;
use std::os::unix::ffi::OsStrExt as _;
use std::path::PathBuf;

use engine::files::{Facts, Listed};
use jiff::Timestamp;

use super::info;
use crate::go_json::escape_bytes;

/// A part of a listing.
#[derive(Default)]
pub(super) struct Listing {
    /// Every description behind a comma.
    json: Vec<u8>,
    directory: Directory,
    time: Time,
    kind: Kind,
}

/// What most descriptions take, in bytes.
const USUAL: usize = 256;

impl Listing {
    /// One with room for so many entries.
    pub(super) fn with_capacity(entries: usize) -> Self {
        Self { json: Vec::with_capacity(entries * USUAL), ..Self::default() }
    }

    /// Describes one more entry.
    pub(super) fn add(&mut self, entry: &Listed<'_>, with_path: bool) {
        let Listed { name, facts, .. } = entry;
        let json = &mut self.json;
        json.extend_from_slice(b",{\"name\":\"");
        let start = json.len();
        escape_bytes(name.as_bytes(), json);
        let name = start..json.len();
        if with_path {
            json.extend_from_slice(b"\",\"path\":\"");
            json.extend_from_slice(self.directory.prefix(entry));
            json.extend_from_within(name);
        }
        // Writing to a vector does not fail.
        let _ = write!(json, "\",\"size\":{}", i64::try_from(facts.size).unwrap_or(i64::MAX));
        let kind = self.kind.of(facts);
        json.extend_from_slice(&kind.mode);
        self.time.write(facts.modified, json);
        json.extend_from_slice(&kind.rest);
    }

    /// The descriptions, each behind a comma.
    pub(super) fn into_json(self) -> Vec<u8> {
        self.json
    }
}

/// What stands before the names in paths.
#[derive(Default)]
struct Directory {
    shown: PathBuf,
    /// With the slash behind it; nothing for the directory paths are relative to.
    prefix: Vec<u8>,
}

impl Directory {
    fn prefix(&mut self, entry: &Listed<'_>) -> &[u8] {
        if self.shown != entry.directory {
            entry.directory.clone_into(&mut self.shown);
            self.prefix.clear();
            let shown = entry.directory.as_os_str().as_bytes();
            escape_bytes(shown, &mut self.prefix);
            if !shown.is_empty() && !shown.ends_with(b"/") {
                self.prefix.push(b'/');
            }
        }
        &self.prefix
    }
}

/// What is written of mode and owner.
#[derive(Default)]
struct Kind {
    /// Mode, user and group it holds for; none before the first.
    of: Option<(u32, u32, u32)>,
    /// Stands before the times.
    mode: Vec<u8>,
    /// Stands behind them.
    rest: Vec<u8>,
}

impl Kind {
    fn of(&mut self, facts: &Facts) -> &Self {
        let Facts { mode, user_id, group_id, .. } = *facts;
        if self.of != Some((mode, user_id, group_id)) {
            self.of = Some((mode, user_id, group_id));
            self.mode = format!(",\"mode\":\"{}\",\"modTime\":\"", info::mode(mode)).into_bytes();
            let (is_directory, permissions) = (facts.is_directory(), mode & 0o777);
            let rest = format!(
                "\",\"isDir\":{is_directory},\"owner\":\"{user_id}\",\"group\":\"{group_id}\",\
                 \"permissions\":\"{permissions:04o}\"}}"
            );
            self.rest = rest.into_bytes();
        }
        self
    }
}

/// Writes times in both notations.
#[derive(Default)]
struct Time {
    /// The second before, as date and time of day; none before the first.
    second: Option<(i64, String)>,
}

impl Time {
    /// Both members' values, and what stands between them.
    fn write(&mut self, time: Timestamp, json: &mut Vec<u8>) {
        let second = time.as_second();
        // Times before 1970 count their fraction backwards.
        let Ok(nanosecond) = u32::try_from(time.subsec_nanosecond()) else {
            return write(time.to_string().trim_end_matches('Z'), b"", json);
        };
        if self.second.as_ref().is_none_or(|(last, _)| *last != second) {
            let whole = Timestamp::from_second(second).unwrap_or(time).to_string();
            self.second = Some((second, whole.trim_end_matches('Z').to_owned()));
        }
        let mut fraction = [b'.'; 10];
        let mut rest = nanosecond;
        for digit in fraction[1..].iter_mut().rev() {
            *digit = b'0' + (rest % 10) as u8;
            rest /= 10;
        }
        let length = if nanosecond == 0 {
            0
        } else {
            fraction.iter().rposition(|digit| *digit != b'0').map_or(0, |last| last + 1)
        };
        if let Some((_, text)) = &self.second {
            write(text, &fraction[..length], json);
        }
    }
}

/// `text` is date and time of day with a `T` between them.
fn write(text: &str, fraction: &[u8], json: &mut Vec<u8>) {
    let (date, time) = text.split_once('T').unwrap_or((text, ""));
    for piece in [date.as_bytes(), b" ", time.as_bytes(), fraction, b" +0000 UTC\",\"modifiedAt\":\""] {
        json.extend_from_slice(piece);
    }
    for piece in [text.as_bytes(), fraction, b"Z"] {
        json.extend_from_slice(piece);
    }
}

#[cfg(test)]
mod tests {
    use std::ffi::{OsStr, OsString};
    use std::path::Path;

    use contract::toolbox::types;
    use engine::files::FileInfo;
    use proptest::prelude::*;

    use super::*;
    use crate::files::path_text;
    use crate::go_json;

    fn facts() -> impl Strategy<Value = Facts> {
        let time = prop_oneof![
            (-377_705_023_201_i64..=253_402_207_200, 0..1_000_000_000_i32),
            (-2..3_i64, prop_oneof![Just(0), Just(1), Just(120_000_000), Just(999_999_999)]),
        ];
        let mode = prop_oneof![any::<u32>(), Just(0o10_0644), Just(0o04_0755), Just(0o12_0777)];
        (any::<u64>(), mode, time, 0..3_u32, any::<u32>()).prop_map(
            |(size, mode, (second, nanosecond), user_id, group_id)| Facts {
                size,
                mode,
                modified: Timestamp::new(second, nanosecond).unwrap(),
                user_id,
                group_id,
            },
        )
    }

    fn name() -> impl Strategy<Value = Vec<u8>> {
        prop_oneof![
            "[a-z\"<&\\\\\u{e9}\u{2028}\n ]{1,12}".prop_map(String::into_bytes),
            // A slash is in no name.
            prop::collection::vec((1..=u8::MAX).prop_filter("a slash", |byte| *byte != b'/'), 1..8),
        ]
    }

    proptest! {
        #[test]
        fn many_are_described_as_each_is_by_itself(
            entries in prop::collection::vec((prop::sample::select(vec!["", "s", "s/<d>", "/"]), name(), facts()), 0..8),
            cut in 0..8_usize,
            with_path in any::<bool>(),
        ) {
            let mut parts = [Listing::default(), Listing::default()];
            let mut expected = Vec::<types::FileInfo>::new();
            for (number, (directory, name, facts)) in entries.iter().enumerate() {
                let (directory, name) = (Path::new(directory), OsStr::from_bytes(name));
                let listed = Listed { directory, name, facts: *facts };
                parts[usize::from(number >= cut)].add(&listed, with_path);
                let mut one = info::describe(&FileInfo { name: OsString::from(name), facts: *facts });
                one.path = with_path.then(|| path_text(directory.join(name)));
                expected.push(one);
            }
            let json = go_json::array(parts.map(Listing::into_json).into());
            prop_assert_eq!(String::from_utf8(json).unwrap(), String::from_utf8(go_json::to_vec(&expected)).unwrap());
        }
    }
}
