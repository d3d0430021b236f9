//! `conformance client`.

use std::ffi::OsString;
use std::io::IsTerminal;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use super::{print, write};
use crate::case::Span;
use crate::trial::{self, Options, Tried, Workshop};
use crate::{Error, Suite};

/// How a client is to be run.
#[derive(Clone, Debug)]
pub struct ClientCommand {
    /// Program and arguments.
    pub command: Vec<OsString>,
    /// Options for the servers it is run against.
    pub server: Vec<String>,
    /// How long it may take each time.
    pub limit: Duration,
}

#[derive(Debug, Args)]
pub(super) struct ClientArgs {
    /// Run the command again for each scenario: against servers that keep the contract and are hard to bear.
    #[arg(long)]
    scenarios: bool,
    /// Only scenarios whose id fits; `*` stands for any text.
    #[arg(long, value_name = "PATTERN", requires = "scenarios")]
    only: Vec<String>,
    /// Departures from what a client only should do count as well.
    #[arg(long)]
    strict: bool,
    /// Kill the command when it takes longer than this.
    #[arg(long, default_value = "5m")]
    limit: Span,
    /// An option for the servers, as `--server=--expose=DIR`; may be given again.
    #[arg(long, value_name = "OPTION", allow_hyphen_values = true)]
    server: Vec<String>,
    /// Writes what was found as JSON; - for standard output, in place of the summary.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Writes JUnit's XML.
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
    /// The client's command and its arguments; its environment tells it where the server is.
    #[arg(last = true, required = true, value_name = "CMD")]
    command: Vec<OsString>,
}

impl ClientArgs {
    pub(super) async fn judge(
        self,
        suite: &Suite,
        workshops: &(dyn Fn(ClientCommand) -> Box<dyn Workshop> + Sync),
    ) -> Result<u8, Error> {
        let workshop =
            workshops(ClientCommand { command: self.command, server: self.server, limit: self.limit.0 });
        let options = Options { scenarios: self.scenarios, only: self.only, strict: self.strict };
        let trial = trial::run(&suite.scenarios, &*workshop, &options, &mut progress).await?;
        let mut on_screen = true;
        if let Some(file) = &self.json {
            on_screen &= write(file, &trial::json(&trial)?)?;
        }
        if let Some(file) = &self.junit {
            on_screen &= write(file, &trial::junit(&trial)?)?;
        }
        if on_screen {
            print(&trial::summary(&trial, std::io::stdout().is_terminal()))?;
        }
        Ok(trial.verdict().exit_code())
    }
}

/// One line for each scenario, as soon as it is over.
fn progress(tried: &Tried) {
    let Some(scenario) = &tried.scenario else { return };
    let how = if tried.is_well() { "works" } else { "FAILS" };
    let seconds = Duration::from_millis(tried.milliseconds).as_secs_f64();
    eprintln!("{how}  {scenario:<26} {:>4} requests, {seconds:.1} s", tried.requests);
}
