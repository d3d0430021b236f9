//! What a process printed: a list of chunks that is filled, handed on and sent without being copied.

use std::collections::VecDeque;

use bytes::{Bytes, BytesMut};

const FIRST_CHUNK: usize = 8 * 1024;
const LARGEST_CHUNK: usize = 1024 * 1024;

/// Bytes in the order they were printed.
#[derive(Clone, Debug, Default)]
pub struct Output {
    chunks: VecDeque<Bytes>,
}

impl Output {
    /// Number of bytes.
    #[must_use]
    pub fn len(&self) -> usize {
        self.chunks.iter().map(Bytes::len).sum()
    }

    /// Whether nothing was printed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.chunks.is_empty()
    }

    /// The chunks; none of them is empty.
    pub fn chunks(&self) -> impl Iterator<Item = &Bytes> {
        self.chunks.iter()
    }

    /// Takes the first chunk out, to be dropped when it is used up.
    pub fn next_chunk(&mut self) -> Option<Bytes> {
        self.chunks.pop_front()
    }

    /// All bytes in one piece; copies only when there is more than one chunk.
    #[must_use]
    pub fn into_bytes(mut self) -> Bytes {
        if self.chunks.len() <= 1 {
            return self.chunks.pop_front().unwrap_or_default();
        }
        let mut whole = BytesMut::with_capacity(self.len());
        while let Some(chunk) = self.chunks.pop_front() {
            whole.extend_from_slice(&chunk);
        }
        whole.freeze()
    }

    pub(crate) fn push(&mut self, chunk: Bytes) {
        if !chunk.is_empty() {
            self.chunks.push_back(chunk);
        }
    }
}

impl<T: Into<Bytes>> From<T> for Output {
    fn from(bytes: T) -> Self {
        let mut output = Self::default();
        output.push(bytes.into());
        output
    }
}

/// Collects output as it is read. Chunks grow with the output, so that little output costs little memory and much
/// output few allocations.
#[derive(Debug)]
pub(crate) struct Collector {
    done: Output,
    current: BytesMut,
    chunk_size: usize,
}

impl Collector {
    pub(crate) fn new() -> Self {
        Self { done: Output::default(), current: BytesMut::new(), chunk_size: FIRST_CHUNK }
    }

    /// A buffer with room for the next read.
    pub(crate) fn room(&mut self) -> &mut BytesMut {
        if self.current.capacity() == self.current.len() {
            self.done.push(std::mem::take(&mut self.current).freeze());
            self.current.reserve(self.chunk_size);
            self.chunk_size = (self.chunk_size * 2).min(LARGEST_CHUNK);
        }
        &mut self.current
    }

    pub(crate) fn finish(mut self) -> Output {
        self.done.push(self.current.freeze());
        self.done
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunks_come_out_in_the_order_they_were_read() {
        let mut collector = Collector::new();
        let text: Vec<u8> = (0..50_000_u32).flat_map(u32::to_le_bytes).collect();
        let mut rest = text.as_slice();
        while !rest.is_empty() {
            let room = collector.room();
            let size = (room.capacity() - room.len()).min(rest.len()).min(777);
            room.extend_from_slice(&rest[..size]);
            rest = &rest[size..];
        }
        let output = collector.finish();
        assert!(output.chunks().count() > 2);
        assert_eq!(output.len(), text.len());
        assert_eq!(output.into_bytes(), text);
    }
}
