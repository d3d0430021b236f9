//! How git is started.
//!
//! Nothing of the machine gets in: no system configuration, no hooks, no helper programs, no terminal, no language but
//! English. The sandbox user's own configuration does, and so do the operator's settings
//! ([`Config::git_settings`](crate::Config::git_settings)). Credentials of one call are handed over in the environment
//! to a helper of that call; they are in no argument and on no disk, and every text that comes back is without them.

use std::io;
use std::path::Path;
use std::process::Stdio;

use bytes::{Bytes, BytesMut};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::unix::pipe;

use super::error::{GitError, classify};
use super::place::Repository;
use crate::Engine;
use crate::output::Collector;
use crate::spawn::{Program, Streams};

/// What is kept of complaints, from their end.
const COMPLAINT_TAIL: usize = 64 * 1024;
/// How much is read of complaints at a time.
const COMPLAINT_CHUNK: usize = 4 * 1024;

/// Settings that win over all configuration files.
const SETTINGS: [&str; 15] = [
    "core.hooksPath=/dev/null",
    "core.fsmonitor=false",
    "core.askPass=",
    "core.editor=:",
    "credential.helper=",
    "gc.auto=0",
    "maintenance.auto=false",
    "commit.gpgSign=false",
    "push.gpgSign=false",
    "push.followTags=false",
    "submodule.recurse=false",
    "fetch.recurseSubmodules=false",
    "push.recurseSubmodules=no",
    "i18n.logOutputEncoding=UTF-8",
    "safe.directory=*",
];

/// The environment of every git process, beside what the sandbox's has and git does not read.
const ENVIRONMENT: [(&str, &str); 9] = [
    ("LC_ALL", "C"),
    ("LANGUAGE", ""),
    ("GIT_CONFIG_NOSYSTEM", "1"),
    ("GIT_TERMINAL_PROMPT", "0"),
    // Not unset: git would look for other programs that ask.
    ("GIT_ASKPASS", ""),
    ("GIT_SSH_COMMAND", "ssh -oBatchMode=yes"),
    ("GIT_OPTIONAL_LOCKS", "0"),
    ("GIT_PAGER", "cat"),
    // Nobody reads along: a write for each commit would only cost time.
    ("GIT_FLUSH", "0"),
];

/// Answers git's question for credentials from the environment, once and to nobody else.
const HELPER: &str = r#"credential.helper=!f() { test "$1" = get && printf 'username=%s\npassword=%s\n' "$PITLANE_GIT_USERNAME" "$PITLANE_GIT_PASSWORD"; }; f"#;

/// Name and password for one call.
#[derive(Clone)]
pub struct Credentials {
    /// Name of the user.
    pub username: String,
    /// Password or token.
    pub password: String,
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Credentials").finish_non_exhaustive()
    }
}

impl Credentials {
    /// Credentials, when both halves are given (toolbox-files-git-desktop.md §3.2).
    #[must_use]
    pub fn both(username: Option<String>, password: Option<String>) -> Option<Self> {
        let given = |text: &String| !text.is_empty();
        let (username, password) = (username.filter(given)?, password.filter(given)?);
        Some(Self { username, password })
    }

    /// Refuses what cannot be said in git's line-based way of asking.
    pub(super) fn check<'a>(texts: impl IntoIterator<Item = &'a str>) -> Result<(), GitError> {
        let broken = |text: &str| text.contains(['\r', '\n', '\0']);
        if texts.into_iter().any(broken) {
            return Err(GitError::Invalid("credential fields must not contain newline or NUL characters"));
        }
        Ok(())
    }
}

/// A git process to be.
pub(super) struct Git<'a> {
    engine: &'a Engine,
    program: Program,
    input: Bytes,
    /// Texts that may not come back, longest first.
    secrets: Vec<String>,
}

/// A git process that ended by itself.
pub(super) struct Finished {
    pub(super) code: i32,
    pub(super) output: Bytes,
    /// The end of what it complained of, without secrets.
    pub(super) complaint: String,
}

