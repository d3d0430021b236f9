//! Ids, tokens and secrets.

use std::sync::atomic::{AtomicU64, Ordering};

use uuid::{Builder, Uuid};

/// Makes ids nobody has seen before.
pub trait Ids: Send + Sync + std::fmt::Debug {
    /// Sixteen bytes nobody can guess.
    fn bytes(&self) -> [u8; 16];

    /// A version-4 UUID in lower case.
    fn uuid(&self) -> String {
        Builder::from_random_bytes(self.bytes()).into_uuid().to_string()
    }

    /// `length` characters out of `alphabet`.
    fn token(&self, length: usize, alphabet: &str) -> String {
        let alphabet = alphabet.as_bytes();
        let mut token = String::with_capacity(length);
        while token.len() < length {
            let missing = length - token.len();
            token.extend(
                self.bytes()
                    .iter()
                    .take(missing)
                    .map(|byte| char::from(alphabet[*byte as usize % alphabet.len()])),
            );
        }
        token
    }
}

/// Ids from the operating system's random source.
#[derive(Clone, Copy, Debug, Default)]
pub struct RandomIds;

impl Ids for RandomIds {
    fn bytes(&self) -> [u8; 16] {
        // Version and variant bits of a UUID are fixed, so two of them are folded into sixteen free bytes.
        let (low, high) = (Uuid::new_v4().into_bytes(), Uuid::new_v4().into_bytes());
        std::array::from_fn(|position| low[position] ^ high[15 - position])
    }

    fn uuid(&self) -> String {
        Uuid::new_v4().to_string()
    }
}

/// Ids that come in the same order in every run with the same seed. Guessable: for tests only.
#[derive(Debug)]
pub struct SeededIds(AtomicU64);

impl SeededIds {
    /// A source starting at `seed`.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self(AtomicU64::new(seed))
    }

    /// SplitMix64: every step of the counter gives an unrelated number.
    fn next(&self) -> u64 {
        let state = self.0.fetch_add(0x9E37_79B9_7F4A_7C15, Ordering::Relaxed);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }
}

impl Ids for SeededIds {
    fn bytes(&self) -> [u8; 16] {
        let mut bytes = [0; 16];
        bytes[..8].copy_from_slice(&self.next().to_le_bytes());
        bytes[8..].copy_from_slice(&self.next().to_le_bytes());
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_gives_the_same_ids_again() {
        let (first, second) = (SeededIds::new(7), SeededIds::new(7));
        assert_eq!(first.uuid(), second.uuid());
        assert_eq!(first.token(32, "abc"), second.token(32, "abc"));
    }

    #[test]
    fn random_ids_are_version_four_and_differ() {
        let (first, second) = (RandomIds.uuid(), RandomIds.uuid());
        assert_ne!(first, second);
        assert_eq!(first.as_bytes()[14], b'4');
    }

    #[test]
    fn a_token_has_the_length_and_alphabet_asked_for() {
        let token = RandomIds.token(33, "xyz");
        assert_eq!(token.len(), 33);
        assert!(token.chars().all(|character| "xyz".contains(character)));
    }
}
