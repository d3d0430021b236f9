//! Reads what [`super::pack`] wrote.

use std::fs::File;
use std::io;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use percent_encoding::percent_decode_str;
use tar::{Archive, Entry, EntryType};
use zstd::stream::read::Decoder;

use super::entry::{Content, Kind, Meta, Moment, Sink, Source, to_path};
use super::pack::{ATTRIBUTE, MODIFIED, SPARSE_MAP, SPARSE_SIZE};

/// Hands every entry of an archive to `sink`.
pub(super) fn unpack(file: File, sink: &mut impl Sink) -> io::Result<()> {
    let mut archive = Archive::new(Decoder::new(file)?);
    for entry in archive.entries()? {
        hand_over(&mut entry?, sink)?;
    }
    Ok(())
}

/// What the records before an entry say.
#[derive(Default)]
struct Records {
    modified: Option<Moment>,
    attributes: Vec<(Vec<u8>, Vec<u8>)>,
    sparse_size: Option<u64>,
    sparse_map: Vec<(u64, u64)>,
}

fn hand_over(entry: &mut Entry<'_, impl io::Read>, sink: &mut impl Sink) -> io::Result<()> {
    let records = records(entry)?;
    let header = entry.header();
    let seconds = header.mtime()?.try_into().map_err(invalid)?;
    let meta = Meta {
        mode: header.mode()?,
        user: header.uid()?.try_into().map_err(invalid)?,
        group: header.gid()?.try_into().map_err(invalid)?,
        modified: records.modified.unwrap_or(Moment { seconds, nanoseconds: 0 }),
        attributes: records.attributes,
    };
    let path = entry.path_bytes().into_owned();
    let path = to_path(&path);
    let target = entry.link_name_bytes().map(std::borrow::Cow::into_owned).unwrap_or_default();
    let kind = match header.entry_type() {
        EntryType::Directory => Kind::Directory,
        EntryType::Symlink => Kind::Link(&target),
        EntryType::Link => Kind::Another(to_path(&target)),
        EntryType::Fifo => Kind::Pipe,
        EntryType::Char => Kind::Device {
            major: header.device_major()?.unwrap_or_default(),
            minor: header.device_minor()?.unwrap_or_default(),
        },
        EntryType::Regular => {
            let stored = entry.size();
            let (size, extents) = match records.sparse_size {
                Some(size) => (size, records.sparse_map),
                None => (stored, vec![(0, stored)]),
            };
            Kind::File(Content { size, extents, source: Source::Stream(entry) })
        }
        _ => return Err(invalid("an archive holds something nobody put there")),
    };
    sink.entry(path, &meta, kind)
}

fn records(entry: &mut Entry<'_, impl io::Read>) -> io::Result<Records> {
    let mut records = Records::default();
    for record in entry.pax_extensions()?.into_iter().flatten() {
        let record = record?;
        let (name, value) = (record.key().map_err(invalid)?, record.value().map_err(invalid)?);
        match name {
            MODIFIED => records.modified = Moment::from_text(value),
            SPARSE_SIZE => records.sparse_size = Some(value.parse().map_err(invalid)?),
            SPARSE_MAP => records.sparse_map = map(value)?,
            _ => {
                let Some(name) = name.strip_prefix(ATTRIBUTE) else { continue };
                let value = STANDARD_NO_PAD.decode(value).map_err(invalid)?;
                records.attributes.push((percent_decode_str(name).collect(), value));
            }
        }
    }
    Ok(records)
}

fn map(text: &str) -> io::Result<Vec<(u64, u64)>> {
    let numbers: Result<Vec<u64>, _> =
        text.split(',').filter(|text| !text.is_empty()).map(str::parse).collect();
    let numbers = numbers.map_err(invalid)?;
    Ok(numbers.chunks_exact(2).map(|pair| (pair[0], pair[1])).collect())
}

fn invalid(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, error)
}
