//! Names of keys, and what is said about those that are none (toolbox-files-git-desktop.md §6.5).

use super::DesktopError;

/// X's number for what is on a key.
pub(super) type Keysym = u32;

/// A key that is held while another is pressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Modifier {
    /// Control.
    Ctrl,
    /// Alt, or option.
    Alt,
    /// Shift.
    Shift,
    /// Command, super, or the key with the window.
    Cmd,
}

/// Keys that have a name, under the form that aliases lead to.
const NAMED: [(&str, Keysym); 46] = [
    ("alt", 0xffe9),
    ("backspace", 0xff08),
    ("capslock", 0xffe5),
    ("cmd", 0xffeb),
    ("ctrl", 0xffe3),
    ("delete", 0xffff),
    ("down", 0xff54),
    ("end", 0xff57),
    ("enter", 0xff0d),
    ("escape", 0xff1b),
    ("home", 0xff50),
    ("insert", 0xff63),
    ("lalt", 0xffe9),
    ("lcmd", 0xffeb),
    ("lctrl", 0xffe3),
    ("left", 0xff51),
    ("lshift", 0xffe1),
    ("menu", 0xff67),
    ("num0", 0xffb0),
    ("num1", 0xffb1),
    ("num2", 0xffb2),
    ("num3", 0xffb3),
    ("num4", 0xffb4),
    ("num5", 0xffb5),
    ("num6", 0xffb6),
    ("num7", 0xffb7),
    ("num8", 0xffb8),
    ("num9", 0xffb9),
    ("num_asterisk", 0xffaa),
    ("num_decimal", 0xffae),
    ("num_enter", 0xff8d),
    ("num_equal", 0xffbd),
    ("num_lock", 0xff7f),
    ("num_minus", 0xffad),
    ("num_plus", 0xffab),
    ("num_slash", 0xffaf),
    ("pagedown", 0xff56),
    ("pageup", 0xff55),
    ("ralt", 0xffea),
    ("rcmd", 0xffec),
    ("rctrl", 0xffe4),
    ("right", 0xff53),
    ("rshift", 0xffe2),
    ("shift", 0xffe1),
    ("space", 0x0020),
    ("tab", 0xff09),
];
const UP: Keysym = 0xff52;
const F1: Keysym = 0xffbe;
/// How many function keys there are.
const FUNCTION_KEYS: u32 = 24;

/// Other names, for the names above.
const ALIASES: [(&str, &str); 26] = [
    ("return", "enter"),
    ("esc", "escape"),
    ("del", "delete"),
    ("spacebar", "space"),
    ("page_up", "pageup"),
    ("page_down", "pagedown"),
    ("control", "ctrl"),
    ("command", "cmd"),
    ("meta", "cmd"),
    ("super", "cmd"),
    ("win", "cmd"),
    ("windows", "cmd"),
    ("option", "alt"),
    ("left_alt", "lalt"),
    ("right_alt", "ralt"),
    ("left_ctrl", "lctrl"),
    ("right_ctrl", "rctrl"),
    ("left_control", "lctrl"),
    ("right_control", "rctrl"),
    ("left_shift", "lshift"),
    ("right_shift", "rshift"),
    ("left_cmd", "lcmd"),
    ("right_cmd", "rcmd"),
    ("left_command", "lcmd"),
    ("right_command", "rcmd"),
    ("caps_lock", "capslock"),
];

/// Keys of a keypad written with their sign.
const SIGNS: [(&str, &str); 6] = [
    ("num+", "num_plus"),
    ("num-", "num_minus"),
    ("num*", "num_asterisk"),
    ("num/", "num_slash"),
    ("num.", "num_decimal"),
    ("num=", "num_equal"),
];

/// Characters that have a key to themselves, beside letters and digits.
const PUNCTUATION: &str = "',-./;=[\\]`";
/// Characters typed with shift, and the keys they are on.
const SHIFTED: [(char, char); 21] = [
    ('!', '1'),
    ('@', '2'),
    ('#', '3'),
    ('$', '4'),
    ('%', '5'),
    ('^', '6'),
    ('&', '7'),
    ('*', '8'),
    ('(', '9'),
    (')', '0'),
    ('_', '-'),
    ('+', '='),
    ('{', '['),
    ('}', ']'),
    ('|', '\\'),
    (':', ';'),
    ('"', '\''),
    ('<', ','),
    ('>', '.'),
    ('?', '/'),
    ('~', '`'),
];

