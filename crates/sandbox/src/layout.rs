//! The directories and the environment of one sandbox.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs::{DirBuilder, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::SandboxSpec;

/// Names the run's root in the environment of every process of a sandbox, so that a sweep finds it.
pub(crate) const RUN_VARIABLE: &str = "PITLANE_RUN";

/// Stands in a client's `PATH` for the one a sandbox has by itself, which is another on every machine and rung.
pub const SANDBOX_PATH: &str = "${PITLANE_PATH}";

/// Where a sandbox's files are. All paths are absolute.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Directories {
    /// The tree itself.
    pub tree: PathBuf,
    /// What the API calls `/home/daytona`; `HOME` and the work directory.
    pub home: PathBuf,
    /// `TMPDIR`.
    pub temp: PathBuf,
    /// What the API calls `/workspace`.
    pub workspace: PathBuf,
    /// The platform's own files: the agent's log.
    pub run: PathBuf,
}

impl Directories {
    /// The directories below `tree`.
    #[must_use]
    pub fn below(tree: PathBuf) -> Self {
        Self {
            home: tree.join("home"),
            temp: tree.join("tmp"),
            workspace: tree.join("workspace"),
            run: tree.join("run"),
            tree,
        }
    }

    /// What they are called in a sandbox with a root of its own.
    pub(crate) fn inside(home: PathBuf) -> Self {
        let (tree, temp, workspace) =
            (PathBuf::from("/"), PathBuf::from("/tmp"), PathBuf::from("/workspace"));
        Self { home, run: temp.clone(), temp, workspace, tree }
    }

    /// Makes them; nobody but this user may look in.
    pub(crate) fn make(&self) -> io::Result<()> {
        DirBuilder::new().mode(0o700).create(&self.tree)?;
        self.mend()
    }

