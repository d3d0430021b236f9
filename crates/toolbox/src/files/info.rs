//! How a file is described (toolbox-files-git-desktop.md §2.1).

use contract::toolbox::types;
use engine::files::FileInfo;

use super::path_text;

const TYPE: u32 = 0o17_0000;
const PERMISSIONS: [(u32, char); 9] = [
    (0o400, 'r'),
    (0o200, 'w'),
    (0o100, 'x'),
    (0o040, 'r'),
    (0o020, 'w'),
    (0o010, 'x'),
    (0o004, 'r'),
    (0o002, 'w'),
    (0o001, 'x'),
];

/// One file on the wire, looked at by itself.
pub(super) fn describe(info: &FileInfo) -> types::FileInfo {
    let facts = &info.facts;
    let modified_at = facts.modified.to_string();
    types::FileInfo {
        name: path_text(&info.name),
        path: None,
        size: i64::try_from(facts.size).unwrap_or(i64::MAX),
        mode: mode(facts.mode),
        mod_time: go_time(&modified_at),
        modified_at,
        is_dir: facts.is_directory(),
        owner: facts.user_id.to_string(),
        group: facts.group_id.to_string(),
        permissions: format!("{:04o}", facts.mode & 0o777),
    }
}

/// Type and flag letters, or a dash when there is none, then nine for the permissions.
pub(super) fn mode(mode: u32) -> String {
    let mut text = match mode & TYPE {
        0o04_0000 => "d",
        0o12_0000 => "L",
        0o06_0000 | 0o02_0000 => "D",
        0o01_0000 => "p",
        0o14_0000 => "S",
        _ => "",
    }
    .to_owned();
    text.reserve(13);
    let character_device = mode & TYPE == 0o02_0000;
    for (set, letter) in [
        (mode & 0o4000 != 0, 'u'),
        (mode & 0o2000 != 0, 'g'),
        (character_device, 'c'),
        (mode & 0o1000 != 0, 't'),
    ] {
        text.extend(set.then_some(letter));
    }
    if text.is_empty() {
        text.push('-');
    }
    text.extend(PERMISSIONS.map(|(bit, letter)| if mode & bit == 0 { '-' } else { letter }));
    text
}

/// `2026-11-21 05:44:38.02507641 +0000 UTC`, the fraction without zeros at its end, or without any.
fn go_time(rfc3339: &str) -> String {
    let mut text = String::with_capacity(rfc3339.len() + 10);
    text.push_str(rfc3339.trim_end_matches('Z'));
    text.push_str(" +0000 UTC");
    // The separator is the only letter left in front.
    text.replacen('T', " ", 1)
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;

    #[test]
    fn modes_are_written_as_go_writes_them() {
        for (bits, text) in [
            (0o10_0644, "-rw-r--r--"),
            (0o04_0755, "drwxr-xr-x"),
            (0o04_1777, "dtrwxrwxrwx"),
            (0o10_4755, "urwxr-xr-x"),
            (0o10_2755, "grwxr-xr-x"),
            (0o01_0644, "prw-r--r--"),
            (0o14_0700, "Srwx------"),
            (0o02_0666, "Dcrw-rw-rw-"),
            (0o06_0660, "Drw-rw----"),
            (0o12_0777, "Lrwxrwxrwx"),
            (0o04_7000, "dugt---------"),
        ] {
            assert_eq!(mode(bits), text);
        }
    }

    #[test]
    fn fractions_of_seconds_are_trimmed() {
        for (time, go, rfc3339) in [
            (
                "2026-11-21T05:44:38.025076410Z",
                "2026-11-21 05:44:38.02507641 +0000 UTC",
                "2026-11-21T05:44:38.02507641Z",
            ),
            ("1999-12-31T23:59:59Z", "1999-12-31 23:59:59 +0000 UTC", "1999-12-31T23:59:59Z"),
        ] {
            let time: Timestamp = time.parse().unwrap();
            assert_eq!((go_time(&time.to_string()).as_str(), time.to_string().as_str()), (go, rfc3339));
        }
    }
}
