//! The command line: `conformance server`, `client`, `list`, `explain`, `self-test`. The only place of this crate that looks at the
//! clock or the terminal.

mod client;

use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime};

use clap::{Args, Subcommand};
use indicatif::{ProgressBar, ProgressStyle};

use crate::case::{Side, Span};
use crate::report::{badge, html, junit, results, tap, terminal};
use crate::self_test::{Fate, Target, self_test};
use crate::server::{self, Listener, Options};
use crate::trial::Workshop;
use crate::{CaseResult, Data, Error, Outcome, Status, Suite, explain, list};

use client::ClientArgs;
pub use client::ClientCommand;

/// Exit code for wrong command lines and wrong data.
const WRONG_USE: u8 = 2;

/// Judges servers and clients by the documented contract.
#[derive(Debug, Args)]
pub struct Command {
    /// Directory with requirements, cases, capabilities, mutants, scenarios and known gaps, instead of those built in.
    #[arg(long, value_name = "DIR", global = true)]
    data: Option<PathBuf>,
    #[command(subcommand)]
    task: Task,
}

#[derive(Debug, Subcommand)]
enum Task {
    /// Judges a server: the emulator, the real service, a bare toolbox, a clone.
    Server(Box<ServerArgs>),
    /// Judges a client: runs its command against a server that writes down and checks what it asks for.
    Client(Box<ClientArgs>),
    /// Lists requirements, and how many cases and mutants stand behind each.
    List {
        /// Only this contract: control or toolbox.
        #[arg(long, value_parser = side)]
        contract: Option<Side>,
        /// Only requirements whose id or operation fits; `*` stands for any text.
        #[arg(long, value_name = "PATTERN")]
        only: Vec<String>,
    },
    /// Tells everything about one requirement, case, mutant, capability, scenario, rule for clients, or operation.
    Explain {
        /// Its id.
        id: String,
    },
    /// Tests the suite: every server broken on purpose has to be caught by the requirement named.
    SelfTest {
        /// Only mutants whose id, requirement or operation fits; `*` stands for any text.
        #[arg(long, value_name = "PATTERN")]
        only: Vec<String>,
        /// Servers and cases at the same time.
        #[arg(long, default_value_t = 2)]
        jobs: usize,
        /// Longest time for one request.
        #[arg(long, default_value = "10s")]
        timeout: Span,
    },
}

#[derive(Debug, Args)]
struct ServerArgs {
    /// Base address of the control plane, its prefix included, as http://127.0.0.1:3986/api.
    #[arg(long)]
    url: Option<String>,
    /// Base address of a toolbox with no control plane in front of it.
    #[arg(long)]
    toolbox_url: Option<String>,
    /// API key; given more than once, workers get tenants of their own.
    #[arg(long, env = "CONFORMANCE_KEY", hide_env_values = true)]
    key: Vec<String>,
    /// API key of another tenant, which must not see anything of the first.
    #[arg(long, env = "CONFORMANCE_OTHER_KEY", hide_env_values = true)]
    other_key: Option<String>,
    /// PEM file with a further certificate authority to trust.
    #[arg(long, value_name = "FILE")]
    ca: Option<PathBuf>,
    /// Only this contract: control or toolbox.
    #[arg(long, value_parser = side)]
    contract: Option<Side>,
    /// Only cases whose id, requirement or operation fits; `*` stands for any text.
    #[arg(long, value_name = "PATTERN")]
    only: Vec<String>,
    /// Leaves these out, by case, requirement or operation.
    #[arg(long, value_name = "PATTERN")]
    skip: Vec<String>,
    /// Leaves out the cases made from the contract's tables.
    #[arg(long)]
    no_generated: bool,
    /// Cases at the same time.
    #[arg(long, default_value_t = 4)]
    jobs: usize,
    /// Longest time for one request.
    #[arg(long, default_value = "10s")]
    timeout: Span,
    /// Longest time for one case.
    #[arg(long, default_value = "60s")]
    case_timeout: Span,
    /// Longest time for a sandbox to start.
    #[arg(long, default_value = "60s")]
    start_timeout: Span,
    /// Allows the failures listed in known-gaps/NAME.toml.
    #[arg(long, value_name = "NAME")]
    known_gaps: Option<String>,
    /// Departures from requirements below MUST count as well.
    #[arg(long)]
    strict: bool,
    /// Writes TAP version 14; - for standard output, in place of the summary.
    #[arg(long, value_name = "FILE")]
    tap: Option<PathBuf>,
    /// Writes JUnit's XML.
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
    /// Writes results.json; - for standard output, in place of the summary.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Writes one page with every exchange.
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// Writes a badge for shields.io.
    #[arg(long, value_name = "FILE")]
    badge: Option<PathBuf>,
}

