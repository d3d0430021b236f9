//! Every way git fails, and the only place that reads its words (toolbox-files-git-desktop.md §3.1).

use crate::spawn::SpawnError;

/// Why a git operation failed. The text is what the caller is told, without any prefix for its class.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GitError {
    /// The path is not the root of a repository.
    #[error("repository does not exist")]
    NoRepository,
    /// The remote repository does not exist.
    #[error("repository not found")]
    NoRemoteRepository,
    /// The remote wants credentials, or other ones.
    #[error("{0}")]
    Unauthenticated(&'static str),
    /// The remote knows the caller and refuses.
    #[error("authorization failed")]
    Forbidden,
    /// A reference, an object, a remote or a commit is not there.
    #[error("{0}")]
    Missing(&'static str),
    /// Neither a branch nor a commit is called so.
    #[error("branch \"{0}\" not found: branch not found")]
    NoBranch(String),
    /// A branch has this name.
    #[error("branch already exists")]
    BranchExists,
    /// A repository or a remote is there already.
    #[error("{0}")]
    Exists(&'static str),
    /// Local changes would be lost.
    #[error("worktree contains unstaged changes")]
    Dirty,
    /// The other side has commits this one lacks; the reference a push was for.
    #[error("non-fast-forward update{}", .0.as_deref().map(|name| format!(": {name}")).unwrap_or_default())]
    NonFastForward(Option<String>),
    /// Unresolved conflicts are in the way.
    #[error("{0}")]
    MergeConflict(String),
    /// The remote cannot be reached.
    #[error("{0}")]
    Transport(String),
    /// A hook, a protection or a quota of the remote refuses.
    #[error("{0}")]
    RemoteRejected(String),
    /// The request asks for something that cannot be.
    #[error("{0}")]
    Invalid(&'static str),
    /// Anything else.
    #[error("{0}")]
    Other(String),
}

impl GitError {
    pub(super) fn reference_not_found() -> Self {
        Self::Missing("reference not found")
    }

    pub(super) fn invalid_reference() -> Self {
        Self::Other("invalid reference name".to_owned())
    }
}

impl From<SpawnError> for GitError {
    fn from(error: SpawnError) -> Self {
        Self::Other(error.to_string())
    }
}

impl From<std::io::Error> for GitError {
    fn from(error: std::io::Error) -> Self {
        Self::Other(SpawnError::Resources(error).to_string())
    }
}

/// What a class makes of the text, which is without secrets.
type Make = fn(&str) -> GitError;

/// All of a row's words make the class, checked from top to bottom. The first rows are those of
/// toolbox-files-git-desktop.md §3.1; `failed to push some refs` says nothing and is deliberately not among them.
const CLASSES: &[(&[&str], Make)] = &[
    (&["authentication failed"], unauthenticated),
    (&["invalid username or password"], unauthenticated),
    (&["could not read username"], unauthenticated),
    (&["could not read password"], unauthenticated),
    (&["terminal prompts disabled"], unauthenticated),
    (&["permission denied (publickey"], unauthenticated),
    (&["the requested url returned error: 403"], |_| GitError::Forbidden),
    (&["remote: permission", "denied"], |_| GitError::Forbidden),
    (&["repository not found"], no_remote_repository),
    (&["repository '", "' not found"], no_remote_repository),
    (&["repository '", "' does not exist"], no_remote_repository),
    (&["the requested url returned error: 404"], no_remote_repository),
    (&["remote: not found"], no_remote_repository),
    (&["does not appear to be a git repository"], no_remote_repository),
    (&["src refspec", "does not match any"], no_reference),
    (&["you are not currently on a branch"], no_reference),
    (&["unknown revision or path not in the working tree"], no_reference),
    (&["couldn't find remote ref"], no_reference),
    (&["[remote rejected]"], |text| GitError::RemoteRejected(text.to_owned())),
    (&["non-fast-forward"], non_fast_forward),
    (&["fetch first"], non_fast_forward),
    (&["updates were rejected"], non_fast_forward),
    (&["stale info"], non_fast_forward),
    (&["not possible to fast-forward"], |text| GitError::MergeConflict(text.to_owned())),
    (&["because you have unmerged files"], |text| GitError::MergeConflict(text.to_owned())),
    (&["needs merge"], dirty),
    (&["would be overwritten by"], dirty),
    (&["your local changes to the following files would be overwritten"], dirty),
    (&["please commit your changes or stash them"], dirty),
    (&["not uptodate. cannot merge"], dirty),
    (&["is not a valid branch name"], |_| GitError::invalid_reference()),
    (&["invalid initial branch name"], |_| GitError::invalid_reference()),
    (&["the requested url returned error"], other),
    (&["unable to access '"], transport),
    (&["could not resolve host"], transport),
    (&["unable to connect to"], transport),
    (&["unable to look up"], transport),
    (&["connection refused"], transport),
    (&["connection timed out"], transport),
    (&["rpc failed"], transport),
    (&["early eof"], transport),
    (&["the remote end hung up"], transport),
];

fn unauthenticated(_: &str) -> GitError {
    GitError::Unauthenticated("authentication required")
}

fn no_remote_repository(_: &str) -> GitError {
    GitError::NoRemoteRepository
}

fn no_reference(_: &str) -> GitError {
    GitError::reference_not_found()
}

fn non_fast_forward(_: &str) -> GitError {
    GitError::NonFastForward(None)
}

fn dirty(_: &str) -> GitError {
    GitError::Dirty
}

fn transport(text: &str) -> GitError {
    GitError::Transport(text.to_owned())
}

fn other(text: &str) -> GitError {
    GitError::Other(text.to_owned())
}

/// The class of what git complained of.
pub(super) fn classify(complaint: &str, status: i32) -> GitError {
    let text = essence(complaint);
    if text.is_empty() {
        return GitError::Other(format!("git exited with status {status}"));
    }
    let lower = complaint.to_lowercase();
    let fits = |words: &[&str]| words.iter().all(|word| lower.contains(word));
    let class = CLASSES.iter().find(|(words, _)| fits(words));
    class.map_or(other as Make, |(_, make)| *make)(&text)
}

/// The complaint without advice, progress and the word that opens it.
fn essence(complaint: &str) -> String {
    let lines = complaint.lines().map(str::trim_end);
    let kept: Vec<&str> =
        lines.filter(|line| !line.is_empty() && !line.starts_with("hint:")).map(unopened).collect();
    kept.join("\n")
}

fn unopened(line: &str) -> &str {
    line.strip_prefix("fatal: ").or_else(|| line.strip_prefix("error: ")).unwrap_or(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_git_says_falls_into_the_documented_classes() {
        for (complaint, class) in [
            ("fatal: Authentication failed for 'http://h/r/'", unauthenticated("")),
            ("fatal: could not read Username for 'http://h': terminal prompts disabled", unauthenticated("")),
            (
                "fatal: unable to access 'http://h/r/': The requested URL returned error: 403",
                GitError::Forbidden,
            ),
            ("remote: Permission to a/b.git denied to c.\nfatal: unable to access 'x'", GitError::Forbidden),
            ("fatal: repository 'http://h/r/' not found", GitError::NoRemoteRepository),
            ("remote: Not Found\nfatal: x", GitError::NoRemoteRepository),
            ("error: src refspec x does not match any", GitError::reference_not_found()),
            (
                " ! [rejected] main -> main (fetch first)\nerror: failed to push some refs",
                GitError::NonFastForward(None),
            ),
            (
                "error: Your local changes to the following files would be overwritten by merge:",
                GitError::Dirty,
            ),
            ("error: a.txt: needs merge", GitError::Dirty),
            ("hint: try again\nerror: failed to push some refs", other("failed to push some refs")),
            (
                "fatal: unable to access 'http://h/': The requested URL returned error: 500",
                other("unable to access 'http://h/': The requested URL returned error: 500"),
            ),
            (
                "fatal: unable to access 'http://h/': Could not resolve host: h",
                transport("unable to access 'http://h/': Could not resolve host: h"),
            ),
            ("", other("git exited with status 128")),
        ] {
            assert_eq!(classify(complaint, 128), class, "{complaint}");
        }
    }
}
