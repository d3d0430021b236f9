//! The suite as a program of its own: judges servers, starts none.
//!
//! `cargo run -p conformance --example judge -- server --url http://127.0.0.1:3986/api --key any`

use std::process::ExitCode;
use std::sync::Arc;

use clap::Parser;
use conformance::Error;
use conformance::mutants::Mutant;
use conformance::self_test::{BoxFuture, Running, Target};
use conformance::trial::{Ended, Scenario, Workshop};

#[derive(Debug, Parser)]
struct Arguments {
    #[command(flatten)]
    command: conformance::cli::Command,
}

struct NoServers;

impl Target for NoServers {
    fn start(&self, _mutant: Option<Arc<Mutant>>) -> BoxFuture<'_, Result<Box<dyn Running>, Error>> {
        Box::pin(async { Err(Error::Target("this program has no server to start".to_owned())) })
    }
}

impl Workshop for NoServers {
    fn run<'a>(&'a self, _scenario: Option<&'a Scenario>) -> BoxFuture<'a, Result<Ended, Error>> {
        Box::pin(async { Err(Error::Target("this program has no server to start".to_owned())) })
    }
}

#[tokio::main]
async fn main() -> ExitCode {
    Arguments::parse().command.run(&NoServers, &|_client| Box::new(NoServers)).await.into()
}
