//! The command line.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::limits::LimitOptions;

/// Where the server listens unless told otherwise.
pub(crate) const DEFAULT_LISTEN: &str = "127.0.0.1:3986";

/// Where VoidRun's API is served alone unless told otherwise.
const DEFAULT_VOIDRUN_LISTEN: &str = "127.0.0.1:33944";

/// The Daytona sandbox platform on local processes, for development and tests.
#[derive(Debug, Parser)]
#[command(name = "pitlane", version, about, long_about = None, max_term_width = 100)]
#[command(
    after_help = "Start with `pitlane serve`, or put `pitlane exec --` in front of the command that runs your tests."
)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Serve the API until interrupted.
    Serve(ServeOptions),
    /// Run a command against a private server that goes away with it.
    Exec(ExecOptions),
    /// Print the environment a client needs, for `eval "$(pitlane env)"`.
    Env(EnvOptions),
    /// Show the certificate authority for clients that take only TLS, and run commands that trust it.
    Ca(CaOptions),
    /// Show what this host lets sandboxes be, and what to change where it does not.
    Doctor(ServerOptions),
    /// Judge a server by the documented contract, or test the suite that does.
    Conformance(Box<conformance::cli::Command>),
}

#[derive(Debug, Args)]
pub(crate) struct ServeOptions {
    /// Address and port to listen on; port 0 takes any free one.
    #[arg(long, value_name = "ADDRESS", default_value = DEFAULT_LISTEN, env = "PITLANE_LISTEN")]
    pub(crate) listen: SocketAddr,
    /// Serve VoidRun's API alone at another address too: 127.0.0.1:33944, its customary one, unless told otherwise.
    #[arg(long, value_name = "ADDRESS", num_args = 0..=1, default_missing_value = DEFAULT_VOIDRUN_LISTEN)]
    pub(crate) voidrun_listen: Option<SocketAddr>,
    /// Address and port of SSH access. Unless told otherwise port 2222 beside the API, or any that is free when that is
    /// taken.
    #[arg(long, value_name = "ADDRESS", env = "PITLANE_SSH_LISTEN")]
    pub(crate) ssh_listen: Option<SocketAddr>,
    /// Write url, key and process id to this file, as JSON, once the first call will work.
    #[arg(long, value_name = "FILE")]
    pub(crate) ready_file: Option<PathBuf>,
    /// Announce readiness as one line of JSON instead of the banner.
    #[arg(long)]
    pub(crate) json: bool,
    /// Make a second organization at the start and announce a key of it too, as a suite that tests isolation needs.
    #[arg(long)]
    pub(crate) second_tenant: bool,
    /// Stop when standard input ends, so that the server cannot outlive the program that started it.
    #[arg(long, hide = true)]
    pub(crate) until_stdin_ends: bool,
    /// Break the contract as this mutant of the conformance suite says, in JSON; for testing the suite.
    #[arg(long, hide = true, value_name = "JSON")]
    pub(crate) mutant: Option<String>,
    /// Be hard to bear without leaving the contract, as this twist of the conformance suite says, in JSON.
    #[arg(long, hide = true, value_name = "JSON")]
    pub(crate) twist: Option<String>,
    #[command(flatten)]
    pub(crate) server: ServerOptions,
}

