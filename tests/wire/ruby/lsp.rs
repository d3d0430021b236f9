//! Language servers. Always puts the scheme in front, of a relative path too.

use super::RUBY;
use crate::languages;

#[tokio::test]
async fn every_method_is_read() {
    languages::every_method(RUBY, "file://p/a.py").await;
}

#[tokio::test]
async fn errors_pick_their_classes() {
    languages::errors_are_known_by_their_codes(RUBY).await;
}
