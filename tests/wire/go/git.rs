//! Git. Members that came after a client was made are kept from clients that refuse what they do not know.

use serde_json::json;

use super::{GO, STRICT};
use crate::reading::Kind::{List, Object, Text};
use crate::reading::{Kind, Shape};
use crate::repositories::{self, begun, status};

const BRANCHES: Kind = Object(&Shape { required: &[("branches", Kind::Any)], optional: &[] });
const NEW_BRANCHES: Kind =
    Object(&Shape { required: &[("branches", Kind::Any)], optional: &[("current", Text)] });

#[tokio::test]
async fn every_method_is_read_by_the_newest_client() {
    repositories::every_method(GO, NEW_BRANCHES).await;
}

#[tokio::test]
async fn every_method_is_read_by_a_client_that_refuses_unknown_members() {
    repositories::every_method(STRICT, BRANCHES).await;
}

#[tokio::test]
async fn a_detached_head_has_a_name_and_no_member_an_old_client_does_not_know() {
    for habits in [GO, STRICT] {
        let client = begun(habits).await;
        let history = client
            .read(
                "GET",
                "/git/history?path=work",
                "",
                200,
                List(&Shape {
                    required: &[("hash", Text)],
                    optional: &[("author", Text), ("email", Text), ("message", Text), ("timestamp", Text)],
                }),
            )
            .await;
        let body = json!({ "path": "work", "branch": history[0]["hash"] }).to_string();
        assert_eq!(client.told("POST", "/git/checkout", &body).await, 200);
        let told = status(&client, "work").await;
        assert_eq!(told["currentBranch"], "HEAD");
        assert_eq!(told.get("detached").is_some(), habits.reading.takes_unknown_members);
    }
}

#[tokio::test]
async fn errors_pick_their_sentinel_values() {
    repositories::errors_are_known_by_their_codes(GO).await;
}
