//! Build contexts.

use super::GO;
use crate::uploads;

#[tokio::test]
async fn a_build_context_reaches_the_store() {
    uploads::as_go(GO).await;
}
