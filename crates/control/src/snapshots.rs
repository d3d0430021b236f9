//! Snapshots that need no registry: the host's own root, under a few names.

use crate::record::{Class, Resources};

/// A snapshot a sandbox can be made from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Snapshot {
    pub(crate) name: String,
    pub(crate) resources: Resources,
    pub(crate) class: Class,
}

/// The snapshot whose sandboxes can be paused and forked.
pub(crate) const MACHINE: &str = "linux-vm";

/// Names every installation knows, with what their sandboxes get. The sizes are those of the hosted service's own
/// general snapshots.
const BUILT_IN: &[(&str, Resources)] = &[
    ("daytonaio/sandbox:0.5.0-slim", SMALL),
    ("daytonaio/sandbox:latest", SMALL),
    ("default", SMALL),
    (MACHINE, SMALL),
    ("daytona-small", SMALL),
    ("daytona-medium", Resources { cpu: 2, gpu: 0, memory: 4, disk: 8 }),
    ("daytona-large", Resources { cpu: 4, gpu: 0, memory: 8, disk: 10 }),
];

/// What a sandbox gets whose maker said nothing.
pub(crate) const SMALL: Resources = Resources { cpu: 1, gpu: 0, memory: 1, disk: 3 };

/// The snapshot called `name`; the configured default is known under whatever name it has.
pub(crate) fn find(name: &str, default_snapshot: &str) -> Option<Snapshot> {
    let built_in = BUILT_IN.iter().find(|(known, _)| *known == name).map(|(_, resources)| *resources);
    let resources = built_in.or_else(|| (name == default_snapshot).then_some(SMALL))?;
    let class = if name == MACHINE { Class::LinuxVm } else { Class::Container };
    Some(Snapshot { name: name.to_owned(), resources, class })
}
