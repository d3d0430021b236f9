//! Lexical cleaning of paths.

use std::path::{Component, Path, PathBuf};

/// The shortest path that means the same when no element is a link: `.` and doubled slashes go, `a/..` goes, `..` at
/// the root goes. An empty result is `.`.
#[must_use]
pub fn clean(path: &Path) -> PathBuf {
    let mut cleaned = PathBuf::new();
    for component in path.components() {
        match component {
            Component::ParentDir => match cleaned.components().next_back() {
                Some(Component::Normal(_)) => {
                    cleaned.pop();
                }
                Some(Component::RootDir) => {}
                _ => cleaned.push(".."),
            },
            Component::CurDir => {}
            component => cleaned.push(component),
        }
    }
    if cleaned.as_os_str().is_empty() { PathBuf::from(".") } else { cleaned }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cleaning_keeps_the_meaning_and_drops_the_rest() {
        for (path, cleaned) in [
            ("", "."),
            ("./s/../s/", "s"),
            ("a//b/./c", "a/b/c"),
            ("/..", "/"),
            ("/../a", "/a"),
            ("..", ".."),
            ("../../a", "../../a"),
            ("a/../../b", "../b"),
            ("a/..", "."),
        ] {
            assert_eq!(clean(Path::new(path)), Path::new(cleaned), "{path}");
        }
    }
}
