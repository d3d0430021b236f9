//! The tool directory: what a sandbox needs from outside, under the names programs expect.
//!
//! A tool the host's `PATH` offers under its own name is left where it is: a link to it would hide from the tool where it
//! lives (virtual environments, relocatable interpreters). Only missing names are added, and folders of `--expose` come
//! first. The one exception is npx, which does not look at `PATH`.

use std::ffi::{OsStr, OsString};
use std::fs::{self, Permissions};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// Names looked for, with what may stand in for each.
const NAMES: [(&str, &[&str]); 9] = [
    ("python", &["python3"]),
    ("python3", &[]),
    ("node", &["nodejs"]),
    ("npm", &[]),
    ("npx", &[]),
    ("ts-node", &[]),
    ("git", &[]),
    ("pylsp", &[]),
    ("typescript-language-server", &[]),
];

/// What one tool name leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tool {
    /// The name a program is called by.
    pub name: &'static str,
    /// The program behind it; `None` when the host offers none.
    pub program: Option<PathBuf>,
}

/// What the tool directory is assembled from.
#[derive(Clone, Debug, Default)]
pub struct ToolDirectory {
    /// Folders whose programs every sandbox shall have, ahead of the host's `PATH`.
    pub expose: Vec<PathBuf>,
}

impl ToolDirectory {
    /// What of the tools is there, for `doctor` and `/health`. Looks, and writes nothing.
    #[must_use]
    pub fn report(&self, host_path: &OsStr) -> Vec<Tool> {
        let folders = self.folders(host_path);
        let find = |name: &str| folders.iter().map(|folder| folder.join(name)).find(|path| is_program(path));
        NAMES
            .into_iter()
            .map(|(name, others)| {
                let program = find(name).or_else(|| others.iter().find_map(|other| find(other)));
                Tool { name, program }
            })
            .collect()
    }

    /// Makes `<directory>` hold the missing names. Idempotent.
    pub(crate) fn assemble(&self, directory: &Path, host_path: &OsStr) -> io::Result<()> {
        fs::create_dir_all(directory)?;
        let tools = self.report(host_path);
        let found =
            |name: &str| tools.iter().find(|tool| tool.name == name).and_then(|tool| tool.program.clone());
        if let (Some(npx), Some(_)) = (found("npx"), found("ts-node")) {
            add_npx(directory, &npx)?;
        }
        for tool in tools {
            let Some(program) = tool.program else { continue };
            if program.file_name() == Some(OsStr::new(tool.name)) {
                continue;
            }
            add(directory, tool.name, &program)?;
        }
        Ok(())
    }

