//! Which file a key is.
//!
//! A key is split at its slashes. What comes before the last one names directories, what comes after it a file with `%`
//! at its end: so `a` and `a/b` are both possible, and a key that ends in a slash is a file called `%`. What a file
//! system cannot have in a name, or reads in its own way, is written as `%` and two hexadecimal digits.

use std::path::{Path, PathBuf};

/// Longest name of a file on common file systems, in bytes.
const LONGEST_NAME: usize = 255;
/// What a directory without a name is called: `a//b` has one.
const NAMELESS: &str = "%-";
/// Ends the name of an object's content.
const CONTENT: &str = "%";
/// Ends the name of what is noted of an object.
const NOTE: &str = "%note";

/// A part of the key between slashes is too long for a file's name.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct TooLong;

/// The files of an object.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Files {
    /// What was put.
    pub(crate) content: PathBuf,
    /// What is known of it.
    pub(crate) note: PathBuf,
}

/// Where the object of this key lies below `bucket`.
pub(crate) fn files(bucket: &Path, key: &str) -> Result<Files, TooLong> {
    let (directories, name) = key.rsplit_once('/').unwrap_or(("", key));
    let mut directory = bucket.to_owned();
    if key.contains('/') {
        for part in directories.split('/') {
            directory.push(directory_name(part)?);
        }
    }
    let name = escaped(name, NOTE.len())?;
    Ok(Files {
        content: directory.join(format!("{name}{CONTENT}")),
        note: directory.join(format!("{name}{NOTE}")),
    })
}

/// The directory all keys with this prefix lie below, as a path below the bucket, and the part of the prefix it stands
/// for. `None` when no key can have that prefix.
pub(crate) fn directory_of(prefix: &str) -> Option<(PathBuf, &str)> {
    let Some(slash) = prefix.rfind('/') else { return Some((PathBuf::new(), "")) };
    let parts = prefix[..slash].split('/');
    let path = parts.map(|part| directory_name(part).ok()).collect::<Option<PathBuf>>()?;
    Some((path, &prefix[..=slash]))
}

/// What lies in a directory of the store.
pub(crate) enum Entry {
    /// Part of a key, up to the next slash.
    Directory(String),
    /// The end of a key.
    Content(String),
}

/// What an entry of a directory is; nothing when it is a note, or none of the store's.
pub(crate) fn entry(name: &str, is_directory: bool) -> Option<Entry> {
    if is_directory {
        return match name {
            NAMELESS => Some(Entry::Directory(String::new())),
            name => unescaped(name).map(Entry::Directory),
        };
    }
    unescaped(name.strip_suffix(CONTENT)?).map(Entry::Content)
}

fn directory_name(part: &str) -> Result<String, TooLong> {
    if part.is_empty() { Ok(NAMELESS.to_owned()) } else { escaped(part, 0) }
}

fn escaped(part: &str, room: usize) -> Result<String, TooLong> {
    let mut name = String::with_capacity(part.len());
    let is_special = matches!(part, "." | "..");
    for character in part.chars() {
        if character == '%' || character.is_ascii_control() || (is_special && character == '.') {
            name.push_str(&format!("%{:02X}", u32::from(character)));
        } else {
            name.push(character);
        }
    }
    if name.len() + room > LONGEST_NAME { Err(TooLong) } else { Ok(name) }
}

fn unescaped(name: &str) -> Option<String> {
    let mut parts = name.split('%');
    let mut text = parts.next()?.to_owned();
    for part in parts {
        let code = u8::from_str_radix(part.get(..2)?, 16).ok()?;
        text.push(char::from(code));
        text.push_str(&part[2..]);
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(key: &str) -> String {
        let files = files(Path::new("b"), key).unwrap();
        files.content.to_str().unwrap().to_owned()
    }

    /// The key a file stands for, put together as a list does it.
    fn key(path: &str) -> String {
        let parts: Vec<&str> = path.strip_prefix("b/").unwrap().split('/').collect();
        let (name, directories) = parts.split_last().unwrap();
        let mut key = String::new();
        for directory in directories {
            let Some(Entry::Directory(part)) = entry(directory, true) else { panic!("{directory}") };
            key.push_str(&part);
            key.push('/');
        }
        let Some(Entry::Content(part)) = entry(name, false) else { panic!("{name}") };
        key + &part
    }

    #[test]
    fn every_key_has_a_file_of_its_own_and_comes_back_from_it() {
        let keys = [
            "a",
            "a/b",
            "a/",
            "/",
            "/a",
            "a//b",
            "a//",
            "..",
            "../../etc/passwd",
            ".",
            "a/./b",
            "%",
            "a%/b",
            "%-/x",
            "ü/ß",
            "a\nb",
            "...",
            "%note",
            "o/1f/context.tar",
        ];
        let places: std::collections::BTreeSet<String> = keys.iter().map(|key| place(key)).collect();
        assert_eq!(places.len(), keys.len());
        for wanted in keys {
            let place = place(wanted);
            assert_eq!(key(&place), wanted, "{place}");
            assert!(!place.split('/').any(|part| part == ".." || part == "." || part.is_empty()), "{place}");
        }
        assert_eq!(place("o/1f/context.tar"), "b/o/1f/context.tar%");
    }

    #[test]
    fn notes_are_no_objects() {
        assert!(entry("context.tar%note", false).is_none());
        assert!(entry("stray", false).is_none());
    }

    #[test]
    fn a_part_longer_than_a_files_name_is_refused() {
        assert_eq!(files(Path::new("b"), &"x".repeat(251)), Err(TooLong));
        assert!(files(Path::new("b"), &"x".repeat(250)).is_ok());
        assert!(files(Path::new("b"), &format!("{0}/{0}/{0}", "x".repeat(250))).is_ok());
    }
}
