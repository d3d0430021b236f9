//! Files, archives, watches (voidrun.md §2.8).

use serde_json::{Value, json};

use crate::client::{Stage, told};

impl Stage {
    /// A file operation as that client sends it: options in the query, nothing else.
    async fn file(&self, method: &str, operation: &str, query: &str) -> (String, String, i64) {
        let answer = self.raw(method, &format!("/files{operation}?{query}"), None, Vec::new()).await;
        assert_eq!(answer.status, 200, "{operation}?{query}: {}", answer.text());
        assert_eq!(answer.json()["message"], "ok");
        told(&answer.json())
    }

    async fn upload(&self, path: &str, content: &[u8]) {
        let target = format!("/files/upload?path={path}");
        let uploaded = self.raw("POST", &target, Some("application/octet-stream"), content.to_vec()).await;
        assert_eq!(uploaded.status, 200, "{}", uploaded.text());
        assert!(!uploaded.body.is_empty());
    }

    async fn download(&self, path: &str) -> Vec<u8> {
        let answer = self.raw("GET", &format!("/files/download?path={path}"), None, Vec::new()).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        assert_eq!(answer.headers["content-type"], "application/octet-stream");
        answer.body.to_vec()
    }

    async fn listed(&self, path: &str) -> Vec<Value> {
        let answer = self.ok("GET", &format!("/files?path={path}"), json!(null)).await;
        assert_eq!(answer["data"]["success"], true);
        answer["data"]["files"].as_array().unwrap().clone()
    }
}

fn done() -> (String, String, i64) {
    (String::new(), String::new(), 0)
}

#[tokio::test]
async fn what_was_uploaded_comes_back_byte_by_byte() {
    let stage = Stage::new().await;
    let content: Vec<u8> = (0..600_000_u32).map(|number| (number % 251) as u8).collect();
    stage.upload("/root/made/on/the/way", &content).await;
    assert_eq!(stage.download("/root/made/on/the/way").await, content);
    stage.upload("/root/made/on/the/way", b"").await;
    assert_eq!(stage.download("root/made/on/the/way").await, b"", "relative paths begin at the root");
    let typed =
        stage.raw("POST", "/files/upload?path=/tmp/j", Some("application/json"), b"{no".to_vec()).await;
    assert_eq!((typed.status, stage.download("/tmp/j").await), (200, b"{no".to_vec()), "any content type");
    let missing = stage.raw("GET", "/files/download?path=/nope", None, Vec::new()).await;
    assert_eq!((missing.status, &missing.json()["error"]), (404, &json!("Sandbox error")));
    let directory = stage.raw("GET", "/files/download?path=/tmp", None, Vec::new()).await;
    assert_eq!(directory.status, 400);
}

#[tokio::test]
async fn a_form_may_carry_a_file_of_five_mebibytes() {
    let stage = Stage::new().await;
    let form = |name: &str, size: usize| {
        let head = format!("--b\r\nContent-Disposition: form-data; name=\"{name}\"; filename=\"x\"\r\n\r\n");
        [head.as_bytes(), &vec![b'x'; size], b"\r\n--b--\r\n"].concat()
    };
    let send = async |body: Vec<u8>| {
        let answer =
            stage.raw("POST", "/files/upload?path=/tmp/f", Some("multipart/form-data; boundary=b"), body);
        let answer = answer.await;
        (answer.status, answer.json())
    };
    assert_eq!(send(form("file", 1000)).await.0, 200);
    assert_eq!(stage.download("/tmp/f").await.len(), 1000);
    let (status, answer) = send(form("other", 10)).await;
    assert_eq!(status, 400);
    assert_eq!(answer["error"], "No file found in multipart upload. Expected field name 'file'");
    let (status, answer) = send(form("file", 6 << 20)).await;
    assert_eq!(status, 413);
    assert!(answer["error"].as_str().unwrap().starts_with("File too large. Maximum 5MB"));
    assert_eq!(stage.download("/tmp/f").await.len(), 1000, "the old file stays");
}

#[tokio::test]
async fn a_directory_is_listed_with_modes_and_absolute_paths() {
    let stage = Stage::new().await;
    stage.upload("/root/d/file", b"12345").await;
    assert_eq!(stage.file("POST", "/mkdir", "path=/root/d/sub").await, done());
    assert_eq!(stage.file("POST", "/chmod", "path=/root/d/file&mode=640").await, done());
    let listed = stage.listed("/root/d").await;
    let [file, sub] = listed.as_slice() else { panic!("{listed:?}") };
    assert_eq!((&file["name"], &file["path"]), (&json!("file"), &json!("/root/d/file")));
    assert_eq!(
        (&file["size"], &file["mode"], &file["isDir"]),
        (&json!(5), &json!("-rw-r-----"), &json!(false))
    );
    assert_eq!((&sub["isDir"], &sub["mode"].as_str().unwrap()[..1]), (&json!(true), "d"));
    assert!(file["modTime"].as_str().unwrap().ends_with('Z'));
    let home = stage.ok("GET", "/files", json!(null)).await;
    assert!(home["data"]["files"].to_string().contains("/root/d"), "/root unless another is named");
    let missing = stage.call("GET", "/files?path=/nope", json!(null)).await;
    assert_eq!((missing.status, &missing.json()["error"]), (404, &json!("Sandbox error")));
}

