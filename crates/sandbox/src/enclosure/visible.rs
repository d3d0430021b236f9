//! Which directories outside of the lowered ones a sandbox needs for its tools, and the `PATH` that goes with them.
//!
//! A host may have its interpreters in a home directory, behind scripts of a version manager. Such a tool's own prefix is
//! exposed read-only at its own path; the scripts, which need the whole manager, are passed by.

use std::ffi::{OsStr, OsString};
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::TOOLS;
use super::mounts::OWN;
use crate::tools::{ToolDirectory, add, add_npx, is_program};

/// What is exposed, and the `PATH` inside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Exposure {
    /// Directories to mount read-only at their own path; none lies in another or in a lowered one.
    pub(crate) directories: Vec<PathBuf>,
    /// Folders of programs, as a sandbox's `PATH`.
    pub(crate) path: OsString,
    /// Names of the tools a sandbox finds.
    pub(crate) found: Vec<&'static str>,
}

struct Search<'a> {
    lowered: &'a [String],
    hidden: &'a Path,
    host_path: &'a OsStr,
    directories: Vec<PathBuf>,
    /// Folders ahead of the host's.
    folders: Vec<PathBuf>,
}

/// Looks for the tools, and makes names in `place` lead to those found under others. Runs interpreters to ask them where
/// they live, where scripts stand before them.
pub(crate) fn expose(
    tools: &ToolDirectory,
    host_path: &OsStr,
    place: &Path,
    lowered: &[String],
    hidden: &Path,
) -> io::Result<Exposure> {
    fs::create_dir_all(place)?;
    let mut search = Search { lowered, hidden, host_path, directories: Vec::new(), folders: Vec::new() };
    for folder in &tools.expose {
        search.expose_folder(folder);
    }
    let folders = tools.folders(host_path);
    let mut found = Vec::new();
    let mut npx = None;
    for (name, others) in ToolDirectory::names() {
        let candidates = [name].into_iter().chain(others.iter().copied());
        let program = candidates.flat_map(|name| folders.iter().map(move |folder| folder.join(name)));
        let Some(program) =
            program.filter(|path| is_program(path)).find_map(|path| search.reach(name, &path))
        else {
            continue;
        };
        found.push(name);
        if program.file_name() != Some(OsStr::new(name)) {
            add(place, name, &program)?;
        }
        if name == "npx" {
            npx = Some(program);
        }
    }
    if let Some(npx) = npx.filter(|_| found.contains(&"ts-node")) {
        add_npx(place, &npx)?;
    }
    Ok(search.finish(&folders, found))
}

impl Search<'_> {
    /// Whether a sandbox sees this path anyway.
    fn is_visible(&self, path: &Path) -> bool {
        let top = path.components().nth(1).map(|component| component.as_os_str().to_owned());
        // Links at the top, such as /bin, lead to lowered directories.
        let lowered = top.is_some_and(|top| {
            self.lowered.iter().any(|name| **name == *top)
                || fs::read_link(Path::new("/").join(&top)).is_ok_and(|target| {
                    self.lowered
                        .iter()
                        .any(|name| Path::new("/").join(&target).starts_with(format!("/{name}")))
                })
        });
        // One of the sandbox's own directories lies over the host's of that name.
        let own = OWN.iter().any(|(_, seen)| path.starts_with(Path::new("/").join(seen)));
        (lowered && !own && !path.starts_with(self.hidden))
            || self.directories.iter().any(|directory| path.starts_with(directory))
    }

    /// Exposes a folder the operator named, and where its programs lead.
    fn expose_folder(&mut self, folder: &Path) {
        self.add(prefix(folder).unwrap_or_else(|| folder.to_owned()));
        self.add(folder.to_owned());
        for entry in fs::read_dir(folder).into_iter().flatten().flatten().take(256) {
            if let Ok(real) = entry.path().canonicalize()
                && !self.is_visible(&real)
                && let Some(prefix) = real.parent().and_then(prefix)
            {
                self.add(prefix);
            }
        }
    }

    /// Makes a program reachable from inside; the path to call it by, or nothing when that cannot be done.
    fn reach(&mut self, name: &str, program: &Path) -> Option<PathBuf> {
        let real = program.canonicalize().ok()?;
        if self.is_visible(program) && self.is_visible(&real) {
            return Some(program.to_owned());
        }
        let own = program.parent().and_then(prefix);
        if own.is_none() && is_script(&real) {
            return self.reach_behind(name, program);
        }
        for prefix in own.into_iter().chain(real.parent().and_then(prefix)) {
            self.add(prefix);
        }
        match (self.is_visible(program), self.is_visible(&real)) {
            (true, true) => Some(program.to_owned()),
            // A link from a folder that stays out of sight.
            (false, true) => self.put_first(real),
            _ => None,
        }
    }

    /// Puts the folder of a program ahead of the host's.
    fn put_first(&mut self, program: PathBuf) -> Option<PathBuf> {
        let folder = program.parent()?.to_owned();
        if !self.folders.contains(&folder) {
            self.folders.push(folder);
        }
        Some(program)
    }

    /// Asks an interpreter behind a script where it lives.
    fn reach_behind(&mut self, name: &str, script: &Path) -> Option<PathBuf> {
        // What is put ahead of the host's folders is what a sandbox finds, whatever this script would say.
        let mut ahead = self.folders.iter().map(|folder| folder.join(name));
        if let Some(known) = ahead.find(|program| is_program(program)) {
            return Some(known);
        }
        let question: &[&str] = match name {
            "python" | "python3" => &["-c", "import sys; print(sys.executable); print(sys.base_prefix)"],
            "node" => {
                &["-p", "process.execPath + '\\n' + require('path').resolve(process.execPath, '../..')"]
            }
            _ => return None,
        };
        let answer = Command::new(script)
            .args(question)
            .current_dir("/")
            .env("PATH", self.host_path)
            .stdin(Stdio::null())
            .stderr(Stdio::null())
            .output()
            .ok()?;
        let answer = String::from_utf8(answer.stdout).ok()?;
        let mut lines = answer.lines().map(PathBuf::from);
        let (program, prefix) = (lines.next()?, lines.next()?);
        if !program.is_absolute() || !prefix.is_absolute() || !is_program(&program) {
            return None;
        }
        self.add(prefix);
        let real = program.canonicalize().ok()?;
        if !self.is_visible(&program) || !self.is_visible(&real) {
            return None;
        }
        self.put_first(program)
    }

    /// Exposes a directory, unless it is seen already or would show more than a tool.
    fn add(&mut self, directory: PathBuf) {
        let depth = directory.components().count();
        let enough = if directory.starts_with("/home") { 4 } else { 3 };
        let narrow = depth >= enough
            && directory.is_absolute()
            && !directory.ends_with(".local")
            && !self.hidden.starts_with(&directory)
            && !directory.starts_with(self.hidden);
        if narrow && directory.is_dir() && !self.is_visible(&directory) {
            self.directories.retain(|known| !known.starts_with(&directory));
            self.directories.push(directory);
        }
    }

    fn finish(self, folders: &[PathBuf], found: Vec<&'static str>) -> Exposure {
        let mut path = OsString::from(TOOLS);
        let seen = folders.iter().filter(|folder| self.is_visible(folder));
        for folder in self.folders.iter().chain(seen) {
            path.push(":");
            path.push(folder);
        }
        Exposure { directories: self.directories, path, found }
    }
}

