//! Ids of 24 hexadecimal digits (voidrun.md §1.6), made from the control plane's own: nothing has to be remembered, and
//! what another dialect made has one too.

/// The id for a UUID: its first 24 digits.
pub(crate) fn of(uuid: &str) -> String {
    padded(uuid.chars())
}

/// The id of the user of an organization: its last 24 digits, backwards.
pub(crate) fn of_user(organization: &str) -> String {
    padded(organization.chars().rev())
}

/// Whether a text can be an id.
pub(crate) fn is_one(text: &str) -> bool {
    text.len() == 24 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

fn padded(characters: impl Iterator<Item = char>) -> String {
    let digits = characters.filter(char::is_ascii_hexdigit).map(|digit| digit.to_ascii_lowercase());
    digits.chain(std::iter::repeat('0')).take(24).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_uuid_gives_an_id() {
        let id = of("0F6C1D2E-5b7a-4c39-9a52-0d0e8b8a3c11");
        assert_eq!(id, "0f6c1d2e5b7a4c399a520d0e");
        assert!(is_one(&id));
        assert!(is_one(&of("short")));
        assert_ne!(of_user("0f6c1d2e-5b7a-4c39-9a52-0d0e8b8a3c11"), id);
        for text in ["", "0F6C1D2E5b7a4c399a520d0e", "0f6c1d2e", "zf6c1d2e5b7a4c399a520d0e"] {
            assert!(!is_one(text), "{text}");
        }
    }
}
