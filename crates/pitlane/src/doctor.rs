//! `pitlane doctor`: every probe, its result, and what to change on the host.

use std::fs;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use engine::desktop::program::Kind;
use engine::spawn::find_executable;
use sandbox::{Root, RuntimeConfig};

use crate::cli::ServerOptions;
use crate::composition::runtime_config;
use crate::failure::Failure;
use crate::runtime::{namespace, run_directory};
use crate::trust;

pub(crate) fn run(options: &ServerOptions) -> Result<ExitCode, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.map_err(Failure::io("start the program's runtime"))?.block_on(examine(options))
}

async fn examine(options: &ServerOptions) -> Result<ExitCode, Failure> {
    let place = run_directory(options);
    let config = runtime_config(options)?;
    let root = Root::ephemeral(&place).map_err(|error| Failure::State(error.to_string()))?;
    println!("sandboxes live in {}", root.path().display());
    println!("\nrungs, highest first");
    match namespace(Arc::new(root), config.clone()).await {
        Ok(runtime) => {
            runtime.close(Duration::ZERO).await;
            say("namespace", true, "a sandbox was made and taken down");
        }
        Err(error) => say("namespace", false, &error.to_string()),
    }
    say("process", true, "needs nothing");
    println!("\nwhat they need");
    user_namespaces();
    overlay();
    landlock();
    println!("\nfiles of images");
    let (works, words) = trust::examine(options.ca_dir.as_ref()).await;
    say("Python's upload", works, &words);
    println!("\ntools of sandboxes");
    tools(&config);
    println!("\ndesktops of sandboxes");
    desktops(&config);
    Ok(ExitCode::SUCCESS)
}

fn say(what: &str, works: bool, words: &str) {
    println!("  {} {what:<16} {words}", if works { "ok     " } else { "missing" });
}

/// Files of the kernel with a number in them that can forbid user namespaces: the number that does, and the remedy.
const FORBIDDERS: [(&str, &str, &str); 3] = [
    ("/proc/sys/user/max_user_namespaces", "0", "sysctl -w user.max_user_namespaces=15000"),
    ("/proc/sys/kernel/unprivileged_userns_clone", "0", "sysctl -w kernel.unprivileged_userns_clone=1"),
    (
        "/proc/sys/kernel/apparmor_restrict_unprivileged_userns",
        "1",
        "sysctl -w kernel.apparmor_restrict_unprivileged_userns=0, or an AppArmor profile with `userns` for pitlane",
    ),
];

fn user_namespaces() {
    let forbidding = FORBIDDERS
        .iter()
        .filter(|(file, number, _)| fs::read_to_string(file).is_ok_and(|text| text.trim() == *number));
    let remedies: Vec<String> =
        forbidding.map(|(file, number, remedy)| format!("{file} is {number}: {remedy}")).collect();
    match remedies.is_empty() {
        true => say("user namespaces", true, "the host does not forbid them"),
        false => say("user namespaces", false, &remedies.join("; ")),
    }
}

fn overlay() {
    let known = fs::read_to_string("/proc/filesystems").unwrap_or_default();
    match known.split_whitespace().any(|name| name == "overlay") {
        true => say("overlay", true, "the kernel has it"),
        false => say("overlay", false, "the kernel does not know it (yet): modprobe overlay"),
    }
}

fn landlock() {
    match sandbox::can_confine_writes() {
        true => {
            say("Landlock", true, "keeps writes of the process rung inside, outside of /tmp and /var/tmp");
        }
        false => say("Landlock", false, "needs Linux 6.2 and `landlock` in the kernel's lsm= list"),
    }
}

fn tools(config: &RuntimeConfig) {
    for tool in config.tools.report(&config.host_path) {
        match tool.program {
            Some(program) => say(tool.name, true, &program.display().to_string()),
            None => say(tool.name, false, "install it, or point --expose at its directory"),
        }
    }
}

fn desktops(config: &RuntimeConfig) {
    let path = config.host_path.to_string_lossy();
    for kind in Kind::ALL {
        match kind.program(&path) {
            Some(program) => say(kind.name(), true, &program.display().to_string()),
            None => {
                say(
                    kind.name(),
                    false,
                    &format!("on Debian and Ubuntu: apt-get install {}", kind.packages()),
                );
            }
        }
    }
    match find_executable("ffmpeg", &path) {
        Some(program) => say("recordings", true, &program.display().to_string()),
        None => say("recordings", false, "on Debian and Ubuntu: apt-get install ffmpeg"),
    }
}
