//! What a build says: appended by one, read and followed by many.
//!
//! It lies in a file, so that it is there as long as what was built and may be long. Followers wait for events: nobody
//! looks at the file in turns.

use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::{FileExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use futures_util::Stream;
use futures_util::stream;
use tokio::sync::watch;

/// How much is read at once.
const PIECE: u64 = 64 * 1024;

/// One build's log. Clones are the same log.
#[derive(Clone, Debug)]
pub struct Log(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    path: PathBuf,
    /// Taken while something is appended.
    file: Mutex<File>,
    progress: watch::Sender<Progress>,
}

/// How far a log is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Progress {
    length: u64,
    ended: bool,
}

impl Log {
    /// A new log in a file of that name; what was there is gone.
    ///
    /// # Errors
    /// The file system's.
    pub fn create(path: &Path) -> io::Result<Self> {
        let options =
            OpenOptions::new().read(true).write(true).create(true).truncate(true).mode(0o600).open(path)?;
        Ok(Self::of(path, options, Progress::default()))
    }

    /// The log of a build that has ended, perhaps with the server before.
    ///
    /// # Errors
    /// The file system's.
    pub fn open_ended(path: &Path) -> io::Result<Self> {
        let file = File::open(path)?;
        let length = file.metadata()?.len();
        Ok(Self::of(path, file, Progress { length, ended: true }))
    }

    fn of(path: &Path, file: File, progress: Progress) -> Self {
        let (file, progress) = (Mutex::new(file), watch::Sender::new(progress));
        Self(Arc::new(Inner { path: path.to_owned(), file, progress }))
    }

    /// Where it lies.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0.path
    }

    /// Adds something. A log that cannot be written stands still: no build fails for it.
    pub fn append(&self, text: &[u8]) {
        let mut file = self.0.file.lock().unwrap_or_else(PoisonError::into_inner);
        let written = file.seek(SeekFrom::End(0)).and_then(|_| file.write_all(text));
        if written.is_ok() {
            self.0.progress.send_modify(|progress| progress.length += text.len() as u64);
        }
    }

    /// Says that nothing more comes. Saying it twice is fine.
    pub fn end(&self) {
        self.0.progress.send_modify(|progress| progress.ended = true);
    }

    /// Whether nothing more comes.
    #[must_use]
    pub fn has_ended(&self) -> bool {
        self.0.progress.borrow().ended
    }

    /// All there is by now.
    ///
    /// # Errors
    /// The file system's.
    pub fn read(&self) -> io::Result<Vec<u8>> {
        let mut text = Vec::new();
        File::open(&self.0.path)?.take(self.0.progress.borrow().length).read_to_end(&mut text)?;
        Ok(text)
    }

    /// Ends once there is something in it, or it has ended.
    pub async fn begun(&self) {
        let mut progress = self.0.progress.subscribe();
        let _ = progress.wait_for(|progress| progress.length > 0 || progress.ended).await;
    }

    /// All there is and, if it `follows`, all that comes until the log has ended.
    pub fn stream(&self, follows: bool) -> impl Stream<Item = io::Result<Bytes>> + Send + 'static {
        let log = Arc::clone(&self.0);
        let progress = log.progress.subscribe();
        let seen = *progress.borrow();
        let only = (!follows).then_some(Progress { ended: true, ..seen });
        let reader = Reader { log, progress, only, position: 0 };
        stream::unfold(Some(reader), |reader| async {
            let mut reader = reader?;
            match reader.next().await.transpose()? {
                Ok(piece) => Some((Ok(piece), Some(reader))),
                Err(error) => Some((Err(error), None)),
            }
        })
    }
}

/// One who reads a log while it grows.
struct Reader {
    log: Arc<Inner>,
    progress: watch::Receiver<Progress>,
    /// What was there at the start, for one who wants no more.
    only: Option<Progress>,
    position: u64,
}

impl Reader {
    async fn next(&mut self) -> io::Result<Option<Bytes>> {
        let position = self.position;
        let seen = match self.only {
            Some(only) => only,
            None => {
                let moved = |progress: &Progress| progress.length > position || progress.ended;
                // Nobody can add to a log that is gone.
                self.progress.wait_for(moved).await.map_or(Progress::default(), |progress| *progress)
            }
        };
        let wanted = seen.length.saturating_sub(position).min(PIECE);
        if wanted == 0 {
            return Ok(None);
        }
        let mut piece = vec![0; usize::try_from(wanted).unwrap_or_default()];
        {
            // By position, so that writers are not disturbed.
            let file = self.log.file.lock().unwrap_or_else(PoisonError::into_inner);
            file.read_exact_at(&mut piece, position)?;
        }
        self.position += wanted;
        Ok(Some(piece.into()))
    }
}

#[cfg(test)]
mod tests {
    use futures_util::StreamExt as _;

    use super::*;

    async fn whole(stream: impl Stream<Item = io::Result<Bytes>>) -> Vec<u8> {
        let pieces: Vec<_> = stream.collect().await;
        pieces.into_iter().flat_map(|piece| piece.unwrap().to_vec()).collect()
    }

    #[tokio::test]
    async fn followers_get_everything_once_and_end_with_it() {
        let place = tempfile::tempdir().unwrap();
        let log = Log::create(&place.path().join("log")).unwrap();
        log.append(b"early ");
        let followers: Vec<_> = (0..3).map(|_| tokio::spawn(whole(log.stream(true)))).collect();
        let mut expected = b"early ".to_vec();
        for number in 0..500 {
            let text = format!("{number} ").repeat(100);
            expected.extend_from_slice(text.as_bytes());
            log.append(text.as_bytes());
            if number % 50 == 0 {
                tokio::task::yield_now().await;
            }
        }
        assert_eq!(whole(log.stream(false)).await, expected, "who does not follow gets what there is");
        assert!(!log.has_ended());
        log.end();
        for follower in followers {
            assert_eq!(follower.await.unwrap(), expected);
        }
        assert_eq!(whole(log.stream(true)).await, expected, "who comes late gets all as well");
        assert_eq!(log.read().unwrap(), expected);
        let opened = Log::open_ended(log.path()).unwrap();
        assert_eq!(whole(opened.stream(true)).await, expected);
    }

    #[tokio::test]
    async fn a_log_tells_when_it_has_begun() {
        let place = tempfile::tempdir().unwrap();
        let log = Log::create(&place.path().join("log")).unwrap();
        let waiting = tokio::spawn({
            let log = log.clone();
            async move { log.begun().await }
        });
        tokio::task::yield_now().await;
        assert!(!waiting.is_finished());
        log.append(b"x");
        waiting.await.unwrap();
    }
}
