//! Reading a file, or a part of it, in bounded pieces.

use std::ffi::OsString;
use std::fs::File;
use std::io;
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use jiff::Timestamp;
use nix::sys::stat::SFlag;

use super::error::{Error, failing};
use super::look::modified;
use crate::paths::PathMap;
use crate::paths::fence::is;

/// Size of a piece, in bytes; the last one of a range is shorter.
pub const CHUNK: usize = 256 * 1024;

/// A file opened for reading.
#[derive(Debug)]
pub struct Download {
    file: Arc<File>,
    /// Last element of the path as it was asked for.
    pub name: OsString,
    /// Size in bytes when it was opened; zero for devices.
    pub size: u64,
    /// When its content was last changed.
    pub modified: Timestamp,
}

impl Download {
    /// Opens a file.
    ///
    /// # Errors
    ///
    /// [`Error::System`] with operation `open`; [`Error::NotAFile`] for directories, pipes and sockets.
    pub fn open(paths: &PathMap, path: impl AsRef<Path>) -> Result<Self, Error> {
        let path = path.as_ref();
        let place = paths.place(path).map_err(failing("open", path))?;
        let located = paths.fence().open(&place).map_err(failing("open", path))?;
        let stat = located.stat().map_err(failing("open", path))?;
        if !is(&stat, SFlag::S_IFREG) && !is(&stat, SFlag::S_IFCHR) && !is(&stat, SFlag::S_IFBLK) {
            return Err(Error::NotAFile { directory: is(&stat, SFlag::S_IFDIR) });
        }
        let file = located.reader().map_err(failing("open", path))?;
        Ok(Self {
            file: Arc::new(file),
            name: place.base_name().to_owned(),
            size: u64::try_from(stat.st_size).unwrap_or_default(),
            modified: modified(&stat),
        })
    }

    /// The bytes of a range, read piece by piece as they are asked for. Reading blocks.
    #[must_use]
    pub fn chunks(&self, range: Range<u64>) -> Chunks {
        Chunks { file: Arc::clone(&self.file), range }
    }
}

/// Pieces of a file. A file that became shorter than the range gives an error, so that nobody takes the rest for whole.
#[derive(Debug)]
pub struct Chunks {
    file: Arc<File>,
    range: Range<u64>,
}

impl Iterator for Chunks {
    type Item = io::Result<Bytes>;

    fn next(&mut self) -> Option<io::Result<Bytes>> {
        if self.range.is_empty() {
            return None;
        }
        let missing = self.range.end - self.range.start;
        let length = usize::try_from(missing).map_or(CHUNK, |missing| missing.min(CHUNK));
        let mut chunk = BytesMut::zeroed(length);
        let read = loop {
            match self.file.read_at(&mut chunk, self.range.start) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                read => break read,
            }
        };
        let read = match read {
            Ok(0) => Err(io::ErrorKind::UnexpectedEof.into()),
            read => read,
        };
        match read {
            Ok(count) => {
                chunk.truncate(count);
                self.range.start += count as u64;
                Some(Ok(chunk.freeze()))
            }
            Err(error) => {
                self.range.start = self.range.end;
                Some(Err(error))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::Tree;
    use super::*;

    fn read(download: &Download, range: Range<u64>) -> Vec<u8> {
        download.chunks(range).map(Result::unwrap).collect::<Vec<_>>().concat()
    }

    #[test]
    fn ranges_come_in_bounded_pieces() {
        let tree = Tree::new();
        let content: Vec<u8> = (0..CHUNK * 2 + 5).map(|number| (number % 251) as u8).collect();
        tree.write("f", &content);
        let download = Download::open(&tree.paths, "f").unwrap();
        assert_eq!(download.size, content.len() as u64);
        assert_eq!(download.chunks(0..download.size).count(), 3);
        assert_eq!(read(&download, 0..download.size), content);
        assert_eq!(read(&download, 7..9), content[7..9]);
        assert!(read(&download, 4..4).is_empty());
    }

    #[test]
    fn a_file_cut_short_while_it_is_read_ends_with_an_error() {
        let tree = Tree::new();
        tree.write("f", "0123456789");
        let download = Download::open(&tree.paths, "f").unwrap();
        std::fs::write(tree.home("f"), "012").unwrap();
        let pieces: Vec<_> = download.chunks(0..download.size).collect();
        assert_eq!(pieces.len(), 2);
        assert!(pieces[1].is_err());
    }

    #[test]
    fn only_files_have_content() {
        let tree = Tree::new();
        nix::unistd::mkfifo(&tree.home("p"), nix::sys::stat::Mode::S_IRWXU).unwrap();
        for (path, directory) in [(".", true), ("p", false), ("/workspace", true)] {
            assert_eq!(
                Download::open(&tree.paths, path).unwrap_err(),
                Error::NotAFile { directory },
                "{path}"
            );
        }
        let missing = Download::open(&tree.paths, "nope").unwrap_err();
        assert_eq!(missing.to_string(), "open nope: no such file or directory");
        let null = Download::open(&tree.paths, "/dev/null").unwrap();
        assert!(read(&null, 0..null.size).is_empty());
    }
}