#[tokio::test]
async fn files_are_made_copied_moved_and_removed() {
    let stage = Stage::new().await;
    let made =
        stage.raw("POST", "/files/create?path=/root/a/b/new", Some("application/json"), Vec::new()).await;
    assert_eq!(told(&made.json()), done());
    assert_eq!(stage.download("/root/a/b/new").await, b"");
    let content = stage.call("POST", "/files/create?path=/root/a/c", json!({ "content": "text" })).await;
    assert_eq!(told(&content.json()), done());
    assert_eq!(stage.download("/root/a/c").await, b"text");
    assert_eq!(stage.file("POST", "/create", "path=/root/a/q&content=from%20query").await, done());
    assert_eq!(stage.download("/root/a/q").await, b"from query");
    assert_eq!(stage.file("POST", "/copy", "from=/root/a&to=/root/x/y").await, done());
    assert_eq!(stage.download("/root/x/y/c").await, b"text");
    assert_eq!(stage.file("POST", "/move", "from=/root/x/y/c&to=/root/z/moved").await, done());
    assert_eq!(stage.download("/root/z/moved").await, b"text");
    assert_eq!(stage.file("DELETE", "", "path=/root/a").await, done());
    assert_eq!(stage.file("DELETE", "", "path=/root/a").await, done(), "what is missing is no failure");
    let (_, errors, code) = stage.file("POST", "/copy", "from=/root/nope&to=/root/b").await;
    assert_ne!(code, 0);
    assert!(errors.contains("/root/nope"), "{errors}");
}

#[tokio::test]
async fn looking_at_files_is_the_output_of_programs() {
    let stage = Stage::new().await;
    let lines: String = (1..=30).map(|number| format!("line {number}\n")).collect();
    stage.upload("/root/d/lines.txt", lines.as_bytes()).await;
    let (stdout, _, _) = stage.file("GET", "/stat", "path=/root/d/lines.txt").await;
    let stat: Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!((&stat["path"], &stat["type"]), (&json!("/root/d/lines.txt"), &json!("regular file")));
    assert_eq!(stat["size"], lines.len());
    assert!(stat["mode"].as_str().unwrap().starts_with("81"), "{stat}");
    assert!(stat["mtime"].as_i64().unwrap() > 1_600_000_000);
    let head = stage.file("GET", "/head-tail", "path=/root/d/lines.txt&lines=2&head=true").await;
    assert_eq!(head.0, "line 1\nline 2\n");
    assert_eq!(stage.file("GET", "/head-tail", "path=/root/d/lines.txt").await.0.lines().count(), 10);
    let tail = stage.file("GET", "/head-tail", "path=/root/d/lines.txt&lines=1&head=false").await;
    assert_eq!(tail.0, "line 30\n");
    assert_eq!(stage.file("GET", "/search", "path=/root/d&pattern=ine").await.0, "/root/d/lines.txt\n");
    assert_eq!(stage.file("GET", "/search", "path=/root/d&pattern=*.txt").await.0, "/root/d/lines.txt\n");
    assert_eq!(stage.file("GET", "/search", "path=/root/d&pattern=nothing").await, done());
    let (stdout, _, _) = stage.file("GET", "/du", "path=/root/d").await;
    let (size, path) = stdout.trim_end().split_once('\t').unwrap();
    assert_eq!(path, "/root/d");
    assert!(size.ends_with(['K', 'M']), "{size}");
    assert_ne!(stage.file("GET", "/stat", "path=/nope").await.2, 0, "a failure is an exit code");
}

#[tokio::test]
async fn archives_of_every_kind_are_packed_and_unpacked() {
    let stage = Stage::new().await;
    stage.upload("/tmp/d/inner/file", b"content").await;
    stage.exec("chmod 750 /tmp/d/inner/file").await;
    for (format, inside) in [("tar", "d"), ("tar.gz", "d"), ("tar.bz2", "d"), ("zip", "tmp/d")] {
        if format == "tar.bz2" && stage.exec("command -v bzip2").await.2 != 0 {
            continue;
        }
        let packed = stage.file("POST", "/compress", &format!("path=/tmp/d&format={format}")).await;
        assert_eq!(packed, done(), "{format}");
        let to = format!("/tmp/out-{format}");
        let unpacked = stage.file("POST", "/extract", &format!("archive=/tmp/d.{format}&dest={to}")).await;
        assert_eq!(unpacked, done(), "{format}");
        let file = format!("{to}/{inside}/inner/file");
        assert_eq!(stage.download(&file).await, b"content", "{format}");
        assert_eq!(stage.exec(&format!("stat -c %a {file}")).await.0, "750\n", "{format}");
    }
    let answer = stage.call("POST", "/files/compress?path=/tmp/d&format=rar", json!(null)).await;
    assert_eq!((answer.status, &answer.json()["error"]), (502, &json!("Failed to compress file")));
    let answer = stage.call("POST", "/files/extract?archive=/tmp/d.rar", json!(null)).await;
    assert_eq!((answer.status, &answer.json()["error"]), (502, &json!("Failed to extract archive")));
}

