//! Files as a client sees them.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::convert::Infallible;
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::body::Body;
use bytes::Bytes;
use dialect::Dispatcher;
use engine::paths::PathRules;
use futures_util::{StreamExt, stream};
use http::{HeaderMap, Method, Request, StatusCode};
use http_body_util::BodyExt;
use lab::{FixedClock, SeededIds};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};
use tower::ServiceExt;

struct Server {
    app: Dispatcher,
    directory: tempfile::TempDir,
}

struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Vec<u8>,
}

impl Server {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let at = |name: &str| directory.path().join("sandboxes/1").join(name);
        for name in ["home", "workspace", "temp"] {
            fs::create_dir_all(at(name)).unwrap();
        }
        let mut engine = engine::Config::new("test", at("home"), at("home"), at("temp"));
        engine.paths = PathRules::process(
            at("home"),
            at("workspace"),
            at("temp"),
            at("home"),
            directory.path().join("sandboxes"),
        );
        let config = toolbox::Config {
            engine,
            version: "v1.2.3".to_owned(),
            body_limit: 1_000_000,
            clock: Arc::new(FixedClock::new("2026-11-21T05:46:40.144983709Z".parse().unwrap())),
            ids: Arc::new(SeededIds::new(1)),
        };
        Self { app: toolbox::app(config), directory }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join("sandboxes/1/home").join(name)
    }

    fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        fs::create_dir_all(self.path(name).parent().unwrap()).unwrap();
        fs::write(self.path(name), content).unwrap();
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(self.path("")).unwrap();
        let mut names: Vec<_> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.app.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = body.collect().await.unwrap().to_bytes().to_vec();
        Answer { status: parts.status, headers: parts.headers, body }
    }

    async fn call(&self, method: Method, path: &str, query: &[(&str, &str)]) -> Answer {
        self.send(Request::builder().method(method).uri(uri(path, query)).body(Body::empty()).unwrap()).await
    }

    async fn get(&self, path: &str, query: &[(&str, &str)]) -> Answer {
        self.call(Method::GET, path, query).await
    }

    async fn post(&self, path: &str, query: &[(&str, &str)]) -> Answer {
        self.call(Method::POST, path, query).await
    }

    async fn download(&self, path: &str, headers: &[(&str, &str)]) -> Answer {
        let mut request = Request::builder().uri(uri("/files/download", &[("path", path)]));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.send(request.body(Body::empty()).unwrap()).await
    }

    async fn bulk_download(&self, body: &str) -> Answer {
        self.send(Request::post("/files/bulk-download").body(body.to_owned().into()).unwrap()).await
    }

    async fn form(&self, uri: &str, parts: &[(&str, Option<&str>, &str)]) -> Answer {
        self.send(form_request(uri, form(parts) + "--B--\r\n")).await
    }
}

impl Answer {
    fn header(&self, name: &str) -> String {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap()).to_owned()
    }

    fn text(&self) -> String {
        String::from_utf8(self.body.clone()).unwrap()
    }

    fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    /// Status, code and message of an error, which must be the whole envelope.
    fn failure(&self) -> (u16, String, String) {
        let body = self.json();
        assert_eq!(body["source"], "DAYTONA_DAEMON", "{body}");
        assert_eq!(body["statusCode"], self.status.as_u16(), "{body}");
        assert_eq!(self.header("content-type"), "application/json");
        let text = |name: &str| body[name].as_str().unwrap_or_default().to_owned();
        (self.status.as_u16(), text("code"), text("message"))
    }
}

fn uri(path: &str, query: &[(&str, &str)]) -> String {
    let pairs =
        query.iter().map(|(name, value)| format!("{name}={}", utf8_percent_encode(value, NON_ALPHANUMERIC)));
    format!("{path}?{}", pairs.collect::<Vec<_>>().join("&"))
}

