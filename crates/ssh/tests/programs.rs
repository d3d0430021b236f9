//! Shells and commands over SSH.
mod support;

use russh::{ChannelMsg, Disconnect, Sig};
use support::{Lab, Outcome, exec, file, gone, outcome, until};
use tokio::io::AsyncWriteExt as _;

fn said(output: &str, errors: &str, status: u32) -> Outcome {
    Outcome { output: output.to_owned(), errors: errors.to_owned(), status: Some(status), signal: None }
}

#[tokio::test]
async fn a_command_has_its_streams_apart_and_its_status() {
    let lab = Lab::new().await;
    let handle = lab.connect().await;
    let ran = exec(&handle, "echo out; echo err >&2; pwd -P; exit 3").await;
    let home = std::fs::canonicalize(lab.home("")).unwrap();
    assert_eq!(ran, said(&format!("out\n{}\n", home.display()), "err\n", 3));
}

#[tokio::test]
async fn a_command_that_a_signal_ends_tells_which() {
    let lab = Lab::new().await;
    let ran = exec(&lab.connect().await, "kill -USR1 $$").await;
    assert_eq!((ran.status, ran.signal.as_deref()), (None, Some("USR1")));
    let ran = exec(&lab.connect().await, "kill -BUS $$").await;
    assert_eq!((ran.status, ran.signal.as_deref()), (None, Some("BUS")));
}

#[tokio::test]
async fn a_signal_reaches_the_command_and_what_it_started() {
    let lab = Lab::new().await;
    let handle = lab.connect().await;
    let mut channel = handle.channel_open_session().await.unwrap();
    channel.exec(true, "trap 'echo heard; exit 9' USR1; echo ready; sleep 1000 & wait").await.unwrap();
    until(&mut channel, "ready").await;
    channel.signal(Sig::USR1).await.unwrap();
    assert_eq!(outcome(&mut channel).await, said("heard\n", "", 9));
}

#[tokio::test]
async fn a_shell_without_a_terminal_reads_its_script_to_the_end() {
    let lab = Lab::new().await;
    let handle = lab.connect().await;
    let mut channel = handle.channel_open_session().await.unwrap();
    channel.request_shell(true).await.unwrap();
    channel.data(&b"echo one; test -t 0 || echo no terminal\nexit 4\n"[..]).await.unwrap();
    channel.eof().await.unwrap();
    assert_eq!(outcome(&mut channel).await, said("one\nno terminal\n", "", 4));
}

#[tokio::test]
async fn the_end_of_input_and_of_output_are_passed_on() {
    let lab = Lab::new().await;
    let handle = lab.connect().await;
    let mut channel = handle.channel_open_session().await.unwrap();
    channel.exec(true, "cat; exec >&- 2>&-; exit 0").await.unwrap();
    channel.data(&b"text"[..]).await.unwrap();
    until(&mut channel, "text").await;
    channel.eof().await.unwrap();
    let mut ended = Vec::new();
    while let Some(message) = channel.wait().await {
        match message {
            ChannelMsg::Eof => ended.push("end"),
            ChannelMsg::ExitStatus { exit_status: 0 } => ended.push("status"),
            ChannelMsg::Close => ended.push("close"),
            _ => {}
        }
    }
    assert_eq!(ended, ["end", "status", "close"]);
}

#[tokio::test]
async fn a_shell_on_a_terminal_has_its_kind_and_size_and_hears_of_a_new_one() {
    let lab = Lab::new().await;
    let handle = lab.connect().await;
    let mut channel = handle.channel_open_session().await.unwrap();
    channel.request_pty(true, "vt220", 91, 33, 0, 0, &[]).await.unwrap();
    channel.window_change(92, 34, 0, 0).await.unwrap();
    channel.request_shell(true).await.unwrap();
    channel
        .data(&b"PS1= ; stty -echo; trap 'echo new size' WINCH; echo \"[$TERM $(stty size)]\"\n"[..])
        .await
        .unwrap();
    until(&mut channel, "[vt220 34 92]").await;
    channel.window_change(120, 50, 0, 0).await.unwrap();
    channel.data(&b"echo \"[$(stty size)]\"\n"[..]).await.unwrap();
    let seen = until(&mut channel, "[50 120]").await;
    assert!(seen.contains("new size"), "{seen}");
    channel.data(&b"exit 6\n"[..]).await.unwrap();
    assert_eq!(outcome(&mut channel).await.status, Some(6));
}

