//! The mark a toolbox request carries that came in by an address only older clients know.
//!
//! A few answers have another shape there (legacy-clients.md §8). Whoever serves such an address puts the mark on, and
//! takes it off what comes in by any other.

use http::{HeaderMap, HeaderValue};

/// Header of the mark.
pub const LEGACY_ROUTE: &str = "x-pitlane-legacy-route";

/// Which of the older addresses it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LegacyRoute {
    /// `/workspace/{id}/{project}/toolbox`, of the clients up to 0.6.
    Project,
    /// `/toolbox/{id}/toolbox`, of the clients from 0.7 to 0.112.
    Sandbox,
}

impl LegacyRoute {
    /// The mark on a request.
    #[must_use]
    pub fn of(headers: &HeaderMap) -> Option<Self> {
        let mark = headers.get(LEGACY_ROUTE)?;
        Some(if mark == Self::Project.text() { Self::Project } else { Self::Sandbox })
    }

    /// Puts the mark on.
    pub fn mark(self, headers: &mut HeaderMap) {
        headers.insert(LEGACY_ROUTE, HeaderValue::from_static(self.text()));
    }

    const fn text(self) -> &'static str {
        match self {
            Self::Project => "project",
            Self::Sandbox => "sandbox",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mark_says_which_address_it_was() {
        let mut headers = HeaderMap::new();
        assert_eq!(LegacyRoute::of(&headers), None);
        for route in [LegacyRoute::Project, LegacyRoute::Sandbox] {
            route.mark(&mut headers);
            assert_eq!(LegacyRoute::of(&headers), Some(route));
        }
    }
}
