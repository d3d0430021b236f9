//! SFTP, ports and sockets over SSH.
#![expect(clippy::unwrap_used, reason = "a helper that fails fails its test")]

mod support;

use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};

use russh::client::Handle;
use russh_sftp::client::SftpSession;
use russh_sftp::client::error::Error;
use russh_sftp::protocol::{FileAttributes, OpenFlags, StatusCode};
use support::{Client, Lab, exec};
use tokio::io::{AsyncReadExt as _, AsyncSeekExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream, UnixListener, UnixStream};

async fn sftp(handle: &Handle<Client>) -> SftpSession {
    let channel = handle.channel_open_session().await.unwrap();
    channel.request_subsystem(true, "sftp").await.unwrap();
    SftpSession::new(channel.into_stream()).await.unwrap()
}

fn code(error: Error) -> StatusCode {
    match error {
        Error::Status(status) => status.status_code,
        other => panic!("{other}"),
    }
}

#[tokio::test]
async fn files_are_written_read_renamed_linked_and_removed() {
    let lab = Lab::new().await;
    let sftp = sftp(&lab.connect().await).await;
    let home = std::fs::canonicalize(lab.home("")).unwrap();
    assert_eq!(sftp.canonicalize(".").await.unwrap(), home.to_str().unwrap());
    let mut file = sftp.create("a").await.unwrap();
    file.write_all(b"hello world").await.unwrap();
    file.shutdown().await.unwrap();
    assert_eq!(std::fs::read(lab.home("a")).unwrap(), b"hello world");
    let mut file = sftp.open_with_flags("a", OpenFlags::READ | OpenFlags::WRITE).await.unwrap();
    file.seek(std::io::SeekFrom::Start(6)).await.unwrap();
    file.write_all(b"there").await.unwrap();
    file.shutdown().await.unwrap();
    assert_eq!(sftp.read("a").await.unwrap(), b"hello there");
    sftp.rename("a", "b").await.unwrap();
    std::fs::write(lab.home("c"), "c").unwrap();
    assert_eq!(code(sftp.rename("b", "c").await.unwrap_err()), StatusCode::Failure);
    sftp.symlink("soft", "b").await.unwrap();
    assert_eq!(std::fs::read_link(lab.home("soft")).unwrap(), std::path::Path::new("b"));
    assert_eq!(sftp.read_link("soft").await.unwrap(), "b");
    assert!(sftp.symlink_metadata("soft").await.unwrap().is_symlink());
    assert_eq!(sftp.metadata("soft").await.unwrap().size, Some(11));
    assert!(sftp.hardlink("b", "hard").await.unwrap());
    assert_eq!(std::fs::metadata(lab.home("b")).unwrap().nlink(), 2);
    for name in ["soft", "hard", "b"] {
        sftp.remove_file(name).await.unwrap();
    }
    sftp.create_dir("d").await.unwrap();
    sftp.create_dir("d/e").await.unwrap();
    assert_eq!(code(sftp.remove_dir("d").await.unwrap_err()), StatusCode::Failure);
    sftp.remove_dir("d/e").await.unwrap();
    sftp.remove_dir("d").await.unwrap();
    assert_eq!(code(sftp.metadata("d").await.unwrap_err()), StatusCode::NoSuchFile);
    assert!(sftp.fs_info(".").await.unwrap().unwrap().blocks > 0);
    assert_eq!(sftp.expand_path("~/x").await.unwrap().unwrap(), home.join("x").to_str().unwrap());
}

#[tokio::test]
async fn attributes_are_set_by_path_and_by_handle() {
    let lab = Lab::new().await;
    let sftp = sftp(&lab.connect().await).await;
    std::fs::write(lab.home("f"), "12345").unwrap();
    let changes = FileAttributes {
        size: Some(3),
        permissions: Some(0o640),
        atime: Some(1000),
        mtime: Some(2000),
        ..FileAttributes::empty()
    };
    sftp.set_metadata("f", changes.clone()).await.unwrap();
    let seen = std::fs::metadata(lab.home("f")).unwrap();
    assert_eq!((seen.len(), seen.permissions().mode() & 0o7777), (3, 0o640));
    assert_eq!((seen.atime(), seen.mtime()), (1000, 2000));
    let file = sftp.open_with_flags("f", OpenFlags::WRITE).await.unwrap();
    file.set_metadata(FileAttributes { size: Some(1), ..FileAttributes::empty() }).await.unwrap();
    assert_eq!(file.metadata().await.unwrap().size, Some(1));
    file.sync_all().await.unwrap();
}

