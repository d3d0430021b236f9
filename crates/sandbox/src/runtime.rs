//! The seam between the control plane and whatever holds a sandbox.
//!
//! [`Runtime`] is dyn-compatible: the binary picks a rung, the control plane sees the trait. A further rung (namespaces,
//! containers) is another implementation; tests and callers ask for capabilities, never for the name of a rung.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::future::Future;
use std::io;
use std::path::PathBuf;
use std::pin::Pin;
use std::time::Duration;

use crate::root::SweepReport;
use crate::{Agent, AgentExit, Directories, ToolDirectory};

/// A boxed future, so that [`Runtime`] stays dyn-compatible.
pub type Pending<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// A rung of the ladder of runtimes, lowest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Rung {
    /// Plain processes with a directory tree of their own.
    Process,
    /// Processes with a root, users and process numbers of their own.
    Namespace,
}

impl Rung {
    /// The name shown in `/health` and taken by `--runtime`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Process => "process",
            Self::Namespace => "namespace",
        }
    }
}

impl std::fmt::Display for Rung {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(self.name())
    }
}

/// The one vocabulary of what a sandbox can hold. Tests and suite cases ask for these names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Capability {
    /// Commands run as real processes.
    Exec,
    /// Files are real files.
    Files,
    /// `python3` is there.
    Python,
    /// `node` is there.
    Node,
    /// `ts-node` is there.
    Typescript,
    /// Commands cannot write outside the sandbox's own tree and the host's temporary folder, other trees included.
    WriteConfinement,
    /// `/home/daytona`, `/tmp` and `/workspace` are the sandbox's own for every program, not only for the API.
    OwnRoot,
    /// Other sandboxes' files cannot be read.
    FileIsolation,
    /// Other processes can be neither seen nor signalled.
    PidIsolation,
    /// The network can be blocked; a sandbox whose network is blocked has ports of its own.
    NetworkIsolation,
    /// Files can belong to users other than the sandbox's own.
    MultiUid,
    /// Memory, process and CPU limits hold.
    ResourceLimits,
}

impl Capability {
    /// Every capability there is a word for, in the order `/health` shows them.
    pub const ALL: [Self; 12] = [
        Self::Exec,
        Self::Files,
        Self::Python,
        Self::Node,
        Self::Typescript,
        Self::WriteConfinement,
        Self::OwnRoot,
        Self::FileIsolation,
        Self::PidIsolation,
        Self::NetworkIsolation,
        Self::MultiUid,
        Self::ResourceLimits,
    ];

    /// The wire name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Exec => "exec",
            Self::Files => "files",
            Self::Python => "python",
            Self::Node => "node",
            Self::Typescript => "typescript",
            Self::WriteConfinement => "write-confinement",
            Self::OwnRoot => "own-root",
            Self::FileIsolation => "file-isolation",
            Self::PidIsolation => "pid-isolation",
            Self::NetworkIsolation => "network-isolation",
            Self::MultiUid => "multi-uid",
            Self::ResourceLimits => "resource-limits",
        }
    }
}

impl std::fmt::Display for Capability {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(self.name())
    }
}

/// What one sandbox is asked to be. The control plane keeps it; nothing here outlives the call it is handed to.
#[derive(Clone, Debug)]
pub struct SandboxSpec {
    /// Names the tree: letters, digits, `-`, `_` and `.`, at most 128 bytes.
    pub id: String,
    /// The organization that owns it.
    pub organization: String,
    /// The user it runs as by name; `daytona` unless the client asked otherwise.
    pub user: String,
    /// The snapshot or image it was made from, as the client knows it.
    pub snapshot: String,
    /// The region it claims to be in.
    pub region: String,
    /// The client's environment; wins over what the platform sets.
    pub env: BTreeMap<String, String>,
    /// What it may reach.
    pub network: Network,
    /// Program and arguments that run from every start on; empty for none.
    pub entrypoint: Vec<String>,
    /// Where its commands run that name no place, absolute; its home directory when there is none.
    pub workdir: Option<String>,
    /// Directories it shares with other sandboxes.
    pub volumes: Vec<VolumeMount>,
    /// The image its files begin as, by the name [`Runtime::capture`] was given; `None` for what every sandbox has. It
    /// counts when the sandbox is created, and keeps what is installed in images in sight at every start.
    pub image: Option<String>,
    /// Whether an image is built in it: what is installed goes where sandboxes made from that image find it.
    pub builds: bool,
}

