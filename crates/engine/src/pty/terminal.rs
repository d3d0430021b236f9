//! A running terminal: what carries bytes in and out, and sees the end.
//!
//! ```text
//! input queue ─▶ type_in ─▶ Pty ─▶ program
//!                            │
//! readers ◀── Ring ◀── carry ┘   carry also waits for the shell's end, drains what is left, and tells of it
//! ```

use std::future::poll_fn;
use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, timeout, timeout_at};

use super::device::Pty;
use super::ring::Ring;
use crate::spawn::{Child, Exit, Leash};

/// Most bytes read in one go (toolbox-processes.md §8).
const READ_SIZE: usize = 32 * 1024;
/// Messages typed and not taken yet; whoever types more has to wait.
const INPUT_QUEUE: usize = 64;
/// How long the terminal waits for readers that are too far behind before it goes on without them. A reader counts as
/// working while it takes [`WORKING`] bytes in that time.
const PATIENCE: Duration = Duration::from_secs(1);
const WORKING: u64 = 1 << 20;
/// Longest time after the shell's end that leftover output is waited for.
const DRAIN_LIMIT: Duration = Duration::from_secs(5);

/// How a terminal ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// Its shell did.
    Exited(Exit),
    /// Somebody deleted it.
    Deleted,
}

/// The parts of a terminal whose shell was started. Cheap to clone.
#[derive(Clone, Debug)]
pub(super) struct Running {
    pub(super) pty: Arc<dyn Pty>,
    pub(super) input: mpsc::Sender<Bytes>,
    pub(super) leash: Leash,
}

/// Starts carrying. `left` is called when the shell has ended, before the last output is drained.
pub(super) fn run(
    pty: Arc<dyn Pty>,
    child: Child,
    ring: Arc<Ring>,
    ended: watch::Sender<Option<Ending>>,
    silence: Duration,
    left: impl FnOnce() + Send + 'static,
) -> Running {
    let (input, typed) = mpsc::channel(INPUT_QUEUE);
    let leash = child.leash();
    let typing = tokio::spawn(type_in(Arc::clone(&pty), typed));
    let carrier = Arc::clone(&pty);
    tokio::spawn(async move {
        let exit = carry(&*carrier, child, &ring, silence, left).await;
        ended.send_if_modified(|ending| {
            let first = ending.is_none();
            ending.get_or_insert(Ending::Exited(exit));
            first
        });
        ring.close();
        typing.abort();
    });
    Running { pty, input, leash }
}

async fn type_in(pty: Arc<dyn Pty>, mut typed: mpsc::Receiver<Bytes>) {
    while let Some(mut bytes) = typed.recv().await {
        while !bytes.is_empty() {
            match poll_fn(|context| pty.poll_write(context, &bytes)).await {
                Ok(count) => drop(bytes.split_to(count)),
                Err(error) => return tracing::debug!(%error, "a terminal takes no input any more"),
            }
        }
    }
}

/// Carries output until the shell has ended and nothing follows.
async fn carry(pty: &dyn Pty, mut child: Child, ring: &Ring, silence: Duration, left: impl FnOnce()) -> Exit {
    let mut buffer = BytesMut::new();
    let exit = loop {
        tokio::select! {
            exit = child.wait() => break exit,
            open = carry_once(pty, ring, &mut buffer) => if !open { break child.wait().await },
        }
    };
    left();
    let limit = Instant::now() + DRAIN_LIMIT;
    loop {
        // Programs that outlive the shell may hold the terminal for ever.
        let patience = (Instant::now() + silence).min(limit);
        match timeout_at(patience, carry_once(pty, ring, &mut buffer)).await {
            Ok(true) if Instant::now() < limit => {}
            _ => return exit,
        }
    }
}

/// Carries one read, once there is room for it; false when nothing follows. Nothing is lost when it is cancelled.
async fn carry_once(pty: &dyn Pty, ring: &Ring, buffer: &mut BytesMut) -> bool {
    make_room(ring).await;
    // Kept from one call to the next, so that only what was read costs memory.
    buffer.resize(READ_SIZE, 0);
    let count = match poll_fn(|context| pty.poll_read(context, &mut buffer[..])).await {
        Ok(count) => count,
        Err(error) => {
            tracing::warn!(%error, "a terminal cannot be read");
            0
        }
    };
    ring.push(Bytes::copy_from_slice(&buffer[..count]));
    count > 0
}

/// Waits for readers that are too far behind as long as they get on, and goes on without those that do not.
async fn make_room(ring: &Ring) {
    while let Some(slowest) = ring.full_since() {
        if timeout(PATIENCE, ring.room()).await.is_err() {
            ring.cut_off_before(slowest + WORKING);
        }
    }
}
