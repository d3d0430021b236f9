//! Terminals: shells on pseudo-terminals of their own, for any number of clients (toolbox-processes.md §5).
//!
//! ```text
//! Engine ─▶ Terminals ─▶ Terminal ─▶ terminal: carries bytes, sees the end ─▶ device: Pty, the program
//!              attach ─▶ Attached ◀── Ring ◀───────┘
//! ```
//!
//! | module | holds |
//! |---|---|
//! | `device` | the [`Pty`] trait, its one implementation, the start of the program |
//! | `terminal` | what carries bytes in and out of a running terminal |
//! | `ring` | what was printed, for several readers at their own pace |
//! | `tree` | the end of everything below a shell |

pub(crate) mod device;
mod ring;
mod terminal;
mod tree;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use jiff::Timestamp;
use tokio::sync::{mpsc, watch};

pub use device::{Pty, Size};
pub use ring::{Piece, Reader, Ring};
pub use terminal::Ending;
use terminal::Running;

use crate::spawn::{Program, SpawnError};
use crate::{Engine, shell};

/// Largest size in either direction.
pub const LARGEST: u16 = 1000;
const TERM: &str = "TERM";
const DEFAULT_TERM: &str = "xterm-256color";

/// Why something cannot be done with a terminal.
#[derive(Debug, thiserror::Error)]
pub enum TerminalError {
    /// There is one already.
    #[error("PTY session with ID '{0}' already exists")]
    Exists(String),
    /// There is none, or its shell has ended.
    #[error("PTY session {0} not found")]
    Unknown(String),
    /// It waits for its first client.
    #[error("cannot resize inactive PTY session")]
    Inactive,
    /// Its shell cannot be started.
    #[error("pty.StartWithSize: {0}")]
    Start(#[from] SpawnError),
    /// The kernel refuses the size.
    #[error("{0}")]
    Resize(#[from] std::io::Error),
}

/// A terminal to make.
#[derive(Clone, Debug)]
pub struct TerminalRequest {
    /// Its id; any text.
    pub id: String,
    /// Directory as the caller names it; empty means the work directory.
    pub directory: String,
    /// Variables added to the sandbox's environment; `TERM` is added where it is missing.
    pub environment: BTreeMap<String, String>,
    /// Its first size.
    pub size: Size,
    /// Whether the shell waits for the first client.
    pub lazy: bool,
    /// When it was asked for.
    pub created: Timestamp,
    /// Bytes of output kept for clients that come later.
    pub kept: usize,
    /// Program and arguments that run in it instead of the sandbox's login shell.
    pub program: Option<(String, Vec<String>)>,
}

/// One terminal.
#[derive(Debug)]
pub struct Terminal {
    request: TerminalRequest,
    ring: Arc<Ring>,
    ended: watch::Sender<Option<Ending>>,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    size: Size,
    running: Option<Running>,
}

/// A client's connection to a terminal. Dropping it leaves the terminal running.
#[derive(Debug)]
pub struct Attached {
    /// What is printed from now on.
    pub output: Reader,
    /// Types; waits while the terminal takes no more. Closed when the terminal has ended.
    pub input: mpsc::Sender<Bytes>,
    /// How the terminal ended, once it has and its last output is in [`Self::output`].
    pub ended: watch::Receiver<Option<Ending>>,
}

/// The terminals of a sandbox, in the order they were made.
#[derive(Debug, Default)]
pub(crate) struct Terminals(Mutex<Vec<Arc<Terminal>>>);

impl Terminals {
    fn lock(&self) -> MutexGuard<'_, Vec<Arc<Terminal>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn find(&self, id: &str) -> Option<Arc<Terminal>> {
        self.lock().iter().find(|terminal| terminal.id() == id).cloned()
    }

    fn remove(&self, terminal: &Arc<Terminal>) {
        self.lock().retain(|known| !Arc::ptr_eq(known, terminal));
    }
}

impl Engine {
    /// Makes a terminal. Unless it is lazy its shell runs when this returns, and what it prints before somebody attaches
    /// is lost but for what is kept.
    ///
    /// # Errors
    ///
    /// [`TerminalError::Exists`], [`TerminalError::Start`]; there is no terminal of this id then that was not there before.
    pub fn create_terminal(self: &Arc<Self>, request: TerminalRequest) -> Result<(), TerminalError> {
        let lazy = request.lazy;
        let terminal = self.add(request)?;
        if lazy {
            return Ok(());
        }
        self.start_or_remove(&terminal)
    }

    /// Makes a terminal and attaches to it before it prints anything.
    ///
    /// # Errors
    ///
    /// See [`Self::create_terminal`].
    pub fn create_and_attach(self: &Arc<Self>, request: TerminalRequest) -> Result<Attached, TerminalError> {
        let terminal = self.add(request)?;
        let output = terminal.ring.reader();
        self.start_or_remove(&terminal)?;
        terminal.attached(output)
    }