    /// The names, with what may stand in for each.
    pub(crate) fn names() -> [(&'static str, &'static [&'static str]); 9] {
        NAMES
    }

    /// The sandbox's `PATH`.
    pub(crate) fn path(&self, directory: &Path, host_path: &OsStr) -> OsString {
        let mut path = directory.as_os_str().to_owned();
        for folder in self.folders(host_path) {
            path.push(":");
            path.push(folder);
        }
        path
    }

    /// Absolute folders only: a relative one would mean something else in every directory.
    pub(crate) fn folders(&self, host_path: &OsStr) -> Vec<PathBuf> {
        let host = host_path
            .as_bytes()
            .split(|byte| *byte == b':')
            .map(|part| PathBuf::from(OsStr::from_bytes(part)));
        self.expose.iter().cloned().chain(host).filter(|folder| folder.is_absolute()).collect()
    }
}

/// Puts a small script in the place of a name: unlike a link it leaves the program its own path.
pub(crate) fn add(directory: &Path, name: &str, program: &Path) -> io::Result<()> {
    let mut script = b"#!/bin/sh\n".to_vec();
    call(&mut script, program);
    install(directory, name, &script)
}

/// Puts a script before npx that finds a ts-node on `PATH`. Clients until 0.166 run TypeScript by `npx ts-node`, and npx
/// itself looks beside the project and where npm installs for all, then asks the network.
pub(crate) fn add_npx(directory: &Path, npx: &Path) -> io::Result<()> {
    let mut script = b"#!/bin/sh
in_project() {
  at=$PWD
  while [ ! -e \"$at/node_modules/.bin/ts-node\" ]; do
    [ -n \"$at\" ] || return 1
    at=${at%/*}
  done
}
if [ \"$1\" = ts-node ] && ! in_project; then
  shift
  exec ts-node \"$@\"
fi
"
    .to_vec();
    call(&mut script, npx);
    install(directory, "npx", &script)
}

/// Adds the line that becomes the program.
fn call(script: &mut Vec<u8>, program: &Path) {
    script.extend_from_slice(b"exec '");
    for byte in program.as_os_str().as_bytes() {
        match byte {
            b'\'' => script.extend_from_slice(br"'\''"),
            other => script.push(*other),
        }
    }
    script.extend_from_slice(b"' \"$@\"\n");
}

fn install(directory: &Path, name: &str, script: &[u8]) -> io::Result<()> {
    // Written aside and renamed: a sandbox may be running the old one.
    let fresh = directory.join(format!(".{name}"));
    fs::write(&fresh, script)?;
    fs::set_permissions(&fresh, Permissions::from_mode(0o755))?;
    fs::rename(fresh, directory.join(name))
}

pub(crate) fn is_program(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|metadata| metadata.is_file() && metadata.permissions().mode() & 0o111 != 0)
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    fn program(folder: &Path, name: &str, says: &str) {
        fs::create_dir_all(folder).unwrap();
        fs::write(folder.join(name), format!("#!/bin/sh\necho {says} \"$0\" \"$@\"\n")).unwrap();
        fs::set_permissions(folder.join(name), Permissions::from_mode(0o755)).unwrap();
    }

    #[test]
    fn a_missing_name_leads_to_the_program_that_stands_in_for_it_under_its_own_path() {
        let place = tempfile::tempdir().unwrap();
        let host = place.path().join("it's here");
        program(&host, "python3", "three");
        let tools = ToolDirectory::default();
        let directory = place.path().join("bin");
        tools.assemble(&directory, host.as_os_str()).unwrap();
        tools.assemble(&directory, host.as_os_str()).unwrap();
        let output = Command::new(directory.join("python")).args(["a b", "c"]).output().unwrap();
        let expected = format!("three {} a b c\n", host.join("python3").display());
        assert_eq!(String::from_utf8(output.stdout).unwrap(), expected);
        assert!(!directory.join("python3").exists(), "a name the host has itself is left to the host");
    }

    #[test]
    fn npx_finds_a_ts_node_on_the_path_unless_the_project_has_its_own() {
        let place = tempfile::tempdir().unwrap();
        let (host, exposed) = (place.path().join("host"), place.path().join("exposed"));
        program(&host, "npx", "npx");
        program(&exposed, "ts-node", "exposed");
        let tools = ToolDirectory { expose: vec![exposed.clone()] };
        let directory = place.path().join("bin");
        tools.assemble(&directory, host.as_os_str()).unwrap();
        let mut path = tools.path(&directory, host.as_os_str());
        path.push(":/usr/bin:/bin");
        let project = place.path().join("project");
        fs::create_dir_all(project.join("deep")).unwrap();
        let says = |words: &[&str]| {
            let mut command = Command::new(directory.join("npx"));
            let output = command.args(words).env("PATH", &path).current_dir(project.join("deep")).output();
            String::from_utf8(output.unwrap().stdout).unwrap()
        };
        let (ours, theirs) = (exposed.join("ts-node"), host.join("npx"));
        assert_eq!(says(&["ts-node", "-e", "a b"]), format!("exposed {} -e a b\n", ours.display()));
        assert_eq!(says(&["cowsay", "ts-node"]), format!("npx {} cowsay ts-node\n", theirs.display()));
        program(&project.join("node_modules/.bin"), "ts-node", "project");
        assert_eq!(says(&["ts-node"]), format!("npx {} ts-node\n", theirs.display()));

        let alone = place.path().join("alone");
        ToolDirectory::default().assemble(&alone, host.as_os_str()).unwrap();
        assert!(!alone.join("npx").exists(), "without a ts-node, npx is left to the host");
    }

    #[test]
    fn the_report_says_what_is_missing_and_exposed_folders_come_first() {
        let place = tempfile::tempdir().unwrap();
        let (host, exposed) = (place.path().join("host"), place.path().join("exposed"));
        program(&host, "node", "host");
        program(&exposed, "node", "exposed");
        fs::write(host.join("python3"), "no program").unwrap();
        let tools = ToolDirectory { expose: vec![exposed.clone()] };
        let mut host_path = OsString::from("relative:");
        host_path.push(&host);
        let report = tools.report(&host_path);
        let program = |name| report.iter().find(|tool| tool.name == name).unwrap().program.clone();
        assert_eq!(program("node"), Some(exposed.join("node")));
        assert_eq!(program("python3"), None, "a file nobody may execute is no program");
        assert_eq!(program("ts-node"), None);
        let path = tools.path(Path::new("/t"), &host_path);
        assert_eq!(path.to_str().unwrap(), format!("/t:{}:{}", exposed.display(), host.display()));
    }
}
