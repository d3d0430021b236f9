//! What one process printed, for any number of readers who each go at their own pace.
//!
//! ```text
//! carrier ─▶ push ─▶ │ kept for late readers │ not read by all yet │ ─▶ close
//!                     ▲ reader who comes late  ▲ reader A            ▲ reader B
//! ```
//!
//! Standard output and errors stay apart and in the order they were read. A reader that falls too far behind makes the
//! carrier wait, and through it the process; one that does not get on is cut off, so that nobody who merely stopped
//! reading can hold a process for ever.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::Notify;
use tokio::time::timeout;

/// How much may wait for the slowest reader before the process does, in bytes.
const CAPACITY: usize = 4 << 20;
/// What a chunk costs beside its bytes; programs that print single bytes must not fill the memory with them.
const OVERHEAD: usize = 64;
/// How long a reader that holds everybody up may take for its next chunk.
const PATIENCE: Duration = Duration::from_secs(2);

/// Which of its two streams a process printed to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// Standard output.
    Output,
    /// Standard error.
    Errors,
}

/// Bytes that were printed in one go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chunk {
    /// Where they were printed to.
    pub source: Source,
    /// Never empty.
    pub bytes: Bytes,
}

/// What a reader finds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// The next chunk.
    Chunk(Chunk),
    /// Everything was read and nothing follows.
    End,
    /// The reader was too slow and what it should have read next is gone.
    CutOff,
}

/// The output of one process.
#[derive(Debug)]
pub struct Bus {
    state: Mutex<State>,
    /// Something was printed, or nothing will be any more.
    grown: Notify,
    /// Something was read.
    drained: Notify,
    /// Cost kept although everybody has read it.
    kept: usize,
}

#[derive(Debug, Default)]
struct State {
    chunks: VecDeque<Chunk>,
    /// Number of the first chunk held; chunks count from the first one ever printed.
    first: u64,
    /// What the chunks held cost.
    held: usize,
    /// The chunk each reader goes on with.
    readers: BTreeMap<u64, u64>,
    next_reader: u64,
    closed: bool,
}

/// One reader of a [`Bus`].
#[derive(Debug)]
pub struct Reader {
    bus: Arc<Bus>,
    number: u64,
}

fn cost(chunk: &Chunk) -> usize {
    chunk.bytes.len() + OVERHEAD
}

impl Bus {
    /// An empty bus that keeps about the last `kept` bytes for readers to come.
    pub(super) fn new(kept: usize) -> Arc<Self> {
        Arc::new(Self {
            state: Mutex::default(),
            grown: Notify::new(),
            drained: Notify::new(),
            kept: kept.min(CAPACITY / 2),
        })
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds what was printed, once there is room for it.
    pub(super) async fn push(&self, source: Source, bytes: Bytes) {
        if bytes.is_empty() {
            return;
        }
        while let Some(slowest) = self.full_since() {
            if timeout(PATIENCE, self.past(slowest)).await.is_err() {
                self.cut_off(slowest);
            }
        }
        let mut state = self.lock();
        let chunk = Chunk { source, bytes };
        state.held += cost(&chunk);
        state.chunks.push_back(chunk);
        state.trim(self.kept);
        drop(state);
        self.grown.notify_waiters();
    }

    /// Says that nothing follows.
    pub(super) fn close(&self) {
        self.lock().closed = true;
        self.grown.notify_waiters();
    }

    /// A reader that starts with the oldest chunk kept.
    #[must_use]
    pub fn reader(self: &Arc<Self>) -> Reader {
        let mut state = self.lock();
        let number = state.next_reader;
        state.next_reader += 1;
        let first = state.first;
        state.readers.insert(number, first);
        Reader { bus: Arc::clone(self), number }
    }

    /// The chunk the slowest reader is at, when so much waits for it that nothing more should be pushed.
    fn full_since(&self) -> Option<u64> {
        let state = self.lock();
        let slowest = state.readers.values().copied().min()?;
        (state.held >= CAPACITY && slowest == state.first).then_some(slowest)
    }

    /// Waits until nobody is at this chunk any more.
    async fn past(&self, chunk: u64) {
        loop {
            let drained = self.drained.notified();
            if self.full_since() != Some(chunk) {
                return;
            }
            drained.await;
        }
    }

    fn cut_off(&self, chunk: u64) {
        let mut state = self.lock();
        state.readers.retain(|_, at| *at > chunk);
        state.trim(self.kept);
        drop(state);
        self.grown.notify_waiters();
    }
}

impl State {
    /// Lets go of chunks nobody needs any more.
    fn trim(&mut self, kept: usize) {
        let needed = self.readers.values().copied().min().unwrap_or(u64::MAX);
        while let Some(front) = self.chunks.front()
            && self.first < needed
            && self.held - cost(front) >= kept
        {
            self.held -= cost(front);
            self.first += 1;
            self.chunks.pop_front();
        }
    }
}

impl Reader {
    /// Waits for the next chunk. Nothing is lost when it is cancelled.
    pub async fn next(&mut self) -> Piece {
        loop {
            let grown = self.bus.grown.notified();
            if let Some(piece) = self.at_once() {
                return piece;
            }
            grown.await;
        }
    }

