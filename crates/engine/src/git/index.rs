//! Staging, committing, reset and restore (toolbox-files-git-desktop.md §3.4, §3.5).

use super::error::GitError;
use super::place::Repository;
use crate::Engine;

/// A commit to make of what is staged.
#[derive(Clone, Debug, Default)]
pub struct CommitRequest {
    /// Stored as it is.
    pub message: String,
    /// Name of author and committer.
    pub author: String,
    /// Address of author and committer.
    pub email: String,
    /// Whether there may be nothing staged.
    pub allow_empty: bool,
}

/// What a reset changes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ResetMode {
    /// HEAD.
    Soft,
    /// HEAD and the index.
    #[default]
    Mixed,
    /// HEAD, index and files, whatever is lost.
    Hard,
    /// As hard, but nothing when there are changes that are not staged.
    Merge,
    /// HEAD and unchanged files; nothing when changed ones would have to be.
    Keep,
}

impl ResetMode {
    /// The mode of this name; none stands for mixed.
    ///
    /// # Errors
    ///
    /// [`GitError::Other`] for a name that is none.
    pub fn parse(name: &str) -> Result<Self, GitError> {
        match name {
            "" | "mixed" => Ok(Self::Mixed),
            "soft" => Ok(Self::Soft),
            "hard" => Ok(Self::Hard),
            "merge" => Ok(Self::Merge),
            "keep" => Ok(Self::Keep),
            other => Err(GitError::Other(format!(
                "unsupported reset mode \"{other}\" (supported: soft, mixed, hard, merge, keep)"
            ))),
        }
    }

    fn option(self) -> &'static str {
        match self {
            Self::Soft => "--soft",
            Self::Mixed => "--mixed",
            Self::Hard => "--hard",
            Self::Merge => "--merge",
            Self::Keep => "--keep",
        }
    }
}

/// A reset.
#[derive(Clone, Debug, Default)]
pub struct ResetRequest {
    /// What changes.
    pub mode: ResetMode,
    /// Any revision; HEAD when empty.
    pub target: String,
    /// Limits it to these paths; HEAD stays then.
    pub files: Vec<String>,
}

/// Files to take back.
#[derive(Clone, Debug, Default)]
pub struct RestoreRequest {
    /// Files and directories, exactly; no dot, no patterns.
    pub files: Vec<String>,
    /// In the index. When only one of the two is given, only that counts.
    pub staged: Option<bool>,
    /// In the working tree; this alone when neither is given.
    pub worktree: Option<bool>,
    /// Revision to take them from; otherwise the index, for the index HEAD.
    pub source: Option<String>,
}

impl Engine {
    /// Stages files, a dot for all that differ. Stops at the first that cannot be; those before it stay staged.
    ///
    /// # Errors
    ///
    /// [`GitError::NoRepository`]; [`GitError::Other`] for a path that is nothing. Ignored paths are passed over.
    pub async fn git_add(&self, path: &str, files: &[String]) -> Result<(), GitError> {
        let repository = self.repository(path)?.with_work_tree()?;
        if files.is_empty() {
            return Ok(());
        }
        let _turn = self.git_turn.lock().await;
        // All in one go when nothing is wrong with any of them, one by one to find out which one it is.
        if files.iter().all(|file| may_be_file(file)) && self.stage(&repository, files).await.is_ok() {
            return Ok(());
        }
        for file in files {
            if !may_be_file(file) {
                return Err(entry_not_found());
            }
            self.stage(&repository, std::slice::from_ref(file)).await?;
        }
        Ok(())
    }

