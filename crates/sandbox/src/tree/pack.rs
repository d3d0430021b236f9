//! A tree as one file: a tar archive, compressed with Zstandard.
//!
//! What tar's own fields cannot say goes into extended records, in forms other programs know: times to the nanosecond,
//! attributes as `LIBARCHIVE.xattr.*` (whose values are text: others would not survive a line break), and the map of a
//! file with holes as GNU's format 0.1 has it.

use std::fs::File;
use std::io::{self, Read};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use percent_encoding::{NON_ALPHANUMERIC, percent_encode};
use tar::{Builder, EntryType, Header};
use zstd::stream::write::Encoder;

use super::entry::{Content, Kind, Meta, Sink, Source};
use super::walk::Extents;

pub(super) const ATTRIBUTE: &str = "LIBARCHIVE.xattr.";
pub(super) const MODIFIED: &str = "mtime";
pub(super) const SPARSE_SIZE: &str = "GNU.sparse.size";
pub(super) const SPARSE_BLOCKS: &str = "GNU.sparse.numblocks";
pub(super) const SPARSE_MAP: &str = "GNU.sparse.map";
/// Zstandard's own default: a sandbox's files are to be out of the way soon rather than small.
const LEVEL: i32 = 3;

/// An archive being written.
pub(super) struct Pack(Builder<Encoder<'static, File>>);

type Records = Vec<(String, Vec<u8>)>;

impl Pack {
    pub(super) fn new(file: File) -> io::Result<Self> {
        Ok(Self(Builder::new(Encoder::new(file, LEVEL)?)))
    }

    /// Ends the archive; the file it is in.
    pub(super) fn into_file(self) -> io::Result<File> {
        self.0.into_inner()?.finish()
    }

    fn append(
        &mut self,
        path: &Path,
        header: &mut Header,
        records: &Records,
        data: impl Read,
    ) -> io::Result<()> {
        let records = records.iter().map(|(name, value)| (name.as_str(), value.as_slice()));
        self.0.append_pax_extensions(records)?;
        self.0.append_data(header, path, data)
    }

    /// What the next entry leads to, as it is: the field in its own header is short, and would be tidied up.
    fn target(&mut self, target: &[u8]) -> io::Result<()> {
        let mut header = Header::new_gnu();
        header.set_path("././@LongLink")?;
        header.set_entry_type(EntryType::GNULongLink);
        header.set_size(target.len() as u64 + 1);
        header.set_cksum();
        self.0.append(&header, target.chain(io::repeat(0).take(1)))
    }

    fn file(
        &mut self,
        path: &Path,
        header: &mut Header,
        mut records: Records,
        content: Content<'_>,
    ) -> io::Result<()> {
        let Content { size, extents, source } = content;
        let stored = extents.iter().map(|(_, length)| length).sum();
        if stored != size {
            let numbers = extents.iter().flat_map(|(start, length)| [start.to_string(), length.to_string()]);
            let map = numbers.collect::<Vec<_>>().join(",");
            records.push((SPARSE_SIZE.to_owned(), size.to_string().into_bytes()));
            records.push((SPARSE_BLOCKS.to_owned(), extents.len().to_string().into_bytes()));
            records.push((SPARSE_MAP.to_owned(), map.into_bytes()));
        }
        header.set_entry_type(EntryType::Regular);
        header.set_size(stored);
        match source {
            Source::File(file) => self.append(path, header, &records, Extents::of(file, &extents)),
            Source::Stream(stream) => self.append(path, header, &records, stream),
        }
    }
}

impl Sink for Pack {
    fn entry(&mut self, path: &Path, meta: &Meta, kind: Kind<'_>) -> io::Result<()> {
        let mut header = header(meta);
        let records = records(meta);
        let kind = match kind {
            Kind::File(content) => return self.file(path, &mut header, records, content),
            Kind::Another(first) => {
                header.set_entry_type(EntryType::Link);
                self.target(first.as_os_str().as_bytes())?;
                return self.0.append_data(&mut header, path, io::empty());
            }
            Kind::Link(target) => {
                header.set_entry_type(EntryType::Symlink);
                let records = records.iter().map(|(name, value)| (name.as_str(), value.as_slice()));
                self.0.append_pax_extensions(records)?;
                self.target(target)?;
                return self.0.append_data(&mut header, path, io::empty());
            }
            Kind::Device { major, minor } => {
                header.set_device_major(major)?;
                header.set_device_minor(minor)?;
                EntryType::Char
            }
            Kind::Directory => EntryType::Directory,
            Kind::Pipe => EntryType::Fifo,
        };
        header.set_entry_type(kind);
        self.append(path, &mut header, &records, io::empty())
    }
}

fn header(meta: &Meta) -> Header {
    let mut header = Header::new_gnu();
    header.set_mode(meta.mode);
    header.set_uid(meta.user.into());
    header.set_gid(meta.group.into());
    header.set_mtime(meta.modified.seconds.try_into().unwrap_or_default());
    header.set_size(0);
    header
}

fn records(meta: &Meta) -> Records {
    let mut records = vec![(MODIFIED.to_owned(), meta.modified.to_text().into_bytes())];
    for (name, value) in &meta.attributes {
        let name = format!("{ATTRIBUTE}{}", percent_encode(name, NON_ALPHANUMERIC));
        records.push((name, STANDARD_NO_PAD.encode(value).into_bytes()));
    }
    records
}