    fn at_once(&self) -> Option<Piece> {
        let mut state = self.bus.lock();
        let Some(at) = state.readers.get(&self.number).copied() else { return Some(Piece::CutOff) };
        let position = usize::try_from(at - state.first).unwrap_or(usize::MAX);
        let Some(chunk) = state.chunks.get(position).cloned() else {
            return state.closed.then_some(Piece::End);
        };
        state.readers.insert(self.number, at + 1);
        state.trim(self.bus.kept);
        drop(state);
        self.bus.drained.notify_waiters();
        Some(Piece::Chunk(chunk))
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        let mut state = self.bus.lock();
        state.readers.remove(&self.number);
        state.trim(self.bus.kept);
        drop(state);
        self.bus.drained.notify_waiters();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chunk(source: Source, text: &'static str) -> Piece {
        Piece::Chunk(Chunk { source, bytes: Bytes::from_static(text.as_bytes()) })
    }

    async fn push(bus: &Bus, source: Source, text: &'static str) {
        bus.push(source, Bytes::from_static(text.as_bytes())).await;
    }

    #[tokio::test]
    async fn every_reader_gets_both_streams_in_the_order_they_were_printed() {
        let bus = Bus::new(1024);
        push(&bus, Source::Output, "one").await;
        let (mut early, mut late) = (bus.reader(), bus.reader());
        push(&bus, Source::Errors, "two").await;
        bus.close();
        for reader in [&mut early, &mut late] {
            assert_eq!(reader.next().await, chunk(Source::Output, "one"));
            assert_eq!(reader.next().await, chunk(Source::Errors, "two"));
            assert_eq!(reader.next().await, Piece::End);
        }
        assert_eq!(bus.reader().next().await, chunk(Source::Output, "one"), "it is still kept");
    }

    #[tokio::test]
    async fn late_readers_find_the_last_bytes_kept_and_no_more() {
        let bus = Bus::new(2 * OVERHEAD);
        for text in ["a", "b", "c", "d"] {
            push(&bus, Source::Output, text).await;
        }
        assert_eq!(bus.reader().next().await, chunk(Source::Output, "c"));
        assert_eq!(bus.lock().chunks.len(), 2);
    }

    #[tokio::test]
    async fn a_reader_that_stops_reading_is_cut_off_and_the_process_goes_on() {
        let bus = Bus::new(0);
        let (mut stuck, mut quick) = (bus.reader(), bus.reader());
        let big = Bytes::from(vec![b'x'; 1 << 20]);
        for _ in 0..8 {
            bus.push(Source::Output, big.clone()).await;
            assert!(matches!(quick.next().await, Piece::Chunk(_)));
        }
        assert_eq!(stuck.next().await, Piece::CutOff);
        assert_eq!(bus.lock().chunks.len(), 0);
    }
}
