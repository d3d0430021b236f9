//! Language servers. Puts the scheme in front of a path that has none.

use super::GO;
use crate::languages;

#[tokio::test]
async fn every_method_is_read() {
    languages::every_method(GO, "file://p/a.py").await;
}

#[tokio::test]
async fn errors_pick_their_classes() {
    languages::errors_are_known_by_their_codes(GO).await;
}
