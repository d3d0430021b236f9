//! Measures what README claims: each figure beside a floor taken in the same run.
//!
//! `server` starts the program, `client` talks to it, `figures` sums up; the other modules are one benchmark each.

mod client;
mod control;
mod desktop;
mod execute;
mod figures;
mod files;
mod floor;
mod git;
mod lifecycle;
mod sandboxes;
mod server;
mod sessions;
mod ssh;
mod startup;
mod terminals;

use std::path::PathBuf;

use clap::{Parser, ValueEnum};

/// Measures the program against floors taken in the same run.
#[derive(Debug, Parser)]
struct Options {
    /// The program; build it with `cargo build --release`.
    #[arg(long, default_value = "target/release/pitlane")]
    program: PathBuf,
    /// Run these only; may be given again.
    #[arg(long, value_enum)]
    only: Vec<Benchmark>,
    /// Serve this text to every request instead, until standard input ends: the floor of `control`.
    #[arg(long, hide = true)]
    bare: Option<String>,
    /// Samples of each figure.
    #[arg(long, default_value_t = 200)]
    samples: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Benchmark {
    Startup,
    Control,
    Lifecycle,
    Sandboxes,
    Execute,
    Sessions,
    Terminals,
    Git,
    Files,
    Ssh,
    Desktop,
}

type Failure = Box<dyn std::error::Error>;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Failure> {
    let options = Options::parse();
    if let Some(body) = options.bare {
        return std::thread::spawn(move || control::serve_bare(body).map_err(|error| error.to_string()))
            .join()
            .map_err(|_| "the floor broke down")?
            .map_err(Into::into);
    }
    if !options.program.exists() {
        return Err(format!("{} is not there: cargo build --release", options.program.display()).into());
    }
    let chosen = |benchmark| options.only.is_empty() || options.only.contains(&benchmark);
    if chosen(Benchmark::Startup) {
        startup::run(&options.program, options.samples.min(50)).await?;
    }
    if chosen(Benchmark::Control) {
        control::run(&options.program, options.samples).await?;
    }
    if chosen(Benchmark::Lifecycle) {
        lifecycle::run(&options.program, options.samples).await?;
    }
    if chosen(Benchmark::Sandboxes) {
        sandboxes::run(&options.program, options.samples).await?;
    }
    if chosen(Benchmark::Execute) {
        execute::run(&options.program, options.samples).await?;
    }
    if chosen(Benchmark::Sessions) {
        sessions::run(&options.program, options.samples).await?;
    }
    if chosen(Benchmark::Terminals) {
        terminals::run(&options.program, options.samples).await?;
    }
    if chosen(Benchmark::Git) {
        git::run(&options.program, options.samples).await?;
    }
    if chosen(Benchmark::Files) {
        files::run(&options.program, options.samples).await?;
    }
    if chosen(Benchmark::Desktop) {
        desktop::run(&options.program, options.samples).await?;
    }
    if chosen(Benchmark::Ssh) {
        ssh::run(&options.program, options.samples).await?;
    }
    Ok(())
}
