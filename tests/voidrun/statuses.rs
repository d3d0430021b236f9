//! Every status the document gives the fifteen operations of its execution API, with the type behind it (voidrun.md
//! §2.4–§2.7). That an answer has the shape of its type is held by the check every test server runs with.

use std::collections::BTreeSet;

use contract::{Operation, Payload};
use http_body_util::Full;
use serde_json::{Value, json};

use crate::client::{KEY, Stage, open};

/// The operations, the status when all is well, and what is answered with it.
const OPERATIONS: [(&str, u16, &str); 15] = [
    ("execCommand", 200, "ExecResponse"),
    ("execCommandStream", 200, EVENTS),
    ("runBackgroundCommand", 200, "CommandRunResponse"),
    ("listBackgroundProcesses", 200, "CommandListResponse"),
    ("killBackgroundProcess", 200, "CommandKillResponse"),
    ("attachToBackgroundProcess", 200, EVENTS),
    ("waitForBackgroundProcess", 200, "CommandWaitResponse"),
    ("connectPTY", 101, SOCKET),
    ("createPTYSession", 200, "CreatePTYSession200Response"),
    ("listPTYSessions", 200, "ListPTYSessions200Response"),
    ("connectPTYSession", 101, SOCKET),
    ("deletePTYSession", 200, "SuccessResponse"),
    ("executeInPTYSession", 200, "SuccessResponse"),
    ("getPTYBuffer", 200, "GetPTYBuffer200Response"),
    ("resizeTerminal", 200, "SuccessResponse"),
];
const EVENTS: &str = "text/event-stream";
const SOCKET: &str = "websocket";
/// An id nobody has.
const NOBODY: &str = "0123456789abcdef01234567";

fn operation(id: &str) -> &'static Operation {
    contract::voidrun::DOCUMENT.operation(id).unwrap_or_else(|| panic!("{id}"))
}

/// A request that should succeed: its path in the sandbox, and its body.
async fn sound(stage: &Stage, operation: &Operation) -> (String, Value) {
    let mut path = operation.path.strip_prefix("/sandboxes/{id}").unwrap().to_owned();
    if path.contains("{sessionId}") {
        let made = stage.ok("POST", "/pty/sessions", json!({ "cols": 80, "rows": 24 })).await;
        path = path.replace("{sessionId}", made["data"]["sessionId"].as_str().unwrap());
    }
    let body = match operation.id {
        "execCommand" | "execCommandStream" | "runBackgroundCommand" | "executeInPTYSession" => {
            json!({ "command": "true" })
        }
        "attachToBackgroundProcess" | "waitForBackgroundProcess" => json!({ "pid": stage.run("true").await }),
        "killBackgroundProcess" => json!({ "pid": stage.run("sleep 60").await }),
        "createPTYSession" | "resizeTerminal" => json!({ "cols": 80, "rows": 24 }),
        _ => Value::Null,
    };
    (path, body)
}

/// The status and the content type of the answer, where it has a body.
async fn answered(stage: &Stage, method: &str, target: &str, body: &Value, keyed: bool) -> (u16, String) {
    let mut request = http::Request::builder().method(method).uri(format!("/api{target}"));
    if keyed {
        request = request.header("x-api-key", KEY);
    }
    let bytes = if body.is_null() { Vec::new() } else { body.to_string().into_bytes() };
    let answer = stage.server.send(request.body(Full::from(bytes)).unwrap()).await;
    let content_type = answer.headers.get("content-type").map(|value| value.to_str().unwrap().to_owned());
    (answer.status, content_type.unwrap_or_default())
}

/// The status of an attempt to open a socket.
async fn opened(stage: &Stage, target: &str, keyed: bool) -> u16 {
    let query = if keyed { format!("?apiKey={KEY}") } else { String::new() };
    let url = format!("ws://{}/api{target}{query}", stage.server.authority());
    open(&url).await.map_or_else(|status| status, |_| 101)
}

/// Everything that is answered to good and bad requests.
async fn statuses(stage: &Stage, operation: &'static Operation) -> BTreeSet<u16> {
    let method = operation.method.as_str();
    let (rest, body) = sound(stage, operation).await;
    let mut seen = BTreeSet::new();
    for (sandbox, keyed) in [(stage.id.as_str(), false), (NOBODY, true), (stage.id.as_str(), true)] {
        let target = format!("/sandboxes/{sandbox}{rest}");
        let (status, content_type) = match operation.websocket {
            true => (opened(stage, &target, keyed).await, String::new()),
            false => answered(stage, method, &target, &body, keyed).await,
        };
        let expected = if !keyed {
            401
        } else if sandbox == NOBODY {
            404
        } else {
            operation.success()
        };
        assert_eq!(status, expected, "{} {target}", operation.id);
        if status == 200 && streams(operation) {
            assert_eq!(content_type, EVENTS, "{}", operation.id);
        }
        seen.insert(status);
    }
    // Where nothing can be asked wrongly, not asking for an upgrade is wrong.
    let impossible = if operation.websocket {
        Value::Null
    } else {
        json!({ "command": 1, "pid": "x", "cols": 5000, "rows": 1 })
    };
    if operation.websocket || operation.body.is_some() {
        let target = format!("/sandboxes/{}{rest}", stage.id);
        seen.insert(answered(stage, method, &target, &impossible, true).await.0);
    }
    // A directory that is not there is what a command cannot be started in.
    if operation.responses.iter().any(|response| response.status == 500) && operation.id != "createPTYSession"
    {
        let lost = json!({ "command": "true", "cwd": "/nonexistent/path" });
        let target = format!("/sandboxes/{}{rest}", stage.id);
        seen.insert(answered(stage, method, &target, &lost, true).await.0);
    }
    seen
}

fn streams(operation: &Operation) -> bool {
    OPERATIONS.iter().any(|(id, _, payload)| *id == operation.id && *payload == EVENTS)
}

#[test]
fn the_operations_have_the_types_of_the_official_document() {
    let tagged = contract::voidrun::DOCUMENT.operations.iter();
    let tagged = tagged.filter(|operation| ["exec", "commands", "pty"].contains(&operation.tag));
    let ids: BTreeSet<&str> = tagged.map(|operation| operation.id).collect();
    assert_eq!(ids, OPERATIONS.iter().map(|(id, _, _)| *id).collect(), "there are fifteen of them");
    for (id, status, payload) in OPERATIONS {
        let response = operation(id).responses.iter().find(|response| response.status == status).unwrap();
        match response.payload {
            Payload::Json(schema) => assert_eq!(schema, format!("/components/schemas/{payload}"), "{id}"),
            Payload::Stream => assert_eq!(payload, EVENTS, "{id}"),
            Payload::Empty => assert_eq!(payload, SOCKET, "{id}"),
            other => panic!("{id}: {other:?}"),
        }
    }
}

#[tokio::test]
async fn every_documented_status_of_the_fifteen_operations_is_answered_and_no_other() {
    for arguments in [&[] as &[&str], &["--voidrun-strict"]] {
        let stage = Stage::with(arguments).await;
        for (id, _, _) in OPERATIONS {
            let operation = operation(id);
            let seen = statuses(&stage, operation).await;
            // A terminal cannot be had only where the machine has none left.
            let documented = operation.responses.iter().map(|response| response.status);
            let documented: BTreeSet<u16> =
                documented.filter(|status| !(*status == 500 && id == "createPTYSession")).collect();
            assert_eq!(seen, documented, "{id} {arguments:?}");
        }
    }
}