/// A directory that outlives sandboxes, and where one of them sees it. The runtime keeps its files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VolumeMount {
    /// Names the volume as an id names a sandbox.
    pub volume: String,
    /// The part of it that is seen, relative; all of it when there is none.
    pub subpath: Option<String>,
    /// The path inside, absolute and without `.`, `..` and `//`.
    pub target: String,
}

/// What a sandbox may reach. A rung without [`Capability::NetworkIsolation`] cannot block.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Network {
    /// Whatever the host reaches, on the host's own ports.
    #[default]
    Host,
    /// Only itself.
    Blocked,
}

/// What a runtime is handed once. Nothing is read from the server's own environment.
#[derive(Clone, Debug)]
pub struct RuntimeConfig {
    /// The program to start as `<executable> agent`, absolute.
    pub executable: PathBuf,
    /// What the tool directory is assembled from.
    pub tools: ToolDirectory,
    /// The host's `PATH`, behind the tool directory in a sandbox's own.
    pub host_path: OsString,
    /// The shell named by `SHELL`, absolute.
    pub shell: PathBuf,
    /// Folders of the host that commands may write to although they are outside the tree, e.g. `/tmp`.
    pub shared_temp: Vec<PathBuf>,
    /// Whether to confine writes of commands where the kernel can.
    pub confine_writes: bool,
    /// How long an agent may take until it is ready.
    pub start_timeout: Duration,
    /// Handed to every agent as it is, for the program that serves there.
    pub settings: serde_json::Value,
}

impl RuntimeConfig {
    /// A configuration with the usual shell, temporary folders and limits.
    #[must_use]
    pub fn new(executable: PathBuf, tools: ToolDirectory, host_path: OsString) -> Self {
        Self {
            executable,
            tools,
            host_path,
            shell: PathBuf::from("/bin/bash"),
            shared_temp: vec![PathBuf::from("/tmp"), PathBuf::from("/var/tmp")],
            confine_writes: true,
            start_timeout: Duration::from_secs(10),
            settings: serde_json::Value::Null,
        }
    }
}

