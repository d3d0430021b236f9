//! The files of a session and of its commands.
//!
//! Making files costs more than anything else around a short command, several times more on a busy disk. So while nothing
//! runs, a directory with the files of a command yet to come is made in the background; the command gives it its name.
//! What is missing there, whoever took it away, is made when it is needed, as all of it is when the background was late.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::log::Log;

/// The directory that waits for a command.
const NEXT: &str = ".next";
/// The exit code before it is known. It appears whole under its own name.
const EXIT_CODE: &str = ".exit_code";
/// Longest name a session's directory gets from its id alone, in bytes.
const LONGEST_NAME: usize = 200;

/// Where the files of a command lie.
#[derive(Debug)]
pub(super) struct CommandFiles {
    directory: PathBuf,
    script: PathBuf,
    log: PathBuf,
    begun_exit_code: PathBuf,
    exit_code: PathBuf,
    pub(super) input: PathBuf,
}

impl CommandFiles {
    pub(super) fn of(session: &Path, command_id: &str) -> Self {
        Self::below(session.join(command_id))
    }

    fn below(directory: PathBuf) -> Self {
        let file = |name| directory.join(name);
        Self {
            script: file("cmd.sh"),
            log: file("output.log"),
            begun_exit_code: file(EXIT_CODE),
            exit_code: file("exit_code"),
            input: file("input.pipe"),
            directory,
        }
    }

    /// Tells the exit code.
    pub(super) fn tell(&self, code: i32) -> io::Result<()> {
        std::fs::write(&self.begun_exit_code, format!("{code}\n"))?;
        std::fs::rename(&self.begun_exit_code, &self.exit_code)
    }

    fn open_script(&self) -> io::Result<File> {
        OpenOptions::new().create(true).write(true).truncate(true).mode(0o600).open(&self.script)
    }

    /// Writes the command's text, and opens its log.
    fn fill(&self, text: &str) -> io::Result<Log> {
        let text = if text.ends_with('\n') { text.to_owned() } else { format!("{text}\n") };
        self.open_script()?.write_all(text.as_bytes())?;
        Log::create(self.log.clone())
    }
}

/// The directory that waits, shared with the thread that makes it.
#[derive(Clone, Debug)]
pub(super) struct Stock(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    session: PathBuf,
    next: PathBuf,
    state: Mutex<State>,
    /// Held by whoever changes what lies in the session's directory for good.
    turn: Mutex<()>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Empty,
    Making,
    Ready,
    Closed,
}

impl Stock {
    pub(super) fn new(session: &Path) -> Self {
        Self(Arc::new(Inner {
            session: session.to_owned(),
            next: session.join(NEXT),
            state: Mutex::new(State::Empty),
            turn: Mutex::new(()),
        }))
    }

    /// Makes the next command's files in the background, unless that has been done.
    pub(super) fn refill(&self) {
        let mut state = self.state();
        if *state != State::Empty {
            return;
        }
        *state = State::Making;
        drop(state);
        let stock = self.clone();
        tokio::task::spawn_blocking(move || stock.make());
    }

    fn make(&self) {
        let _turn = self.turn();
        if *self.state() == State::Closed {
            return;
        }
        let files = CommandFiles::below(self.0.next.clone());
        let made = DirBuilder::new().mode(0o755).create(&files.directory).and_then(|()| {
            files.open_script()?;
            Log::create(files.log.clone())?;
            File::create(&files.begun_exit_code).map(drop)
        });
        // A session whose directory was removed goes on without.
        *self.state() = if made.is_ok() { State::Ready } else { State::Empty };
    }

    /// Makes the files of a command; its log.
    pub(super) fn take(&self, command_id: &str, text: &str) -> io::Result<Log> {
        let files = CommandFiles::of(&self.0.session, command_id);
        let ready = {
            let mut state = self.state();
            let ready = *state == State::Ready;
            if ready {
                *state = State::Empty;
            }
            ready
        };
        if !ready || std::fs::rename(&self.0.next, &files.directory).is_err() {
            make_directory(&files.directory)?;
        }
        files.fill(text)
    }

