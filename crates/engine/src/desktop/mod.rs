//! The desktop: a virtual display, what runs on it, its pictures, its mouse and keyboard
//! (toolbox-files-git-desktop.md §6).
//!
//! ```text
//! start ─▶ claim: a display number ─▶ kept: Xvfb ─┬▶ a window manager
//!                                                 ├▶ a session bus, the accessibility bus
//!                                                 └▶ x11vnc ─▶ websockify
//! pictures, windows ──▶ line "eyes"  ─┐
//! mouse, keyboard ────▶ line "hands" ─┴▶ screen: one X connection each
//! ```
//!
//! | module | holds |
//! |---|---|
//! | [`program`] | the processes: names, order, which program of the machine does each |
//! | `claim` | a display number that nobody else has |
//! | `kept` | a process that is kept running, and its logs |
//! | `start` | starting, stopping, restarting; what is known of the processes |
//! | `launch` | how each process is started |
//! | `port` | a port that nobody else takes meanwhile |
//! | `ready` | how it is known that a process can be used |
//! | `screen` | connections to the display |
//! | [`capture`], [`encode`] | pictures, and their files |
//! | [`windows`] | what windows there are |
//! | [`mouse`], [`keys`], `keyboard`, `typing` | hands |
//! | [`recordings`] | films of the display |
//! | [`access`] | what programs tell assistive technology about themselves |
//!
//! Sandboxes may share `/tmp` and the network. So a display number is claimed, the display is reached by its socket file
//! only, and ports that are taken are replaced by free ones; [`Engine::desktop_port`] tells which.

pub mod access;
pub mod capture;
mod claim;
pub mod encode;
mod kept;
mod keyboard;
pub mod keys;
mod launch;
pub mod mouse;
mod port;
pub mod program;
mod ready;
pub mod recordings;
mod screen;
mod start;
mod typing;
pub mod windows;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::Engine;
use port::Port;
use program::Kind;
use screen::Line;

pub use screen::Pointer;
pub use start::{Activity, ProcessState};

/// Why the desktop did not do what was asked, worded as the contract words it.
#[derive(Debug, thiserror::Error)]
pub enum DesktopError {
    /// The machine has no X server for sandboxes.
    #[error(
        "computer-use plugin is unavailable: required X11 runtime libraries are missing on this sandbox; rebuild the sandbox image with the computer-use dependencies installed ({0})"
    )]
    Unavailable(String),
    /// Some of the required processes do not run after a start.
    #[error("failed to start computer use: {0}")]
    Start(String),
    /// No process is called so.
    #[error("process {0} not found")]
    UnknownProcess(String),
    /// A process could not be started again.
    #[error("failed to restart process {0}: {1}")]
    Restart(String, String),
    /// The output of a process cannot be read.
    #[error("failed to read {what} file for {process}: open {}: {reason}", path.display())]
    Log {
        /// `log` or `error`.
        what: &'static str,
        /// Name of the process.
        process: String,
        /// The file.
        path: PathBuf,
        /// The system's words.
        reason: String,
    },
    /// What is asked for cannot be; the text says why.
    #[error("{0}")]
    Invalid(String),
    /// The display cannot be reached, or did not do it.
    #[error("{0}")]
    Display(String),
    /// A picture could not be taken.
    #[error("failed to capture screenshot region x={x} y={y} width={width} height={height}: {reason}")]
    Capture {
        /// Left edge.
        x: i64,
        /// Upper edge.
        y: i64,
        /// Pixels across.
        width: i64,
        /// Pixels down.
        height: i64,
        /// Why.
        reason: String,
    },
}

/// The desktop of one sandbox; not there until it is started.
#[derive(Debug, Default)]
pub(crate) struct Desktop {
    /// Held by whoever starts or stops something.
    turn: tokio::sync::Mutex<()>,
    place: Mutex<Option<Place>>,
    eyes: Line,
    hands: Line,
    pub(crate) recorder: recordings::Recorder,
    pub(crate) reader: access::Reader,
}

/// What there is from a start to the next stop.
#[derive(Debug)]
struct Place {
    claim: claim::Claim,
    kept: BTreeMap<Kind, kept::Kept>,
    /// The bus programs of the session meet on, where it is the desktop's own.
    bus: Option<kept::Kept>,
    /// Where the VNC server and its page really listen.
    ports: BTreeMap<Kind, Port>,
    /// Variables of the sandbox as they were before.
    before: Vec<(String, Option<String>)>,
}

impl Desktop {
    fn place(&self) -> MutexGuard<'_, Option<Place>> {
        self.place.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Engine {
    /// The port a program of the desktop listens on that is known under `port`: another one where sandboxes share a
    /// network and the usual one was taken. Any other port is itself.
    #[must_use]
    pub fn desktop_port(&self, port: u16) -> u16 {
        let place = self.desktop.place();
        let Some(place) = place.as_ref() else { return port };
        let meant = [Kind::X11vnc, Kind::Novnc].into_iter().find(|kind| self.usual_port(*kind) == port);
        meant.and_then(|kind| place.ports.get(&kind).map(|port| port.number)).unwrap_or(port)
    }

    /// The number of the display: of the desktop's own, or of one that the sandbox's variables name.
    fn display(&self) -> Result<u32, DesktopError> {
        if let Some(place) = self.desktop.place().as_ref() {
            return Ok(place.claim.number());
        }
        let named = self.variable("DISPLAY").and_then(|name| screen::number(&name));
        named.ok_or_else(|| DesktopError::Display("no display runs: start computer use first".to_owned()))
    }
}