    /// Makes those a client has deleted again.
    pub(crate) fn mend(&self) -> io::Result<()> {
        for (path, mode) in
            [(&self.home, 0o755), (&self.temp, 0o1777), (&self.workspace, 0o755), (&self.run, 0o700)]
        {
            match DirBuilder::new().mode(mode).create(path) {
                // The umask has a say in `create`, so the mode is set once more.
                Ok(()) => std::fs::set_permissions(path, Permissions::from_mode(mode))?,
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

/// Whether `id` is one plain path component.
pub(crate) fn is_valid_id(id: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    !id.is_empty() && id.len() <= 128 && !id.starts_with('.') && id.bytes().all(plain)
}

/// The whole environment of a sandbox's commands (`control-plane.md §2.5`): nothing of the server's own is in it, and
/// the client's values win over the platform's.
pub(crate) fn environment(
    spec: &SandboxSpec,
    directories: &Directories,
    path: &OsStr,
    shell: &Path,
    root: &Path,
) -> BTreeMap<String, String> {
    let text = |path: &Path| path.to_string_lossy().into_owned();
    let mut environment: BTreeMap<String, String> = [
        ("PATH", path.to_string_lossy().into_owned()),
        ("HOME", text(&directories.home)),
        ("TMPDIR", text(&directories.temp)),
        ("USER", spec.user.clone()),
        ("LOGNAME", spec.user.clone()),
        ("LANG", "C.UTF-8".to_owned()),
        ("SHELL", text(shell)),
        ("DAYTONA_SANDBOX_ID", spec.id.clone()),
        ("DAYTONA_SANDBOX_SNAPSHOT", spec.snapshot.clone()),
        ("DAYTONA_SANDBOX_USER", spec.user.clone()),
        ("DAYTONA_ORGANIZATION_ID", spec.organization.clone()),
        ("DAYTONA_REGION_ID", spec.region.clone()),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), value))
    .collect();
    if spec.workdir.is_none() {
        environment.insert("DAYTONA_USER_HOME_AS_WORKDIR".to_owned(), "true".to_owned());
    }
    if spec.builds || spec.image.is_some() {
        environment.extend(installed(directories, path));
    }
    for (name, value) in &spec.env {
        // No process can be given such a variable; the rest of the environment must not be lost with it.
        if name.is_empty() || name.contains(['=', '\0']) || value.contains('\0') {
            tracing::warn!(sandbox = %spec.id, ?name, "dropped an environment variable that no process can carry");
            continue;
        }
        let value = match environment.get("PATH") {
            Some(own) if name == "PATH" => value.replace(SANDBOX_PATH, own),
            _ => value.clone(),
        };
        environment.insert(name.clone(), value);
    }
    environment.insert(RUN_VARIABLE.to_owned(), text(root));
    environment
}

/// Where installers put what belongs to an image, and where it is found in sandboxes made from it.
///
/// The machine's interpreters may be read-only or belong to nobody, so that installers fall back to a user's own place,
/// which is another for the one who builds. One place in the home directory is right for both, on every rung.
fn installed(directories: &Directories, path: &OsStr) -> Vec<(String, String)> {
    let has_root = directories.tree == Path::new("/");
    let home = if has_root { Path::new("/home/daytona") } else { &directories.home };
    let prefix = home.join(".local").to_string_lossy().into_owned();
    let mut variables = vec![
        ("PATH", format!("{prefix}/bin:{}", path.to_string_lossy())),
        ("PYTHONUSERBASE", prefix.clone()),
        ("NPM_CONFIG_PREFIX", prefix),
        // A distribution's Python would send everybody to virtual environments; images of Python do not.
        ("PIP_BREAK_SYSTEM_PACKAGES", "1".to_owned()),
    ];
    if !has_root {
        // pip asks who may write to the machine's own packages, and confinement does not answer that.
        variables.push(("PIP_USER", "1".to_owned()));
    }
    variables.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spec(env: &[(&str, &str)]) -> SandboxSpec {
        SandboxSpec {
            id: "s1".into(),
            organization: "o1".into(),
            user: "daytona".into(),
            snapshot: "snap".into(),
            region: "local".into(),
            env: env.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
            network: crate::Network::Host,
            entrypoint: Vec::new(),
            volumes: Vec::new(),
            image: None,
            workdir: None,
            builds: false,
        }
    }

    #[test]
    fn the_clients_values_win_and_impossible_ones_are_dropped() {
        let directories = Directories::below(PathBuf::from("/r/sandboxes/s1"));
        let spec =
            spec(&[("HOME", "/mine"), ("A=B", "c"), ("", "x"), ("NUL", "a\0b"), ("PITLANE_RUN", "/else")]);
        let environment =
            environment(&spec, &directories, OsStr::new("/bin"), Path::new("/bin/sh"), Path::new("/r"));
        assert_eq!(environment["HOME"], "/mine");
        assert_eq!(environment["TMPDIR"], "/r/sandboxes/s1/tmp");
        assert_eq!(environment["DAYTONA_SANDBOX_ID"], "s1");
        assert_eq!(
            environment[RUN_VARIABLE], "/r",
            "the mark a sweep looks for is not the client's to change"
        );
        assert!(!environment.keys().any(|name| name.contains('=') || name.is_empty() || name == "NUL"));
    }

    #[test]
    fn what_an_image_has_installed_is_found_on_every_rung() {
        let made = |directories: &Directories, env: &[(&str, &str)]| {
            let spec = SandboxSpec { image: Some("i".into()), ..spec(env) };
            environment(&spec, directories, OsStr::new("/bin"), Path::new("/bin/sh"), Path::new("/r"))
        };
        let plain = made(&Directories::below(PathBuf::from("/r/sandboxes/s1")), &[]);
        assert_eq!(plain["PATH"], "/r/sandboxes/s1/home/.local/bin:/bin");
        assert_eq!(
            (plain["PYTHONUSERBASE"].as_str(), plain["PIP_USER"].as_str()),
            ("/r/sandboxes/s1/home/.local", "1")
        );
        let inside = Directories::inside(PathBuf::from("/root"));
        let own = made(&inside, &[("PATH", "/opt/x:${PITLANE_PATH}"), ("OTHER", "${PITLANE_PATH}")]);
        assert_eq!(own["PATH"], "/opt/x:/home/daytona/.local/bin:/bin");
        assert_eq!(own["OTHER"], "${PITLANE_PATH}", "only a path is made whole");
        assert_eq!(own["NPM_CONFIG_PREFIX"], "/home/daytona/.local");
        assert!(!own.contains_key("PIP_USER"));
        let none =
            environment(&spec(&[]), &inside, OsStr::new("/bin"), Path::new("/bin/sh"), Path::new("/r"));
        assert!(!none.contains_key("PYTHONUSERBASE") && none["PATH"] == "/bin");
    }

    #[test]
    fn an_id_that_is_not_one_plain_component_is_refused() {
        for id in ["", ".", "..", "a/b", "a\0b", ".hidden", "ü", &"x".repeat(129)] {
            assert!(!is_valid_id(id), "{id:?}");
        }
        assert!(is_valid_id("0f6c1d2e-5b7a-4c39-9a52-0d0e8b8a3c11"));
    }
}
