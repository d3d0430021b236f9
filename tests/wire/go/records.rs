//! Volumes, secrets, warm pools. Every JSON answer is of a JSON content type, and keys that may be null are there.

use super::GO;
use crate::records;

#[tokio::test]
async fn every_method_is_read() {
    records::every_method(GO).await;
}
