//! What builds images: sandboxes of the same runtime, with logs and contexts below the root.

use std::path::Path;
use std::sync::Arc;

use control::{Config, SandboxBuilder, Workshop};

use crate::failure::Failure;

/// Where logs lie, below the root.
const LOGS: &str = "builds";

/// Where contexts are unpacked while they are needed, below the root.
const SCRATCH: &str = "unpacked";

/// A workshop below `root`. What a dead server unpacked there goes.
pub(crate) fn workshop(config: &Config, root: &Path) -> Result<Workshop, Failure> {
    let scratch = root.join(SCRATCH);
    match std::fs::remove_dir_all(&scratch) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            return Err(Failure::io(format!("clear {}", scratch.display()))(error));
        }
        _ => {}
    }
    std::fs::create_dir_all(&scratch).map_err(Failure::io(format!("make {}", scratch.display())))?;
    let builder = SandboxBuilder {
        holder: Arc::clone(&config.holder),
        ids: Arc::clone(&config.ids),
        clock: Arc::clone(&config.clock),
        objects: config.objects.clone(),
        region: config.region.clone(),
        scratch,
    };
    Ok(Workshop { builder: Arc::new(builder), logs: root.join(LOGS) })
}
