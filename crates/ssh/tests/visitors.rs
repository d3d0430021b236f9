//! Who is let in, for how long, and what they are told otherwise.
mod support;

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use russh::MethodKind;
use russh::client::{AuthResult, KeyboardInteractiveAuthResponse};
use russh::keys::{Algorithm, PrivateKey, PrivateKeyWithHashAlg};
use support::{Lab, PATIENCE, TOKEN, exec, file, gone, outcome};

#[tokio::test]
async fn the_token_is_enough_and_whatever_else_a_client_brings_is_as_good() {
    let lab = Lab::new().await;
    let (mut handle, _) = lab.dial().await;
    assert!(handle.authenticate_none(TOKEN).await.unwrap().success());
    let (mut handle, _) = lab.dial().await;
    assert!(handle.authenticate_password(TOKEN, "whatever").await.unwrap().success());
    let (mut handle, _) = lab.dial().await;
    let key = PrivateKey::random(&mut russh::keys::key::safe_rng(), Algorithm::Ed25519).unwrap();
    let key = PrivateKeyWithHashAlg::new(Arc::new(key), None);
    assert!(handle.authenticate_publickey(TOKEN, key).await.unwrap().success());
    let (mut handle, _) = lab.dial().await;
    let asked = handle.authenticate_keyboard_interactive_start(TOKEN, None).await.unwrap();
    assert!(matches!(asked, KeyboardInteractiveAuthResponse::Success));
    assert_eq!(exec(&handle, "echo in").await.output, "in\n");
}

#[tokio::test]
async fn a_token_that_opens_nothing_is_refused_after_a_pause_and_nothing_is_asked_for() {
    let lab = Lab::new().await;
    let (mut handle, _) = lab.dial().await;
    let begun = Instant::now();
    let AuthResult::Failure { remaining_methods, partial_success } =
        handle.authenticate_none("aTokenThatNobodyGaveAnybodyEver0").await.unwrap()
    else {
        panic!("let in");
    };
    assert!(begun.elapsed() >= Duration::from_millis(500), "{:?}", begun.elapsed());
    assert!(!partial_success);
    assert_eq!(*remaining_methods, [MethodKind::PublicKey]);
    assert!(!handle.authenticate_password("nope", "x").await.unwrap().success());
    // The same connection may still show a better one.
    assert!(handle.authenticate_none(TOKEN).await.unwrap().success());
}

#[tokio::test]
async fn a_revoked_token_lets_nobody_in_and_nobody_out() {
    let lab = Lab::new().await;
    let inside = lab.connect().await;
    lab.gate.0.lock().unwrap().clear();
    let (mut late, _) = lab.dial().await;
    assert!(!late.authenticate_none(TOKEN).await.unwrap().success());
    assert_eq!(exec(&inside, "echo still in").await.output, "still in\n");
}

#[tokio::test]
async fn a_sandbox_that_does_not_run_is_told_of_on_every_kind_of_channel() {
    const WORDS: &str = "Sandbox is not started (state: stopped).";
    let lab = Lab::new().await;
    let _ = lab.sandbox.runs.send_replace(Err(WORDS));
    let handle = lab.connect().await;
    let ran = exec(&handle, "true").await;
    assert_eq!((ran.errors, ran.status), (format!("{WORDS}\r\n"), Some(1)));
    let mut channel = handle.channel_open_session().await.unwrap();
    channel.request_pty(true, "xterm", 80, 24, 0, 0, &[]).await.unwrap();
    channel.request_shell(true).await.unwrap();
    assert_eq!(outcome(&mut channel).await.errors, format!("{WORDS}\r\n"));
    let mut channel = handle.channel_open_session().await.unwrap();
    channel.request_subsystem(true, "sftp").await.unwrap();
    let ran = outcome(&mut channel).await;
    assert_eq!((ran.errors, ran.status), (format!("{WORDS}\r\n"), Some(1)));
    assert!(handle.channel_open_direct_tcpip("localhost", 1, "here", 1).await.is_err());
    assert!(handle.tcpip_forward("localhost", 0).await.is_err());
    // Started meanwhile, it is reached by the same connection.
    let _ = lab.sandbox.runs.send_replace(Ok(()));
    assert_eq!(exec(&handle, "echo now").await.output, "now\n");
}

#[tokio::test]
async fn a_connection_ends_with_its_sandbox_and_leaves_nothing_running() {
    let lab = Lab::new().await;
    let handle = lab.connect().await;
    let channel = handle.channel_open_session().await.unwrap();
    channel.exec(true, "echo $$ > pid; exec sleep 1000").await.unwrap();
    let pid = file(&lab.home("pid")).await;
    let _ = lab.sandbox.runs.send_replace(Err("stopped"));
    let closed = async {
        while !handle.is_closed() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(PATIENCE, closed).await.expect("the connection ends");
    gone(&pid).await;
}

#[tokio::test]
async fn a_connection_counts_as_use_of_its_sandbox() {
    let lab = Lab::new().await;
    let handle = lab.connect().await;
    exec(&handle, "true").await;
    assert!(lab.sandbox.touched.load(Ordering::Relaxed) >= 1);
}

#[tokio::test]
async fn two_hundred_sessions_run_at_once() {
    let lab = Lab::new().await;
    let mut handles = Vec::new();
    for _ in 0..10 {
        handles.push(Arc::new(lab.connect().await));
    }
    let mut sessions = tokio::task::JoinSet::new();
    for number in 0..200 {
        let handle = Arc::clone(&handles[number % handles.len()]);
        let go = lab.home("go");
        sessions.spawn(async move {
            let mut channel = handle.channel_open_session().await.unwrap();
            let wait =
                format!("echo here; until test -e {}; do sleep 0.1; done; echo {number}", go.display());
            channel.exec(true, wait).await.unwrap();
            support::until(&mut channel, "here\n").await;
            (number, channel)
        });
    }
    let mut waiting = Vec::new();
    while let Some(session) = sessions.join_next().await {
        waiting.push(session.unwrap());
    }
    assert_eq!(waiting.len(), 200);
    std::fs::write(lab.home("go"), "").unwrap();
    for (number, mut channel) in waiting {
        let ran = outcome(&mut channel).await;
        assert_eq!((ran.output, ran.status), (format!("{number}\n"), Some(0)));
    }
}

#[tokio::test]
async fn noise_instead_of_ssh_harms_nobody() {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let lab = Lab::new().await;
    for noise in
        [&b"GET / HTTP/1.1\r\n\r\n"[..], b"SSH-2.0-x\r\n\xff\xff\xff\xff\xff\xff\xff\xff", b"\0\0\0\0"]
    {
        let mut stream = tokio::net::TcpStream::connect(lab.address).await.unwrap();
        let _ = stream.write_all(noise).await;
        let _ = stream.shutdown().await;
        let _ = tokio::time::timeout(PATIENCE, stream.read_to_end(&mut Vec::new())).await.unwrap();
    }
    assert_eq!(exec(&lab.connect().await, "echo fine").await.output, "fine\n");
}