/// Why a sandbox could not be created or started.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// The id cannot name a directory.
    #[error("`{0}` cannot name a sandbox")]
    InvalidId(String),
    /// There is a tree of that id already.
    #[error("sandbox {0} exists already")]
    Exists(String),
    /// There is no tree of that id.
    #[error("sandbox {0} has no directory")]
    Missing(String),
    /// There is no image of that name.
    #[error("there is no image {0}")]
    NoImage(String),
    /// Its agent runs.
    #[error("sandbox {0} is running already")]
    AlreadyRunning(String),
    /// The runtime is being closed.
    #[error("the runtime is shutting down")]
    Closed,
    /// The directories could not be made.
    #[error("failed to prepare the sandbox's directories: {0}")]
    Directories(#[source] io::Error),
    /// The agent could not be started.
    #[error("failed to start the sandbox's agent: {0}")]
    Spawn(#[source] io::Error),
    /// The agent said why it cannot serve.
    #[error("the sandbox's agent cannot serve: {0}")]
    Refused(String),
    /// The agent ended before it was ready.
    #[error("the sandbox's agent ended before it was ready: {0}")]
    Died(AgentExit),
    /// The agent did not get ready in time.
    #[error("the sandbox's agent was not ready within {0:?}")]
    TimedOut(Duration),
}

/// Why a sandbox's files are still there.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RemoveError {
    /// The id cannot name a directory.
    #[error("`{0}` cannot name a sandbox")]
    InvalidId(String),
    /// It is being started right now.
    #[error("sandbox {0} is being started")]
    Starting(String),
    /// Something in the tree resists.
    #[error("failed to remove the sandbox's files: {0}")]
    Files(#[source] io::Error),
}

/// Why a sandbox's files could not be put away, brought back or copied.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StorageError {
    /// The id cannot name a directory.
    #[error("`{0}` cannot name a sandbox")]
    InvalidId(String),
    /// There are no files of that id.
    #[error("sandbox {0} has no files")]
    Missing(String),
    /// There are files of that id already.
    #[error("sandbox {0} exists already")]
    Exists(String),
    /// It runs, or something else is being done with its files.
    #[error("sandbox {0} is in use")]
    InUse(String),
    /// The runtime is being closed.
    #[error("the runtime is shutting down")]
    Closed,
    /// The file system refused.
    #[error("failed to move the sandbox's files: {0}")]
    Files(#[from] io::Error),
}

/// What holds sandboxes.
pub trait Runtime: Send + Sync + 'static {
    /// Which rung this is.
    fn rung(&self) -> Rung;

    /// What its sandboxes really hold, in the order of [`Capability::ALL`].
    fn capabilities(&self) -> &[Capability];

    /// Where a sandbox's directories are, as the server sees them.
    fn directories(&self, id: &str) -> Option<Directories>;

    /// Makes the directories of a new sandbox; nothing runs yet.
    fn create<'a>(&'a self, spec: &'a SandboxSpec) -> Pending<'a, Result<(), StartError>>;

    /// Starts the agent of a sandbox that was created, and returns when it serves.
    fn start<'a>(&'a self, spec: &'a SandboxSpec) -> Pending<'a, Result<Agent, StartError>>;

    /// Ends whatever still runs in a sandbox and deletes its files, archived ones too. One that is not there is removed already.
    fn remove<'a>(&'a self, id: &'a str) -> Pending<'a, Result<(), RemoveError>>;

    /// Puts the files of a sandbox that does not run away into one compressed file. One that was put away is fine.
    fn archive<'a>(&'a self, id: &'a str) -> Pending<'a, Result<(), StorageError>>;

    /// Brings back exactly the files that were put away, so that the sandbox can be started. One whose files are there is
    /// fine.
    fn restore<'a>(&'a self, id: &'a str) -> Pending<'a, Result<(), StorageError>>;

    /// Makes the files of a new sandbox a copy of another's; nothing runs yet. Programs of a running one are held for the
    /// moment, so that the copy shows one point in time.
    fn duplicate<'a>(&'a self, from: &'a str, spec: &'a SandboxSpec)
    -> Pending<'a, Result<(), StorageError>>;

    /// Stores the files of a sandbox as they are at one point in time, as the image of that name; how many bytes it has
    /// of its own. The sandbox may run: its programs are held for the moment. Images of a data directory stay, and one
    /// that was not captured whole is none.
    fn capture<'a>(&'a self, sandbox: &'a str, image: &'a str) -> Pending<'a, Result<u64, StorageError>>;

    /// Forgets an image. Sandboxes made from it live on; its files go with the last of them. One that is not there is
    /// removed already.
    fn remove_image<'a>(&'a self, image: &'a str) -> Pending<'a, Result<(), StorageError>>;

    /// Deletes the files of a volume no sandbox uses. One that is not there is removed already.
    fn remove_volume<'a>(&'a self, volume: &'a str) -> Pending<'a, Result<(), StorageError>>;

    /// Clears volumes an earlier server left that are not `known`; what could not be cleared, in words. Call it once,
    /// after listening.
    fn sweep_volumes<'a>(&'a self, known: &'a [String]) -> Pending<'a, Vec<String>>;

    /// Clears what a dead server left behind, and what is not `known`: trees by their ids, images by their names. Call it
    /// once, after listening.
    fn sweep<'a>(&'a self, known: &'a [String], images: &'a [String]) -> Pending<'a, SweepReport>;

    /// Ends every agent, giving commands `grace` to end by themselves, then clears what only this run needed.
    fn close(&self, grace: Duration) -> Pending<'_, ()>;
}
