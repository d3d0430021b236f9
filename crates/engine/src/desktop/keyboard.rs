//! The keyboard: which key of the display has what on it, and how keys are pressed.
//!
//! What is on no key, such as most letters of the world, is lent one of the keys that have nothing on them. It keeps it
//! for as long as possible: a program looks a key up when it gets to hear of it, and that may be late.

use std::collections::BTreeSet;

use x11rb::connection::Connection as _;
use x11rb::protocol::xproto::{ConnectionExt as _, MOTION_NOTIFY_EVENT};
use x11rb::protocol::xtest::ConnectionExt as _;

use super::DesktopError;
use super::keys::{Chord, Key, Keysym, SHIFT};
use super::screen::{Screen, ScreenError};
use crate::Engine;

/// Milliseconds that programs get to take in what was typed, before a key is lent to another character.
const LOOK_UP: u32 = 250;

/// What is on the keys.
pub(super) struct Keyboard {
    /// Number of the first key.
    first: u8,
    /// Symbols on each key.
    width: usize,
    symbols: Vec<Keysym>,
}

/// Where a symbol is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct KeyPlace {
    pub(super) code: u8,
    /// Whether it takes shift.
    pub(super) shifted: bool,
}

impl Keyboard {
    pub(super) fn read(screen: &Screen) -> Result<Self, ScreenError> {
        let setup = screen.x.setup();
        let (first, last) = (setup.min_keycode, setup.max_keycode);
        let mapping = screen.x.get_keyboard_mapping(first, last - first + 1)?.reply()?;
        Ok(Self { first, width: mapping.keysyms_per_keycode.into(), symbols: mapping.keysyms })
    }

    fn keys(&self) -> impl Iterator<Item = (u8, &[Keysym])> {
        let codes = self.first..=u8::MAX;
        codes.zip(self.symbols.chunks_exact(self.width.max(1)))
    }

    pub(super) fn find(&self, symbol: Keysym) -> Option<KeyPlace> {
        let on = |column: usize| self.keys().find(|(_, symbols)| symbols.get(column) == Some(&symbol));
        let plain = on(0).map(|(code, _)| KeyPlace { code, shifted: false });
        plain.or_else(|| on(1).map(|(code, _)| KeyPlace { code, shifted: true }))
    }

    /// Keys with nothing on them.
    fn spare(&self) -> Vec<u8> {
        self.keys()
            .filter(|(_, symbols)| symbols.iter().all(|symbol| *symbol == 0))
            .map(|(code, _)| code)
            .collect()
    }

    /// How many of the symbols, from the first on, can be typed without lending a key twice.
    pub(super) fn reach(&self, screen: &Screen, symbols: &[Keysym]) -> usize {
        let room = self.spare().len() + screen.lent.borrow().len();
        let mut lacking = BTreeSet::new();
        for (number, symbol) in symbols.iter().enumerate() {
            // A key lent already may have to be taken from its symbol, so all of those count.
            if (self.find(*symbol).is_none() || self.is_lent(screen, *symbol))
                && lacking.insert(*symbol)
                && lacking.len() > room
            {
                return number;
            }
        }
        symbols.len()
    }

    fn is_lent(&self, screen: &Screen, symbol: Keysym) -> bool {
        self.find(symbol).is_some_and(|place| screen.lent.borrow().contains(&place.code))
    }

    /// The places of symbols; keys are lent to those that have none.
    pub(super) fn codes(
        &mut self,
        screen: &Screen,
        symbols: &[Keysym],
    ) -> Result<Vec<KeyPlace>, ScreenError> {
        self.lend(screen, symbols)?;
        let missing =
            |symbol: Keysym| ScreenError::Refused(format!("no key can be had for symbol {symbol:#x}"));
        symbols.iter().map(|symbol| self.find(*symbol).ok_or_else(|| missing(*symbol))).collect()
    }

