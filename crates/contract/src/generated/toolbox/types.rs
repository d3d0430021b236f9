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
    #[serde(rename = "height", default, skip_serializing_if = "Option::is_none")]
    pub height: Option<i64>,
    #[serde(rename = "width", default, skip_serializing_if = "Option::is_none")]
    pub width: Option<i64>,
    #[serde(rename = "x", default, skip_serializing_if = "Option::is_none")]
    pub x: Option<i64>,
    #[serde(rename = "y", default, skip_serializing_if = "Option::is_none")]
    pub y: Option<i64>,
}
/// `AccessibilityInvokeRequest`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct AccessibilityInvokeRequest {
    #[serde(rename = "action", default, skip_serializing_if = "Option::is_none")]
    pub action: Option<String>,
    #[serde(rename = "id")]
    pub id: String,
}
/// `AccessibilityNodeRequest`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct AccessibilityNodeRequest {
    #[serde(rename = "id")]
    pub id: String,
}
/// `AccessibilityNodesResponse`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct AccessibilityNodesResponse {
    #[serde(rename = "matches", default, skip_serializing_if = "Option::is_none")]
    pub matches: Option<Vec<ComputeruseAccessibilityNode>>,
    #[serde(rename = "truncated", default, skip_serializing_if = "Option::is_none")]
    pub truncated: Option<bool>,
}
/// `AccessibilitySetValueRequest`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct AccessibilitySetValueRequest {
    #[serde(rename = "id")]
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
    #[serde(rename = "elements", default, skip_serializing_if = "Option::is_none")]
    pub elements: Option<Vec<ChartElement>>,
    #[serde(rename = "png", default, skip_serializing_if = "Option::is_none")]
    pub png: Option<String>,
    #[serde(rename = "title", default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    #[serde(rename = "type", default, skip_serializing_if = "Option::is_none")]
    pub r#type: Option<String>,
    #[serde(rename = "x_label", default, skip_serializing_if = "Option::is_none")]
    pub x_label: Option<String>,
    #[serde(rename = "x_scale", default, skip_serializing_if = "Option::is_none")]
    pub x_scale: Option<String>,
    #[serde(rename = "x_tick_labels", default, skip_serializing_if = "Option::is_none")]
    pub x_tick_labels: Option<Vec<String>>,
    #[serde(rename = "x_ticks", default, skip_serializing_if = "Option::is_none")]
    pub x_ticks: Option<Vec<f64>>,
    #[serde(rename = "y_label", default, skip_serializing_if = "Option::is_none")]
    pub y_label: Option<String>,
    #[serde(rename = "y_scale", default, skip_serializing_if = "Option::is_none")]
    pub y_scale: Option<String>,
    #[serde(rename = "y_tick_labels", default, skip_serializing_if = "Option::is_none")]
    pub y_tick_labels: Option<Vec<String>>,
    #[serde(rename = "y_ticks", default, skip_serializing_if = "Option::is_none")]
    pub y_ticks: Option<Vec<f64>>,
}
/// `ChartElement`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct ChartElement {
    #[serde(rename = "angle", default, skip_serializing_if = "Option::is_none")]
    pub angle: Option<f64>,
    #[serde(rename = "first_quartile", default, skip_serializing_if = "Option::is_none")]
    pub first_quartile: Option<f64>,
    #[serde(rename = "group", default, skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    #[serde(rename = "label", default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    #[serde(rename = "max", default, skip_serializing_if = "Option::is_none")]
    pub max: Option<f64>,
    #[serde(rename = "median", default, skip_serializing_if = "Option::is_none")]
    pub median: Option<f64>,
    #[serde(rename = "min", default, skip_serializing_if = "Option::is_none")]
    pub min: Option<f64>,
    #[serde(rename = "outliers", default, skip_serializing_if = "Option::is_none")]
    pub outliers: Option<Vec<f64>>,
    #[serde(rename = "png", default, skip_serializing_if = "Option::is_none")]
    pub png: Option<String>,
    #[serde(rename = "points", default, skip_serializing_if = "Option::is_none")]
    pub points: Option<Vec<Vec<f64>>>,
    #[serde(rename = "radius", default, skip_serializing_if = "Option::is_none")]
    pub radius: Option<f64>,
    #[serde(rename = "third_quartile", default, skip_serializing_if = "Option::is_none")]
    pub third_quartile: Option<f64>,
    #[serde(rename = "title", default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    #[serde(rename = "type", default, skip_serializing_if = "Option::is_none")]
    pub r#type: Option<String>,
    #[serde(rename = "value", default, skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
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
    #[serde(rename = "argv", default, skip_serializing_if = "Option::is_none")]
    pub argv: Option<Vec<String>>,
    #[serde(rename = "code")]
    pub code: String,
    #[serde(rename = "envs", default, skip_serializing_if = "Option::is_none")]
    pub envs: Option<BTreeMap<String, String>>,
    #[serde(rename = "language")]
    pub language: String,
    #[serde(rename = "timeout", default, skip_serializing_if = "Option::is_none")]
    pub timeout: Option<i64>,
}
/// `CodeRunResponse`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct CodeRunResponse {
    #[serde(rename = "artifacts", default, skip_serializing_if = "Option::is_none")]
    pub artifacts: Option<CodeRunArtifacts>,
    #[serde(rename = "exitCode", default, skip_serializing_if = "Option::is_none")]
    pub exit_code: Option<i64>,
    #[serde(rename = "result", default, skip_serializing_if = "Option::is_none")]
    pub result: Option<String>,
}
/// `Command`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct Command {
    #[serde(rename = "command")]
    pub command: String,
    #[serde(rename = "exitCode", default, skip_serializing_if = "Option::is_none")]
    pub exit_code: Option<i64>,
    #[serde(rename = "id")]
    pub id: String,
}
/// `CompletionContext`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct CompletionContext {
    #[serde(
        rename = "triggerCharacter",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub trigger_character: Option<String>,
    #[serde(rename = "triggerKind")]
    pub trigger_kind: i64,
}
/// `CompletionItem`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct CompletionItem {
    #[serde(rename = "detail", default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    #[serde(rename = "documentation", default, skip_serializing_if = "Option::is_none")]
    pub documentation: Option<serde_json::Value>,
    #[serde(rename = "filterText", default, skip_serializing_if = "Option::is_none")]
    pub filter_text: Option<String>,
    #[serde(rename = "insertText", default, skip_serializing_if = "Option::is_none")]
    pub insert_text: Option<String>,
    #[serde(rename = "kind", default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<i64>,
    #[serde(rename = "label")]
    pub label: String,
    #[serde(rename = "sortText", default, skip_serializing_if = "Option::is_none")]
    pub sort_text: Option<String>,
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
    #[serde(rename = "cwd", default, skip_serializing_if = "Option::is_none")]
    pub cwd: Option<String>,
    #[serde(rename = "language", default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
}
/// `CreateSessionRequest`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct CreateSessionRequest {
    #[serde(rename = "sessionId")]
    pub session_id: String,
}
/// `DaemonErrorCode`.
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
    #[serde(rename = "height", default, skip_serializing_if = "Option::is_none")]
    pub height: Option<i64>,
    #[serde(rename = "id", default, skip_serializing_if = "Option::is_none")]
    pub id: Option<i64>,
    #[serde(rename = "isActive", default, skip_serializing_if = "Option::is_none")]
    pub is_active: Option<bool>,
    #[serde(rename = "width", default, skip_serializing_if = "Option::is_none")]
    pub width: Option<i64>,
    #[serde(rename = "x", default, skip_serializing_if = "Option::is_none")]
    pub x: Option<i64>,
    #[serde(rename = "y", default, skip_serializing_if = "Option::is_none")]
    pub y: Option<i64>,
}
/// `DisplayInfoResponse`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct DisplayInfoResponse {
    #[serde(rename = "displays", default, skip_serializing_if = "Option::is_none")]
    pub displays: Option<Vec<DisplayInfo>>,
}
/// `Empty`.
pub type Empty = serde_json::Map<String, serde_json::Value>;
/// `ErrorResponse`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct ErrorResponse {
    #[serde(rename = "code", default, skip_serializing_if = "Option::is_none")]
    pub code: Option<DaemonErrorCode>,
    #[serde(rename = "message")]
    pub message: String,
    #[serde(rename = "method", default, skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    #[serde(rename = "path")]
    pub path: String,
    #[serde(rename = "source", default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    #[serde(rename = "statusCode")]
    pub status_code: i64,
    #[serde(rename = "timestamp")]
    pub timestamp: String,
}
/// `ExecuteRequest`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct ExecuteRequest {
    #[serde(rename = "command")]
    pub command: String,
    #[serde(rename = "cwd", default, skip_serializing_if = "Option::is_none")]
    pub cwd: Option<String>,
    #[serde(rename = "envs", default, skip_serializing_if = "Option::is_none")]
    pub envs: Option<BTreeMap<String, String>>,
    #[serde(rename = "timeout", default, skip_serializing_if = "Option::is_none")]
    pub timeout: Option<i64>,
}
/// `ExecuteResponse`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct ExecuteResponse {
    #[serde(rename = "exitCode", default, skip_serializing_if = "Option::is_none")]
    pub exit_code: Option<i64>,
    #[serde(rename = "result")]
    pub result: String,
}
/// `FileInfo`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct FileInfo {
    #[serde(rename = "group")]
    pub group: String,
    #[serde(rename = "isDir")]
    pub is_dir: bool,
    #[serde(rename = "modTime")]
    pub mod_time: String,
    #[serde(rename = "mode")]
    pub mode: String,
    #[serde(rename = "modifiedAt")]
    pub modified_at: String,
    #[serde(rename = "name")]
    pub name: String,
    #[serde(rename = "owner")]
    pub owner: String,
    #[serde(rename = "path", default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    #[serde(rename = "permissions")]
    pub permissions: String,
    #[serde(rename = "size")]
    pub size: i64,
}
/// `FileStatus`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FileStatus {
    #[serde(rename = "extra")]
    pub extra: String,
    #[serde(rename = "name")]
    pub name: String,
    #[serde(rename = "staging")]
    pub staging: Status,
    #[serde(rename = "worktree")]
    pub worktree: Status,
}
/// `FilesDownloadRequest`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct FilesDownloadRequest {
    #[serde(rename = "paths")]
    pub paths: Vec<String>,
}
/// `FindAccessibilityNodesRequest`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct FindAccessibilityNodesRequest {
    #[serde(rename = "limit", default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<i64>,
    #[serde(rename = "name", default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    #[serde(rename = "nameMatch", default, skip_serializing_if = "Option::is_none")]
    pub name_match: Option<String>,
    #[serde(rename = "pid", default, skip_serializing_if = "Option::is_none")]
    pub pid: Option<i64>,
    #[serde(rename = "role", default, skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    #[serde(rename = "scope", default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
    #[serde(rename = "states", default, skip_serializing_if = "Option::is_none")]
    pub states: Option<Vec<String>>,
}
/// `FsFileResult`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct FsFileResult {
    #[serde(rename = "path", default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    #[serde(rename = "bytes", default, skip_serializing_if = "Option::is_none")]
    pub bytes: Option<i64>,
}
/// `GitAddRemoteRequest`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct GitAddRemoteRequest {
    #[serde(rename = "fetch", default, skip_serializing_if = "Option::is_none")]
    pub fetch: Option<bool>,
    #[serde(rename = "name")]
    pub name: String,
    #[serde(rename = "overwrite", default, skip_serializing_if = "Option::is_none")]
    pub overwrite: Option<bool>,
    #[serde(rename = "path")]
    pub path: String,
    #[serde(rename = "url")]
    pub url: String,
}
/// `GitAddRequest`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct GitAddRequest {
    #[serde(rename = "files")]
    pub files: Vec<String>,
    #[serde(rename = "path")]
    pub path: String,
}
/// `GitAuthenticateRequest`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct GitAuthenticateRequest {
    #[serde(rename = "host", default, skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
    #[serde(rename = "password")]
    pub password: String,
    #[serde(rename = "protocol", default, skip_serializing_if = "Option::is_none")]
    pub protocol: Option<String>,
    #[serde(rename = "username")]
    pub username: String,
}
/// `GitBranchRequest`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct GitBranchRequest {
    #[serde(rename = "name")]
    pub name: String,
    #[serde(rename = "path")]
    pub path: String,
}
/// `GitCheckoutRequest`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct GitCheckoutRequest {
    #[serde(rename = "branch")]
    pub branch: String,
    #[serde(rename = "path")]
    pub path: String,
}
/// `GitCloneRequest`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct GitCloneRequest {
    #[serde(rename = "branch", default, skip_serializing_if = "Option::is_none")]
    pub branch: Option<String>,
    #[serde(rename = "commit_id", default, skip_serializing_if = "Option::is_none")]
    pub commit_id: Option<String>,
    #[serde(rename = "depth", default, skip_serializing_if = "Option::is_none")]
    pub depth: Option<i64>,
    #[serde(
        rename = "insecure_skip_tls",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub insecure_skip_tls: Option<bool>,
    #[serde(rename = "password", default, skip_serializing_if = "Option::is_none")]
    pub password: Option<String>,
    #[serde(rename = "path")]
    pub path: String,
    #[serde(rename = "url")]
    pub url: String,
    #[serde(rename = "username", default, skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
}
/// `GitCommitInfo`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct GitCommitInfo {
    #[serde(rename = "author")]
    pub author: String,
    #[serde(rename = "email")]
    pub email: String,
    #[serde(rename = "hash")]
    pub hash: String,
    #[serde(rename = "message")]
    pub message: String,
    #[serde(rename = "timestamp")]
    pub timestamp: String,
}
/// `GitCommitRequest`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct GitCommitRequest {
    #[serde(rename = "allow_empty", default, skip_serializing_if = "Option::is_none")]
    pub allow_empty: Option<bool>,
    #[serde(rename = "author")]
    pub author: String,
    #[serde(rename = "email")]
    pub email: String,
    #[serde(rename = "message")]
    pub message: String,
    #[serde(rename = "path")]
    pub path: String,
}
/// `GitCommitResponse`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct GitCommitResponse {
    #[serde(rename = "hash")]
    pub hash: String,
}
/// `GitConfigResponse`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct GitConfigResponse {
    #[serde(rename = "value", default, skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
}
/// `GitConfigureUserRequest`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct GitConfigureUserRequest {
    #[serde(rename = "email")]
    pub email: String,
    #[serde(rename = "name")]
    pub name: String,
    #[serde(rename = "path", default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    #[serde(rename = "scope", default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
}
/// `GitDeleteBranchRequest`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct GitDeleteBranchRequest {
    #[serde(rename = "name")]
    pub name: String,
    #[serde(rename = "path")]
    pub path: String,
}
/// `GitInitRequest`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct GitInitRequest {
    #[serde(rename = "bare", default, skip_serializing_if = "Option::is_none")]
    pub bare: Option<bool>,
    #[serde(rename = "initial_branch", default, skip_serializing_if = "Option::is_none")]
    pub initial_branch: Option<String>,
    #[serde(rename = "path")]
    pub path: String,
}
/// `GitPullRequest`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct GitPullRequest {
    #[serde(rename = "branch", default, skip_serializing_if = "Option::is_none")]
    pub branch: Option<String>,
    #[serde(rename = "password", default, skip_serializing_if = "Option::is_none")]
    pub password: Option<String>,
    #[serde(rename = "path")]
    pub path: String,
    #[serde(rename = "remote", default, skip_serializing_if = "Option::is_none")]
    pub remote: Option<String>,
    #[serde(rename = "username", default, skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
}
/// `GitPushRequest`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct GitPushRequest {
    #[serde(rename = "branch", default, skip_serializing_if = "Option::is_none")]
    pub branch: Option<String>,
    #[serde(rename = "password", default, skip_serializing_if = "Option::is_none")]
    pub password: Option<String>,
    #[serde(rename = "path")]
    pub path: String,
    #[serde(rename = "remote", default, skip_serializing_if = "Option::is_none")]
    pub remote: Option<String>,
    #[serde(rename = "set_upstream", default, skip_serializing_if = "Option::is_none")]
    pub set_upstream: Option<bool>,
    #[serde(rename = "username", default, skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
}
/// `GitRemote`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct GitRemote {
    #[serde(rename = "name")]
    pub name: String,
    #[serde(rename = "url")]
    pub url: String,
}
/// `GitResetRequest`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct GitResetRequest {
    #[serde(rename = "files", default, skip_serializing_if = "Option::is_none")]
    pub files: Option<Vec<String>>,
    #[serde(rename = "mode", default, skip_serializing_if = "Option::is_none")]
    pub mode: Option<String>,
    #[serde(rename = "path")]
    pub path: String,
    #[serde(rename = "target", default, skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
}
/// `GitRestoreRequest`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct GitRestoreRequest {
    #[serde(rename = "files")]
    pub files: Vec<String>,
    #[serde(rename = "path")]
    pub path: String,
    #[serde(rename = "source", default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    #[serde(rename = "staged", default, skip_serializing_if = "Option::is_none")]
    pub staged: Option<bool>,
    #[serde(rename = "worktree", default, skip_serializing_if = "Option::is_none")]
    pub worktree: Option<bool>,
}
/// `GitSetConfigRequest`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct GitSetConfigRequest {
    #[serde(rename = "key")]
    pub key: String,
    #[serde(rename = "path", default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    #[serde(rename = "scope", default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
    #[serde(rename = "value")]
    pub value: String,
}
/// `GitStatus`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct GitStatus {
    #[serde(rename = "ahead", default, skip_serializing_if = "Option::is_none")]
    pub ahead: Option<i64>,
    #[serde(rename = "behind", default, skip_serializing_if = "Option::is_none")]
    pub behind: Option<i64>,
    #[serde(
        rename = "branchPublished",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub branch_published: Option<bool>,
    #[serde(rename = "currentBranch")]
    pub current_branch: String,
    #[serde(rename = "detached", default, skip_serializing_if = "Option::is_none")]
    pub detached: Option<bool>,
    #[serde(rename = "fileStatus")]
    pub file_status: Vec<FileStatus>,
    #[serde(rename = "upstream", default, skip_serializing_if = "Option::is_none")]
    pub upstream: Option<String>,
}
/// `InitializeRequest`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct InitializeRequest {
    #[serde(rename = "token", default, skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
}
/// `InterpreterContext`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct InterpreterContext {
    #[serde(rename = "active")]
    pub active: bool,
    #[serde(rename = "createdAt")]
    pub created_at: String,
    #[serde(rename = "cwd")]
    pub cwd: String,
    #[serde(rename = "id")]
    pub id: String,
    #[serde(rename = "language")]
    pub language: String,
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
    #[serde(rename = "keys", default, skip_serializing_if = "Option::is_none")]
    pub keys: Option<String>,
}
/// `KeyboardKeyDownRequest`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct KeyboardKeyDownRequest {
    #[serde(rename = "key")]
    pub key: String,
}
/// `KeyboardKeyUpRequest`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct KeyboardKeyUpRequest {
    #[serde(rename = "key")]
    pub key: String,
}
/// `KeyboardPressRequest`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct KeyboardPressRequest {
    #[serde(rename = "key", default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    #[serde(rename = "modifiers", default, skip_serializing_if = "Option::is_none")]
    pub modifiers: Option<Vec<String>>,
}
/// `KeyboardTypeRequest`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct KeyboardTypeRequest {
    #[serde(rename = "delay", default, skip_serializing_if = "Option::is_none")]
    pub delay: Option<i64>,
    #[serde(rename = "text", default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
}
/// `ListBranchResponse`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct ListBranchResponse {
    #[serde(rename = "branches")]
    pub branches: Vec<String>,
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
    #[serde(rename = "context", default, skip_serializing_if = "Option::is_none")]
    pub context: Option<CompletionContext>,
    #[serde(rename = "languageId")]
    pub language_id: String,
    #[serde(rename = "pathToProject")]
    pub path_to_project: String,
    #[serde(rename = "position")]
    pub position: LspPosition,
    #[serde(rename = "uri")]
    pub uri: String,
}
/// `LspDocumentRequest`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct LspDocumentRequest {
    #[serde(rename = "languageId")]
    pub language_id: String,
    #[serde(rename = "pathToProject")]
    pub path_to_project: String,
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
    #[serde(rename = "character")]
    pub character: i64,
    #[serde(rename = "line")]
    pub line: i64,
}
/// `LspRange`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct LspRange {
    #[serde(rename = "end")]
    pub end: LspPosition,
    #[serde(rename = "start")]
    pub start: LspPosition,
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
    #[serde(rename = "content")]
    pub content: String,
    #[serde(rename = "file")]
    pub file: String,
    #[serde(rename = "line")]
    pub line: i64,
}
/// `MouseClickRequest`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct MouseClickRequest {
    #[serde(rename = "button", default, skip_serializing_if = "Option::is_none")]
    pub button: Option<String>,
    #[serde(rename = "double", default, skip_serializing_if = "Option::is_none")]
    pub double: Option<bool>,
    #[serde(rename = "x", default, skip_serializing_if = "Option::is_none")]
    pub x: Option<i64>,
    #[serde(rename = "y", default, skip_serializing_if = "Option::is_none")]
    pub y: Option<i64>,
    #[serde(rename = "clicks", default, skip_serializing_if = "Option::is_none")]
    pub clicks: Option<i64>,
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
    #[serde(rename = "button", default, skip_serializing_if = "Option::is_none")]
    pub button: Option<String>,
}
/// `MouseDragRequest`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct MouseDragRequest {
    #[serde(rename = "button", default, skip_serializing_if = "Option::is_none")]
    pub button: Option<String>,
    #[serde(rename = "endX", default, skip_serializing_if = "Option::is_none")]
    pub end_x: Option<i64>,
    #[serde(rename = "endY", default, skip_serializing_if = "Option::is_none")]
    pub end_y: Option<i64>,
    #[serde(rename = "startX", default, skip_serializing_if = "Option::is_none")]
    pub start_x: Option<i64>,
    #[serde(rename = "startY", default, skip_serializing_if = "Option::is_none")]
    pub start_y: Option<i64>,
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
    #[serde(rename = "amount", default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<i64>,
    #[serde(rename = "direction", default, skip_serializing_if = "Option::is_none")]
    pub direction: Option<String>,
    #[serde(rename = "x", default, skip_serializing_if = "Option::is_none")]
    pub x: Option<i64>,
    #[serde(rename = "y", default, skip_serializing_if = "Option::is_none")]
    pub y: Option<i64>,
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
    #[serde(rename = "button", default, skip_serializing_if = "Option::is_none")]
    pub button: Option<String>,
}
/// `MoveFileWarning`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct MoveFileWarning {
    #[serde(rename = "message")]
    pub message: String,
    #[serde(rename = "error")]
    pub error: String,
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
    #[serde(rename = "errors", default, skip_serializing_if = "Option::is_none")]
    pub errors: Option<String>,
    #[serde(rename = "processName", default, skip_serializing_if = "Option::is_none")]
    pub process_name: Option<String>,
}
/// `ProcessLogsResponse`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct ProcessLogsResponse {
    #[serde(rename = "logs", default, skip_serializing_if = "Option::is_none")]
    pub logs: Option<String>,
    #[serde(rename = "processName", default, skip_serializing_if = "Option::is_none")]
    pub process_name: Option<String>,
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
    #[serde(rename = "autoRestart", default, skip_serializing_if = "Option::is_none")]
    pub auto_restart: Option<bool>,
    #[serde(rename = "pid", default, skip_serializing_if = "Option::is_none")]
    pub pid: Option<i64>,
    #[serde(rename = "priority", default, skip_serializing_if = "Option::is_none")]
    pub priority: Option<i64>,
    #[serde(rename = "running", default, skip_serializing_if = "Option::is_none")]
    pub running: Option<bool>,
}
/// `ProcessStatusResponse`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct ProcessStatusResponse {
    #[serde(rename = "processName", default, skip_serializing_if = "Option::is_none")]
    pub process_name: Option<String>,
    #[serde(rename = "running", default, skip_serializing_if = "Option::is_none")]
    pub running: Option<bool>,
}
/// `PtyCreateRequest`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct PtyCreateRequest {
    #[serde(rename = "cols", default, skip_serializing_if = "Option::is_none")]
    pub cols: Option<i64>,
    #[serde(rename = "cwd", default, skip_serializing_if = "Option::is_none")]
    pub cwd: Option<String>,
    #[serde(rename = "envs", default, skip_serializing_if = "Option::is_none")]
    pub envs: Option<BTreeMap<String, String>>,
    #[serde(rename = "id", default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    #[serde(rename = "lazyStart", default, skip_serializing_if = "Option::is_none")]
    pub lazy_start: Option<bool>,
    #[serde(rename = "rows", default, skip_serializing_if = "Option::is_none")]
    pub rows: Option<i64>,
}
/// `PtyCreateResponse`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct PtyCreateResponse {
    #[serde(rename = "sessionId")]
    pub session_id: String,
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
    #[serde(rename = "cols")]
    pub cols: i64,
    #[serde(rename = "rows")]
    pub rows: i64,
}
/// `PtySessionInfo`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct PtySessionInfo {
    #[serde(rename = "active")]
    pub active: bool,
    #[serde(rename = "cols")]
    pub cols: i64,
    #[serde(rename = "createdAt")]
    pub created_at: String,
    #[serde(rename = "cwd")]
    pub cwd: String,
    #[serde(rename = "envs")]
    pub envs: BTreeMap<String, String>,
    #[serde(rename = "id")]
    pub id: String,
    #[serde(rename = "lazyStart")]
    pub lazy_start: bool,
    #[serde(rename = "rows")]
    pub rows: i64,
}
/// `Recording`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct Recording {
    #[serde(
        rename = "durationSeconds",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub duration_seconds: Option<f64>,
    #[serde(rename = "endTime", default, skip_serializing_if = "Option::is_none")]
    pub end_time: Option<String>,
    #[serde(rename = "fileName")]
    pub file_name: String,
    #[serde(rename = "filePath")]
    pub file_path: String,
    #[serde(rename = "id")]
    pub id: String,
    #[serde(rename = "sizeBytes", default, skip_serializing_if = "Option::is_none")]
    pub size_bytes: Option<i64>,
    #[serde(rename = "startTime")]
    pub start_time: String,
    #[serde(rename = "status")]
    pub status: String,
}
/// `ReplaceRequest`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct ReplaceRequest {
    #[serde(rename = "files")]
    pub files: Vec<String>,
    #[serde(rename = "newValue")]
    pub new_value: String,
    #[serde(rename = "pattern")]
    pub pattern: String,
}
/// `ReplaceResult`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct ReplaceResult {
    #[serde(rename = "error", default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    #[serde(rename = "file", default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    #[serde(rename = "success", default, skip_serializing_if = "Option::is_none")]
    pub success: Option<bool>,
}
/// `ScreenshotResponse`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct ScreenshotResponse {
    #[serde(rename = "cursorPosition", default, skip_serializing_if = "Option::is_none")]
    pub cursor_position: Option<Position>,
    #[serde(rename = "screenshot", default, skip_serializing_if = "Option::is_none")]
    pub screenshot: Option<String>,
    #[serde(rename = "sizeBytes", default, skip_serializing_if = "Option::is_none")]
    pub size_bytes: Option<i64>,
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
    #[serde(rename = "commands")]
    pub commands: Vec<Command>,
    #[serde(rename = "sessionId")]
    pub session_id: String,
}
/// `SessionCommandLogsResponse`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct SessionCommandLogsResponse {
    #[serde(rename = "output")]
    pub output: String,
    #[serde(rename = "stderr")]
    pub stderr: String,
    #[serde(rename = "stdout")]
    pub stdout: String,
}
/// `SessionExecuteRequest`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct SessionExecuteRequest {
    #[serde(rename = "async", default, skip_serializing_if = "Option::is_none")]
    pub r#async: Option<bool>,
    #[serde(rename = "command")]
    pub command: String,
    #[serde(rename = "runAsync", default, skip_serializing_if = "Option::is_none")]
    pub run_async: Option<bool>,
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
    #[serde(rename = "cmdId")]
    pub cmd_id: String,
    #[serde(rename = "exitCode", default, skip_serializing_if = "Option::is_none")]
    pub exit_code: Option<i64>,
    #[serde(rename = "output", default, skip_serializing_if = "Option::is_none")]
    pub output: Option<String>,
    #[serde(rename = "stderr", default, skip_serializing_if = "Option::is_none")]
    pub stderr: Option<String>,
    #[serde(rename = "stdout", default, skip_serializing_if = "Option::is_none")]
    pub stdout: Option<String>,
}
/// `SessionSendInputRequest`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct SessionSendInputRequest {
    #[serde(rename = "data")]
    pub data: String,
}
/// `StartRecordingRequest`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct StartRecordingRequest {
    #[serde(rename = "label", default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
}
/// `Status`.
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
    #[serde(rename = "id")]
    pub id: String,
}
/// `SystemMetrics`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct SystemMetrics {
    #[serde(rename = "cpuCount", default, skip_serializing_if = "Option::is_none")]
    pub cpu_count: Option<i64>,
    #[serde(rename = "cpuUsedPct", default, skip_serializing_if = "Option::is_none")]
    pub cpu_used_pct: Option<f64>,
    #[serde(rename = "diskFree", default, skip_serializing_if = "Option::is_none")]
    pub disk_free: Option<i64>,
    #[serde(rename = "diskTotal", default, skip_serializing_if = "Option::is_none")]
    pub disk_total: Option<i64>,
    #[serde(rename = "diskUsed", default, skip_serializing_if = "Option::is_none")]
    pub disk_used: Option<i64>,
    #[serde(rename = "memCache", default, skip_serializing_if = "Option::is_none")]
    pub mem_cache: Option<i64>,
    #[serde(rename = "memTotal", default, skip_serializing_if = "Option::is_none")]
    pub mem_total: Option<i64>,
    #[serde(rename = "memUsed", default, skip_serializing_if = "Option::is_none")]
    pub mem_used: Option<i64>,
    #[serde(rename = "timestamp", default, skip_serializing_if = "Option::is_none")]
    pub timestamp: Option<String>,
    #[serde(rename = "timestampUnix", default, skip_serializing_if = "Option::is_none")]
    pub timestamp_unix: Option<i64>,
}
/// `UpdateEnvRequest`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct UpdateEnvRequest {
    #[serde(rename = "set", default, skip_serializing_if = "Option::is_none")]
    pub set: Option<BTreeMap<String, String>>,
    #[serde(rename = "unset", default, skip_serializing_if = "Option::is_none")]
    pub unset: Option<Vec<String>>,
    #[serde(
        rename = "unsetValuePrefix",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub unset_value_prefix: Option<String>,
}
/// `UploadFilesResponse`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct UploadFilesResponse {
    #[serde(rename = "files", default, skip_serializing_if = "Option::is_none")]
    pub files: Option<Vec<FsFileResult>>,
    #[serde(rename = "errors", default, skip_serializing_if = "Option::is_none")]
    pub errors: Option<Vec<String>>,
}
/// `UploadedFile`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct UploadedFile {
    #[serde(rename = "name")]
    pub name: String,
    #[serde(rename = "path")]
    pub path: String,
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
    #[serde(rename = "height", default, skip_serializing_if = "Option::is_none")]
    pub height: Option<i64>,
    #[serde(rename = "id", default, skip_serializing_if = "Option::is_none")]
    pub id: Option<i64>,
    #[serde(rename = "isActive", default, skip_serializing_if = "Option::is_none")]
    pub is_active: Option<bool>,
    #[serde(rename = "title", default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    #[serde(rename = "width", default, skip_serializing_if = "Option::is_none")]
    pub width: Option<i64>,
    #[serde(rename = "x", default, skip_serializing_if = "Option::is_none")]
    pub x: Option<i64>,
    #[serde(rename = "y", default, skip_serializing_if = "Option::is_none")]
    pub y: Option<i64>,
}
/// `WindowsResponse`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct WindowsResponse {
    #[serde(rename = "windows", default, skip_serializing_if = "Option::is_none")]
    pub windows: Option<Vec<WindowInfo>>,
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
    #[serde(rename = "actions", default, skip_serializing_if = "Option::is_none")]
    pub actions: Option<Vec<String>>,
    #[serde(rename = "bounds", default, skip_serializing_if = "Option::is_none")]
    pub bounds: Option<AccessibilityBounds>,
    #[serde(rename = "children", default, skip_serializing_if = "Option::is_none")]
    pub children: Option<Vec<ComputeruseAccessibilityNode>>,
    #[serde(rename = "description", default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    #[serde(rename = "id", default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    #[serde(rename = "name", default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    #[serde(rename = "role", default, skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    #[serde(rename = "states", default, skip_serializing_if = "Option::is_none")]
    pub states: Option<Vec<String>>,
}
/// `GinH`.
pub type GinH = serde_json::Map<String, serde_json::Value>;
