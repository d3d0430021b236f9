//! Computer use as the three clients call for it: the same paths, bodies and models everywhere (sdk-clients.md §b.12,
//! §g). What needs a display is asked for where the machine has one; that there is none is told in words all can read.

use serde_json::json;

use crate::client::{Client, Habits};
use crate::reading::Kind::{self, Any, Flag, Integer, List, Object, Text};
use crate::reading::Shape;

const PLACE: Shape = Shape { required: &[("x", Integer), ("y", Integer)], optional: &[] };
const PICTURE: Kind = Object(&Shape {
    required: &[("screenshot", Text)],
    optional: &[("cursorPosition", Object(&PLACE)), ("sizeBytes", Integer)],
});
const STARTED: Kind = Object(&Shape { required: &[("message", Text), ("status", Any)], optional: &[] });
const STATUS: Kind = Object(&Shape { required: &[("status", Text)], optional: &[] });
const PROCESS: Kind = Object(&Shape { required: &[("processName", Text), ("running", Flag)], optional: &[] });
const DISPLAYS: Kind = Object(&Shape {
    required: &[(
        "displays",
        List(&Shape {
            required: &[
                ("id", Integer),
                ("x", Integer),
                ("y", Integer),
                ("width", Integer),
                ("height", Integer),
                ("isActive", Flag),
            ],
            optional: &[],
        }),
    )],
    optional: &[],
});
const WINDOWS: Kind = Object(&Shape {
    required: &[("windows", List(&Shape { required: &[("id", Integer), ("title", Text)], optional: &[] }))],
    optional: &[],
});
const RECORDINGS: Kind = Object(&Shape {
    required: &[(
        "recordings",
        List(&Shape {
            required: &[
                ("fileName", Text),
                ("filePath", Text),
                ("id", Text),
                ("startTime", Text),
                ("status", Text),
            ],
            optional: &[("endTime", Text), ("sizeBytes", Integer)],
        }),
    )],
    optional: &[],
});
const EMPTY: Kind = Object(&Shape { required: &[], optional: &[] });

/// Every group of methods a client has for this, with the status each wants and the members it must find.
pub(crate) async fn every_method(habits: Habits) {
    let client = Client::start(habits).await;
    assert_eq!(
        client.read("GET", "/computeruse/recordings", "", 200, RECORDINGS).await["recordings"],
        json!([])
    );
    let unknown = client.refused("GET", "/computeruse/recordings/none", "").await;
    assert_eq!((unknown.status, unknown.code.as_str()), (404, "NOT_FOUND"));
    let started = client.call("POST", "/computeruse/start", "").await;
    if started.status == 503 {
        let refused = client.refused("GET", "/computeruse/screenshot", "").await;
        println!("no desktop on this machine: {}", refused.message);
        return;
    }
    processes(&client).await;
    hands(&client).await;
    eyes(&client).await;
    client.read("POST", "/computeruse/stop", "", 200, STARTED).await;
}

async fn processes(client: &Client) {
    let started = client.read("POST", "/computeruse/start", "", 200, STARTED).await;
    assert_eq!(started["status"]["xvfb"]["running"], json!(true));
    assert_eq!(client.read("GET", "/computeruse/process-status", "", 200, STATUS).await["status"], "active");
    client.read("GET", "/computeruse/process/xvfb/status", "", 200, PROCESS).await;
    let refused = client.refused("POST", "/computeruse/process/none/restart", "").await;
    assert_eq!((refused.status, refused.code.as_str()), (400, "BAD_REQUEST"));
}

async fn hands(client: &Client) {
    for (method, path, body) in [
        ("POST", "/computeruse/mouse/move", r#"{"x":10,"y":20}"#),
        ("GET", "/computeruse/mouse/position", ""),
        ("POST", "/computeruse/mouse/down", r#"{"button":"left"}"#),
        ("POST", "/computeruse/mouse/up", r#"{"x":10,"y":20,"button":"left"}"#),
        ("POST", "/computeruse/mouse/click", r#"{"x":10,"y":20,"button":"left","double":false}"#),
    ] {
        let place = client.read(method, path, body, 200, Object(&PLACE)).await;
        assert_eq!((&place["x"], &place["y"]), (&json!(10), &json!(20)), "{path}");
    }
    for (path, body) in [
        ("/computeruse/keyboard/type", r#"{"text":"h\u00e9llo","delay":1}"#),
        ("/computeruse/keyboard/key", r#"{"key":"Return","modifiers":["ctrl"]}"#),
        ("/computeruse/keyboard/hotkey", r#"{"keys":"ctrl+shift+t"}"#),
        ("/computeruse/keyboard/down", r#"{"key":"shift"}"#),
        ("/computeruse/keyboard/up", r#"{"key":"shift"}"#),
    ] {
        assert_eq!(client.read("POST", path, body, 200, EMPTY).await, json!({}));
    }
    let refused = client.refused("POST", "/computeruse/keyboard/key", r#"{"key":"none such"}"#).await;
    assert_eq!((refused.status, refused.code.as_str()), (400, "BAD_REQUEST"));
}

async fn eyes(client: &Client) {
    client.read("GET", "/computeruse/display/info", "", 200, DISPLAYS).await;
    client.read("GET", "/computeruse/display/windows", "", 200, WINDOWS).await;
    client.read("GET", "/computeruse/screenshot?showCursor=false", "", 200, PICTURE).await;
    let region =
        "/computeruse/screenshot/region/compressed?x=0&y=0&width=9&height=9&format=jpeg&quality=50&scale=1";
    client.read("GET", region, "", 200, PICTURE).await;
}
