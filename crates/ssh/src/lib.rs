//! SSH into sandboxes: the gateway in the server, and what it talks to in the agent (control-plane.md §3.3,
//! toolbox-processes.md §7.6).
//!
//! ```text
//! client ── SSH ──▶ gateway ── one stream for each channel ──▶ agent ─▶ engine: shell, command, files, dialled ports
//!                      └──▶ Gate: whom a token lets in
//! ```
//!
//! The gateway ends the SSH protocol and moves bytes; whatever is started, opened or dialled is inside the sandbox, by
//! its own user and in its own network, with no right the gateway has. Owns the words the two speak ([`wire`]). Knows
//! nothing of organizations, records or how a sandbox is held: who is let in and how the agent is reached comes by
//! [`Gate`] and [`Guest`].
//!
//! | module | holds |
//! |---|---|
//! | [`gateway`] | the SSH server: authentication, channels, forwarding |
//! | [`agent`] | the inner half: programs, SFTP, dialling and listening |
//! | [`wire`] | what they say to each other |
//! | [`HostKey`] | the gateway's key, kept in a file or made for once |

pub mod agent;
pub mod gateway;
mod host_key;
pub mod wire;

use std::io;
use std::sync::Arc;

use futures_util::future::BoxFuture;
use tokio::io::{AsyncRead, AsyncWrite};

pub use gateway::Gateway;
pub use host_key::{HostKey, HostKeyError};

/// A stream to an agent.
pub trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

/// Decides who comes in.
pub trait Gate: Send + Sync + 'static {
    /// Whom a token lets in now, if anybody.
    fn admit(&self, token: &str) -> Option<Arc<dyn Guest>>;
}

/// Somebody who was let in to one sandbox.
pub trait Guest: Send + Sync + 'static {
    /// Opens a stream to the sandbox's agent, served there by [`agent::Inner`].
    fn open(&self) -> BoxFuture<'_, Result<Box<dyn Stream>, OpenError>>;
    /// Notes that the sandbox is in use.
    fn touch(&self);
    /// Ends when the sandbox's processes do.
    fn ended(&self) -> BoxFuture<'static, ()>;
}

/// Why the sandbox is not reached; the text is for the user.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// It does not run, or does not answer.
    #[error("{0}")]
    Refused(String),
    /// The stream broke.
    #[error("The sandbox broke off: {0}")]
    Broken(#[from] io::Error),
}
