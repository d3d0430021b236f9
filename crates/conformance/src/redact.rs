//! Takes secrets out of everything that is kept, before it is kept.
//!
//! Known secrets are the keys the run was given; they go wherever they stand and however they are encoded. Secrets the
//! server makes up go by the names of the members that carry them.

use std::sync::LazyLock;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use regex::{Captures, Regex};

/// What stands where a secret stood.
pub const REDACTED: &str = "[redacted]";

/// Longest text kept of one body.
const LONGEST: usize = 16 * 1024;

#[expect(clippy::unwrap_used, reason = "the pattern is a literal, compiled by every test")]
static MEMBERS: LazyLock<Regex> = LazyLock::new(|| {
    let names = "token|authToken|accessToken|sessionToken|password|secret|secretAccessKey|accessKey|privateKey|signingKey|apiKey|sshCommand";
    Regex::new(&format!(r#"(?i)("(?:{names})"\s*:\s*")(?:[^"\\]|\\.)*"?"#)).unwrap()
});

#[expect(clippy::unwrap_used, reason = "the pattern is a literal, compiled by every test")]
static PARAMETERS: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"(?i)([?&](?:token|DAYTONA_SANDBOX_AUTH_KEY|signature)=)[^&\s#]+").unwrap());

/// Header fields whose value is always a secret.
const HEADERS: &[&str] =
    &["authorization", "cookie", "set-cookie", "x-daytona-preview-token", "x-api-key", "proxy-authorization"];

/// Knows the secrets of one run.
#[derive(Clone, Debug, Default)]
pub struct Redactor {
    /// Every form of every secret, longest first.
    forms: Vec<String>,
}

impl Redactor {
    /// A redactor of these secrets. Texts under four characters are no secrets: they would take everything with them.
    #[must_use]
    pub fn new<'a>(secrets: impl IntoIterator<Item = &'a str>) -> Self {
        let mut forms = Vec::new();
        for secret in secrets.into_iter().filter(|secret| secret.chars().count() >= 4) {
            forms.push(secret.to_owned());
            forms.push(utf8_percent_encode(secret, NON_ALPHANUMERIC).to_string());
            forms.push(form_urlencoded::byte_serialize(secret.as_bytes()).collect());
            let json = serde_json::Value::from(secret).to_string();
            forms.push(json.trim_matches('"').to_owned());
            forms.push(secret.escape_debug().to_string());
            forms.push(secret.escape_default().to_string());
            for engine in [STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD] {
                forms.push(engine.encode(secret));
            }
        }
        forms.retain(|form| form.len() >= 4);
        forms.sort_by(|left, right| right.len().cmp(&left.len()).then_with(|| left.cmp(right)));
        forms.dedup();
        Self { forms }
    }

    /// `text` without secrets.
    #[must_use]
    pub fn text(&self, text: &str) -> String {
        let mut clean = text.to_owned();
        // Taking one secret out can bring another together, so this goes on until nothing is found; each round is shorter
        // in secrets, and the mark itself holds none unless a key is a part of it.
        for _ in 0..8 {
            let found: Vec<&String> =
                self.forms.iter().filter(|form| clean.contains(form.as_str())).collect();
            if found.is_empty() {
                break;
            }
            for form in found {
                let mark = if REDACTED.contains(form.as_str()) { "" } else { REDACTED };
                clean = clean.replace(form.as_str(), mark);
            }
        }
        let clean = MEMBERS.replace_all(&clean, |found: &Captures<'_>| format!("{}{REDACTED}\"", &found[1]));
        PARAMETERS.replace_all(&clean, |found: &Captures<'_>| format!("{}{REDACTED}", &found[1])).into_owned()
    }

    /// A body as it may be kept: text without secrets, cut where it becomes long; bytes by their number only.
    #[must_use]
    pub fn body(&self, body: &[u8]) -> String {
        let margin = self.forms.first().map_or(0, String::len);
        let window = LONGEST + margin;
        if body.len() <= window {
            return std::str::from_utf8(body)
                .map_or_else(|_| format!("{} bytes", body.len()), |text| self.text(text));
        }
        // A secret that begins in the last `margin` bytes may be cut in half by the window, so they go, too. What is left
        // ends where the window's text ends, since redaction leaves everything behind a secret as it is.
        let window = &body[..window];
        let Ok(text) = std::str::from_utf8(window.get(..valid(window)).unwrap_or_default()) else {
            return format!("{} bytes", body.len());
        };
        let clean = self.text(text);
        let mut end = clean.len().saturating_sub(margin);
        while !clean.is_char_boundary(end) {
            end -= 1;
        }
        format!("{}… ({} bytes in all)", &clean[..end], body.len())
    }

    /// A header's value as it may be kept.
    #[must_use]
    pub fn header(&self, name: &str, value: &str) -> String {
        if HEADERS.iter().any(|secret| name.eq_ignore_ascii_case(secret)) {
            return REDACTED.to_owned();
        }
        self.text(value)
    }
}

/// Bytes up to the last whole character; all of them where the text is no UTF-8 before its end.
fn valid(bytes: &[u8]) -> usize {
    match std::str::from_utf8(bytes) {
        Err(error) if error.error_len().is_none() => error.valid_up_to(),
        _ => bytes.len(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn secrets_go_by_value_and_by_name() {
        let redactor = Redactor::new(["dtn_secret"]);
        assert_eq!(redactor.text("key dtn_secret!"), "key [redacted]!");
        assert_eq!(
            redactor.text(r#"{"token": "abc\"d", "name": "x"}"#),
            r#"{"token": "[redacted]", "name": "x"}"#
        );
        assert_eq!(redactor.text("/x?token=abc&y=1"), "/x?token=[redacted]&y=1");
        assert_eq!(redactor.header("Authorization", "Bearer other"), "[redacted]");
        assert_eq!(redactor.body(&[0xff, 0x00]), "2 bytes");
    }

    #[test]
    fn a_secret_across_the_cut_is_gone_whole() {
        let redactor = Redactor::new(["dtn_secret"]);
        for place in LONGEST - 20..LONGEST + 40 {
            for filler in ["x", "ä"] {
                let body = format!("{}dtn_secret{}", filler.repeat(place / filler.len()), filler.repeat(100));
                let kept = redactor.body(body.as_bytes());
                let secretless = kept.replace(REDACTED, "");
                assert!(
                    !secretless.contains("dt") && kept.len() > LONGEST - 100,
                    "{place}: {}",
                    &kept[kept.len() - 60..]
                );
            }
        }
    }

    proptest! {
        #[test]
        fn the_key_never_shows(key in "[ -~]{4,40}", before in ".{0,20}", after in ".{0,20}") {
            let redactor = Redactor::new([key.as_str()]);
            let percent = utf8_percent_encode(&key, NON_ALPHANUMERIC).to_string();
            let quoted = serde_json::Value::from(format!("{before}{key}{after}")).to_string();
            let doubled = format!("{key}{before}{key}{key}{after}");
            let forms = [format!("{before}{key}{after}"), format!("{before}{percent}{after}"), quoted, doubled,
                format!("{before}{}{after}", STANDARD.encode(&key))];
            for text in forms {
                for kept in [redactor.text(&text), redactor.body(text.as_bytes()), redactor.header("x-any", &text)] {
                    // What the mark itself is made of is no leak.
                    let kept = kept.replace(REDACTED, "");
                    prop_assert!(!kept.contains(&key), "{:?} shows {:?}", kept, key);
                }
            }
            let kept = redactor.header("Authorization", &format!("Bearer {key}")).replace(REDACTED, "");
            prop_assert!(kept.is_empty());
        }
    }
}
