//! What a terminal printed, for any number of readers who each go at their own pace.
//!
//! ```text
//! terminal ─▶ push ─▶ │ kept for late readers │ not read by all yet │
//!                      ▲                        ▲ reader A            ▲ reader B
//! ```
//!
//! Everything is held once, however many read. What all have read is let go, except for the last bytes that late readers
//! are to find. A reader that falls too far behind makes the terminal wait, and is cut off if it stays behind.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::{Bytes, BytesMut};
use tokio::sync::Notify;

/// How much may wait for the slowest reader before the terminal does, in bytes.
const CAPACITY: u64 = 4 << 20;

/// The output of one terminal.
#[derive(Debug)]
pub struct Ring {
    state: Mutex<State>,
    /// Something was printed, or nothing will be any more.
    grown: Notify,
    /// Something was read.
    drained: Notify,
    /// Bytes kept although everybody has read them.
    kept: u64,
}

#[derive(Debug, Default)]
struct State {
    chunks: VecDeque<Bytes>,
    /// Position of the first byte held; positions count from the first byte ever printed.
    start: u64,
    /// Position after the last byte.
    end: u64,
    /// Where each reader goes on.
    readers: BTreeMap<u64, u64>,
    next_reader: u64,
    closed: bool,
}

/// What a reader finds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// The next bytes.
    Output(Bytes),
    /// Everything was read and nothing follows.
    End,
    /// The reader was too slow and what it should have read next is gone.
    CutOff,
}

/// One reader of a [`Ring`].
#[derive(Debug)]
pub struct Reader {
    ring: Arc<Ring>,
    number: u64,
}

impl Ring {
    /// An empty ring that keeps the last `kept` bytes for readers to come.
    #[must_use]
    pub fn new(kept: usize) -> Arc<Self> {
        Arc::new(Self {
            state: Mutex::default(),
            grown: Notify::new(),
            drained: Notify::new(),
            kept: kept as u64,
        })
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds what was printed.
    pub fn push(&self, bytes: Bytes) {
        if bytes.is_empty() {
            return;
        }
        let mut state = self.lock();
        state.end += bytes.len() as u64;
        state.chunks.push_back(bytes);
        state.trim(self.kept);
        drop(state);
        self.grown.notify_waiters();
    }

    /// Says that nothing follows.
    pub fn close(&self) {
        self.lock().closed = true;
        self.grown.notify_waiters();
        self.drained.notify_waiters();
    }

    /// What is kept for late readers.
    #[must_use]
    pub fn kept(&self) -> Bytes {
        let state = self.lock();
        let from = state.end.saturating_sub(self.kept);
        state.read(from, usize::MAX)
    }

    /// A reader that starts with what is kept.
    #[must_use]
    pub fn reader(self: &Arc<Self>) -> Reader {
        let mut state = self.lock();
        let number = state.next_reader;
        state.next_reader += 1;
        let from = state.end.saturating_sub(self.kept).max(state.start);
        state.readers.insert(number, from);
        Reader { ring: Arc::clone(self), number }
    }

    /// Number of readers.
    #[must_use]
    pub fn readers(&self) -> usize {
        self.lock().readers.len()
    }

    /// How far the slowest reader is, when it is so far behind that nothing more should be pushed.
    pub(super) fn full_since(&self) -> Option<u64> {
        let state = self.lock();
        let slowest = state.readers.values().copied().min()?;
        (!state.closed && state.end - slowest >= CAPACITY).then_some(slowest)
    }

    /// Waits until there is room again.
    pub(super) async fn room(&self) {
        loop {
            let drained = self.drained.notified();
            if self.full_since().is_none() {
                return;
            }
            drained.await;
        }
    }

    /// Cuts off all readers that are before `position` and make the ring full.
    pub(super) fn cut_off_before(&self, position: u64) {
        let mut state = self.lock();
        let State { readers, end, .. } = &mut *state;
        readers.retain(|_, at| *at >= position || *end - *at < CAPACITY);
        state.trim(self.kept);
        drop(state);
        self.grown.notify_waiters();
    }
}

impl State {
    /// Lets go of chunks nobody needs any more.
    fn trim(&mut self, kept: u64) {
        let for_late = self.end.saturating_sub(kept);
        let needed = self.readers.values().copied().min().map_or(for_late, |slowest| slowest.min(for_late));
        while let Some(first) = self.chunks.front()
            && self.start + first.len() as u64 <= needed
        {
            self.start += first.len() as u64;
            self.chunks.pop_front();
        }
    }

