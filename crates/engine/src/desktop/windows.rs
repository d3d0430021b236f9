//! What windows there are: those the window manager lists, or all that show where none does.

use x11rb::protocol::xproto::{Atom, AtomEnum, ConnectionExt as _, MapState, Window};

use super::DesktopError;
use super::screen::{Screen, ScreenError};
use crate::Engine;

/// Longest list and longest title, in units of four bytes.
const LONG: u32 = 1 << 16;

/// One window. Sides and edges are those of its content, in pixels of the display.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WindowInfo {
    /// The display's number for it.
    pub id: u32,
    /// What its frame says.
    pub title: String,
    /// Left edge.
    pub x: i64,
    /// Upper edge.
    pub y: i64,
    /// Pixels across.
    pub width: i64,
    /// Pixels down.
    pub height: i64,
    /// Whether it is the one that is worked with.
    pub active: bool,
}

impl Engine {
    /// The windows that have a title, the oldest first. Blocks.
    ///
    /// # Errors
    ///
    /// When no display runs.
    pub fn windows(&self) -> Result<Vec<WindowInfo>, DesktopError> {
        self.look(|screen| {
            let known = Atoms::get(screen)?;
            let active = numbers(screen, known.active)?.unwrap_or_default().first().copied();
            let listed = match numbers(screen, known.clients)? {
                Some(listed) => listed,
                None => showing(screen)?,
            };
            let mut windows = Vec::new();
            for window in listed {
                match describe(screen, &known, window, active) {
                    Ok(described) => windows.extend(described),
                    // It has gone meanwhile.
                    Err(ScreenError::Refused(_)) => {}
                    Err(lost) => return Err(lost),
                }
            }
            Ok(windows)
        })
    }
}

struct Atoms {
    clients: Atom,
    active: Atom,
    name: Atom,
    utf8: Atom,
}

impl Atoms {
    fn get(screen: &Screen) -> Result<Self, ScreenError> {
        Ok(Self {
            clients: screen.atom("_NET_CLIENT_LIST")?,
            active: screen.atom("_NET_ACTIVE_WINDOW")?,
            name: screen.atom("_NET_WM_NAME")?,
            utf8: screen.atom("UTF8_STRING")?,
        })
    }
}

/// A window with a title, or none.
fn describe(
    screen: &Screen,
    known: &Atoms,
    window: Window,
    active: Option<Window>,
) -> Result<Option<WindowInfo>, ScreenError> {
    let title = title(screen, known, window)?;
    if title.is_empty() {
        return Ok(None);
    }
    let size = screen.x.get_geometry(window)?.reply()?;
    let place = screen.x.translate_coordinates(window, screen.root, 0, 0)?.reply()?;
    Ok(Some(WindowInfo {
        id: window,
        title,
        x: place.dst_x.into(),
        y: place.dst_y.into(),
        width: size.width.into(),
        height: size.height.into(),
        active: active == Some(window),
    }))
}

fn title(screen: &Screen, known: &Atoms, window: Window) -> Result<String, ScreenError> {
    let modern = screen.x.get_property(false, window, known.name, known.utf8, 0, LONG)?.reply()?.value;
    if !modern.is_empty() {
        return Ok(String::from_utf8_lossy(&modern).into_owned());
    }
    let old = screen.x.get_property(false, window, AtomEnum::WM_NAME, AtomEnum::ANY, 0, LONG)?.reply()?;
    // Text of the type STRING is Latin-1; programs write UTF-8 as well.
    let text = String::from_utf8(old.value);
    Ok(text.unwrap_or_else(|error| error.into_bytes().into_iter().map(char::from).collect()))
}

/// A property of the display that lists windows; none where nobody has set it.
fn numbers(screen: &Screen, property: Atom) -> Result<Option<Vec<u32>>, ScreenError> {
    let value = screen.x.get_property(false, screen.root, property, AtomEnum::WINDOW, 0, LONG)?.reply()?;
    if value.type_ == x11rb::NONE {
        return Ok(None);
    }
    Ok(Some(value.value32().map(Iterator::collect).unwrap_or_default()))
}

/// The windows that show, of a display whose windows nobody manages.
fn showing(screen: &Screen) -> Result<Vec<Window>, ScreenError> {
    let mut showing = Vec::new();
    for window in screen.x.query_tree(screen.root)?.reply()?.children {
        let attributes = screen.x.get_window_attributes(window)?.reply();
        if attributes.is_ok_and(|attributes| attributes.map_state == MapState::VIEWABLE) {
            showing.push(window);
        }
    }
    Ok(showing)
}
