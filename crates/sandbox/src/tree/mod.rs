//! Whole trees of files: copied, packed into one file, and unpacked again, with everything that makes them what they are.
//!
//! ```text
//!   walk ──entries──▶ plant   a copy
//!   walk ──entries──▶ pack    an archive
//! unpack ──entries──▶ plant   a tree out of an archive
//! ```
//!
//! What an entry keeps: bytes and holes, mode, owner, time of change to the nanosecond, extended attributes (an overlay's
//! marks and file capabilities among them), hard links, links, pipes, and the devices 0:0 by which an overlay knows a
//! deletion. Sockets are left out: their programs have ended.
//!
//! Nothing is followed on the way: directories are opened component by component, refusing links, so any depth will do.

mod entry;
mod pack;
mod plant;
#[cfg(test)]
mod tests;
mod unpack;
mod walk;

use std::fs::File;
use std::io;
use std::path::Path;

use entry::{Kind, Meta, Sink, open_top};

/// Names at the top of a tree that mean nothing to another life of it: what an overlay is working on, and logs.
const PASSING: [&str; 2] = ["work", "run"];

/// Makes `to`, which must not exist, a copy of `from`. Programs may be at work in `from`: what vanishes meanwhile is left
/// out.
pub(crate) fn copy(from: &Path, to: &Path) -> io::Result<()> {
    let from = open_top(from)?;
    let mut plant = plant::Plant::new(to)?;
    walk::walk(&from, &PASSING, &mut plant)?;
    plant.finish()
}

/// How many bytes the files of a tree take.
pub(crate) fn size(tree: &Path) -> io::Result<u64> {
    let top = open_top(tree)?;
    let mut size = Size(0);
    walk::walk(&top, &PASSING, &mut size)?;
    Ok(size.0)
}

struct Size(u64);

impl Sink for Size {
    fn entry(&mut self, _path: &Path, _meta: &Meta, kind: Kind<'_>) -> io::Result<()> {
        if let Kind::File(content) = kind {
            self.0 += content.extents.iter().map(|(_, length)| length).sum::<u64>();
        }
        Ok(())
    }
}

/// Writes `from` into `file`, compressed.
pub(crate) fn pack(from: &Path, file: File) -> io::Result<File> {
    let from = open_top(from)?;
    let mut pack = pack::Pack::new(file)?;
    walk::walk(&from, &PASSING, &mut pack)?;
    pack.into_file()
}

/// Makes `to`, which must not exist, the tree that was packed into `file`.
pub(crate) fn unpack(file: File, to: &Path) -> io::Result<()> {
    let mut plant = plant::Plant::new(to)?;
    unpack::unpack(file, &mut plant)?;
    plant.finish()
}
