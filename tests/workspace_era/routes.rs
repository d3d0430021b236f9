//! Router and contract agree.

use serde_json::{Value, json};

use crate::client::{Client, Manner};
use crate::support::TestServer;

#[tokio::test]
async fn every_operation_is_served_or_listed_as_planned() {
    let server = TestServer::start();
    let client = Client::new(&server, Manner::Json);
    client.json(200, "POST", "/api/workspace", json!({ "id": "old" })).await;
    let operations = contract::workspace::DOCUMENT.operations.iter();
    for operation in operations.filter(|operation| operation.id != "deleteWorkspace") {
        let named =
            [("{workspaceId}", "old"), ("{sandboxId}", "old"), ("{projectId}", "main"), ("{path}", "files")];
        let path =
            named.iter().fold(operation.path.to_owned(), |path, (name, value)| path.replace(name, value));
        let path = path.replace(['{', '}'], "");
        let answer = client.call(operation.method.as_str(), &format!("/api{path}"), Value::Null).await;
        let (id, told) = (operation.id, answer.text());
        assert_eq!(answer.status == 501, operation.planned, "{id}: {told}");
        assert!(!told.contains("Cannot "), "a route nobody knows, for {id}: {told}");
    }
}
