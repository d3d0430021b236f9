//! `cargo xtask`: the project's own chores, so that building, testing and trying it need one command each.
//!
//! - `generate` writes the Rust code that follows from the contract documents (in the library, where a test calls it).
//! - `test` is what CI runs: Rust tests, every published client of the fast lane, and schemathesis.
//! - `clients` runs client legs only.
//! - `quickstart` shows the real Python SDK at work against a fresh build.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

mod clients;
mod desktop;
mod environments;
mod eras;
mod fuzz;
mod leftovers;
mod matrix;
mod project;
mod quickstart;
mod report;
mod table;
mod test;
mod toolchain;

use project::{Problem, Project};

/// The project's chores.
#[derive(Parser)]
#[command(name = "cargo xtask", disable_help_subcommand = true)]
struct Arguments {
    #[command(subcommand)]
    chore: Chore,
}

#[derive(Subcommand)]
enum Chore {
    /// Write the Rust code that follows from the contract documents.
    Generate,
    /// Run all tests: Rust, then the published clients of the fast lane.
    Test {
        /// Rust tests only: nothing is installed.
        #[arg(long)]
        fast: bool,
        /// Only this leg: `rust`, `schemathesis`, or the name of a client in tests/clients/matrix.toml. May be repeated.
        #[arg(long, value_name = "LEG")]
        only: Vec<String>,
    },
    /// Run the published clients against a fresh build.
    Clients {
        #[command(flatten)]
        wanted: clients::Wanted,
        /// Run nothing; write docs/clients.md and README's table from the last runs.
        #[arg(long, conflicts_with_all = ["all", "only", "install"])]
        table: bool,
    },
    /// Build, start the emulator, and run examples/quickstart.py against it with the real SDK.
    Quickstart,
}

fn main() -> ExitCode {
    // Where this crate was compiled is where the repository is: xtask is only ever run through cargo.
    let project = Project::at(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(".."));
    let outcome = match Arguments::parse().chore {
        Chore::Generate => generate(&project),
        Chore::Test { fast, only } => test::run(&project, fast, &only),
        Chore::Clients { table: true, .. } => table::run(&project),
        Chore::Clients { wanted, .. } => clients::run(&project, &wanted),
        Chore::Quickstart => quickstart::run(&project),
    };
    match outcome {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(problem) => {
            eprintln!("\n{problem}");
            ExitCode::FAILURE
        }
    }
}

/// Prints every file that changed; nothing changed means the code already follows from the documents.
fn generate(project: &Project) -> Result<bool, Problem> {
    let changed = xtask::generate::run(&project.root).map_err(|error| Problem::new(error.to_string()))?;
    for path in &changed {
        println!("{}", path.display());
    }
    println!("{} files changed", changed.len());
    Ok(true)
}
