//! Uploads that end before they are whole, in every form they come in: nothing was there, and what was there stays.

use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;

use crate::support::{self, KEY, TestServer, eventually};

/// What is sent of the body before the client goes away, in bytes: more than anybody on the way holds.
const SENT: usize = 24 << 20;

/// Ways to upload a file: target, content type, and what stands before the content.
fn ways(path: &str) -> [(String, &'static str, String); 4] {
    const FORM: &str = "multipart/form-data; boundary=b";
    let part = |name: &str| {
        format!("--b\r\nContent-Disposition: form-data; name=\"{name}\"; filename=\"{path}\"\r\n\r\n")
    };
    let place = format!("--b\r\nContent-Disposition: form-data; name=\"files[0].path\"\r\n\r\n{path}\r\n");
    [
        (format!("upload-v2?path={path}"), "application/octet-stream", String::new()),
        (format!("upload-v2?path={path}"), FORM, part("file")),
        (format!("upload?path={path}"), FORM, part("file")),
        ("bulk-upload".to_owned(), FORM, place + &part("files[0].file")),
    ]
}

/// Announces twice as much as it sends; the client goes away when what is answered is dropped.
async fn begin(
    server: &TestServer,
    sandbox: &str,
    target: &str,
    content_type: &str,
    before: &str,
) -> TcpStream {
    let head = format!(
        "POST /toolbox/{sandbox}/files/{target} HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {KEY}\r\n\
         Content-Type: {content_type}\r\nContent-Length: {}\r\n\r\n{before}",
        server.authority(),
        2 * SENT,
    );
    let mut stream = TcpStream::connect(server.authority()).await.unwrap();
    stream.write_all(head.as_bytes()).await.unwrap();
    let piece = vec![b'x'; 1 << 20];
    for _ in 0..SENT / piece.len() {
        stream.write_all(&piece).await.unwrap();
    }
    stream
}

/// Whether the agent holds a file open that has no name, or has lost it.
fn holds_a_nameless_file(server: &TestServer) -> bool {
    let files = crate::memory::agents(server.pid()).into_iter().flat_map(|agent| {
        let open = std::fs::read_dir(format!("/proc/{agent}/fd")).into_iter().flatten().flatten();
        open.filter_map(|entry| std::fs::read_link(entry.path()).ok()).collect::<Vec<_>>()
    });
    let place = server.temp.path().to_owned();
    let mut lost = files.filter(|file| {
        let text = file.to_string_lossy();
        text.ends_with(" (deleted)")
            && !text.contains("memfd:")
            && (text.contains("/home/") || file.starts_with(&place))
    });
    lost.next().is_some()
}

#[tokio::test]
async fn an_upload_given_up_half_way_leaves_nothing_and_takes_nothing_on_every_rung() {
    for rung in support::rungs().await {
        let server = TestServer::start_with(&["--runtime", rung]);
        let sandbox = server.sandbox().await;
        server.execute(&sandbox, "mkdir d; echo old > d/kept").await;
        for path in ["d/kept", "d/new"] {
            for (target, content_type, before) in ways(path) {
                let client = begin(&server, &sandbox, &target, content_type, &before).await;
                eventually("the content arriving", async || holds_a_nameless_file(&server)).await;
                drop(client);
                // The agent learns of it later than the client.
                eventually("its end", async || !holds_a_nameless_file(&server)).await;
            }
        }
        assert_eq!(server.execute(&sandbox, "ls -A d; head -c 9 d/kept").await, "kept\nold\n", "{rung}");
    }
}
