//! Which shell runs commands (toolbox-processes.md §1.5).

use std::path::Path;

use crate::{Config, spawn};

/// Shells looked for in the list, best first.
const KNOWN: [&str; 4] = ["/usr/bin/zsh", "/bin/zsh", "/usr/bin/bash", "/bin/bash"];
const FALLBACK: &str = "sh";

/// The shell for the next command. Looked up on every use, so that a shell installed later is found.
///
/// A shell that is listed but not there is passed over, unlike in the real daemon: its place in the list would make
/// every command fail.
#[must_use]
pub fn choose(config: &Config) -> String {
    let list = std::fs::read(&config.shells_file).unwrap_or_default();
    let list = String::from_utf8_lossy(&list);
    let lines: Vec<&str> = list.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).collect();
    if lines.is_empty() {
        return FALLBACK.to_owned();
    }
    let listed = |shell: &&str| lines.iter().any(|line| line.contains(shell));
    let known = KNOWN.into_iter().find(|shell| listed(shell) && spawn::is_executable(Path::new(shell)));
    let default = config.default_shell.as_deref().filter(|shell| !shell.is_empty());
    known.or(default).unwrap_or(FALLBACK).to_owned()
}

/// `bash`, or `sh` where that is not on the search path: what scripts of clients that name no shell are written for (voidrun.md §2.4).
#[must_use]
pub fn posix(search_path: &str) -> String {
    let bash = spawn::find_executable("bash", search_path);
    bash.map_or_else(|| FALLBACK.to_owned(), |bash| bash.to_string_lossy().into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(list: Option<&str>, default_shell: Option<&str>) -> String {
        let directory = tempfile::tempdir().unwrap();
        let mut config = Config::new("test", "/".into(), "/".into(), "/tmp".into());
        config.shells_file = directory.path().join("shells");
        config.default_shell = default_shell.map(ToOwned::to_owned);
        if let Some(list) = list {
            std::fs::write(&config.shells_file, list).unwrap();
        }
        choose(&config)
    }

    #[test]
    fn the_best_known_shell_wins_wherever_it_stands_in_the_list() {
        assert_eq!(chosen(Some("/bin/sh\n/bin/bash\n/usr/bin/bash\n"), Some("/bin/dash")), "/usr/bin/bash");
        assert_eq!(chosen(Some("/bin/bash\n"), None), "/bin/bash");
    }

    #[test]
    fn a_comment_names_no_shell() {
        assert_eq!(chosen(Some("# /usr/bin/bash\n/bin/sh\n"), Some("/bin/dash")), "/bin/dash");
    }

    #[test]
    fn without_a_usable_line_it_is_sh_whatever_the_default() {
        assert_eq!(chosen(None, Some("/bin/dash")), "sh");
        assert_eq!(chosen(Some("\n# none\n"), Some("/bin/dash")), "sh");
    }

    #[test]
    fn an_empty_default_counts_as_none() {
        assert_eq!(chosen(Some("/bin/sh\n"), Some("")), "sh");
    }
}