/// Parts of a form (name, file name, content) without the closing boundary.
fn form(parts: &[(&str, Option<&str>, &str)]) -> String {
    let part = |(name, file, content): &(&str, Option<&str>, &str)| {
        let file = file.map(|file| format!("; filename=\"{file}\"")).unwrap_or_default();
        format!("--B\r\nContent-Disposition: form-data; name=\"{name}\"{file}\r\n\r\n{content}\r\n")
    };
    parts.iter().map(part).collect()
}

fn form_request(uri: &str, body: impl Into<Body>) -> Request<Body> {
    Request::post(uri).header("content-type", "multipart/form-data; boundary=B").body(body.into()).unwrap()
}

/// Method, route, query, and the status, code and message they lead to.
type Refused<'a> = (Method, &'a str, Vec<(&'a str, &'a str)>, (u16, String, String));

fn bad(message: &str) -> (u16, String, String) {
    (400, "BAD_REQUEST".into(), format!("bad request: {message}"))
}

#[tokio::test]
async fn a_file_is_described_with_every_member_clients_need() {
    let server = Server::new();
    server.write("f", "content");
    fs::set_permissions(server.path("f"), fs::Permissions::from_mode(0o640)).unwrap();
    let time = std::time::SystemTime::UNIX_EPOCH + std::time::Duration::new(1_700_000_000, 25_076_410);
    fs::File::options().write(true).open(server.path("f")).unwrap().set_modified(time).unwrap();
    let answer = server.get("/files/info", &[("path", "./f")]).await;
    assert_eq!(answer.header("content-type"), "application/json; charset=utf-8");
    let (user, group) = (nix::unistd::geteuid().to_string(), nix::unistd::getegid().to_string());
    assert_eq!(
        answer.json(),
        json!({
            "name": "f", "size": 7, "mode": "-rw-r-----", "modTime": "2023-11-14 22:13:20.02507641 +0000 UTC",
            "modifiedAt": "2023-11-14T22:13:20.02507641Z", "isDir": false, "owner": user, "group": group,
            "permissions": "0640",
        })
    );
}

#[tokio::test]
async fn listings_carry_paths_except_for_clients_that_refuse_them() {
    let server = Server::new();
    server.write("d/e/x", "");
    server.write("d/a", "");
    let shown = |answer: &Answer| {
        let listed = answer.json();
        let paths =
            listed.as_array().unwrap().iter().map(|entry| entry["path"].as_str().unwrap_or("-").to_owned());
        paths.collect::<Vec<_>>()
    };
    assert_eq!(shown(&server.get("/files", &[("path", "d")]).await), ["d/a", "d/e"]);
    assert_eq!(shown(&server.get("/files", &[("path", "d"), ("depth", "2")]).await), ["d/a", "d/e", "d/e/x"]);
    assert_eq!(shown(&server.get("/files", &[]).await), ["d"]);
    assert_eq!(server.get("/files", &[("path", "/workspace")]).await.text(), "[]");
    let old = Request::get("/files?path=d")
        .header("x-daytona-source", "sdk-go")
        .header("x-daytona-sdk-version", "0.187.0")
        .body(Body::empty());
    assert_eq!(shown(&server.send(old.unwrap()).await), ["-", "-"]);
    for depth in ["0", "-1", "x", "1.5"] {
        let answer = server.get("/files", &[("path", "d"), ("depth", depth)]).await;
        assert_eq!(answer.failure(), bad("depth must be an integer >= 1"), "{depth}");
    }
}