    /// Attaches to a terminal; starts its shell if it waits for that.
    ///
    /// # Errors
    ///
    /// [`TerminalError::Unknown`], [`TerminalError::Start`]: a lazy terminal that cannot be started stays as it is.
    pub fn attach(self: &Arc<Self>, id: &str) -> Result<Attached, TerminalError> {
        let terminal = self.terminal(id).ok_or_else(|| TerminalError::Unknown(id.to_owned()))?;
        let output = terminal.ring.reader();
        self.start_terminal(&terminal)?;
        terminal.attached(output)
    }

    /// The terminal with this id.
    #[must_use]
    pub fn terminal(&self, id: &str) -> Option<Arc<Terminal>> {
        self.terminals.find(id)
    }

    /// All terminals, the oldest first.
    #[must_use]
    pub fn terminals(&self) -> Vec<Arc<Terminal>> {
        self.terminals.lock().clone()
    }

    /// Kills a terminal with everything below its shell; its clients are told. False when there is none.
    pub fn delete_terminal(&self, id: &str) -> bool {
        let Some(terminal) = self.terminals.find(id) else { return false };
        self.terminals.remove(&terminal);
        terminal.ended.send_if_modified(|ending| {
            let first = ending.is_none();
            ending.get_or_insert(Ending::Deleted);
            first
        });
        let running = terminal.lock().running.clone();
        if let Some(running) = running {
            tree::kill(&running.leash);
        }
        terminal.ring.close();
        true
    }

    fn add(&self, mut request: TerminalRequest) -> Result<Arc<Terminal>, TerminalError> {
        let term = request.environment.entry(TERM.to_owned()).or_default();
        if term.is_empty() {
            DEFAULT_TERM.clone_into(term);
        }
        let mut terminals = self.terminals.lock();
        if terminals.iter().any(|terminal| terminal.id() == request.id) {
            return Err(TerminalError::Exists(request.id));
        }
        let terminal = Arc::new(Terminal {
            ring: Ring::new(request.kept),
            ended: watch::Sender::new(None),
            state: Mutex::new(State { size: request.size, running: None }),
            request,
        });
        terminals.push(Arc::clone(&terminal));
        Ok(terminal)
    }

    fn start_or_remove(self: &Arc<Self>, terminal: &Arc<Terminal>) -> Result<(), TerminalError> {
        self.start_terminal(terminal).inspect_err(|_| self.terminals.remove(terminal))
    }

    /// Starts the shell, unless that has been done.
    fn start_terminal(self: &Arc<Self>, terminal: &Arc<Terminal>) -> Result<(), TerminalError> {
        let mut state = terminal.lock();
        if state.running.is_some() {
            return Ok(());
        }
        // Deleted since it was found.
        if terminal.ended.borrow().is_some() {
            return Err(TerminalError::Unknown(terminal.request.id.clone()));
        }
        let directory = self.directory(&terminal.request.directory)?;
        let added: Vec<(String, String)> = terminal.request.environment.clone().into_iter().collect();
        let login_shell = || (shell::choose(&self.config), vec!["-i".to_owned(), "-l".to_owned()]);
        let (name, arguments) = terminal.request.program.clone().unwrap_or_else(login_shell);
        let program =
            Program { name, arguments, environment: self.environment(&directory, &added), directory };
        let (pty, child) = device::start(&self.children, &program, state.size)?;
        let (engine, left) = (Arc::downgrade(self), Arc::downgrade(terminal));
        let forget = move || {
            if let (Some(engine), Some(terminal)) = (engine.upgrade(), left.upgrade()) {
                engine.terminals.remove(&terminal);
            }
        };
        let ring = Arc::clone(&terminal.ring);
        let ended = terminal.ended.clone();
        state.running = Some(terminal::run(pty, child, ring, ended, self.config.drain, forget));
        Ok(())
    }
}

impl Terminal {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What was asked for, with the `TERM` it got; its size may have changed since.
    #[must_use]
    pub fn request(&self) -> &TerminalRequest {
        &self.request
    }

    /// Its id.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.request.id
    }

    /// Its size now.
    #[must_use]
    pub fn size(&self) -> Size {
        self.lock().size
    }

    /// Whether its shell runs.
    #[must_use]
    pub fn is_active(&self) -> bool {
        self.lock().running.is_some()
    }

    /// What it printed, for other readers than clients.
    #[must_use]
    pub fn ring(&self) -> &Arc<Ring> {
        &self.ring
    }

    /// What types into it without attaching; `None` before its shell was started.
    #[must_use]
    pub fn input(&self) -> Option<mpsc::Sender<Bytes>> {
        self.lock().running.as_ref().map(|running| running.input.clone())
    }

    /// Gives it another size and tells its programs.
    ///
    /// # Errors
    ///
    /// [`TerminalError::Inactive`] before its shell was started, [`TerminalError::Resize`].
    pub fn resize(&self, size: Size) -> Result<(), TerminalError> {
        let mut state = self.lock();
        let running = state.running.as_ref().ok_or(TerminalError::Inactive)?;
        running.pty.resize(size)?;
        state.size = size;
        Ok(())
    }

    fn attached(&self, output: Reader) -> Result<Attached, TerminalError> {
        let input = self.lock().running.as_ref().map(|running| running.input.clone());
        let input = input.ok_or_else(|| TerminalError::Unknown(self.request.id.clone()))?;
        Ok(Attached { output, input, ended: self.ended.subscribe() })
    }
}