#[tokio::test]
async fn a_command_gets_a_terminal_when_one_was_asked_for_and_the_end_of_input_is_typed_into_it() {
    let lab = Lab::new().await;
    let handle = lab.connect().await;
    let mut channel = handle.channel_open_session().await.unwrap();
    channel.request_pty(true, "xterm", 80, 24, 0, 0, &[]).await.unwrap();
    channel.exec(true, "test -t 0 && test -t 1 && test -t 2 && cat && echo over").await.unwrap();
    channel.eof().await.unwrap();
    let ran = outcome(&mut channel).await;
    assert!(ran.output.ends_with("over\r\n"), "{ran:?}");
    assert_eq!(ran.status, Some(0));
}

#[tokio::test]
async fn the_sandboxs_own_kind_of_terminal_wins() {
    let lab = Lab::with(|config| config.env.push(("TERM".to_owned(), "dumb".to_owned()))).await;
    let handle = lab.connect().await;
    let mut channel = handle.channel_open_session().await.unwrap();
    channel.request_pty(true, "xterm", 80, 24, 0, 0, &[]).await.unwrap();
    channel.exec(true, "echo [$TERM]").await.unwrap();
    assert_eq!(outcome(&mut channel).await.output, "[dumb]\r\n");
}

#[tokio::test]
async fn variables_are_passed_on_and_what_can_be_none_is_refused() {
    let lab = Lab::new().await;
    let handle = lab.connect().await;
    let mut channel = handle.channel_open_session().await.unwrap();
    for (name, value) in [("LANG", "xx_YY.UTF-8"), ("A B", "no"), ("OWN", "mine")] {
        channel.set_env(true, name, value).await.unwrap();
    }
    let mut answers = Vec::new();
    while answers.len() < 3 {
        match channel.wait().await.unwrap() {
            ChannelMsg::Success => answers.push(true),
            ChannelMsg::Failure => answers.push(false),
            _ => {}
        }
    }
    assert_eq!(answers, [true, false, true]);
    channel.exec(true, "echo $LANG $OWN").await.unwrap();
    assert_eq!(outcome(&mut channel).await, said("xx_YY.UTF-8 mine\n", "", 0));
}

#[tokio::test]
async fn what_is_not_offered_is_refused() {
    let lab = Lab::new().await;
    let handle = lab.connect().await;
    let mut channel = handle.channel_open_session().await.unwrap();
    channel.agent_forward(true).await.unwrap();
    channel.request_x11(true, false, "MIT-MAGIC-COOKIE-1", "00", 0).await.unwrap();
    channel.request_subsystem(true, "netconf").await.unwrap();
    channel.exec(true, b"\xff\xfe".to_vec()).await.unwrap();
    for what in ["agent", "x11", "subsystem", "a command that is no text"] {
        let answer = channel.wait().await.unwrap();
        assert!(matches!(answer, ChannelMsg::Failure), "{what}: {answer:?}");
    }
    channel.exec(true, "echo still here").await.unwrap();
    assert_eq!(outcome(&mut channel).await.output, "still here\n");
}

#[tokio::test]
async fn a_channel_runs_one_program() {
    let lab = Lab::new().await;
    let handle = lab.connect().await;
    let mut channel = handle.channel_open_session().await.unwrap();
    channel.exec(true, "cat").await.unwrap();
    assert!(matches!(channel.wait().await.unwrap(), ChannelMsg::Success));
    channel.exec(true, "echo second").await.unwrap();
    assert!(matches!(channel.wait().await.unwrap(), ChannelMsg::Failure));
    channel.eof().await.unwrap();
    assert_eq!(outcome(&mut channel).await, said("", "", 0));
}

#[tokio::test]
async fn a_background_child_keeps_nobody_waiting_and_lives_on() {
    let lab = Lab::new().await;
    let handle = lab.connect().await;
    let ran = exec(&handle, "sleep 1000 & echo $!").await;
    assert_eq!(ran.status, Some(0));
    let pid = ran.output.trim();
    assert!(std::path::Path::new("/proc").join(pid).exists());
    exec(&handle, &format!("kill {pid}")).await;
    gone(pid).await;
}

