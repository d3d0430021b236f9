//! Which names branches and remotes may have: git's own rules, decided without asking git.

/// Whether a branch or a remote may be called so.
pub(super) fn is_name(name: &str) -> bool {
    const REFUSED: [char; 8] = [' ', '~', '^', ':', '?', '*', '[', '\\'];
    let component = |part: &str| {
        !part.is_empty() && !part.starts_with('.') && !part.to_ascii_lowercase().ends_with(".lock")
    };
    name != "@"
        && name != "HEAD"
        && !name.starts_with('-')
        && !name.ends_with('.')
        && !name.contains("..")
        && !name.contains("@{")
        && !name.chars().any(|letter| letter.is_ascii_control() || REFUSED.contains(&letter))
        && name.split('/').all(component)
}

/// Whether this is a full object name.
pub(super) fn is_hash(text: &str) -> bool {
    text.len() == 40 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_git_would_read_otherwise_are_refused() {
        for name in ["-x", "@{-1}", "HEAD", "@", "", "a..b", "a b", "a.lock", "a/.b", "/a", "a/", "a\nb"] {
            assert!(!is_name(name), "{name:?}");
        }
        for name in ["main", "a/b", "feature/x-1", "ü", "a@b", "v1.2"] {
            assert!(is_name(name), "{name:?}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]

        #[test]
        fn what_is_taken_is_taken_by_git(name in "[a-c./@{~^:?*\\[ \\\\-]{1,6}(\\.lock)?") {
            let git = Command::new("git").args(["check-ref-format", "--branch", &name]).output().unwrap();
            prop_assert!(!is_name(&name) || git.status.success(), "{name:?}");
        }
    }
}
