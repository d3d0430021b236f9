// Generated from `conformance/contract` by `cargo xtask generate`; not edited by hand.

//! Wire types of the workspace document.
#![allow(missing_docs, reason = "a member without a sentence says all in its name")]
#![allow(
    clippy::doc_markdown,
    clippy::struct_excessive_bools,
    reason = "the wire decides"
)]
use std::collections::BTreeMap;
use serde::{Deserialize, Serialize};
/// `BuildImage`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct BuildImage {
    #[serde(rename = "name")]
    pub name: String,
    #[serde(rename = "buildInfo")]
    pub build_info: CreateWorkspaceBuild,
}
/// Other members, such as the build configuration, are ignored.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct CreateProject {
    #[serde(rename = "name", default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    #[serde(rename = "image", default, skip_serializing_if = "Option::is_none")]
    pub image: Option<String>,
    #[serde(rename = "user", default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    #[serde(rename = "envVars", default, skip_serializing_if = "Option::is_none")]
    pub env_vars: Option<BTreeMap<String, String>>,
    #[serde(rename = "source", default, skip_serializing_if = "Option::is_none")]
    pub source: Option<ProjectSource>,
}
/// small, medium or large; sizes given one by one win.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize
)]
pub enum CreateWorkspaceClass {
    #[serde(rename = "small")]
    Small,
    #[serde(rename = "medium")]
    Medium,
    #[serde(rename = "large")]
    Large,
}
impl CreateWorkspaceClass {
    /// Every value, in document order.
    pub const ALL: &'static [Self] = &[Self::Small, Self::Medium, Self::Large];
    /// The value on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Small => "small",
            Self::Medium => "medium",
            Self::Large => "large",
        }
    }
}
/// Everything is optional. Unknown members are ignored.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct CreateWorkspace {
    /// The workspace's own id, when the client chooses one (E0, E1).
    #[serde(rename = "id", default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The id, when not given.
    #[serde(rename = "name", default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    #[serde(rename = "target", default, skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// Any image name; the host's root stands in for it where images are not held.
    #[serde(rename = "image", default, skip_serializing_if = "Option::is_none")]
    pub image: Option<String>,
    /// daytona when not given.
    #[serde(rename = "user", default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    #[serde(rename = "env", default, skip_serializing_if = "Option::is_none")]
    pub env: Option<BTreeMap<String, String>>,
    #[serde(rename = "labels", default, skip_serializing_if = "Option::is_none")]
    pub labels: Option<BTreeMap<String, String>>,
    #[serde(rename = "public", default, skip_serializing_if = "Option::is_none")]
    pub public: Option<bool>,
    /// small, medium or large; sizes given one by one win.
    #[serde(rename = "class", default, skip_serializing_if = "Option::is_none")]
    pub class: Option<CreateWorkspaceClass>,
    #[serde(rename = "cpu", default, skip_serializing_if = "Option::is_none")]
    pub cpu: Option<i64>,
    #[serde(rename = "gpu", default, skip_serializing_if = "Option::is_none")]
    pub gpu: Option<i64>,
    #[serde(rename = "memory", default, skip_serializing_if = "Option::is_none")]
    pub memory: Option<i64>,
    #[serde(rename = "disk", default, skip_serializing_if = "Option::is_none")]
    pub disk: Option<i64>,
    /// Minutes; 0 is never.
    #[serde(
        rename = "autoStopInterval",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub auto_stop_interval: Option<i64>,
    /// Minutes; 0 is as late as possible.
    #[serde(
        rename = "autoArchiveInterval",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub auto_archive_interval: Option<i64>,
    #[serde(rename = "volumes", default, skip_serializing_if = "Option::is_none")]
    pub volumes: Option<Vec<WorkspaceVolume>>,
    #[serde(rename = "buildInfo", default, skip_serializing_if = "Option::is_none")]
    pub build_info: Option<CreateWorkspaceBuild>,
    /// E0; at least one.
    #[serde(rename = "projects", default, skip_serializing_if = "Option::is_none")]
    pub projects: Option<Vec<CreateProject>>,
}
/// `CreateWorkspaceBuild`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct CreateWorkspaceBuild {
    #[serde(rename = "dockerfileContent")]
    pub dockerfile_content: String,
    #[serde(rename = "contextHashes", default, skip_serializing_if = "Option::is_none")]
    pub context_hashes: Option<Vec<String>>,
}
/// Body of every error. Clients look for both a numeric statusCode and a message.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct Error {
    #[serde(rename = "path", default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    #[serde(rename = "timestamp", default, skip_serializing_if = "Option::is_none")]
    pub timestamp: Option<String>,
    /// Clients from 0.17 on decide by it, not by the status line.
    #[serde(rename = "statusCode")]
    pub status_code: i64,
    /// Reason phrase; errors of the toolbox have none.
    #[serde(rename = "error", default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    #[serde(rename = "message")]
    pub message: String,
    #[serde(rename = "code", default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
}
/// `ImageState`.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize
)]
pub enum ImageState {
    #[serde(rename = "build_pending")]
    BuildPending,
    #[serde(rename = "building")]
    Building,
    #[serde(rename = "pending")]
    Pending,
    #[serde(rename = "pulling_image")]
    PullingImage,
    #[serde(rename = "pending_validation")]
    PendingValidation,
    #[serde(rename = "validating")]
    Validating,
    #[serde(rename = "active")]
    Active,
    #[serde(rename = "error")]
    Error,
    #[serde(rename = "removing")]
    Removing,
}
impl ImageState {
    /// Every value, in document order.
    pub const ALL: &'static [Self] = &[
        Self::BuildPending,
        Self::Building,
        Self::Pending,
        Self::PullingImage,
        Self::PendingValidation,
        Self::Validating,
        Self::Active,
        Self::Error,
        Self::Removing,
    ];
    /// The value on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::BuildPending => "build_pending",
            Self::Building => "building",
            Self::Pending => "pending",
            Self::PullingImage => "pulling_image",
            Self::PendingValidation => "pending_validation",
            Self::Validating => "validating",
            Self::Active => "active",
            Self::Error => "error",
            Self::Removing => "removing",
        }
    }
}
/// `Image`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Image {
    #[serde(rename = "id")]
    pub id: String,
    #[serde(rename = "organizationId")]
    pub organization_id: String,
    /// Whether every organization may use it.
    #[serde(rename = "general")]
    pub general: bool,
    #[serde(rename = "name")]
    pub name: String,
    #[serde(rename = "enabled")]
    pub enabled: bool,
    #[serde(rename = "state")]
    pub state: ImageState,
    /// GB; null as long as it is not known.
    #[serde(rename = "size", default)]
    pub size: Option<f64>,
    #[serde(rename = "entrypoint", default)]
    pub entrypoint: Option<Vec<String>>,
    #[serde(rename = "errorReason", default)]
    pub error_reason: Option<String>,
    #[serde(rename = "createdAt")]
    pub created_at: String,
    #[serde(rename = "updatedAt")]
    pub updated_at: String,
    #[serde(rename = "lastUsedAt", default)]
    pub last_used_at: Option<String>,
}
/// Clients 0.7 and 0.8 read cmdId and output, later ones id.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct LegacyCommand {
    #[serde(rename = "id")]
    pub id: String,
    /// The same as id.
    #[serde(rename = "cmdId")]
    pub cmd_id: String,
    #[serde(rename = "command")]
    pub command: String,
    /// What it has printed so far, both streams together.
    #[serde(rename = "output")]
    pub output: String,
    /// Absent while the command runs.
    #[serde(rename = "exitCode", default, skip_serializing_if = "Option::is_none")]
    pub exit_code: Option<i64>,
}
/// `LegacyCreateSession`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct LegacyCreateSession {
    #[serde(rename = "sessionId")]
    pub session_id: String,
}
/// `LegacyDirectory`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct LegacyDirectory {
    #[serde(rename = "dir")]
    pub dir: String,
}
/// `LegacyExecute`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct LegacyExecute {
    #[serde(rename = "command")]
    pub command: String,
    /// From 0.7 on.
    #[serde(rename = "cwd", default, skip_serializing_if = "Option::is_none")]
    pub cwd: Option<String>,
    /// Seconds; no limit when absent.
    #[serde(rename = "timeout", default, skip_serializing_if = "Option::is_none")]
    pub timeout: Option<i64>,
}
/// `LegacyExecuted`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct LegacyExecuted {
    #[serde(rename = "exitCode")]
    pub exit_code: i64,
    #[serde(rename = "result")]
    pub result: String,
}
/// `LegacyFileStatus`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct LegacyFileStatus {
    #[serde(rename = "name")]
    pub name: String,
    #[serde(rename = "staging")]
    pub staging: String,
    #[serde(rename = "worktree")]
    pub worktree: String,
    #[serde(rename = "extra")]
    pub extra: String,
}
/// `LegacyGitStatus`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct LegacyGitStatus {
    #[serde(rename = "currentBranch")]
    pub current_branch: String,
    #[serde(rename = "fileStatus")]
    pub file_status: Vec<LegacyFileStatus>,
    /// The same list under the name clients in Python 0.7 to 0.20 look for, a slip in their schema.
    #[serde(rename = "FileStatus[]")]
    pub file_status_: Vec<LegacyFileStatus>,
}
/// `LegacySession`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct LegacySession {
    #[serde(rename = "sessionId")]
    pub session_id: String,
    #[serde(rename = "commands")]
    pub commands: Vec<LegacyCommand>,
}
/// `LegacySessionBegun`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct LegacySessionBegun {
    #[serde(rename = "cmdId")]
    pub cmd_id: String,
}
/// `LegacySessionExecute`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct LegacySessionExecute {
    #[serde(rename = "command")]
    pub command: String,
    /// To 0.16.0.
    #[serde(rename = "async", default, skip_serializing_if = "Option::is_none")]
    pub r#async: Option<bool>,
    /// From 0.16.1 on.
    #[serde(rename = "runAsync", default, skip_serializing_if = "Option::is_none")]
    pub run_async: Option<bool>,
}
/// `LegacySessionExecuted`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct LegacySessionExecuted {
    #[serde(rename = "cmdId")]
    pub cmd_id: String,
    #[serde(rename = "output")]
    pub output: String,
    #[serde(rename = "exitCode")]
    pub exit_code: i64,
}
/// E0's view of the same workspace.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct Project {
    #[serde(rename = "name")]
    pub name: String,
    #[serde(rename = "image")]
    pub image: String,
    #[serde(rename = "user")]
    pub user: String,
    #[serde(rename = "target")]
    pub target: String,
    #[serde(rename = "envVars")]
    pub env_vars: BTreeMap<String, String>,
    #[serde(rename = "workspaceId")]
    pub workspace_id: String,
    #[serde(rename = "repository")]
    pub repository: Repository,
    #[serde(rename = "info")]
    pub info: ProjectInfo,
}
/// `ProjectDirectory`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct ProjectDirectory {
    #[serde(rename = "dir")]
    pub dir: String,
}
/// `ProjectExecute`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct ProjectExecute {
    #[serde(rename = "command")]
    pub command: String,
    /// Seconds; no limit when absent.
    #[serde(rename = "timeout", default, skip_serializing_if = "Option::is_none")]
    pub timeout: Option<i64>,
}
/// Later epochs say exitCode.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct ProjectExecuted {
    #[serde(rename = "code")]
    pub code: i64,
    #[serde(rename = "result")]
    pub result: String,
}
/// `ProjectInfo`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct ProjectInfo {
    #[serde(rename = "name")]
    pub name: String,
    #[serde(rename = "created")]
    pub created: String,
    #[serde(rename = "isRunning")]
    pub is_running: bool,
    #[serde(rename = "workspaceId")]
    pub workspace_id: String,
    /// The same text as in info of the workspace; E0 reads the state from it.
    #[serde(rename = "providerMetadata")]
    pub provider_metadata: String,
}
/// `ProjectSource`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct ProjectSource {
    /// A fixed public example; given back, not cloned.
    #[serde(rename = "repository", default, skip_serializing_if = "Option::is_none")]
    pub repository: Option<serde_json::Map<String, serde_json::Value>>,
}
/// What the client named; nothing of it is fetched. Empty texts when it named none.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct Repository {
    #[serde(rename = "id")]
    pub id: String,
    #[serde(rename = "name")]
    pub name: String,
    #[serde(rename = "owner")]
    pub owner: String,
    #[serde(rename = "branch")]
    pub branch: String,
    #[serde(rename = "sha")]
    pub sha: String,
    #[serde(rename = "source")]
    pub source: String,
    #[serde(rename = "url")]
    pub url: String,
}
/// `WorkspaceClass`.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize
)]
pub enum WorkspaceClass {
    #[serde(rename = "small")]
    Small,
    #[serde(rename = "medium")]
    Medium,
    #[serde(rename = "large")]
    Large,
}
impl WorkspaceClass {
    /// Every value, in document order.
    pub const ALL: &'static [Self] = &[Self::Small, Self::Medium, Self::Large];
    /// The value on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Small => "small",
            Self::Medium => "medium",
            Self::Large => "large",
        }
    }
}
/// One object for every epoch. E0 reads projects, E1 and E2 up to 0.11 the metadata text in info, later ones the members themselves.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Workspace {
    #[serde(rename = "id")]
    pub id: String,
    #[serde(rename = "organizationId")]
    pub organization_id: String,
    #[serde(rename = "name")]
    pub name: String,
    #[serde(rename = "image")]
    pub image: String,
    #[serde(rename = "snapshot", default, skip_serializing_if = "Option::is_none")]
    pub snapshot: Option<String>,
    #[serde(rename = "user")]
    pub user: String,
    #[serde(rename = "env")]
    pub env: BTreeMap<String, String>,
    #[serde(rename = "labels")]
    pub labels: BTreeMap<String, String>,
    #[serde(rename = "public")]
    pub public: bool,
    /// What the client sent, us when it sent none; clients refuse any other.
    #[serde(rename = "target")]
    pub target: String,
    /// Whole cores; clients refuse fractions.
    #[serde(rename = "cpu")]
    pub cpu: i64,
    #[serde(rename = "gpu")]
    pub gpu: i64,
    /// GiB.
    #[serde(rename = "memory")]
    pub memory: i64,
    /// GiB.
    #[serde(rename = "disk")]
    pub disk: i64,
    #[serde(rename = "state")]
    pub state: WorkspaceState,
    #[serde(rename = "desiredState", default, skip_serializing_if = "Option::is_none")]
    pub desired_state: Option<String>,
    #[serde(rename = "errorReason", default, skip_serializing_if = "Option::is_none")]
    pub error_reason: Option<String>,
    #[serde(rename = "snapshotState", default, skip_serializing_if = "Option::is_none")]
    pub snapshot_state: Option<String>,
    #[serde(rename = "class", default, skip_serializing_if = "Option::is_none")]
    pub class: Option<WorkspaceClass>,
    #[serde(rename = "autoStopInterval")]
    pub auto_stop_interval: i64,
    #[serde(rename = "autoArchiveInterval")]
    pub auto_archive_interval: i64,
    #[serde(
        rename = "autoDeleteInterval",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub auto_delete_interval: Option<i64>,
    #[serde(rename = "createdAt")]
    pub created_at: String,
    #[serde(rename = "updatedAt")]
    pub updated_at: String,
    #[serde(rename = "toolboxProxyUrl")]
    pub toolbox_proxy_url: String,
    #[serde(rename = "info")]
    pub info: WorkspaceInfo,
    /// Exactly one, called main.
    #[serde(rename = "projects")]
    pub projects: Vec<Project>,
}
/// `WorkspaceInfo`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct WorkspaceInfo {
    #[serde(rename = "name")]
    pub name: String,
    #[serde(rename = "created")]
    pub created: String,
    /// JSON text, see WorkspaceMetadata. Clients up to 0.20 fail when it is missing or does not parse.
    #[serde(rename = "providerMetadata")]
    pub provider_metadata: String,
    /// Empty.
    #[serde(rename = "projects", default, skip_serializing_if = "Option::is_none")]
    pub projects: Option<Vec<serde_json::Map<String, serde_json::Value>>>,
}
/// `WorkspaceLabels`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct WorkspaceLabels {
    #[serde(rename = "labels")]
    pub labels: BTreeMap<String, String>,
}
/// What providerMetadata parses to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WorkspaceMetadata {
    #[serde(rename = "state")]
    pub state: WorkspaceState,
    /// Clients 0.10 to 0.13 put <port>-<id> and a dot before it for the address of a preview.
    #[serde(rename = "nodeDomain")]
    pub node_domain: String,
    #[serde(rename = "region")]
    pub region: String,
    #[serde(rename = "class")]
    pub class: String,
    #[serde(rename = "updatedAt")]
    pub updated_at: String,
    #[serde(rename = "lastSnapshot", default, skip_serializing_if = "Option::is_none")]
    pub last_snapshot: Option<String>,
    #[serde(rename = "cpu")]
    pub cpu: i64,
    #[serde(rename = "gpu")]
    pub gpu: i64,
    #[serde(rename = "memory")]
    pub memory: i64,
    #[serde(rename = "disk")]
    pub disk: i64,
    #[serde(rename = "autoStopInterval")]
    pub auto_stop_interval: i64,
}
/// `WorkspacePortPreviewUrl`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct WorkspacePortPreviewUrl {
    /// Text can be appended to it; it has neither a query nor a slash at its end.
    #[serde(rename = "url")]
    pub url: String,
    /// For the header X-Daytona-Preview-Token.
    #[serde(rename = "token")]
    pub token: String,
}
/// Builds and pulls are called after images here, after snapshots elsewhere.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize
)]
pub enum WorkspaceState {
    #[serde(rename = "creating")]
    Creating,
    #[serde(rename = "restoring")]
    Restoring,
    #[serde(rename = "destroyed")]
    Destroyed,
    #[serde(rename = "destroying")]
    Destroying,
    #[serde(rename = "started")]
    Started,
    #[serde(rename = "stopped")]
    Stopped,
    #[serde(rename = "starting")]
    Starting,
    #[serde(rename = "stopping")]
    Stopping,
    #[serde(rename = "error")]
    Error,
    #[serde(rename = "build_failed")]
    BuildFailed,
    #[serde(rename = "pending_build")]
    PendingBuild,
    #[serde(rename = "building_image")]
    BuildingImage,
    #[serde(rename = "unknown")]
    Unknown,
    #[serde(rename = "pulling_image")]
    PullingImage,
    #[serde(rename = "archived")]
    Archived,
    #[serde(rename = "archiving")]
    Archiving,
    #[serde(rename = "resizing")]
    Resizing,
    #[serde(rename = "snapshotting")]
    Snapshotting,
    #[serde(rename = "forking")]
    Forking,
    #[serde(rename = "pausing")]
    Pausing,
    #[serde(rename = "paused")]
    Paused,
    #[serde(rename = "resuming")]
    Resuming,
}
impl WorkspaceState {
    /// Every value, in document order.
    pub const ALL: &'static [Self] = &[
        Self::Creating,
        Self::Restoring,
        Self::Destroyed,
        Self::Destroying,
        Self::Started,
        Self::Stopped,
        Self::Starting,
        Self::Stopping,
        Self::Error,
        Self::BuildFailed,
        Self::PendingBuild,
        Self::BuildingImage,
        Self::Unknown,
        Self::PullingImage,
        Self::Archived,
        Self::Archiving,
        Self::Resizing,
        Self::Snapshotting,
        Self::Forking,
        Self::Pausing,
        Self::Paused,
        Self::Resuming,
    ];
    /// The value on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Creating => "creating",
            Self::Restoring => "restoring",
            Self::Destroyed => "destroyed",
            Self::Destroying => "destroying",
            Self::Started => "started",
            Self::Stopped => "stopped",
            Self::Starting => "starting",
            Self::Stopping => "stopping",
            Self::Error => "error",
            Self::BuildFailed => "build_failed",
            Self::PendingBuild => "pending_build",
            Self::BuildingImage => "building_image",
            Self::Unknown => "unknown",
            Self::PullingImage => "pulling_image",
            Self::Archived => "archived",
            Self::Archiving => "archiving",
            Self::Resizing => "resizing",
            Self::Snapshotting => "snapshotting",
            Self::Forking => "forking",
            Self::Pausing => "pausing",
            Self::Paused => "paused",
            Self::Resuming => "resuming",
        }
    }
}
/// `WorkspaceVolume`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct WorkspaceVolume {
    #[serde(rename = "volumeId")]
    pub volume_id: String,
    #[serde(rename = "mountPath")]
    pub mount_path: String,
}
