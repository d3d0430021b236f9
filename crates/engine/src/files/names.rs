//! Names in a directory, sorted by their bytes, without an allocation for each of them.

use std::ffi::{CStr, OsStr};
use std::mem::MaybeUninit;
use std::os::unix::ffi::OsStrExt;

use nix::errno::Errno;
use rustix::fs::RawDir;

use crate::paths::fence::Located;

/// How many bytes of entries the kernel is asked for at a time.
const BATCH: usize = 32 * 1024;

/// All names of a directory but `.` and `..`.
#[derive(Debug, Default)]
pub(super) struct Names {
    /// One after the other, each with its final zero.
    bytes: Vec<u8>,
    order: Vec<Name>,
}

/// Where a name stands.
#[derive(Clone, Copy, Debug)]
pub(super) struct Name {
    /// Its first bytes, filled up with zeros, in which no name has one: most names are told apart by these.
    beginning: u64,
    start: usize,
    /// Without the final zero.
    length: usize,
}

impl Names {
    /// Reads a directory.
    pub(super) fn of(directory: &Located) -> Result<Self, Errno> {
        let directory = directory.reader()?;
        let mut names = Self::default();
        let mut batch = [MaybeUninit::uninit(); BATCH];
        let mut entries = RawDir::new(directory, &mut batch);
        while let Some(entry) = entries.next() {
            let entry = entry.map_err(|error| Errno::from_raw(error.raw_os_error()))?;
            names.add(entry.file_name());
        }
        let Self { bytes, order } = &mut names;
        let whole = |name: &Name| &bytes[name.start..name.start + name.length];
        order.sort_unstable_by(|one, other| {
            one.beginning.cmp(&other.beginning).then_with(|| whole(one).cmp(whole(other)))
        });
        Ok(names)
    }

    fn add(&mut self, name: &CStr) {
        let bytes = name.to_bytes();
        if matches!(bytes, b"." | b"..") {
            return;
        }
        let mut beginning = [0; 8];
        let common = bytes.len().min(beginning.len());
        beginning[..common].copy_from_slice(&bytes[..common]);
        let beginning = u64::from_be_bytes(beginning);
        self.order.push(Name { beginning, start: self.bytes.len(), length: bytes.len() });
        self.bytes.extend_from_slice(name.to_bytes_with_nul());
    }

    /// The names in their order, to be looked up with [`Self::text`].
    pub(super) fn order(&self) -> &[Name] {
        &self.order
    }

    /// One name, as the kernel takes it.
    pub(super) fn text(&self, name: &Name) -> &CStr {
        CStr::from_bytes_with_nul(&self.bytes[name.start..=name.start + name.length]).unwrap_or_default()
    }

    /// The names in their order.
    pub(super) fn iter(&self) -> impl Iterator<Item = &OsStr> {
        self.order.iter().map(|name| OsStr::from_bytes(self.text(name).to_bytes()))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::super::testing::Tree;
    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig { cases: 32, ..ProptestConfig::default() })]

        #[test]
        fn names_come_in_the_order_of_their_bytes(
            names in prop::collection::btree_set("[a-c.\u{e9}]{1,3}(prefix-of-eight)?[a-c]{0,12}", 0..40),
        ) {
            let tree = Tree::new();
            let names: BTreeSet<String> = names.into_iter().filter(|name| name != "." && name != "..").collect();
            std::fs::create_dir(tree.home("d")).unwrap();
            for name in &names {
                tree.write(&format!("d/{name}"), "");
            }
            let place = tree.paths.place("d").unwrap();
            let read = Names::of(&tree.paths.fence().open_directory(&place).unwrap()).unwrap();
            let read: Vec<_> = read.iter().map(|name| name.to_str().unwrap().to_owned()).collect();
            prop_assert_eq!(read, names.into_iter().collect::<Vec<_>>());
        }
    }
}