fn side(text: &str) -> Result<Side, String> {
    let sides = Side::ALL.into_iter();
    sides.clone().find(|side| side.document().name == text).ok_or_else(|| {
        let names: Vec<&str> = sides.map(|side| side.document().name).collect();
        format!("there are {}", names.join(" and "))
    })
}

impl Command {
    /// Does what was asked for and says how it ended, as an exit code. `target` starts servers for `self-test`, `workshops`
    /// runs clients.
    pub async fn run(
        self,
        target: &dyn Target,
        workshops: &(dyn Fn(ClientCommand) -> Box<dyn Workshop> + Sync),
    ) -> u8 {
        match self.execute(target, workshops).await {
            Ok(code) => code,
            Err(error) => {
                eprintln!("error: {error}");
                WRONG_USE
            }
        }
    }

    async fn execute(
        self,
        target: &dyn Target,
        workshops: &(dyn Fn(ClientCommand) -> Box<dyn Workshop> + Sync),
    ) -> Result<u8, Error> {
        let data = self.data.as_deref().map(Data::from_directory).transpose()?.unwrap_or_else(Data::embedded);
        let suite = Suite::load(data)?;
        match self.task {
            Task::Server(arguments) => arguments.judge(&suite).await,
            Task::Client(arguments) => arguments.judge(&suite, workshops).await,
            Task::List { contract, only } => print(&list(&suite, contract, &only)),
            Task::Explain { id } => print(&explain(&suite, &id)?),
            Task::SelfTest { only, jobs, timeout } => test(&suite, target, &only, jobs, timeout).await,
        }
    }
}

impl ServerArgs {
    async fn judge(self, suite: &Suite) -> Result<u8, Error> {
        let options = self.options()?;
        stop_on_interrupt(Arc::clone(&options.cancelled));
        let mut progress = Progress::default();
        let outcome = server::run(suite, &options, &mut progress).await?;
        progress.bar.finish_and_clear();
        self.report(suite, &outcome)?;
        Ok(outcome.verdict().exit_code())
    }

    fn options(&self) -> Result<Options, Error> {
        let now =
            jiff::Timestamp::try_from(SystemTime::now()).map_err(|error| Error::Option(error.to_string()))?;
        Ok(Options {
            url: self.url.clone(),
            toolbox_url: self.toolbox_url.clone(),
            keys: self.key.clone(),
            other_key: self.other_key.clone(),
            authority: self.ca.clone(),
            contract: self.contract,
            only: self.only.clone(),
            skip: self.skip.clone(),
            generated: !self.no_generated,
            jobs: self.jobs,
            request_limit: self.timeout.0,
            message_limit: Duration::MAX,
            case_limit: self.case_timeout.0,
            start_limit: self.start_timeout.0,
            known_gaps: self.known_gaps.clone(),
            strict: self.strict,
            run_name: run_name(now),
            started: now.to_string(),
            today: now.to_zoned(jiff::tz::TimeZone::UTC).date(),
            cancelled: Arc::default(),
        })
    }

    fn report(&self, suite: &Suite, outcome: &Outcome) -> Result<(), Error> {
        let registry = &suite.requirements;
        let mut on_screen = true;
        if let Some(file) = &self.tap {
            on_screen &= write(file, &tap::render(outcome))?;
        }
        if let Some(file) = &self.junit {
            on_screen &= write(file, &junit::render(outcome)?)?;
        }
        if let Some(file) = &self.json {
            on_screen &= write(file, &results::render(registry, outcome)?)?;
        }
        if let Some(file) = &self.html {
            on_screen &= write(file, &html::render(registry, outcome)?)?;
        }
        if let Some(file) = &self.badge {
            on_screen &= write(file, &badge::render(outcome))?;
        }
        if on_screen {
            print(&terminal::summary(registry, outcome, std::io::stdout().is_terminal()))?;
        }
        Ok(())
    }
}

