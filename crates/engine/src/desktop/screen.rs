//! Connections to the display.
//!
//! One connection is for looking and one for doing: what is typed slowly must not hold up pictures. Each is made when it
//! is first needed, kept, and made anew when the display was restarted.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::io;
use std::os::fd::AsFd as _;
use std::os::unix::net::UnixStream;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use x11rb::connection::{Connection as _, RequestConnection as _};
use x11rb::errors::{ConnectError, ConnectionError, ReplyError};
use x11rb::protocol::xproto::{
    Atom, AtomEnum, ChangeWindowAttributesAux, ConnectionExt as _, EventMask, Window,
};
use x11rb::protocol::xtest;
use x11rb::rust_connection::{DefaultStream, RustConnection};

use super::DesktopError;
use crate::Engine;

/// Why the display did not do it.
#[derive(Debug, thiserror::Error)]
pub(super) enum ScreenError {
    #[error("cannot open display :{0}: {1}")]
    Unreachable(u32, String),
    #[error("the connection to the display is lost: {0}")]
    Lost(#[from] ConnectionError),
    #[error("the display refused: {0}")]
    Refused(String),
}

impl From<ReplyError> for ScreenError {
    fn from(error: ReplyError) -> Self {
        match error {
            ReplyError::ConnectionError(error) => Self::Lost(error),
            ReplyError::X11Error(error) => Self::Refused(format!("{:?}", error.error_kind)),
        }
    }
}

impl From<ScreenError> for DesktopError {
    fn from(error: ScreenError) -> Self {
        Self::Display(error.to_string())
    }
}

/// One connection.
#[derive(Debug)]
pub(super) struct Screen {
    pub(super) x: RustConnection,
    pub(super) root: Window,
    number: u32,
    /// Keys of the keyboard that were lent to characters that have none, the longest lent first.
    pub(super) lent: RefCell<VecDeque<u8>>,
}

/// Where the pointer is, and what is held down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pointer {
    /// Pixels from the left.
    pub x: i64,
    /// Pixels from above.
    pub y: i64,
    /// Whether letters come out as capitals.
    pub(super) caps_lock: bool,
}

impl Screen {
    fn open(number: u32) -> Result<Self, ScreenError> {
        let unreachable = |reason: String| ScreenError::Unreachable(number, reason);
        let stream = UnixStream::connect(format!("/tmp/.X11-unix/X{number}"));
        let stream = stream.and_then(DefaultStream::from_unix_stream);
        let (stream, _) = stream.map_err(|error: io::Error| unreachable(error.to_string()))?;
        let connected = RustConnection::connect_to_stream_with_auth_info(stream, 0, Vec::new(), Vec::new());
        let x = connected.map_err(|error: ConnectError| unreachable(error.to_string()))?;
        let screen = x.setup().roots.first().ok_or_else(|| unreachable("it has no screen".to_owned()))?;
        let root = screen.root;
        Ok(Self { x, root, number, lent: RefCell::default() })
    }

    /// Whether hands can be had.
    pub(super) fn require_hands(&self) -> Result<(), ScreenError> {
        match self.x.extension_information(xtest::X11_EXTENSION_NAME)? {
            Some(_) => Ok(()),
            None => Err(ScreenError::Refused("it has no XTEST extension".to_owned())),
        }
    }

    pub(super) fn atom(&self, name: &str) -> Result<Atom, ScreenError> {
        Ok(self.x.intern_atom(false, name.as_bytes())?.reply()?.atom)
    }

    pub(super) fn pointer(&self) -> Result<Pointer, ScreenError> {
        let pointer = self.x.query_pointer(self.root)?.reply()?;
        let caps_lock = u16::from(pointer.mask) & u16::from(x11rb::protocol::xproto::KeyButMask::LOCK) != 0;
        Ok(Pointer { x: pointer.root_x.into(), y: pointer.root_y.into(), caps_lock })
    }

