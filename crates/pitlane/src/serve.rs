//! `pitlane serve`: listen, say ready, serve, clean up.

use std::io::Write as _;
use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::Arc;

use edge::{App, Hook, HookPlace, Hooks, Patience};
use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::announce::{API_KEY, Ready, ReadyFile, reachable, url_of};
use crate::cli::{CheckOption, ServeOptions};
use crate::composition::{About, Composition};
use crate::failure::Failure;
use crate::journal::Journal;
use crate::mutant;
use crate::signals::{Interruptions, stdin_ended};
use crate::{ssh, twist};

/// Exit code when answers departed from the contract and that is enforced.
const CONTRACT_VIOLATED: u8 = 65;

pub(crate) fn run(options: &ServeOptions) -> Result<ExitCode, Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    runtime.map_err(Failure::io("start the program's runtime"))?.block_on(serve(options))
}

async fn serve(options: &ServeOptions) -> Result<ExitCode, Failure> {
    let mut interruptions = Interruptions::new()?;
    let address = options.listen;
    let listener = listen(address).await?;
    let address = listener.local_addr().map_err(Failure::io("read the address listened on"))?;
    let second = match options.voidrun_listen {
        Some(address) => Some(listen(address).await?),
        None => None,
    };
    let visited = ssh::listen(options.ssh_listen, options.listen).await?;
    let ssh_address = visited.local_addr().map_err(Failure::io("read the address listened on"))?;
    let composition = Composition::new(&options.server, [address, ssh_address], hooks(options)?).await?;

    let other_key = if options.second_tenant { Some(composition.other_key().await?) } else { None };
    let mut ready = Ready::at(address, other_key);
    ready.voidrun_url = second.as_ref().and_then(|second| second.local_addr().ok()).map(voidrun_url);
    ready.ssh = Some(reachable(ssh_address).to_string());
    announce(options, &ready, &composition.about)?;
    let _ready_file = ReadyFile(options.ready_file.as_deref());
    let (stop, stopping) = watch::channel(false);
    let asked_to_stop = async {
        tokio::select! {
            _ = interruptions.next() => {}
            () = stdin_ended(), if options.until_stdin_ends => {}
        }
        // Sandboxes first: their streams end, and with them the exchanges that wait for them.
        composition.close().await;
        stop.send_replace(true);
    };
    let patience = options.server.patience();
    let visits = composition.gateway.serve(visited, stopped(stopping.clone()));
    let alone = serve_alone(second, composition.voidrun.clone(), patience, stopping);
    let serving = edge::serve(listener, composition.app.clone(), patience, asked_to_stop);
    tokio::join!(serving, alone, visits, composition.sweep());
    Ok(verdict(options, &composition))
}

/// What hangs on the named places of the edge.
fn hooks(options: &ServeOptions) -> Result<Hooks, Failure> {
    let none: HookPlace = Arc::from([]);
    let place =
        |hook: Option<Arc<dyn Hook>>| hook.map_or_else(|| Arc::clone(&none), |hook| Arc::from([hook]));
    let journal = options.server.journal.as_deref().map(|path| Journal::hook(path, &[API_KEY]));
    Ok(Hooks {
        journal: place(journal.transpose()?),
        faults: place(options.twist.as_deref().map(twist::hook).transpose()?),
        mutants: place(options.mutant.as_deref().map(mutant::hook).transpose()?),
    })
}

async fn listen(address: SocketAddr) -> Result<TcpListener, Failure> {
    let listener = TcpListener::bind(address).await;
    listener.map_err(|source| Failure::Listen { address: address.to_string(), source })
}

/// Base of VoidRun's API at an address of its own.
fn voidrun_url(address: SocketAddr) -> String {
    format!("{}/api", url_of(address))
}

/// Serves VoidRun's API at its own address, if there is one.
async fn serve_alone(
    listener: Option<TcpListener>,
    app: App,
    patience: Patience,
    stopping: watch::Receiver<bool>,
) {
    let Some(listener) = listener else { return };
    edge::serve(listener, app, patience, stopped(stopping)).await;
}

async fn stopped(mut stopping: watch::Receiver<bool>) {
    let _ = stopping.wait_for(|stopping| *stopping).await;
}

/// Connections are accepted by the system from the moment of listening, so the first call works once this is printed.
fn announce(options: &ServeOptions, ready: &Ready, about: &About) -> Result<(), Failure> {
    if let Some(path) = &options.ready_file {
        ready.write(path)?;
    }
    let text =
        if options.json { serde_json::to_string(ready).unwrap_or_default() } else { banner(ready, about) };
    // A closed standard output is no reason not to serve.
    let _ = writeln!(std::io::stdout(), "{text}");
    Ok(())
}

fn banner(ready: &Ready, about: &About) -> String {
    let exports: String = ready
        .environment()
        .iter()
        .take(2)
        .rev()
        .map(|(name, value)| format!("  export {name}={value}\n"))
        .collect();
    format!(
        "pitlane {version} serves the Daytona API at {address}\n\n  \
         runtime  {runtime}\n  data     {data}\n  tools    {tools}\n  ssh      {ssh}\n\n{exports}",
        version = env!("CARGO_PKG_VERSION"),
        address = ready.url,
        runtime = about.runtime,
        data = about.data,
        tools = about.tools,
        ssh = ready.ssh.as_deref().unwrap_or_default(),
    )
}

fn verdict(options: &ServeOptions, composition: &Composition) -> ExitCode {
    let violations = composition.findings.violations();
    if options.server.contract_check != CheckOption::Enforce || violations.is_empty() {
        return ExitCode::SUCCESS;
    }
    for violation in &violations {
        eprintln!(
            "pitlane: {} departed from the contract: {}",
            violation.operation,
            violation.departures.join("; ")
        );
    }
    ExitCode::from(CONTRACT_VIOLATED)
}
