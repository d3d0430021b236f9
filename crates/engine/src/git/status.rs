//! The state of a working tree (toolbox-files-git-desktop.md §3.3), from one call of git.

use super::error::GitError;
use super::place::Repository;
use crate::Engine;

/// What became of a file, in the index or in the working tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// Nothing.
    Unmodified,
    /// Git does not know it.
    Untracked,
    /// Content, mode or type differ.
    Modified,
    /// It is new.
    Added,
    /// It is gone.
    Deleted,
    /// It has another name.
    Renamed,
    /// It is a copy.
    Copied,
}

/// A file that is not as it was committed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileState {
    /// Path from the root of the repository, slashes between.
    pub name: String,
    /// In the index, compared with the last commit.
    pub staging: Change,
    /// In the working tree, compared with the index.
    pub worktree: Change,
}

/// The state of a working tree.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Status {
    /// Branch checked out; none when a commit is.
    pub branch: Option<String>,
    /// Remote and branch, when it exists.
    pub upstream: Option<String>,
    /// Commits the upstream lacks.
    pub ahead: u32,
    /// Commits only the upstream has.
    pub behind: u32,
    /// Files that are not clean. Each untracked file on its own, a rename as one file less and one more.
    pub files: Vec<FileState>,
}

impl Engine {
    /// The state of the repository at `path`.
    ///
    /// # Errors
    ///
    /// [`GitError::NoRepository`]; [`GitError::Missing`] when nothing was committed yet.
    pub async fn git_status(&self, path: &str) -> Result<Status, GitError> {
        let repository = self.repository(path)?.with_work_tree()?;
        self.status_of(&repository, Untracked::All).await
    }

    /// Refuses a repository without commits, and says whether files that are tracked differ from the index.
    pub(super) async fn has_unstaged(&self, repository: &Repository) -> Result<bool, GitError> {
        let status = self.status_of(repository, Untracked::No).await?;
        Ok(status.files.iter().any(|file| file.worktree != Change::Unmodified))
    }

    async fn status_of(&self, repository: &Repository, untracked: Untracked) -> Result<Status, GitError> {
        let untracked = match untracked {
            Untracked::All => "--untracked-files=all",
            Untracked::No => "--untracked-files=no",
        };
        let asked = ["status", "--porcelain=v2", "-z", "--branch", "--no-renames", "--ignored=no", untracked];
        let output = self.git_in(repository).arguments(asked).output().await?;
        parse(&output).ok_or_else(GitError::reference_not_found)
    }
}

enum Untracked {
    All,
    No,
}

/// Reads the second porcelain format; nothing when there is no commit.
fn parse(output: &[u8]) -> Option<Status> {
    let mut status = Status::default();
    let mut upstream = None;
    let mut records = output.split(|byte| *byte == 0);
    while let Some(record) = records.next() {
        let text = String::from_utf8_lossy(record);
        let Some((kind, rest)) = text.split_once(' ') else { continue };
        match kind {
            "#" => {
                let (name, value) = rest.split_once(' ').unwrap_or((rest, ""));
                match name {
                    "branch.oid" if value == "(initial)" => return None,
                    "branch.head" if value != "(detached)" => status.branch = Some(value.to_owned()),
                    "branch.upstream" => upstream = Some(value.to_owned()),
                    // Missing when the upstream is only configured.
                    "branch.ab" => {
                        status.upstream = upstream.take();
                        (status.ahead, status.behind) = ahead_behind(value);
                    }
                    _ => {}
                }
            }
            "?" => status.files.push(FileState {
                name: rest.to_owned(),
                staging: Change::Untracked,
                worktree: Change::Untracked,
            }),
            "1" => status.files.extend(tracked(rest, 8)),
            "2" => {
                status.files.extend(tracked(rest, 9));
                // The name it had.
                records.next();
            }
            // A conflict is no state of its own in the real answers.
            "u" => status.files.extend(tracked(rest, 10).map(|file| FileState {
                staging: Change::Modified,
                worktree: Change::Modified,
                ..file
            })),
            _ => {}
        }
    }
    Some(status)
}

fn ahead_behind(value: &str) -> (u32, u32) {
    let number = |text: Option<&str>| text.and_then(|text| text[1..].parse().ok()).unwrap_or_default();
    let mut parts = value.split(' ').filter(|part| part.starts_with(['+', '-']));
    (number(parts.next()), number(parts.next()))
}

/// A record with `fields` fields after its kind, the last of which is the name.
fn tracked(record: &str, fields: usize) -> Option<FileState> {
    let mut parts = record.splitn(fields, ' ');
    let mut letters = parts.next()?.chars();
    let (staging, worktree) = (change(letters.next()?), change(letters.next()?));
    Some(FileState { name: parts.last()?.to_owned(), staging, worktree })
}

fn change(letter: char) -> Change {
    match letter {
        'M' | 'T' => Change::Modified,
        'A' => Change::Added,
        'D' => Change::Deleted,
        'R' => Change::Renamed,
        'C' => Change::Copied,
        _ => Change::Unmodified,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn no_output_makes_the_parser_stumble(output in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = parse(&output);
        }

        #[test]
        fn names_come_out_as_they_are(name in "[^\\x00]{1,40}") {
            let record = format!("1 M. N... 100644 100644 100644 0 0 {name}\0? {name}\0");
            let names: Vec<_> = parse(record.as_bytes()).into_iter().flat_map(|status| status.files).collect();
            prop_assert!(names.len() == 2 && names.iter().all(|file| file.name == name));
        }
    }
}
