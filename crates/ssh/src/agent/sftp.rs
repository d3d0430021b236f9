//! SFTP, version 3, with the extensions OpenSSH's clients ask for.
//!
//! The protocol is the library's; here each request becomes one step of `engine::files::plain`, on a thread that may
//! block. Paths and links are those of the sandbox.

use std::collections::HashMap;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use engine::Engine;
use engine::files::plain::{self, Changes, Listing, Opening, Status as FileStatus};
use engine::paths::PathMap;
use nix::errno::Errno;
use nix::sys::statvfs::fstatvfs;
use russh_sftp::extensions::{
    self, ExpandPathExtension, FsyncExtension, HardlinkExtension, LimitsExtension, Statvfs, StatvfsExtension,
};
use russh_sftp::protocol::{
    Attrs, Data, ExtendedReply, File as Named, FileAttributes, Handle, Name, OpenFlags, Packet, Status,
    StatusCode, Version,
};
use russh_sftp::server::{Config, Handler, StatusReply, run_with_config};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// Largest packet accepted, and most bytes read or written at once: what OpenSSH's server has.
const PACKET: u32 = 256 * 1024;
const TRANSFER: u32 = PACKET - 1024;
/// Names in one answer to a client that lists a directory.
const NAMES: usize = 128;
/// Files and directories one client may hold open.
const HANDLES: usize = 1024;

const POSIX_RENAME: &str = "posix-rename@openssh.com";
const FSTATVFS: &str = "fstatvfs@openssh.com";

/// Mode of what is made without one.
const FILE_MODE: u32 = 0o666;
const DIRECTORY_MODE: u32 = 0o777;

/// Serves a stream; goes on by itself. `links_first` says how this client orders a link and what it leads to.
pub(super) async fn serve<S>(engine: &Arc<Engine>, stream: S, links_first: bool) -> io::Result<()>
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let session = Session {
        paths: engine.paths().clone(),
        home: engine.config().home.clone(),
        open: HashMap::new(),
        next: 0,
        links_first,
    };
    let config = Config { max_client_packet_len: PACKET + 4096 };
    run_with_config(Fused { stream, broken: false }, session, config).await;
    Ok(())
}

/// A stream that ends when it breaks: the library would read on.
struct Fused<S> {
    stream: S,
    broken: bool,
}

impl<S: AsyncRead + Unpin> AsyncRead for Fused<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if !self.broken {
            let read = ready!(Pin::new(&mut self.stream).poll_read(context, buffer));
            self.broken = read.is_err();
        }
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Fused<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = ready!(Pin::new(&mut self.stream).poll_write(context, bytes));
        self.broken |= written.is_err();
        Poll::Ready(written)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

/// One client's open files.
struct Session {
    paths: PathMap,
    home: PathBuf,
    open: HashMap<String, Open>,
    next: u64,
    links_first: bool,
}

#[derive(Clone)]
enum Open {
    File(Arc<File>),
    Directory(Arc<Mutex<Listing>>),
}

/// Why a request failed.
struct Fault(StatusReply);

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

/// Does something on a thread that may block.
async fn blocking<T: Send + 'static, E: Into<Fault> + Send + 'static>(
    work: impl FnOnce() -> Result<T, E> + Send + 'static,
) -> Result<T, Fault> {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done.map_err(Into::into),
        Err(_) => Err(StatusCode::Failure.into()),
    }
}

impl Session {
    fn add(&mut self, open: Open) -> Result<String, Fault> {
        if self.open.len() >= HANDLES {
            return Err(Errno::EMFILE.into());
        }
        let handle = self.next.to_string();
        self.next += 1;
        self.open.insert(handle.clone(), open);
        Ok(handle)
    }

    fn file(&self, handle: &str) -> Result<Arc<File>, Fault> {
        match self.open.get(handle) {
            Some(Open::File(file)) => Ok(Arc::clone(file)),
            _ => Err(Errno::EBADF.into()),
        }
    }

    /// Does something with the sandbox's paths.
    async fn on_paths<T: Send + 'static>(
        &self,
        work: impl FnOnce(&PathMap) -> Result<T, Errno> + Send + 'static,
    ) -> Result<T, Fault> {
        let paths = self.paths.clone();
        blocking(move || work(&paths)).await
    }

    async fn look(&self, id: u32, path: String, follow: bool) -> Result<Attrs, Fault> {
        let path = named(path);
        let status = self.on_paths(move |paths| plain::status(paths, path, follow)).await?;
        Ok(Attrs { id, attrs: attributes(status) })
    }

    /// A leading `~` is the home directory.
    fn expand(&self, path: &str) -> PathBuf {
        match path.strip_prefix('~') {
            Some("") => self.paths.wire_path(&self.home),
            Some(rest) if rest.starts_with('/') => {
                self.paths.wire_path(&self.home).join(rest.trim_start_matches('/'))
            }
            _ => PathBuf::from(named(path.to_owned())),
        }
    }
}