    fn lend(&mut self, screen: &Screen, symbols: &[Keysym]) -> Result<(), ScreenError> {
        let wanted: BTreeSet<Keysym> = symbols.iter().copied().collect();
        let lacking: Vec<Keysym> =
            wanted.iter().copied().filter(|symbol| self.find(*symbol).is_none()).collect();
        if lacking.is_empty() {
            return Ok(());
        }
        // The last first: they lie among keys that are seldom pressed.
        let mut spare = self.spare().into_iter().rev();
        let mut waited = false;
        let mut touched = Vec::new();
        for symbol in lacking {
            let code = match spare.next() {
                Some(code) => code,
                None => {
                    if !waited {
                        pause(screen)?;
                        waited = true;
                    }
                    let Some(code) = self.take_back(screen, &wanted) else { break };
                    code
                }
            };
            self.put(code, symbol);
            touched.push(code);
            screen.lent.borrow_mut().push_back(code);
        }
        self.publish(screen, &touched)?;
        *self = Self::read(screen)?;
        Ok(())
    }

    /// With and without shift: capitals are symbols of their own here.
    fn put(&mut self, code: u8, symbol: Keysym) {
        let at = self.at(code);
        if let Some(symbols) = self.symbols.get_mut(at..at + self.width) {
            symbols.fill(0);
            symbols.iter_mut().take(2).for_each(|place| *place = symbol);
        }
    }

    /// Where the symbols of a key begin.
    fn at(&self, code: u8) -> usize {
        usize::from(code.saturating_sub(self.first)) * self.width
    }

    /// Tells the display of changed keys, and of those between them, in one request: every program is told of each, and
    /// window managers take long over it.
    fn publish(&self, screen: &Screen, touched: &[u8]) -> Result<(), ScreenError> {
        let (Some(first), Some(last)) = (touched.iter().min(), touched.iter().max()) else { return Ok(()) };
        let symbols = self.symbols.get(self.at(*first)..self.at(*last) + self.width).unwrap_or_default();
        let width = u8::try_from(self.width).unwrap_or(u8::MAX);
        screen.x.change_keyboard_mapping(last - first + 1, *first, width, symbols)?;
        Ok(())
    }

    /// The key that was lent the longest and is not wanted now.
    fn take_back(&self, screen: &Screen, wanted: &BTreeSet<Keysym>) -> Option<u8> {
        let symbol = |code: u8| self.symbols.get(self.at(code)).copied();
        let mut lent = screen.lent.borrow_mut();
        let unwanted =
            lent.iter().position(|code| symbol(*code).is_none_or(|symbol| !wanted.contains(&symbol)))?;
        lent.remove(unwanted)
    }
}

/// The display itself waits, by not moving the pointer a while later.
fn pause(screen: &Screen) -> Result<(), ScreenError> {
    const RELATIVE: u8 = 1;
    screen.x.xtest_fake_input(MOTION_NOTIFY_EVENT, RELATIVE, LOOK_UP, x11rb::NONE, 0, 0, 0)?;
    Ok(())
}

impl Screen {
    /// Presses a key and lets it go, `delay` milliseconds from now.
    pub(super) fn tap(&self, place: KeyPlace, shift: u8, delay: u32) -> Result<(), ScreenError> {
        if place.shifted {
            self.key(shift, true, delay)?;
        }
        self.key(place.code, true, if place.shifted { 0 } else { delay })?;
        self.key(place.code, false, 0)?;
        if place.shifted {
            self.key(shift, false, 0)?;
        }
        Ok(())
    }
}

impl Engine {
    /// Presses a key while others are held. Blocks.
    ///
    /// # Errors
    ///
    /// When no display runs.
    pub fn press(&self, chord: &Chord) -> Result<(), DesktopError> {
        self.act(|screen| {
            screen.holding(&chord.held, || {
                let mut keyboard = Keyboard::read(screen)?;
                let [key, shift] = keyboard.codes(screen, &[chord.key, SHIFT])?[..] else { return Ok(()) };
                screen.tap(key, shift.code, 0)
            })?;
            screen.settle()
        })
    }

    /// Presses a key or lets it go. Blocks.
    ///
    /// # Errors
    ///
    /// When no display runs.
    pub fn hold_key(&self, key: Key, down: bool) -> Result<(), DesktopError> {
        self.act(|screen| {
            let mut keyboard = Keyboard::read(screen)?;
            for place in keyboard.codes(screen, &[key.0])? {
                screen.key(place.code, down, 0)?;
            }
            screen.settle()
        })
    }
}
