//! What holds a sandbox: its directories, its agent process, the way to talk to it, and its end.
//!
//! Knows processes, directories and byte streams. Must not know what the agent serves (that is handed in by the
//! binary), what a sandbox means to a client, or any store: the control plane decides when, this crate does it.
//!
//! | module | owns |
//! |---|---|
//! | [`runtime`](Runtime) | the seam: rungs, capabilities, what a sandbox is asked to be |
//! | `local` | what all rungs of this machine share: starting, moving, removal |
//! | `places` | who runs, and who must not be started just now |
//! | `process` | the rung `process`: directories of its own, no namespaces |
//! | `namespace` | the rung `namespace`: a root of its own |
//! | `enclosure` | how that root is made, from both sides |
//! | `root` | where trees live: ephemeral or in a data directory, locks, sweep of what a dead server left |
//! | `layout` | directories and environment of one sandbox |
//! | `removal` | deleting a tree that may resist |
//! | `graves` | when that is done |
//! | `volumes` | directories sandboxes share |
//! | `images` | files sandboxes begin with: captured, named, shared |
//! | `archives` | trees put away into one file, brought back, and copied |
//! | `tree` | how that is done, entry by entry |
//! | `tools` | the tool directory and what of python, node … the host offers |
//! | `reserve` | one agent in reserve |
//! | `launch` | starting an agent and waiting until it is ready |
//! | `client` | requests to an agent, and its stop |
//! | [`handover`] | a client's own connection given to an agent |
//! | `wire` | the control socket: frames, and descriptors beside them |
//! | [`agent`] | the other end, in the sandbox: serves streams, reaps, ends its tree |
//! | `confine` | Landlock |
//! | `supervise` | the server as heir of what agents leave |
//! | `processes` | reading `/proc`, ending trees, the mark a sandbox's processes carry |

pub mod agent;
mod archives;
mod client;
mod confine;
mod enclosure;
mod graves;
pub mod handover;
mod images;
mod launch;
mod layout;
mod local;
mod namespace;
mod patient;
mod places;
mod process;
mod processes;
mod removal;
mod reserve;
mod root;
mod runtime;
mod supervise;
mod tools;
mod tree;
mod volumes;
mod wire;

pub use client::{Agent, AgentError, AgentExit};
pub use confine::is_possible as can_confine_writes;
pub use layout::{Directories, SANDBOX_PATH};
pub use local::{Ground, Local};
pub use namespace::{Namespace, NamespaceRuntime};
pub use process::{Process, ProcessRuntime};
pub use root::{Root, RootError, SweepReport};
pub use runtime::{
    Capability, Network, Pending, RemoveError, Rung, Runtime, RuntimeConfig, SandboxSpec, StartError,
    StorageError, VolumeMount,
};
pub use supervise::supervise;
pub use tools::{Tool, ToolDirectory};