#[tokio::test]
async fn whoever_goes_away_hangs_up_on_their_programs() {
    let lab = Lab::new().await;
    let handle = lab.connect().await;
    let channel = handle.channel_open_session().await.unwrap();
    channel
        .exec(true, "trap 'echo hung up > said; exit' HUP; echo $$ > pid; sleep 1000 & wait")
        .await
        .unwrap();
    let terminal = handle.channel_open_session().await.unwrap();
    terminal.request_pty(true, "xterm", 80, 24, 0, 0, &[]).await.unwrap();
    terminal.exec(true, "echo $$ > terminal; exec sleep 1000").await.unwrap();
    let pids = [file(&lab.home("pid")).await, file(&lab.home("terminal")).await];
    handle.disconnect(Disconnect::ByApplication, "", "").await.unwrap();
    assert_eq!(file(&lab.home("said")).await, "hung up\n");
    for pid in pids {
        gone(&pid).await;
    }
}

#[tokio::test]
async fn closing_a_channel_hangs_up_on_its_program_alone() {
    let lab = Lab::new().await;
    let handle = lab.connect().await;
    let channel = handle.channel_open_session().await.unwrap();
    channel.exec(true, "echo $$ > pid; exec sleep 1000").await.unwrap();
    let pid = file(&lab.home("pid")).await;
    channel.close().await.unwrap();
    gone(&pid).await;
    assert_eq!(exec(&handle, "echo others go on").await.output, "others go on\n");
}

#[tokio::test]
async fn a_program_that_reads_nothing_still_hears_signals_and_costs_no_memory() {
    let lab = Lab::new().await;
    let handle = lab.connect().await;
    let mut channel = handle.channel_open_session().await.unwrap();
    channel.exec(true, "exec sleep 1000").await.unwrap();
    let input = vec![b'x'; 8 << 20];
    // Far more than any window: it is taken all the same, and kept on disk.
    tokio::time::timeout(support::PATIENCE, channel.data(&input[..])).await.unwrap().unwrap();
    assert_eq!(exec(&handle, "echo others go on").await.output, "others go on\n");
    channel.signal(Sig::TERM).await.unwrap();
    assert_eq!(outcome(&mut channel).await.signal.as_deref(), Some("TERM"));
}

#[tokio::test]
async fn input_that_comes_before_the_program_wants_it_is_whole() {
    let lab = Lab::new().await;
    let handle = lab.connect().await;
    let mut channel = handle.channel_open_session().await.unwrap();
    channel.exec(true, "until test -e go; do sleep 0.01; done; cksum").await.unwrap();
    let input: Vec<u8> =
        (0..6_000_000u32).map(|index| (index.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    channel.data(&input[..]).await.unwrap();
    channel.eof().await.unwrap();
    std::fs::write(lab.home("input"), &input).unwrap();
    std::fs::write(lab.home("go"), "").unwrap();
    let expected = exec(&handle, "cksum < input").await.output;
    assert_eq!(outcome(&mut channel).await.output, expected);
}

#[tokio::test]
async fn input_and_output_larger_than_any_window_pass_each_other() {
    let lab = Lab::new().await;
    let handle = lab.connect().await;
    let mut channel = handle.channel_open_session().await.unwrap();
    channel.exec(true, "cat").await.unwrap();
    let input = vec![b'y'; 12 << 20];
    let mut writer = channel.make_writer();
    let writing = async {
        writer.write_all(&input).await.unwrap();
        writer.shutdown().await.unwrap();
    };
    let ((), ran) = tokio::join!(writing, outcome(&mut channel));
    assert_eq!((ran.output.len(), ran.status), (input.len(), Some(0)));
}

#[tokio::test]
async fn a_client_that_reads_nothing_holds_up_its_own_program_and_nobody_else() {
    let lab = Lab::new().await;
    let slow = lab.connect().await;
    let channel = slow.channel_open_session().await.unwrap();
    channel.exec(true, "head -c 400000000 /dev/zero; echo > done").await.unwrap();
    let other = lab.connect().await;
    for _ in 0..20 {
        assert_eq!(exec(&other, "echo hello").await.output, "hello\n");
    }
    assert!(!lab.home("done").exists(), "the output went somewhere");
}
