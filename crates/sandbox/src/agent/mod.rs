//! The agent: what runs inside a sandbox, born with one end of the control socket.
//!
//! ```text
//!   main thread                          serving thread (current-thread runtime)
//!   ───────────                          ───────────────────────────────────────
//!   reads the configuration              receives streams over the control socket
//!   confines itself                      serves HTTP/1.1 with upgrades on each
//!   starts the serving thread ─────────▶ starts every command (so they are its children)
//!   reaps orphans, holds the tree, ◀──── tells of SIGCHLD, of Pause and Stop, of the server's end
//!   ends it
//! ```
//!
//! **One reaper, and no registry.** The kernel keeps children per thread. What the serving thread starts are its own
//! children, waited for one by one by whoever started them. Orphans are inherited by the process's first living thread,
//! which is the main thread; it starts nothing itself and waits with `__WNOTHREAD`, which shows it orphans only. So no
//! exit status can be stolen, and nobody has to register anything. The price is one rule: **nothing in the agent may
//! start a process on the main thread, or on a thread that ends before the process does.** Blocking threads of the
//! runtime live as long as the agent, so they are safe too.

mod pause;
mod serve;
mod stream;
mod teardown;

pub(crate) use pause::DONE;

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::io;
use std::os::fd::{AsFd, AsRawFd, OwnedFd, RawFd};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::sync::mpsc;
use std::time::Duration;

use axum::body::Body;
use http::{Request, Response};
use rustix::process::{Pid, getpid, set_child_subreaper, setsid};
use serde::{Deserialize, Serialize};
use tower::Service;

use crate::Directories;
use crate::confine::{self, Confinement};
use crate::enclosure::{self, Enclosure, Resident, Side};
use crate::processes::Mark;
use crate::wire::{FromAgent, Incoming, ToAgent, encode};

/// Who an agent is: the first message on its control socket.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct AgentConfig {
    /// The sandbox's id.
    pub id: String,
    /// Its directories, as seen from inside.
    pub directories: Directories,
    /// The user it runs as by name.
    pub user: String,
    /// The shell for commands and terminals, absolute.
    pub shell: PathBuf,
    /// The whole environment of its commands; the agent's own is empty.
    pub env: BTreeMap<String, String>,
    /// Folders outside the tree that the file API may answer in.
    pub shared_temp: Vec<PathBuf>,
    /// Directories outside the tree that it shares with other sandboxes, where it reaches them by links.
    pub volumes: Vec<PathBuf>,
    /// Whether the sandbox has a root of its own, so that every path means what the kernel says.
    pub own_root: bool,
    /// Program and arguments to run from the start on; empty for none.
    pub entrypoint: Vec<String>,
    /// Where commands run that name no place, absolute; the home directory when there is none.
    #[serde(default)]
    pub workdir: Option<String>,
    /// Whatever the program that serves has to know; passed through unread.
    pub settings: serde_json::Value,
    /// The root all sandboxes of the server live in.
    pub(crate) root: PathBuf,
    /// What to confine writes to, if they are to be confined.
    pub(crate) confinement: Option<Confinement>,
    /// Who moves into its root, if it has one of its own.
    pub(crate) resident: Option<Resident>,
}

/// Why an agent ended badly.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RunError {
    /// The program was not started by a server.
    #[error("the agent is started by the server, not by hand: {0}")]
    NoSocket(#[source] io::Error),
    /// [`run`] was called on another thread than the main one, where orphans would never be seen.
    #[error("the agent must run on the main thread")]
    NotMainThread,
    /// The server was gone before it had said anything.
    #[error("no configuration arrived")]
    NoConfiguration,
    /// Something the agent needs was refused.
    #[error("failed to {0}: {1}")]
    Prepare(&'static str, #[source] io::Error),
    /// The serving thread broke down.
    #[error("the serving thread ended by itself")]
    Serving,
}

/// What the serving thread tells the main thread.
enum Event {
    /// Some child or orphan changed its state.
    Child,
    /// The server wants everything held; the descriptor takes a byte when that is done.
    Pause(OwnedFd),
    /// The server wants everything let go.
    Resume(OwnedFd),
    /// The server asks for the end.
    Stop(Duration),
    /// The server is gone.
    Orphaned,
}

/// Takes the control socket, which is this process's standard input, and puts `/dev/null` in its place. Every other
/// descriptor but the standard streams is closed: whatever the server's own parent left open is no business of a sandbox.
/// So call it before anything else is opened.
///
/// # Errors
/// [`RunError::NoSocket`] when standard input is something else.
pub fn inherited_socket() -> Result<OwnedFd, RunError> {
    let input = std::io::stdin();
    let socket = input.as_fd().try_clone_to_owned().map_err(RunError::NoSocket)?;
    rustix::net::getsockname(&socket).map_err(|error| RunError::NoSocket(error.into()))?;
    let null = std::fs::File::open("/dev/null").map_err(RunError::NoSocket)?;
    rustix::stdio::dup2_stdin(&null).map_err(|error| RunError::NoSocket(error.into()))?;
    drop(null);
    close_others(&socket).map_err(RunError::NoSocket)?;
    Ok(socket)
}

fn close_others(socket: &OwnedFd) -> io::Result<()> {
    let open = std::fs::read_dir("/proc/self/fd")?;
    let open: Vec<RawFd> = open.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok()).collect();
    for descriptor in open {
        if descriptor > 2 && descriptor != socket.as_raw_fd() {
            // The one the list was read from is among them, and closed already.
            let _ = nix::unistd::close(descriptor);
        }
    }
    Ok(())
}