/// What `serve` and `exec` share.
#[derive(Clone, Debug, Args)]
pub(crate) struct ServerOptions {
    /// Keep state and sandboxes here, and find them again at the next start. Without it nothing is left behind.
    #[arg(long, value_name = "DIR", env = "PITLANE_DATA_DIR")]
    pub(crate) data_dir: Option<PathBuf>,
    /// Where sandboxes live that nobody keeps; the user's cache directory unless told otherwise.
    #[arg(long, value_name = "DIR", env = "PITLANE_RUN_DIR")]
    pub(crate) run_dir: Option<PathBuf>,
    /// What becomes of sandboxes that ran when the server last ended.
    #[arg(long, value_enum, default_value_t = RestoreOption::Stopped, requires = "data_dir")]
    pub(crate) restore: RestoreOption,
    /// What holds a sandbox.
    #[arg(long, value_enum, default_value_t = RuntimeOption::Auto, env = "PITLANE_RUNTIME")]
    pub(crate) runtime: RuntimeOption,
    /// Offer the programs in this directory to sandboxes, ahead of the host's; may be given again.
    #[arg(long, value_name = "DIR", env = "PITLANE_EXPOSE", value_delimiter = ':')]
    pub(crate) expose: Vec<PathBuf>,
    /// Settings for the git operations of the API, such as `url.<base>.insteadOf` to send public addresses to a mirror.
    #[arg(long, value_name = "FILE", env = "PITLANE_GIT_CONFIG")]
    pub(crate) git_config: Option<PathBuf>,
    /// Let commands write outside their sandbox's tree, where the kernel could keep them in.
    #[arg(long)]
    pub(crate) no_write_confinement: bool,
    /// Stop commands after this many seconds when the client names no limit; 0 for never.
    #[arg(long, value_name = "SECONDS", default_value_t = 0)]
    pub(crate) execute_timeout_default: u32,
    /// Give a client up that takes longer than this many seconds for the head of a request; 0 for never.
    #[arg(long, value_name = "SECONDS", default_value_t = 30)]
    pub(crate) head_timeout: u32,
    /// Answer 408 when nothing of a request's body came for this many seconds; 0 for never. How long it takes as a whole
    /// does not matter.
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    pub(crate) body_timeout: u32,
    /// Answer VoidRun's API as its official document has it, where released servers and clients do otherwise.
    #[arg(long)]
    pub(crate) voidrun_strict: bool,
    /// Refuse images that only a registry would have, instead of letting the host's root stand in for them.
    #[arg(long)]
    pub(crate) no_any_image: bool,
    /// Limit what an organization may use: `hosted` for what the hosted service gives, or names and numbers out of cpu,
    /// memory, disk, total-cpu, total-memory and total-disk, such as `cpu=4,total-memory=10`.
    #[arg(long, value_name = "LIMITS", env = "PITLANE_QUOTAS")]
    pub(crate) quotas: Option<control::Quotas>,
    /// How sandboxes come from one state to the next.
    #[arg(long, value_enum, default_value_t = LifecycleOption::Prompt, env = "PITLANE_LIFECYCLE")]
    pub(crate) lifecycle: LifecycleOption,
    /// Announce nothing over the event socket, so that clients poll.
    #[arg(long)]
    pub(crate) no_events: bool,
    /// Serve requests that name this host; loopback names and numeric addresses are always served.
    #[arg(long, value_name = "NAME")]
    pub(crate) allow_host: Vec<String>,
    /// Let web pages of this origin call the server; loopback origins always may. `*` allows every page.
    #[arg(long, value_name = "ORIGIN")]
    pub(crate) allow_origin: Vec<String>,
    /// How the addresses of previews look.
    #[arg(long, value_enum, default_value_t = PreviewOption::Listener, env = "PITLANE_PREVIEW")]
    pub(crate) preview: PreviewOption,
    /// Domain whose hosts, `<port>-<sandbox>.<domain>`, are previews with `--preview host`. It may carry a port; the one
    /// the client reached the server by is put behind it otherwise.
    #[arg(long, value_name = "DOMAIN", default_value = "localhost", env = "PITLANE_PREVIEW_DOMAIN")]
    pub(crate) preview_domain: String,
    /// Address and port of the object store; a free port at the address of the server, when it is first used, unless told
    /// otherwise.
    #[arg(long, value_name = "ADDRESS", env = "PITLANE_OBJECTS_LISTEN")]
    pub(crate) objects_listen: Option<SocketAddr>,
    /// The same for clients that take only TLS, as Python's.
    #[arg(long, value_name = "ADDRESS", env = "PITLANE_OBJECTS_TLS_LISTEN")]
    pub(crate) objects_tls_listen: Option<SocketAddr>,
    /// Where the certificate authority for such clients lies; the user's data directory unless told otherwise.
    #[arg(long, value_name = "DIR", env = "PITLANE_CA_DIR")]
    pub(crate) ca_dir: Option<PathBuf>,
    /// Hold every request and answer against the contract.
    #[arg(long, value_enum, default_value_t = CheckOption::Off, env = "PITLANE_CONTRACT_CHECK")]
    pub(crate) contract_check: CheckOption,
    /// Write down every request and answer, a line of JSON each, without keys, tokens and passwords.
    #[arg(long, value_name = "FILE", env = "PITLANE_JOURNAL")]
    pub(crate) journal: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) limits: LimitOptions,
}

