//! A root of its own for a sandbox: namespaces, mounts, credentials.
//!
//! ```text
//! server                          stage one                        the agent, pid 1 of the sandbox
//! ──────                          ─────────                        ───────────────────────────────
//! lays the tree out (skeleton)
//! spawns, sends Enclose ────────▶ unshares, forks ───────────────▶ mounts the root, moves into it
//! adopts it ◀─────── Divided{pid} ┘
//!           ────── Adopted ─────▶ ends ───── end of the gate ────▶ says Enclosed
//! sends Configure ──────────────────────────────────────────────▶ takes its names, puts on the sandbox's user, serves
//! ```
//!
//! Stage one ends so that a sandbox costs one process: the agent becomes the server's child, which is the heir of all.
//! Whose root it is becomes known only with the last step, so that all before can be done ahead.
//!
//! **Two ways to map users.** An ordinary user may map nobody but itself; the whole set-up then happens inside the new
//! user namespace, and the host's files belong to nobody in there. A privileged server mounts first, with its own
//! rights, shows the host's files through mappings that give them to the sandbox's own `root`, and enters a user
//! namespace of a whole range last. So nothing in a sandbox ever runs as the host's root, no sandbox can undo a mount,
//! and its root may change every file it sees: the changes are the sandbox's own.

mod enter;
mod kernel;
mod lay;
mod loopback;
mod mounts;
mod names;
pub(crate) mod shared;
pub(crate) mod shell;
pub(crate) mod skeleton;
pub(crate) mod visible;

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::root::Root;
use shell::Shell;

pub(crate) use enter::{Side, build, divide, hold_user_namespace, move_in};

/// Where the tool directory is seen in a sandbox.
pub(crate) const TOOLS: &str = "/run/pitlane";
/// The ordinary user of a sandbox, and its group (control-plane.md §2.5).
pub(crate) const USER: &str = "daytona";
/// Its number inside.
pub(crate) const USER_ID: u32 = 1000;
/// The first number of the host that stands for a number inside, where a range is mapped. Far above what hosts hand to
/// people, services and other containers.
pub(crate) const FIRST_ID: u32 = 0x7000_0000;
/// How many numbers are mapped.
pub(crate) const ID_COUNT: u32 = 0x1_0000;

/// Which users exist inside.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Mapping {
    /// The sandbox's user only, which is the server's own on the host.
    Single,
    /// A whole range; the user namespace comes along with the configuration.
    Range,
}

/// What a sandbox's root is made of. Paths are the host's.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Enclosure {
    /// The directory of all sandboxes of the server.
    pub(crate) server_root: PathBuf,
    /// The sandbox's tree.
    pub(crate) tree: PathBuf,
    /// What `/` is made of: a directory of its own in the tree, or one that many share, and nobody can write to.
    pub(crate) root: PathBuf,
    /// Names of the host's top-level directories it sees a copy of, by one overlay over the host's root.
    pub(crate) joined: Vec<String>,
    /// The same, by an overlay each.
    pub(crate) apart: Vec<String>,
    /// Directories it sees read-only, at the same path.
    pub(crate) exposed: Vec<PathBuf>,
    /// The tool directory.
    pub(crate) tools: PathBuf,
    /// The number of its user inside.
    pub(crate) user_id: u32,
    pub(crate) mapping: Mapping,
    /// Whether its copy of the system may be lost when the machine crashes. Otherwise the whole file system is written out
    /// whenever the sandbox ends, for which everybody waits.
    pub(crate) volatile: bool,
    /// Names of the layers of the image below its own files, the topmost first; then `root` is empty, and `/` is made when
    /// the mounts are.
    pub(crate) layers: Vec<String>,
    /// Directories it shares with other sandboxes, those that others lie in first.
    pub(crate) volumes: Vec<shared::Shared>,
}

impl Enclosure {
    /// Where the parts of a tree called `name` lie in the layers below it, as seen from the tree.
    fn below(&self, name: &str) -> Vec<PathBuf> {
        let parts = self.layers.iter().map(|layer| Root::layer_from_tree(layer).join(name));
        parts.filter(|part| std::fs::symlink_metadata(part).is_ok_and(|part| part.is_dir())).collect()
    }

    /// The same, as the server sees them.
    fn below_tree(&self, name: &str) -> Vec<PathBuf> {
        let parts = self.layers.iter().map(|layer| self.tree.join(Root::layer_from_tree(layer)).join(name));
        parts.filter(|part| std::fs::symlink_metadata(part).is_ok_and(|part| part.is_dir())).collect()
    }

    /// What its `/` is to have.
    fn shell(&self) -> Shell {
        Shell {
            lowered: self.joined.iter().chain(&self.apart).cloned().collect(),
            exposed: self.exposed.clone(),
            user_id: self.user_id,
            mapping: self.mapping,
        }
    }
}

/// Who moves into a root.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Resident {
    /// The sandbox's host name.
    pub(crate) hostname: String,
    /// The number of its user inside; the root was made for the same.
    pub(crate) user_id: u32,
    pub(crate) mapping: Mapping,
    /// Whether it has a network of its own, with nothing in it but itself.
    pub(crate) network_blocked: bool,
}

/// The number on the host of a user inside, where a range is mapped.
pub(crate) fn host_id(inside: u32) -> u32 {
    FIRST_ID + inside
}
