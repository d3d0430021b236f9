//! Being asked to stop.

use std::os::fd::AsFd;

use tokio::io::AsyncReadExt;
use tokio::net::unix::pipe::Receiver;
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::failure::Failure;

/// Waits for SIGINT, SIGTERM or SIGHUP.
pub(crate) struct Interruptions([Signal; 3]);

impl Interruptions {
    /// Takes the signals over from now on.
    pub(crate) fn new() -> Result<Self, Failure> {
        let take = |kind| signal(kind).map_err(Failure::io("listen for signals"));
        Ok(Self([
            take(SignalKind::interrupt())?,
            take(SignalKind::terminate())?,
            take(SignalKind::hangup())?,
        ]))
    }

    /// The number of the next one.
    pub(crate) async fn next(&mut self) -> i32 {
        let [interrupt, terminate, hangup] = &mut self.0;
        tokio::select! {
            _ = interrupt.recv() => SignalKind::interrupt().as_raw_value(),
            _ = terminate.recv() => SignalKind::terminate().as_raw_value(),
            _ = hangup.recv() => SignalKind::hangup().as_raw_value(),
        }
    }
}

/// Ends when standard input does. Only a pipe can end; with anything else there this never does.
pub(crate) async fn stdin_ended() {
    let input = std::io::stdin().as_fd().try_clone_to_owned();
    let Ok(mut pipe) = input.and_then(Receiver::from_owned_fd) else {
        return std::future::pending().await;
    };
    let mut buffer = [0; 64];
    while pipe.read(&mut buffer).await.is_ok_and(|read| read > 0) {}
}
