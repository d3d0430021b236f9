//! The error of a request's body that stopped coming.

use std::error::Error;
use std::time::Duration;

/// The client sent nothing of the body for this long; whoever reads the body meets it as its error.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("nothing of the request's body came for {0:?}")]
pub struct Stalled(pub Duration);

impl Stalled {
    /// Whether this is what is behind an error.
    #[must_use]
    pub fn is_behind(error: &(dyn Error + 'static)) -> bool {
        std::iter::successors(Some(error), |error| (*error).source()).any(<dyn Error>::is::<Self>)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_found_behind_other_errors() {
        let wrapped = axum::Error::new(axum::Error::new(Stalled(Duration::from_secs(1))));
        assert!(Stalled::is_behind(&wrapped));
        assert!(!Stalled::is_behind(&std::io::Error::other("something else")));
    }
}
