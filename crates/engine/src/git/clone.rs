//! New repositories: empty ones and clones (toolbox-files-git-desktop.md §3.2, §3.5).

use std::fs;
use std::path::{Path, PathBuf};

use super::error::GitError;
use super::place::{Repository, is_git_directory};
use super::reference::{is_hash, is_name};
use super::run::{Credentials, Git};
use crate::Engine;

/// Branch of a new repository that names none.
const FIRST_BRANCH: &str = "master";

/// An empty repository to make.
#[derive(Clone, Debug, Default)]
pub struct InitRequest {
    /// Where; directories on the way are made.
    pub path: String,
    /// Whether it has no working tree.
    pub bare: bool,
    /// Name of its first branch.
    pub initial_branch: Option<String>,
}

/// A repository to copy.
#[derive(Clone, Debug, Default)]
pub struct CloneRequest {
    /// Where from; without a scheme a path of the sandbox.
    pub url: String,
    /// Where to; a directory that holds files already is fine, one that holds a repository is not.
    pub path: String,
    /// The only branch to copy; the one the remote points at when absent.
    pub branch: Option<String>,
    /// Full name of the commit to check out.
    pub commit: Option<String>,
    /// For this call; not kept.
    pub credentials: Option<Credentials>,
    /// Whether any certificate will do.
    pub insecure: bool,
    /// Commits of history; all when absent.
    pub depth: Option<u32>,
}

impl Engine {
    /// Makes an empty repository.
    ///
    /// # Errors
    ///
    /// [`GitError::Exists`]; [`GitError::Other`] for a branch name that cannot be.
    pub async fn git_init(&self, request: &InitRequest) -> Result<(), GitError> {
        let target = self.new_directory(&request.path)?;
        if holds_repository(&target) || is_git_directory(&target) {
            return Err(GitError::Exists("repository already exists"));
        }
        let branch =
            request.initial_branch.as_deref().filter(|name| !name.is_empty()).unwrap_or(FIRST_BRANCH);
        if !is_name(branch) {
            return Err(GitError::invalid_reference());
        }
        let git = self.git(&self.config().work_dir).arguments(["init", "--quiet", "--template="]);
        let git = git.argument(format!("--initial-branch={branch}"));
        let git = if request.bare { git.argument("--bare") } else { git };
        git.arguments(["--".to_owned(), text(&target)]).output().await?;
        Ok(())
    }

    /// Copies one branch of a repository and checks it out. A failed copy leaves no directory behind, but for a commit
    /// that is not there: then the branch is checked out.
    ///
    /// # Errors
    ///
    /// Those of a remote; [`GitError::Exists`]; [`GitError::Missing`] for an empty remote and an unknown commit;
    /// [`GitError::Other`] for an unknown branch.
    pub async fn git_clone(&self, request: &CloneRequest) -> Result<(), GitError> {
        let target = self.new_directory(&request.path)?;
        if holds_repository(&target) {
            return Err(GitError::Exists("repository already exists"));
        }
        let address = self.address(&request.url).await?;
        let occupied = fs::read_dir(&target).is_ok_and(|mut entries| entries.next().is_some());
        if !occupied {
            let made = Made(Some(target.clone()).filter(|target| !target.exists()));
            return made.keep_if(self.clone_to(request, &address, &target).await);
        }
        // Git refuses a directory with files in it, so the history is made beside them and moved in.
        let beside = tempfile::Builder::new().prefix(".clone-").tempdir_in(&target)?;
        let bare = self.fetch_all(request, &address, beside.path(), true).await?;
        fs::rename(&bare.git_dir, target.join(".git"))?;
        drop(beside);
        let repository = Repository { git_dir: target.join(".git"), root: target, bare: false };
        let finished = self.check_out(request, &repository).await;
        if finished.as_ref().is_err_and(|error| *error != GitError::Missing("object not found")) {
            // What was there before stays.
            let _kept = fs::remove_dir_all(&repository.git_dir);
        }
        finished
    }

    async fn clone_to(&self, request: &CloneRequest, address: &str, target: &Path) -> Result<(), GitError> {
        let wants_commit = request.commit.as_deref().is_some_and(|commit| !commit.is_empty());
        let repository = self.fetch_all(request, address, target, wants_commit).await?;
        if wants_commit { self.check_out(request, &repository).await } else { Ok(()) }
    }

