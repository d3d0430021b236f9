//! The asynchronous face of an upload: pieces are gathered and written on a thread that may block, while the next ones
//! arrive.

use std::path::PathBuf;

use bytes::Bytes;
use nix::errno::Errno;
use tokio::task::JoinHandle;

use super::download::CHUNK;
use super::error::SystemError;
use super::upload::{Step, Stored, Upload, UploadError};
use crate::paths::PathMap;
use crate::paths::fence::errno_of;

/// How much is gathered before a thread is asked to write it, in bytes: handing work to another thread costs as much as
/// copying a good deal.
const GATHERED: usize = 4 * CHUNK;

/// A file being written by an asynchronous caller, who is held up while the disk is slower than the network: what is
/// being written and what is being gathered is about [`GATHERED`] each. No thread is held while nothing arrives. Dropped
/// before [`Self::commit`], also in the middle of a call, it leaves nothing behind.
#[derive(Debug)]
pub struct Uploading {
    place: Place,
    path: PathBuf,
    gathered: Vec<Bytes>,
    gathered_size: usize,
}

/// Where the file being written is.
#[derive(Debug)]
enum Place {
    Here(Upload),
    /// With a thread that writes.
    Away(JoinHandle<Result<Upload, UploadError>>),
    /// Gone with an error.
    Lost,
}

impl Uploading {
    /// As [`Upload::begin`].
    ///
    /// # Errors
    ///
    /// As [`Upload::begin`].
    pub async fn begin(paths: &PathMap, path: PathBuf, parents: u32) -> Result<Self, UploadError> {
        let (paths, wanted) = (paths.clone(), path.clone());
        let upload = on_a_thread(&path, move || Upload::begin(&paths, wanted, parents)).await?;
        Ok(Self { place: Place::Here(upload), path, gathered: Vec::new(), gathered_size: 0 })
    }

    /// Takes the next piece.
    ///
    /// # Errors
    ///
    /// With [`Step::Write`], perhaps for an earlier piece; nothing can be written afterwards.
    pub async fn write(&mut self, piece: Bytes) -> Result<(), UploadError> {
        self.gathered_size += piece.len();
        self.gathered.push(piece);
        if self.gathered_size < GATHERED {
            return Ok(());
        }
        let mut upload = self.upload().await?;
        let pieces = std::mem::take(&mut self.gathered);
        self.gathered_size = 0;
        let path = self.path.clone();
        self.place = Place::Away(tokio::task::spawn_blocking(move || {
            write_all(&mut upload, &pieces, path)?;
            Ok(upload)
        }));
        Ok(())
    }

    /// The file, once nobody writes to it.
    async fn upload(&mut self) -> Result<Upload, UploadError> {
        match std::mem::replace(&mut self.place, Place::Lost) {
            Place::Here(upload) => Ok(upload),
            Place::Away(writing) => writing.await.unwrap_or_else(|_| Err(self.broken())),
            Place::Lost => Err(self.broken()),
        }
    }

    /// Puts the finished file in its place and answers its size in bytes.
    ///
    /// # Errors
    ///
    /// With [`Step::Write`] or [`Step::Close`].
    pub async fn commit(mut self) -> Result<u64, UploadError> {
        let mut upload = self.upload().await?;
        let (pieces, path) = (std::mem::take(&mut self.gathered), self.path.clone());
        let finish = move || {
            write_all(&mut upload, &pieces, path)?;
            upload.commit().map_err(|error| UploadError { step: Step::Close, error })
        };
        let Stored { size, replaced } = on_a_thread(&self.path, finish).await?;
        drop(tokio::task::spawn_blocking(move || drop(replaced)));
        Ok(size)
    }

    fn broken(&self) -> UploadError {
        write_error(self.path.clone(), Errno::EIO)
    }
}

fn write_all(upload: &mut Upload, pieces: &[Bytes], path: PathBuf) -> Result<(), UploadError> {
    let written = pieces.iter().try_for_each(|piece| upload.write(piece));
    written.map_err(|error| write_error(path, errno_of(&error)))
}

fn write_error(path: PathBuf, errno: Errno) -> UploadError {
    UploadError { step: Step::Write, error: SystemError { operation: "write", path, errno } }
}

async fn on_a_thread<T: Send + 'static>(
    path: &std::path::Path,
    work: impl FnOnce() -> Result<T, UploadError> + Send + 'static,
) -> Result<T, UploadError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result,
        // The runtime is going down, and the answer with it.
        Err(_) => Err(write_error(path.to_owned(), Errno::EIO)),
    }
}
