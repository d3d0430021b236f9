//! How long a client may fall silent in the middle of a request before it is told 408.
//!
//! Counted from its last byte, so that a long upload over a slow line has all the time it needs. Only waiting for the
//! client counts: while a handler is busy with what came, no time passes.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::Request;
use dialect::Stalled;
use http_body::{Body as _, Frame, SizeHint};
use tokio::time::{Instant, Sleep, sleep};

/// How long a client may take; `None` is for ever.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    /// For the whole head of a request, and to begin it on a connection that is kept.
    pub head: Option<Duration>,
    /// Between two pieces of a body.
    pub body: Option<Duration>,
}

impl Default for Patience {
    fn default() -> Self {
        Self { head: Some(Duration::from_secs(30)), body: Some(Duration::from_secs(60)) }
    }
}

/// Has whoever reads the body meet [`Stalled`] when it stops coming. A dialect answers that in its own words.
pub(crate) fn awaited(request: Request, patience: Option<Duration>) -> Request {
    let Some(patience) = patience.filter(|_| !request.body().is_end_stream()) else { return request };
    request.map(|body| Body::new(Awaited { body, patience, waiting: None, running: false }))
}

/// A body that is not waited for without end.
struct Awaited {
    body: Body,
    patience: Duration,
    /// Made when it is first waited for, and used again.
    waiting: Option<Pin<Box<Sleep>>>,
    /// Whether it has been waited for since the last piece.
    running: bool,
}

impl http_body::Body for Awaited {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let this = self.get_mut();
        if let Poll::Ready(frame) = Pin::new(&mut this.body).poll_frame(context) {
            this.running = false;
            return Poll::Ready(frame);
        }
        let waiting = this.waiting.get_or_insert_with(|| Box::pin(sleep(this.patience)));
        if !std::mem::replace(&mut this.running, true) {
            waiting.as_mut().reset(Instant::now() + this.patience);
        }
        ready!(waiting.as_mut().poll(context));
        this.running = false;
        Poll::Ready(Some(Err(axum::Error::new(Stalled(this.patience)))))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use futures_util::{StreamExt as _, stream};
    use http_body_util::BodyExt as _;

    use super::*;

    const PATIENCE: Duration = Duration::from_millis(200);

    /// A piece after each of these pauses, then nothing for ever. What has come is looked for first, so that a machine
    /// that is late for both ends of a pause sees the piece.
    fn awaited(pauses: &[Duration]) -> Body {
        let pieces = stream::iter(pauses.to_vec()).then(async |pause| {
            sleep(pause).await;
            Ok::<_, axum::Error>(Bytes::from_static(b"x"))
        });
        let body = Body::from_stream(pieces.chain(stream::pending()));
        Body::new(Awaited { body, patience: PATIENCE, waiting: None, running: false })
    }

    #[tokio::test]
    async fn a_body_may_take_long_as_long_as_it_keeps_coming() {
        let mut body = awaited(&[PATIENCE * 3 / 4; 4]);
        for _ in 0..4 {
            assert_eq!(body.frame().await.unwrap().unwrap().into_data().unwrap(), "x");
        }
    }

    #[tokio::test]
    async fn a_body_that_stops_coming_is_an_error() {
        let mut body = awaited(&[PATIENCE / 10; 2]);
        for _ in 0..2 {
            assert!(body.frame().await.unwrap().is_ok());
        }
        let error = body.frame().await.unwrap().unwrap_err();
        assert!(Stalled::is_behind(&error), "{error}");
    }

    #[tokio::test]
    async fn a_reader_that_takes_its_time_is_not_held_against_the_client() {
        let mut body = awaited(&[PATIENCE * 3 / 4; 3]);
        for _ in 0..3 {
            sleep(PATIENCE * 2).await;
            assert!(body.frame().await.unwrap().is_ok());
        }
    }
}
