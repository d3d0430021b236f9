//! A program on a desktop: one window of one colour. It remembers the buttons and the characters that reached it, and
//! looks characters up the way toolkits do: when it gets to hear of a key, by the newest table it was told of.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use x11rb::COPY_DEPTH_FROM_PARENT;
use x11rb::connection::Connection as _;
use x11rb::protocol::Event;
use x11rb::protocol::xproto::{
    AtomEnum, ConnectionExt as _, CreateWindowAux, EventMask, GetKeyboardMappingReply, InputFocus,
    KeyButMask, PropMode, Window, WindowClass,
};
use x11rb::rust_connection::RustConnection;
use x11rb::wrapper::ConnectionExt as _;

use crate::world::SOON;

/// Colour of its window.
pub(crate) const COLOUR: [u8; 3] = [0x12, 0x9a, 0x5c];

/// What it was told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Told {
    /// A button went down: its number, where in the window, and what was held.
    Down(u8, i16, i16, u16),
    /// A button was let go.
    Up(u8, i16, i16),
    /// The pointer moved with a button held.
    Moved(i16, i16),
    /// A character was typed.
    Typed(char),
    /// A key without a character was pressed: its symbol and what was held.
    Key(u32, u16),
    /// A key went up.
    KeyUp(u32),
}

pub(crate) struct Program {
    told: Receiver<Told>,
    pub(crate) window: Window,
}

impl Program {
    /// Opens its window and waits until it shows and has the focus.
    pub(crate) fn open(display: &str, title: &str) -> Self {
        let (sender, told) = channel();
        let (shown, showing) = channel();
        let (display, title) = (display.to_owned(), title.to_owned());
        std::thread::spawn(move || {
            let (x, _) = x11rb::connect(Some(&display)).unwrap();
            let window = create(&x, &title);
            listen(&x, window, &shown, &sender);
        });
        let window = showing.recv_timeout(SOON).unwrap();
        Self { told, window }
    }

    /// What it is told next.
    #[track_caller]
    pub(crate) fn next(&self) -> Told {
        self.told.recv_timeout(SOON).expect("it should have been told something")
    }

    /// Nothing more has reached it.
    pub(crate) fn heard_all(&self) -> bool {
        self.told.recv_timeout(Duration::from_millis(300)).is_err()
    }

    /// The next characters, as many as `length`.
    pub(crate) fn text(&self, length: usize) -> String {
        let typed = (0..length).map(|_| {
            loop {
                if let Told::Typed(character) = self.next() {
                    return character;
                }
            }
        });
        typed.collect()
    }
}

fn create(x: &RustConnection, title: &str) -> Window {
    let root = &x.setup().roots[0];
    let window = x.generate_id().unwrap();
    let events = EventMask::BUTTON_PRESS
        | EventMask::BUTTON_RELEASE
        | EventMask::BUTTON_MOTION
        | EventMask::KEY_PRESS
        | EventMask::KEY_RELEASE
        | EventMask::EXPOSURE
        | EventMask::FOCUS_CHANGE
        | EventMask::STRUCTURE_NOTIFY;
    let [red, green, blue] = COLOUR.map(u32::from);
    let look = CreateWindowAux::new().background_pixel(red << 16 | green << 8 | blue).event_mask(events);
    x.create_window(
        COPY_DEPTH_FROM_PARENT,
        window,
        root.root,
        0,
        0,
        320,
        200,
        0,
        WindowClass::INPUT_OUTPUT,
        0,
        &look,
    )
    .unwrap();
    let atom = |name: &str| x.intern_atom(false, name.as_bytes()).unwrap().reply().unwrap().atom;
    let (name, utf8) = (atom("_NET_WM_NAME"), atom("UTF8_STRING"));
    x.change_property8(PropMode::REPLACE, window, name, utf8, title.as_bytes()).unwrap();
    x.change_property8(PropMode::REPLACE, window, AtomEnum::WM_NAME, AtomEnum::STRING, b"old").unwrap();
    x.map_window(window).unwrap();
    x.flush().unwrap();
    window
}

fn listen(x: &RustConnection, window: Window, shown: &Sender<Window>, told: &Sender<Told>) {
    let mut exposed = false;
    let mut focused = false;
    let mut ready = false;
    let mut keys = table(x);
    while let Ok(event) = x.wait_for_event() {
        match event {
            Event::Expose(_) => {
                exposed = true;
                x.set_input_focus(InputFocus::PARENT, window, x11rb::CURRENT_TIME).unwrap();
                x.flush().unwrap();
            }
            Event::FocusIn(_) => focused = true,
            Event::MappingNotify(_) => keys = table(x),
            event => {
                if let Some(said) = understand(&event, &keys, x.setup().min_keycode)
                    && told.send(said).is_err()
                {
                    return;
                }
            }
        }
        if exposed && focused && !std::mem::replace(&mut ready, exposed && focused) {
            let _ = shown.send(window);
        }
    }
}

fn table(x: &RustConnection) -> GetKeyboardMappingReply {
    let (first, last) = (x.setup().min_keycode, x.setup().max_keycode);
    x.get_keyboard_mapping(first, last - first + 1).unwrap().reply().unwrap()
}

fn understand(event: &Event, keys: &GetKeyboardMappingReply, first: u8) -> Option<Told> {
    let held = |state: KeyButMask| u16::from(state);
    match event {
        Event::ButtonPress(press) => {
            Some(Told::Down(press.detail, press.event_x, press.event_y, held(press.state)))
        }
        Event::ButtonRelease(release) => Some(Told::Up(release.detail, release.event_x, release.event_y)),
        Event::MotionNotify(motion) => Some(Told::Moved(motion.event_x, motion.event_y)),
        Event::KeyPress(press) => {
            let symbol = symbol(keys, first, press.detail, press.state);
            let told = character(symbol).map(Told::Typed);
            Some(told.unwrap_or_else(|| Told::Key(symbol, held(press.state))))
        }
        Event::KeyRelease(release) => {
            Some(Told::KeyUp(symbol(keys, first, release.detail, KeyButMask::default())))
        }
        _ => None,
    }
}

fn symbol(keys: &GetKeyboardMappingReply, first: u8, code: u8, state: KeyButMask) -> u32 {
    let width = usize::from(keys.keysyms_per_keycode);
    let of_key = &keys.keysyms[usize::from(code - first) * width..][..width];
    let letter = matches!(of_key[0], 0x61..=0x7a);
    let shift = state.contains(KeyButMask::SHIFT) != (letter && state.contains(KeyButMask::LOCK));
    of_key[usize::from(shift)]
}

fn character(symbol: u32) -> Option<char> {
    match symbol {
        0x20..=0x7e | 0xa0..=0xff => char::from_u32(symbol),
        0x0100_0100..=0x0110_ffff => char::from_u32(symbol - 0x0100_0000),
        0xff0d => Some('\n'),
        _ => None,
    }
}
