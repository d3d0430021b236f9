//! Processes, displays of several sandboxes, films.

use std::collections::BTreeSet;
use std::net::TcpStream;

use engine::desktop::program::Kind;
use engine::desktop::recordings::RecordingError;
use engine::desktop::{Activity, DesktopError};
use jiff::Timestamp;
use rustix::process::{Pid, Signal, kill_process, test_kill_process};

use crate::program::Program;
use crate::world::{Sandbox, eventually};

fn lives(pid: i32) -> bool {
    test_kill_process(Pid::from_raw(pid).unwrap()).is_ok()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_desktop_starts_as_a_whole_and_leaves_nothing_when_it_is_stopped() {
    let Some(sandbox) = Sandbox::with_programs() else { return };
    assert_eq!(sandbox.engine.desktop_activity(), Activity::Inactive);
    let refused = sandbox.engine.pointer().unwrap_err().to_string();
    assert_eq!(refused, "no display runs: start computer use first");
    sandbox.start().await;
    assert_eq!(sandbox.engine.desktop_activity(), Activity::Active);
    let pids: Vec<i32> = Kind::REQUIRED.into_iter().map(|kind| sandbox.pid(kind).unwrap()).collect();
    let socket = format!("/tmp/.X11-unix/X{}", &sandbox.display()[1..]);
    assert!(std::fs::exists(&socket).unwrap());
    for usual in [5901, 6080] {
        TcpStream::connect(("127.0.0.1", sandbox.engine.desktop_port(usual))).unwrap();
    }

    sandbox.start().await;
    let again: Vec<i32> = Kind::REQUIRED.into_iter().map(|kind| sandbox.pid(kind).unwrap()).collect();
    assert_eq!(again, pids, "what runs is left alone");

    let states = sandbox.engine.stop_desktop().await.unwrap();
    assert!(states.iter().all(|state| !state.running && state.pid.is_none()));
    assert_eq!(sandbox.engine.desktop_activity(), Activity::Inactive);
    assert!(pids.iter().all(|pid| !lives(*pid)));
    assert!(!std::fs::exists(&socket).unwrap());
    assert!(!std::fs::exists(socket.replace(".X11-unix/X", ".X") + "-lock").unwrap());
    assert_eq!(sandbox.engine.variable("DISPLAY"), None);
    assert_eq!(sandbox.engine.variable("DBUS_SESSION_BUS_ADDRESS"), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn sandboxes_that_share_a_machine_have_displays_of_their_own() {
    let Some(first) = Sandbox::with_programs() else { return };
    let (second, third) = (Sandbox::with_programs().unwrap(), Sandbox::with_programs().unwrap());
    tokio::join!(first.start(), second.start(), third.start());
    let all = [&first, &second, &third];
    let displays: BTreeSet<String> = all.iter().map(|sandbox| sandbox.display()).collect();
    assert_eq!(displays.len(), 3);
    let ports: BTreeSet<u16> =
        all.iter().flat_map(|sandbox| [5901, 6080].map(|port| sandbox.engine.desktop_port(port))).collect();
    assert_eq!(ports.len(), 6);
    assert_eq!(first.engine.desktop_port(8000), 8000);

    let _program = Program::open(&second.display(), "mine");
    let titles = |sandbox: &Sandbox| {
        let windows = sandbox.engine.windows().unwrap();
        windows.into_iter().map(|window| window.title).collect::<Vec<_>>()
    };
    assert_eq!(titles(&second), ["mine"]);
    assert!(titles(&first).is_empty());
    first.engine.move_pointer((11, 12)).unwrap();
    third.engine.move_pointer((21, 22)).unwrap();
    assert_eq!(first.engine.pointer().unwrap().x, 11);
    second.engine.stop_desktop().await.unwrap();
    assert_eq!(third.engine.pointer().unwrap().x, 21);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_that_dies_comes_back_and_so_does_its_display() {
    let Some(sandbox) = Sandbox::started().await else { return };
    let before = sandbox.pid(Kind::Xvfb).unwrap();
    kill_process(Pid::from_raw(before).unwrap(), Signal::KILL).unwrap();
    eventually("its end is noticed", || sandbox.pid(Kind::Xvfb).is_none_or(|pid| pid != before)).await;
    eventually("all come back", || sandbox.engine.desktop_activity() == Activity::Active).await;
    eventually("the display can be used", || sandbox.engine.pointer().is_ok()).await;
    assert_eq!(sandbox.engine.move_pointer((5, 6)).unwrap().x, 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_process_is_restarted_and_looked_at_by_its_name() {
    let Some(sandbox) = Sandbox::started().await else { return };
    let before = sandbox.pid(Kind::Novnc).unwrap();
    sandbox.engine.restart_desktop_process("novnc").await.unwrap();
    let after = sandbox.pid(Kind::Novnc).unwrap();
    assert_ne!(after, before);
    assert!(!lives(before));
    assert!(sandbox.engine.desktop_process_runs("novnc").unwrap());
    assert!(sandbox.engine.desktop_log("x11vnc").unwrap().contains("PORT="));
    assert!(!sandbox.engine.desktop_errors("x11vnc").unwrap().is_empty());

    let unknown = sandbox.engine.restart_desktop_process("nonsense").await.unwrap_err();
    assert_eq!(unknown.to_string(), "process nonsense not found");
    assert!(matches!(sandbox.engine.desktop_log("nonsense"), Err(DesktopError::UnknownProcess(_))));
    assert!(sandbox.engine.desktop_process_runs("nonsense").is_err());
}

#[tokio::test]
async fn what_is_missing_is_said_with_the_packages_that_help() {
    let sandbox = Sandbox::with_path("/nowhere");
    let refused = sandbox.engine.start_desktop().await.unwrap_err();
    assert!(matches!(refused, DesktopError::Unavailable(_)));
    let text = refused.to_string();
    assert!(text.contains("required X11 runtime libraries are missing"), "{text}");
    assert!(text.contains("apt-get install xvfb openbox x11vnc novnc"), "{text}");
    let log = sandbox.engine.desktop_log("xvfb").unwrap_err().to_string();
    assert!(log.starts_with("failed to read log file for xvfb: open "), "{log}");
    assert!(log.ends_with("no such file or directory"), "{log}");
    let film = sandbox.engine.start_recording("id".to_owned(), None, Timestamp::UNIX_EPOCH).await;
    assert!(matches!(film, Err(RecordingError::NoRecorder)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_display_without_a_manager_is_of_use_all_the_same() {
    let Some(whole) = Sandbox::with_programs() else { return };
    let path = whole.engine.variable("PATH").unwrap();
    let programs = whole.home.join("programs");
    std::fs::create_dir(&programs).unwrap();
    let xvfb = Kind::Xvfb.program(&path).unwrap();
    std::os::unix::fs::symlink(xvfb, programs.join("Xvfb")).unwrap();
    let sandbox = Sandbox::with_path(programs.to_str().unwrap());
    let refused = sandbox.engine.start_desktop().await.unwrap_err().to_string();
    assert!(
        refused.starts_with("failed to start computer use: failed to start: [xfce4 x11vnc novnc]"),
        "{refused}"
    );
    assert!(refused.ends_with("apt-get install openbox x11vnc novnc"), "{refused}");
    assert_eq!(sandbox.engine.desktop_activity(), Activity::Partial);
    let _program = Program::open(&sandbox.display(), "alone");
    assert_eq!(sandbox.engine.windows().unwrap()[0].title, "alone");
    assert_eq!(sandbox.engine.capture(None, false).unwrap().picture.width, 1024);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_film_is_taken_kept_found_and_removed() {
    let Some(sandbox) = Sandbox::started().await else { return };
    if engine::spawn::find_executable("ffmpeg", &sandbox.engine.variable("PATH").unwrap()).is_none() {
        eprintln!("skipped: no ffmpeg on this machine");
        return;
    }
    let engine = &sandbox.engine;
    let id = "7b0c1e0e-0000-4000-8000-000000000001".to_owned();
    let start: Timestamp = "2026-01-02T03:04:05Z".parse().unwrap();
    let label = engine.start_recording(id.clone(), Some(".hidden"), start).await;
    assert!(matches!(label, Err(RecordingError::Label)));
    let begun = engine.start_recording(id.clone(), Some("take one"), start).await.unwrap();
    assert_eq!(begun.file_name, format!("{id}_take one_20260102_030405.mp4"));
    assert_eq!((begun.end, begun.size), (None, None));
    assert_eq!(engine.recording(&id).unwrap(), begun);
    assert!(matches!(engine.delete_recording(&id), Err(RecordingError::Active)));
    engine.move_pointer((300, 300)).unwrap();

    let end: Timestamp = "2026-01-02T03:04:07.5Z".parse().unwrap();
    let done = engine.stop_recording(&id, end).await.unwrap();
    assert_eq!(done.seconds, Some(2.5));
    assert!(done.size.unwrap() > 500, "{done:?}");
    assert!(matches!(engine.stop_recording(&id, end).await, Err(RecordingError::Unknown)));
    let content = std::fs::read(&done.path).unwrap();
    assert_eq!(content[4..8], *b"ftyp");
    assert!(content.windows(4).any(|word| word == b"moov"), "the file is finished");

    let found = engine.recording(&id).unwrap();
    assert_eq!((found.size, found.seconds), (done.size, None));
    assert_eq!(found.end, Some(found.start));
    assert_eq!(engine.recordings().unwrap().len(), 1);
    engine.delete_recording(&id).unwrap();
    assert!(matches!(engine.recording(&id), Err(RecordingError::Unknown)));
    assert!(!done.path.exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_film_of_nothing_does_not_begin() {
    let Some(sandbox) = Sandbox::with_programs() else { return };
    if engine::spawn::find_executable("ffmpeg", &sandbox.engine.variable("PATH").unwrap()).is_none() {
        eprintln!("skipped: no ffmpeg on this machine");
        return;
    }
    // No display of this number can be there.
    let set = [("DISPLAY".to_owned(), ":98765".to_owned())].into();
    sandbox.engine.change_environment(&engine::variables::Change { set, ..Default::default() }).unwrap();
    let refused =
        sandbox.engine.start_recording("id".to_owned(), None, Timestamp::UNIX_EPOCH).await.unwrap_err();
    assert!(
        refused.to_string().starts_with("failed to start recording: the recorder ended at once"),
        "{refused}"
    );
    assert_eq!(sandbox.engine.recordings().unwrap(), []);
}
