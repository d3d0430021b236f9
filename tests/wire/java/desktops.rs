//! Computer use.

use super::JAVA;
use crate::desktops;

#[tokio::test]
async fn every_method_is_read() {
    desktops::every_method(JAVA).await;
}
