//! Snapshots and builds; the log of a build is read by the address told.

use super::JAVA;
use crate::snapshots;

#[tokio::test]
async fn every_method_is_read() {
    snapshots::every_method(JAVA).await;
}

#[tokio::test]
async fn a_build_is_followed_to_its_end() {
    snapshots::builds(JAVA, true).await;
}
