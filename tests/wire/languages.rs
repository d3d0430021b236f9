//! Language servers, as the three clients call for them (sdk-clients.md §b.3, §b.12): paths are passed on as the user
//! wrote them, relative ones too.

use serde_json::{Value, json};

use crate::client::{Client, Habits};
use crate::reading::Kind::{self, Any, Flag, Integer, List, Object, Text};
use crate::reading::Shape;
use crate::repositories::write;

const POSITION: Kind =
    Object(&Shape { required: &[("line", Integer), ("character", Integer)], optional: &[] });
const RANGE: Kind = Object(&Shape { required: &[("start", POSITION), ("end", POSITION)], optional: &[] });
const SYMBOL: Shape = Shape {
    required: &[
        ("kind", Integer),
        ("name", Text),
        ("location", Object(&Shape { required: &[("uri", Text), ("range", RANGE)], optional: &[] })),
    ],
    optional: &[],
};
const COMPLETIONS: Kind = Object(&Shape {
    required: &[
        ("isIncomplete", Flag),
        (
            "items",
            List(&Shape {
                required: &[("label", Text)],
                optional: &[
                    ("kind", Integer),
                    ("detail", Text),
                    ("documentation", Any),
                    ("sortText", Text),
                    ("filterText", Text),
                    ("insertText", Text),
                ],
            }),
        ),
    ],
    optional: &[],
});
const SOURCE: &str = "class Greeter:\n    def greet(self): pass\n\nGreeter().\n";

/// A client with a Python project `p`.
async fn begun(habits: Habits) -> Client {
    let client = Client::start(habits).await;
    assert_eq!(client.call("POST", "/files/folder?path=p&mode=755", "").await.status, 201);
    write(&client, "p/a.py", SOURCE).await;
    client
}

fn document(uri: &str, more: &Value) -> String {
    let mut body = json!({ "languageId": "python", "pathToProject": "p", "uri": uri });
    body.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap_or_default());
    body.to_string()
}

/// Every method, with the address of a document as this client writes it. Nothing where no server for Python is
/// installed: then starting one says so.
pub(crate) async fn every_method(habits: Habits, uri: &str) {
    let client = begun(habits).await;
    let project = r#"{"languageId":"python","pathToProject":"p"}"#;
    let started = client.call("POST", "/lsp/start", project).await;
    if started.status == 500 {
        assert_eq!(started.json()["message"], "internal server error: error starting LSP server");
        return;
    }
    assert_eq!((started.status, started.text().as_str()), (200, ""));
    assert_eq!(client.told("POST", "/lsp/did-open", &document(uri, &json!({}))).await, 200);
    let path = format!("/lsp/document-symbols?languageId=python&pathToProject=p&uri={}", encoded(uri));
    let symbols = client.read("GET", &path, "", 200, List(&SYMBOL)).await;
    assert_eq!(symbols[0]["name"], "Greeter");
    let path = "/lsp/workspacesymbols?languageId=python&pathToProject=p&query=Greeter";
    let found = client.read("GET", path, "", 200, List(&SYMBOL)).await;
    assert_eq!(found[0]["name"], "Greeter");
    let position = json!({ "position": { "line": 3, "character": 10 } });
    let offered = client.read("POST", "/lsp/completions", &document(uri, &position), 200, COMPLETIONS).await;
    let labels: Vec<_> =
        offered["items"].as_array().unwrap().iter().map(|item| item["label"].to_string()).collect();
    assert!(labels.iter().any(|label| label.contains("greet")), "{labels:?}");
    assert_eq!(client.told("POST", "/lsp/did-close", &document(uri, &json!({}))).await, 200);
    assert_eq!(client.told("POST", "/lsp/stop", project).await, 200);
}

fn encoded(text: &str) -> String {
    percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
}

/// A server that was not started, and a language there is none for.
pub(crate) async fn errors_are_known_by_their_codes(habits: Habits) {
    let client = begun(habits).await;
    let refused = client.refused("POST", "/lsp/did-open", &document("file://p/a.py", &json!({}))).await;
    assert_eq!((refused.status, refused.code.as_str()), (400, "LSP_SERVER_NOT_INITIALIZED"), "{refused:?}");
    let refused = client.refused("POST", "/lsp/start", r#"{"languageId":"cobol","pathToProject":"p"}"#).await;
    assert_eq!(refused.status, 400, "{refused:?}");
    let refused = client.refused("GET", "/lsp/workspacesymbols?languageId=python&pathToProject=p", "").await;
    assert_eq!((refused.status, refused.code.as_str()), (400, "BAD_REQUEST"), "{refused:?}");
}