impl Finished {
    /// The output of a success, the class of a failure.
    pub(super) fn succeeded(self) -> Result<Bytes, GitError> {
        if self.code == 0 { Ok(self.output) } else { Err(self.failure()) }
    }

    /// The class of a failure.
    pub(super) fn failure(&self) -> GitError {
        classify(&self.complaint, self.code)
    }
}

impl Engine {
    /// A git process that knows of no repository.
    pub(super) fn git(&self, directory: &Path) -> Git<'_> {
        let mut environment = self.git_environment();
        environment.push(("PWD".to_owned(), directory.to_string_lossy().into_owned()));
        let settings = SETTINGS.iter().flat_map(|setting| ["-c", *setting]);
        let arguments =
            std::iter::once("--literal-pathspecs").chain(settings).map(ToOwned::to_owned).collect();
        let program =
            Program { name: "git".to_owned(), arguments, directory: directory.to_owned(), environment };
        Git { engine: self, program, input: Bytes::new(), secrets: Vec::new() }
    }

    /// A git process in a repository; it is told where everything is and does not look for it.
    pub(super) fn git_in(&self, repository: &Repository) -> Git<'_> {
        let mut git = self.git(&repository.root);
        git.variable("GIT_DIR", &repository.git_dir.to_string_lossy());
        if !repository.bare {
            git.variable("GIT_WORK_TREE", &repository.root.to_string_lossy());
        }
        git
    }

    fn git_environment(&self) -> Vec<(String, String)> {
        let config = self.config();
        let foreign = |name: &str| name.starts_with("GIT_") && name != "GIT_CONFIG_GLOBAL";
        let mut environment: Vec<_> =
            self.variables.all().into_iter().filter(|(name, _)| !foreign(name)).collect();
        let mut add = |name: &str, value: &str| environment.push((name.to_owned(), value.to_owned()));
        if self.variable("HOME").is_none() {
            add("HOME", &config.home.to_string_lossy());
        }
        for (name, value) in ENVIRONMENT {
            add(name, value);
        }
        add("GIT_CONFIG_COUNT", &config.git_settings.len().to_string());
        for (number, (key, value)) in config.git_settings.iter().enumerate() {
            add(&format!("GIT_CONFIG_KEY_{number}"), key);
            add(&format!("GIT_CONFIG_VALUE_{number}"), value);
        }
        environment
    }
}

