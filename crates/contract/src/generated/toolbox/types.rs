// Generated from `conformance/contract` by `cargo xtask generate`; not edited by hand.

//! Wire types of the toolbox document.
#![allow(missing_docs, reason = "a member without a sentence says all in its name")]
#![allow(
    clippy::doc_markdown,
    clippy::struct_excessive_bools,
    reason = "the wire decides"
)]
use std::collections::BTreeMap;
use serde::{Deserialize, Serialize};
/// `AccessibilityBounds`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct AccessibilityBounds {
    #[serde(rename = "x", default, skip_serializing_if = "Option::is_none")]
    pub x: Option<i64>,
    #[serde(rename = "y", default, skip_serializing_if = "Option::is_none")]
    pub y: Option<i64>,
    #[serde(rename = "width", default, skip_serializing_if = "Option::is_none")]
    pub width: Option<i64>,
    #[serde(rename = "height", default, skip_serializing_if = "Option::is_none")]
    pub height: Option<i64>,
}
/// `AccessibilityInvokeRequest`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct AccessibilityInvokeRequest {
    #[serde(rename = "id", default)]
    pub id: String,
    /// The first action of the element when absent.
    #[serde(rename = "action", default, skip_serializing_if = "Option::is_none")]
    pub action: Option<String>,
}
/// `AccessibilityNodeRequest`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct AccessibilityNodeRequest {
    #[serde(rename = "id", default)]
    pub id: String,
}
/// `AccessibilityNodesResponse`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct AccessibilityNodesResponse {
    #[serde(rename = "matches", default, skip_serializing_if = "Option::is_none")]
    pub matches: Option<Vec<ComputeruseAccessibilityNode>>,
    /// More matched than were returned.
    #[serde(rename = "truncated", default, skip_serializing_if = "Option::is_none")]
    pub truncated: Option<bool>,
}
/// `AccessibilitySetValueRequest`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct AccessibilitySetValueRequest {
    #[serde(rename = "id", default)]
    pub id: String,
    #[serde(rename = "value", default, skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
}
/// `AccessibilityTreeResponse`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct AccessibilityTreeResponse {
    #[serde(rename = "root", default, skip_serializing_if = "Option::is_none")]
    pub root: Option<ComputeruseAccessibilityNode>,
    #[serde(rename = "truncated", default, skip_serializing_if = "Option::is_none")]
    pub truncated: Option<bool>,
}
/// `Chart`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct Chart {
    /// line, scatter, bar, pie, box_and_whisker, composite_chart or unknown.
    #[serde(rename = "type", default, skip_serializing_if = "Option::is_none")]
    pub r#type: Option<String>,
    #[serde(rename = "title", default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Base64.
    #[serde(rename = "png", default, skip_serializing_if = "Option::is_none")]
    pub png: Option<String>,
    #[serde(rename = "x_label", default, skip_serializing_if = "Option::is_none")]
    pub x_label: Option<String>,
    #[serde(rename = "y_label", default, skip_serializing_if = "Option::is_none")]
    pub y_label: Option<String>,
    #[serde(rename = "x_ticks", default, skip_serializing_if = "Option::is_none")]
    pub x_ticks: Option<Vec<f64>>,
    #[serde(rename = "y_ticks", default, skip_serializing_if = "Option::is_none")]
    pub y_ticks: Option<Vec<f64>>,
    #[serde(rename = "x_tick_labels", default, skip_serializing_if = "Option::is_none")]
    pub x_tick_labels: Option<Vec<String>>,
    #[serde(rename = "y_tick_labels", default, skip_serializing_if = "Option::is_none")]
    pub y_tick_labels: Option<Vec<String>>,
    /// linear, categorical, datetime, or the name the plotter gives.
    #[serde(rename = "x_scale", default, skip_serializing_if = "Option::is_none")]
    pub x_scale: Option<String>,
    #[serde(rename = "y_scale", default, skip_serializing_if = "Option::is_none")]
    pub y_scale: Option<String>,
    /// null when the plotter reported none.
    #[serde(rename = "elements", default)]
    pub elements: Option<Vec<ChartElement>>,
}
/// `ChartElement`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct ChartElement {
    #[serde(rename = "label", default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// Pairs of coordinates.
    #[serde(rename = "points", default, skip_serializing_if = "Option::is_none")]
    pub points: Option<Vec<Vec<f64>>>,
    /// A text even where the plotter gave a number.
    #[serde(rename = "value", default, skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    #[serde(rename = "group", default, skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// Degrees a slice spans.
    #[serde(rename = "angle", default, skip_serializing_if = "Option::is_none")]
    pub angle: Option<f64>,
    #[serde(rename = "radius", default, skip_serializing_if = "Option::is_none")]
    pub radius: Option<f64>,
    #[serde(rename = "min", default, skip_serializing_if = "Option::is_none")]
    pub min: Option<f64>,
    #[serde(rename = "first_quartile", default, skip_serializing_if = "Option::is_none")]
    pub first_quartile: Option<f64>,
    #[serde(rename = "median", default, skip_serializing_if = "Option::is_none")]
    pub median: Option<f64>,
    #[serde(rename = "third_quartile", default, skip_serializing_if = "Option::is_none")]
    pub third_quartile: Option<f64>,
    #[serde(rename = "max", default, skip_serializing_if = "Option::is_none")]
    pub max: Option<f64>,
    #[serde(rename = "outliers", default, skip_serializing_if = "Option::is_none")]
    pub outliers: Option<Vec<f64>>,
    #[serde(rename = "type", default, skip_serializing_if = "Option::is_none")]
    pub r#type: Option<String>,
    #[serde(rename = "title", default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    #[serde(rename = "png", default, skip_serializing_if = "Option::is_none")]
    pub png: Option<String>,
    #[serde(rename = "x_label", default, skip_serializing_if = "Option::is_none")]
    pub x_label: Option<String>,
    #[serde(rename = "y_label", default, skip_serializing_if = "Option::is_none")]
    pub y_label: Option<String>,
}
/// `CodeRunArtifacts`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct CodeRunArtifacts {
    #[serde(rename = "charts", default, skip_serializing_if = "Option::is_none")]
    pub charts: Option<Vec<Chart>>,
}
/// `CodeRunRequest`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct CodeRunRequest {
    #[serde(rename = "code")]
    pub code: String,
    /// Exactly python, javascript or typescript.
    #[serde(rename = "language")]
    pub language: String,
    /// Joined by spaces, unquoted, into a shell line.
    #[serde(rename = "argv", default, skip_serializing_if = "Option::is_none")]
    pub argv: Option<Vec<String>>,
    /// Variables added to those of the daemon.
    #[serde(rename = "envs", default, skip_serializing_if = "Option::is_none")]
    pub envs: Option<BTreeMap<String, String>>,
    /// Seconds; absent, null and 0 mean no limit.
    #[serde(rename = "timeout", default, skip_serializing_if = "Option::is_none")]
    pub timeout: Option<i64>,
}
/// `CodeRunResponse`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct CodeRunResponse {
    #[serde(rename = "exitCode")]
    pub exit_code: i64,
    #[serde(rename = "result")]
    pub result: String,
    /// Absent when there is no chart.
    #[serde(rename = "artifacts", default, skip_serializing_if = "Option::is_none")]
    pub artifacts: Option<CodeRunArtifacts>,
}
/// `Command`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct Command {
    #[serde(rename = "id")]
    pub id: String,
    #[serde(rename = "command")]
    pub command: String,
    /// Absent until the command has ended.
    #[serde(rename = "exitCode", default, skip_serializing_if = "Option::is_none")]
    pub exit_code: Option<i64>,
}
/// `CompletionContext`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct CompletionContext {
    #[serde(rename = "triggerKind")]
    pub trigger_kind: i64,
    #[serde(
        rename = "triggerCharacter",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub trigger_character: Option<String>,
}
/// `CompletionItem`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct CompletionItem {
    #[serde(rename = "label")]
    pub label: String,
    /// Number of the LSP completion kind.
    #[serde(rename = "kind", default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<i64>,
    #[serde(rename = "detail", default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// A text or an object, as the language server gave it.
    #[serde(rename = "documentation", default, skip_serializing_if = "Option::is_none")]
    pub documentation: Option<serde_json::Value>,
    #[serde(rename = "sortText", default, skip_serializing_if = "Option::is_none")]
    pub sort_text: Option<String>,
    #[serde(rename = "filterText", default, skip_serializing_if = "Option::is_none")]
    pub filter_text: Option<String>,
    #[serde(rename = "insertText", default, skip_serializing_if = "Option::is_none")]
    pub insert_text: Option<String>,
}
/// `CompletionList`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct CompletionList {
    #[serde(rename = "isIncomplete")]
    pub is_incomplete: bool,
    #[serde(rename = "items")]
    pub items: Vec<CompletionItem>,
}
/// `ComputerUseStartResponse`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct ComputerUseStartResponse {
    #[serde(rename = "message", default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    #[serde(rename = "status", default, skip_serializing_if = "Option::is_none")]
    pub status: Option<BTreeMap<String, ProcessStatus>>,
}
/// `ComputerUseStatusResponse`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct ComputerUseStatusResponse {
    /// active, partial or inactive.
    #[serde(rename = "status", default, skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
}
/// `ComputerUseStopResponse`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct ComputerUseStopResponse {
    #[serde(rename = "message", default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    #[serde(rename = "status", default, skip_serializing_if = "Option::is_none")]
    pub status: Option<BTreeMap<String, ProcessStatus>>,
}
/// `CreateContextRequest`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct CreateContextRequest {
    /// The work directory when absent, null or empty.
    #[serde(rename = "cwd", default, skip_serializing_if = "Option::is_none")]
    pub cwd: Option<String>,
    /// python, the only one.
    #[serde(rename = "language", default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
}
/// `CreateSessionRequest`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct CreateSessionRequest {
    /// Any text except entrypoint.
    #[serde(rename = "sessionId")]
    pub session_id: String,
}
/// Reason of an error as a word.
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
pub enum DaemonErrorCode {
    #[serde(rename = "GIT_AUTH_FAILED")]
    GitAuthFailed,
    #[serde(rename = "GIT_REPO_NOT_FOUND")]
    GitRepoNotFound,
    #[serde(rename = "GIT_BRANCH_NOT_FOUND")]
    GitBranchNotFound,
    #[serde(rename = "GIT_BRANCH_EXISTS")]
    GitBranchExists,
    #[serde(rename = "GIT_PUSH_REJECTED")]
    GitPushRejected,
    #[serde(rename = "GIT_DIRTY_WORKTREE")]
    GitDirtyWorktree,
    #[serde(rename = "GIT_MERGE_CONFLICT")]
    GitMergeConflict,
    #[serde(rename = "GIT_TRANSPORT_FAILED")]
    GitTransportFailed,
    #[serde(rename = "GIT_REMOTE_REJECTED")]
    GitRemoteRejected,
    #[serde(rename = "FILE_NOT_FOUND")]
    FileNotFound,
    #[serde(rename = "FILE_ACCESS_DENIED")]
    FileAccessDenied,
    #[serde(rename = "LSP_SERVER_NOT_INITIALIZED")]
    LspServerNotInitialized,
    #[serde(rename = "PROCESS_EXECUTION_TIMEOUT")]
    ProcessExecutionTimeout,
    #[serde(rename = "PROCESS_NOT_FOUND")]
    ProcessNotFound,
    #[serde(rename = "SESSION_ENDED")]
    SessionEnded,
    #[serde(rename = "COMMAND_ALREADY_COMPLETED")]
    CommandAlreadyCompleted,
    #[serde(rename = "A11Y_UNAVAILABLE")]
    A11YUnavailable,
    #[serde(rename = "RECORDING_STILL_ACTIVE")]
    RecordingStillActive,
    #[serde(rename = "RECORDING_FFMPEG_NOT_FOUND")]
    RecordingFfmpegNotFound,
    #[serde(rename = "BAD_REQUEST")]
    BadRequest,
    #[serde(rename = "INVALID_REQUEST_BODY")]
    InvalidRequestBody,
    #[serde(rename = "UNAUTHORIZED")]
    Unauthorized,
    #[serde(rename = "FORBIDDEN")]
    Forbidden,
    #[serde(rename = "NOT_FOUND")]
    NotFound,
    #[serde(rename = "CONFLICT")]
    Conflict,
    #[serde(rename = "REQUEST_TIMEOUT")]
    RequestTimeout,
    #[serde(rename = "GONE")]
    Gone,
    #[serde(rename = "UNPROCESSABLE_ENTITY")]
    UnprocessableEntity,
    #[serde(rename = "INTERNAL_SERVER_ERROR")]
    InternalServerError,
    #[serde(rename = "INVALID_FILE_PATH")]
    InvalidFilePath,
    #[serde(rename = "FILE_READ_FAILED")]
    FileReadFailed,
}
impl DaemonErrorCode {
    /// Every value, in document order.
    pub const ALL: &'static [Self] = &[
        Self::GitAuthFailed,
        Self::GitRepoNotFound,
        Self::GitBranchNotFound,
        Self::GitBranchExists,
        Self::GitPushRejected,
        Self::GitDirtyWorktree,
        Self::GitMergeConflict,
        Self::GitTransportFailed,
        Self::GitRemoteRejected,
        Self::FileNotFound,
        Self::FileAccessDenied,
        Self::LspServerNotInitialized,
        Self::ProcessExecutionTimeout,
        Self::ProcessNotFound,
        Self::SessionEnded,
        Self::CommandAlreadyCompleted,
        Self::A11YUnavailable,
        Self::RecordingStillActive,
        Self::RecordingFfmpegNotFound,
        Self::BadRequest,
        Self::InvalidRequestBody,
        Self::Unauthorized,
        Self::Forbidden,
        Self::NotFound,
        Self::Conflict,
        Self::RequestTimeout,
        Self::Gone,
        Self::UnprocessableEntity,
        Self::InternalServerError,
        Self::InvalidFilePath,
        Self::FileReadFailed,
    ];
    /// The value on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::GitAuthFailed => "GIT_AUTH_FAILED",
            Self::GitRepoNotFound => "GIT_REPO_NOT_FOUND",
            Self::GitBranchNotFound => "GIT_BRANCH_NOT_FOUND",
            Self::GitBranchExists => "GIT_BRANCH_EXISTS",
            Self::GitPushRejected => "GIT_PUSH_REJECTED",
            Self::GitDirtyWorktree => "GIT_DIRTY_WORKTREE",
            Self::GitMergeConflict => "GIT_MERGE_CONFLICT",
            Self::GitTransportFailed => "GIT_TRANSPORT_FAILED",
            Self::GitRemoteRejected => "GIT_REMOTE_REJECTED",
            Self::FileNotFound => "FILE_NOT_FOUND",
            Self::FileAccessDenied => "FILE_ACCESS_DENIED",
            Self::LspServerNotInitialized => "LSP_SERVER_NOT_INITIALIZED",
            Self::ProcessExecutionTimeout => "PROCESS_EXECUTION_TIMEOUT",
            Self::ProcessNotFound => "PROCESS_NOT_FOUND",
            Self::SessionEnded => "SESSION_ENDED",
            Self::CommandAlreadyCompleted => "COMMAND_ALREADY_COMPLETED",
            Self::A11YUnavailable => "A11Y_UNAVAILABLE",
            Self::RecordingStillActive => "RECORDING_STILL_ACTIVE",
            Self::RecordingFfmpegNotFound => "RECORDING_FFMPEG_NOT_FOUND",
            Self::BadRequest => "BAD_REQUEST",
            Self::InvalidRequestBody => "INVALID_REQUEST_BODY",
            Self::Unauthorized => "UNAUTHORIZED",
            Self::Forbidden => "FORBIDDEN",
            Self::NotFound => "NOT_FOUND",
            Self::Conflict => "CONFLICT",
            Self::RequestTimeout => "REQUEST_TIMEOUT",
            Self::Gone => "GONE",
            Self::UnprocessableEntity => "UNPROCESSABLE_ENTITY",
            Self::InternalServerError => "INTERNAL_SERVER_ERROR",
            Self::InvalidFilePath => "INVALID_FILE_PATH",
            Self::FileReadFailed => "FILE_READ_FAILED",
        }
    }
}
/// `DisplayInfo`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct DisplayInfo {
    #[serde(rename = "id", default, skip_serializing_if = "Option::is_none")]
    pub id: Option<i64>,
    #[serde(rename = "x", default, skip_serializing_if = "Option::is_none")]
    pub x: Option<i64>,
    #[serde(rename = "y", default, skip_serializing_if = "Option::is_none")]
    pub y: Option<i64>,
    #[serde(rename = "width", default, skip_serializing_if = "Option::is_none")]
    pub width: Option<i64>,
    #[serde(rename = "height", default, skip_serializing_if = "Option::is_none")]
    pub height: Option<i64>,
    /// Always true on real daemons.
    #[serde(rename = "isActive", default, skip_serializing_if = "Option::is_none")]
    pub is_active: Option<bool>,
}
/// `DisplayInfoResponse`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct DisplayInfoResponse {
    #[serde(rename = "displays", default, skip_serializing_if = "Option::is_none")]
    pub displays: Option<Vec<DisplayInfo>>,
    /// Length of displays.
    #[serde(rename = "total_displays", default, skip_serializing_if = "Option::is_none")]
    pub total_displays: Option<i64>,
}
/// An object without members.
pub type Empty = serde_json::Map<String, serde_json::Value>;
/// Body of every error.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct ErrorResponse {
    /// The HTTP status again.
    #[serde(rename = "statusCode")]
    pub status_code: i64,
    /// Text for people; clients search it for known words.
    #[serde(rename = "message")]
    pub message: String,
    /// Always DAYTONA_DAEMON; clients trust code only with it.
    #[serde(rename = "source", default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    #[serde(rename = "code", default, skip_serializing_if = "Option::is_none")]
    pub code: Option<DaemonErrorCode>,
    /// RFC 3339 with fraction.
    #[serde(rename = "timestamp")]
    pub timestamp: String,
    /// Path as the daemon saw it; in a download part, the requested file.
    #[serde(rename = "path")]
    pub path: String,
    #[serde(rename = "method", default, skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
}
/// `ExecuteRequest`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct ExecuteRequest {
    /// Text fed to the standard input of a shell, any number of lines.
    #[serde(rename = "command")]
    pub command: String,
    /// Start directory; the work directory when absent or empty. Not created.
    #[serde(rename = "cwd", default, skip_serializing_if = "Option::is_none")]
    pub cwd: Option<String>,
    /// Seconds; absent, null and 0 mean no limit.
    #[serde(rename = "timeout", default, skip_serializing_if = "Option::is_none")]
    pub timeout: Option<i64>,
    /// Variables added to those of the daemon.
    #[serde(rename = "envs", default, skip_serializing_if = "Option::is_none")]
    pub envs: Option<BTreeMap<String, String>>,
}
/// `ExecuteResponse`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct ExecuteResponse {
    /// Exit status; -1 when it is lost or the shell could not start.
    #[serde(rename = "exitCode")]
    pub exit_code: i64,
    /// Standard output and error in the order of arrival.
    #[serde(rename = "result")]
    pub result: String,
}
/// One file or directory.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct FileInfo {
    /// Last element of the path.
    #[serde(rename = "name")]
    pub name: String,
    /// Only in listings.
    #[serde(rename = "path", default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// Bytes.
    #[serde(rename = "size")]
    pub size: i64,
    /// Type and permission letters, such as -rw-r--r-- or drwxr-xr-x.
    #[serde(rename = "mode")]
    pub mode: String,
    /// Date, time, offset and zone in the Go notation, for old clients.
    #[serde(rename = "modTime")]
    pub mod_time: String,
    /// RFC 3339 with up to nine fraction digits.
    #[serde(rename = "modifiedAt")]
    pub modified_at: String,
    /// Symlinks are followed.
    #[serde(rename = "isDir")]
    pub is_dir: bool,
    /// User number as text.
    #[serde(rename = "owner")]
    pub owner: String,
    /// Group number as text.
    #[serde(rename = "group")]
    pub group: String,
    /// Four octal digits, permission bits only.
    #[serde(rename = "permissions")]
    pub permissions: String,
}
/// `FileStatus`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FileStatus {
    /// Relative to the repository, unquoted.
    #[serde(rename = "name")]
    pub name: String,
    /// Always empty on real daemons.
    #[serde(rename = "extra")]
    pub extra: String,
    #[serde(rename = "staging")]
    pub staging: Status,
    #[serde(rename = "worktree")]
    pub worktree: Status,
}
/// `FilesDownloadRequest`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct FilesDownloadRequest {
    /// Must not be empty.
    #[serde(rename = "paths", default)]
    pub paths: Vec<String>,
}
/// `FindAccessibilityNodesRequest`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct FindAccessibilityNodesRequest {
    /// focused, pid or all; focused when absent.
    #[serde(rename = "scope", default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
    #[serde(rename = "pid", default, skip_serializing_if = "Option::is_none")]
    pub pid: Option<i64>,
    /// Letter case does not matter.
    #[serde(rename = "role", default, skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    /// Letter case matters.
    #[serde(rename = "name", default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// exact, substring or regex; substring when absent.
    #[serde(rename = "nameMatch", default, skip_serializing_if = "Option::is_none")]
    pub name_match: Option<String>,
    /// All of them must hold.
    #[serde(rename = "states", default, skip_serializing_if = "Option::is_none")]
    pub states: Option<Vec<String>>,
    /// 500 when absent, 5000 at most.
    #[serde(rename = "limit", default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<i64>,
}
/// `FsFileResult`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct FsFileResult {
    /// As sent.
    #[serde(rename = "path", default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// Bytes written.
    #[serde(rename = "bytes", default, skip_serializing_if = "Option::is_none")]
    pub bytes: Option<i64>,
}
/// `GitAddRemoteRequest`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct GitAddRemoteRequest {
    #[serde(rename = "path")]
    pub path: String,
    #[serde(rename = "name")]
    pub name: String,
    #[serde(rename = "url")]
    pub url: String,
    /// Fetches right away, without credentials.
    #[serde(rename = "fetch", default, skip_serializing_if = "Option::is_none")]
    pub fetch: Option<bool>,
    /// Replaces a remote of the same name.
    #[serde(rename = "overwrite", default, skip_serializing_if = "Option::is_none")]
    pub overwrite: Option<bool>,
}
/// `GitAddRequest`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct GitAddRequest {
    #[serde(rename = "path")]
    pub path: String,
    /// A dot stands for everything.
    #[serde(rename = "files")]
    pub files: Vec<String>,
}
/// `GitAuthenticateRequest`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct GitAuthenticateRequest {
    #[serde(rename = "username")]
    pub username: String,
    #[serde(rename = "password")]
    pub password: String,
    /// github.com when absent.
    #[serde(rename = "host", default, skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
    /// https when absent.
    #[serde(rename = "protocol", default, skip_serializing_if = "Option::is_none")]
    pub protocol: Option<String>,
}
/// `GitBranchRequest`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct GitBranchRequest {
    #[serde(rename = "path")]
    pub path: String,
    #[serde(rename = "name")]
    pub name: String,
}
/// `GitCheckoutRequest`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct GitCheckoutRequest {
    #[serde(rename = "path")]
    pub path: String,
    #[serde(rename = "branch")]
    pub branch: String,
}
/// `GitCloneRequest`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct GitCloneRequest {
    #[serde(rename = "url")]
    pub url: String,
    #[serde(rename = "path")]
    pub path: String,
    /// Branch name; the one the remote points at when absent. No tags.
    #[serde(rename = "branch", default, skip_serializing_if = "Option::is_none")]
    pub branch: Option<String>,
    /// Full hash to check out.
    #[serde(rename = "commit_id", default, skip_serializing_if = "Option::is_none")]
    pub commit_id: Option<String>,
    #[serde(rename = "username", default, skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    #[serde(rename = "password", default, skip_serializing_if = "Option::is_none")]
    pub password: Option<String>,
    /// Trusts any certificate; false when absent.
    #[serde(
        rename = "insecure_skip_tls",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub insecure_skip_tls: Option<bool>,
    /// Commits of history; 0 for all, negative refused.
    #[serde(rename = "depth", default, skip_serializing_if = "Option::is_none")]
    pub depth: Option<i64>,
}
/// `GitCommitInfo`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct GitCommitInfo {
    #[serde(rename = "hash")]
    pub hash: String,
    #[serde(rename = "author")]
    pub author: String,
    #[serde(rename = "email")]
    pub email: String,
    #[serde(rename = "message")]
    pub message: String,
    /// RFC 3339 in the offset of the commit.
    #[serde(rename = "timestamp")]
    pub timestamp: String,
}
/// `GitCommitRequest`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct GitCommitRequest {
    #[serde(rename = "path")]
    pub path: String,
    #[serde(rename = "message")]
    pub message: String,
    #[serde(rename = "author")]
    pub author: String,
    #[serde(rename = "email")]
    pub email: String,
    /// False when absent.
    #[serde(rename = "allow_empty", default, skip_serializing_if = "Option::is_none")]
    pub allow_empty: Option<bool>,
}
/// `GitCommitResponse`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct GitCommitResponse {
    /// 40 hexadecimal digits.
    #[serde(rename = "hash")]
    pub hash: String,
}
/// `GitConfigResponse`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct GitConfigResponse {
    /// Missing or null for an unset key.
    #[serde(rename = "value", default, skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
}
/// `GitConfigureUserRequest`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct GitConfigureUserRequest {
    #[serde(rename = "name")]
    pub name: String,
    #[serde(rename = "email")]
    pub email: String,
    /// global, local or system; global when absent.
    #[serde(rename = "scope", default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
    /// Repository, for the local scope.
    #[serde(rename = "path", default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
}
/// `GitDeleteBranchRequest`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct GitDeleteBranchRequest {
    #[serde(rename = "path")]
    pub path: String,
    #[serde(rename = "name")]
    pub name: String,
}
/// `GitInitRequest`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct GitInitRequest {
    #[serde(rename = "path")]
    pub path: String,
    /// False when absent.
    #[serde(rename = "bare", default, skip_serializing_if = "Option::is_none")]
    pub bare: Option<bool>,
    /// master when absent.
    #[serde(rename = "initial_branch", default, skip_serializing_if = "Option::is_none")]
    pub initial_branch: Option<String>,
}
/// `GitPullRequest`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct GitPullRequest {
    #[serde(rename = "path")]
    pub path: String,
    #[serde(rename = "username", default, skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    #[serde(rename = "password", default, skip_serializing_if = "Option::is_none")]
    pub password: Option<String>,
    /// origin when absent.
    #[serde(rename = "remote", default, skip_serializing_if = "Option::is_none")]
    pub remote: Option<String>,
    /// The current branch when absent.
    #[serde(rename = "branch", default, skip_serializing_if = "Option::is_none")]
    pub branch: Option<String>,
}
/// `GitPushRequest`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct GitPushRequest {
    #[serde(rename = "path")]
    pub path: String,
    #[serde(rename = "username", default, skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    #[serde(rename = "password", default, skip_serializing_if = "Option::is_none")]
    pub password: Option<String>,
    /// origin when absent.
    #[serde(rename = "remote", default, skip_serializing_if = "Option::is_none")]
    pub remote: Option<String>,
    /// The current branch when absent.
    #[serde(rename = "branch", default, skip_serializing_if = "Option::is_none")]
    pub branch: Option<String>,
    /// Records the pushed branch as upstream.
    #[serde(rename = "set_upstream", default, skip_serializing_if = "Option::is_none")]
    pub set_upstream: Option<bool>,
}
/// `GitRemote`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct GitRemote {
    #[serde(rename = "name")]
    pub name: String,
    /// Without a password.
    #[serde(rename = "url")]
    pub url: String,
}
/// `GitResetRequest`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct GitResetRequest {
    #[serde(rename = "path")]
    pub path: String,
    /// soft, mixed, hard, merge or keep; mixed when absent.
    #[serde(rename = "mode", default, skip_serializing_if = "Option::is_none")]
    pub mode: Option<String>,
    /// Any revision; HEAD when absent.
    #[serde(rename = "target", default, skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// Limits the reset to these paths.
    #[serde(rename = "files", default, skip_serializing_if = "Option::is_none")]
    pub files: Option<Vec<String>>,
}
/// `GitRestoreRequest`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct GitRestoreRequest {
    #[serde(rename = "path")]
    pub path: String,
    /// At least one.
    #[serde(rename = "files")]
    pub files: Vec<String>,
    #[serde(rename = "staged", default, skip_serializing_if = "Option::is_none")]
    pub staged: Option<bool>,
    #[serde(rename = "worktree", default, skip_serializing_if = "Option::is_none")]
    pub worktree: Option<bool>,
    /// Revision; the index (working tree) or HEAD (index) when absent.
    #[serde(rename = "source", default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
}
/// `GitSetConfigRequest`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct GitSetConfigRequest {
    #[serde(rename = "key")]
    pub key: String,
    #[serde(rename = "value")]
    pub value: String,
    /// global, local or system; global when absent.
    #[serde(rename = "scope", default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
    /// Repository, for the local scope.
    #[serde(rename = "path", default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
}
/// `GitStatus`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct GitStatus {
    /// HEAD when no branch is checked out.
    #[serde(rename = "currentBranch")]
    pub current_branch: String,
    #[serde(rename = "fileStatus")]
    pub file_status: Vec<FileStatus>,
    /// Whether an upstream resolves.
    #[serde(
        rename = "branchPublished",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub branch_published: Option<bool>,
    /// Commits the upstream lacks; 0 without one.
    #[serde(rename = "ahead", default, skip_serializing_if = "Option::is_none")]
    pub ahead: Option<i64>,
    /// Commits only the upstream has; 0 without one.
    #[serde(rename = "behind", default, skip_serializing_if = "Option::is_none")]
    pub behind: Option<i64>,
    /// Absent when false.
    #[serde(rename = "detached", default, skip_serializing_if = "Option::is_none")]
    pub detached: Option<bool>,
    /// Remote and branch; absent without one.
    #[serde(rename = "upstream", default, skip_serializing_if = "Option::is_none")]
    pub upstream: Option<String>,
}
/// `InitializeRequest`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct InitializeRequest {
    /// Used for telemetry only; may be empty.
    #[serde(rename = "token", default, skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
}
/// `InterpreterContext`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct InterpreterContext {
    #[serde(rename = "id")]
    pub id: String,
    #[serde(rename = "cwd")]
    pub cwd: String,
    /// RFC 3339.
    #[serde(rename = "createdAt")]
    pub created_at: String,
    /// False after the worker died; the next use starts it anew.
    #[serde(rename = "active")]
    pub active: bool,
    #[serde(rename = "language")]
    pub language: String,
}
/// First and only message of the client.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct InterpreterExecuteRequest {
    /// Not empty.
    #[serde(rename = "code")]
    pub code: String,
    /// The default context when absent or null.
    #[serde(rename = "contextId", default, skip_serializing_if = "Option::is_none")]
    pub context_id: Option<String>,
    /// Seconds; 600 when absent or null, 0 for none.
    #[serde(rename = "timeout", default, skip_serializing_if = "Option::is_none")]
    pub timeout: Option<i64>,
    /// Set for this execution only.
    #[serde(rename = "envs", default, skip_serializing_if = "Option::is_none")]
    pub envs: Option<BTreeMap<String, String>>,
}
/// `InterpreterFrameType`.
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
pub enum InterpreterFrameType {
    #[serde(rename = "stdout")]
    Stdout,
    #[serde(rename = "stderr")]
    Stderr,
    #[serde(rename = "error")]
    Error,
    #[serde(rename = "control")]
    Control,
}
impl InterpreterFrameType {
    /// Every value, in document order.
    pub const ALL: &'static [Self] = &[
        Self::Stdout,
        Self::Stderr,
        Self::Error,
        Self::Control,
    ];
    /// The value on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Stdout => "stdout",
            Self::Stderr => "stderr",
            Self::Error => "error",
            Self::Control => "control",
        }
    }
}
/// One message of an execution; all members are always there.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct InterpreterFrame {
    #[serde(rename = "type")]
    pub r#type: InterpreterFrameType,
    /// Output, or completed or interrupted with type control.
    #[serde(rename = "text")]
    pub text: String,
    /// Class of the exception, with type error.
    #[serde(rename = "name")]
    pub name: String,
    /// Text of the exception, with type error.
    #[serde(rename = "value")]
    pub value: String,
    #[serde(rename = "traceback")]
    pub traceback: String,
}
/// `IsPortInUseResponse`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct IsPortInUseResponse {
    #[serde(rename = "isInUse", default, skip_serializing_if = "Option::is_none")]
    pub is_in_use: Option<bool>,
}
/// `KeyboardHotkeyRequest`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct KeyboardHotkeyRequest {
    /// Such as ctrl+shift+t.
    #[serde(rename = "keys", default, skip_serializing_if = "Option::is_none")]
    pub keys: Option<String>,
}
/// `KeyboardKeyDownRequest`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct KeyboardKeyDownRequest {
    #[serde(rename = "key", default)]
    pub key: String,
}
/// `KeyboardKeyUpRequest`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct KeyboardKeyUpRequest {
    #[serde(rename = "key", default)]
    pub key: String,
}
/// `KeyboardPressRequest`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct KeyboardPressRequest {
    #[serde(rename = "key", default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// ctrl, alt, shift and cmd, or their other names.
    #[serde(rename = "modifiers", default, skip_serializing_if = "Option::is_none")]
    pub modifiers: Option<Vec<String>>,
}
/// `KeyboardTypeRequest`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct KeyboardTypeRequest {
    #[serde(rename = "text", default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// Milliseconds after each character.
    #[serde(rename = "delay", default, skip_serializing_if = "Option::is_none")]
    pub delay: Option<i64>,
}
/// `ListBranchResponse`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct ListBranchResponse {
    #[serde(rename = "branches")]
    pub branches: Vec<String>,
    /// Absent when no branch is checked out.
    #[serde(rename = "current", default, skip_serializing_if = "Option::is_none")]
    pub current: Option<String>,
}
/// `ListContextsResponse`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct ListContextsResponse {
    #[serde(rename = "contexts")]
    pub contexts: Vec<InterpreterContext>,
}
/// `ListRecordingsResponse`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct ListRecordingsResponse {
    #[serde(rename = "recordings")]
    pub recordings: Vec<Recording>,
}
/// `ListRemotesResponse`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct ListRemotesResponse {
    #[serde(rename = "remotes")]
    pub remotes: Vec<GitRemote>,
}
/// `LspCompletionParams`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct LspCompletionParams {
    #[serde(rename = "languageId")]
    pub language_id: String,
    #[serde(rename = "pathToProject")]
    pub path_to_project: String,
    #[serde(rename = "uri")]
    pub uri: String,
    #[serde(rename = "position")]
    pub position: LspPosition,
    #[serde(rename = "context", default, skip_serializing_if = "Option::is_none")]
    pub context: Option<CompletionContext>,
}
/// `LspDocumentRequest`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct LspDocumentRequest {
    #[serde(rename = "languageId")]
    pub language_id: String,
    #[serde(rename = "pathToProject")]
    pub path_to_project: String,
    /// file:// and a path; a relative one starts at the work directory.
    #[serde(rename = "uri")]
    pub uri: String,
}
/// `LspLocation`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct LspLocation {
    #[serde(rename = "range")]
    pub range: LspRange,
    #[serde(rename = "uri")]
    pub uri: String,
}
/// `LspPosition`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct LspPosition {
    /// Counted from 0.
    #[serde(rename = "line", default)]
    pub line: i64,
    /// Counted from 0.
    #[serde(rename = "character", default)]
    pub character: i64,
}
/// `LspRange`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct LspRange {
    #[serde(rename = "start")]
    pub start: LspPosition,
    #[serde(rename = "end")]
    pub end: LspPosition,
}
/// `LspServerRequest`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct LspServerRequest {
    #[serde(rename = "languageId")]
    pub language_id: String,
    #[serde(rename = "pathToProject")]
    pub path_to_project: String,
}
/// `LspSymbol`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct LspSymbol {
    /// Number of the LSP symbol kind.
    #[serde(rename = "kind")]
    pub kind: i64,
    #[serde(rename = "location")]
    pub location: LspLocation,
    #[serde(rename = "name")]
    pub name: String,
}
/// `Match`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct Match {
    #[serde(rename = "file")]
    pub file: String,
    /// Counted from 1.
    #[serde(rename = "line")]
    pub line: i64,
    /// The whole line without its end.
    #[serde(rename = "content")]
    pub content: String,
}
/// `MouseClickRequest`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct MouseClickRequest {
    #[serde(rename = "x", default, skip_serializing_if = "Option::is_none")]
    pub x: Option<i64>,
    #[serde(rename = "y", default, skip_serializing_if = "Option::is_none")]
    pub y: Option<i64>,
    /// left, right or middle in any letter case; left when absent.
    #[serde(rename = "button", default, skip_serializing_if = "Option::is_none")]
    pub button: Option<String>,
    #[serde(rename = "double", default, skip_serializing_if = "Option::is_none")]
    pub double: Option<bool>,
    /// Number of clicks, from 1.
    #[serde(rename = "clicks", default, skip_serializing_if = "Option::is_none")]
    pub clicks: Option<i64>,
    /// Held during the click.
    #[serde(rename = "modifiers", default, skip_serializing_if = "Option::is_none")]
    pub modifiers: Option<Vec<String>>,
}
/// `MouseClickResponse`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct MouseClickResponse {
    #[serde(rename = "x", default, skip_serializing_if = "Option::is_none")]
    pub x: Option<i64>,
    #[serde(rename = "y", default, skip_serializing_if = "Option::is_none")]
    pub y: Option<i64>,
}
/// `MouseDownRequest`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct MouseDownRequest {
    #[serde(rename = "x", default, skip_serializing_if = "Option::is_none")]
    pub x: Option<i64>,
    #[serde(rename = "y", default, skip_serializing_if = "Option::is_none")]
    pub y: Option<i64>,
    /// left, right or middle.
    #[serde(rename = "button", default, skip_serializing_if = "Option::is_none")]
    pub button: Option<String>,
}
/// `MouseDragRequest`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct MouseDragRequest {
    #[serde(rename = "startX", default, skip_serializing_if = "Option::is_none")]
    pub start_x: Option<i64>,
    #[serde(rename = "startY", default, skip_serializing_if = "Option::is_none")]
    pub start_y: Option<i64>,
    #[serde(rename = "endX", default, skip_serializing_if = "Option::is_none")]
    pub end_x: Option<i64>,
    #[serde(rename = "endY", default, skip_serializing_if = "Option::is_none")]
    pub end_y: Option<i64>,
    /// left, right or middle; left when absent.
    #[serde(rename = "button", default, skip_serializing_if = "Option::is_none")]
    pub button: Option<String>,
    /// Held during the drag.
    #[serde(rename = "modifiers", default, skip_serializing_if = "Option::is_none")]
    pub modifiers: Option<Vec<String>>,
}
/// `MouseDragResponse`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct MouseDragResponse {
    #[serde(rename = "x", default, skip_serializing_if = "Option::is_none")]
    pub x: Option<i64>,
    #[serde(rename = "y", default, skip_serializing_if = "Option::is_none")]
    pub y: Option<i64>,
}
/// `MouseMoveRequest`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct MouseMoveRequest {
    #[serde(rename = "x", default, skip_serializing_if = "Option::is_none")]
    pub x: Option<i64>,
    #[serde(rename = "y", default, skip_serializing_if = "Option::is_none")]
    pub y: Option<i64>,
}
/// `MousePositionResponse`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct MousePositionResponse {
    #[serde(rename = "x", default, skip_serializing_if = "Option::is_none")]
    pub x: Option<i64>,
    #[serde(rename = "y", default, skip_serializing_if = "Option::is_none")]
    pub y: Option<i64>,
}
/// `MouseScrollRequest`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct MouseScrollRequest {
    #[serde(rename = "x", default, skip_serializing_if = "Option::is_none")]
    pub x: Option<i64>,
    #[serde(rename = "y", default, skip_serializing_if = "Option::is_none")]
    pub y: Option<i64>,
    /// up or down.
    #[serde(rename = "direction", default, skip_serializing_if = "Option::is_none")]
    pub direction: Option<String>,
    /// Wheel steps; 0 counts as 1.
    #[serde(rename = "amount", default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<i64>,
    /// Held during the scroll.
    #[serde(rename = "modifiers", default, skip_serializing_if = "Option::is_none")]
    pub modifiers: Option<Vec<String>>,
}
/// `MouseUpRequest`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct MouseUpRequest {
    #[serde(rename = "x", default, skip_serializing_if = "Option::is_none")]
    pub x: Option<i64>,
    #[serde(rename = "y", default, skip_serializing_if = "Option::is_none")]
    pub y: Option<i64>,
    /// left, right or middle.
    #[serde(rename = "button", default, skip_serializing_if = "Option::is_none")]
    pub button: Option<String>,
}
/// `PortList`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct PortList {
    #[serde(rename = "ports", default, skip_serializing_if = "Option::is_none")]
    pub ports: Option<Vec<i64>>,
}
/// `Position`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct Position {
    #[serde(rename = "x", default, skip_serializing_if = "Option::is_none")]
    pub x: Option<i64>,
    #[serde(rename = "y", default, skip_serializing_if = "Option::is_none")]
    pub y: Option<i64>,
}
/// `ProcessErrorsResponse`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct ProcessErrorsResponse {
    #[serde(rename = "processName", default, skip_serializing_if = "Option::is_none")]
    pub process_name: Option<String>,
    #[serde(rename = "errors", default, skip_serializing_if = "Option::is_none")]
    pub errors: Option<String>,
}
/// `ProcessLogsResponse`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct ProcessLogsResponse {
    #[serde(rename = "processName", default, skip_serializing_if = "Option::is_none")]
    pub process_name: Option<String>,
    #[serde(rename = "logs", default, skip_serializing_if = "Option::is_none")]
    pub logs: Option<String>,
}
/// `ProcessRestartResponse`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct ProcessRestartResponse {
    #[serde(rename = "message", default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    #[serde(rename = "processName", default, skip_serializing_if = "Option::is_none")]
    pub process_name: Option<String>,
}
/// `ProcessStatus`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct ProcessStatus {
    #[serde(rename = "running", default, skip_serializing_if = "Option::is_none")]
    pub running: Option<bool>,
    #[serde(rename = "priority", default, skip_serializing_if = "Option::is_none")]
    pub priority: Option<i64>,
    #[serde(rename = "autoRestart", default, skip_serializing_if = "Option::is_none")]
    pub auto_restart: Option<bool>,
    /// null while no process runs.
    #[serde(rename = "pid", default, skip_serializing_if = "Option::is_none")]
    pub pid: Option<i64>,
}
/// `ProcessStatusResponse`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct ProcessStatusResponse {
    #[serde(rename = "processName", default, skip_serializing_if = "Option::is_none")]
    pub process_name: Option<String>,
    #[serde(rename = "running", default, skip_serializing_if = "Option::is_none")]
    pub running: Option<bool>,
}
/// `PtyControlFrameStatus`.
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
pub enum PtyControlFrameStatus {
    #[serde(rename = "connected")]
    Connected,
    #[serde(rename = "exited")]
    Exited,
    #[serde(rename = "error")]
    Error,
}
impl PtyControlFrameStatus {
    /// Every value, in document order.
    pub const ALL: &'static [Self] = &[Self::Connected, Self::Exited, Self::Error];
    /// The value on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Connected => "connected",
            Self::Exited => "exited",
            Self::Error => "error",
        }
    }
}
/// `PtyControlFrameType`.
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
pub enum PtyControlFrameType {
    #[serde(rename = "control")]
    Control,
}
impl PtyControlFrameType {
    /// Every value, in document order.
    pub const ALL: &'static [Self] = &[Self::Control];
    /// The value on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Control => "control",
        }
    }
}
/// A text message about the terminal itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PtyControlFrame {
    /// With status exited.
    #[serde(rename = "exitCode", default, skip_serializing_if = "Option::is_none")]
    pub exit_code: Option<i64>,
    /// With status exited and a code other than 0.
    #[serde(rename = "exitReason", default, skip_serializing_if = "Option::is_none")]
    pub exit_reason: Option<String>,
    /// With status error.
    #[serde(rename = "error", default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    #[serde(rename = "status")]
    pub status: PtyControlFrameStatus,
    #[serde(rename = "type")]
    pub r#type: PtyControlFrameType,
}
/// `PtyCreateRequest`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct PtyCreateRequest {
    /// Not empty; checked by the operation, not while binding.
    #[serde(rename = "id", default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The work directory when absent.
    #[serde(rename = "cwd", default, skip_serializing_if = "Option::is_none")]
    pub cwd: Option<String>,
    /// TERM is xterm-256color unless given.
    #[serde(rename = "envs", default, skip_serializing_if = "Option::is_none")]
    pub envs: Option<BTreeMap<String, String>>,
    /// 0 to 1000; 80 when absent.
    #[serde(rename = "cols", default, skip_serializing_if = "Option::is_none")]
    pub cols: Option<i64>,
    /// 0 to 1000; 24 when absent.
    #[serde(rename = "rows", default, skip_serializing_if = "Option::is_none")]
    pub rows: Option<i64>,
    /// Waits for the first client before starting the shell.
    #[serde(rename = "lazyStart", default, skip_serializing_if = "Option::is_none")]
    pub lazy_start: Option<bool>,
}
/// `PtyCreateResponse`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct PtyCreateResponse {
    #[serde(rename = "sessionId")]
    pub session_id: String,
}
/// Reason of the close frame, as JSON text.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct PtyExitReason {
    #[serde(rename = "exitCode")]
    pub exit_code: i64,
    #[serde(rename = "exitReason", default, skip_serializing_if = "Option::is_none")]
    pub exit_reason: Option<String>,
}
/// `PtyListResponse`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct PtyListResponse {
    #[serde(rename = "sessions")]
    pub sessions: Vec<PtySessionInfo>,
}
/// `PtyResizeRequest`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct PtyResizeRequest {
    #[serde(rename = "cols", default)]
    pub cols: i64,
    #[serde(rename = "rows", default)]
    pub rows: i64,
}
/// `PtySessionInfo`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct PtySessionInfo {
    #[serde(rename = "id")]
    pub id: String,
    #[serde(rename = "cwd")]
    pub cwd: String,
    /// Includes TERM.
    #[serde(rename = "envs")]
    pub envs: BTreeMap<String, String>,
    #[serde(rename = "cols")]
    pub cols: i64,
    #[serde(rename = "rows")]
    pub rows: i64,
    #[serde(rename = "createdAt")]
    pub created_at: String,
    /// False only while a lazy terminal waits for its first client.
    #[serde(rename = "active")]
    pub active: bool,
    #[serde(rename = "lazyStart")]
    pub lazy_start: bool,
}
/// `Recording`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct Recording {
    /// UUID.
    #[serde(rename = "id")]
    pub id: String,
    #[serde(rename = "fileName")]
    pub file_name: String,
    /// Absolute.
    #[serde(rename = "filePath")]
    pub file_path: String,
    /// RFC 3339.
    #[serde(rename = "startTime")]
    pub start_time: String,
    #[serde(rename = "endTime", default, skip_serializing_if = "Option::is_none")]
    pub end_time: Option<String>,
    /// recording, completed or failed.
    #[serde(rename = "status")]
    pub status: String,
    #[serde(
        rename = "durationSeconds",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub duration_seconds: Option<f64>,
    /// Known after the end.
    #[serde(rename = "sizeBytes", default, skip_serializing_if = "Option::is_none")]
    pub size_bytes: Option<i64>,
}
/// `ReplaceRequest`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct ReplaceRequest {
    #[serde(rename = "files")]
    pub files: Vec<String>,
    /// Plain text, not empty.
    #[serde(rename = "pattern")]
    pub pattern: String,
    /// May be empty but must be there.
    #[serde(rename = "newValue")]
    pub new_value: String,
}
/// `ReplaceResult`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct ReplaceResult {
    #[serde(rename = "file", default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    #[serde(rename = "success", default, skip_serializing_if = "Option::is_none")]
    pub success: Option<bool>,
    /// Only for files that failed.
    #[serde(rename = "error", default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}
