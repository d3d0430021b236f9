//! The commits HEAD leads to (toolbox-files-git-desktop.md §3.4).

use super::error::GitError;
use crate::Engine;

/// Fields of a commit, as git is asked for them.
const FIELDS: usize = 5;
const FORMAT: &str = "--format=tformat:%H%x00%an%x00%ae%x00%B%x00%aI";

/// A commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Commit {
    /// Full object name.
    pub hash: String,
    /// Name of the author.
    pub author: String,
    /// Address of the author.
    pub email: String,
    /// The message as it is stored, with the line end it has.
    pub message: String,
    /// When it was written: RFC 3339 in the commit's own offset, `Z` for none.
    pub timestamp: String,
}

impl Engine {
    /// All commits HEAD leads to, newest first.
    ///
    /// # Errors
    ///
    /// [`GitError::NoRepository`]; [`GitError::Missing`] when nothing was committed yet.
    pub async fn git_history(&self, path: &str) -> Result<Vec<Commit>, GitError> {
        let repository = self.repository(path)?;
        let asked = ["log", "-z", FORMAT, "--no-show-signature", "--no-mailmap", "--no-color", "HEAD", "--"];
        let finished = self.git_in(&repository).arguments(asked).run().await?;
        if finished.code != 0 && finished.complaint.contains("bad revision") {
            return Err(GitError::reference_not_found());
        }
        Ok(parse(&finished.succeeded()?))
    }
}

fn parse(output: &[u8]) -> Vec<Commit> {
    let fields: Vec<&[u8]> = output.split(|byte| *byte == 0).collect();
    let text = |field: &[u8]| String::from_utf8_lossy(field).into_owned();
    let commits = fields.chunks_exact(FIELDS).map(|fields| Commit {
        hash: text(fields[0]),
        author: text(fields[1]),
        email: text(fields[2]),
        message: text(fields[3]),
        timestamp: timestamp(&text(fields[4])),
    });
    commits.collect()
}

/// Older versions of git write no offset as a number.
fn timestamp(text: &str) -> String {
    text.strip_suffix("+00:00").map_or_else(|| text.to_owned(), |time| format!("{time}Z"))
}