    /// Copies, and refuses what has no such branch. With `bare_files` nothing is checked out yet.
    async fn fetch_all(
        &self,
        request: &CloneRequest,
        address: &str,
        target: &Path,
        no_checkout: bool,
    ) -> Result<Repository, GitError> {
        let branch = request.branch.as_deref().filter(|name| !name.is_empty());
        let git = self.git(&self.config().work_dir);
        let git = if request.insecure { git.setting("http.sslVerify=false") } else { git };
        let mut git = git.remote(address, request.credentials.as_ref())?;
        git = git.arguments(["clone", "--quiet", "--single-branch", "--template=", "--origin=origin"]);
        git = no_checkout.then_some("--no-checkout").into_iter().fold(git, Git::argument);
        git = branch.map(|name| format!("--branch={name}")).into_iter().fold(git, Git::argument);
        if let Some(depth) = request.depth {
            // A path alone would be copied as a whole, whatever the depth.
            git = git.arguments([format!("--depth={depth}"), "--no-local".to_owned()]);
        }
        let finished = git.arguments(["--".to_owned(), address.to_owned(), text(target)]).run().await?;
        if finished.code != 0 {
            let unknown = finished.complaint.contains("not found in upstream");
            return Err(match branch {
                Some(branch) if unknown => no_remote_branch(branch),
                _ => finished.failure(),
            });
        }
        let repository = Repository { git_dir: target.join(".git"), root: target.to_owned(), bare: false };
        if self.commit_named(&repository, "HEAD").await?.is_none() {
            let _gone = fs::remove_dir_all(target);
            return Err(GitError::Missing("remote repository is empty"));
        }
        // Git takes the name of a tag as well.
        if let Some(branch) = branch
            && self.current_branch(&repository).await?.as_deref() != Some(branch)
        {
            let _gone = fs::remove_dir_all(target);
            return Err(no_remote_branch(branch));
        }
        Ok(repository)
    }

    /// Checks out the commit asked for, or what HEAD stands for when it is none of what was copied.
    async fn check_out(&self, request: &CloneRequest, repository: &Repository) -> Result<(), GitError> {
        let commit = request.commit.as_deref().filter(|commit| !commit.is_empty());
        let found = match commit {
            Some(commit) => self.was_copied(repository, commit).await?,
            None => false,
        };
        let checkout = self.git_in(repository).arguments(["checkout", "-q", "--force"]);
        match commit {
            Some(commit) if found => checkout.arguments(["--detach", commit, "--"]).output().await?,
            _ => checkout.argument("--").output().await?,
        };
        if commit.is_some() && !found { Err(GitError::Missing("object not found")) } else { Ok(()) }
    }

    /// Whether a branch or a tag leads to this commit: a copy of a path may hold more than was asked for.
    async fn was_copied(&self, repository: &Repository, commit: &str) -> Result<bool, GitError> {
        if !is_hash(commit) || !self.is_commit(repository, commit).await? {
            return Ok(false);
        }
        let asked = ["for-each-ref", "--count=1", "--contains", commit, "--format=%(refname)"];
        Ok(!self.git_in(repository).arguments(asked).output().await?.is_empty())
    }
}

/// A directory that was not there before: removed again unless it is to be kept.
struct Made(Option<PathBuf>);

impl Made {
    fn keep_if(mut self, cloned: Result<(), GitError>) -> Result<(), GitError> {
        if matches!(cloned, Ok(()) | Err(GitError::Missing("object not found"))) {
            self.0 = None;
        }
        cloned
    }
}

impl Drop for Made {
    fn drop(&mut self) {
        if let Some(directory) = &self.0 {
            // Mostly git has removed it already.
            let _gone = fs::remove_dir_all(directory);
        }
    }
}

fn no_remote_branch(branch: &str) -> GitError {
    GitError::Other(format!("couldn't find remote ref \"refs/heads/{branch}\""))
}

fn holds_repository(directory: &Path) -> bool {
    directory.join(".git").symlink_metadata().is_ok()
}

fn text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}
