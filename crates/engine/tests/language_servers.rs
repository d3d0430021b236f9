//! Language servers as toolbox-files-git-desktop.md §4 describes them: a scripted one, and the real ones where they are
//! installed.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use engine::lsp::{CallError, LspError, Position, Symbol};
use engine::spawn::find_executable;
use engine::{Config, Engine};

/// Far longer than anything here takes when it works.
const SOON: Duration = Duration::from_secs(20);

struct Sandbox {
    directory: tempfile::TempDir,
    engine: Engine,
}

impl Sandbox {
    /// With the scripted server in place of Python's, and a project named `p`.
    fn new() -> Self {
        Self::with(|_| ())
    }

    fn with(change: impl FnOnce(&mut Config)) -> Self {
        Self::build(
            |root, path| {
                let programs = root.join("programs");
                std::fs::create_dir(&programs).unwrap();
                let program = programs.join("pylsp");
                let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fake_language_server.py");
                // A link, because what this process writes another test may be holding open while it forks.
                std::os::unix::fs::symlink(script, program).unwrap();
                format!("{}:{path}", programs.display())
            },
            change,
        )
    }

    /// With the machine's own programs.
    fn real() -> Self {
        Self::build(|_, path| path.to_owned(), |_| ())
    }

    fn build(search_path: impl FnOnce(&Path, &str) -> String, change: impl FnOnce(&mut Config)) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let root = directory.path().canonicalize().unwrap();
        std::fs::create_dir(root.join("p")).unwrap();
        let path = search_path(&root, &std::env::var("PATH").unwrap());
        let mut config = Config::new("test", root.clone(), root.clone(), root.clone());
        config.env =
            vec![("PATH".to_owned(), path), ("HOME".to_owned(), root.to_string_lossy().into_owned())];
        change(&mut config);
        Self { directory, engine: Engine::new(config) }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().canonicalize().unwrap().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        std::fs::create_dir_all(self.path(name).parent().unwrap()).unwrap();
        std::fs::write(self.path(name), text).unwrap();
    }

    /// Process ids of the scripted servers of the project, the oldest first.
    fn servers(&self) -> Vec<String> {
        let ids = std::fs::read_to_string(self.path("p/server.pid")).unwrap_or_default();
        ids.lines().map(ToOwned::to_owned).collect()
    }

    async fn start(&self) -> Result<(), LspError> {
        self.engine.start_language_server("python", "p").await
    }

    async fn symbols(&self, uri: &str) -> Vec<(String, String)> {
        named(self.engine.document_symbols("python", "p", uri).await.unwrap())
    }

    async fn find(&self, query: &str) -> Result<Vec<(String, String)>, LspError> {
        self.engine.workspace_symbols("python", "p", query).await.map(named)
    }
}

fn named(symbols: Vec<Symbol>) -> Vec<(String, String)> {
    symbols.into_iter().map(|symbol| (symbol.name, symbol.uri)).collect()
}

fn pairs<const N: usize>(pairs: [(&str, &str); N]) -> Vec<(String, String)> {
    pairs.map(|(name, uri)| (name.to_owned(), uri.to_owned())).to_vec()
}

fn runs(process_id: &str) -> bool {
    Path::new("/proc").join(process_id).exists()
}

#[tokio::test]
async fn symbols_are_found_under_the_address_the_client_used() {
    let sandbox = Sandbox::new();
    sandbox.write("p/a.py", "one\ntwo\n");
    sandbox.start().await.unwrap();
    let absolute = format!("file://{}", sandbox.path("p/a.py").display());
    for uri in ["file://p/a.py", "p/a.py", &absolute] {
        assert_eq!(sandbox.symbols(uri).await, pairs([("one", uri), ("two", uri)]));
    }
}

#[tokio::test]
async fn a_second_start_does_nothing_and_a_start_after_a_stop_is_a_new_process() {
    let sandbox = Sandbox::new();
    let (first, second) = tokio::join!(sandbox.start(), sandbox.start());
    first.unwrap();
    second.unwrap();
    assert_eq!(sandbox.servers().len(), 1);
    sandbox.engine.stop_language_server("python", "p").await.unwrap();
    assert!(!runs(&sandbox.servers()[0]));
    sandbox.start().await.unwrap();
    assert_eq!(sandbox.servers().len(), 2);
}

#[tokio::test]
async fn a_server_that_does_not_heed_a_stop_is_killed() {
    let sandbox = Sandbox::new();
    sandbox.write("p/stay", "");
    sandbox.start().await.unwrap();
    let begun = Instant::now();
    sandbox.engine.stop_language_server("python", "p").await.unwrap();
    assert!(begun.elapsed() < SOON);
    assert!(!runs(&sandbox.servers()[0]));
}