impl Modifier {
    /// Its name in messages.
    fn name(self) -> &'static str {
        match self {
            Self::Ctrl => "ctrl",
            Self::Alt => "alt",
            Self::Shift => "shift",
            Self::Cmd => "cmd",
        }
    }

    /// The key on the left side.
    pub(super) fn keysym(self) -> Keysym {
        match self {
            Self::Ctrl => 0xffe3,
            Self::Alt => 0xffe9,
            Self::Shift => 0xffe1,
            Self::Cmd => 0xffeb,
        }
    }

    fn named(name: &str) -> Option<Self> {
        let name = canonical(name);
        [Self::Ctrl, Self::Alt, Self::Shift, Self::Cmd].into_iter().find(|modifier| modifier.name() == name)
    }
}

/// A key, and what is held while it is pressed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chord {
    pub(super) key: Keysym,
    pub(super) held: Vec<Modifier>,
}

impl Chord {
    /// A key with modifiers.
    ///
    /// # Errors
    ///
    /// When one of them is unknown or given twice.
    pub fn press(key: &str, modifiers: &[String]) -> Result<Self, DesktopError> {
        chord(key, modifiers).map_err(DesktopError::Invalid)
    }

    /// Keys as written with `+`, such as `ctrl+shift+t`.
    ///
    /// # Errors
    ///
    /// When it is not one key with modifiers before it.
    pub fn hotkey(keys: &str) -> Result<Self, DesktopError> {
        let refused =
            |reason: String| DesktopError::Invalid(format!("invalid hotkey {}: {reason}", quoted(keys)));
        hotkey(keys).map_err(refused)
    }
}

/// One key.
///
/// # Errors
///
/// When no key is called so; the text says what is.
pub fn key(name: &str) -> Result<Key, DesktopError> {
    keysym(name).map(Key).map_err(DesktopError::Invalid)
}

/// A key that was found by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key(pub(super) Keysym);

/// The modifiers of these names.
///
/// # Errors
///
/// When one is unknown or given twice.
pub fn modifiers(names: &[String]) -> Result<Vec<Modifier>, DesktopError> {
    let mut found = Vec::new();
    for name in names {
        let modifier = modifier(name).map_err(DesktopError::Invalid)?;
        if found.contains(&modifier) {
            let text = format!("duplicate modifier {}", quoted(modifier.name()));
            return Err(DesktopError::Invalid(text));
        }
        found.push(modifier);
    }
    Ok(found)
}

fn chord(key: &str, names: &[String]) -> Result<Chord, String> {
    let sym = keysym(key)?;
    let mut held: Vec<Modifier> = Vec::new();
    let mut plain: Vec<String> = Vec::new();
    let own = Modifier::named(key);
    for name in names {
        let modifier = modifier(name)?;
        let as_written = name.trim().to_lowercase();
        if plain.contains(&as_written) {
            return Err(format!("duplicate modifier {} in {}", quoted(modifier.name()), call(key, names)));
        }
        if held.contains(&modifier) || own == Some(modifier) {
            return Err(format!("duplicate modifier usage after normalization in {}", call(key, names)));
        }
        plain.push(as_written);
        held.push(modifier);
    }
    Ok(Chord { key: sym, held })
}

fn hotkey(keys: &str) -> Result<Chord, String> {
    let mut parts = Vec::new();
    for part in keys.split('+') {
        let trimmed = part.trim();
        match (part.is_empty(), trimmed) {
            (true, _) => return Err("empty key token".to_owned()),
            (false, "") => return Err("empty key token after trimming".to_owned()),
            (false, name) if name.contains(char::is_whitespace) => {
                return Err("only a single chord is supported".to_owned());
            }
            (false, name) => parts.push(name.to_owned()),
        }
    }
    let Some(last) = parts.pop() else { return Err("empty key token".to_owned()) };
    for part in &parts {
        if modifier(part).is_err() && keysym(part).is_ok() {
            return Err("chords may contain at most one non-modifier key".to_owned());
        }
    }
    chord(&last, &parts)
}

/// A call as the client's library writes it.
fn call(key: &str, names: &[String]) -> String {
    let names: Vec<String> = names.iter().map(|name| quoted(name)).collect();
    format!("press({}, [{}])", quoted(key), names.join(", "))
}