/// What belongs to the programs of a folder: the directory above, where that is the custom.
fn prefix(folder: &Path) -> Option<PathBuf> {
    let name = folder.file_name()?.to_str()?;
    matches!(name, "bin" | ".bin" | "sbin").then(|| folder.parent().map(Path::to_owned))?
}

fn is_script(program: &Path) -> bool {
    let mut head = [0; 2];
    File::open(program).and_then(|mut file| file.read_exact(&mut head)).is_ok() && head == *b"#!"
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    fn program(path: &Path, text: &str) {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
        fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
    }

    fn look(expose: Vec<PathBuf>, path: &Path, place: &Path) -> Exposure {
        let tools = ToolDirectory { expose };
        super::expose(&tools, path.as_os_str(), place, &["usr".into()], Path::new("/data")).unwrap()
    }

    #[test]
    fn a_tool_in_a_prefix_of_its_own_brings_the_prefix_along_and_a_version_managers_script_the_real_one() {
        let place = tempfile::tempdir().unwrap();
        let home = place.path().canonicalize().unwrap();
        program(&home.join("real/bin/node"), "\x7fELF");
        program(&home.join("versions/3/bin/python3"), "\x7fELF");
        let answer =
            format!("#!/bin/sh\necho '{0}/bin/python3'; echo '{0}'\n", home.join("versions/3").display());
        program(&home.join("shims/python3"), &answer);
        symlink(home.join("real/bin/node"), home.join("shims/node")).unwrap();
        let exposure = look(vec![], &home.join("shims"), &home.join("place"));
        assert_eq!(exposure.directories, [home.join("versions/3"), home.join("real")]);
        let path = exposure.path.into_string().unwrap();
        assert!(path.contains(home.join("versions/3/bin").to_str().unwrap()), "{path}");
        assert!(!path.contains("shims"), "{path}");
    }

    #[test]
    fn an_exposed_folder_of_links_is_exposed_with_what_they_lead_to() {
        let place = tempfile::tempdir().unwrap();
        let home = place.path().canonicalize().unwrap();
        program(&home.join("node_modules/ts-node/dist/bin.js"), "#!/usr/bin/env node\n");
        fs::create_dir(home.join("node_modules/.bin")).unwrap();
        symlink("../ts-node/dist/bin.js", home.join("node_modules/.bin/ts-node")).unwrap();
        let folder = home.join("node_modules/.bin");
        let exposure = look(vec![folder.clone()], Path::new("/usr/bin"), &home.join("place"));
        assert_eq!(exposure.directories, [home.join("node_modules")]);
        assert!(exposure.path.to_str().unwrap().starts_with(&format!("{TOOLS}:{}", folder.display())));
        assert!(exposure.found.contains(&"ts-node"));
    }

    #[test]
    fn a_home_directory_or_the_directory_of_all_sandboxes_is_never_exposed() {
        let mut search = Search {
            lowered: &["usr".into()],
            hidden: Path::new("/srv/data"),
            host_path: OsStr::new(""),
            directories: Vec::new(),
            folders: Vec::new(),
        };
        for directory in
            ["/", "/root", "/home/ann", "/root/.local", "/srv", "/srv/data/sandboxes", "/usr/lib"]
        {
            search.add(directory.into());
        }
        assert_eq!(search.directories, Vec::<PathBuf>::new());
    }
}
