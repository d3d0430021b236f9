//! What nothing can be faster than.

use std::io::{Read, Write};
use std::process::{Command, Stdio};
use std::time::Instant;

use crate::Failure;
use crate::figures::Samples;

/// Starting and waiting for `true`.
pub(crate) fn exec_true(samples: usize) -> Result<Samples, Failure> {
    let mut taken = Samples::default();
    for _ in 0..samples {
        let started = Instant::now();
        Command::new("/bin/true").status()?;
        taken.add(started.elapsed());
    }
    Ok(taken)
}

/// The shell the server would choose, fed `text` on a pipe and read to its end.
pub(crate) fn shell(text: &str, samples: usize) -> Result<Samples, Failure> {
    let mut taken = Samples::default();
    for _ in 0..samples {
        let started = Instant::now();
        shell_once(text)?;
        taken.add(started.elapsed());
    }
    Ok(taken)
}

/// One such shell.
pub(crate) fn shell_once(text: &str) -> Result<(), Failure> {
    let mut child = Command::new("/bin/bash")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()?;
    if let Some(mut stdin) = child.stdin.take() {
        stdin.write_all(text.as_bytes())?;
    }
    let mut output = Vec::new();
    if let Some(mut stdout) = child.stdout.take() {
        stdout.read_to_end(&mut output)?;
    }
    child.wait()?;
    Ok(())
}

/// A container by bubblewrap: all namespaces, the host's root read-only, `true` in it. `None` where it is not installed.
pub(crate) fn bubblewrap(samples: usize) -> Result<Option<Samples>, Failure> {
    let mut taken = Samples::default();
    for _ in 0..samples {
        let started = Instant::now();
        let mut command = Command::new("bwrap");
        command.args(["--ro-bind", "/", "/", "--unshare-all", "true"]).stderr(Stdio::null());
        match command.status() {
            Ok(status) if status.success() => taken.add(started.elapsed()),
            _ => return Ok(None),
        }
    }
    Ok(Some(taken))
}