async fn test(
    suite: &Suite,
    target: &dyn Target,
    only: &[String],
    jobs: usize,
    limit: Span,
) -> Result<u8, Error> {
    let now =
        jiff::Timestamp::try_from(SystemTime::now()).map_err(|error| Error::Option(error.to_string()))?;
    let options = Options {
        jobs,
        request_limit: limit.0,
        message_limit: limit.0,
        run_name: run_name(now),
        today: now.to_zoned(jiff::tz::TimeZone::UTC).date(),
        ..Options::default()
    };
    let mut heard = |result: &crate::self_test::MutantResult| {
        let fate = match result.fate {
            Fate::Killed => "killed  ",
            Fate::Survived => "SURVIVED",
            Fate::Void => "VOID    ",
        };
        println!("{fate} {} by {}: {}", result.id, result.kills, result.detail);
    };
    let outcome = self_test(suite, target, only, &options, &mut heard).await?;
    let [killed, survived, void] = [Fate::Killed, Fate::Survived, Fate::Void].map(|fate| outcome.count(fate));
    print(&format!(
        "\n{} mutants: killed {killed}, survived {survived}, void {void}\n",
        outcome.mutants.len()
    ))?;
    Ok(outcome.exit_code())
}

/// Names begin with a letter and are short enough to be part of every other name.
fn run_name(now: jiff::Timestamp) -> String {
    let mut number = now.as_microsecond().unsigned_abs();
    let mut digits = Vec::new();
    while number > 0 {
        let digit = u32::try_from(number % 36).unwrap_or_default();
        digits.push(char::from_digit(digit, 36).unwrap_or('0'));
        number /= 36;
    }
    format!("cf{}", digits.iter().rev().collect::<String>())
}

fn stop_on_interrupt(cancelled: Arc<AtomicBool>) {
    tokio::spawn(async move {
        if tokio::signal::ctrl_c().await.is_ok() {
            eprintln!("stopping; cases under way are cleaned up");
            cancelled.store(true, Ordering::Relaxed);
        }
    });
}

/// Writes a report, to standard output for `-`. Says whether the screen is still free for the summary.
fn write(file: &Path, text: &str) -> Result<bool, Error> {
    if file.as_os_str() == "-" {
        print(text)?;
        return Ok(false);
    }
    std::fs::write(file, text).map_err(|source| Error::File { path: file.to_owned(), source })?;
    Ok(true)
}

/// A closed pipe is the reader's right, not a failure.
fn print(text: &str) -> Result<u8, Error> {
    let mut output = std::io::stdout().lock();
    match output.write_all(text.as_bytes()).and_then(|()| output.flush()) {
        Err(source) if source.kind() != std::io::ErrorKind::BrokenPipe => {
            Err(Error::File { path: PathBuf::from("standard output"), source })
        }
        _ => Ok(0),
    }
}

/// A bar on standard error while the run goes on; nothing where no terminal is.
struct Progress {
    bar: ProgressBar,
    failed: usize,
}

impl Default for Progress {
    fn default() -> Self {
        Self { bar: ProgressBar::hidden(), failed: 0 }
    }
}

impl Listener for Progress {
    fn begins(&mut self, total: usize) {
        if !std::io::stderr().is_terminal() {
            return;
        }
        let style = ProgressStyle::with_template("{bar:30} {pos}/{len} {elapsed} {wide_msg}");
        self.bar =
            ProgressBar::new(total as u64).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        self.bar.enable_steady_tick(Duration::from_millis(200));
    }

    fn finished(&mut self, result: &CaseResult) {
        if matches!(result.status, Status::Fail | Status::Error | Status::UnexpectedPass) {
            self.failed += 1;
            // Without a terminal the summary is where failures are told.
            if !self.bar.is_hidden() {
                self.bar.suspend(|| eprint!("{}", terminal::trouble(result, true)));
            }
        }
        let failed = if self.failed > 0 { format!("{} failed, ", self.failed) } else { String::new() };
        self.bar.set_message(format!("{failed}{}", result.id));
        self.bar.inc(1);
    }
}
