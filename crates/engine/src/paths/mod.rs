//! Where a path of the API lies on this machine, and whether the sandbox may touch it.
//!
//! ```text
//! caller's path ─▶ PathMap::place ─▶ Place { as written, absolute, host }
//!                                       └─▶ Fence::open ─▶ descriptor whose real place was checked
//! ```
//!
//! [`PathMap`] translates names: what a real sandbox calls `/home/daytona` and `/workspace` are directories of the
//! sandbox's own tree, relative paths count from the work directory, everything else is the machine's own path.
//! [`Fence`](fence::Fence) decides. The two are separate because the namespace rung needs neither: there the kernel
//! resolves paths inside the sandbox's own root, with no mounts and [`Containment::None`].

mod clean;
pub(crate) mod fence;

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use nix::errno::Errno;

pub use clean::clean;
use fence::Fence;

/// Whether the file API keeps inside the sandbox's tree.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Containment {
    /// Only the sandbox's own directories and the shared places answer; anything else is as if not permitted.
    #[default]
    Tree,
    /// The kernel holds the sandbox; every path it resolves is fine.
    None,
}

/// What a [`PathMap`] is built from. All paths but the first of a mount are paths of the machine.
#[derive(Clone, Debug, Default)]
pub struct PathRules {
    /// Names of a real sandbox and the directories standing in for them; the longest fitting name wins.
    pub mounts: Vec<(PathBuf, PathBuf)>,
    /// Directory relative paths count from.
    pub work_dir: PathBuf,
    /// Further directories of the sandbox's own tree, such as the one for temporary files.
    pub own: Vec<PathBuf>,
    /// Places outside the tree that the sandbox's commands use as well, directories or single files.
    pub shared: Vec<PathBuf>,
    /// Places that never answer although they may lie in a shared one: where all sandboxes are kept.
    pub withheld: Vec<PathBuf>,
    /// Whether any of this is enforced.
    pub containment: Containment,
}

impl PathRules {
    /// Temporary folders and the null device of the machine: commands on the process rung see them, so does the API.
    pub const SHARED: [&'static str; 3] = ["/tmp", "/var/tmp", "/dev/null"];

    /// The rules of the process rung: `home`, `workspace` and `temp` make up the tree, and `withheld` is the
    /// server's directory, with every sandbox's tree in it.
    #[must_use]
    pub fn process(
        home: PathBuf,
        workspace: PathBuf,
        temp: PathBuf,
        work_dir: PathBuf,
        withheld: PathBuf,
    ) -> Self {
        Self {
            mounts: vec![("/home/daytona".into(), home), ("/workspace".into(), workspace)],
            work_dir,
            own: vec![temp],
            shared: Self::SHARED.iter().map(PathBuf::from).collect(),
            withheld: vec![withheld],
            containment: Containment::Tree,
        }
    }

    /// The rules of a sandbox that has a root directory of its own.
    #[must_use]
    pub fn whole_root(work_dir: PathBuf) -> Self {
        Self { work_dir, containment: Containment::None, ..Self::default() }
    }
}

/// Translates the API's paths to the machine's. Cheap to clone.
#[derive(Clone, Debug)]
pub struct PathMap(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    /// Longest wire name first.
    mounts: Vec<(PathBuf, PathBuf)>,
    /// The work directory as the API names it.
    work_dir: PathBuf,
    fence: Fence,
}

impl PathMap {
    /// Takes the rules in. Looks the directories up on disk once, because they may be reached through links.
    #[must_use]
    pub fn new(rules: PathRules) -> Self {
        let PathRules { mut mounts, work_dir, mut own, shared, withheld, containment } = rules;
        own.extend(mounts.iter().map(|(_, host)| host.clone()));
        mounts.sort_by_key(|(wire, _)| std::cmp::Reverse(wire.components().count()));
        let fence = Fence::new(&own, &shared, &withheld, containment);
        let work_dir = wire_name(&mounts, &work_dir);
        Self(Arc::new(Inner { mounts, work_dir, fence }))
    }

    /// Puts a caller's path in its place. Nothing is looked up on disk.
    ///
    /// # Errors
    ///
    /// `EINVAL` when the path holds a NUL byte, `ENOENT` when it is empty, as the kernel says.
    pub fn place(&self, path: impl AsRef<Path>) -> Result<Place, Errno> {
        let path = path.as_ref();
        let bytes = path.as_os_str().as_bytes();
        if bytes.is_empty() {
            return Err(Errno::ENOENT);
        }
        if bytes.contains(&0) {
            return Err(Errno::EINVAL);
        }
        let absolute = clean(&self.0.work_dir.join(path));
        let host = self.on_this_machine(&absolute);
        let directory_only = bytes.ends_with(b"/") || bytes.ends_with(b"/.");
        Ok(Place { written: path.to_owned(), absolute, host, directory_only })
    }