fn modifier(name: &str) -> Result<Modifier, String> {
    if let Some(modifier) = Modifier::named(name) {
        return Ok(modifier);
    }
    let mut text =
        format!("unsupported modifier {}; supported modifiers: ctrl, alt, shift, cmd", quoted(name));
    let sided = matches!(
        canonical(name).as_str(),
        "lalt" | "ralt" | "lctrl" | "rctrl" | "lshift" | "rshift" | "lcmd" | "rcmd"
    );
    if sided {
        text.push_str("; left/right-specific modifier keys are only supported as the main key");
    }
    Err(text)
}

fn keysym(name: &str) -> Result<Keysym, String> {
    let mut characters = name.chars();
    let (Some(first), None) = (characters.next(), characters.next()) else { return named(name) };
    if first.is_ascii_alphanumeric() || PUNCTUATION.contains(first) {
        return Ok(u32::from(first.to_ascii_lowercase()));
    }
    if let Some((_, base)) = SHIFTED.iter().find(|(character, _)| *character == first) {
        let (base, name) = (quoted(&base.to_string()), quoted(name));
        return Err(format!(
            "unsupported key {name}; use press({base}, [\"shift\"]) for a shifted key or type({name}) for text"
        ));
    }
    if first == ' ' {
        return Err("unsupported key \" \"; use press(\"space\") or type(\" \")".to_owned());
    }
    if !first.is_ascii() {
        let name = quoted(name);
        return Err(format!("unsupported key {name}; use type({name}) for text input"));
    }
    Err(unknown(name))
}

/// A key whose name is longer than one character.
fn named(name: &str) -> Result<Keysym, String> {
    if name.is_empty() {
        return Err("unsupported key \"\": empty key token".to_owned());
    }
    let lower = name.trim().to_lowercase();
    if let Some((_, right)) = SIGNS.iter().find(|(sign, _)| *sign == lower) {
        return Err(format!("unsupported key {}; use {}", quoted(name), quoted(right)));
    }
    let canonical = canonical(name);
    if canonical == "up" {
        return Ok(UP);
    }
    if let Some((_, sym)) = NAMED.iter().find(|(known, _)| *known == canonical) {
        return Ok(*sym);
    }
    let digits = canonical.strip_prefix('f').filter(|digits| !digits.starts_with(['0', '+']));
    match digits.and_then(|digits| digits.parse().ok()) {
        Some(number @ 1..=FUNCTION_KEYS) => Ok(F1 + number - 1),
        _ => Err(unknown(name)),
    }
}

fn unknown(name: &str) -> String {
    format!("unsupported key {}; see supported keyboard key names in the computer-use docs", quoted(name))
}

/// The name that this one stands for.
fn canonical(name: &str) -> String {
    let name = name.trim().to_lowercase().replace('-', "_");
    let alias = ALIASES.iter().find(|(alias, _)| *alias == name);
    alias.map_or(name, |(_, name)| (*name).to_owned())
}

/// Text in quotes, the way Go's `%q` writes it.
pub(super) fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for character in text.chars() {
        match character {
            '"' | '\\' => quoted.extend(['\\', character]),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            '\u{7}' => quoted.push_str("\\a"),
            '\u{8}' => quoted.push_str("\\b"),
            '\u{b}' => quoted.push_str("\\v"),
            '\u{c}' => quoted.push_str("\\f"),
            control if control.is_ascii_control() => {
                quoted.push_str(&format!("\\x{:02x}", u32::from(control)));
            }
            control if control.is_control() => quoted.push_str(&format!("\\u{:04x}", u32::from(control))),
            other => quoted.push(other),
        }
    }
    quoted.push('"');
    quoted
}

/// What is on the key of a character, for text.
pub(super) fn of_character(character: char) -> Keysym {
    match u32::from(character) {
        code @ (0x20..=0x7e | 0xa0..=0xff) => code,
        code => 0x0100_0000 | code,
    }
}

/// The key that ends a line.
pub(super) const RETURN: Keysym = 0xff0d;
/// The key that turns capitals on and off.
pub(super) const CAPS_LOCK: Keysym = 0xffe5;
/// The key that gives the upper of two characters.
pub(super) const SHIFT: Keysym = 0xffe1;

#[cfg(test)]
mod tests {
    use super::*;

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    fn pressed(key: &str, modifiers: &[&str]) -> Result<(Keysym, Vec<Modifier>), String> {
        chord(key, &names(modifiers)).map(|chord| (chord.key, chord.held))
    }

