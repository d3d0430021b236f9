//! Landlock: writes of a sandbox's processes stay inside its tree, where the kernel can hold that.
//!
//! Only writing is confined: rules can allow below a directory but not forbid below an allowed one, so "read everything
//! but the other sandboxes" cannot be said.

use std::io;
use std::path::PathBuf;

use landlock::{
    ABI, AccessFs, BitFlags, CompatLevel, Compatible, Ruleset, RulesetAttr, RulesetCreatedAttr,
    RulesetStatus, path_beneath_rules,
};
use serde::{Deserialize, Serialize};

/// The first interface with truncation and with renames between directories: below it either files outside could be
/// emptied, or `mv` inside would break.
const REQUIRED: ABI = ABI::V3;

/// What writing is confined to.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Confinement {
    pub(crate) writable: Vec<PathBuf>,
}

fn writes() -> BitFlags<AccessFs> {
    AccessFs::from_write(REQUIRED)
}

/// Whether this kernel can keep the writes of commands inside their sandbox on the rung `process`.
#[must_use]
pub fn is_possible() -> bool {
    let ruleset = Ruleset::default().set_compatibility(CompatLevel::HardRequirement);
    ruleset.handle_access(writes()).and_then(Ruleset::create).is_ok()
}

/// Confines the calling thread and all threads and processes it will start. It also gives up gaining privileges by
/// set-uid programs, without which the kernel grants an ordinary user no confinement.
pub(crate) fn apply(confinement: &Confinement) -> io::Result<()> {
    let ruleset = Ruleset::default().set_compatibility(CompatLevel::HardRequirement);
    let ruleset = ruleset.handle_access(writes()).and_then(Ruleset::create).map_err(io::Error::other)?;
    // Folders a host does not have are left out by `path_beneath_rules`.
    let ruleset = ruleset
        .set_compatibility(CompatLevel::BestEffort)
        .add_rules(path_beneath_rules(&confinement.writable, writes()))
        .map_err(io::Error::other)?;
    let status = ruleset.restrict_self().map_err(io::Error::other)?;
    match status.ruleset {
        RulesetStatus::FullyEnforced => Ok(()),
        RulesetStatus::PartiallyEnforced | RulesetStatus::NotEnforced => {
            Err(io::Error::other("the kernel does not enforce it"))
        }
    }
}
