//! What a client sent on a channel and the sandbox has not taken yet.
//!
//! A client may send as long as its window is open, and the library opens it again whenever something was received. So
//! what comes must be taken at once: were it not, everything else on that connection would stand still, the client's
//! own word that there is room for output again among it, and both sides would wait for each other for ever. A little
//! is kept in memory, the rest in a file without a name, so that a program which reads nothing costs no memory.

use std::collections::VecDeque;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use tokio::sync::Notify;

/// Bytes kept in memory.
const MEMORY: usize = 1 << 20;
/// Bytes read from the file at once.
const PIECE: usize = 128 * 1024;

/// Takes what comes. Dropping it is the end of it.
#[derive(Debug)]
pub(super) struct Intake(Arc<Shared>);

/// Gives what came, in order.
#[derive(Debug)]
pub(super) struct Outlet(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    state: Mutex<State>,
    changed: Notify,
    /// Where the file is made.
    directory: PathBuf,
}

#[derive(Debug, Default)]
struct State {
    memory: VecDeque<Bytes>,
    in_memory: usize,
    spool: Option<Spool>,
    finished: bool,
    abandoned: bool,
}

/// What memory had no room for. It comes after everything in memory.
#[derive(Debug)]
struct Spool {
    file: Arc<File>,
    read: u64,
    written: u64,
    /// Whether a piece is being written behind `written`.
    writing: bool,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An empty queue that keeps what has no room in memory below `directory`.
pub(super) fn intake(directory: PathBuf) -> (Intake, Outlet) {
    let (state, changed) = (Mutex::default(), Notify::new());
    let shared = Arc::new(Shared { state, changed, directory });
    (Intake(Arc::clone(&shared)), Outlet(shared))
}

impl Intake {
    /// Adds what came. What nobody will ask for any more is thrown away.
    ///
    /// # Errors
    ///
    /// When there is no room for it on disk either.
    pub(super) async fn push(&self, bytes: Bytes) -> io::Result<()> {
        let (file, offset) = {
            let mut state = self.0.lock();
            if state.abandoned || state.finished {
                return Ok(());
            }
            if state.spool.is_none() && state.in_memory + bytes.len() <= MEMORY {
                state.in_memory += bytes.len();
                state.memory.push_back(bytes);
                drop(state);
                self.0.changed.notify_one();
                return Ok(());
            }
            if state.spool.is_none() {
                let file = Arc::new(tempfile::tempfile_in(&self.0.directory)?);
                state.spool = Some(Spool { file, read: 0, written: 0, writing: false });
            }
            let Some(spool) = &mut state.spool else { return Ok(()) };
            spool.writing = true;
            (Arc::clone(&spool.file), spool.written)
        };
        let length = bytes.len() as u64;
        let written = tokio::task::spawn_blocking(move || file.write_all_at(&bytes, offset)).await;
        if let Some(spool) = &mut self.0.lock().spool {
            spool.written += length;
            spool.writing = false;
        }
        self.0.changed.notify_one();
        written.map_err(io::Error::other)?
    }

    /// Says that nothing more comes.
    pub(super) fn finish(&self) {
        self.0.lock().finished = true;
        self.0.changed.notify_one();
    }
}

impl Drop for Intake {
    fn drop(&mut self) {
        self.finish();
    }
}

/// What there is to give.
enum Next {
    Bytes(Bytes),
    Read(Arc<File>, u64, usize),
    Wait,
    End,
}

impl Outlet {
    /// The next piece; nothing after the last one. Nothing is lost when it is cancelled.
    ///
    /// # Errors
    ///
    /// When the disk fails.
    pub(super) async fn next(&mut self) -> io::Result<Option<Bytes>> {
        loop {
            match self.look() {
                Next::Bytes(bytes) => return Ok(Some(bytes)),
                Next::End => return Ok(None),
                Next::Wait => self.0.changed.notified().await,
                Next::Read(file, offset, length) => {
                    let read = tokio::task::spawn_blocking(move || -> io::Result<Bytes> {
                        let mut bytes = vec![0; length];
                        file.read_exact_at(&mut bytes, offset)?;
                        Ok(bytes.into())
                    });
                    let bytes = read.await.map_err(io::Error::other)??;
                    if let Some(spool) = &mut self.0.lock().spool {
                        spool.read += bytes.len() as u64;
                    }
                    return Ok(Some(bytes));
                }
            }
        }
    }

    fn look(&self) -> Next {
        let mut state = self.0.lock();
        if let Some(bytes) = state.memory.pop_front() {
            state.in_memory -= bytes.len();
            return Next::Bytes(bytes);
        }
        if let Some(spool) = &state.spool {
            let left = usize::try_from(spool.written - spool.read).unwrap_or(usize::MAX);
            if left > 0 {
                return Next::Read(Arc::clone(&spool.file), spool.read, left.min(PIECE));
            }
            if spool.writing {
                return Next::Wait;
            }
            // Everything came through: back to memory.
            state.spool = None;
        }
        if state.finished { Next::End } else { Next::Wait }
    }
}

impl Drop for Outlet {
    fn drop(&mut self) {
        let mut state = self.0.lock();
        *state = State { abandoned: true, ..State::default() };
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn runtime() -> tokio::runtime::Runtime {
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().unwrap()
    }

    fn piece(seed: usize, length: usize) -> Bytes {
        (0..length).map(|index| (seed.wrapping_mul(31) ^ index) as u8).collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]

        #[test]
        fn everything_comes_out_in_order_however_slowly_it_is_taken(
            lengths in prop::collection::vec(1usize..200_000, 1..40),
            taken_between in 0usize..4,
        ) {
            runtime().block_on(async {
                let directory = tempfile::tempdir().unwrap();
                let (intake, mut outlet) = intake(directory.path().to_owned());
                let (mut sent, mut received) = (Vec::new(), Vec::new());
                for (seed, length) in lengths.iter().enumerate() {
                    let bytes = piece(seed, *length);
                    sent.extend_from_slice(&bytes);
                    intake.push(bytes).await.unwrap();
                    for _ in 0..taken_between {
                        if received.len() < sent.len() {
                            received.extend_from_slice(&outlet.next().await.unwrap().unwrap());
                        }
                    }
                    assert!(intake.0.lock().in_memory <= MEMORY);
                }
                intake.finish();
                while let Some(bytes) = outlet.next().await.unwrap() {
                    received.extend_from_slice(&bytes);
                }
                assert!(received == sent, "what came out is not what went in");
            });
        }
    }

    #[tokio::test]
    async fn whoever_waits_hears_of_what_comes_and_of_the_end() {
        let directory = tempfile::tempdir().unwrap();
        let (intake, mut outlet) = intake(directory.path().to_owned());
        let reading = tokio::spawn(async move {
            let first = outlet.next().await.unwrap();
            (first, outlet.next().await.unwrap())
        });
        tokio::task::yield_now().await;
        intake.push(Bytes::from_static(b"x")).await.unwrap();
        drop(intake);
        assert_eq!(reading.await.unwrap(), (Some(Bytes::from_static(b"x")), None));
    }

    #[tokio::test]
    async fn what_nobody_will_take_is_not_kept() {
        let directory = tempfile::tempdir().unwrap();
        let (intake, outlet) = intake(directory.path().to_owned());
        drop(outlet);
        for _ in 0..100 {
            intake.push(piece(1, 100_000)).await.unwrap();
        }
        assert_eq!(intake.0.lock().in_memory, 0);
        assert!(intake.0.lock().spool.is_none());
    }
}