impl ServerOptions {
    /// How long clients may fall silent.
    pub(crate) fn patience(&self) -> edge::Patience {
        let patience = |seconds: u32| (seconds > 0).then(|| Duration::from_secs(seconds.into()));
        edge::Patience { head: patience(self.head_timeout), body: patience(self.body_timeout) }
    }

    /// The options as arguments for another `pitlane serve`.
    pub(crate) fn to_arguments(&self) -> Vec<std::ffi::OsString> {
        let mut arguments: Vec<std::ffi::OsString> = Vec::new();
        let mut add = |name: &str, value: &std::ffi::OsStr| {
            arguments.push(name.into());
            arguments.push(value.into());
        };
        if let Some(directory) = &self.data_dir {
            add("--data-dir", directory.as_os_str());
            add("--restore", name_of(&self.restore).as_ref());
        }
        if let Some(directory) = &self.run_dir {
            add("--run-dir", directory.as_os_str());
        }
        add("--runtime", name_of(&self.runtime).as_ref());
        self.expose.iter().for_each(|directory| add("--expose", directory.as_os_str()));
        if let Some(file) = &self.git_config {
            add("--git-config", file.as_os_str());
        }
        if let Some(file) = &self.journal {
            add("--journal", file.as_os_str());
        }
        add("--execute-timeout-default", self.execute_timeout_default.to_string().as_ref());
        add("--head-timeout", self.head_timeout.to_string().as_ref());
        add("--body-timeout", self.body_timeout.to_string().as_ref());
        if let Some(quotas) = &self.quotas {
            add("--quotas", quotas.to_string().as_ref());
        }
        add("--lifecycle", name_of(&self.lifecycle).as_ref());
        self.allow_host.iter().for_each(|host| add("--allow-host", host.as_ref()));
        self.allow_origin.iter().for_each(|origin| add("--allow-origin", origin.as_ref()));
        add("--preview", name_of(&self.preview).as_ref());
        add("--preview-domain", self.preview_domain.as_ref());
        for (name, address) in
            [("--objects-listen", self.objects_listen), ("--objects-tls-listen", self.objects_tls_listen)]
        {
            if let Some(address) = address {
                add(name, address.to_string().as_ref());
            }
        }
        if let Some(directory) = &self.ca_dir {
            add("--ca-dir", directory.as_os_str());
        }
        add("--contract-check", name_of(&self.contract_check).as_ref());
        for (set, name) in [
            (self.no_write_confinement, "--no-write-confinement"),
            (self.no_any_image, "--no-any-image"),
            (self.no_events, "--no-events"),
            (self.voidrun_strict, "--voidrun-strict"),
        ] {
            if set {
                arguments.push(name.into());
            }
        }
        arguments.extend(self.limits.to_arguments());
        arguments
    }
}

fn name_of(value: &impl ValueEnum) -> String {
    value.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
}

/// What becomes of sandboxes that ran when the server last ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum RestoreOption {
    /// They are shown as stopped.
    Stopped,
    /// They are started again.
    Restarted,
}

/// How sandboxes come from one state to the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum LifecycleOption {
    /// As fast as they can.
    Prompt,
    /// Through every state the real service shows, half a second in each.
    Realistic,
}

/// The rungs of the ladder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum RuntimeOption {
    /// The highest rung that works on this host.
    Auto,
    /// Plain processes in a directory tree of their own. No boundary against hostile code.
    Process,
    /// A root, users and process numbers of their own, by the kernel's namespaces.
    Namespace,
}

/// How the addresses of previews look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum PreviewOption {
    /// A loopback port for each port of a sandbox, opened when it is asked for.
    Listener,
    /// A host name for each, below `--preview-domain`, at the server's own port.
    Host,
    /// A path for each, below the server's own address.
    Path,
}

