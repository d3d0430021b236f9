//! Text, typed (toolbox-files-git-desktop.md §6.5).

use super::DesktopError;
use super::keyboard::Keyboard;
use super::keys::{CAPS_LOCK, Keysym, RETURN, SHIFT, of_character};
use super::screen::{Screen, ScreenError};
use crate::Engine;

impl Engine {
    /// Types a text, with a pause of `delay` milliseconds after each character. A line's end is the key that ends lines.
    /// Nothing is typed of a text that holds what cannot be. Blocks for as long as it takes.
    ///
    /// # Errors
    ///
    /// When the text holds control characters, and when no display runs.
    pub fn type_text(&self, text: &str, delay: u32) -> Result<(), DesktopError> {
        let symbols = symbols(text).map_err(DesktopError::Invalid)?;
        self.act(|screen| {
            let capitals = screen.pointer()?.caps_lock;
            if capitals {
                toggle_capitals(screen)?;
            }
            let typed = type_symbols(screen, &symbols, delay);
            if capitals {
                toggle_capitals(screen)?;
            }
            typed?;
            screen.settle()
        })
    }
}

fn toggle_capitals(screen: &Screen) -> Result<(), ScreenError> {
    let mut keyboard = Keyboard::read(screen)?;
    let [key, shift] = keyboard.codes(screen, &[CAPS_LOCK, SHIFT])?[..] else { return Ok(()) };
    screen.tap(key, shift.code, 0)
}

/// As many at a time as there are keys for.
fn type_symbols(screen: &Screen, mut symbols: &[Keysym], delay: u32) -> Result<(), ScreenError> {
    let mut pause = 0;
    while !symbols.is_empty() {
        let mut keyboard = Keyboard::read(screen)?;
        let shift = keyboard.codes(screen, &[SHIFT])?.first().map_or(0, |place| place.code);
        let (now, later) = symbols.split_at(keyboard.reach(screen, symbols).max(1));
        for place in keyboard.codes(screen, now)? {
            screen.tap(place, shift, pause)?;
            pause = delay;
        }
        symbols = later;
    }
    Ok(())
}

/// What is to be pressed for a text.
fn symbols(text: &str) -> Result<Vec<Keysym>, String> {
    let text = text.replace("\r\n", "\n");
    let code = |character: char| format!("U+{:04X}", u32::from(character));
    text.chars()
        .map(|character| match character {
            '\n' | '\r' => Ok(RETURN),
            '\t' => Err(concat!(
                r#"keyboard.type does not translate '\t' to Tab; "#,
                r#"use keyboard.press("tab") for Tab key events"#
            )
            .to_owned()),
            '\u{2028}' | '\u{2029}' => {
                Err(format!("unsupported separator character in keyboard.type: {}", code(character)))
            }
            control if control.is_control() => {
                Err(format!("unsupported control character in keyboard.type: {}", code(control)))
            }
            character => Ok(of_character(character)),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_character_has_a_symbol_and_lines_end_with_the_key_for_that() {
        let typed = symbols("aÿя😀\r\nb\rc\n").unwrap();
        assert_eq!(typed, [0x61, 0xff, 0x0100_044f, 0x0101_f600, RETURN, 0x62, RETURN, 0x63, RETURN]);
    }

    #[test]
    fn what_no_key_types_is_refused() {
        for (text, reason) in [
            (
                "a\tb",
                "keyboard.type does not translate '\\t' to Tab; use keyboard.press(\"tab\") for Tab key events",
            ),
            ("a\u{2029}", "unsupported separator character in keyboard.type: U+2029"),
            ("\u{7}", "unsupported control character in keyboard.type: U+0007"),
            ("\u{85}", "unsupported control character in keyboard.type: U+0085"),
        ] {
            assert_eq!(symbols(text), Err(reason.to_owned()));
        }
    }
}