/// `ScreenshotResponse`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct ScreenshotResponse {
    /// Base64 without a data prefix.
    #[serde(rename = "screenshot", default, skip_serializing_if = "Option::is_none")]
    pub screenshot: Option<String>,
    /// Always with uncompressed captures; otherwise only when asked for.
    #[serde(rename = "cursorPosition", default, skip_serializing_if = "Option::is_none")]
    pub cursor_position: Option<Position>,
    /// Encoded size; compressed captures only.
    #[serde(rename = "sizeBytes", default, skip_serializing_if = "Option::is_none")]
    pub size_bytes: Option<i64>,
    /// Pixels.
    #[serde(rename = "width", default, skip_serializing_if = "Option::is_none")]
    pub width: Option<i64>,
    /// Pixels.
    #[serde(rename = "height", default, skip_serializing_if = "Option::is_none")]
    pub height: Option<i64>,
}
/// `ScrollResponse`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct ScrollResponse {
    #[serde(rename = "success", default, skip_serializing_if = "Option::is_none")]
    pub success: Option<bool>,
}
/// `SearchFilesResponse`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct SearchFilesResponse {
    #[serde(rename = "files")]
    pub files: Vec<String>,
}
/// `Session`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct Session {
    #[serde(rename = "sessionId")]
    pub session_id: String,
    #[serde(rename = "commands")]
    pub commands: Vec<Command>,
}
/// `SessionCommandLogsResponse`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct SessionCommandLogsResponse {
    /// Log text with stream markers.
    #[serde(rename = "output")]
    pub output: String,
    #[serde(rename = "stdout")]
    pub stdout: String,
    #[serde(rename = "stderr")]
    pub stderr: String,
}
/// `SessionExecuteRequest`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct SessionExecuteRequest {
    #[serde(rename = "command")]
    pub command: String,
    /// Answer at once with 202.
    #[serde(rename = "runAsync", default, skip_serializing_if = "Option::is_none")]
    pub run_async: Option<bool>,
    /// Older name of runAsync; either one counts.
    #[serde(rename = "async", default, skip_serializing_if = "Option::is_none")]
    pub r#async: Option<bool>,
    /// Keeps later input out of the log.
    #[serde(
        rename = "suppressInputEcho",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub suppress_input_echo: Option<bool>,
}
/// `SessionExecuteResponse`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct SessionExecuteResponse {
    /// UUID made by the daemon.
    #[serde(rename = "cmdId")]
    pub cmd_id: String,
    /// Log text, with stream markers for clients from 0.27 on.
    #[serde(rename = "output", default)]
    pub output: Option<String>,
    /// null unless the client splits streams (0.167.0 and later).
    #[serde(rename = "stdout", default)]
    pub stdout: Option<String>,
    /// null unless the client splits streams (0.167.0 and later).
    #[serde(rename = "stderr", default)]
    pub stderr: Option<String>,
    /// null while the command runs.
    #[serde(rename = "exitCode", default)]
    pub exit_code: Option<i64>,
}
/// `SessionSendInputRequest`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct SessionSendInputRequest {
    /// Not empty; a line feed is added when missing.
    #[serde(rename = "data")]
    pub data: String,
}
/// `StartRecordingRequest`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct StartRecordingRequest {
    /// 1 to 100 letters, digits, spaces, dots, underscores and hyphens; no dot in front.
    #[serde(rename = "label", default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
}
/// State of a file in git.
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
pub enum Status {
    #[serde(rename = "Unmodified")]
    Unmodified,
    #[serde(rename = "Untracked")]
    Untracked,
    #[serde(rename = "Modified")]
    Modified,
    #[serde(rename = "Added")]
    Added,
    #[serde(rename = "Deleted")]
    Deleted,
    #[serde(rename = "Renamed")]
    Renamed,
    #[serde(rename = "Copied")]
    Copied,
    #[serde(rename = "Updated but unmerged")]
    UpdatedButUnmerged,
}
impl Status {
    /// Every value, in document order.
    pub const ALL: &'static [Self] = &[
        Self::Unmodified,
        Self::Untracked,
        Self::Modified,
        Self::Added,
        Self::Deleted,
        Self::Renamed,
        Self::Copied,
        Self::UpdatedButUnmerged,
    ];
    /// The value on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unmodified => "Unmodified",
            Self::Untracked => "Untracked",
            Self::Modified => "Modified",
            Self::Added => "Added",
            Self::Deleted => "Deleted",
            Self::Renamed => "Renamed",
            Self::Copied => "Copied",
            Self::UpdatedButUnmerged => "Updated but unmerged",
        }
    }
}
/// `StopRecordingRequest`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct StopRecordingRequest {
    #[serde(rename = "id", default)]
    pub id: String,
}
/// `SystemMetrics`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct SystemMetrics {
    /// UTC, whole seconds.
    #[serde(rename = "timestamp", default, skip_serializing_if = "Option::is_none")]
    pub timestamp: Option<String>,
    /// The same moment as seconds since 1970.
    #[serde(rename = "timestampUnix", default, skip_serializing_if = "Option::is_none")]
    pub timestamp_unix: Option<i64>,
    /// Limit of the sandbox, rounded up.
    #[serde(rename = "cpuCount", default, skip_serializing_if = "Option::is_none")]
    pub cpu_count: Option<i64>,
    /// Percent of the limit over the last 5 s, 0 to 100; 0 before the first sample.
    #[serde(rename = "cpuUsedPct", default, skip_serializing_if = "Option::is_none")]
    pub cpu_used_pct: Option<f64>,
    /// Bytes.
    #[serde(rename = "memUsed", default, skip_serializing_if = "Option::is_none")]
    pub mem_used: Option<i64>,
    /// Bytes; 0 without a limit.
    #[serde(rename = "memTotal", default, skip_serializing_if = "Option::is_none")]
    pub mem_total: Option<i64>,
    /// Bytes of page cache.
    #[serde(rename = "memCache", default, skip_serializing_if = "Option::is_none")]
    pub mem_cache: Option<i64>,
    /// Bytes.
    #[serde(rename = "diskUsed", default, skip_serializing_if = "Option::is_none")]
    pub disk_used: Option<i64>,
    /// Bytes of the root file system.
    #[serde(rename = "diskTotal", default, skip_serializing_if = "Option::is_none")]
    pub disk_total: Option<i64>,
    /// Bytes an ordinary user may still take.
    #[serde(rename = "diskFree", default, skip_serializing_if = "Option::is_none")]
    pub disk_free: Option<i64>,
}
/// `UpdateEnvRequest`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct UpdateEnvRequest {
    /// Applied last.
    #[serde(rename = "set", default, skip_serializing_if = "Option::is_none")]
    pub set: Option<BTreeMap<String, String>>,
    /// Names to drop; set may bring them back.
    #[serde(rename = "unset", default, skip_serializing_if = "Option::is_none")]
    pub unset: Option<Vec<String>>,
    /// Variables whose value begins with this text go, unless set names them.
    #[serde(
        rename = "unsetValuePrefix",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub unset_value_prefix: Option<String>,
}
/// Outcome of a bulk upload.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct UploadFilesResponse {
    /// Files written, in the order they were finished; null when there are none.
    #[serde(rename = "files", default, skip_serializing_if = "Option::is_none")]
    pub files: Option<Vec<FsFileResult>>,
    /// One text for each failure; only with status 400.
    #[serde(rename = "errors", default, skip_serializing_if = "Option::is_none")]
    pub errors: Option<Vec<String>>,
}
/// `UploadedFile`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct UploadedFile {
    #[serde(rename = "name")]
    pub name: String,
    /// As requested.
    #[serde(rename = "path")]
    pub path: String,
    /// Always file.
    #[serde(rename = "type")]
    pub r#type: String,
}
/// `UserHomeDirResponse`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct UserHomeDirResponse {
    #[serde(rename = "dir")]
    pub dir: String,
}
/// `WindowInfo`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct WindowInfo {
    #[serde(rename = "id", default, skip_serializing_if = "Option::is_none")]
    pub id: Option<i64>,
    #[serde(rename = "title", default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    #[serde(rename = "x", default, skip_serializing_if = "Option::is_none")]
    pub x: Option<i64>,
    #[serde(rename = "y", default, skip_serializing_if = "Option::is_none")]
    pub y: Option<i64>,
    #[serde(rename = "width", default, skip_serializing_if = "Option::is_none")]
    pub width: Option<i64>,
    #[serde(rename = "height", default, skip_serializing_if = "Option::is_none")]
    pub height: Option<i64>,
    #[serde(rename = "isActive", default, skip_serializing_if = "Option::is_none")]
    pub is_active: Option<bool>,
}
/// `WindowsResponse`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct WindowsResponse {
    #[serde(rename = "windows", default, skip_serializing_if = "Option::is_none")]
    pub windows: Option<Vec<WindowInfo>>,
    /// Length of windows.
    #[serde(rename = "count", default, skip_serializing_if = "Option::is_none")]
    pub count: Option<i64>,
}
/// `WorkDirResponse`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct WorkDirResponse {
    #[serde(rename = "dir")]
    pub dir: String,
}
/// `ComputeruseAccessibilityNode`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct ComputeruseAccessibilityNode {
    /// Bus name, a colon and an object path.
    #[serde(rename = "id", default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    #[serde(rename = "role", default, skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    #[serde(rename = "name", default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    #[serde(rename = "description", default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    #[serde(rename = "bounds", default, skip_serializing_if = "Option::is_none")]
    pub bounds: Option<AccessibilityBounds>,
    /// Lower-case words joined by underscores.
    #[serde(rename = "states", default, skip_serializing_if = "Option::is_none")]
    pub states: Option<Vec<String>>,
    #[serde(rename = "actions", default, skip_serializing_if = "Option::is_none")]
    pub actions: Option<Vec<String>>,
    /// Absent in search results.
    #[serde(rename = "children", default, skip_serializing_if = "Option::is_none")]
    pub children: Option<Vec<ComputeruseAccessibilityNode>>,
}
/// An object whose members are told by the operation.
pub type GinH = serde_json::Map<String, serde_json::Value>;
