//! Lengths of time as people write them: `200ms`, `5s`, `2m`.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A length of time with its unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span(pub Duration);

impl FromStr for Span {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let digits = text.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(text.len());
        let (number, unit) = text.split_at(digits);
        let problem = || format!("`{text}` is no length of time; write 200ms, 5s or 2m");
        let number: u64 = number.parse().map_err(|_| problem())?;
        let milliseconds = match unit {
            "ms" => Some(number),
            "s" => number.checked_mul(1000),
            "m" => number.checked_mul(60_000),
            _ => None,
        };
        milliseconds.map(|milliseconds| Self(Duration::from_millis(milliseconds))).ok_or_else(problem)
    }
}

impl fmt::Display for Span {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let milliseconds = self.0.as_millis();
        if milliseconds.is_multiple_of(1000) {
            write!(formatter, "{}s", milliseconds / 1000)
        } else {
            write!(formatter, "{milliseconds}ms")
        }
    }
}

impl Serialize for Span {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_needs_a_number_and_a_unit() {
        for (text, milliseconds) in [("200ms", 200), ("5s", 5000), ("2m", 120_000)] {
            assert_eq!(text.parse::<Span>().unwrap().0.as_millis(), milliseconds);
        }
        for text in ["", "5", "s", "-1s", "1h", "99999999999999999999s", "18446744073709551615m"] {
            assert!(text.parse::<Span>().is_err(), "{text}");
        }
    }
}
