//! Which requests are meant for this API where another shares its prefix (voidrun.md §7).
//!
//! Its paths begin with words no other API uses, but for `/users/me` and `/images/{id}`: there the kind of credential
//! decides.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use http::header::AUTHORIZATION;
use http::{HeaderMap, Method};

use crate::request::Query;

/// First words of the document's paths, without the one that is not its own.
static WORDS: LazyLock<BTreeSet<&'static str>> = LazyLock::new(|| {
    let paths = contract::voidrun::DOCUMENT.operations.iter().map(|operation| operation.path);
    paths.filter_map(|path| path.split('/').nth(1)).filter(|word| *word != SHARED).collect()
});

/// The word two APIs use.
const SHARED: &str = "users";

/// Whether a request with this path, relative to the prefix, is meant for this API.
#[must_use]
pub fn claims(method: &Method, path: &str, query: Option<&str>, headers: &HeaderMap) -> bool {
    let word = path.trim_start_matches('/').split('/').next().unwrap_or_default();
    if word != SHARED {
        return WORDS.contains(word);
    }
    *method == Method::GET && is_keyed(query, headers)
}

/// Whether a request carries the kind of credential only this API's clients send.
#[must_use]
pub fn is_keyed(query: Option<&str>, headers: &HeaderMap) -> bool {
    let keyed = headers.contains_key("x-api-key") || !Query::of(query).text("apiKey").is_empty();
    keyed && !headers.contains_key(AUTHORIZATION)
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn claimed(path: &str, query: Option<&str>, header: Option<&'static str>) -> bool {
        let mut headers = HeaderMap::new();
        if let Some(name) = header {
            headers.insert(name, HeaderValue::from_static("Bearer x"));
        }
        claims(&Method::GET, path, query, &headers)
    }

    #[test]
    fn paths_tell_the_apis_apart_and_on_the_one_they_share_the_credential_does() {
        for path in ["/sandboxes", "/sandboxes/1/exec", "/images", "/orgs/me", "/version", "/register"] {
            assert!(claimed(path, None, None), "{path}");
        }
        for path in ["/sandbox", "/sandbox/1", "/snapshots", "/health", "/", "/organizations"] {
            assert!(!claimed(path, None, Some("x-api-key")), "{path}");
        }
        assert!(claimed("/users/me", None, Some("x-api-key")));
        assert!(claimed("/users/me", Some("apiKey=k"), None));
        assert!(!claimed("/users/me", None, Some("authorization")));
        assert!(!claimed("/users/me", None, None));
    }

    #[test]
    fn no_other_api_has_these_words() {
        for operation in contract::control::DOCUMENT.operations {
            let word = operation.path.split('/').nth(1).unwrap_or_default();
            assert!(!WORDS.contains(word), "{}", operation.path);
        }
        for operation in contract::workspace::DOCUMENT.operations {
            let word = operation.path.split('/').nth(1).unwrap_or_default();
            assert!(!WORDS.contains(word) || word == "images", "{}", operation.path);
        }
    }
}