#[tokio::test]
async fn errors_have_the_typed_envelope_in_the_callers_words() {
    let server = Server::new();
    server.write("f", "");
    insta::assert_snapshot!(
        server.get("/files/info", &[("path", "nope")]).await.text(),
        @r#"{"statusCode":404,"message":"stat nope: no such file or directory","source":"DAYTONA_DAEMON","code":"FILE_NOT_FOUND","timestamp":"2026-11-21T05:46:40.144983709Z","path":"/files/info","method":"GET"}"#
    );
    let missing = |message: &str| (404, "FILE_NOT_FOUND".to_owned(), message.to_owned());
    let denied = |message: &str| (403, "FILE_ACCESS_DENIED".to_owned(), message.to_owned());
    let conflict = (409, "CONFLICT".to_owned(), "conflict: destination already exists".to_owned());
    let path = |path: &'static str| vec![("path", path)];
    let both = |source: &'static str, destination: &'static str| {
        vec![("source", source), ("destination", destination)]
    };
    let cases: Vec<Refused<'_>> = vec![
        (Method::GET, "/files", path("nope"), missing("open nope: no such file or directory")),
        (Method::GET, "/files", path("f"), bad("open f: not a directory")),
        (Method::GET, "/files", path("/etc"), denied("open /etc: permission denied")),
        (Method::GET, "/files", path("a\0b"), bad("open a\0b: invalid argument")),
        (Method::GET, "/files/info", vec![], bad("path is required")),
        (Method::GET, "/files/info", path("/etc/passwd"), denied("stat /etc/passwd: permission denied")),
        (
            Method::GET,
            "/files/download",
            path("nope"),
            missing("stat /home/daytona/nope: no such file or directory"),
        ),
        (Method::GET, "/files/download", path("."), bad("path must be a file")),
        (Method::GET, "/files/download", path("/etc/passwd"), denied("stat /etc/passwd: permission denied")),
        (Method::POST, "/files/folder", path("f"), bad("mkdir f: not a directory")),
        (Method::POST, "/files/folder", vec![("path", "d"), ("mode", "0o7")], bad("invalid mode format")),
        (Method::DELETE, "/files", path("nope"), missing("stat nope: no such file or directory")),
        (Method::DELETE, "/files", path("."), bad("cannot delete directory without recursive flag")),
        (Method::POST, "/files/move", both("f", ""), bad("source and destination paths are required")),
        (
            Method::POST,
            "/files/move",
            both("nope", "x"),
            missing("stat /home/daytona/nope: no such file or directory"),
        ),
        (
            Method::POST,
            "/files/move",
            both("f", "no/x"),
            missing("stat /home/daytona/no: no such file or directory"),
        ),
        (Method::POST, "/files/move", both("f", "/workspace"), conflict),
        (Method::POST, "/files/permissions", vec![("mode", "600")], bad("path is required")),
        (Method::POST, "/files/permissions", path("nope"), missing("stat nope: no such file or directory")),
        (
            Method::POST,
            "/files/permissions",
            vec![("path", "f"), ("mode", "u+x")],
            bad("invalid mode format"),
        ),
        (
            Method::POST,
            "/files/permissions",
            vec![("path", "f"), ("group", "nobodys")],
            bad("group not found"),
        ),
        (
            Method::POST,
            "/files/permissions",
            vec![("path", "/tmp"), ("mode", "700")],
            denied("failed to change mode for /tmp: chmod /tmp: operation not permitted"),
        ),
        (Method::GET, "/files/find", path("f"), bad("path and pattern are required")),
        (Method::GET, "/files/search", vec![("pattern", "*")], bad("path and pattern are required")),
    ];
    for (method, route, query, failure) in cases {
        let answer = server.call(method.clone(), route, &query).await;
        assert_eq!(answer.failure(), failure, "{method} {route} {query:?}");
    }
}

#[tokio::test]
async fn changes_answer_with_their_documented_codes_and_no_body() {
    let server = Server::new();
    server.write("f", "");
    let made = server.post("/files/folder", &[("path", "d/e"), ("mode", "700")]).await;
    let moved = server.post("/files/move", &[("source", "f"), ("destination", "d/f")]).await;
    let own = [("path", "d/f"), ("mode", "0600"), ("owner", "daytona"), ("group", "daytona")];
    let changed = server.post("/files/permissions", &own).await;
    let kept = server.call(Method::DELETE, "/files", &[("path", "d"), ("recursive", "True")]).await;
    assert_eq!(kept.failure(), bad("cannot delete directory without recursive flag"));
    let deleted = server.call(Method::DELETE, "/files", &[("path", "d"), ("recursive", "true")]).await;
    let statuses =
        [&made, &moved, &changed, &deleted].map(|answer| (answer.status.as_u16(), answer.body.len()));
    assert_eq!(statuses, [(201, 0), (200, 0), (200, 0), (204, 0)]);
    assert!(server.names().is_empty());
}