    /// The path of this machine for a path of the API, for working directories of commands.
    ///
    /// # Errors
    ///
    /// As [`Self::place`].
    pub fn host_path(&self, path: impl AsRef<Path>) -> Result<PathBuf, Errno> {
        self.place(path).map(|place| place.host)
    }

    /// The API's name for a path of this machine.
    #[must_use]
    pub fn wire_path(&self, host: &Path) -> PathBuf {
        wire_name(&self.0.mounts, host)
    }

    pub(crate) fn fence(&self) -> &Fence {
        &self.0.fence
    }

    fn on_this_machine(&self, absolute: &Path) -> PathBuf {
        let mounted = self.0.mounts.iter().find_map(|(wire, host)| {
            let rest = absolute.strip_prefix(wire).ok()?;
            // Joining an empty rest would leave a slash at the end.
            Some(if rest.as_os_str().is_empty() { host.clone() } else { host.join(rest) })
        });
        mounted.unwrap_or_else(|| absolute.to_owned())
    }
}

fn wire_name(mounts: &[(PathBuf, PathBuf)], host: &Path) -> PathBuf {
    let named = mounts.iter().find_map(|(wire, root)| Some(wire.join(host.strip_prefix(root).ok()?)));
    clean(&named.unwrap_or_else(|| host.to_owned()))
}

/// A caller's path, put in its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// As the caller wrote it: answers and messages speak of this.
    pub written: PathBuf,
    /// Absolute in the API's own names, lexically clean.
    pub absolute: PathBuf,
    /// On this machine, lexically clean; links in it are not resolved.
    pub host: PathBuf,
    /// Whether it ends in a slash and so can only mean a directory.
    pub directory_only: bool,
}

impl Place {
    /// Last element of what the caller wrote, without slashes at its end: `.` stays `.`, `/` stays `/`.
    #[must_use]
    pub fn base_name(&self) -> &OsStr {
        let bytes = self.written.as_os_str().as_bytes();
        let end = bytes.iter().rposition(|byte| *byte != b'/').map_or(0, |last| last + 1);
        if end == 0 {
            return OsStr::new("/");
        }
        let start = bytes[..end].iter().rposition(|byte| *byte == b'/').map_or(0, |slash| slash + 1);
        OsStr::from_bytes(&bytes[start..end])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map() -> PathMap {
        PathMap::new(PathRules::process(
            "/data/1/home".into(),
            "/data/1/workspace".into(),
            "/data/1/temp".into(),
            "/data/1/home".into(),
            "/data".into(),
        ))
    }

    #[test]
    fn names_of_a_real_sandbox_mean_the_sandboxs_own_directories() {
        for (wire, host) in [
            ("/home/daytona", "/data/1/home"),
            ("/home/daytona/a/b", "/data/1/home/a/b"),
            ("/workspace/x", "/data/1/workspace/x"),
            ("/home/daytona2/x", "/home/daytona2/x"),
            ("/home", "/home"),
            ("/etc/hosts", "/etc/hosts"),
            ("a", "/data/1/home/a"),
            (".", "/data/1/home"),
            ("a/../b//c/.", "/data/1/home/b/c"),
            ("../../workspace/x", "/data/1/workspace/x"),
            ("../../../../etc", "/etc"),
            ("/home/daytona/../../workspace", "/data/1/workspace"),
            ("/data/1/home/x", "/data/1/home/x"),
        ] {
            assert_eq!(map().place(wire).unwrap().host, Path::new(host), "{wire}");
        }
    }

    #[test]
    fn the_absolute_form_speaks_the_apis_names() {
        assert_eq!(map().place("a/b").unwrap().absolute, Path::new("/home/daytona/a/b"));
        assert_eq!(map().wire_path(Path::new("/data/1/workspace/p")), Path::new("/workspace/p"));
        assert_eq!(map().wire_path(Path::new("/tmp/p")), Path::new("/tmp/p"));
    }

    #[test]
    fn nul_bytes_and_empty_paths_are_refused_in_the_kernels_terms() {
        assert_eq!(map().place("a\0b"), Err(Errno::EINVAL));
        assert_eq!(map().place(""), Err(Errno::ENOENT));
    }

    #[test]
    fn the_base_name_is_taken_from_what_was_written() {
        for (written, name) in
            [("/", "/"), ("a/", "a"), ("//a//", "a"), (".", "."), ("a/..", ".."), ("x/y", "y")]
        {
            assert_eq!(map().place(written).unwrap().base_name(), name, "{written}");
        }
    }
}
