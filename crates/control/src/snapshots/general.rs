//! Snapshots that need no registry: the host's own root, under a few names, offered to everybody.

use std::sync::Arc;

use contract::control::types::SnapshotState;
use jiff::Timestamp;

use super::record::{Base, SnapshotRecord};
use crate::record::{Class, Resources};

/// The snapshot whose sandboxes can be paused and forked.
pub(crate) const MACHINE: &str = "linux-vm";

/// Names every installation knows, with the id each has and what its sandboxes get. The sizes are those of the hosted
/// service's own general snapshots.
const BUILT_IN: &[(&str, &str, Resources)] = &[
    ("daytonaio/sandbox:0.5.0-slim", "5f0c0de0-0000-4000-8000-000000000001", SMALL),
    ("daytonaio/sandbox:latest", "5f0c0de0-0000-4000-8000-000000000002", SMALL),
    ("default", "5f0c0de0-0000-4000-8000-000000000003", SMALL),
    (MACHINE, "5f0c0de0-0000-4000-8000-000000000004", SMALL),
    ("daytona-small", "5f0c0de0-0000-4000-8000-000000000005", SMALL),
    (
        "daytona-medium",
        "5f0c0de0-0000-4000-8000-000000000006",
        Resources { cpu: 2, gpu: 0, memory: 4, disk: 8 },
    ),
    (
        "daytona-large",
        "5f0c0de0-0000-4000-8000-000000000007",
        Resources { cpu: 4, gpu: 0, memory: 8, disk: 10 },
    ),
];

/// The id of the configured default where it has a name of its own.
const DEFAULT_ID: &str = "5f0c0de0-0000-4000-8000-000000000000";

/// What a sandbox gets whose maker said nothing.
pub(crate) const SMALL: Resources = Resources { cpu: 1, gpu: 0, memory: 1, disk: 3 };

/// Every general snapshot; the configured default is the first, under whatever name it has.
pub(crate) fn all(default_snapshot: &str, region: &str, since: Timestamp) -> Vec<Arc<SnapshotRecord>> {
    let named =
        |(name, id, resources): &(&str, &str, Resources)| snapshot(name, id, *resources, region, since);
    let mut all: Vec<_> = BUILT_IN.iter().map(named).collect();
    match all.iter().position(|snapshot| snapshot.name == default_snapshot) {
        Some(position) => all[..=position].rotate_right(1),
        None => all.insert(0, snapshot(default_snapshot, DEFAULT_ID, SMALL, region, since)),
    }
    all
}

fn snapshot(
    name: &str,
    id: &str,
    resources: Resources,
    region: &str,
    since: Timestamp,
) -> Arc<SnapshotRecord> {
    Arc::new(SnapshotRecord {
        id: id.to_owned(),
        organization_id: String::new(),
        name: name.to_owned(),
        image_name: Some(name.to_owned()),
        region: region.to_owned(),
        state: SnapshotState::Active,
        size: Some(0),
        entrypoint: None,
        resources,
        gpu_type: None,
        class: if name == MACHINE { Class::LinuxVm } else { Class::Container },
        error_reason: None,
        build: None,
        source_sandbox_id: None,
        base: Base::default(),
        created_at: since,
        updated_at: since,
        last_used_at: None,
        deactivated_at: None,
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn the_default_comes_first_whatever_it_is_called_and_no_two_share_a_name_or_an_id() {
        for default in ["daytonaio/sandbox:0.5.0-slim", "daytona-small", "of-my-own:1"] {
            let all = all(default, "us", Timestamp::UNIX_EPOCH);
            assert_eq!(all[0].name, default);
            assert_eq!(all.iter().map(|one| &one.name).collect::<BTreeSet<_>>().len(), all.len());
            assert_eq!(all.iter().map(|one| &one.id).collect::<BTreeSet<_>>().len(), all.len());
        }
    }
}
