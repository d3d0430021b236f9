//! Trust in the certificate authority of the object store: lent to single commands, never to the machine.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::support::{leftovers, program};

const BUNDLE: &str = "/etc/ssl/certs/ca-certificates.crt";

/// Below a directory of its own, as far as it writes anything.
fn pitlane(place: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(program());
    command.env("PITLANE_CA_DIR", place.join("ca")).env("PITLANE_RUN_DIR", place).args(arguments);
    command.output().unwrap()
}

fn printed(output: &Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// The authority's certificate, where this machine has a bundle and lets commands have one of their own.
fn certificate(place: &Path) -> Option<String> {
    let certificate = printed(&pitlane(place, &["ca", "--pem"]));
    let possible = Path::new(BUNDLE).is_file() && pitlane(place, &["ca", "--check"]).status.success();
    if !possible {
        println!("commands cannot be lent trust here");
    }
    possible.then_some(certificate)
}

#[test]
fn the_certificate_is_where_it_is_said_to_be_and_its_key_is_never_shown() {
    let place = tempfile::tempdir().unwrap();
    let told = printed(&pitlane(place.path(), &["ca"]));
    let path = PathBuf::from(told.lines().next().unwrap());
    assert!(path.starts_with(place.path()), "{told}");
    let certificate = std::fs::read_to_string(path).unwrap();
    assert_eq!(printed(&pitlane(place.path(), &["ca", "--pem"])), certificate);
    let file = place.path().join("bundle.pem");
    printed(&pitlane(place.path(), &["ca", "--bundle", file.to_str().unwrap()]));
    let bundle = std::fs::read_to_string(file).unwrap();
    assert!(bundle.ends_with(&certificate) && !bundle.contains("PRIVATE KEY"));
}

#[test]
fn a_command_trusts_the_authority_and_the_machine_does_not() {
    let place = tempfile::tempdir().unwrap();
    let Some(certificate) = certificate(place.path()) else { return };
    let before = std::fs::read(BUNDLE).unwrap();
    for way in [&["exec", "--"][..], &["ca", "--"]] {
        let arguments = [way, &["cat", BUNDLE]].concat();
        let seen = printed(&pitlane(place.path(), &arguments));
        assert!(seen.contains(&certificate), "{way:?}");
        assert!(seen.len() > before.len(), "what the machine trusts is trusted as well");
    }
    let alone = printed(&pitlane(place.path(), &["exec", "--no-trust", "--", "cat", BUNDLE]));
    assert_eq!(alone.as_bytes(), before);
    assert_eq!(std::fs::read(BUNDLE).unwrap(), before);
    assert!(leftovers(place.path()).is_empty());
}

#[test]
fn a_command_that_was_lent_trust_is_otherwise_itself() {
    let place = tempfile::tempdir().unwrap();
    if certificate(place.path()).is_none() {
        return;
    }
    let script =
        "test \"$(id -u)\" = \"$0\" && test \"$1\" = 'a  b' && read line && echo \"$line\" && exit 7";
    let user = nix::unistd::geteuid().to_string();
    for way in [&["exec", "--"][..], &["ca", "--"]] {
        let mut command = Command::new(program());
        command.env("PITLANE_CA_DIR", place.path().join("ca")).env("PITLANE_RUN_DIR", place.path());
        command.args(way).args(["sh", "-c", script, &user, "a  b"]);
        let input = place.path().join("input");
        std::fs::write(&input, "through\n").unwrap();
        let output = command.stdin(std::fs::File::open(input).unwrap()).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!((output.status.code(), &*output.stdout), (Some(7), &b"through\n"[..]), "{way:?}: {said}");
    }
    let output = pitlane(place.path(), &["ca", "--", "no-such-program"]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success() && said.contains("failed to start no-such-program"), "{said}");
}
