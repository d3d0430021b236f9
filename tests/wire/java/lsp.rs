//! Language servers. Passes the address on as the user wrote it, a bare path as well.

use super::JAVA;
use crate::languages;

#[tokio::test]
async fn every_method_is_read() {
    languages::every_method(JAVA, "p/a.py").await;
}

#[tokio::test]
async fn errors_pick_their_classes() {
    languages::errors_are_known_by_their_codes(JAVA).await;
}
