//! Branches: listing, making, removing, switching (toolbox-files-git-desktop.md §3.4).
//!
//! Making and switching keep what is staged, where the real daemon throws it away (docs/quirks.md).

use super::error::GitError;
use super::place::Repository;
use super::reference::{is_hash, is_name};
use crate::Engine;

/// The local branches.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Branches {
    /// Names in order.
    pub names: Vec<String>,
    /// The one checked out, which need not have a commit yet.
    pub current: Option<String>,
}

impl Engine {
    /// The local branches of the repository at `path`.
    ///
    /// # Errors
    ///
    /// [`GitError::NoRepository`].
    pub async fn git_branches(&self, path: &str) -> Result<Branches, GitError> {
        let repository = self.repository(path)?;
        let format = "--format=%(HEAD)%(refname:lstrip=2)%00";
        let listed =
            self.git_in(&repository).arguments(["for-each-ref", format, "refs/heads"]).text().await?;
        let mut branches = Branches::default();
        for line in listed.split('\0').map(|line| line.trim_start_matches('\n')) {
            let (Some(mark), Some(name)) = (line.get(..1), line.get(1..)) else { continue };
            branches.names.push(name.to_owned());
            if mark == "*" {
                branches.current = Some(name.to_owned());
            }
        }
        if branches.current.is_none() {
            branches.current = self.current_branch(&repository).await?;
        }
        Ok(branches)
    }

    /// Makes a branch from HEAD and switches to it. Changes stay as they are; ones that are not staged are complained of
    /// afterwards, as the real daemon does.
    ///
    /// # Errors
    ///
    /// [`GitError::NoRepository`]; [`GitError::Missing`] without a commit; [`GitError::BranchExists`];
    /// [`GitError::Dirty`], when the branch is checked out already; [`GitError::Other`] for a name that cannot be.
    pub async fn git_create_branch(&self, path: &str, name: &str) -> Result<(), GitError> {
        let repository = self.repository(path)?.with_work_tree()?;
        let _turn = self.git_turn.lock().await;
        let dirty = self.has_unstaged(&repository).await?;
        if !is_name(name) {
            return Err(GitError::invalid_reference());
        }
        if self.is_branch(&repository, name).await? {
            return Err(GitError::BranchExists);
        }
        self.git_in(&repository).arguments(["checkout", "-q", "--no-track", "-b", name]).output().await?;
        if dirty { Err(GitError::Dirty) } else { Ok(()) }
    }

    /// Removes a branch, merged or not, checked out or not, there or not.
    ///
    /// # Errors
    ///
    /// [`GitError::NoRepository`].
    pub async fn git_delete_branch(&self, path: &str, name: &str) -> Result<(), GitError> {
        let repository = self.repository(path)?;
        let _turn = self.git_turn.lock().await;
        if !is_name(name) {
            return Ok(());
        }
        let reference = format!("refs/heads/{name}");
        self.git_in(&repository).arguments(["update-ref", "--no-deref", "-d", &reference]).output().await?;
        Ok(())
    }

    /// Switches to a local branch, or to a commit by its full name. Nothing happens when a tracked file has changes that
    /// are not staged.
    ///
    /// # Errors
    ///
    /// [`GitError::NoRepository`]; [`GitError::NoBranch`]; [`GitError::Dirty`].
    pub async fn git_checkout(&self, path: &str, target: &str) -> Result<(), GitError> {
        let repository = self.repository(path)?.with_work_tree()?;
        let _turn = self.git_turn.lock().await;
        let branch = is_name(target) && self.is_branch(&repository, target).await?;
        let how = if branch {
            "--no-guess"
        } else if is_hash(target) && self.is_commit(&repository, target).await? {
            "--detach"
        } else {
            return Err(GitError::NoBranch(target.to_owned()));
        };
        if self.has_unstaged(&repository).await? {
            return Err(GitError::Dirty);
        }
        self.git_in(&repository).arguments(["checkout", "-q", how, target, "--"]).output().await?;
        Ok(())
    }

    pub(super) async fn is_branch(&self, repository: &Repository, name: &str) -> Result<bool, GitError> {
        let reference = format!("refs/heads/{name}");
        let asked = ["show-ref", "--verify", "--quiet", "--", &reference];
        Ok(self.git_in(repository).arguments(asked).run().await?.code == 0)
    }

    pub(super) async fn is_commit(&self, repository: &Repository, hash: &str) -> Result<bool, GitError> {
        Ok(self.commit_named(repository, hash).await?.is_some())
    }

    /// The commit a revision stands for.
    pub(super) async fn commit_named(
        &self,
        repository: &Repository,
        revision: &str,
    ) -> Result<Option<String>, GitError> {
        if revision.starts_with('-') {
            return Ok(None);
        }
        let asked = ["rev-parse", "--quiet", "--verify", &format!("{revision}^{{commit}}")];
        let finished = self.git_in(repository).arguments(asked).run().await?;
        let name = String::from_utf8_lossy(&finished.output).trim_end().to_owned();
        Ok(Some(name).filter(|name| finished.code == 0 && is_hash(name)))
    }

    /// The branch HEAD stands for, with commits or without; none when it is a commit itself.
    pub(super) async fn current_branch(&self, repository: &Repository) -> Result<Option<String>, GitError> {
        let finished = self.git_in(repository).arguments(["symbolic-ref", "--quiet", "HEAD"]).run().await?;
        let name = String::from_utf8_lossy(&finished.output);
        let name = name.trim_end().strip_prefix("refs/heads/").map(ToOwned::to_owned);
        Ok(name.filter(|_| finished.code == 0))
    }
}
