//! Git.

use super::RUBY;
use crate::reading::Kind::{Object, Text};
use crate::reading::{Kind, Shape};
use crate::repositories;

const BRANCHES: Kind =
    Object(&Shape { required: &[("branches", Kind::Any)], optional: &[("current", Text)] });

#[tokio::test]
async fn every_method_is_read() {
    repositories::every_method(RUBY, BRANCHES).await;
}

#[tokio::test]
async fn errors_pick_their_classes() {
    repositories::errors_are_known_by_their_codes(RUBY).await;
}
