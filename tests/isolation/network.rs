//! A network that is blocked.

use std::net::TcpListener;

use serde_json::json;

use crate::{World, sandbox};

const CONNECT: &str = "python3 -c 'import socket; socket.create_connection((\"127.0.0.1\", PORT), 2); print(\"connected\")' 2>&1";

#[tokio::test]
async fn a_blocked_network_reaches_nothing_but_itself() {
    for world in World::all().await {
        if !world.claims("network-isolation") {
            continue;
        }
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let connect = CONNECT.replace("PORT", &listener.local_addr().unwrap().port().to_string());
        let blocked = [
            sandbox(&world.server, json!({ "networkBlockAll": true })).await,
            sandbox(&world.server, json!({ "networkBlockAll": true })).await,
        ];
        assert!(world.attack(&connect).await.contains("connected"), "the others share the host's network");
        for id in &blocked {
            let output = world.server.execute(id, &connect).await;
            assert!(!output.contains("connected"), "{output}");
            // Both have port 8000, and both reach themselves.
            let serve = "cd; mkdir -p w; cd w; hostname > index.html; python3 -m http.server 8000 >/dev/null 2>&1 &
                for i in $(seq 100); do python3 -c 'import urllib.request as u; print(u.urlopen(\"http://127.0.0.1:8000/\").read().decode())' 2>/dev/null && break; sleep 0.05; done";
            let own = world.server.execute(id, serve).await;
            assert!(own.contains(id.as_str()), "{own}");
        }
    }
}