#[tokio::test]
async fn parameters_left_out_are_named() {
    let stage = Stage::new().await;
    for (method, rest, error) in [
        ("DELETE", "/files", "path is required"),
        ("POST", "/files/upload", "path is required"),
        ("GET", "/files/download", "path is required"),
        ("POST", "/files/mkdir", "path is required"),
        ("POST", "/files/create", "path is required"),
        ("POST", "/files/copy?from=/a", "from and to required"),
        ("POST", "/files/move?to=/a", "from and to query params are required"),
        ("POST", "/files/chmod?path=/a", "path and mode required"),
        ("POST", "/files/chmod?path=/a&mode=12345678901", "mode exceeds maximum length"),
        ("GET", "/files/stat", "path is required"),
        ("GET", "/files/head-tail", "path required"),
        ("GET", "/files/search?path=/a", "pattern required"),
        ("POST", "/files/compress", "path and format required"),
        ("POST", "/files/extract", "archive required"),
        ("GET", "/files?path=%00", "Invalid path"),
        ("POST", "/files/watch", "Invalid request body"),
    ] {
        let answer = stage.call(method, rest, json!(null)).await;
        assert_eq!((answer.status, &answer.json()["error"]), (400, &json!(error)), "{method} {rest}");
    }
}

#[tokio::test]
async fn a_watch_tells_what_happens_below_it() {
    let stage = Stage::new().await;
    stage.exec("mkdir -p /root/w/sub").await;
    let body = json!({ "path": "/root/w", "recursive": true, "ignoreHidden": true });
    let started = stage.ok("POST", "/files/watch", body).await;
    assert_eq!(started["message"], "watch started");
    let session = started["data"]["sessionId"].as_str().unwrap().to_owned();
    assert_eq!(session.len(), 36, "a UUID");
    stage.exec("cd /root/w/sub; echo x > f; mv f g; rm g").await;
    let stream = format!("/files/watch/{session}/stream");
    let mut socket = stage.socket(&stream).await.unwrap();
    let mut seen = Vec::new();
    loop {
        let event: Value = serde_json::from_str(&socket.next().await.unwrap()).unwrap();
        assert!(event["timestamp"].as_str().unwrap().ends_with('Z'));
        let kind = event["type"].as_str().unwrap().to_owned();
        if kind == "renamed" {
            assert_eq!(
                (&event["oldPath"], &event["path"]),
                (&json!("/root/w/sub/f"), &json!("/root/w/sub/g"))
            );
        }
        let last = kind == "deleted";
        seen.push(kind);
        if last {
            break;
        }
    }
    assert_eq!(seen.first().map(String::as_str), Some("created"));
    assert!(seen.contains(&"modified".to_owned()) && seen.contains(&"renamed".to_owned()), "{seen:?}");
    assert_eq!(stage.socket(&stream).await.err(), Some(404), "one connection has it");
    let missing = stage.call("POST", "/files/watch", json!({ "path": "/nope" })).await;
    assert_eq!((missing.status, &missing.json()["error"]), (502, &json!("Sandbox error")));
}

#[tokio::test]
async fn strict_answers_make_failures_of_programs_errors() {
    let stage = Stage::with(&["--voidrun-strict"]).await;
    for (method, rest, status) in [
        ("GET", "/files/stat?path=/nope", 404),
        ("GET", "/files/head-tail?path=/nope", 404),
        ("POST", "/files/copy?from=/nope&to=/x", 400),
        ("GET", "/files/du", 400),
        ("POST", "/files/extract?archive=/x.zip", 400),
    ] {
        let answer = stage.call(method, rest, json!(null)).await;
        assert_eq!(answer.status, status, "{method} {rest}: {}", answer.text());
        assert!(answer.json()["error"].is_string());
    }
}

#[tokio::test]
async fn without_a_root_of_its_own_a_sandboxs_home_is_root_all_the_same() {
    let stage = Stage::with(&["--runtime", "process"]).await;
    stage.upload("/root/d/f", b"x").await;
    assert_eq!(stage.listed("/root/d").await[0]["path"], "/root/d/f");
    assert_eq!(stage.exec("cat ~/d/f").await.0, "x");
    assert_eq!(stage.file("GET", "/search", "path=/root/d&pattern=f").await.0, "/root/d/f\n");
    let (_, errors, _) = stage.file("GET", "/stat", "path=/root/nope").await;
    assert!(errors.contains("/root/nope"), "{errors}");
    let told = told(&stage.ok("POST", "/exec", json!({ "command": "cat f", "cwd": "/root/d" })).await);
    assert_eq!(told.0, "x");
    assert_eq!(stage.file("POST", "/compress", "path=/root/d&format=zip").await, done());
    assert_eq!(stage.file("POST", "/extract", "archive=/root/d.zip&dest=/root/out").await, done());
    assert_eq!(stage.download("/root/out/root/d/f").await, b"x");
    let mut terminal = stage.socket("/pty").await.unwrap();
    terminal.until("# ").await;
}
