//! The shell text around a command, and the status the shell tells after it.
//!
//! The command's own text is sourced from its file: it runs in the session's shell itself, `return` ends it without ending
//! the shell, and error messages name the file. The redirections hold for the command alone; the shell keeps its own
//! streams where programs do not see them.

use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use memchr::memmem;

/// Variable of the shell, not of its children, that holds the directory of the session.
const DIRECTORY: &str = "_pitlane";

/// How a shell is made to run a builtin that the user may have covered by a function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dialect {
    /// bash and zsh.
    Builtin,
    /// Any other shell.
    Command,
}

impl Dialect {
    /// By the shell's name.
    pub(super) fn of(shell: &str) -> Self {
        match shell.rsplit('/').next() {
            Some("bash" | "zsh") => Self::Builtin,
            _ => Self::Command,
        }
    }

    /// The line that runs a command and tells its status. `takes_input` gives it its own pipe to read from.
    pub(super) fn line(self, command_id: &str, takes_input: bool) -> String {
        let echo = match self {
            Self::Builtin => "builtin",
            Self::Command => "command",
        };
        let input = match takes_input {
            true => format!("\"${DIRECTORY}/{command_id}/input.pipe\""),
            false => "/dev/null".to_owned(),
        };
        format!(
            "{{ . \"${DIRECTORY}/{command_id}/cmd.sh\"; }} <{input} >\"${DIRECTORY}/stdout.pipe\" 2>\"${DIRECTORY}/stderr.pipe\"; {echo} echo {command_id} \"$?\"\n"
        )
    }
}

/// The line that tells the shell, once, where its session's directory is. Shells read a pipe byte by byte, so every line
/// that need not spell that out is a tenth of a millisecond.
pub(super) fn introduction(directory: &Path) -> Vec<u8> {
    let mut line = format!("readonly {DIRECTORY}=").into_bytes();
    quote(directory, &mut line);
    line.push(b'\n');
    line
}

/// The path as one word of shell text.
fn quote(path: &Path, line: &mut Vec<u8>) {
    line.push(b'\'');
    for byte in path.as_os_str().as_bytes() {
        match byte {
            b'\'' => line.extend_from_slice(b"'\\''"),
            _ => line.push(*byte),
        }
    }
    line.push(b'\'');
}

/// The status that was told for this command.
pub(super) fn status(said: &[u8], command_id: &str) -> Option<i32> {
    let starts = memmem::find_iter(said, command_id.as_bytes());
    starts.filter_map(|start| told(&said[start + command_id.len()..])).last()
}

fn told(rest: &[u8]) -> Option<i32> {
    let digits = rest.strip_prefix(b" ")?;
    let end = memchr::memchr(b'\n', digits)?;
    std::str::from_utf8(&digits[..end]).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_is_found_among_what_traps_print() {
        assert_eq!(status(b"c1 0\n", "c1"), Some(0));
        assert_eq!(status(b"debug: echo c1 \"$?\"\nnoisec1 127\nmore", "c1"), Some(127));
        assert_eq!(status(b"c1 12", "c1"), None);
        assert_eq!(status(b"c2 0\n", "c1"), None);
    }

    #[test]
    fn a_path_is_one_word_whatever_is_in_it() {
        let mut line = Vec::new();
        quote(Path::new("/a b/it's\n$(x)"), &mut line);
        assert_eq!(line, b"'/a b/it'\\''s\n$(x)'");
    }
}
