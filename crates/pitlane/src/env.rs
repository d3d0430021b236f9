//! `pitlane env`: what a client's environment needs.

use std::io::{Read as _, Write as _};
use std::net::{TcpStream, ToSocketAddrs};
use std::process::ExitCode;
use std::time::Duration;

use crate::announce::{API_KEY, Ready};
use crate::cli::{EnvOptions, Shell};

const PATIENCE: Duration = Duration::from_millis(300);

pub(crate) fn run(options: &EnvOptions) -> ExitCode {
    let url = options.url.trim_end_matches('/').trim_end_matches("/api").to_owned();
    if !answers(&url) {
        eprintln!("pitlane: nothing answers at {url}; start it with `pitlane serve`");
    }
    let ready = Ready {
        api_url: format!("{url}/api"),
        api_key: API_KEY.to_owned(),
        other_api_key: None,
        voidrun_url: None,
        ssh: ssh_address(&url),
        url,
        pid: 0,
    };
    for (name, value) in ready.environment() {
        println!("{}", export(options.shell, name, value));
    }
    ExitCode::SUCCESS
}

fn export(shell: Shell, name: &str, value: &str) -> String {
    let quoted = format!("'{}'", value.replace('\'', r"'\''"));
    match shell {
        Shell::Sh => format!("export {name}={quoted}"),
        Shell::Fish => format!("set -gx {name} {quoted}"),
    }
}

/// Whether something listens there. Printing the exports does not depend on it.
fn answers(url: &str) -> bool {
    let authority = url.split("://").nth(1).unwrap_or(url);
    let Ok(mut addresses) = authority.to_socket_addrs() else { return false };
    addresses.any(|address| TcpStream::connect_timeout(&address, PATIENCE).is_ok())
}

/// Where the server at `url` says its SSH access is; nothing when it does not say so.
fn ssh_address(url: &str) -> Option<String> {
    let authority = url.split("://").nth(1).unwrap_or(url);
    let address = authority.to_socket_addrs().ok()?.next()?;
    let mut stream = TcpStream::connect_timeout(&address, PATIENCE).ok()?;
    stream.set_read_timeout(Some(PATIENCE)).ok()?;
    let request = format!("GET /health HTTP/1.1\r\nHost: {authority}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    let (_, body) = answer.split_once("\r\n\r\n")?;
    let health: serde_json::Value = serde_json::from_str(body).ok()?;
    health.get("ssh")?.as_str().map(ToOwned::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_quoted_for_the_shell() {
        assert_eq!(export(Shell::Sh, "A", "it's"), r"export A='it'\''s'");
        assert_eq!(export(Shell::Fish, "A", "b"), "set -gx A 'b'");
    }
}
