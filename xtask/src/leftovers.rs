//! What a server left behind after its end: it must be nothing.

use std::fs;
use std::path::{Path, PathBuf};

/// In words, what is left of a server whose temporary directory was `temporary`: sandbox trees, and processes that work
/// in them.
///
/// The server is gone when this is asked, and so must all else be: nothing is waited for.
pub(crate) fn of(temporary: &Path) -> Option<String> {
    let trees = trees(temporary);
    let processes = processes(temporary);
    if trees.is_empty() && processes.is_empty() {
        return None;
    }
    let trees = trees.iter().map(|path| path.display().to_string());
    let processes = processes.iter().map(|id| format!("process {id}"));
    Some(format!("left behind: {}", trees.chain(processes).collect::<Vec<_>>().join(", ")))
}

/// Roots in the folder that all servers of a user share. The folder itself and its lock stay.
fn trees(temporary: &Path) -> Vec<PathBuf> {
    let shared = entries(temporary).into_iter().filter(|path| file_name(path).starts_with("pitlane-"));
    shared.flat_map(|folder| entries(&folder)).filter(|path| path.is_dir()).collect()
}

/// Processes whose working directory is below `temporary`, also when that directory is gone by now.
fn processes(temporary: &Path) -> Vec<String> {
    let works_there =
        |process: &PathBuf| fs::read_link(process.join("cwd")).is_ok_and(|cwd| cwd.starts_with(temporary));
    entries(Path::new("/proc")).into_iter().filter(works_there).map(|process| file_name(&process)).collect()
}

fn entries(directory: &Path) -> Vec<PathBuf> {
    fs::read_dir(directory).into_iter().flatten().flatten().map(|entry| entry.path()).collect()
}

fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    #[test]
    fn trees_and_processes_are_found_and_a_lock_is_not() {
        let temporary = std::env::temp_dir().join(format!("leftovers-{}", std::process::id()));
        let shared = temporary.join("pitlane-7");
        fs::create_dir_all(&shared).expect("a directory");
        fs::write(shared.join(".lock"), "").expect("a lock");
        assert_eq!(of(&temporary), None);

        let tree = shared.join("12-ab");
        fs::create_dir_all(&tree).expect("a tree");
        let mut process = Command::new("sleep").arg("60").current_dir(&tree).spawn().expect("a process");
        let found = of(&temporary).expect("both are there");
        assert_eq!(found, format!("left behind: {}, process {}", tree.display(), process.id()));

        fs::remove_dir_all(&tree).expect("the tree goes");
        assert_eq!(of(&temporary), Some(format!("left behind: process {}", process.id())));
        process.kill().and_then(|()| process.wait()).expect("the process ends");
        assert_eq!(of(&temporary), None);
        fs::remove_dir_all(&temporary).expect("the directory goes");
    }
}