    #[test]
    fn keys_have_several_names_in_any_letter_case() {
        for (name, sym) in [
            ("a", 0x61),
            ("A", 0x61),
            ("7", 0x37),
            ("`", 0x60),
            ("Return", 0xff0d),
            ("ESC", 0xff1b),
            ("page-up", 0xff55),
            ("PageUp", 0xff55),
            ("f5", 0xffc2),
            ("F24", 0xffd5),
            ("left-control", 0xffe3),
            ("WINDOWS", 0xffeb),
            ("num-plus", 0xffab),
            ("Up", 0xff52),
            ("spacebar", 0x20),
        ] {
            assert_eq!(keysym(name), Ok(sym), "{name}");
        }
    }

    #[test]
    fn what_is_no_key_is_told_from_what_is_text() {
        for (name, text) in [
            ("", "unsupported key \"\": empty key token"),
            (
                "!",
                "unsupported key \"!\"; use press(\"1\", [\"shift\"]) for a shifted key or type(\"!\") for text",
            ),
            (
                "\"",
                "unsupported key \"\\\"\"; use press(\"'\", [\"shift\"]) for a shifted key or type(\"\\\"\") for text",
            ),
            (" ", "unsupported key \" \"; use press(\"space\") or type(\" \")"),
            ("é", "unsupported key \"é\"; use type(\"é\") for text input"),
            ("num+", "unsupported key \"num+\"; use \"num_plus\""),
            ("f25", "unsupported key \"f25\"; see supported keyboard key names in the computer-use docs"),
            ("f05", "unsupported key \"f05\"; see supported keyboard key names in the computer-use docs"),
            (
                "ctrl+c",
                "unsupported key \"ctrl+c\"; see supported keyboard key names in the computer-use docs",
            ),
        ] {
            assert_eq!(keysym(name), Err(text.to_owned()), "{name}");
        }
    }

    #[test]
    fn modifiers_are_four_and_each_is_given_once() {
        use Modifier::{Alt, Cmd, Ctrl, Shift};
        assert_eq!(pressed("a", &["ctrl", "Shift"]), Ok((0x61, vec![Ctrl, Shift])));
        assert_eq!(pressed("tab", &["option", "super"]), Ok((0xff09, vec![Alt, Cmd])));
        for (key, modifiers, text) in [
            (
                "a",
                vec!["hyper"],
                "unsupported modifier \"hyper\"; supported modifiers: ctrl, alt, shift, cmd",
            ),
            (
                "a",
                vec!["left_ctrl"],
                "unsupported modifier \"left_ctrl\"; supported modifiers: ctrl, alt, shift, cmd; left/right-specific modifier keys are only supported as the main key",
            ),
            ("c", vec!["ctrl", "ctrl"], "duplicate modifier \"ctrl\" in press(\"c\", [\"ctrl\", \"ctrl\"])"),
            (
                "c",
                vec!["ctrl", "control"],
                "duplicate modifier usage after normalization in press(\"c\", [\"ctrl\", \"control\"])",
            ),
        ] {
            assert_eq!(pressed(key, &modifiers), Err(text.to_owned()));
        }
    }

    #[test]
    fn a_hotkey_is_one_chord() {
        let hotkey = |keys: &str| Chord::hotkey(keys).map_err(|error| error.to_string());
        use Modifier::{Ctrl, Shift};
        assert_eq!(hotkey("Ctrl + Shift + T"), Ok(Chord { key: 0x74, held: vec![Ctrl, Shift] }));
        assert_eq!(hotkey("ctrl"), Ok(Chord { key: 0xffe3, held: vec![] }));
        for (keys, reason) in [
            ("", "empty key token"),
            ("ctrl+", "empty key token"),
            ("+", "empty key token"),
            ("ctrl+ ", "empty key token after trimming"),
            ("ctrl+a b", "only a single chord is supported"),
            ("a+b", "chords may contain at most one non-modifier key"),
            (
                "ctrl+nonsense",
                "unsupported key \"nonsense\"; see supported keyboard key names in the computer-use docs",
            ),
            ("hyper+a", "unsupported modifier \"hyper\"; supported modifiers: ctrl, alt, shift, cmd"),
        ] {
            assert_eq!(hotkey(keys), Err(format!("invalid hotkey \"{keys}\": {reason}")));
        }
    }
}
