//! Objects and volumes in a data directory when the server is killed.

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::s3::{Access, Call};
use crate::support::TestServer;

fn start(temp: TempDir, data: &std::path::Path) -> TestServer {
    TestServer::start_in(temp, &["--data-dir", data.to_str().unwrap(), "--restore", "restarted"])
}

async fn access(server: &TestServer) -> (Access, String) {
    let told = server.request("GET", "/api/object-storage/push-access", Value::Null).await.json();
    let prefix =
        format!("/{}/{}", told["bucket"].as_str().unwrap(), told["organizationId"].as_str().unwrap());
    (Access::from_json(&told), prefix)
}

/// Writers at work until the server is killed in the middle; what was answered must be there, and whole.
#[tokio::test(flavor = "multi_thread")]
async fn every_object_that_was_acknowledged_is_there_whole_after_a_kill() {
    let temp = TempDir::new_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let data = temp.path().join("data");
    let server = start(temp, &data);
    let (store, prefix) = access(&server).await;
    let (acknowledged, mut heard) = tokio::sync::mpsc::unbounded_channel();
    let writers: Vec<_> = (0..4_u32)
        .map(|writer| {
            let (store, prefix, acknowledged) = (store.clone(), prefix.clone(), acknowledged.clone());
            tokio::spawn(async move {
                for round in 0_u32.. {
                    // The same few keys again and again, each time with another content.
                    let key = format!("{prefix}/{writer}-{}", round % 3);
                    let text = format!("{writer} {round} ").repeat(20_000);
                    if store.put(&key, text.clone()).await.status == 200 {
                        acknowledged.send((key, text)).unwrap();
                    }
                }
            })
        })
        .collect();
    let mut last = std::collections::BTreeMap::new();
    for _ in 0..60 {
        let (key, text) = heard.recv().await.unwrap();
        last.insert(key, text);
    }
    let temp = server.kill();
    for writer in writers {
        // Its connection broke.
        assert!(writer.await.is_err());
    }
    drop(acknowledged);
    while let Some((key, text)) = heard.recv().await {
        last.insert(key, text);
    }
    let server = start(temp, &data);
    let (store, prefix) = access(&server).await;
    for (key, text) in last {
        let found = store.get(&key).await;
        assert_eq!(found.status, 200, "{key}");
        let whole = found.text();
        let (round, _) = whole.split_at(whole.find("  ").map_or(whole.len(), |end| end));
        let piece: String = whole.split_inclusive(' ').take(2).collect();
        assert_eq!(whole, piece.repeat(20_000), "{key} is torn: {}", &round[..20.min(round.len())]);
        let number = |text: &str| text.split(' ').nth(1).unwrap().parse::<u32>().unwrap();
        assert!(number(&whole) >= number(&text), "{key}: an older content came back");
        let head = store.send(Call::new("HEAD", &key), "").await;
        assert_eq!(head.header("content-length"), whole.len().to_string());
    }
    assert_eq!(store.put(&format!("{prefix}/after"), "x").await.status, 200);
    let drafts = std::fs::read_dir(data.join("objects/drafts")).unwrap().count();
    assert_eq!(drafts, 0, "what was half written is cleared");
    drop(server.kill());
}

#[tokio::test(flavor = "multi_thread")]
async fn files_in_a_volume_outlive_the_server_and_forgotten_ones_do_not() {
    let temp = TempDir::new_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let data = temp.path().join("data");
    let server = start(temp, &data);
    let volume = server.request("POST", "/api/volumes", json!({ "name": "kept" })).await.json();
    let mount = json!([{ "volumeId": volume["id"], "mountPath": "/home/daytona/shared" }]);
    let made = server.request("POST", "/api/sandbox", json!({ "volumes": mount })).await.json();
    let sandbox = made["id"].as_str().unwrap().to_owned();
    server.execute(&sandbox, "echo kept > shared/file").await;
    let temp = server.kill();
    // As if a server had died between forgetting a volume and deleting its files.
    std::fs::create_dir_all(data.join("volumes/forgotten/deep")).unwrap();
    let server = start(temp, &data);
    crate::support::eventually("the sandbox runs again", async || {
        let state = server.request("GET", &format!("/api/sandbox/{sandbox}"), Value::Null).await.json();
        state["state"] == "started"
    })
    .await;
    assert_eq!(server.execute(&sandbox, "cat shared/file").await, "kept\n");
    crate::support::eventually("the forgotten volume is swept", async || {
        !data.join("volumes/forgotten").exists()
    })
    .await;
    assert!(data.join("volumes").join(volume["id"].as_str().unwrap()).join("file").is_file());
    drop(server.kill());
}
