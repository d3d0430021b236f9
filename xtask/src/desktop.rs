//! The programs of a desktop, which no package registry of a language has: taken from the machine's own, where this may
//! be done without asking anybody.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::project::Project;

/// A program for each package, by which it is known whether that is there; files where the program is not in `PATH`.
const WANTED: [(&str, &str); 10] = [
    ("Xvfb", "xvfb"),
    ("openbox", "openbox"),
    ("x11vnc", "x11vnc"),
    ("websockify", "websockify"),
    ("/usr/share/novnc", "novnc"),
    ("ffmpeg", "ffmpeg"),
    ("dbus-daemon", "dbus-daemon"),
    ("/usr/libexec/at-spi-bus-launcher", "at-spi2-core"),
    // Programs to work with: a terminal, and one whose parts are told to assistive technology.
    ("xterm", "xterm"),
    ("/usr/lib/python3/dist-packages/gi", "python3-gi"),
];
/// What that program is made of beside.
const TOOLKIT: &str = "gir1.2-gtk-3.0";

/// Installs what is missing, by apt and as root; otherwise says in one line that desktops are not tested.
pub(crate) fn prepare(project: &Project) {
    let missing: Vec<&str> =
        WANTED.iter().filter(|(program, _)| !is_there(program)).map(|(_, package)| *package).collect();
    if missing.is_empty() {
        return;
    }
    let packages = [&missing[..], &[TOOLKIT]].concat();
    if !is_root() || !is_there("apt-get") {
        println!("   desktop: its tests are skipped; install {}", packages.join(" "));
        return;
    }
    println!("   installing desktop ({})", packages.join(" "));
    if !install(project, &packages) {
        println!("   desktop: its tests are skipped; apt failed, see target/tools/desktop.log");
    }
}

fn is_there(program: &str) -> bool {
    if program.starts_with('/') {
        return Path::new(program).exists();
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|directory| directory.join(program).is_file())
}

fn is_root() -> bool {
    let asked = Command::new("id").arg("-u").output();
    asked.is_ok_and(|output| output.stdout.trim_ascii() == b"0")
}

/// The list of what there is may be older than what there is, so it is fetched anew when it does not do.
fn install(project: &Project, packages: &[&str]) -> bool {
    let folder = project.target.join("tools");
    let log = fs::create_dir_all(&folder).and_then(|()| fs::File::create(folder.join("desktop.log")));
    let apt = |arguments: &[&str]| {
        let mut command = Command::new("apt-get");
        command
            .args(["-q", "-o", "DPkg::Lock::Timeout=120"])
            .args(arguments)
            .env("DEBIAN_FRONTEND", "noninteractive")
            .stdin(Stdio::null());
        for stream in [Command::stdout, Command::stderr] {
            let kept = log.as_ref().ok().and_then(|log| log.try_clone().ok());
            stream(&mut command, kept.map_or_else(Stdio::null, Stdio::from));
        }
        command.status().is_ok_and(|status| status.success())
    };
    let install = [&["install", "-y", "--no-install-recommends"], packages].concat();
    apt(&install) || (apt(&["update"]) && apt(&install))
}