#[tokio::test]
async fn both_forms_of_the_address_answer_without_a_redirect() {
    let server = Server::new();
    server.write("f", "");
    assert_eq!(server.get("/files/", &[]).await.json()[0]["name"], "f");
    assert_eq!(server.call(Method::DELETE, "/files/", &[("path", "f")]).await.status, StatusCode::NO_CONTENT);
    let failure = server.call(Method::DELETE, "/files/", &[("path", "f")]).await;
    assert_eq!(failure.json()["path"], "/files/");
}

#[tokio::test]
async fn the_mode_is_set_before_the_owner_is_looked_up() {
    let server = Server::new();
    server.write("f", "");
    let answer =
        server.post("/files/permissions", &[("path", "f"), ("mode", "640"), ("owner", "nobodys")]).await;
    assert_eq!(answer.failure(), bad("user not found"));
    assert_eq!(fs::metadata(server.path("f")).unwrap().permissions().mode() & 0o777, 0o640);
}

#[tokio::test]
async fn texts_and_names_are_found_and_replaced() {
    let server = Server::new();
    server.write("s/a.txt", "one <needle>\nneedle \u{9}2\n");
    fs::write(server.path("s/b"), b"needle \xff").unwrap();
    let found = server.get("/files/find", &[("path", "s"), ("pattern", "needle")]).await;
    insta::assert_snapshot!(found.text(), @r#"[{"file":"s/a.txt","line":1,"content":"one \u003cneedle\u003e"},{"file":"s/a.txt","line":2,"content":"needle \t2"},{"file":"s/b","line":1,"content":"needle �"}]"#);
    assert_eq!(server.get("/files/find", &[("path", "nope"), ("pattern", "x")]).await.text(), "[]");
    let named = server.get("/files/search", &[("path", "/home/daytona/s"), ("pattern", "*.t?t")]).await;
    assert_eq!(named.text(), r#"{"files":["/home/daytona/s/a.txt"]}"#);
    assert_eq!(
        server.get("/files/search", &[("path", "s"), ("pattern", "[")]).await.text(),
        r#"{"files":[]}"#
    );
    let replace = |body: Value| Request::post("/files/replace").body(body.to_string().into()).unwrap();
    let request = json!({"files": ["s/nope", "s/a.txt", "s"], "pattern": "needle", "newValue": ""});
    let replaced = server.send(replace(request)).await;
    assert_eq!(
        replaced.json(),
        json!([
            {"file": "s/nope", "success": false, "error": "open s/nope: no such file or directory"},
            {"file": "s/a.txt", "success": true},
            {"file": "s", "success": false, "error": "read s: is a directory"},
        ])
    );
    assert_eq!(server.read("s/a.txt"), "one <>\n \t2\n");
    let none = server.send(replace(json!({"files": [], "pattern": "x", "newValue": "y"}))).await;
    assert_eq!((none.status.as_u16(), none.text().as_str()), (200, "[]"));
    for body in
        [json!({"pattern": "x", "newValue": "y"}), json!({"files": "a", "pattern": "x", "newValue": ""})]
    {
        let (status, code, message) = server.send(replace(body)).await.failure();
        assert_eq!((status, code.as_str()), (400, "INVALID_REQUEST_BODY"));
        assert!(message.starts_with("invalid body request: invalid request body: "), "{message}");
    }
}

#[tokio::test]
async fn a_download_carries_the_headers_of_the_real_one() {
    let server = Server::new();
    server.write("ž \"é\".txt", "content\0\u{ff}");
    let answer = server.download("./ž \"é\".txt", &[]).await;
    assert_eq!((answer.status.as_u16(), answer.body.as_slice()), (200, "content\0\u{ff}".as_bytes()));
    let disposition = answer.headers["content-disposition"].as_bytes().iter().copied().map(char::from);
    assert_eq!(
        disposition.collect::<String>(),
        r#"attachment; filename="_ \"é\".txt"; filename*=utf-8''%C5%BE%20%22%C3%A9%22.txt"#
    );
    for (name, value) in [
        ("content-type", "application/octet-stream"),
        ("content-description", "File Transfer"),
        ("content-transfer-encoding", "binary"),
        ("expires", "0"),
        ("cache-control", "must-revalidate"),
        ("pragma", "public"),
        ("accept-ranges", "bytes"),
        ("content-length", "10"),
    ] {
        assert_eq!(answer.header(name), value, "{name}");
    }
    assert!(answer.header("last-modified").ends_with(" GMT"));
    assert!(!answer.headers.contains_key("etag"));
}

#[tokio::test]
async fn a_part_of_a_file_can_be_asked_for() {
    let server = Server::new();
    server.write("f", "0123456789");
    let one = server.download("f", &[("range", "bytes=7-")]).await;
    assert_eq!((one.status.as_u16(), one.text().as_str()), (206, "789"));
    assert_eq!(
        (one.header("content-range"), one.header("content-length")),
        ("bytes 7-9/10".into(), "3".into())
    );
    let beyond = server.download("f", &[("range", "bytes=10-")]).await;
    assert_eq!((beyond.status.as_u16(), beyond.text().as_str()), (416, "invalid range: failed to overlap\n"));
    assert_eq!(beyond.header("content-range"), "bytes */10");
    assert_eq!(beyond.header("content-type"), "text/plain; charset=utf-8");
    let invalid = server.download("f", &[("range", "bytes=x")]).await;
    assert_eq!((invalid.status.as_u16(), invalid.text().as_str()), (416, "invalid range\n"));
    let date = one.header("last-modified");
    let known = server.download("f", &[("if-modified-since", &date)]).await;
    assert_eq!((known.status.as_u16(), known.body.len()), (304, 0));
    assert!(!known.headers.contains_key("content-type"));
    assert_eq!(server.call(Method::HEAD, "/files/download", &[("path", "f")]).await.status.as_u16(), 404);
}

#[tokio::test]
async fn several_parts_of_a_file_come_as_byteranges() {
    let server = Server::new();
    server.write("f", "0123456789");
    let answer = server.download("f", &[("range", "bytes=0-1,4-5")]).await;
    let media_type = answer.header("content-type");
    let boundary = media_type.strip_prefix("multipart/byteranges; boundary=").unwrap();
    assert!(boundary.len() > 30 && boundary.bytes().all(|byte| byte.is_ascii_hexdigit()), "{boundary}");
    assert_eq!(
        answer.text(),
        format!(
            "--{boundary}\r\nContent-Range: bytes 0-1/10\r\nContent-Type: application/octet-stream\r\n\r\n01\r\n\
             --{boundary}\r\nContent-Range: bytes 4-5/10\r\nContent-Type: application/octet-stream\r\n\r\n45\r\n\
             --{boundary}--\r\n"
        )
    );
    assert_eq!(answer.header("content-length"), answer.body.len().to_string());
}

#[tokio::test]
async fn big_files_are_streamed_in_order() {
    let server = Server::new();
    let content: Vec<u8> = (0..1_500_001_u32).map(|number| (number % 251) as u8).collect();
    server.write("big", &content);
    assert!(server.download("big", &[]).await.body == content);
    let range = server.download("big", &[("range", "bytes=1-1499999")]).await;
    assert!(range.body == content[1..1_500_000]);
    let bulk = server.bulk_download(r#"{"paths":["big","big"]}"#).await;
    let position = bulk.body.windows(4).position(|window| window == b"\r\n\r\n").unwrap() + 4;
    assert!(bulk.body[position..position + content.len()] == content);
    assert!(
        bulk.body.ends_with(&[&content[content.len() - 9..], b"\r\n--DAYTONA-FILE-BOUNDARY--\r\n"].concat())
    );
}

#[tokio::test]
async fn a_bulk_download_has_a_part_for_every_path() {
    let server = Server::new();
    server.write("a.txt", "aaa\n");
    server.write("ž/b.json", "{}");
    server.write("empty", "");
    fs::create_dir(server.path("d")).unwrap();
    let request = json!({"paths": ["./a.txt", "nope", "/home/daytona/ž/b.json", "d", "", "empty", "a.txt/x",
        "/etc/passwd", "n\0", "./a.txt"]});
    let answer = server.bulk_download(&request.to_string()).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.header("content-type"), "multipart/form-data; boundary=DAYTONA-FILE-BOUNDARY");
    let text: String = answer.body.iter().copied().map(char::from).collect();
    insta::assert_snapshot!(text.replace("\r\n", "\u{240d}\n"));
}

#[tokio::test]
async fn a_bulk_download_of_nothing_is_refused() {
    let server = Server::new();
    for body in ["", "{", "{}", r#"{"paths":[]}"#, r#"{"paths":null}"#, r#"{"paths":"a"}"#] {
        let failure = server.bulk_download(body).await.failure();
        assert_eq!(failure, bad(r#"request body must be {"paths": [ ... ]} and non-empty"#), "{body}");
    }
}

#[tokio::test]
async fn a_file_that_shrinks_while_it_is_sent_leaves_the_answer_without_its_end() {
    let server = Server::new();
    server.write("f", vec![b'x'; 1_000_000]);
    let request = Request::post("/files/bulk-download").body(r#"{"paths":["f"]}"#.into()).unwrap();
    let mut body = server.app.clone().oneshot(request).await.unwrap().into_body().into_data_stream();
    let mut whole = body.next().await.unwrap().unwrap().to_vec();
    server.write("f", "short");
    while let Some(piece) = body.next().await {
        whole.extend(piece.unwrap());
    }
    assert!(!whole.ends_with(b"--\r\n"));
    server.write("f", vec![b'x'; 1_000_000]);
    let request = Request::get("/files/download?path=f").body(Body::empty()).unwrap();
    let mut body = server.app.clone().oneshot(request).await.unwrap().into_body().into_data_stream();
    server.write("f", "short");
    let mut broken = false;
    while let Some(piece) = body.next().await {
        broken |= piece.is_err();
    }
    assert!(broken);
}

#[tokio::test]
async fn single_uploads_take_forms_and_bare_bodies() {
    let server = Server::new();
    let uri = "/files/upload-v2?path=t/new/x.txt";
    let parts = [("other", None, "y"), ("file", Some("ignored"), "content"), ("file", Some("second"), "z")];
    let answer = server.form(uri, &parts).await;
    assert_eq!(answer.text(), r#"{"name":"x.txt","path":"t/new/x.txt","type":"file"}"#);
    assert_eq!(server.read("t/new/x.txt"), "content");
    for (content_type, content) in [("application/x-www-form-urlencoded", "a=b"), ("text/plain", "")] {
        let request = Request::post(uri).header("content-type", content_type).body(content.into()).unwrap();
        assert_eq!(server.send(request).await.status, StatusCode::OK);
        assert_eq!(server.read("t/new/x.txt"), content);
    }
    let legacy = server.form("/files/upload?path=l/x", &[("file", Some("f"), "content")]).await;
    assert_eq!((legacy.status.as_u16(), legacy.body.len()), (200, 0));
    assert_eq!(server.read("l/x"), "content");
    let mode = |name: &str| fs::metadata(server.path(name)).unwrap().permissions().mode() & 0o777;
    assert_eq!([mode("t"), mode("t/new"), mode("l"), mode("l/x")], [0o755, 0o755, 0o750, 0o644]);
}

#[tokio::test]
async fn single_uploads_say_what_is_wrong_and_leave_nothing() {
    let server = Server::new();
    fs::create_dir(server.path("d")).unwrap();
    let file = ("file", Some("f"), "content");
    for route in ["/files/upload", "/files/upload-v2"] {
        let at = |path: &str| format!("{route}?path={path}");
        assert_eq!(server.form(route, &[file]).await.failure(), bad("path is required"));
        assert_eq!(server.form(&at("f"), &[("x", Some("f"), "")]).await.failure(), bad("http: no such file"));
        assert_eq!(server.form(&at("f"), &[("file", None, "")]).await.failure(), bad("http: no such file"));
        assert_eq!(server.form(&at("d"), &[file]).await.failure(), bad("open d: is a directory"));
        assert_eq!(server.form(&at("/etc/x"), &[file]).await.failure().0, 400);
        let cut = server.send(form_request(&at("f"), form(&[file]))).await;
        assert_eq!(cut.failure(), bad("unexpected EOF"));
        let request =
            Request::post(at("f")).header("content-type", "multipart/form-data").body(Body::empty());
        let unbounded = server.send(request.unwrap()).await;
        assert_eq!(unbounded.failure(), bad("no multipart boundary param in Content-Type"));
    }
    let request = Request::post("/files/upload?path=f").body(Body::empty()).unwrap();
    assert_eq!(server.send(request).await.failure(), bad("request Content-Type isn't multipart/form-data"));
    assert_eq!(server.names(), ["d"]);
}

#[tokio::test]
async fn a_bulk_upload_pairs_paths_and_files_by_index() {
    let server = Server::new();
    server.write("old", "longer old content");
    fs::set_permissions(server.path("old"), fs::Permissions::from_mode(0o600)).unwrap();
    symlink("target", server.path("link")).unwrap();
    let answer = server
        .form(
            "/files/bulk-upload",
            &[
                ("x", None, "ignored"),
                ("files[0].path", None, " a/b/new \n"),
                ("files[k].path", None, "/home/daytona/old"),
                ("files[2].path", None, "link"),
                ("files[k].file", Some("n"), "new"),
                ("files[0].file", Some("n"), "new \r\n--Bcontent"),
                ("files[2].file", Some("n"), ""),
                ("files[2].file", None, "again"),
            ],
        )
        .await;
    assert_eq!(
        answer.json(),
        json!({"files": [
            {"path": "/home/daytona/old", "bytes": 3},
            {"path": "a/b/new", "bytes": 16},
            {"path": "link", "bytes": 0},
            {"path": "link", "bytes": 5},
        ]})
    );
    assert_eq!((server.read("old").as_str(), server.read("target").as_str()), ("new", "again"));
    assert_eq!(fs::metadata(server.path("old")).unwrap().permissions().mode() & 0o777, 0o600);
    for parts in [&[][..], &[("files[0].path", None, "a")]] {
        assert_eq!(server.form("/files/bulk-upload", parts).await.text(), r#"{"files":null}"#);
    }
}

#[tokio::test]
async fn what_fails_in_a_bulk_upload_is_listed_and_the_rest_is_kept() {
    let server = Server::new();
    server.write("f", "");
    fs::create_dir(server.path("d")).unwrap();
    let parts = [
        ("files[0].file", Some("n"), "early"),
        ("files[0].path", None, "a"),
        ("files[1].path", None, "  "),
        ("files[1].file", Some("n"), "data"),
        ("zero.path", None, "z"),
        ("files[2].path", None, "f/x"),
        ("files[2].file", Some("n"), "data"),
        ("files[3].path", None, "d"),
        ("files[3].file", Some("n"), "data"),
        ("files[4].path", None, "/etc/x"),
        ("files[4].file", Some("n"), "data"),
        ("files[5].path", None, "kept"),
        ("files[5].file", Some("n"), "data"),
    ];
    let answer = server.form("/files/bulk-upload", &parts).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    assert_eq!(answer.header("content-type"), "application/json; charset=utf-8");
    insta::assert_snapshot!(
        answer.text(),
        @r#"{"errors":["file[0]: missing .path metadata","path[1]: empty path","file[1]: missing .path metadata","f/x: mkdir f: mkdir f: not a directory","d: create: open d: is a directory","/etc/x: mkdir /etc: mkdir /etc: permission denied"],"files":[{"path":"kept","bytes":4}]}"#
    );
    assert_eq!(server.names(), ["d", "f", "kept"]);
}

#[tokio::test]
async fn a_bulk_upload_that_breaks_off_leaves_no_half_file() {
    let server = Server::new();
    server.write("old", "old");
    let parts = [
        ("files[0].path", None, "new"),
        ("files[0].file", Some("n"), "data"),
        ("files[1].path", None, "old"),
    ];
    let cut = form(&parts) + "--B\r\nContent-Disposition: form-data; name=\"files[1].file\"\r\n\r\nhalf";
    let answer = server.send(form_request("/files/bulk-upload", cut)).await;
    assert_eq!(
        answer.text(),
        r#"{"errors":["old: write: unexpected EOF","reading part: multipart: NextPart: EOF"],"files":[{"path":"new","bytes":4}]}"#
    );
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    assert_eq!((server.read("new").as_str(), server.read("old").as_str()), ("data", "old"));
    let request = Request::post("/files/bulk-upload").header("content-type", "application/json");
    let refused = server.send(request.body("{}".into()).unwrap()).await;
    assert_eq!(refused.failure(), bad("invalid multipart form"));
}

#[tokio::test]
async fn a_client_that_leaves_in_the_middle_of_an_upload_leaves_nothing() {
    let server = Server::new();
    let (sender, receiver) = tokio::sync::mpsc::unbounded_channel::<Bytes>();
    let taken = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&taken);
    let arriving = stream::unfold((receiver, count), |(mut receiver, count)| async {
        let piece = receiver.recv().await?;
        count.fetch_add(1, Ordering::SeqCst);
        Some((Ok::<_, Infallible>(piece), (receiver, count)))
    });
    let request = form_request("/files/upload-v2?path=f", Body::from_stream(arriving));
    let call = tokio::spawn(server.app.clone().oneshot(request));
    sender.send(form(&[("file", Some("n"), "")]).trim_end().to_owned().into()).unwrap();
    sender.send(Bytes::from_static(b"\r\n\r\n")).unwrap();
    for _ in 0..8 {
        sender.send(vec![b'x'; 100_000].into()).unwrap();
    }
    // Enough was sent that the file is being written once all of it was taken.
    while taken.load(Ordering::SeqCst) < 10 {
        tokio::task::yield_now().await;
    }
    call.abort();
    assert!(call.await.unwrap_err().is_cancelled());
    assert!(server.names().is_empty());
}

#[tokio::test]
async fn failing_uploads_read_the_body_to_its_end_before_they_answer() {
    let server = Server::new();
    let (sender, mut taken) = tokio::sync::mpsc::unbounded_channel();
    let pieces = stream::iter(0..64).map(move |number| {
        sender.send(number).unwrap();
        Ok::<_, Infallible>(Bytes::from_static(&[b'x'; 1000]))
    });
    let answer = server.send(form_request("/files/upload-v2", Body::from_stream(pieces))).await;
    assert_eq!(answer.failure(), bad("path is required"));
    let mut last = None;
    while let Ok(number) = taken.try_recv() {
        last = Some(number);
    }
    assert_eq!(last, Some(63));
}
