//! Files of a sandbox that say its name: laid out without it, filled in by the first who moves in.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;

use rustix::fs::OFlags;

/// Writes the name into the files that were laid out for it. Files that say something already stay as they are.
pub(super) fn fill_in(name: &str) -> io::Result<()> {
    let Some(mut empty) = open("/etc/hostname")?.filter(is_empty) else { return Ok(()) };
    // This one first: the other tells that both are done.
    if let Some(mut hosts) = open("/etc/hosts")? {
        writeln!(hosts, "127.0.1.1 {name}")?;
    }
    writeln!(empty, "{name}")
}

/// A file to add to, unless there is none or something else has its place.
fn open(path: &str) -> io::Result<Option<File>> {
    let flags = (OFlags::NOFOLLOW | OFlags::NONBLOCK).bits();
    let opened = OpenOptions::new().append(true).custom_flags(flags.cast_signed()).open(path);
    match opened {
        Ok(file) => Ok(Some(file)),
        Err(error) => match error.raw_os_error() {
            Some(libc::ENOENT | libc::ELOOP | libc::EISDIR | libc::ENXIO | libc::EACCES | libc::EROFS) => {
                Ok(None)
            }
            _ => Err(error),
        },
    }
}

fn is_empty(file: &File) -> bool {
    file.metadata().is_ok_and(|metadata| metadata.is_file() && metadata.len() == 0)
}
