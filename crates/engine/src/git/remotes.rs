//! Push, pull and the list of remotes (toolbox-files-git-desktop.md §3.4, §3.5).

use std::path::Path;

use super::error::GitError;
use super::place::Repository;
use super::reference::is_name;
use super::run::{Credentials, password_of};
use crate::Engine;

/// The remote when none is named.
const DEFAULT_REMOTE: &str = "origin";

/// What to bring in.
#[derive(Clone, Debug, Default)]
pub struct PullRequest {
    /// `origin` when absent.
    pub remote: Option<String>,
    /// The branch checked out when absent.
    pub branch: Option<String>,
    /// For this call; not kept.
    pub credentials: Option<Credentials>,
}

/// What to send.
#[derive(Clone, Debug, Default)]
pub struct PushRequest {
    /// `origin` when absent.
    pub remote: Option<String>,
    /// The branch checked out when absent.
    pub branch: Option<String>,
    /// Whether the branch is to follow what it was pushed to.
    pub set_upstream: bool,
    /// For this call; not kept.
    pub credentials: Option<Credentials>,
}

/// A remote to add.
#[derive(Clone, Debug, Default)]
pub struct AddRemoteRequest {
    /// Its name.
    pub name: String,
    /// Its address; without a scheme a path of the sandbox.
    pub url: String,
    /// Whether to fetch from it right away.
    pub fetch: bool,
    /// Whether it takes the place of one of the same name.
    pub overwrite: bool,
}

/// A remote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remote {
    /// Its name.
    pub name: String,
    /// Its first address, without a password.
    pub url: String,
}

impl Engine {
    /// Brings the branch up to its remote, by moving forward only. Nothing moves when that is not possible.
    ///
    /// # Errors
    ///
    /// Those of a remote; [`GitError::Missing`] for an unknown remote or branch; [`GitError::NonFastForward`] when the
    /// histories have diverged; [`GitError::Dirty`].
    pub async fn git_pull(&self, path: &str, request: &PullRequest) -> Result<(), GitError> {
        let repository = self.repository(path)?.with_work_tree()?;
        let (remote, address) = self.remote_named(&repository, request.remote.as_deref()).await?;
        let branch = match given(request.branch.as_deref()) {
            Some(branch) => Some(branch.to_owned()),
            None => self.current_branch(&repository).await?,
        };
        if branch.as_deref().is_some_and(|branch| !is_name(branch)) {
            return Err(GitError::reference_not_found());
        }
        let _turn = self.git_turn.lock().await;
        // A commit checked out follows what the remote points at.
        let (what, fetched) = match branch {
            Some(branch) => {
                let tracking = format!("refs/remotes/{remote}/{branch}");
                (format!("+refs/heads/{branch}:{tracking}"), tracking)
            }
            None => ("HEAD".to_owned(), "FETCH_HEAD".to_owned()),
        };
        let git = self.git_in(&repository).remote(&address, request.credentials.as_ref())?;
        git.arguments(["fetch", "--quiet", "--", &remote, &what]).output().await?;
        let theirs = self.commit_named(&repository, &fetched).await?;
        let theirs = theirs.ok_or_else(GitError::reference_not_found)?;
        if let Some(ours) = self.commit_named(&repository, "HEAD").await? {
            if self.is_ancestor(&repository, &theirs, &ours).await? {
                return Ok(());
            }
            if !self.is_ancestor(&repository, &ours, &theirs).await? {
                return Err(GitError::NonFastForward(None));
            }
            if self.has_unstaged(&repository).await? {
                return Err(GitError::Dirty);
            }
        }
        self.git_in(&repository).arguments(["merge", "--quiet", "--ff-only", &theirs]).output().await?;
        Ok(())
    }

    /// Sends a branch to the branch of the same name. A branch that is not there is nothing to send.
    ///
    /// # Errors
    ///
    /// Those of a remote; [`GitError::Missing`] for an unknown remote or a branch without commits;
    /// [`GitError::NonFastForward`]; [`GitError::RemoteRejected`]; [`GitError::Other`] when no branch is checked out.
    pub async fn git_push(&self, path: &str, request: &PushRequest) -> Result<(), GitError> {
        let repository = self.repository(path)?;
        let branch = match given(request.branch.as_deref()) {
            Some(branch) => branch.to_owned(),
            None => {
                let current = self.current_branch(&repository).await?;
                let current = current
                    .ok_or_else(|| GitError::Other("command error on HEAD: funny refname".to_owned()))?;
                if !self.is_branch(&repository, &current).await? {
                    return Err(GitError::reference_not_found());
                }
                current
            }
        };
        let (remote, address) = self.remote_named(&repository, request.remote.as_deref()).await?;
        if !is_name(&branch) || !self.is_branch(&repository, &branch).await? {
            return Ok(());
        }
        let reference = format!("refs/heads/{branch}");
        let git = self.git_in(&repository).remote(&address, request.credentials.as_ref())?;
        let git = git.arguments(["push", "--quiet", "--porcelain", "--no-verify"]);
        let git = if request.set_upstream { git.argument("--set-upstream") } else { git };
        let what = format!("{reference}:{reference}");
        let finished = git.arguments(["--", &remote, &what]).run().await?;
        if finished.code == 0 {
            return Ok(());
        }
        let report = String::from_utf8_lossy(&finished.output);
        let refused = report.lines().find(|line| line.starts_with('!'));
        match refused.and_then(|line| line.splitn(3, '\t').last()) {
            Some(why) if why.starts_with("[rejected]") => Err(GitError::NonFastForward(Some(reference))),
            Some(why) if why.starts_with("[remote rejected]") => {
                let said: Vec<&str> = finished
                    .complaint
                    .lines()
                    .filter_map(|line| line.strip_prefix("remote: ").map(str::trim_end))
                    .chain([why])
                    .collect();
                Err(GitError::RemoteRejected(said.join("\n")))
            }
            _ => Err(finished.failure()),
        }
    }