/// An empty path means the directory the client began in.
fn named(path: String) -> String {
    if path.is_empty() { ".".to_owned() } else { path }
}

fn done(id: u32) -> Status {
    let (error_message, language_tag) = ("Success".to_owned(), "en".to_owned());
    Status { id, status_code: StatusCode::Ok, error_message, language_tag }
}

fn attributes(status: FileStatus) -> FileAttributes {
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

fn changes(attributes: &FileAttributes) -> Changes {
    Changes {
        size: attributes.size,
        mode: attributes.permissions,
        owner: attributes.uid.zip(attributes.gid),
        times: attributes.atime.zip(attributes.mtime).map(|(one, other)| (one.into(), other.into())),
    }
}

/// A name and the line people see for it, as `ls -l` would show it in universal time.
fn entry(name: &Path, status: FileStatus) -> Named {
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

fn day(modified: i64) -> String {
    let time = jiff::Timestamp::from_second(modified).unwrap_or_default();
    time.strftime("%b %e %H:%M").to_string()
}

fn one_name(id: u32, path: &Path) -> Name {
    Name { id, files: vec![Named::dummy(path.to_string_lossy())] }
}

fn opening(flags: OpenFlags, attributes: &FileAttributes) -> Opening {
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

impl Handler for Session {
    type Error = Fault;

    fn unimplemented(&self) -> Fault {
        StatusCode::OpUnsupported.into()
    }

    async fn init(&mut self, _version: u32, _extensions: HashMap<String, String>) -> Result<Version, Fault> {
        let offered = [
            (POSIX_RENAME, "1"),
            (extensions::STATVFS, "2"),
            (FSTATVFS, "2"),
            (extensions::HARDLINK, "1"),
            (extensions::FSYNC, "1"),
            (extensions::LIMITS, "1"),
            (extensions::EXPAND_PATH, "1"),
        ];
        let mut version = Version::new();
        version.extensions =
            offered.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        Ok(version)
    }

    async fn open(
        &mut self,
        id: u32,
        filename: String,
        flags: OpenFlags,
        attributes: FileAttributes,
    ) -> Result<Handle, Fault> {
        let opening = opening(flags, &attributes);
        let file = self.on_paths(move |paths| plain::open(paths, named(filename), opening)).await?;
        Ok(Handle { id, handle: self.add(Open::File(Arc::new(file)))? })
    }

    async fn close(&mut self, id: u32, handle: String) -> Result<Status, Fault> {
        self.open.remove(&handle).map(|_| done(id)).ok_or_else(|| Errno::EBADF.into())
    }

    async fn read(&mut self, id: u32, handle: String, offset: u64, length: u32) -> Result<Data, Fault> {
        let file = self.file(&handle)?;
        let data = blocking(move || -> io::Result<Vec<u8>> {
            let mut data = vec![0; length.min(TRANSFER) as usize];
            let count = file.read_at(&mut data, offset)?;
            data.truncate(count);
            Ok(data)
        });
        let data = data.await?;
        if data.is_empty() && length > 0 {
            return Err(StatusCode::Eof.into());
        }
        Ok(Data { id, data })
    }

    async fn write(&mut self, id: u32, handle: String, offset: u64, data: Vec<u8>) -> Result<Status, Fault> {
        let file = self.file(&handle)?;
        blocking(move || file.write_all_at(&data, offset)).await?;
        Ok(done(id))
    }

    async fn lstat(&mut self, id: u32, path: String) -> Result<Attrs, Fault> {
        self.look(id, path, false).await
    }

    async fn stat(&mut self, id: u32, path: String) -> Result<Attrs, Fault> {
        self.look(id, path, true).await
    }

    async fn fstat(&mut self, id: u32, handle: String) -> Result<Attrs, Fault> {
        let file = self.file(&handle)?;
        let status = blocking(move || plain::status_of(&file)).await?;
        Ok(Attrs { id, attrs: attributes(status) })
    }

    async fn setstat(&mut self, id: u32, path: String, attributes: FileAttributes) -> Result<Status, Fault> {
        let changes = changes(&attributes);
        self.on_paths(move |paths| plain::change(paths, named(path), &changes)).await?;
        Ok(done(id))
    }

    async fn fsetstat(
        &mut self,
        id: u32,
        handle: String,
        attributes: FileAttributes,
    ) -> Result<Status, Fault> {
        let (file, changes) = (self.file(&handle)?, changes(&attributes));
        blocking(move || plain::change_open(&file, &changes)).await?;
        Ok(done(id))
    }

    async fn opendir(&mut self, id: u32, path: String) -> Result<Handle, Fault> {
        let listing = self.on_paths(move |paths| plain::begin_listing(paths, named(path))).await?;
        Ok(Handle { id, handle: self.add(Open::Directory(Arc::new(Mutex::new(listing))))? })
    }

    async fn readdir(&mut self, id: u32, handle: String) -> Result<Name, Fault> {
        let Some(Open::Directory(listing)) = self.open.get(&handle).cloned() else {
            return Err(Errno::EBADF.into());
        };
        let next = move || -> Result<_, Fault> {
            Ok(listing.lock().unwrap_or_else(PoisonError::into_inner).next(NAMES))
        };
        let entries = blocking(next).await?;
        if entries.is_empty() {
            return Err(StatusCode::Eof.into());
        }
        let files = entries.into_iter().map(|(name, status)| entry(Path::new(&name), status)).collect();
        Ok(Name { id, files })
    }

    async fn remove(&mut self, id: u32, filename: String) -> Result<Status, Fault> {
        self.on_paths(move |paths| plain::remove_file(paths, filename)).await?;
        Ok(done(id))
    }

    async fn mkdir(&mut self, id: u32, path: String, attributes: FileAttributes) -> Result<Status, Fault> {
        let mode = attributes.permissions.unwrap_or(DIRECTORY_MODE);
        self.on_paths(move |paths| plain::make_directory(paths, path, mode)).await?;
        Ok(done(id))
    }

    async fn rmdir(&mut self, id: u32, path: String) -> Result<Status, Fault> {
        self.on_paths(move |paths| plain::remove_directory(paths, path)).await?;
        Ok(done(id))
    }

    async fn realpath(&mut self, id: u32, path: String) -> Result<Name, Fault> {
        let path = self.on_paths(move |paths| plain::real_path(paths, named(path))).await?;
        Ok(one_name(id, &path))
    }

    async fn rename(&mut self, id: u32, from: String, to: String) -> Result<Status, Fault> {
        self.on_paths(move |paths| plain::rename(paths, from, to, false)).await?;
        Ok(done(id))
    }

    async fn readlink(&mut self, id: u32, path: String) -> Result<Name, Fault> {
        let target = self.on_paths(move |paths| plain::read_link(paths, path)).await?;
        Ok(one_name(id, &target))
    }

    /// The draft puts the link first. OpenSSH's server never did, and clients follow it unless they were written with
    /// the draft in hand.
    async fn symlink(&mut self, id: u32, first: String, second: String) -> Result<Status, Fault> {
        let (link, target) = if self.links_first { (first, second) } else { (second, first) };
        self.on_paths(move |paths| plain::make_link(paths, target, link)).await?;
        Ok(done(id))
    }

    async fn extended(&mut self, id: u32, request: String, data: Vec<u8>) -> Result<Packet, Fault> {
        match request.as_str() {
            POSIX_RENAME => {
                let Pair { first, second } = read(data)?;
                self.on_paths(move |paths| plain::rename(paths, first, second, true)).await?;
            }
            extensions::HARDLINK => {
                let HardlinkExtension { oldpath, newpath } = read(data)?;
                self.on_paths(move |paths| plain::link(paths, oldpath, newpath)).await?;
            }
            extensions::FSYNC => {
                let file = self.file(&read::<FsyncExtension>(data)?.handle)?;
                blocking(move || file.sync_all()).await?;
            }
            extensions::LIMITS => return reply(id, &limits()),
            extensions::STATVFS => {
                let path = named(read::<StatvfsExtension>(data)?.path);
                let look = Opening { read: true, ..Opening::default() };
                let file = self.on_paths(move |paths| plain::open(paths, path, look)).await?;
                return reply(id, &blocking(move || statvfs(&file)).await?);
            }
            FSTATVFS => {
                let file = self.file(&read::<FsyncExtension>(data)?.handle)?;
                return reply(id, &blocking(move || statvfs(&file)).await?);
            }
            extensions::EXPAND_PATH => {
                let path = self.expand(&read::<ExpandPathExtension>(data)?.path);
                let path = self.on_paths(move |paths| plain::real_path(paths, path)).await?;
                return Ok(Packet::Name(one_name(id, &path)));
            }
            _ => return Err(StatusCode::OpUnsupported.into()),
        }
        Ok(Packet::Status(done(id)))
    }
}

/// Two paths.
#[derive(Deserialize)]
struct Pair {
    first: String,
    second: String,
}

fn read<T: DeserializeOwned>(data: Vec<u8>) -> Result<T, Fault> {
    russh_sftp::de::from_bytes(&mut Bytes::from(data)).map_err(|_| StatusCode::BadMessage.into())
}

fn reply(id: u32, value: &impl Serialize) -> Result<Packet, Fault> {
    let data = russh_sftp::ser::to_bytes(value).map_err(|_| StatusCode::Failure)?;
    Ok(Packet::ExtendedReply(ExtendedReply { id, data: data.to_vec() }))
}

fn limits() -> LimitsExtension {
    LimitsExtension {
        max_packet_len: PACKET.into(),
        max_read_len: TRANSFER.into(),
        max_write_len: TRANSFER.into(),
        max_open_handles: HANDLES as u64,
    }
}

fn statvfs(file: &File) -> Result<Statvfs, Errno> {
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