    /// Removes the session's directory with all that is in it; nothing is made there any more.
    pub(super) fn remove(&self) -> io::Result<()> {
        let _turn = self.turn();
        *self.state() = State::Closed;
        match std::fs::remove_dir_all(&self.0.session) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            removed => removed,
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn turn(&self) -> MutexGuard<'_, ()> {
        self.0.turn.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Makes a session's own directory, emptied of what an earlier session was about to use.
pub(super) fn make_session_directory(path: &Path) -> io::Result<()> {
    make_directory(path)?;
    match std::fs::remove_dir_all(path.join(NEXT)) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

fn make_directory(path: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    match builder.mode(0o755).create(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => builder.recursive(true).create(path),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        created => created,
    }
}

pub(super) fn output_pipe(session: &Path) -> PathBuf {
    session.join("stdout.pipe")
}

pub(super) fn errors_pipe(session: &Path) -> PathBuf {
    session.join("stderr.pipe")
}

/// The directory of a session: its id, but for what cannot be a file's name. No two ids share one.
pub(super) fn directory_name(id: &str) -> String {
    let mut name = String::with_capacity(id.len());
    for character in id.chars() {
        match character {
            '/' | '\0' | '%' => name.push_str(&format!("%{:02X}", u32::from(character))),
            _ => name.push(character),
        }
    }
    if name.starts_with('.') {
        name.replace_range(..1, "%2E");
    }
    if name.len() <= LONGEST_NAME {
        return name;
    }
    let mut end = LONGEST_NAME;
    while !name.is_char_boundary(end) {
        end -= 1;
    }
    name.truncate(end);
    format!("{name}%{:016X}", hash(id))
}

/// FNV-1a.
fn hash(text: &str) -> u64 {
    text.bytes()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::MetadataExt;

    use super::*;

    fn stock() -> (tempfile::TempDir, Stock) {
        let directory = tempfile::tempdir().unwrap();
        let session = directory.path().join("s");
        make_session_directory(&session).unwrap();
        (directory, Stock::new(&session))
    }

    fn made(stock: &Stock) {
        *stock.state() = State::Making;
        stock.make();
        assert_eq!(*stock.state(), State::Ready);
    }

    #[test]
    fn a_command_gets_the_files_that_were_made_for_it() {
        let (directory, stock) = stock();
        made(&stock);
        let session = directory.path().join("s");
        let log = session.join(NEXT).join("output.log").metadata().unwrap();
        stock.take("c", "echo").unwrap();
        CommandFiles::of(&session, "c").tell(3).unwrap();
        let read = |name: &str| std::fs::read_to_string(session.join("c").join(name)).unwrap();
        assert_eq!((read("cmd.sh"), read("exit_code")), ("echo\n".to_owned(), "3\n".to_owned()));
        assert_eq!(session.join("c/output.log").metadata().unwrap().ino(), log.ino());
        assert_eq!(session.join("c/cmd.sh").metadata().unwrap().mode() & 0o777, 0o600);
        assert_eq!(std::fs::read_dir(session.join("c")).unwrap().count(), 3);
        assert!(!session.join(NEXT).exists());
    }

    #[test]
    fn what_is_late_or_was_taken_away_is_made_when_it_is_needed() {
        let (directory, stock) = stock();
        let session = directory.path().join("s");
        stock.take("late", "echo").unwrap();
        made(&stock);
        std::fs::remove_dir_all(session.join(NEXT)).unwrap();
        stock.take("gone", "echo").unwrap();
        made(&stock);
        std::fs::remove_file(session.join(NEXT).join("cmd.sh")).unwrap();
        stock.take("half", "echo").unwrap();
        for command in ["late", "gone", "half"] {
            assert_eq!(std::fs::read(session.join(command).join("cmd.sh")).unwrap(), b"echo\n", "{command}");
            CommandFiles::of(&session, command).tell(0).unwrap();
        }
    }

    #[test]
    fn nothing_is_made_in_a_session_that_was_removed() {
        let (directory, stock) = stock();
        *stock.state() = State::Making;
        stock.remove().unwrap();
        stock.make();
        assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 0);
        assert_eq!(*stock.state(), State::Closed);
    }

    #[test]
    fn a_session_does_not_use_what_an_earlier_one_was_about_to() {
        let (directory, stock) = stock();
        made(&stock);
        let session = directory.path().join("s");
        make_session_directory(&session).unwrap();
        made(&Stock::new(&session));
    }

    #[test]
    fn ordinary_ids_are_directory_names_and_odd_ones_stay_below_their_directory() {
        for id in ["s1", "my session", "ž 🐎", "it's"] {
            assert_eq!(directory_name(id), id);
        }
        assert_eq!(directory_name(".."), "%2E.");
        assert_eq!(directory_name("../x"), "%2E.%2Fx");
        assert_eq!(directory_name("a%2Fb"), "a%252Fb");
        assert_eq!(directory_name("a\0"), "a%00");
    }

    #[test]
    fn ids_too_long_for_a_name_get_different_ones() {
        let (one, other) = ("ž".repeat(300) + "1", "ž".repeat(300) + "2");
        assert_ne!(directory_name(&one), directory_name(&other));
        assert!(directory_name(&one).len() < 255);
    }
}