    /// The remotes of the repository at `path`, by name.
    ///
    /// # Errors
    ///
    /// [`GitError::NoRepository`].
    pub async fn git_remotes(&self, path: &str) -> Result<Vec<Remote>, GitError> {
        let repository = self.repository(path)?;
        let asked = ["config", "--local", "-z", "--get-regexp", r"^remote\..*\.url$"];
        let finished = self.git_in(&repository).arguments(asked).run().await?;
        if finished.code > 1 {
            return Err(finished.failure());
        }
        let mut remotes: Vec<Remote> = Vec::new();
        for entry in String::from_utf8_lossy(&finished.output).split('\0') {
            let Some((key, url)) = entry.split_once('\n') else { continue };
            let name = key.strip_prefix("remote.").and_then(|key| key.strip_suffix(".url"));
            if let Some(name) = name
                && !remotes.iter().any(|remote| remote.name == name)
            {
                remotes.push(Remote { name: name.to_owned(), url: self.public_address(url) });
            }
        }
        remotes.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(remotes)
    }

    /// Adds a remote. It stays when fetching from it fails.
    ///
    /// # Errors
    ///
    /// Those of a remote, when fetching; [`GitError::Exists`]; [`GitError::Other`] for a name that cannot be.
    pub async fn git_add_remote(&self, path: &str, request: &AddRemoteRequest) -> Result<(), GitError> {
        let repository = self.repository(path)?;
        let AddRemoteRequest { name, url, .. } = request;
        if !is_name(name) {
            return Err(GitError::invalid_reference());
        }
        let _turn = self.git_turn.lock().await;
        if self.stored_address(&repository, name).await?.is_some() {
            if !request.overwrite {
                return Err(GitError::Exists("remote already exists"));
            }
            let section = format!("remote.{name}");
            self.git_in(&repository)
                .arguments(["config", "--local", "--remove-section", &section])
                .output()
                .await?;
        }
        // What cannot be reached may be added all the same.
        let address = self.address(url).await.unwrap_or_else(|_| url.clone());
        self.git_in(&repository).arguments(["remote", "add", "--", name, &address]).output().await?;
        if request.fetch {
            self.reachable(&address).await?;
            let git = self.git_in(&repository).remote(&address, None)?;
            git.arguments(["fetch", "--quiet", "--", name]).output().await?;
        }
        Ok(())
    }

    /// Name and address of a remote that is there and can be reached.
    async fn remote_named(
        &self,
        repository: &Repository,
        name: Option<&str>,
    ) -> Result<(String, String), GitError> {
        let name = given(name).unwrap_or(DEFAULT_REMOTE);
        let stored = if is_name(name) { self.stored_address(repository, name).await? } else { None };
        let address = stored.ok_or(GitError::Missing("remote not found"))?;
        self.reachable(&address).await?;
        Ok((name.to_owned(), address))
    }

    async fn stored_address(&self, repository: &Repository, name: &str) -> Result<Option<String>, GitError> {
        let key = format!("remote.{name}.url");
        let finished =
            self.git_in(repository).arguments(["config", "--local", "-z", "--get", &key]).run().await?;
        let text = String::from_utf8_lossy(&finished.output);
        Ok(Some(text.trim_end_matches('\0').to_owned()).filter(|_| finished.code == 0))
    }

    async fn is_ancestor(&self, repository: &Repository, older: &str, newer: &str) -> Result<bool, GitError> {
        let asked = ["merge-base", "--is-ancestor", older, newer];
        Ok(self.git_in(repository).arguments(asked).run().await?.code == 0)
    }

    /// An address as the API shows it: without a password, and in the API's own names when it is a path.
    fn public_address(&self, address: &str) -> String {
        if address.starts_with('/') {
            return self.paths().wire_path(Path::new(address)).to_string_lossy().into_owned();
        }
        let hidden = |password: &str| address.replacen(&format!(":{password}@"), "@", 1);
        password_of(address).map_or_else(|| address.to_owned(), hidden)
    }
}

fn given(text: Option<&str>) -> Option<&str> {
    text.filter(|text| !text.is_empty())
}