    async fn stage(&self, repository: &Repository, files: &[String]) -> Result<(), GitError> {
        let asked = ["add", "--all", "--pathspec-from-file=-", "--pathspec-file-nul"];
        let finished = self.git_in(repository).arguments(asked).input(files.join("\0")).run().await?;
        // Everything else is staged by then: git looks for unknown paths first.
        let ignored = finished.code == 1 && finished.complaint.contains("paths are ignored");
        if finished.code == 0 || ignored {
            return Ok(());
        }
        let unknown = ["did not match any files", "is outside repository", "beyond a symbolic link"];
        if unknown.iter().any(|text| finished.complaint.contains(text)) {
            return Err(entry_not_found());
        }
        Err(finished.failure())
    }

    /// Commits what is staged; the new commit's full name. No hook runs.
    ///
    /// # Errors
    ///
    /// [`GitError::NoRepository`]; [`GitError::MergeConflict`]; [`GitError::Other`] when nothing is staged.
    pub async fn git_commit(&self, path: &str, request: &CommitRequest) -> Result<String, GitError> {
        let repository = self.repository(path)?.with_work_tree()?;
        let _turn = self.git_turn.lock().await;
        let asked = ["commit", "--quiet", "--no-verify", "--cleanup=verbatim", "--no-status", "--file=-"];
        let git = self.git_in(&repository).identity(&request.author, &request.email).arguments(asked);
        let git = if request.allow_empty { git.argument("--allow-empty") } else { git };
        let finished = git.input(request.message.clone()).run().await?;
        if finished.code == 1 && finished.complaint.trim().is_empty() {
            return Err(GitError::Other("cannot create empty commit: clean working tree".to_owned()));
        }
        finished.succeeded()?;
        let made = self.commit_named(&repository, "HEAD").await?;
        made.ok_or_else(GitError::reference_not_found)
    }

    /// Moves HEAD, index and files back, as far as the mode says.
    ///
    /// # Errors
    ///
    /// [`GitError::NoRepository`]; [`GitError::Missing`] for an unknown target; [`GitError::Dirty`].
    pub async fn git_reset(&self, path: &str, request: &ResetRequest) -> Result<(), GitError> {
        let repository = self.repository(path)?.with_work_tree()?;
        let _turn = self.git_turn.lock().await;
        let target = if request.target.is_empty() { "HEAD" } else { &request.target };
        let target = self.commit_named(&repository, target).await?;
        let target = target.ok_or_else(GitError::reference_not_found)?;
        if !request.files.is_empty() {
            return self.reset_files(&repository, request, &target).await;
        }
        if request.mode == ResetMode::Merge && self.has_unstaged(&repository).await? {
            return Err(GitError::Dirty);
        }
        self.git_in(&repository)
            .arguments(["reset", "-q", request.mode.option(), &target, "--"])
            .output()
            .await?;
        Ok(())
    }

    /// Paths nobody knows are passed over.
    async fn reset_files(
        &self,
        repository: &Repository,
        request: &ResetRequest,
        target: &str,
    ) -> Result<(), GitError> {
        let files = request.files.join("\0");
        let from_input = ["--pathspec-from-file=-", "--pathspec-file-nul"];
        match request.mode {
            ResetMode::Soft => Ok(()),
            ResetMode::Hard => {
                for file in &request.files {
                    let source = format!("--source={target}");
                    let asked = ["restore", "-q", "--staged", "--worktree", &source];
                    let git = self.git_in(repository).arguments(asked).arguments(from_input);
                    let finished = git.input(file.clone()).run().await?;
                    if finished.code != 0 && !finished.complaint.contains("did not match any file") {
                        return Err(finished.failure());
                    }
                }
                Ok(())
            }
            ResetMode::Mixed | ResetMode::Merge | ResetMode::Keep => {
                let git = self.git_in(repository).arguments(["reset", "-q"]).arguments(from_input);
                git.argument(target).input(files).output().await?;
                Ok(())
            }
        }
    }