/// What is done with departures from the contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum CheckOption {
    /// Nothing is checked.
    Off,
    /// Departures are logged and listed under /_pitlane/findings.
    Record,
    /// Besides, an answer that departs becomes a 500, and the server ends with a failure.
    Enforce,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Without an option it says where the certificate is, and how to trust it on this machine or for one command."
)]
pub(crate) struct CaOptions {
    /// Where the certificate authority lies; the user's data directory unless told otherwise.
    #[arg(long, value_name = "DIR", env = "PITLANE_CA_DIR")]
    pub(crate) ca_dir: Option<PathBuf>,
    /// Print the certificate.
    #[arg(long, conflicts_with_all = ["bundle", "command"])]
    pub(crate) pem: bool,
    /// Write what this machine trusts, and the authority, to this file.
    #[arg(long, value_name = "FILE", conflicts_with = "command")]
    pub(crate) bundle: Option<PathBuf>,
    /// Try whether a command could be run, without one.
    #[arg(long, hide = true, conflicts_with = "command")]
    pub(crate) check: bool,
    /// A command and its arguments, to run where the authority is trusted: in a mount namespace of its own.
    #[arg(last = true, value_name = "CMD")]
    pub(crate) command: Vec<std::ffi::OsString>,
}

#[derive(Debug, Args)]
pub(crate) struct ExecOptions {
    #[command(flatten)]
    pub(crate) server: ServerOptions,
    /// Run the command as it is, also where it could be made to trust the object store's https, as `pitlane ca` explains.
    #[arg(long)]
    pub(crate) no_trust: bool,
    /// The command and its arguments.
    #[arg(last = true, required = true, value_name = "CMD")]
    pub(crate) command: Vec<std::ffi::OsString>,
}

#[derive(Debug, Args)]
pub(crate) struct EnvOptions {
    /// Address of the server.
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:3986")]
    pub(crate) url: String,
    /// Shell to write for.
    #[arg(long, value_enum, default_value_t = Shell::Sh)]
    pub(crate) shell: Shell,
}

/// Shells that differ in how they export.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Shell {
    /// sh, bash, zsh and relatives.
    Sh,
    /// fish.
    Fish,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        <Cli as clap::CommandFactory>::command().debug_assert();
    }

    #[test]
    fn the_customary_address_of_voidruns_api_is_taken_when_none_is_given() {
        let parsed = |words: &[&str]| {
            let words = ["pitlane", "serve"].iter().chain(words);
            match Cli::try_parse_from(words).unwrap().command {
                Command::Serve(options) => options.voidrun_listen.map(|address| address.to_string()),
                other => panic!("{other:?}"),
            }
        };
        assert_eq!(parsed(&[]), None);
        assert_eq!(parsed(&["--voidrun-listen"]).as_deref(), Some("127.0.0.1:33944"));
        assert_eq!(parsed(&["--voidrun-listen", "--json"]).as_deref(), Some("127.0.0.1:33944"));
        assert_eq!(parsed(&["--voidrun-listen=127.0.0.1:1"]).as_deref(), Some("127.0.0.1:1"));
    }

    #[test]
    fn options_survive_being_handed_on() {
        let words = [
            "pitlane",
            "exec",
            "--data-dir",
            "d",
            "--restore",
            "restarted",
            "--run-dir",
            "r",
            "--runtime",
            "namespace",
            "--expose",
            "a:b",
            "--allow-host",
            "h",
            "--no-write-confinement",
            "--strict-auth",
            "--rate-limit",
            "sandbox-create=1/60",
            "--allowance",
            "volumes=3",
            "--head-timeout",
            "7",
            "--body-timeout",
            "0",
            "--voidrun-strict",
            "--preview",
            "host",
            "--preview-domain",
            "p.test:80",
            "--objects-listen",
            "127.0.0.1:9",
            "--objects-tls-listen",
            "[::1]:10",
            "--ca-dir",
            "c",
            "--contract-check",
            "enforce",
            "--",
            "true",
        ];
        let Command::Exec(exec) = Cli::parse_from(words).command else { panic!("not exec") };
        let mut again = vec!["pitlane".into(), "serve".into()];
        again.extend(exec.server.to_arguments());
        let Command::Serve(serve) = Cli::parse_from(again).command else { panic!("not serve") };
        assert_eq!(format!("{:?}", serve.server), format!("{:?}", exec.server));
    }
}