impl Git<'_> {
    /// Adds arguments.
    pub(super) fn arguments<T: Into<String>>(mut self, arguments: impl IntoIterator<Item = T>) -> Self {
        self.program.arguments.extend(arguments.into_iter().map(Into::into));
        self
    }

    /// Adds one argument.
    pub(super) fn argument(self, argument: impl Into<String>) -> Self {
        self.arguments([argument.into()])
    }

    /// Adds a setting for this call. To be called before the subcommand is added.
    pub(super) fn setting(self, setting: &str) -> Self {
        self.arguments(["-c", setting])
    }

    /// What it reads.
    pub(super) fn input(mut self, input: impl Into<Bytes>) -> Self {
        self.input = input.into();
        self
    }

    /// Adds a variable.
    pub(super) fn variable(&mut self, name: &str, value: &str) {
        self.program.environment.push((name.to_owned(), value.to_owned()));
    }

    /// Author and committer.
    pub(super) fn identity(mut self, name: &str, email: &str) -> Self {
        for role in ["AUTHOR", "COMMITTER"] {
            self.variable(&format!("GIT_{role}_NAME"), name);
            self.variable(&format!("GIT_{role}_EMAIL"), email);
        }
        self
    }

    /// Speaks to a remote: with these credentials, and hiding them and those of the address. To be called before the
    /// subcommand is added.
    pub(super) fn remote(
        mut self,
        address: &str,
        credentials: Option<&Credentials>,
    ) -> Result<Self, GitError> {
        self.secrets.extend(password_of(address).map(ToOwned::to_owned));
        if let Some(Credentials { username, password }) = credentials {
            Credentials::check([username.as_str(), password.as_str()])?;
            self.variable("PITLANE_GIT_USERNAME", username);
            self.variable("PITLANE_GIT_PASSWORD", password);
            self.secrets.extend([password.clone(), username.clone()]);
            // Newer versions of git send credentials with the first request; older ones wait to be asked.
            self = self.setting(HELPER).setting("http.proactiveAuth=basic");
        }
        Ok(self)
    }

    /// Runs it to its end.
    pub(super) async fn run(self) -> Result<Finished, GitError> {
        let (input, input_end) = io::pipe()?;
        let (output_end, output) = io::pipe()?;
        let (errors_end, errors) = io::pipe()?;
        let streams =
            Streams { input: Stdio::from(input), output: Stdio::from(output), errors: Stdio::from(errors) };
        let mut child = self.engine.children().spawn(&self.program, streams)?;
        let sender = pipe::Sender::from_owned_fd(input_end.into())?;
        let output = pipe::Receiver::from_owned_fd(output_end.into())?;
        let errors = pipe::Receiver::from_owned_fd(errors_end.into())?;
        let ((), output, complaint) = tokio::join!(feed(sender, self.input), whole(output), tail(errors));
        let code = child.wait().await.code();
        let complaint = hide(&String::from_utf8_lossy(&complaint), &self.secrets);
        Ok(Finished { code, output, complaint })
    }

    /// Runs it; what it printed, when it succeeded.
    pub(super) async fn output(self) -> Result<Bytes, GitError> {
        self.run().await?.succeeded()
    }

    /// Like [`Self::output`], as text.
    pub(super) async fn text(self) -> Result<String, GitError> {
        Ok(String::from_utf8_lossy(&self.output().await?).into_owned())
    }
}

async fn feed(mut sender: pipe::Sender, input: Bytes) {
    // What git did not want to read shows in how it ends.
    let _unread = sender.write_all(&input).await;
}

async fn whole(mut reader: pipe::Receiver) -> Bytes {
    let mut collector = Collector::new();
    while reader.read_buf(collector.room()).await.is_ok_and(|size| size > 0) {}
    collector.finish().into_bytes()
}

async fn tail(mut reader: pipe::Receiver) -> BytesMut {
    let mut kept = BytesMut::new();
    loop {
        kept.reserve(COMPLAINT_CHUNK);
        if !reader.read_buf(&mut kept).await.is_ok_and(|size| size > 0) {
            return kept;
        }
        if kept.len() > 2 * COMPLAINT_TAIL {
            let _forgotten = kept.split_to(kept.len() - COMPLAINT_TAIL);
        }
    }
}

/// The password in an address.
pub(super) fn password_of(address: &str) -> Option<&str> {
    let (_, rest) = address.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next()?;
    let (user, _host) = authority.rsplit_once('@')?;
    user.split_once(':').map(|(_, password)| password).filter(|password| !password.is_empty())
}

fn hide(text: &str, secrets: &[String]) -> String {
    let secrets = secrets.iter().filter(|secret| !secret.is_empty());
    secrets.fold(text.to_owned(), |text, secret| text.replace(secret.as_str(), "***"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_of_addresses_are_found_and_hidden() {
        for (address, password) in [
            ("https://u:p@h/x", Some("p")),
            ("https://u:p@q@h/x", Some("p@q")),
            ("https://u@h/x", None),
            ("https://h/a:b@c", None),
            ("/a/u:p@h", None),
        ] {
            assert_eq!(password_of(address), password, "{address}");
        }
        let secrets = ["sesame".to_owned(), "ann".to_owned(), String::new()];
        assert_eq!(hide("http://ann:sesame@h", &secrets), "http://***:***@h");
    }

    #[test]
    fn half_of_the_credentials_are_none() {
        let both = |name: &str, password: &str| Credentials::both(Some(name.into()), Some(password.into()));
        assert!(both("a", "").is_none() && both("", "b").is_none() && both("a", "b").is_some());
        assert!(!format!("{:?}", both("ann", "sesame")).contains("sesame"));
    }
}
