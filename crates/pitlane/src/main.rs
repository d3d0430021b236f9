//! The `pitlane` program: command line, configuration, composition. The only crate that reads the environment.
//!
//! ```text
//! main ─▶ cli ─▶ serve ─▶ composition (runtime, control plane, edge) ─▶ edge::serve
//!             ├▶ exec  ─▶ `pitlane serve --json` as a child, and the user's command beside it
//!             ├▶ env   ─▶ prints what a client's environment needs
//!             ├▶ suite ─▶ the conformance suite, and the servers it breaks on purpose or makes hard to bear
//!             ├▶ ca    ─▶ the certificate authority of this user, and commands that trust it
//!             ├▶ doctor ─▶ what this host offers to sandboxes
//!             └▶ agent ─▶ what runs inside every sandbox (never started by hand)
//! ```

mod agent;
mod announce;
mod builds;
mod cli;
mod composition;
mod console;
mod doctor;
mod env;
mod exec;
mod failure;
mod journal;
mod limits;
mod mutant;
mod objects;
mod previews;
mod relay;
mod runtime;
mod serve;
mod signals;
mod ssh;
mod suite;
mod trust;
mod twist;
mod workshop;

use std::process::ExitCode;

use clap::Parser;
use tracing_subscriber::EnvFilter;

use crate::cli::{Cli, Command};
use crate::failure::Failure;

/// What is told without `PITLANE_LOG`. The S3 library has every refusal of a client for an error.
const DEFAULT_LOG: &str = "warn,s3s=off";

fn main() -> ExitCode {
    // Agents are started often and must be quick: no argument parsing, no logger, no runtime of many threads.
    if std::env::args_os().nth(1).is_some_and(|command| command == "agent") {
        return agent::run();
    }
    let cli = Cli::parse();
    let filter = EnvFilter::try_from_env("PITLANE_LOG").unwrap_or_else(|_| EnvFilter::new(DEFAULT_LOG));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    match run(cli.command) {
        Ok(code) => code,
        Err(failure) => {
            eprintln!("pitlane: {failure}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> Result<ExitCode, Failure> {
    match command {
        Command::Serve(options) => serve::run(&options),
        Command::Exec(options) => exec::run(&options),
        Command::Env(options) => Ok(env::run(&options)),
        Command::Ca(options) => trust::run(&options),
        Command::Doctor(options) => doctor::run(&options),
        Command::Conformance(command) => suite::run(*command),
    }
}
