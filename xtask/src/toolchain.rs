//! The programs a chore needs from the machine, asked for all at once and before any work is done.

use std::process::{Command, Stdio};

use crate::project::Problem;

/// A program from the machine.
pub(crate) struct Tool {
    program: &'static str,
    /// Arguments that make it print its version, or fail when a part of it is missing.
    probe: &'static [&'static str],
    /// The lowest version that will do.
    minimum: (u32, u32),
    purpose: &'static str,
    remedy: &'static str,
}

/// Runs Python clients, and Python code in sandboxes.
pub(crate) const PYTHON: Tool = Tool {
    program: "python3",
    // Debian packages the parts that make a virtual environment apart from Python itself.
    probe: &["-c", "import ensurepip, sys, venv; print('%d.%d.%d' % sys.version_info[:3])"],
    minimum: (3, 10),
    purpose: "runs the Python SDK and Python code in sandboxes",
    remedy: "install Python 3.10 or newer with its venv module (on Debian and Ubuntu: python3 and python3-venv)",
};

/// Runs TypeScript clients, and JavaScript in sandboxes.
pub(crate) const NODE: Tool = Tool {
    program: "node",
    probe: &["--version"],
    minimum: (20, 0),
    purpose: "runs the TypeScript SDKs and JavaScript in sandboxes",
    remedy: "install Node.js 20 or newer",
};

/// Installs TypeScript clients.
pub(crate) const NPM: Tool = Tool {
    program: "npm",
    probe: &["--version"],
    minimum: (9, 0),
    purpose: "installs the TypeScript SDKs",
    remedy: "install npm, which comes with Node.js",
};

/// Checks that every tool is there, and names all that are not in one message.
///
/// # Errors
///
/// When any of them is missing, too old, or lacks a part.
pub(crate) fn require(tools: &[&Tool]) -> Result<(), Problem> {
    let lacking: Vec<(String, &str)> =
        tools.iter().filter_map(|tool| Some((tool.lacks()?, tool.remedy))).collect();
    if lacking.is_empty() {
        return Ok(());
    }
    let what: Vec<&str> = lacking.iter().map(|(what, _)| what.as_str()).collect();
    let remedies: Vec<&str> = lacking.iter().map(|(_, remedy)| *remedy).collect();
    Err(Problem::new(format!("a toolchain is missing: {}", what.join("; "))).with_remedy(remedies.join("; ")))
}

/// Whether OpenSSH's client is there for the tests that use it; installs it where that is Debian's or its relatives' way
/// and this user may. Nothing else needs it, so that a machine without it is no failure.
pub(crate) fn offer_openssh() -> bool {
    let quiet = |program: &str, arguments: &[&str]| {
        let mut command = Command::new(program);
        command.args(arguments).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        command.status().is_ok_and(|status| status.success())
    };
    if quiet("ssh", &["-V"]) {
        return true;
    }
    let user = Command::new("id").arg("-u").output();
    let may = user.is_ok_and(|output| output.stdout.trim_ascii() == b"0");
    let install = ["install", "--yes", "--no-install-recommends", "openssh-client"];
    let installed =
        may && (quiet("apt-get", &install) || (quiet("apt-get", &["update"]) && quiet("apt-get", &install)));
    if !installed {
        println!("   openssh-client is not there: tests of SSH access with it are left out");
    }
    installed
}

impl Tool {
    /// What its version command prints, the mark by which prepared environments know that it has changed.
    pub(crate) fn version(&self) -> Option<String> {
        let output = Command::new(self.program)
            .args(self.probe)
            .stdin(Stdio::null())
            .stderr(Stdio::null())
            .output()
            .ok()?;
        output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
    }

    /// In words, why this tool will not do.
    fn lacks(&self) -> Option<String> {
        let Some(version) = self.version() else {
            return Some(format!("{} ({}) is not there or not complete", self.program, self.purpose));
        };
        let (major, minor) = self.minimum;
        match numbers(&version) {
            Some(found) if found >= self.minimum => None,
            _ => Some(format!(
                "{} ({}) is {version}, too old: {major}.{minor} is needed",
                self.program, self.purpose
            )),
        }
    }
}

/// The first two numbers of a version such as `v20.1.3`.
fn numbers(version: &str) -> Option<(u32, u32)> {
    let mut parts = version.trim_start_matches('v').split('.');
    Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ABSENT: Tool = Tool {
        program: "no-such-program-here",
        probe: &[],
        minimum: (1, 0),
        purpose: "tests this",
        remedy: "none",
    };

    #[test]
    fn versions_are_compared_by_number() {
        assert_eq!(numbers("v20.9.1"), Some((20, 9)));
        assert_eq!(numbers("3.11.4"), Some((3, 11)));
        assert!(numbers("v9.20.0") < numbers("v10.1.0"));
        assert_eq!(numbers("unknown"), None);
    }

    #[test]
    fn every_missing_tool_is_named_with_its_remedy() {
        let old = Tool { program: "sh", probe: &["-c", "echo 0.9.1"], ..ABSENT };
        let text = require(&[&ABSENT, &old]).expect_err("both will not do").to_string();
        assert!(text.contains("no-such-program-here (tests this) is not there"), "{text}");
        assert!(text.contains("sh (tests this) is 0.9.1, too old: 1.0 is needed"), "{text}");
        assert!(text.contains("help: none; none"), "{text}");
    }

    #[test]
    fn a_tool_that_is_new_enough_is_accepted() {
        let new = Tool { program: "sh", probe: &["-c", "echo v1.0.0"], ..ABSENT };
        require(&[&new]).expect("1.0 is the minimum");
    }
}
