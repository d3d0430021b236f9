//! Where a repository lies, and what an address of a remote means.

use std::path::{Path, PathBuf};

use nix::errno::Errno;
use nix::fcntl::OFlag;

use super::error::GitError;
use crate::Engine;
use crate::files::SystemError;
use crate::paths::Place;
use crate::paths::fence::Refusal;

/// A repository that was found.
#[derive(Clone, Debug)]
pub(super) struct Repository {
    /// Directory commands run in: the working tree, or the repository itself when it is bare.
    pub(super) root: PathBuf,
    /// Where history is kept.
    pub(super) git_dir: PathBuf,
    /// Whether there is no working tree.
    pub(super) bare: bool,
}

impl Repository {
    /// Refuses what has no files.
    pub(super) fn with_work_tree(self) -> Result<Self, GitError> {
        if self.bare {
            return Err(GitError::Other("worktree not available in a bare repository".to_owned()));
        }
        Ok(self)
    }
}

impl Engine {
    /// The repository whose root is at a path of the API. Directories above it are not looked at, and what points
    /// elsewhere, as a linked working tree does, is none.
    pub(super) fn repository(&self, path: &str) -> Result<Repository, GitError> {
        let place = self.paths().place(path).map_err(|_| GitError::NoRepository)?;
        let located = self.paths().fence().open_directory(&place).map_err(|_| GitError::NoRepository)?;
        let root = located.real;
        let inner = root.join(".git");
        if is_git_directory(&inner) {
            // Opened for the check alone: a link may lead out of the sandbox.
            let inside = self.paths().fence().open_path(&inner, OFlag::O_DIRECTORY);
            let git_dir = inside.map_err(|_| GitError::NoRepository)?.real;
            return Ok(Repository { root, git_dir, bare: false });
        }
        if is_git_directory(&root) {
            return Ok(Repository { git_dir: root.clone(), root, bare: true });
        }
        Err(GitError::NoRepository)
    }

    /// Where a directory that need not exist is, or will be.
    pub(super) fn new_directory(&self, path: &str) -> Result<PathBuf, GitError> {
        let refused = |errno: Errno| GitError::Other(SystemError::new("mkdir", path, errno).to_string());
        let place = self.paths().place(path).map_err(refused)?;
        let fence = self.paths().fence();
        if !fence.permits(&place.host) {
            return Err(refused(Errno::EACCES));
        }
        let mut missing = Vec::new();
        let mut existing: &Path = &place.host;
        loop {
            match fence.open_path(existing, OFlag::O_DIRECTORY) {
                Ok(located) => {
                    return Ok(missing.iter().rev().fold(located.real, |path, name| path.join(name)));
                }
                Err(Refusal::System(Errno::ENOENT)) => {
                    let (Some(parent), Some(name)) = (existing.parent(), existing.file_name()) else {
                        return Err(refused(Errno::ENOENT));
                    };
                    missing.push(name);
                    existing = parent;
                }
                Err(refusal) => return Err(refused(refusal.into())),
            }
        }
    }

    /// What git is to be given for an address: paths of the API become those of this machine, anything else stays.
    pub(super) async fn address(&self, address: &str) -> Result<String, GitError> {
        match kind(address) {
            Kind::Path(path) => {
                let host = self.existing(path)?;
                Ok(host.to_string_lossy().into_owned())
            }
            Kind::File(path) => Ok(format!("file://{}", self.existing(path)?.display())),
            Kind::Network => Ok(address.to_owned()),
            Kind::Shell | Kind::Unknown(_) => {
                self.reachable(address).await?;
                Ok(address.to_owned())
            }
        }
    }

    /// Whether there is a way to this address: none by ssh, for which there are no keys. Settings may turn an address
    /// into another, which is asked of git.
    pub(super) async fn reachable(&self, address: &str) -> Result<(), GitError> {
        if !matches!(kind(address), Kind::Shell | Kind::Unknown(_)) {
            return Ok(());
        }
        let asked = self.git(&self.config().temp_dir).arguments(["ls-remote", "--get-url", "--", address]);
        let resolved = asked.text().await?;
        match kind(resolved.trim_end()) {
            Kind::Shell => Err(GitError::Unauthenticated("invalid auth method")),
            Kind::Unknown(scheme) => Err(GitError::Other(format!("unsupported scheme {scheme:?}"))),
            _ => Ok(()),
        }
    }

    fn existing(&self, path: &str) -> Result<PathBuf, GitError> {
        let place: Place = self.paths().place(path).map_err(|_| GitError::NoRemoteRepository)?;
        let located = self.paths().fence().open_path(&place.host, OFlag::empty());
        // The name is kept as it is, links and all: it is what stands in the clone's configuration.
        located.map(|_| place.host).map_err(|_| GitError::NoRemoteRepository)
    }
}

/// What an address is.
enum Kind<'a> {
    Path(&'a str),
    File(&'a str),
    Network,
    Shell,
    Unknown(&'a str),
}

fn kind(address: &str) -> Kind<'_> {
    let Some((scheme, rest)) = address.split_once("://") else {
        let before_colon = address.split_once(':').map(|(host, _)| host);
        return match before_colon {
            Some(host) if !host.contains('/') => Kind::Shell,
            _ => Kind::Path(address),
        };
    };
    match scheme {
        "http" | "https" | "git" => Kind::Network,
        "file" => Kind::File(rest),
        "ssh" | "git+ssh" | "ssh+git" => Kind::Shell,
        other => Kind::Unknown(other),
    }
}

/// Whether history is kept in this directory itself; the parts of a linked working tree do not count.
pub(super) fn is_git_directory(path: &Path) -> bool {
    path.join("HEAD").symlink_metadata().is_ok()
        && path.join("objects").is_dir()
        && path.join("refs").is_dir()
        && !path.join("commondir").exists()
}
