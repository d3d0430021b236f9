//! What SFTP's messages hold, made from what the engine knows, and the other way round.

use std::fs::File;
use std::io;
use std::path::Path;

use bytes::Bytes;
use engine::files::plain::{Changes, Opening, Status as FileStatus};
use nix::errno::Errno;
use nix::sys::statvfs::fstatvfs;
use russh_sftp::extensions::{LimitsExtension, Statvfs};
use russh_sftp::protocol::{
    ExtendedReply, File as Named, FileAttributes, Name, OpenFlags, Packet, Status, StatusCode,
};
use russh_sftp::server::StatusReply;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// Largest packet accepted, and most bytes read or written at once: what OpenSSH's server has.
pub(super) const PACKET: u32 = 256 * 1024;
pub(super) const TRANSFER: u32 = PACKET - 1024;
/// Files and directories one client may hold open.
pub(super) const HANDLES: usize = 1024;

/// Mode of what is made without one.
pub(super) const FILE_MODE: u32 = 0o666;
pub(super) const DIRECTORY_MODE: u32 = 0o777;

/// Why a request failed.
pub(super) struct Fault(StatusReply);

impl From<Errno> for Fault {
    fn from(errno: Errno) -> Self {
        let code = match errno {
            Errno::ENOENT => StatusCode::NoSuchFile,
            Errno::EACCES | Errno::EPERM => StatusCode::PermissionDenied,
            Errno::ENOSYS | Errno::EOPNOTSUPP => StatusCode::OpUnsupported,
            _ => StatusCode::Failure,
        };
        Self(code.with_message(errno.desc()))
    }
}

impl From<StatusCode> for Fault {
    fn from(code: StatusCode) -> Self {
        Self(code.into())
    }
}

impl From<io::Error> for Fault {
    fn from(error: io::Error) -> Self {
        error
            .raw_os_error()
            .map_or_else(|| Self::from(StatusCode::Failure), |raw| Errno::from_raw(raw).into())
    }
}

impl From<Fault> for StatusReply {
    fn from(fault: Fault) -> Self {
        fault.0
    }
}

/// An empty path means the directory the client began in.
pub(super) fn named(path: String) -> String {
    if path.is_empty() { ".".to_owned() } else { path }
}

pub(super) fn done(id: u32) -> Status {
    let (error_message, language_tag) = ("Success".to_owned(), "en".to_owned());
    Status { id, status_code: StatusCode::Ok, error_message, language_tag }
}

pub(super) fn attributes(status: FileStatus) -> FileAttributes {
    let seconds = |time: i64| Some(u32::try_from(time.max(0)).unwrap_or(u32::MAX));
    FileAttributes {
        size: Some(status.size),
        uid: Some(status.user_id),
        user: None,
        gid: Some(status.group_id),
        group: None,
        permissions: Some(status.mode),
        atime: seconds(status.accessed),
        mtime: seconds(status.modified),
    }
}

pub(super) fn changes(attributes: &FileAttributes) -> Changes {
    Changes {
        size: attributes.size,
        mode: attributes.permissions,
        owner: attributes.uid.zip(attributes.gid),
        times: attributes.atime.zip(attributes.mtime).map(|(one, other)| (one.into(), other.into())),
    }
}

/// A name and the line people see for it, as `ls -l` would show it in universal time.
pub(super) fn entry(name: &Path, status: FileStatus) -> Named {
    let filename = name.to_string_lossy().into_owned();
    let attrs = attributes(status);
    let kind = match status.mode & 0o170_000 {
        0o040_000 => 'd',
        0o120_000 => 'l',
        0o010_000 => 'p',
        0o140_000 => 's',
        0o020_000 => 'c',
        0o060_000 => 'b',
        _ => '-',
    };
    let longname = format!(
        "{kind}{} {:>3} {:<8} {:<8} {:>8} {} {filename}",
        attrs.permissions(),
        status.links,
        status.user_id,
        status.group_id,
        status.size,
        day(status.modified),
    );
    Named { filename, longname, attrs }
}

pub(super) fn day(modified: i64) -> String {
    let time = jiff::Timestamp::from_second(modified).unwrap_or_default();
    time.strftime("%b %e %H:%M").to_string()
}

pub(super) fn one_name(id: u32, path: &Path) -> Name {
    Name { id, files: vec![Named::dummy(path.to_string_lossy())] }
}

pub(super) fn opening(flags: OpenFlags, attributes: &FileAttributes) -> Opening {
    Opening {
        read: flags.contains(OpenFlags::READ),
        write: flags.contains(OpenFlags::WRITE),
        append: flags.contains(OpenFlags::APPEND),
        create: flags.contains(OpenFlags::CREATE),
        truncate: flags.contains(OpenFlags::TRUNCATE),
        exclusive: flags.contains(OpenFlags::EXCLUDE),
        mode: attributes.permissions.unwrap_or(FILE_MODE),
    }
}

/// Two paths.
#[derive(Deserialize)]
pub(super) struct Pair {
    pub(super) first: String,
    pub(super) second: String,
}

pub(super) fn read<T: DeserializeOwned>(data: Vec<u8>) -> Result<T, Fault> {
    russh_sftp::de::from_bytes(&mut Bytes::from(data)).map_err(|_| StatusCode::BadMessage.into())
}

pub(super) fn reply(id: u32, value: &impl Serialize) -> Result<Packet, Fault> {
    let data = russh_sftp::ser::to_bytes(value).map_err(|_| StatusCode::Failure)?;
    Ok(Packet::ExtendedReply(ExtendedReply { id, data: data.to_vec() }))
}

pub(super) fn limits() -> LimitsExtension {
    LimitsExtension {
        max_packet_len: PACKET.into(),
        max_read_len: TRANSFER.into(),
        max_write_len: TRANSFER.into(),
        max_open_handles: HANDLES as u64,
    }
}

pub(super) fn statvfs(file: &File) -> Result<Statvfs, Errno> {
    let stat = fstatvfs(file)?;
    Ok(Statvfs {
        block_size: stat.block_size(),
        fragment_size: stat.fragment_size(),
        blocks: stat.blocks(),
        blocks_free: stat.blocks_free(),
        blocks_avail: stat.blocks_available(),
        inodes: stat.files(),
        inodes_free: stat.files_free(),
        inodes_avail: stat.files_available(),
        fs_id: stat.filesystem_id(),
        flags: stat.flags().bits() & 3,
        name_max: stat.name_max(),
    })
}
