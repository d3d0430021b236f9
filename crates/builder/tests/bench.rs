//! Builds against a bench that only notes what is asked of it, and keeps files in plain directories.

#![expect(clippy::unwrap_used, reason = "a test ends where what must be is not")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use builder::{
    Bench, BenchError, BuildError, Built, ImageConfig, Log, Program, Recipe, Settings, Stage, Start, Taken,
    build,
};
use jiff::Timestamp;
use lab::FixedClock;

/// Notes what it is asked for.
struct Notes {
    place: tempfile::TempDir,
    begun: Mutex<Vec<String>>,
    ran: Arc<Mutex<Vec<Program>>>,
    alive: Arc<AtomicUsize>,
}

/// A stage whose `/` is a directory.
struct Dir {
    root: PathBuf,
    variables: BTreeMap<String, String>,
    ran: Arc<Mutex<Vec<Program>>>,
    alive: Arc<AtomicUsize>,
}

impl Drop for Dir {
    fn drop(&mut self) {
        self.alive.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Notes {
    fn new() -> Self {
        let place = tempfile::tempdir().unwrap();
        fs::create_dir(place.path().join("scratch")).unwrap();
        Self { place, begun: Mutex::default(), ran: Arc::default(), alive: Arc::default() }
    }

    fn dir(&self, name: &str) -> Dir {
        let root = self.place.path().join(format!("{name}-{}", self.alive.fetch_add(1, Ordering::SeqCst)));
        fs::create_dir_all(root.join("etc")).unwrap();
        fs::write(root.join("etc/passwd"), "root:x:0:0::/root:/bin/sh\napp:x:5:6::/home/app:/bin/sh\n")
            .unwrap();
        fs::write(root.join("etc/group"), "extra:x:7:app\n").unwrap();
        let variables = BTreeMap::from([("PATH".to_owned(), "/usr/bin".to_owned())]);
        Dir { root, variables, ran: Arc::clone(&self.ran), alive: Arc::clone(&self.alive) }
    }

    async fn build(&self, dockerfile: &str, contexts: Vec<PathBuf>) -> Result<Built<Dir>, BuildError> {
        let settings = Settings {
            clock: Arc::new(FixedClock::new(Timestamp::UNIX_EPOCH)),
            scratch: self.place.path().join("scratch"),
            limit: Duration::from_secs(60),
        };
        let log = Log::create(&self.place.path().join("log")).unwrap();
        let built =
            build(self, &Recipe { dockerfile: dockerfile.to_owned(), contexts }, &log, &settings).await;
        assert_eq!(fs::read_dir(self.place.path().join("scratch")).unwrap().count(), 0);
        built
    }

    fn log(&self) -> String {
        fs::read_to_string(self.place.path().join("log")).unwrap()
    }

    fn context(&self, files: &[(&str, &str)]) -> PathBuf {
        let path = self.place.path().join("context.tar");
        let mut archive = tar::Builder::new(fs::File::create(&path).unwrap());
        for (name, text) in files {
            let mut header = tar::Header::new_gnu();
            header.set_size(text.len() as u64);
            header.set_mode(0o640);
            archive.append_data(&mut header, name, text.as_bytes()).unwrap();
        }
        archive.finish().unwrap();
        path
    }
}

impl Bench for Notes {
    type Stage = Dir;

    async fn begin(&self, base: &str) -> Result<Start<Dir>, BenchError> {
        self.begun.lock().unwrap().push(base.to_owned());
        let mut config = ImageConfig::default();
        if base == "known" {
            config.env.insert("FROM_BASE".to_owned(), "yes".to_owned());
            config.cmd = vec!["base".to_owned()];
            config.workdir = Some("/base".to_owned());
        }
        Ok(Start { stage: self.dir("stage"), config, notice: None })
    }

    async fn branch(&self, stage: &Dir) -> Result<Dir, BenchError> {
        self.begun.lock().unwrap().push("branch".to_owned());
        let copy = self.dir("branch");
        let copied =
            std::process::Command::new("cp").arg("-a").arg(stage.root.join(".")).arg(&copy.root).status();
        assert!(copied.unwrap().success());
        Ok(copy)
    }
}

impl Stage for Dir {
    fn variables(&self) -> &BTreeMap<String, String> {
        &self.variables
    }

    async fn run(
        &self,
        program: &Program,
        output: &mut (dyn FnMut(&[u8]) + Send),
    ) -> Result<i32, BenchError> {
        if let [cat, path] = &program.words[..]
            && cat == "cat"
        {
            output(&fs::read(self.root.join(path.trim_start_matches('/'))).unwrap());
            return Ok(0);
        }
        self.ran.lock().unwrap().push(program.clone());
        output(b"half a line");
        output(b" and its end\nlast");
        let line = program.words.last().unwrap();
        Ok(line.strip_prefix("exit ").map_or(0, |code| code.parse().unwrap()))
    }

    async fn make_directory(&self, path: &str) -> Result<(), BenchError> {
        fs::create_dir_all(self.root.join(path.trim_start_matches('/')))
            .map_err(|error| BenchError(error.to_string()))
    }

    async fn is_directory(&self, path: &str) -> Result<bool, BenchError> {
        Ok(self.root.join(path.trim_start_matches('/')).is_dir())
    }

    async fn put(&self, archive: &Path, directory: &str, _keeps_owners: bool) -> Result<(), BenchError> {
        let directory = self.root.join(directory.trim_start_matches('/'));
        fs::create_dir_all(&directory).unwrap();
        let unpacked = std::process::Command::new("tar")
            .arg("-xpf")
            .arg(archive)
            .arg("-C")
            .arg(directory)
            .arg("--no-same-owner")
            .status();
        if unpacked.unwrap().success() { Ok(()) } else { Err(BenchError("tar failed".to_owned())) }
    }

    async fn take(&self, path: &str, archive: &Path) -> Result<Taken, BenchError> {
        let real = self.root.join(path.trim_start_matches('/'));
        let mut builder = tar::Builder::new(fs::File::create(archive).unwrap());
        if real.is_dir() {
            builder.append_dir_all(".", real).unwrap();
            return Ok(Taken::Contents);
        }
        if !real.exists() {
            return Ok(Taken::Nothing);
        }
        builder.append_path_with_name(&real, real.file_name().unwrap()).unwrap();
        Ok(Taken::File)
    }
}

fn read(built: &Built<Dir>, path: &str) -> String {
    fs::read_to_string(built.stage.root.join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

#[tokio::test]
async fn variables_reach_every_instruction_that_takes_them_and_no_other() {
    let notes = Notes::new();
    let dockerfile = "ARG TAG=1
ARG BASE=base:$TAG
FROM $BASE
ARG TAG
ARG DIR=/d
ENV E=$TAG PATH=$DIR/bin:$PATH
ENV E=2 F=$E
WORKDIR $DIR/${E}x
WORKDIR sub
USER app
RUN echo $E $TAG
CMD echo $E
LABEL l=$F
EXPOSE ${E}080
";
    let built = notes.build(dockerfile, vec![]).await.unwrap();
    assert_eq!(*notes.begun.lock().unwrap(), ["base:1"]);
    let config = &built.config;
    assert_eq!(
        (config.env["E"].as_str(), config.env["F"].as_str()),
        ("2", "1"),
        "a line sees what was before it"
    );
    assert_eq!(config.env["PATH"], "/d/bin:/usr/bin");
    assert_eq!(config.workdir.as_deref(), Some("/d/2x/sub"));
    assert_eq!(config.cmd, ["/bin/sh", "-c", "echo $E"], "the shell puts them in when it runs");
    assert_eq!(
        (config.labels["l"].as_str(), config.exposed.as_slice()),
        ("1", ["2080".to_owned()].as_slice())
    );
    let ran = notes.ran.lock().unwrap();
    let [run] = ran.as_slice() else { panic!("{ran:?}") };
    assert_eq!(run.words, ["/bin/sh", "-c", "echo $E $TAG"]);
    assert_eq!(
        (run.env["TAG"].as_str(), run.env["E"].as_str(), run.directory.as_str()),
        ("1", "2", "/d/2x/sub")
    );
    let user = run.user.as_ref().unwrap();
    assert_eq!(
        (user.user, user.group, user.groups.as_slice(), user.home.as_str()),
        (5, 6, [7].as_slice(), "/home/app")
    );
}

#[tokio::test]
async fn only_what_the_last_stage_needs_is_built() {
    let notes = Notes::new();
    let dockerfile = "FROM a AS one
RUN one
FROM b AS unused
RUN unused
FROM one AS two
RUN two
FROM c
COPY --from=two /etc/passwd /got/
";
    let built = notes.build(dockerfile, vec![]).await.unwrap();
    assert_eq!(*notes.begun.lock().unwrap(), ["a", "branch", "c"]);
    let ran: Vec<_> = notes.ran.lock().unwrap().iter().map(|program| program.words[2].clone()).collect();
    assert_eq!(ran, ["one", "two"]);
    assert!(read(&built, "got/passwd").contains("app:"));
    assert_eq!(notes.alive.load(Ordering::SeqCst), 1, "the stages that were copied from are gone");
    drop(built);
    assert_eq!(notes.alive.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn sources_go_where_a_build_tool_puts_them() {
    let notes = Notes::new();
    let files =
        [("a.txt", "a"), ("b.txt", "b"), ("dir/in.txt", "in"), ("dir/deep/d.txt", "d"), ("-n", "dash")];
    let context = notes.context(&files);
    let dockerfile = "FROM x
COPY a.txt /one
COPY a.txt /etc
COPY *.txt /many/
COPY dir /as
COPY dir /with/deeper
COPY . /all
COPY ./dir/../b.txt rel
COPY [\"-n\", \"/dash\"]
WORKDIR /w
COPY a.txt .
COPY a.txt renamed
COPY <<one <<two /docs/
1
one
2
two
COPY --chmod=705 a.txt /mode
";
    let built = notes.build(dockerfile, vec![context]).await.unwrap();
    for (path, text) in [
        ("one", "a"),
        ("etc/a.txt", "a"),
        ("many/a.txt", "a"),
        ("many/b.txt", "b"),
        ("as/in.txt", "in"),
        ("as/deep/d.txt", "d"),
        ("with/deeper/in.txt", "in"),
        ("all/dir/deep/d.txt", "d"),
        ("rel", "b"),
        ("dash", "dash"),
        ("w/a.txt", "a"),
        ("w/renamed", "a"),
        ("docs/one", "1\n"),
        ("docs/two", "2\n"),
    ] {
        assert_eq!(read(&built, path), text, "{path}");
    }
    let mode = |path: &str| {
        std::os::unix::fs::PermissionsExt::mode(
            &fs::metadata(built.stage.root.join(path)).unwrap().permissions(),
        ) & 0o777
    };
    assert_eq!((mode("one"), mode("mode")), (0o640, 0o705));
}

#[tokio::test]
async fn an_image_begins_with_what_its_base_says() {
    let notes = Notes::new();
    let built = notes.build("FROM known\nENV A=$FROM_BASE\nRUN x\n", vec![]).await.unwrap();
    assert_eq!(
        (built.config.env["A"].as_str(), built.config.cmd.as_slice()),
        ("yes", ["base".to_owned()].as_slice())
    );
    assert_eq!(notes.ran.lock().unwrap()[0].directory, "/base");
    let built = notes.build("FROM known\nENTRYPOINT [\"run\"]\n", vec![]).await.unwrap();
    assert_eq!(built.config.command(), ["run"], "the base's arguments mean nothing to another program");
    let built = notes.build("FROM known\nCMD [\"own\"]\nENTRYPOINT run\n", vec![]).await.unwrap();
    assert_eq!(built.config.command(), ["/bin/sh", "-c", "run", "own"]);
    let built = notes.build("FROM x\nSHELL [\"/bin/bash\", \"-ec\"]\nRUN x\nCMD y\n", vec![]).await.unwrap();
    assert_eq!(built.config.cmd, ["/bin/bash", "-ec", "y"]);
}

#[tokio::test]
async fn the_log_tells_each_step_and_where_it_went_wrong() {
    let notes = Notes::new();
    let error = notes.build("FROM x\n\nRUN fine\nRUN exit 4\n", vec![]).await.err().unwrap();
    assert!(matches!(error, BuildError::Failed { line: 4, code: 4, .. }), "{error}");
    let expected = "#1 [internal] load build definition from Dockerfile
#1 DONE 0.0s

#2 [1/3] FROM x
#2 DONE 0.0s

#3 [2/3] RUN fine
#3 0.000 half a line and its end
#3 0.000 last
#3 DONE 0.0s

#4 [3/3] RUN exit 4
#4 0.000 half a line and its end
#4 0.000 last
#4 ERROR: process \"/bin/sh -c exit 4\" did not complete successfully: exit code: 4

Dockerfile:4
--------------------
   2 |     
   3 |     RUN fine
   4 | >>> RUN exit 4
--------------------
ERROR: failed to solve: process \"/bin/sh -c exit 4\" did not complete successfully: exit code: 4
";
    assert_eq!(notes.log(), expected);
    assert_eq!(notes.alive.load(Ordering::SeqCst), 0);
}
