//! The mouse (toolbox-files-git-desktop.md §6.4), moved by the display's own test extension: programs cannot tell it from
//! a real one.

use x11rb::protocol::xproto::{
    BUTTON_PRESS_EVENT, BUTTON_RELEASE_EVENT, KEY_PRESS_EVENT, KEY_RELEASE_EVENT, MOTION_NOTIFY_EVENT,
};
use x11rb::protocol::xtest::ConnectionExt as _;

use super::DesktopError;
use super::keyboard::Keyboard;
use super::keys::{Keysym, Modifier, quoted};
use super::screen::{Pointer, Screen, ScreenError};
use crate::Engine;

/// Steps of a drag.
const STEPS: i64 = 20;
/// Pause before each step, in milliseconds, which the display makes: a program that begins to drag has to take hold of
/// the pointer before the button is let go.
const STEP: u32 = 10;
/// Most clicks and most steps of the wheel in one request.
const MOST: i64 = 10_000;

/// A button.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Button {
    /// The first.
    Left,
    /// The wheel.
    Middle,
    /// The one for menus.
    Right,
}

/// Which way the wheel turns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Away from the user.
    Up,
    /// Towards the user.
    Down,
}

impl Button {
    /// The button of this name; the left one for an empty name.
    ///
    /// # Errors
    ///
    /// When no button is called so.
    pub fn named(name: &str) -> Result<Self, DesktopError> {
        match name.trim().to_lowercase().as_str() {
            "" | "left" => Ok(Self::Left),
            "middle" => Ok(Self::Middle),
            "right" => Ok(Self::Right),
            _ => Err(DesktopError::Invalid(format!(
                "unsupported mouse button {}: expected one of left, right, middle",
                quoted(name)
            ))),
        }
    }

    fn number(self) -> u8 {
        match self {
            Self::Left => 1,
            Self::Middle => 2,
            Self::Right => 3,
        }
    }
}

impl Direction {
    /// The direction of this name.
    ///
    /// # Errors
    ///
    /// When no direction is called so.
    pub fn named(name: &str) -> Result<Self, DesktopError> {
        match name.trim().to_lowercase().as_str() {
            "up" => Ok(Self::Up),
            "down" => Ok(Self::Down),
            _ => {
                let text = format!("unsupported scroll direction {}: expected up or down", quoted(name));
                Err(DesktopError::Invalid(text))
            }
        }
    }

    fn button(self) -> u8 {
        match self {
            Self::Up => 4,
            Self::Down => 5,
        }
    }
}

/// A place on the display, in pixels.
pub type Place = (i64, i64);

impl Engine {
    /// Where the pointer is. Blocks.
    ///
    /// # Errors
    ///
    /// When no display runs.
    pub fn pointer(&self) -> Result<Pointer, DesktopError> {
        self.look(Screen::pointer)
    }

    /// Moves the pointer; returns where it is then, which is on the display. Blocks.
    ///
    /// # Errors
    ///
    /// When no display runs.
    pub fn move_pointer(&self, to: Place) -> Result<Pointer, DesktopError> {
        self.act(|screen| {
            screen.move_to(to, 0)?;
            screen.pointer()
        })
    }

    /// Clicks at a place, with keys held. Blocks.
    ///
    /// # Errors
    ///
    /// When the number of clicks makes no sense, and when no display runs.
    pub fn click(
        &self,
        at: Place,
        button: Button,
        clicks: i64,
        held: &[Modifier],
    ) -> Result<Pointer, DesktopError> {
        if !(1..=MOST).contains(&clicks) {
            let text = format!("clicks must be between 1 and {MOST}");
            return Err(DesktopError::Invalid(text));
        }
        self.act(|screen| {
            screen.move_to(at, 0)?;
            screen.holding(held, || (0..clicks).try_for_each(|_| screen.tap_button(button.number())))?;
            screen.pointer()
        })
    }

    /// Moves with a button and keys held. Blocks for the time a drag takes.
    ///
    /// # Errors
    ///
    /// When no display runs.
    pub fn drag(
        &self,
        from: Place,
        to: Place,
        button: Button,
        held: &[Modifier],
    ) -> Result<Pointer, DesktopError> {
        self.act(|screen| {
            screen.move_to(from, 0)?;
            screen.holding(held, || {
                screen.button(button.number(), true, STEP)?;
                let between = |from: i64, to: i64, step: i64| {
                    let way = i128::from(to) - i128::from(from);
                    (i128::from(from) + way * i128::from(step) / i128::from(STEPS)) as i64
                };
                for step in 1..=STEPS {
                    screen.move_to((between(from.0, to.0, step), between(from.1, to.1, step)), STEP)?;
                }
                screen.button(button.number(), false, STEP)
            })?;
            screen.pointer()
        })
    }