#[tokio::test]
async fn the_text_of_a_document_is_that_of_the_last_opening() {
    let sandbox = Sandbox::new();
    sandbox.write("p/a b.py", "old\n");
    sandbox.start().await.unwrap();
    let uri = "file://p/a b.py";
    sandbox.engine.open_document("python", "p", uri).await.unwrap();
    sandbox.write("p/a b.py", "new\n");
    assert_eq!(sandbox.symbols(uri).await, pairs([("old", uri)]));
    sandbox.engine.open_document("python", "p", uri).await.unwrap();
    assert_eq!(sandbox.symbols(uri).await, pairs([("new", uri)]));
    for _ in 0..2 {
        sandbox.engine.close_document("python", "p", uri).await.unwrap();
    }
    assert!(matches!(
        sandbox.engine.open_document("python", "p", "file://p/none.py").await,
        Err(error) if error.to_string() == "failed to read file: open p/none.py: no such file or directory"
    ));
}

#[tokio::test]
async fn positions_and_contexts_reach_the_server_as_they_are() {
    let sandbox = Sandbox::new();
    sandbox.write("p/a.py", "");
    sandbox.start().await.unwrap();
    sandbox.engine.open_document("python", "p", "file://p/a.py").await.unwrap();
    let context = serde_json::json!({ "triggerKind": 1 });
    let ask = sandbox.engine.completions("python", "p", "file://p/a.py", Position::default(), Some(context));
    let completions = ask.await.unwrap();
    assert!(!completions.is_incomplete);
    assert_eq!(completions.items[0].label, r#"0:0 v1 {"triggerKind": 1}"#);
}

#[tokio::test]
async fn a_server_that_finds_symbols_is_asked_for_them() {
    let sandbox = Sandbox::new();
    sandbox.write("p/finds-symbols", "");
    sandbox.write("p/a.py", "alpha\nbeta\n");
    sandbox.write("p/b.py", "alpha\n");
    sandbox.start().await.unwrap();
    sandbox.engine.open_document("python", "p", "file://p/a.py").await.unwrap();
    assert_eq!(sandbox.find("alpha").await.unwrap(), pairs([("alpha", "file://p/a.py")]));
    let error = sandbox.find("fail").await.unwrap_err();
    assert_eq!(error.to_string(), "jsonrpc2: code -32000 message: as told");
}

#[tokio::test]
async fn symbols_of_a_project_are_searched_where_the_server_cannot() {
    let sandbox = Sandbox::new();
    sandbox.write("p/a.py", "Unsupported_a\nbeta\n");
    sandbox.write("p/deep/er/b.py", "UNSUPPORTED_b\n");
    sandbox.write("p/node_modules/c.py", "unsupported_c\n");
    sandbox.write("p/d.txt", "unsupported_d\n");
    std::os::unix::fs::symlink("..", sandbox.path("p/deep/circle")).unwrap();
    sandbox.start().await.unwrap();
    sandbox.engine.open_document("python", "p", "file://p/a.py").await.unwrap();
    let found = sandbox.find("unsupported_").await.unwrap();
    let deep = format!("file://{}", sandbox.path("p/deep/er/b.py").display());
    assert_eq!(found, pairs([("Unsupported_a", "file://p/a.py"), ("UNSUPPORTED_b", &deep)]));
    // Also where the server only says so when it is asked.
    sandbox.engine.stop_language_server("python", "p").await.unwrap();
    sandbox.write("p/finds-symbols", "");
    sandbox.start().await.unwrap();
    sandbox.write("p/e.py", "is_unsupported\n");
    assert!(sandbox.find("unsupported").await.unwrap().iter().any(|(name, _)| name == "is_unsupported"));
}

#[tokio::test]
async fn a_crashed_server_fails_what_waits_and_the_next_start_brings_another() {
    let sandbox = Sandbox::new();
    sandbox.write("p/finds-symbols", "");
    for query in ["crash", "babble"] {
        sandbox.start().await.unwrap();
        let asked = tokio::time::timeout(SOON, sandbox.find(query)).await.unwrap();
        assert!(matches!(asked, Err(LspError::Call(CallError::Closed))), "{query}: {asked:?}");
        assert!(matches!(sandbox.find("x").await, Err(LspError::NotStarted)));
    }
    sandbox.start().await.unwrap();
    assert_eq!(sandbox.servers().len(), 3);
    assert_eq!(sandbox.find("x").await.unwrap(), []);
}

#[tokio::test]
async fn a_server_that_does_not_answer_is_not_waited_for_without_end() {
    let sandbox = Sandbox::with(|config| config.language_server_patience = Duration::from_secs(2));
    sandbox.write("p/finds-symbols", "");
    sandbox.start().await.unwrap();
    let error = tokio::time::timeout(SOON, sandbox.find("hang")).await.unwrap().unwrap_err();
    assert_eq!(error.to_string(), "the language server did not answer within 2 seconds");
    sandbox.engine.stop_language_server("python", "p").await.unwrap();
    assert!(!runs(&sandbox.servers()[0]));
}

#[tokio::test]
async fn a_server_that_refuses_to_begin_leaves_nothing_behind() {
    let sandbox = Sandbox::new();
    sandbox.write("p/refuse", "");
    assert!(matches!(sandbox.start().await, Err(LspError::NotBegun)));
    assert!(matches!(sandbox.find("x").await, Err(LspError::NotStarted)));
    assert!(matches!(sandbox.engine.stop_language_server("python", "p").await, Err(LspError::NothingToStop)));
    std::fs::remove_file(sandbox.path("p/refuse")).unwrap();
    sandbox.start().await.unwrap();
}

#[tokio::test]
async fn languages_without_a_server_and_servers_without_a_program_are_told_apart() {
    let sandbox = Sandbox::with(|config| config.env.push(("PATH".to_owned(), "/nowhere".to_owned())));
    for language in ["python", "typescript", "javascript"] {
        let outcome = sandbox.engine.start_language_server(language, "p").await;
        assert!(matches!(outcome, Err(LspError::Start(_))), "{language}: {outcome:?}");
        let asked = sandbox.engine.document_symbols(language, "p", "file:///x").await;
        assert!(matches!(asked, Err(LspError::NotStarted)), "{language}: {asked:?}");
    }
    let outcome = sandbox.engine.start_language_server("cobol", "p").await.unwrap_err();
    assert_eq!(outcome.to_string(), "unsupported language: cobol");
    let stop = sandbox.engine.stop_language_server("cobol", "p").await.unwrap_err();
    assert_eq!(stop.to_string(), "error stopping LSP server");
}

/// Whether a real server is there; says so when it is not.
fn lacks(program: &str) -> bool {
    let lacks = find_executable(program, &std::env::var("PATH").unwrap()).is_none();
    if lacks {
        println!("skipped: {program} is not installed on this machine");
    }
    lacks
}

/// The file every official end-to-end suite opens, its mistake included (toolbox-files-git-desktop.md §9 #13).
const GREETER: &str = "class Greeter:\n    def greet(self, name):\n        return f'hi {name}'\n\ngreeter = Greeter()\ngreeter.\n";

#[tokio::test]
async fn the_real_python_server_knows_a_broken_file() {
    if lacks("pylsp") {
        return;
    }
    let sandbox = Sandbox::real();
    sandbox.write("p/sample.py", GREETER);
    sandbox.start().await.unwrap();
    let uri = "file://p/sample.py";
    sandbox.engine.open_document("python", "p", uri).await.unwrap();
    let symbols = sandbox.symbols(uri).await;
    assert!(symbols.starts_with(&pairs([("Greeter", uri), ("greet", uri)])), "{symbols:?}");
    assert!(sandbox.find("Greeter").await.unwrap().contains(&("Greeter".to_owned(), uri.to_owned())));
    let position = Position { line: 5, character: 8 };
    let completions = sandbox.engine.completions("python", "p", uri, position, None).await.unwrap();
    assert!(completions.items.iter().any(|item| item.insert_text.as_deref() == Some("greet")));
    sandbox.engine.stop_language_server("python", "p").await.unwrap();
}

#[tokio::test]
async fn the_real_typescript_server_knows_both_its_languages() {
    if lacks("typescript-language-server") {
        return;
    }
    for (language, file) in [("typescript", "p/sample.ts"), ("javascript", "p/sample.js")] {
        let sandbox = Sandbox::real();
        let uri = format!("file://{file}");
        sandbox
            .write(file, "export class Greeter { greet() {} }\nconst greeter = new Greeter();\ngreeter.\n");
        sandbox.engine.start_language_server(language, "p").await.unwrap();
        sandbox.engine.open_document(language, "p", &uri).await.unwrap();
        let symbols = named(sandbox.engine.document_symbols(language, "p", &uri).await.unwrap());
        assert!(symbols.contains(&("Greeter".to_owned(), uri.clone())), "{symbols:?}");
        let found = named(sandbox.engine.workspace_symbols(language, "p", "Greeter").await.unwrap());
        assert!(found.contains(&("Greeter".to_owned(), uri.clone())), "{found:?}");
        let position = Position { line: 2, character: 8 };
        let completions = sandbox.engine.completions(language, "p", &uri, position, None).await.unwrap();
        assert!(completions.items.iter().any(|item| item.label == "greet"), "{language}");
        sandbox.engine.stop_language_server(language, "p").await.unwrap();
    }
}