    /// Returns when the display has done all that was asked of it on this connection.
    pub(super) fn settle(&self) -> Result<(), ScreenError> {
        self.x.get_input_focus()?.reply()?;
        while self.x.poll_for_event()?.is_some() {}
        Ok(())
    }
}

/// A connection that is kept.
#[derive(Debug, Default)]
pub(super) struct Line(Mutex<Option<Screen>>);

impl Line {
    /// Does something with the display. Blocks. Where a connection that was kept is broken, a new one is tried once.
    pub(super) fn with<T>(
        &self,
        number: u32,
        work: impl Fn(&Screen) -> Result<T, ScreenError>,
    ) -> Result<T, ScreenError> {
        let mut line = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(screen) = line.take_if(|screen| screen.number == number) {
            match work(&screen) {
                Err(ScreenError::Lost(_)) => {}
                done => {
                    *line = Some(screen);
                    return done;
                }
            }
        }
        let screen = Screen::open(number)?;
        let done = work(&screen);
        if !matches!(done, Err(ScreenError::Lost(_))) {
            *line = Some(screen);
        }
        done
    }

    pub(super) fn forget(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

impl Engine {
    /// Looks at the display. Blocks.
    pub(super) fn look<T>(
        &self,
        work: impl Fn(&Screen) -> Result<T, ScreenError>,
    ) -> Result<T, DesktopError> {
        Ok(self.desktop.eyes.with(self.display()?, work)?)
    }

    /// Does something with mouse or keyboard. Blocks, also while another does.
    pub(super) fn act<T>(&self, work: impl Fn(&Screen) -> Result<T, ScreenError>) -> Result<T, DesktopError> {
        let work = |screen: &Screen| {
            screen.require_hands()?;
            work(screen)
        };
        Ok(self.desktop.hands.with(self.display()?, work)?)
    }

    /// Width and height of the display in pixels. Blocks.
    ///
    /// # Errors
    ///
    /// When no display runs.
    pub fn display_size(&self) -> Result<(u16, u16), DesktopError> {
        // Asked anew: a display can change its size.
        self.look(|screen| {
            let size = screen.x.get_geometry(screen.root)?.reply()?;
            Ok((size.width, size.height))
        })
    }
}

/// The number of a display on this machine, such as 1 of `:1.0`.
pub(super) fn number(name: &str) -> Option<u32> {
    let (host, rest) = name.rsplit_once(':')?;
    if !matches!(host, "" | "unix") {
        return None;
    }
    rest.split('.').next()?.parse().ok()
}

/// Waits until a window manager has said that it is one; an error when none has in time. Blocks.
pub(super) fn wait_for_manager(number: u32, patience: Duration) -> Result<(), ScreenError> {
    let deadline = Instant::now() + patience;
    let screen = Screen::open(number)?;
    let told = ChangeWindowAttributesAux::new().event_mask(EventMask::PROPERTY_CHANGE);
    screen.x.change_window_attributes(screen.root, &told)?.check()?;
    let says = screen.atom("_NET_SUPPORTING_WM_CHECK")?;
    loop {
        let said = screen.x.get_property(false, screen.root, says, AtomEnum::WINDOW, 0, 1)?.reply()?;
        if said.value_len > 0 {
            return Ok(());
        }
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(ScreenError::Refused("no window manager has announced itself".to_owned()));
        }
        if screen.x.poll_for_event()?.is_none() {
            let mut asked = [PollFd::new(screen.x.stream().as_fd(), PollFlags::POLLIN)];
            let _ = poll(&mut asked, PollTimeout::try_from(left).unwrap_or(PollTimeout::MAX));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_displays_of_this_machine_have_a_number() {
        assert_eq!(number(":0"), Some(0));
        assert_eq!(number(":12.0"), Some(12));
        assert_eq!(number("unix:3"), Some(3));
        assert_eq!(number("far:3"), None);
        assert_eq!(number("3"), None);
    }
}
