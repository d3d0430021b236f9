//! SFTP, version 3, with the extensions OpenSSH's clients ask for.
//!
//! The protocol is the library's; here each request becomes one step of `engine::files::plain`, on a thread that may
//! block. Paths and links are those of the sandbox.
//!
//! | module | holds |
//! |---|---|
//! | `shape` | what messages hold, made from what the engine knows |
//! | `fused` | a stream that ends when it breaks |

mod fused;
mod shape;

use std::collections::HashMap;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use engine::Engine;
use engine::files::plain::{self, Listing, Opening};
use engine::paths::PathMap;
use nix::errno::Errno;
use russh_sftp::extensions::{
    self, ExpandPathExtension, FsyncExtension, HardlinkExtension, StatvfsExtension,
};
use russh_sftp::protocol::{
    Attrs, Data, FileAttributes, Handle, Name, OpenFlags, Packet, Status, StatusCode, Version,
};
use russh_sftp::server::{Config, Handler, run_with_config};
use tokio::io::{AsyncRead, AsyncWrite};

use fused::Fused;
use shape::{
    DIRECTORY_MODE, Fault, HANDLES, PACKET, Pair, TRANSFER, attributes, changes, done, entry, limits, named,
    one_name, opening, read, reply, statvfs,
};

/// Names in one answer to a client that lists a directory.
const NAMES: usize = 128;
const POSIX_RENAME: &str = "posix-rename@openssh.com";
const FSTATVFS: &str = "fstatvfs@openssh.com";

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
    run_with_config(Fused::new(stream), session, config).await;
    Ok(())
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
