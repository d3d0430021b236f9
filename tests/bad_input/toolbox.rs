//! The toolbox's share, through the proxy before it.

use std::time::Duration;

use serde_json::Value;

use crate::support::TestServer;
use crate::wire::{Raw, Wire};
use crate::{fits, planned, play};

/// Longest JSON body the toolbox reads.
const BODY_LIMIT: usize = 64 << 20;

/// A server with a sandbox.
struct Stage {
    server: TestServer,
    base: String,
}

impl Stage {
    async fn set() -> Self {
        Self::on(TestServer::start()).await
    }

    async fn on(server: TestServer) -> Self {
        let base = format!("/toolbox/{}", server.sandbox().await);
        Self { server, base }
    }

    fn request(&self, method: &str, target: &str) -> Raw {
        Raw::new(method, &format!("{}{target}", self.base))
    }

    fn execute(&self, body: impl AsRef<[u8]>) -> Raw {
        self.request("POST", "/process/execute").body(body)
    }

    async fn is_well(&self) {
        let id = self.base.rsplit('/').next().unwrap();
        assert_eq!(self.server.execute(id, "echo well").await, "well\n");
    }
}

#[tokio::test]
async fn a_body_that_cannot_be_bound_is_refused_in_the_daemons_words() {
    let stage = Stage::set().await;
    let cases: [(&str, &[u8], &str); 16] = [
        ("nothing", b"", "EOF"),
        ("cut short", br#"{"command":"#, "unexpected EOF"),
        ("cut within a text", br#"{"command":"echo"#, "unexpected EOF"),
        ("words", b"nonsense", "invalid character 'o' in literal null (expecting 'u')"),
        (
            "single quotes",
            b"{'command':'a'}",
            "invalid character '\\'' looking for beginning of object key string",
        ),
        ("bytes of no encoding", b"\xff\xfe\x00", "invalid character 'ÿ' looking for beginning of value"),
        ("a NUL", b"{\0}", "invalid character '\\x00' looking for beginning of object key string"),
        ("a list", b"[]", "json: cannot unmarshal array into Go value of type toolbox.ExecuteRequest"),
        (
            "a bare text",
            br#""echo""#,
            "json: cannot unmarshal string into Go value of type toolbox.ExecuteRequest",
        ),
        (
            "null",
            b"null",
            "Key: 'ExecuteRequest.Command' Error:Field validation for 'Command' failed on the 'required' tag",
        ),
        (
            "no command",
            b"{}",
            "Key: 'ExecuteRequest.Command' Error:Field validation for 'Command' failed on the 'required' tag",
        ),
        (
            "a command of another type",
            br#"{"command":7}"#,
            "json: cannot unmarshal number into Go struct field ExecuteRequest.command of type string",
        ),
        (
            "a timeout of another type",
            br#"{"command":"true","timeout":"soon"}"#,
            "json: cannot unmarshal string into Go struct field ExecuteRequest.timeout of type uint32",
        ),
        (
            "a timeout beyond all",
            br#"{"command":"true","timeout":1e400}"#,
            "json: cannot unmarshal number 1e400 into Go struct field ExecuteRequest.timeout of type uint32",
        ),
        (
            "a negative timeout",
            br#"{"command":"true","timeout":-1}"#,
            "json: cannot unmarshal number -1 into Go struct field ExecuteRequest.timeout of type uint32",
        ),
        (
            "an environment of another type",
            br#"{"command":"true","envs":["a"]}"#,
            "json: cannot unmarshal array into Go struct field ExecuteRequest.envs of type map[string]string",
        ),
    ];
    let expected = cases.map(|(_, _, text)| {
        format!("400 daemon INVALID_REQUEST_BODY: invalid body request: invalid request body: {text}")
    });
    let cases = cases
        .iter()
        .zip(&expected)
        .map(|((name, body, _), line)| (*name, stage.execute(body), line.as_str()));
    play(&stage.server, cases.collect()).await;
    stage.is_well().await;
}

#[tokio::test]
async fn a_body_nested_without_end_is_refused_and_what_is_only_odd_is_read() {
    let stage = Stage::set().await;
    let deep = "[".repeat(200_000);
    let hidden = format!(r#"{{"command":"true","extra":{}{}}}"#, "[".repeat(100_000), "]".repeat(100_000));
    let refused = "400 daemon INVALID_REQUEST_BODY: invalid body request: invalid request body: …";
    let cases = vec![
        ("deep", stage.execute(&deep), refused),
        ("deep in a member nobody reads", stage.execute(&hidden), refused),
        (
            "twice",
            stage.execute(r#"{"command":"echo one","command":"echo two"}"#),
            r#"200: {"exitCode":0,"result":"two\n"}"#,
        ),
        (
            "bytes after the value",
            stage.execute(r#"{"command":"echo one"} and more"#),
            r#"200: {"exitCode":0,"result":"one\n"}"#,
        ),
        (
            "no encoding",
            stage.execute(b"{\"command\":\"echo \xff\"}"),
            "200: {\"exitCode\":0,\"result\":\"\u{fffd}\\n\"}",
        ),
        (
            "half a surrogate",
            stage.execute(r#"{"command":"echo \ud83d"}"#),
            "200: {\"exitCode\":0,\"result\":\"\u{fffd}\\n\"}",
        ),
        (
            "a long text",
            stage.execute(format!(r#"{{"command":"true # {}"}}"#, "x".repeat(1 << 20))),
            r#"200: {"exitCode":0,"result":""}"#,
        ),
    ];
    play(&stage.server, cases).await;
    stage.is_well().await;
}

#[tokio::test]
async fn what_the_system_cannot_take_is_refused() {
    let stage = Stage::set().await;
    let cases = vec![
        (
            "a blank command",
            stage.execute(r#"{"command":"  "}"#),
            "400 daemon BAD_REQUEST: bad request: command cannot be empty or whitespace-only",
        ),
        (
            "NUL in the directory",
            stage.execute(r#"{"command":"true","cwd":"/tmp\u0000"}"#),
            r#"200: {"exitCode":-1,"result":"fork/exec /usr/bin/bash: invalid argument"}"#,
        ),
        (
            "a directory that is not there",
            stage.execute(r#"{"command":"true","cwd":"/nope"}"#),
            r#"200: {"exitCode":-1,"result":"fork/exec /usr/bin/bash: no such file or directory"}"#,
        ),
        (
            "NUL in a variable",
            stage.execute(r#"{"command":"true","envs":{"A":"b\u0000"}}"#),
            r#"200: {"exitCode":-1,"result":"exec: environment variable contains NUL"}"#,
        ),
        (
            "an equals sign in a variable's name",
            stage.execute(r#"{"command":"true","envs":{"A=B":"c"}}"#),
            "400 daemon BAD_REQUEST: bad request: invalid environment variable name: 'A=B'",
        ),
        (
            "a variable without a name",
            stage.execute(r#"{"command":"true","envs":{"":"c"}}"#),
            "400 daemon BAD_REQUEST: bad request: invalid environment variable name: ''",
        ),
        (
            "NUL in code",
            stage
                .request("POST", "/process/code-run")
                .body(r#"{"language":"python","code":"print(1)\u0000"}"#),
            r#"200: {"exitCode":1,"result":"  File \"\u003cstdin\u003e\", line 1\n    print(1)\nSyntaxError: source code cannot contain null bytes\n"}"#,
        ),
        (
            "an unknown language",
            stage.request("POST", "/process/code-run").body(r#"{"language":"cobol","code":"x"}"#),
            "400 daemon BAD_REQUEST: bad request: unsupported language: cobol",
        ),
    ];
    play(&stage.server, cases).await;
    stage.is_well().await;
}

#[tokio::test]
async fn an_oversize_body_is_refused_whether_its_length_is_said_or_not() {
    let stage = Stage::set().await;
    let large = format!(r#"{{"command":"true # {}"}}"#, "x".repeat(BODY_LIMIT));
    let refused = "413 daemon: request body is larger than …";
    let cases = vec![
        ("length said and sent", stage.execute(&large), refused),
        ("in chunks", stage.execute(&large).chunked(), refused),
        ("said and never sent", stage.execute("").saying_length(1 << 40), refused),
        (
            "said, with leave asked",
            stage.execute("").saying_length(1 << 40).header("Expect: 100-continue"),
            refused,
        ),
    ];
    play(&stage.server, cases).await;
    stage.is_well().await;
}

#[tokio::test]
async fn a_body_that_breaks_off_is_answered_once_it_cannot_come_any_more() {
    let stage = Stage::set().await;
    let form = stage
        .request("POST", "/files/upload?path=broken")
        .header("Content-Type: multipart/form-data; boundary=b");
    let refused = "400 proxy BAD_REQUEST: bad request: the request's body ended early";
    let requests = [(stage.execute("{").saying_length(100), refused), (form.saying_length(1000), refused)];
    for (request, expected) in requests {
        let mut wire = Wire::open(&stage.server).await;
        wire.send(&request.bytes()).await;
        wire.finish().await;
        let got = wire.answer("POST").await.map_or_else(|reason| reason, |answer| answer.line());
        assert!(fits(&got, expected), "{got}");
        assert!(wire.closes(Duration::from_secs(5)).await);
    }
    stage.is_well().await;
}

#[tokio::test]
async fn paths_that_lead_nowhere_are_refused() {
    let stage = Stage::set().await;
    let long = "x".repeat(5_000);
    let deep = "d/".repeat(10_000);
    let refused =
        |path: &str| format!("400 daemon BAD_REQUEST: bad request: stat {path}: file name too long");
    let (too_long, too_deep) = (refused(&long), refused(&deep));
    let get = |target: &str| stage.request("GET", target);
    let cases = vec![
        ("no path", get("/files/info"), "400 daemon BAD_REQUEST: bad request: path is required"),
        (
            "NUL",
            get("/files/info?path=a%00b"),
            "400 daemon BAD_REQUEST: bad request: stat a\0b: invalid argument",
        ),
        (
            "NUL, listed",
            get("/files?path=%00"),
            "400 daemon BAD_REQUEST: bad request: open \0: invalid argument",
        ),
        (
            "NUL, downloaded",
            get("/files/download?path=a%00"),
            "400 daemon BAD_REQUEST: bad request: stat a\0: invalid argument",
        ),
        (
            "NUL, deleted",
            stage.request("DELETE", "/files?path=%00"),
            "400 daemon BAD_REQUEST: bad request: stat \0: invalid argument",
        ),
        (
            "NUL, made",
            stage.request("POST", "/files/folder?path=a%00b&mode=755"),
            "400 daemon BAD_REQUEST: bad request: mkdir a\0b: invalid argument",
        ),
        (
            "NUL, moved to",
            stage.request("POST", "/files/move?source=a&destination=%00"),
            "400 daemon BAD_REQUEST: bad request: stat \0: invalid argument",
        ),
        (
            "NUL in a list",
            stage.request("POST", "/files/bulk-download").body(r#"{"paths":["a\u0000b"]}"#),
            "200: --DAYTONA-FILE-BOUNDARY…",
        ),
        ("a name too long", get(&format!("/files/info?path={long}")), too_long.as_str()),
        ("a path too long", get(&format!("/files/info?path={deep}")), &too_deep),
        (
            "no text",
            get("/files/info?path=%ff%fe"),
            "404 daemon FILE_NOT_FOUND: stat \u{fffd}\u{fffd}: no such file or directory",
        ),
        (
            "a broken escape",
            get("/files/info?path=%zz"),
            "400 daemon BAD_REQUEST: bad request: path is required",
        ),
        (
            "a mode in words",
            stage.request("POST", "/files/folder?path=d&mode=wide"),
            "400 daemon BAD_REQUEST: bad request: invalid mode format",
        ),
        (
            "a mode beyond all",
            stage.request("POST", "/files/folder?path=d&mode=77777777777777777777"),
            "400 daemon BAD_REQUEST: bad request: invalid mode format",
        ),
    ];
    play(&stage.server, cases).await;
    stage.is_well().await;
}

/// On plain processes only: there the host's whole tree lies around a sandbox's own.
#[tokio::test]
async fn paths_that_lead_out_of_a_sandbox_are_refused() {
    let stage = Stage::on(TestServer::start_with(&["--runtime", "process"])).await;
    let get = |target: &str| stage.request("GET", target);
    let cases = vec![
        (
            "the home, deleted",
            stage.request("DELETE", "/files?path=.&recursive=true"),
            "400 daemon BAD_REQUEST: bad request: unlinkat .: device or resource busy",
        ),
        (
            "above the home, deleted",
            stage.request("DELETE", "/files?path=../..&recursive=true"),
            "403 daemon FILE_ACCESS_DENIED: stat ../..: permission denied",
        ),
        (
            "the root, deleted",
            stage.request("DELETE", "/files?path=/&recursive=true"),
            "403 daemon FILE_ACCESS_DENIED: stat /: permission denied",
        ),
        (
            "the root, by many dots",
            stage.request("DELETE", &format!("/files?path={}&recursive=true", "../".repeat(40))),
            "403 daemon FILE_ACCESS_DENIED: stat ../../../../../../../../../../../../../../../../../../../../../../../../../../../../../../../../../../../../../../../../: permission denied",
        ),
        (
            "another sandbox's, read",
            get("/files/info?path=../../"),
            "403 daemon FILE_ACCESS_DENIED: stat ../../: permission denied",
        ),
    ];
    play(&stage.server, cases).await;
    stage.is_well().await;
}

#[tokio::test]
async fn routes_and_methods_that_are_not_there_are_not_found_in_plain_text() {
    let stage = Stage::set().await;
    let page = "404 bare: 404 page not found";
    let cases = vec![
        ("an unknown path", stage.request("GET", "/nothing"), page),
        ("another method", stage.request("PUT", "/process/execute"), page),
        ("a method nobody knows", stage.request("BREW", "/process/execute"), page),
        ("a method in lower case", stage.request("post", "/process/execute"), page),
        ("slashes", stage.request("GET", "//version"), page),
        ("another letter case", stage.request("GET", "/Version"), page),
        ("upwards", stage.request("GET", "/../version"), page),
        ("upwards, encoded", stage.request("GET", "/%2e%2e/version"), page),
        ("encoded slashes", stage.request("POST", "/process%2Fexecute"), page),
        ("NUL", stage.request("GET", "/version%00"), page),
        ("no text", stage.request("GET", "/%ff"), page),
        ("a broken escape", stage.request("GET", "/%zz"), page),
        ("nothing at all", stage.request("GET", ""), page),
    ];
    play(&stage.server, cases).await;
    stage.is_well().await;
}

#[tokio::test]
async fn what_is_planned_says_so() {
    let stage = Stage::set().await;
    let Some(planned) = planned(&contract::toolbox::DOCUMENT) else { return };
    let answer = format!("501 daemon NOT_IMPLEMENTED: not implemented: {} …", planned.id);
    play(&stage.server, vec![("planned", stage.request("GET", planned.path), &answer)]).await;
}

#[tokio::test]
async fn who_may_not_reach_a_sandbox_is_told_so() {
    let stage = Stage::set().await;
    let version = format!("{}/version", stage.base);
    let to = |id: &str| Raw::new("GET", &format!("/toolbox/{id}/version"));
    let missing = "404 proxy NOT_FOUND: sandbox container not found";
    let invalid = "401 proxy UNAUTHORIZED: authentication failed: …";
    let unauthenticated = "401 proxy UNAUTHORIZED: missing authentication: …";
    let cases = vec![
        ("unknown", to("nope"), missing),
        ("two dots", to("%2e%2e"), missing),
        ("an encoded slash", to("a%2Fb"), missing),
        ("NUL", to("a%00"), missing),
        ("no text", to("%ff"), missing),
        ("very long", to(&"x".repeat(20_000)), missing),
        ("none", Raw::new("GET", "/toolbox//version"), "404 control: Cannot GET /toolbox//version"),
        ("none at all", Raw::new("GET", "/toolbox"), "404 control: Cannot GET /toolbox"),
        ("no credential", Raw::keyless("GET", &version), unauthenticated),
        (
            "no credential, body not looked at",
            Raw::keyless("POST", &format!("{}/process/execute", stage.base)).body("{"),
            unauthenticated,
        ),
        ("an empty key", Raw::keyless("GET", &version).header("Authorization: Bearer "), invalid),
        ("another scheme", Raw::keyless("GET", &version).header("Authorization: Basic eDp5"), invalid),
        ("no text", Raw::keyless("GET", &version).raw_header(b"Authorization: Bearer \xff"), invalid),
        ("a wrong token", Raw::keyless("GET", &version).header("X-Daytona-Preview-Token: nope"), invalid),
        (
            "a wrong token in the query",
            Raw::keyless("GET", &format!("{version}?DAYTONA_SANDBOX_AUTH_KEY=%00")),
            invalid,
        ),
    ];
    play(&stage.server, cases).await;
    stage.is_well().await;
}

#[tokio::test]
async fn a_sandbox_that_does_not_run_says_so() {
    let stage = Stage::set().await;
    let id = stage.base.rsplit('/').next().unwrap();
    stage.server.request("POST", &format!("/api/sandbox/{id}/stop"), Value::Null).await;
    let refused = "400 proxy BAD_REQUEST: bad request: no IP address found. Is the Sandbox started?";
    play(&stage.server, vec![("stopped", stage.execute(r#"{"command":"true"}"#), refused)]).await;
}

#[tokio::test]
async fn forms_that_are_none_are_refused() {
    let stage = Stage::set().await;
    let upload = |media_type: &str, body: &str| {
        stage
            .request("POST", "/files/upload?path=up.txt")
            .header(&format!("Content-Type: {media_type}"))
            .form(body)
    };
    let form = "multipart/form-data; boundary=b";
    let cases = vec![
        (
            "no form",
            upload("text/plain", "content"),
            "400 daemon BAD_REQUEST: bad request: request Content-Type isn't multipart/form-data",
        ),
        (
            "no boundary",
            upload("multipart/form-data", "content"),
            "400 daemon BAD_REQUEST: bad request: no multipart boundary param in Content-Type",
        ),
        (
            "an empty boundary",
            upload("multipart/form-data; boundary=", "content"),
            "400 daemon BAD_REQUEST: bad request: no multipart boundary param in Content-Type",
        ),
        ("nothing in it", upload(form, ""), "400 daemon BAD_REQUEST: bad request: multipart: NextPart: EOF"),
        ("no part", upload(form, "--b--\r\n"), "400 daemon BAD_REQUEST: bad request: http: no such file"),
        (
            "no file",
            upload(form, "--b\r\nContent-Disposition: form-data; name=\"other\"\r\n\r\nx\r\n--b--\r\n"),
            "400 daemon BAD_REQUEST: bad request: http: no such file",
        ),
        (
            "a part without an end",
            upload(form, "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"f\"\r\n\r\nx"),
            "400 daemon BAD_REQUEST: bad request: unexpected EOF",
        ),
        (
            "a part without a head",
            upload(form, "--b\r\n\r\nx\r\n--b--\r\n"),
            "400 daemon BAD_REQUEST: bad request: http: no such file",
        ),
        (
            "a head without an end",
            upload(form, &format!("--b\r\nX: {}", "x".repeat(1 << 20))),
            "400 daemon BAD_REQUEST: bad request: multipart: message too large",
        ),
        ("words", upload(form, "nonsense"), "400 daemon BAD_REQUEST: bad request: multipart: NextPart: EOF"),
    ];
    play(&stage.server, cases).await;
    stage.is_well().await;
}