    /// Up to `most` bytes from a position on.
    fn read(&self, from: u64, most: usize) -> Bytes {
        let mut skip = usize::try_from(from.saturating_sub(self.start)).unwrap_or(usize::MAX);
        let mut chunks = self.chunks.iter();
        let first = loop {
            match chunks.next() {
                None => return Bytes::new(),
                Some(chunk) if chunk.len() <= skip => skip -= chunk.len(),
                Some(chunk) => break chunk.slice(skip..chunk.len().min(skip.saturating_add(most))),
            }
        };
        let Some(second) = chunks.next().filter(|_| first.len() < most) else { return first };
        // Small pieces are joined, so that a reader that is behind catches up in few steps.
        let mut joined = BytesMut::from(first);
        for chunk in std::iter::once(second).chain(chunks) {
            let room = most - joined.len();
            joined.extend_from_slice(&chunk[..chunk.len().min(room)]);
            if joined.len() == most {
                break;
            }
        }
        joined.freeze()
    }
}

impl Reader {
    /// Waits for the next bytes, at most `most` of them. Nothing is lost when it is cancelled.
    pub async fn next(&mut self, most: usize) -> Piece {
        loop {
            let grown = self.ring.grown.notified();
            if let Some(piece) = self.at_once(most) {
                return piece;
            }
            grown.await;
        }
    }

    fn at_once(&self, most: usize) -> Option<Piece> {
        let mut state = self.ring.lock();
        let Some(at) = state.readers.get(&self.number).copied() else { return Some(Piece::CutOff) };
        let bytes = state.read(at, most);
        if bytes.is_empty() {
            return state.closed.then_some(Piece::End);
        }
        state.readers.insert(self.number, at + bytes.len() as u64);
        state.trim(self.ring.kept);
        drop(state);
        self.ring.drained.notify_waiters();
        Some(Piece::Output(bytes))
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        let mut state = self.ring.lock();
        state.readers.remove(&self.number);
        state.trim(self.ring.kept);
        drop(state);
        self.ring.drained.notify_waiters();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn output(text: &'static str) -> Piece {
        Piece::Output(Bytes::from_static(text.as_bytes()))
    }

    #[tokio::test]
    async fn every_reader_gets_everything_at_its_own_pace() {
        let ring = Ring::new(0);
        ring.push(Bytes::from_static(b"before anybody reads"));
        let (mut first, mut second) = (ring.reader(), ring.reader());
        ring.push(Bytes::from_static(b"ab"));
        ring.push(Bytes::from_static(b"cd"));
        assert_eq!(first.next(3).await, output("abc"));
        assert_eq!(first.next(9).await, output("d"));
        ring.close();
        assert_eq!(second.next(9).await, output("abcd"));
        assert_eq!((first.next(9).await, second.next(9).await), (Piece::End, Piece::End));
    }

    #[tokio::test]
    async fn nothing_is_held_without_readers_but_what_is_to_be_kept() {
        let ring = Ring::new(3);
        for chunk in [&b"ab"[..], b"cd", b"ef"] {
            ring.push(Bytes::from_static(chunk));
        }
        assert_eq!(ring.kept(), "def");
        assert_eq!(ring.lock().chunks.len(), 2);
        assert_eq!(ring.reader().next(9).await, output("def"));
    }

    #[tokio::test]
    async fn a_reader_that_stays_behind_is_cut_off_and_the_others_go_on() {
        let ring = Ring::new(0);
        let (mut slow, mut quick) = (ring.reader(), ring.reader());
        let chunk = Bytes::from(vec![0; 1 << 20]);
        for _ in 0..4 {
            assert_eq!(ring.full_since(), None);
            ring.push(chunk.clone());
            while matches!(quick.at_once(usize::MAX), Some(Piece::Output(_))) {}
        }
        let behind = ring.full_since().unwrap();
        ring.cut_off_before(behind + 1);
        ring.room().await;
        assert_eq!(slow.next(1).await, Piece::CutOff);
        ring.push(Bytes::from_static(b"on"));
        assert_eq!(quick.next(9).await, output("on"));
        assert_eq!(ring.lock().chunks.len(), 0);
    }
}
