//! The SSH server.
//!
//! ```text
//! accept ─▶ visit: one connection ─▶ visitor: the library's callbacks ─▶ channels: what each is for
//!                                                    │                        │
//!                                     forwards ◀─────┘      intake ─▶ program, tunnel ─▶ agent
//! ```
//!
//! | module | holds |
//! |---|---|
//! | `visitor` | one connection: who it is, its channels, what it asks for |
//! | `lanes` | the channels of a connection, and what comes on each |
//! | `intake` | what a client sent and the sandbox has not taken yet |
//! | `program` | a channel that runs something |
//! | `tunnel` | a channel that only carries bytes: SFTP, ports, sockets |
//! | `forwards` | listeners in the sandbox whose visitors are led to the client |
//! | `severable` | a connection that can be cut |

mod forwards;
mod intake;
mod lanes;
mod program;
mod severable;
mod tunnel;
mod visitor;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use russh::server::Config;
use russh::{Disconnect, MethodKind, MethodSet, SshId};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;

use crate::{Gate, HostKey};
use severable::Severable;
use visitor::Visitor;

/// Who does not say by then who they are is cut off.
const LOGIN_PATIENCE: Duration = Duration::from_secs(30);
/// How long whoever shows a token that opens nothing waits for the answer.
const REFUSAL_PAUSE: Duration = Duration::from_millis(800);
/// A client that is silent for this long is asked whether it is there, and cut off when it does not answer thrice.
const KEEPALIVE: Duration = Duration::from_secs(30);
/// How often an open connection counts as use of its sandbox (control-plane.md §2.7).
const ACTIVITY_EVERY: Duration = Duration::from_secs(45);
/// Pause after the system refused a connection, for want of descriptors for instance.
const REFUSED_PAUSE: Duration = Duration::from_millis(50);
/// How long a farewell may take.
const FAREWELL: Duration = Duration::from_secs(1);

/// What every connection shares. Cheap to clone.
#[derive(Clone)]
pub struct Gateway {
    gate: Arc<dyn Gate>,
    config: Arc<Config>,
    /// Where clients' input is kept that a sandbox does not take.
    spool: PathBuf,
}

impl std::fmt::Debug for Gateway {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Gateway").field("spool", &self.spool).finish_non_exhaustive()
    }
}

impl Gateway {
    /// A gateway that is known by `key` and lets in whom `gate` does. `spool` is a directory for files without names.
    #[must_use]
    pub fn new(key: &HostKey, gate: Arc<dyn Gate>, spool: PathBuf) -> Self {
        let config = Config {
            server_id: SshId::Standard(concat!("SSH-2.0-Pitlane_", env!("CARGO_PKG_VERSION")).into()),
            methods: MethodSet::from(&[MethodKind::None, MethodKind::PublicKey][..]),
            auth_rejection_time: REFUSAL_PAUSE,
            keys: vec![key.0.clone()],
            keepalive_interval: Some(KEEPALIVE),
            keepalive_max: 3,
            inactivity_timeout: None,
            nodelay: true,
            ..Config::default()
        };
        Self { gate, config: Arc::new(config), spool }
    }

    /// Takes connections until `stop` ends; those that are open then are closed.
    pub async fn serve(&self, listener: TcpListener, stop: impl Future<Output = ()>) {
        let closing = CancellationToken::new();
        let _close = closing.clone().drop_guard();
        let accepting = async {
            loop {
                match listener.accept().await {
                    Ok((stream, _)) => {
                        tokio::spawn(self.clone().visit(stream, closing.clone()));
                    }
                    Err(error) => {
                        tracing::warn!(%error, "failed to accept an SSH client");
                        tokio::time::sleep(REFUSED_PAUSE).await;
                    }
                }
            }
        };
        tokio::select! {
            () = accepting => {}
            () = stop => {}
        }
    }

    /// Serves one connection to its end.
    async fn visit(self, stream: TcpStream, closing: CancellationToken) {
        // What is typed must not wait for acknowledgements.
        let _ = stream.set_nodelay(true);
        let cut = CancellationToken::new();
        let (visitor, mut admitted) = Visitor::new(&self);
        let stream = Severable::new(stream, &cut);
        let _cut = cut.clone().drop_guard();
        let starting = russh::server::run_stream(Arc::clone(&self.config), stream, visitor);
        let Ok(Ok(mut session)) = tokio::time::timeout(LOGIN_PATIENCE, starting).await else { return };
        let handle = session.handle();
        let guest = tokio::select! {
            _ = &mut session => return,
            () = closing.cancelled() => return,
            guest = tokio::time::timeout(LOGIN_PATIENCE, admitted.wait_for(Option::is_some)) => {
                let Ok(Ok(guest)) = guest else { return };
                guest.clone()
            }
        };
        let Some(guest) = guest else { return };
        let used = async {
            let mut ticks = tokio::time::interval(ACTIVITY_EVERY);
            loop {
                ticks.tick().await;
                guest.touch();
            }
        };
        tokio::select! {
            // A broken connection is nobody's business but its client's.
            _ = &mut session => return,
            () = used => {}
            () = closing.cancelled() => {}
            () = guest.ended() => {}
        }
        let farewell = async {
            let words = "The sandbox was stopped.".to_owned();
            let _ = handle.disconnect(Disconnect::ByApplication, words, String::new()).await;
            let _ = session.await;
        };
        let _ = tokio::time::timeout(FAREWELL, farewell).await;
    }
}
