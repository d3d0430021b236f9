//! Computer use.

use super::GO;
use crate::desktops;

#[tokio::test]
async fn every_method_is_read() {
    desktops::every_method(GO).await;
}
