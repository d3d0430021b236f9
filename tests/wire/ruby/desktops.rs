//! Computer use.

use super::RUBY;
use crate::desktops;

#[tokio::test]
async fn every_method_is_read() {
    desktops::every_method(RUBY).await;
}
