//! VoidRun's API as a second dialect over the same control plane and engine.
//!
//! ```text
//! client ─▶ edge ─▶ server: key, sandbox, wakes it ─── one more request ──▶ agent, inside the sandbox ─▶ engine
//!                      └─ sandboxes, keys, images ─▶ control
//! ```
//!
//! | module | holds |
//! |---|---|
//! | [`server`] | the half beside the control plane: sandboxes, organizations, keys, images, and the way into a sandbox |
//! | [`agent`] | the half inside a sandbox: commands, terminals, files |
//! | `reply` | every answer and error of this API on the wire |
//! | `request` | reading of bodies and queries |
//! | `words` | what is answered when no operation is meant, and to strangers |
//!
//! Both halves serve operations of the one `voidrun` document. Thin by intent: parse, call, shape the answer. Where the
//! official document and the servers disagree, answers are what all released clients accept; [`Manner::Strict`] takes
//! the document's side (docs/quirks.md).

pub mod agent;
mod reply;
mod request;
pub mod server;
mod words;

/// What stands before the document's paths in requests to the half inside a sandbox.
pub const INNER_PREFIX: &str = "/voidrun";

/// Whose side is taken where the official document and the servers disagree.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Manner {
    /// What every released client accepts.
    #[default]
    Lenient,
    /// The official document's.
    Strict,
}

impl Manner {
    /// Whether it is the document's side.
    #[must_use]
    pub fn is_strict(self) -> bool {
        self == Self::Strict
    }
}
