//! Orphans an agent adopts. Alone in its program, because it collects whatever child ends.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use engine::command::{Request, Script};
use engine::spawn::Reaping;
use engine::{Config, Engine};

#[tokio::test]
async fn adopted_orphans_are_collected_and_commands_keep_their_exit_codes() {
    nix::sys::prctl::set_child_subreaper(true).unwrap();
    let mut config = Config::new("test", "/".into(), "/".into(), "/tmp".into());
    config.env = vec![("PATH".to_owned(), std::env::var("PATH").unwrap())];
    config.reaping = Reaping::All;
    let engine = Arc::new(Engine::new(config));
    for code in 0..10 {
        let text = format!("(exec sleep 0.2 >/dev/null 2>&1) & echo $!; exit {code}");
        let request = Request {
            script: Script::Shell(text),
            directory: String::new(),
            environment: vec![],
            timeout: None,
        };
        let outcome = engine.execute(request).await.unwrap();
        assert_eq!(outcome.exit_code, code);
        let orphan = String::from_utf8(outcome.output.into_bytes().to_vec()).unwrap();
        let process = format!("/proc/{}", orphan.trim());
        assert!(Path::new(&process).exists());
        let gone = async {
            while Path::new(&process).exists() {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(10), gone).await.expect("the orphan stays a zombie");
    }
}
