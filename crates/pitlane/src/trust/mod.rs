//! Trust in this user's certificate authority, for clients that take nothing but TLS and read only the system's bundle:
//! the object storage of Python's client, which wipes the environment meanwhile.
//!
//! `pitlane ca` tells where the certificate is and how to trust it. `pitlane ca -- CMD`, and `pitlane exec` by itself,
//! run a command that trusts it while the machine does not: in a mount namespace of its own, where the bundle has one
//! certificate more (`namespace.rs`).

mod bundles;
mod namespace;

use std::ffi::OsString;
use std::io;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

use lab::{Clock as _, SystemClock};
use objects::Authority;

use crate::cli::CaOptions;
use crate::failure::Failure;
use bundles::Bundle;

/// The directory's own name.
pub(crate) const NAME: &str = "ca";

/// Where the authority lies, unless this user has no home. One for all servers, so that it needs to be trusted once.
pub(crate) fn directory(asked: Option<&PathBuf>) -> Option<PathBuf> {
    if let Some(directory) = asked {
        return Some(directory.clone());
    }
    let variable = |name| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let data = variable("XDG_DATA_HOME").or_else(|| Some(variable("HOME")?.join(".local/share")))?;
    Some(data.join("pitlane").join(NAME))
}

/// `pitlane ca`.
pub(crate) fn run(options: &CaOptions) -> Result<ExitCode, Failure> {
    let authority = open(options.ca_dir.as_ref())?;
    if options.check {
        let trying = namespace::enter(&bundles::lacking(authority.certificate()));
        return Ok(ExitCode::from(u8::from(trying.is_err())));
    }
    if let Some((program, arguments)) = options.command.split_first() {
        return Err(become_command(&authority, program, arguments));
    }
    if options.pem {
        print!("{}", authority.certificate());
    } else if let Some(file) = &options.bundle {
        write_bundle(&authority, file)?;
    } else {
        print!("{}", instructions(&authority));
    }
    Ok(ExitCode::SUCCESS)
}

fn open(directory: Option<&PathBuf>) -> Result<Authority, Failure> {
    let directory = self::directory(directory).ok_or_else(|| {
        Failure::Authority("there is no HOME to keep it in; name a place with --ca-dir".to_owned())
    })?;
    Authority::open(&directory, SystemClock.now()).map_err(|error| Failure::Authority(error.to_string()))
}

/// Turns this process into a command that trusts the authority; comes back only when it cannot.
fn become_command(authority: &Authority, program: &OsString, arguments: &[OsString]) -> Failure {
    let lacking = bundles::lacking(authority.certificate());
    if let Err(error) = namespace::enter(&lacking) {
        return Failure::Authority(format!("a command cannot be made to trust it here: {error}"));
    }
    let source = Command::new(program).args(arguments).exec();
    Failure::Program { program: program.to_string_lossy().into_owned(), source }
}

/// Whether a command can be run by [`trusting`], and whether that makes a difference. Makes the authority.
pub(crate) async fn can_help(directory: Option<&PathBuf>) -> bool {
    let Ok(authority) = open(directory) else { return false };
    if bundles::lacking(authority.certificate()).is_empty() {
        return false;
    }
    let Ok(mut check) = own_command(directory) else { return false };
    check.arg("--check").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    tokio::process::Command::from(check).status().await.is_ok_and(|status| status.success())
}

/// What runs `program` so that it trusts the authority.
pub(crate) fn trusting(directory: Option<&PathBuf>, program: &OsString) -> io::Result<Command> {
    let mut command = own_command(directory)?;
    command.arg("--").arg(program);
    Ok(command)
}

fn own_command(directory: Option<&PathBuf>) -> io::Result<Command> {
    let mut command = Command::new(std::env::current_exe()?);
    command.arg("ca");
    if let Some(directory) = directory {
        command.arg("--ca-dir").arg(directory);
    }
    Ok(command)
}

fn write_bundle(authority: &Authority, file: &Path) -> Result<(), Failure> {
    let bundle = bundles::all().into_iter().next().map(|Bundle { text, .. }| text).unwrap_or_default();
    std::fs::write(file, bundles::with(&bundle, authority.certificate()))
        .map_err(Failure::io(format!("write {}", file.display())))
}

fn instructions(authority: &Authority) -> String {
    let path = authority.path().display();
    let trusted = match (bundles::all().is_empty(), bundles::lacking(authority.certificate()).is_empty()) {
        (true, _) => "This machine has no bundle of certificates; install its package ca-certificates.",
        (false, true) => "This machine trusts it.",
        (false, false) => "This machine does not trust it.",
    };
    format!(
        "{path}\n\n\
         The object store's https is vouched for by this certificate authority of yours. It can vouch for local names\n\
         and private networks only. Only clients of Python need it, to upload files of an image. {trusted}\n\n\
         For one command, without a change to the machine:\n\n  \
         pitlane exec -- CMD          by itself, with a server of its own\n  \
         pitlane ca -- CMD            against a server that runs already\n\n\
         For the machine (Debian, Ubuntu, Alpine; then Fedora and relatives; then Arch):\n\n  \
         sudo cp {path} /usr/local/share/ca-certificates/pitlane.crt && sudo update-ca-certificates\n  \
         sudo cp {path} /etc/pki/ca-trust/source/anchors/pitlane.pem && sudo update-ca-trust\n  \
         sudo trust anchor --store {path}\n\n\
         In a container: COPY it there and do the same, or mount the output of `pitlane ca --bundle FILE` over\n\
         the bundle of the image, such as /etc/ssl/certs/ca-certificates.crt.\n"
    )
}

/// What `pitlane doctor` says: whether commands trust the authority under `pitlane exec`, and why or what to do.
pub(crate) async fn examine(directory: Option<&PathBuf>) -> (bool, String) {
    let authority = match open(directory) {
        Ok(authority) => authority,
        Err(error) => return (false, error.to_string()),
    };
    if bundles::all().is_empty() {
        return (false, "no bundle of certificates: install the package ca-certificates".to_owned());
    }
    if bundles::lacking(authority.certificate()).is_empty() {
        return (true, "the machine trusts the authority of `pitlane ca`".to_owned());
    }
    match can_help(directory).await {
        true => (true, "under `pitlane exec --` and `pitlane ca --`; otherwise see `pitlane ca`".to_owned()),
        false => {
            (false, "no mount namespaces for this user: trust the authority as `pitlane ca` says".to_owned())
        }
    }
}