    /// Takes files back, in the index, in the working tree or in both. All of them or none.
    ///
    /// # Errors
    ///
    /// [`GitError::NoRepository`]; [`GitError::Missing`] for an unknown source; [`GitError::Other`] for a path that
    /// matches nothing, and when there is nothing to do.
    pub async fn git_restore(&self, path: &str, request: &RestoreRequest) -> Result<(), GitError> {
        let repository = self.repository(path)?.with_work_tree()?;
        if request.files.is_empty() {
            return Err(GitError::Other("at least one path is required".to_owned()));
        }
        let worktree = request.worktree.unwrap_or(request.staged.is_none());
        let staged = request.staged.unwrap_or_default();
        if !staged && !worktree {
            return Err(GitError::Other("at least one of staged or worktree must be true".to_owned()));
        }
        let _turn = self.git_turn.lock().await;
        let given = request.source.as_deref().filter(|source| !source.is_empty());
        let source = match given {
            None if !staged => None,
            revision => {
                let commit = self.commit_named(&repository, revision.unwrap_or("HEAD")).await?;
                Some(commit.ok_or_else(GitError::reference_not_found)?)
            }
        };
        let from = match (&source, given) {
            (Some(source), Some(_)) => From::Revision(source),
            _ if staged => From::IndexAndHead,
            _ => From::Index,
        };
        let mut known = Vec::new();
        for file in &request.files {
            let matches = may_be_file(file)
                && file.trim_end_matches('/') != "."
                && self.holds(&repository, file, from).await?;
            if matches {
                known.push(file.as_str());
            } else if worktree {
                let place = if given.is_some() { "in source" } else { "known to git" };
                return Err(GitError::Other(format!(
                    "pathspec \"{file}\" did not match any file(s) {place}"
                )));
            }
        }
        if known.is_empty() {
            return Ok(());
        }
        if let From::Revision(source) = from {
            let mut how = vec![format!("--source={source}")];
            how.extend(staged.then(|| "--staged".to_owned()));
            how.extend(worktree.then(|| "--worktree".to_owned()));
            return self.take_back(&repository, how, &known).await;
        }
        if staged {
            self.take_back(&repository, vec!["--staged".to_owned()], &known).await?;
        }
        if worktree {
            // What was new in the index is not in it any more; its file stays.
            let mut left = Vec::new();
            for file in known {
                if !staged || self.holds(&repository, file, From::Index).await? {
                    left.push(file);
                }
            }
            self.take_back(&repository, vec!["--worktree".to_owned()], &left).await?;
        }
        Ok(())
    }

    async fn take_back(
        &self,
        repository: &Repository,
        how: Vec<String>,
        files: &[&str],
    ) -> Result<(), GitError> {
        if files.is_empty() {
            return Ok(());
        }
        let git = self.git_in(repository).arguments(["restore", "-q"]).arguments(how);
        let git = git.arguments(["--pathspec-from-file=-", "--pathspec-file-nul"]);
        git.input(files.join("\0")).output().await?;
        Ok(())
    }

    /// Whether a path, or something below it, is there.
    async fn holds(&self, repository: &Repository, file: &str, from: From<'_>) -> Result<bool, GitError> {
        let git = self.git_in(repository);
        let git = match from {
            From::Revision(source) => git.arguments(["ls-tree", "-z", "--name-only", source, "--", file]),
            From::IndexAndHead => git.arguments(["ls-files", "-z", "--with-tree=HEAD", "--", file]),
            From::Index => git.arguments(["ls-files", "-z", "--", file]),
        };
        let finished = git.run().await?;
        Ok(finished.code == 0 && !finished.output.is_empty())
    }
}

/// Where files are taken from, and looked for first.
#[derive(Clone, Copy)]
enum From<'a> {
    Index,
    IndexAndHead,
    Revision(&'a str),
}

/// Absolute paths and what climbs out of the repository match nothing.
fn may_be_file(path: &str) -> bool {
    !path.is_empty()
        && !path.starts_with('/')
        && !path.contains('\0')
        && !path.split('/').any(|part| part == "..")
}

fn entry_not_found() -> GitError {
    GitError::Other("entry not found".to_owned())
}
