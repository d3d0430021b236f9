//! Bodies out of pieces that take blocking work to make.

use std::io;

use axum::body::Body;
use bytes::{Bytes, BytesMut};
use engine::files::CHUNK;
use futures_util::stream;

/// A body that asks for the next piece when the last one was taken, so that one piece is held in memory, and no thread
/// while the client is slow. An error breaks the connection: the client must not take half for the whole.
pub(super) fn streamed(pieces: impl Iterator<Item = io::Result<Bytes>> + Send + 'static) -> Body {
    Body::from_stream(stream::unfold(Some(pieces), |pieces| async {
        let mut pieces = pieces?;
        let next = tokio::task::spawn_blocking(move || {
            let piece = pieces.next();
            (piece, pieces)
        });
        match next.await {
            Ok((Some(Ok(piece)), pieces)) => Some((Ok(piece), Some(pieces))),
            Ok((Some(Err(error)), _)) => Some((Err(error), None)),
            Ok((None, _)) => None,
            Err(error) => Some((Err(io::Error::other(error)), None)),
        }
    }))
}

/// As [`streamed`], but made at once when it is small. Blocks.
pub(super) fn of_length(
    length: u64,
    mut pieces: impl Iterator<Item = io::Result<Bytes>> + Send + 'static,
) -> Body {
    if length > CHUNK as u64 {
        return streamed(pieces);
    }
    let mut whole = BytesMut::new();
    match pieces.try_for_each(|piece| piece.map(|piece| whole.extend_from_slice(&piece))) {
        Ok(()) => Body::from(whole.freeze()),
        Err(error) => Body::from_stream(stream::iter([Err::<Bytes, _>(error)])),
    }
}