#[tokio::test]
async fn ten_thousand_names_are_listed() {
    let lab = Lab::new().await;
    let sftp = sftp(&lab.connect().await).await;
    std::fs::create_dir(lab.home("many")).unwrap();
    for number in 0..10_000 {
        std::fs::write(lab.home(&format!("many/{number:05}")), "").unwrap();
    }
    let mut names: Vec<String> =
        sftp.read_dir("many").await.unwrap().map(|entry| entry.file_name()).collect();
    names.sort();
    assert_eq!(names.len(), 10_000);
    assert_eq!((names[0].as_str(), names[9_999].as_str()), ("00000", "09999"));
}

#[tokio::test]
async fn a_large_file_goes_up_and_comes_back_whole() {
    let lab = Lab::new().await;
    let sftp = sftp(&lab.connect().await).await;
    let content: Vec<u8> =
        (0..20_000_000u32).map(|index| (index.wrapping_mul(2_654_435_761) >> 11) as u8).collect();
    let mut file = sftp.create("large").await.unwrap();
    file.write_all(&content).await.unwrap();
    file.shutdown().await.unwrap();
    assert!(std::fs::read(lab.home("large")).unwrap() == content, "what was stored differs");
    assert!(sftp.read("large").await.unwrap() == content, "what came back differs");
}

#[tokio::test]
async fn many_clients_of_files_work_at_once() {
    let lab = Lab::new().await;
    let handle = lab.connect().await;
    let (one, other) = (sftp(&handle).await, sftp(&handle).await);
    let (first, second) = tokio::join!(one.read_dir("."), other.read_dir("."));
    assert_eq!(first.unwrap().count(), second.unwrap().count());
    // Two hundred files are opened and left open; the handles go with the client.
    for number in 0..200 {
        std::mem::forget(one.create(format!("f{number}")).await.unwrap());
    }
    drop((one, other));
    assert_eq!(exec(&handle, "ls | wc -l | tr -d ' '").await.output, "200\n");
}

/// Answers whoever comes with what they said, in capitals, and then ends.
async fn shout<S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin>(mut stream: S) {
    let mut text = String::new();
    stream.read_to_string(&mut text).await.unwrap();
    stream.write_all(text.to_uppercase().as_bytes()).await.unwrap();
    stream.shutdown().await.unwrap();
}

async fn ask<S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin>(mut stream: S) -> String {
    stream.write_all(b"hello").await.unwrap();
    stream.shutdown().await.unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).await.unwrap();
    text
}

#[tokio::test]
async fn ports_and_sockets_of_the_sandbox_are_dialled() {
    let lab = Lab::new().await;
    let handle = lab.connect().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let socket = UnixListener::bind(lab.home("socket")).unwrap();
    tokio::spawn(async move {
        shout(listener.accept().await.unwrap().0).await;
        shout(socket.accept().await.unwrap().0).await;
        drop(listener);
    });
    let channel = handle.channel_open_direct_tcpip("localhost", port.into(), "here", 1).await.unwrap();
    assert_eq!(ask(channel.into_stream()).await, "HELLO");
    let path = lab.home("socket").to_str().unwrap().to_owned();
    let channel = handle.channel_open_direct_streamlocal(path).await.unwrap();
    assert_eq!(ask(channel.into_stream()).await, "HELLO");
    let free = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
    assert!(handle.channel_open_direct_tcpip("127.0.0.1", free.into(), "here", 1).await.is_err());
    assert_eq!(exec(&handle, "echo fine").await.output, "fine\n");
}

#[tokio::test]
async fn listeners_in_the_sandbox_lead_to_the_client_until_they_are_cancelled() {
    let lab = Lab::new().await;
    let (handle, mut visited) = lab.connect_visited().await;
    let port = handle.tcpip_forward("localhost", 0).await.unwrap();
    let visitor = tokio::spawn(async move {
        let stream = TcpStream::connect(("127.0.0.1", u16::try_from(port).unwrap())).await.unwrap();
        ask(stream).await
    });
    let visit = visited.recv().await.unwrap();
    assert_eq!((visit.at.as_str(), visit.port), ("localhost", port));
    shout(visit.channel.into_stream()).await;
    assert_eq!(visitor.await.unwrap(), "HELLO");
    handle.cancel_tcpip_forward("localhost", port).await.unwrap();
    assert!(handle.cancel_tcpip_forward("localhost", port).await.is_err());
    let refused = async {
        while TcpStream::connect(("127.0.0.1", u16::try_from(port).unwrap())).await.is_ok() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(support::PATIENCE, refused).await.expect("nothing listens any more");

    let path = lab.home("back").to_str().unwrap().to_owned();
    handle.streamlocal_forward(path.clone()).await.unwrap();
    let visitor = tokio::spawn(async move { ask(UnixStream::connect(path).await.unwrap()).await });
    shout(visited.recv().await.unwrap().channel.into_stream()).await;
    assert_eq!(visitor.await.unwrap(), "HELLO");
    drop(handle);
    let removed = async {
        while lab.home("back").exists() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(support::PATIENCE, removed).await.expect("the socket goes with the connection");
}