    /// Turns the wheel at a place, with keys held; no steps count as one. Blocks.
    ///
    /// # Errors
    ///
    /// When the number of steps makes no sense, and when no display runs.
    pub fn scroll(
        &self,
        at: Place,
        direction: Direction,
        amount: i64,
        held: &[Modifier],
    ) -> Result<(), DesktopError> {
        if amount < 0 {
            return Err(DesktopError::Invalid("scroll amount must be greater than or equal to 0".to_owned()));
        }
        if amount > MOST {
            return Err(DesktopError::Invalid(format!("scroll amount must be at most {MOST}")));
        }
        self.act(|screen| {
            screen.move_to(at, 0)?;
            screen.holding(held, || {
                (0..amount.max(1)).try_for_each(|_| screen.tap_button(direction.button()))
            })?;
            screen.settle()
        })
    }

    /// Presses a button or lets it go, here or at a place. Blocks.
    ///
    /// # Errors
    ///
    /// When no display runs.
    pub fn hold_button(
        &self,
        at: Option<Place>,
        button: Button,
        down: bool,
    ) -> Result<Pointer, DesktopError> {
        self.act(|screen| {
            if let Some(at) = at {
                screen.move_to(at, 0)?;
            }
            screen.button(button.number(), down, 0)?;
            screen.pointer()
        })
    }
}

impl Screen {
    /// `delay` is in milliseconds, before the move.
    fn move_to(&self, to: Place, delay: u32) -> Result<(), ScreenError> {
        // The display itself keeps the pointer within its edges.
        let side = |at: i64| at.clamp(i16::MIN.into(), i16::MAX.into()) as i16;
        self.x.xtest_fake_input(MOTION_NOTIFY_EVENT, 0, delay, self.root, side(to.0), side(to.1), 0)?;
        Ok(())
    }

    fn button(&self, number: u8, down: bool, delay: u32) -> Result<(), ScreenError> {
        let event = if down { BUTTON_PRESS_EVENT } else { BUTTON_RELEASE_EVENT };
        self.x.xtest_fake_input(event, number, delay, self.root, 0, 0, 0)?;
        Ok(())
    }

    fn tap_button(&self, number: u8) -> Result<(), ScreenError> {
        self.button(number, true, 0)?;
        self.button(number, false, 0)
    }

    /// `delay` is in milliseconds, before the key.
    pub(super) fn key(&self, code: u8, down: bool, delay: u32) -> Result<(), ScreenError> {
        let event = if down { KEY_PRESS_EVENT } else { KEY_RELEASE_EVENT };
        self.x.xtest_fake_input(event, code, delay, self.root, 0, 0, 0)?;
        Ok(())
    }

    /// Does something while keys are held. They are let go whatever comes of it.
    pub(super) fn holding(
        &self,
        held: &[Modifier],
        work: impl FnOnce() -> Result<(), ScreenError>,
    ) -> Result<(), ScreenError> {
        if held.is_empty() {
            return work();
        }
        let mut keyboard = Keyboard::read(self)?;
        let held: Vec<Keysym> = held.iter().map(|modifier| modifier.keysym()).collect();
        let codes = keyboard.codes(self, &held)?;
        for key in &codes {
            self.key(key.code, true, 0)?;
        }
        let done = work();
        for key in codes.iter().rev() {
            self.key(key.code, false, 0)?;
        }
        self.settle()?;
        done
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_taken_as_people_write_them() {
        assert_eq!(Button::named(" MIDDLE ").unwrap(), Button::Middle);
        assert_eq!(Button::named("").unwrap(), Button::Left);
        let refused = Button::named("fourth").unwrap_err().to_string();
        assert_eq!(refused, "unsupported mouse button \"fourth\": expected one of left, right, middle");
        assert_eq!(Direction::named("Down").unwrap(), Direction::Down);
        let refused = Direction::named("").unwrap_err().to_string();
        assert_eq!(refused, "unsupported scroll direction \"\": expected up or down");
    }
}