/// Runs the agent on `socket` until the server asks for its end or is gone; then nothing of the sandbox runs any more
/// and the program should exit. Call it on the main thread, before any other thread and any runtime exists.
///
/// `serve` makes the service once, inside the runtime that will drive it.
///
/// # Errors
/// [`RunError`]; the server has been told where that was possible.
pub fn run<F, S>(socket: OwnedFd, serve: F) -> Result<(), RunError>
where
    F: FnOnce(AgentConfig) -> S + Send + 'static,
    S: Service<Request<Body>, Response = Response<Body>, Error = Infallible> + Clone + Send + 'static,
    S::Future: Send,
{
    if rustix::thread::gettid() != getpid() {
        return Err(RunError::NotMainThread);
    }
    let socket = UnixStream::from(socket);
    let mut incoming = Incoming::default();
    let config = loop {
        match incoming.next_blocking::<ToAgent>(socket.as_fd()) {
            Ok(Some(ToAgent::Configure(config))) => break config,
            Ok(Some(ToAgent::Enclose(enclosure))) => {
                if enclose(&socket, &mut incoming, &enclosure).map_err(|error| told(&socket, error))? {
                    return Ok(());
                }
                tell(&socket, &FromAgent::Enclosed);
            }
            Ok(Some(ToAgent::HoldUserNamespace)) => {
                return enclosure::hold_user_namespace(&socket, &mut incoming)
                    .map_err(|error| told(&socket, RunError::Prepare("make a user namespace", error)));
            }
            _ => return Err(RunError::NoConfiguration),
        }
    };
    Mark::of(&config.root).wear();
    prepare(&config).map_err(|error| told(&socket, error))?;
    let (events, received) = mpsc::channel();
    let serving = serve::Serving::start(socket, incoming, events, move || serve(*config))
        .map_err(|error| RunError::Prepare("start the serving thread", error))?;
    teardown::rule(&received, serving)
}

/// Gives the sandbox a root of its own. True in the process whose work is done with that.
fn enclose(socket: &UnixStream, incoming: &mut Incoming, enclosure: &Enclosure) -> Result<bool, RunError> {
    let fail = |(what, error)| RunError::Prepare(what, error);
    // Before anything that a stray process would have to be found by.
    Mark::of(&enclosure.server_root).wear();
    let user_namespace = incoming.descriptor();
    match enclosure::divide(socket, incoming, enclosure).map_err(fail)? {
        Side::Outer => Ok(true),
        Side::Inner(gate) => {
            let built = enclosure::build(enclosure, user_namespace.as_ref());
            gate.wait().map_err(|error| RunError::Prepare("take the place of stage one", error))?;
            built.map_err(fail)?;
            Ok(false)
        }
    }
}

/// Makes this process what an agent is. Everything here is inherited by the threads and processes to come.
fn prepare(config: &AgentConfig) -> Result<(), RunError> {
    let fail = |what| move |error: io::Error| RunError::Prepare(what, error);
    if let Some(resident) = &config.resident {
        enclosure::move_in(resident).map_err(|(what, error)| RunError::Prepare(what, error))?;
    }
    let _: Result<Pid, _> = setsid();
    set_child_subreaper(Some(getpid())).map_err(|error| fail("inherit orphans")(error.into()))?;
    std::env::set_current_dir(&config.directories.home).map_err(fail("enter the home directory"))?;
    if let Some(confinement) = &config.confinement {
        confine::apply(confinement).map_err(fail("confine writes"))?;
    }
    Ok(())
}

/// Tells the server why there will be no agent, and hands the reason on.
fn told(socket: &UnixStream, error: RunError) -> RunError {
    tell(socket, &FromAgent::Failed { reason: error.to_string() });
    error
}

/// Tells the server something on the still blocking socket; if it is gone, the end of file will say so.
fn tell(mut socket: &UnixStream, message: &FromAgent) {
    if let Ok(frame) = encode(message) {
        let _ = io::Write::write_all(&mut socket, &frame);
    }
}
