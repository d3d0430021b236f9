// Generated from `conformance/contract` by `cargo xtask generate`; not edited by hand.

//! Wire types of the voidrun document.
#![allow(missing_docs, reason = "a member without a sentence says all in its name")]
#![allow(
    clippy::doc_markdown,
    clippy::struct_excessive_bools,
    reason = "the wire decides"
)]
use std::collections::BTreeMap;
use serde::{Deserialize, Serialize};
/// A key, without the key itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct ApiKeyResponse {
    /// Id.
    #[serde(rename = "id")]
    pub id: String,
    /// Organization.
    #[serde(rename = "orgId")]
    pub org_id: String,
    #[serde(rename = "name")]
    pub name: String,
    /// User.
    #[serde(rename = "createdBy")]
    pub created_by: String,
    #[serde(rename = "createdAt")]
    pub created_at: String,
    /// Year one when it was never used.
    #[serde(rename = "lastUsedAt")]
    pub last_used_at: String,
    #[serde(rename = "isActive")]
    pub is_active: bool,
    #[serde(rename = "updatedAt")]
    pub updated_at: String,
}
/// On or off.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct ActivateApiKeyRequest {
    /// Whether the key is to work.
    #[serde(rename = "isActive")]
    pub is_active: bool,
}
/// A page of sandboxes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct ApiResponseSandboxesList {
    #[serde(rename = "status")]
    pub status: String,
    #[serde(rename = "message")]
    pub message: String,
    #[serde(rename = "data")]
    pub data: Vec<Sandbox>,
    #[serde(rename = "meta")]
    pub meta: PageMeta,
}
/// A command was ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct CommandKillResponse {
    #[serde(rename = "success")]
    pub success: bool,
    #[serde(rename = "message")]
    pub message: String,
}
/// Commands that run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct CommandListResponse {
    #[serde(rename = "success")]
    pub success: bool,
    /// Never null.
    #[serde(rename = "processes")]
    pub processes: Vec<ProcessInfo>,
}
/// A started command.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct CommandRunResponse {
    #[serde(rename = "success")]
    pub success: bool,
    /// True process id inside the sandbox.
    #[serde(rename = "pid")]
    pub pid: i64,
    /// As it was run.
    #[serde(rename = "command")]
    pub command: String,
}
/// How a command ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct CommandWaitResponse {
    /// Whether its exit code is known, whatever it is.
    #[serde(rename = "success")]
    pub success: bool,
    #[serde(rename = "exitCode")]
    pub exit_code: i64,
    /// What else there is to say: that a time limit ended it.
    #[serde(rename = "error", default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}
/// Content.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct CreateFileRequest {
    #[serde(rename = "content", default, skip_serializing_if = "Option::is_none")]
    pub content: Option<String>,
}
/// The image wanted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct CreateImageRequest {
    /// At most 100 characters.
    #[serde(rename = "name")]
    pub name: String,
    /// At most 50 characters.
    #[serde(rename = "tag", default, skip_serializing_if = "Option::is_none")]
    pub tag: Option<String>,
    #[serde(rename = "version", default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    #[serde(rename = "path", default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
}
/// A new terminal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct CreatePtySession200Response {
    /// Always `success`.
    #[serde(rename = "status")]
    pub status: String,
    /// What was done.
    #[serde(rename = "message")]
    pub message: String,
    #[serde(rename = "data")]
    pub data: PtySession,
}
/// The terminal wanted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct CreatePtySessionRequest {
    #[serde(rename = "cols", default, skip_serializing_if = "Option::is_none")]
    pub cols: Option<i64>,
    #[serde(rename = "rows", default, skip_serializing_if = "Option::is_none")]
    pub rows: Option<i64>,
}
/// The sandbox wanted; members of all client generations.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct CreateSandboxRequest {
    /// DNS subdomain; not unique.
    #[serde(rename = "name")]
    pub name: String,
    /// Image by name, or `name:tag` (S2).
    #[serde(rename = "image", default, skip_serializing_if = "Option::is_none")]
    pub image: Option<String>,
    /// Image by id or name (S1).
    #[serde(rename = "templateId", default, skip_serializing_if = "Option::is_none")]
    pub template_id: Option<String>,
    /// Cores.
    #[serde(rename = "cpu", default, skip_serializing_if = "Option::is_none")]
    pub cpu: Option<i64>,
    /// MiB.
    #[serde(rename = "mem", default, skip_serializing_if = "Option::is_none")]
    pub mem: Option<i64>,
    /// Taken and not looked at: the organization of the key counts.
    #[serde(rename = "orgId", default, skip_serializing_if = "Option::is_none")]
    pub org_id: Option<String>,
    /// Taken and not looked at.
    #[serde(rename = "userId", default, skip_serializing_if = "Option::is_none")]
    pub user_id: Option<String>,
    /// Whether to wait until the sandbox answers.
    #[serde(rename = "sync", default, skip_serializing_if = "Option::is_none")]
    pub sync: Option<bool>,
    /// Variables of every process.
    #[serde(rename = "envVars", default, skip_serializing_if = "Option::is_none")]
    pub env_vars: Option<BTreeMap<String, String>>,
    /// Whether it goes to sleep when idle.
    #[serde(rename = "autoSleep", default, skip_serializing_if = "Option::is_none")]
    pub auto_sleep: Option<bool>,
    /// Placement; given back.
    #[serde(rename = "region", default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// Ports to publish, up to four (clients before 0.4).
    #[serde(rename = "publishPorts", default, skip_serializing_if = "Option::is_none")]
    pub publish_ports: Option<Vec<i64>>,
    /// Ports to publish, up to four (clients from 0.4).
    #[serde(rename = "ports", default, skip_serializing_if = "Option::is_none")]
    pub ports: Option<Vec<PublishedPort>>,
    /// Up to five.
    #[serde(rename = "labels", default, skip_serializing_if = "Option::is_none")]
    pub labels: Option<BTreeMap<String, String>>,
    /// Taken and not looked at (0.0.7).
    #[serde(rename = "refId", default, skip_serializing_if = "Option::is_none")]
    pub ref_id: Option<String>,
}
/// An object without members.
pub type Empty = serde_json::Map<String, serde_json::Value>;
/// Body of every error.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct ErrorResponse {
    /// Text for people; clients search it for known words.
    #[serde(rename = "error")]
    pub error: String,
    /// What the sandbox said; left out when it said nothing.
    #[serde(rename = "details", default, skip_serializing_if = "Option::is_none")]
    pub details: Option<String>,
}
/// What a command did. In the background only the last three members are there.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct ExecData {
    #[serde(rename = "stdout", default, skip_serializing_if = "Option::is_none")]
    pub stdout: Option<String>,
    #[serde(rename = "stderr", default, skip_serializing_if = "Option::is_none")]
    pub stderr: Option<String>,
    #[serde(rename = "exitCode", default, skip_serializing_if = "Option::is_none")]
    pub exit_code: Option<i64>,
    #[serde(rename = "success", default, skip_serializing_if = "Option::is_none")]
    pub success: Option<bool>,
    #[serde(rename = "pid", default, skip_serializing_if = "Option::is_none")]
    pub pid: Option<i64>,
    #[serde(rename = "command", default, skip_serializing_if = "Option::is_none")]
    pub command: Option<String>,
}
/// The command.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct ExecRequest {
    /// Text for the shell, as a whole; blanks around it are dropped.
    #[serde(rename = "command")]
    pub command: String,
    /// Never reaches the shell.
    #[serde(rename = "args", default, skip_serializing_if = "Option::is_none")]
    pub args: Option<Vec<String>>,
    /// Seconds; zero and less mean 30, more than 300 mean 300.
    #[serde(rename = "timeout", default, skip_serializing_if = "Option::is_none")]
    pub timeout: Option<i64>,
    /// Variables; they win over the sandbox's.
    #[serde(rename = "env", default, skip_serializing_if = "Option::is_none")]
    pub env: Option<BTreeMap<String, String>>,
    /// Directory; the home directory when blank.
    #[serde(rename = "cwd", default, skip_serializing_if = "Option::is_none")]
    pub cwd: Option<String>,
    /// Older clients: start it and return its pid.
    #[serde(rename = "background", default, skip_serializing_if = "Option::is_none")]
    pub background: Option<bool>,
}
/// What a command did.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct ExecResponse {
    /// Always `success`.
    #[serde(rename = "status")]
    pub status: String,
    /// What was done.
    #[serde(rename = "message")]
    pub message: String,
    #[serde(rename = "data")]
    pub data: ExecData,
}
/// What to type.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct ExecuteInSessionRequest {
    /// A line feed is added where it has none.
    #[serde(rename = "command")]
    pub command: String,
}
/// Payload of the exit event.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct ExitEvent {
    #[serde(rename = "exitCode")]
    pub exit_code: i64,
    #[serde(rename = "error", default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}
/// `FileEventType`.
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
pub enum FileEventType {
    #[serde(rename = "created")]
    Created,
    #[serde(rename = "modified")]
    Modified,
    #[serde(rename = "deleted")]
    Deleted,
    #[serde(rename = "renamed")]
    Renamed,
    #[serde(rename = "chmod")]
    Chmod,
}
impl FileEventType {
    /// Every value, in document order.
    pub const ALL: &'static [Self] = &[
        Self::Created,
        Self::Modified,
        Self::Deleted,
        Self::Renamed,
        Self::Chmod,
    ];
    /// The value on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Modified => "modified",
            Self::Deleted => "deleted",
            Self::Renamed => "renamed",
            Self::Chmod => "chmod",
        }
    }
}
/// Something that happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FileEvent {
    #[serde(rename = "type")]
    pub r#type: FileEventType,
    /// Absolute.
    #[serde(rename = "path")]
    pub path: String,
    /// Where it was, when it was renamed.
    #[serde(rename = "oldPath", default, skip_serializing_if = "Option::is_none")]
    pub old_path: Option<String>,
    /// Bytes, when it is there.
    #[serde(rename = "size", default, skip_serializing_if = "Option::is_none")]
    pub size: Option<i64>,
    #[serde(rename = "timestamp")]
    pub timestamp: String,
}
/// An entry of a directory.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct FileInfo {
    #[serde(rename = "name")]
    pub name: String,
    /// Absolute.
    #[serde(rename = "path")]
    pub path: String,
    /// Bytes.
    #[serde(rename = "size")]
    pub size: i64,
    /// As `-rw-r--r--`.
    #[serde(rename = "mode")]
    pub mode: String,
    #[serde(rename = "isDir")]
    pub is_dir: bool,
    #[serde(rename = "modTime")]
    pub mod_time: String,
}
/// A directory.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct FileList {
    #[serde(rename = "success")]
    pub success: bool,
    #[serde(rename = "files")]
    pub files: Vec<FileInfo>,
}
/// A directory.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct FileListResponse {
    /// Always `success`.
    #[serde(rename = "status")]
    pub status: String,
    /// What was done.
    #[serde(rename = "message")]
    pub message: String,
    #[serde(rename = "data")]
    pub data: FileList,
}
/// The key wanted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct GenerateApiKeyRequest {
    /// Its name; blanks around it do not count.
    #[serde(rename = "keyName")]
    pub key_name: String,
    /// Official document only; the caller's own is meant.
    #[serde(rename = "orgId", default, skip_serializing_if = "Option::is_none")]
    pub org_id: Option<String>,
}
/// A new key.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct GeneratedApiKeyResponse {
    /// The key; told only here.
    #[serde(rename = "plainKey")]
    pub plain_key: String,
    /// Id.
    #[serde(rename = "keyId")]
    pub key_id: String,
    #[serde(rename = "keyName")]
    pub key_name: String,
    /// Organization.
    #[serde(rename = "orgId")]
    pub org_id: String,
    #[serde(rename = "createdAt")]
    pub created_at: String,
    #[serde(rename = "expiresIn")]
    pub expires_in: String,
}
/// What a terminal printed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct GetPtyBuffer200Response {
    /// Always `success`.
    #[serde(rename = "status")]
    pub status: String,
    /// What was done.
    #[serde(rename = "message")]
    pub message: String,
    #[serde(rename = "data")]
    pub data: PtyBuffer,
}
/// An image. Its id goes by two names, one of each server generation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct Image {
    /// Id of S2.
    #[serde(rename = "id")]
    pub id: String,
    /// Id of S1.
    #[serde(rename = "_id")]
    pub id_: String,
    #[serde(rename = "name")]
    pub name: String,
    #[serde(rename = "tag")]
    pub tag: String,
    /// Whether it came with the server.
    #[serde(rename = "system")]
    pub system: bool,
    /// Organization.
    #[serde(rename = "orgId", default, skip_serializing_if = "Option::is_none")]
    pub org_id: Option<String>,
    #[serde(rename = "createdAt", default, skip_serializing_if = "Option::is_none")]
    pub created_at: Option<String>,
    /// User.
    #[serde(rename = "createdBy", default, skip_serializing_if = "Option::is_none")]
    pub created_by: Option<String>,
    #[serde(rename = "sizeGB", default, skip_serializing_if = "Option::is_none")]
    pub size_gb: Option<i64>,
    #[serde(rename = "active", default, skip_serializing_if = "Option::is_none")]
    pub active: Option<bool>,
}
/// The command meant.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct KillBackgroundProcessRequest {
    /// Process id; above zero.
    #[serde(rename = "pid")]
    pub pid: i64,
}
/// Terminals.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct ListPtySessions200Response {
    /// Always `success`.
    #[serde(rename = "status")]
    pub status: String,
    /// What was done.
    #[serde(rename = "message")]
    pub message: String,
    #[serde(rename = "data")]
    pub data: PtySessionList,
}
/// An organization. The server sends id and name; the rest stands in the official document.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct Organization {
    /// Id.
    #[serde(rename = "id")]
    pub id: String,
    #[serde(rename = "name")]
    pub name: String,
    /// User who made it.
    #[serde(rename = "ownerId", default, skip_serializing_if = "Option::is_none")]
    pub owner_id: Option<String>,
    #[serde(rename = "members", default, skip_serializing_if = "Option::is_none")]
    pub members: Option<Vec<String>>,
    #[serde(rename = "plan", default, skip_serializing_if = "Option::is_none")]
    pub plan: Option<String>,
    /// Sandboxes it has.
    #[serde(rename = "usage", default, skip_serializing_if = "Option::is_none")]
    pub usage: Option<i64>,
    #[serde(rename = "createdAt", default, skip_serializing_if = "Option::is_none")]
    pub created_at: Option<String>,
    /// User who made it.
    #[serde(rename = "createdBy", default, skip_serializing_if = "Option::is_none")]
    pub created_by: Option<String>,
    #[serde(rename = "updatedAt", default, skip_serializing_if = "Option::is_none")]
    pub updated_at: Option<String>,
}
/// The caller's organization.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct OrganizationResponse {
    /// Always `success`.
    #[serde(rename = "status")]
    pub status: String,
    /// What was done.
    #[serde(rename = "message")]
    pub message: String,
    #[serde(rename = "data")]
    pub data: Organization,
}
/// What a terminal printed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct PtyBuffer {
    #[serde(rename = "success")]
    pub success: bool,
    /// Raw, with what is no UTF-8 replaced.
    #[serde(rename = "output")]
    pub output: String,
}
/// A new terminal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct PtySession {
    #[serde(rename = "sessionId")]
    pub session_id: String,
    #[serde(rename = "createdAt")]
    pub created_at: String,
}
/// A terminal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct PtySessionInfo {
    #[serde(rename = "id")]
    pub id: String,
    #[serde(rename = "createdAt")]
    pub created_at: String,
    /// Connections to it.
    #[serde(rename = "clients")]
    pub clients: i64,
    /// Whether its shell runs.
    #[serde(rename = "alive")]
    pub alive: bool,
}
/// Terminals.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct PtySessionList {
    #[serde(rename = "sessions")]
    pub sessions: Vec<PtySessionInfo>,
}
/// Where a page stands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct PageMeta {
    #[serde(rename = "page")]
    pub page: i64,
    /// Size used.
    #[serde(rename = "limit")]
    pub limit: i64,
    #[serde(rename = "total")]
    pub total: i64,
    #[serde(rename = "totalPages")]
    pub total_pages: i64,
}
/// A command that runs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct ProcessInfo {
    #[serde(rename = "pid")]
    pub pid: i64,
    #[serde(rename = "command")]
    pub command: String,
    #[serde(rename = "startTime")]
    pub start_time: String,
    #[serde(rename = "running")]
    pub running: bool,
    /// Left out while it runs.
    #[serde(rename = "exitCode", default, skip_serializing_if = "Option::is_none")]
    pub exit_code: Option<i64>,
}
/// Where a published port answers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct PublicUrl {
    #[serde(rename = "port")]
    pub port: i64,
    #[serde(rename = "url")]
    pub url: String,
}
/// Addresses of published ports.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct PublicUrls {
    /// Always `success`.
    #[serde(rename = "status")]
    pub status: String,
    /// What was done.
    #[serde(rename = "message")]
    pub message: String,
    #[serde(rename = "data")]
    pub data: Vec<PublicUrl>,
}
/// `PublishedPortProtocol`.
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
pub enum PublishedPortProtocol {
    #[serde(rename = "http")]
    Http,
    #[serde(rename = "tcp")]
    Tcp,
}
impl PublishedPortProtocol {
    /// Every value, in document order.
    pub const ALL: &'static [Self] = &[Self::Http, Self::Tcp];
    /// The value on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Tcp => "tcp",
        }
    }
}
/// A port with its protocol.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PublishedPort {
    #[serde(rename = "protocol")]
    pub protocol: PublishedPortProtocol,
    #[serde(rename = "port")]
    pub port: i64,
}
/// Who registers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct RegisterRequest {
    /// Display name.
    #[serde(rename = "name")]
    pub name: String,
    /// Address; compared without letter case.
    #[serde(rename = "email")]
    pub email: String,
}
/// What was made.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct RegisterResponseData {
    /// Organization.
    #[serde(rename = "orgId")]
    pub org_id: String,
    /// The key; told only here.
    #[serde(rename = "apiKey")]
    pub api_key: String,
}
/// A new organization, as the official document has it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct RegisterResponse {
    #[serde(rename = "message")]
    pub message: String,
    /// What was made.
    #[serde(rename = "data")]
    pub data: RegisterResponseData,
}
/// The user.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct RegistrationDataUser {
    /// Id.
    #[serde(rename = "id")]
    pub id: String,
    #[serde(rename = "name")]
    pub name: String,
    #[serde(rename = "email")]
    pub email: String,
}
/// The organization, named after the user.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct RegistrationDataOrg {
    /// Id.
    #[serde(rename = "id")]
    pub id: String,
    #[serde(rename = "name")]
    pub name: String,
}
/// What was made.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct RegistrationData {
    /// The user.
    #[serde(rename = "user")]
    pub user: RegistrationDataUser,
    /// The organization, named after the user.
    #[serde(rename = "org")]
    pub org: RegistrationDataOrg,
    #[serde(rename = "apiKey")]
    pub api_key: GeneratedApiKeyResponse,
}
/// A new user, as the server tells.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct Registration {
    #[serde(rename = "status")]
    pub status: String,
    #[serde(rename = "message")]
    pub message: String,
    /// What was made.
    #[serde(rename = "data")]
    pub data: RegistrationData,
}
/// A size.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct ResizeTerminalRequest {
    #[serde(rename = "cols")]
    pub cols: i64,
    #[serde(rename = "rows")]
    pub rows: i64,
}
/// What to restore.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct RestoreSandboxRequest {
    #[serde(rename = "new_id")]
    pub new_id: String,
    #[serde(rename = "snapshot_path")]
    pub snapshot_path: String,
    #[serde(rename = "orgId")]
    pub org_id: String,
    #[serde(rename = "new_ip", default, skip_serializing_if = "Option::is_none")]
    pub new_ip: Option<String>,
    #[serde(rename = "cold", default, skip_serializing_if = "Option::is_none")]
    pub cold: Option<bool>,
    #[serde(rename = "cpu", default, skip_serializing_if = "Option::is_none")]
    pub cpu: Option<i64>,
    #[serde(rename = "mem", default, skip_serializing_if = "Option::is_none")]
    pub mem: Option<i64>,
    #[serde(rename = "userId", default, skip_serializing_if = "Option::is_none")]
    pub user_id: Option<String>,
}
/// The command.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct RunBackgroundCommandRequest {
    /// Text for the shell, as a whole.
    #[serde(rename = "command")]
    pub command: String,
    /// Variables; they win over the sandbox's.
    #[serde(rename = "env", default, skip_serializing_if = "Option::is_none")]
    pub env: Option<BTreeMap<String, String>>,
    /// Directory; the home directory when blank.
    #[serde(rename = "cwd", default, skip_serializing_if = "Option::is_none")]
    pub cwd: Option<String>,
    /// Seconds; zero for none.
    #[serde(rename = "timeout", default, skip_serializing_if = "Option::is_none")]
    pub timeout: Option<i64>,
}
/// Where a word depends on the client, it is that of whoever put the sandbox to sleep.
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
pub enum SandboxStatus {
    #[serde(rename = "running")]
    Running,
    #[serde(rename = "snapshotted")]
    Snapshotted,
    #[serde(rename = "stopped")]
    Stopped,
    #[serde(rename = "paused")]
    Paused,
    #[serde(rename = "error")]
    Error,
    #[serde(rename = "killed")]
    Killed,
    #[serde(rename = "deleted")]
    Deleted,
}
impl SandboxStatus {
    /// Every value, in document order.
    pub const ALL: &'static [Self] = &[
        Self::Running,
        Self::Snapshotted,
        Self::Stopped,
        Self::Paused,
        Self::Error,
        Self::Killed,
        Self::Deleted,
    ];
    /// The value on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Snapshotted => "snapshotted",
            Self::Stopped => "stopped",
            Self::Paused => "paused",
            Self::Error => "error",
            Self::Killed => "killed",
            Self::Deleted => "deleted",
        }
    }
}
/// A sandbox.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sandbox {
    /// Id.
    #[serde(rename = "id")]
    pub id: String,
    #[serde(rename = "name")]
    pub name: String,
    /// `name:tag` (S2).
    #[serde(rename = "image", default, skip_serializing_if = "Option::is_none")]
    pub image: Option<String>,
    /// The image as asked for (S1).
    #[serde(rename = "imageId", default, skip_serializing_if = "Option::is_none")]
    pub image_id: Option<String>,
    /// Official document; not sent.
    #[serde(rename = "ip", default, skip_serializing_if = "Option::is_none")]
    pub ip: Option<String>,
    #[serde(rename = "cpu")]
    pub cpu: i64,
    /// MiB.
    #[serde(rename = "mem")]
    pub mem: i64,
    /// MB.
    #[serde(rename = "diskMB", default, skip_serializing_if = "Option::is_none")]
    pub disk_mb: Option<i64>,
    /// Where a word depends on the client, it is that of whoever put the sandbox to sleep.
    #[serde(rename = "status")]
    pub status: SandboxStatus,
    #[serde(rename = "createdAt")]
    pub created_at: String,
    #[serde(rename = "updatedAt", default, skip_serializing_if = "Option::is_none")]
    pub updated_at: Option<String>,
    /// User.
    #[serde(rename = "createdBy")]
    pub created_by: String,
    /// Organization.
    #[serde(rename = "orgId")]
    pub org_id: String,
    /// Official document and S1 only: later servers never give them back.
    #[serde(rename = "envVars", default, skip_serializing_if = "Option::is_none")]
    pub env_vars: Option<BTreeMap<String, String>>,
    #[serde(rename = "autoSleep", default, skip_serializing_if = "Option::is_none")]
    pub auto_sleep: Option<bool>,
    #[serde(rename = "region", default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    #[serde(rename = "publishPorts", default, skip_serializing_if = "Option::is_none")]
    pub publish_ports: Option<Vec<i64>>,
    #[serde(rename = "ports", default, skip_serializing_if = "Option::is_none")]
    pub ports: Option<Vec<PublishedPort>>,
    /// Labels.
    #[serde(rename = "labels", default, skip_serializing_if = "Option::is_none")]
    pub labels: Option<BTreeMap<String, String>>,
}
/// One sandbox.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SandboxResponse {
    #[serde(rename = "status")]
    pub status: String,
    /// With strict answers, as the official document has it.
    #[serde(rename = "success", default, skip_serializing_if = "Option::is_none")]
    pub success: Option<bool>,
    #[serde(rename = "message")]
    pub message: String,
    #[serde(rename = "data")]
    pub data: Sandbox,
}
/// An action.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct SessionExecRequest {
    /// create, exec, input, resize or close.
    #[serde(rename = "action")]
    pub action: String,
    /// Made up by the server when create has none.
    #[serde(rename = "sessionId", default, skip_serializing_if = "Option::is_none")]
    pub session_id: Option<String>,
    /// Official text only; the sandbox's own shell runs.
    #[serde(rename = "shell", default, skip_serializing_if = "Option::is_none")]
    pub shell: Option<String>,
    /// For exec.
    #[serde(rename = "command", default, skip_serializing_if = "Option::is_none")]
    pub command: Option<String>,
    /// For input.
    #[serde(rename = "input", default, skip_serializing_if = "Option::is_none")]
    pub input: Option<String>,
    /// For resize.
    #[serde(rename = "cols", default, skip_serializing_if = "Option::is_none")]
    pub cols: Option<i64>,
    /// For resize.
    #[serde(rename = "rows", default, skip_serializing_if = "Option::is_none")]
    pub rows: Option<i64>,
}
/// What came of it; empty members are left out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct SessionExecResponse {
    #[serde(rename = "success")]
    pub success: bool,
    #[serde(rename = "sessionId", default, skip_serializing_if = "Option::is_none")]
    pub session_id: Option<String>,
    #[serde(rename = "output", default, skip_serializing_if = "Option::is_none")]
    pub output: Option<String>,
    #[serde(rename = "error", default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    #[serde(rename = "exitCode", default, skip_serializing_if = "Option::is_none")]
    pub exit_code: Option<i64>,
}
/// A command for a session.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct SessionExecStreamRequest {
    /// At most 100 characters.
    #[serde(rename = "sessionId", default)]
    pub session_id: String,
    /// At most 100000 bytes.
    #[serde(rename = "command", default)]
    pub command: String,
}
/// A snapshot.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct Snapshot {
    #[serde(rename = "id")]
    pub id: String,
    #[serde(rename = "created_at")]
    pub created_at: String,
    #[serde(rename = "full_path")]
    pub full_path: String,
}
/// A new snapshot.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct SnapshotResponse {
    /// Always `success`.
    #[serde(rename = "status")]
    pub status: String,
    /// What was done.
    #[serde(rename = "message")]
    pub message: String,
    #[serde(rename = "data")]
    pub data: Snapshot,
}
/// What to watch.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct StartWatchRequest {
    #[serde(rename = "path")]
    pub path: String,
    /// Whether directories below count.
    #[serde(rename = "recursive", default, skip_serializing_if = "Option::is_none")]
    pub recursive: Option<bool>,
    /// Whether directories whose names begin with a dot are passed over.
    #[serde(rename = "ignoreHidden", default, skip_serializing_if = "Option::is_none")]
    pub ignore_hidden: Option<bool>,
}
/// Envelope of most answers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct SuccessResponse {
    /// Always `success`.
    #[serde(rename = "status")]
    pub status: String,
    /// What was done.
    #[serde(rename = "message")]
    pub message: String,
    /// Always true; the official document has it on single sandboxes, in place of `status`.
    #[serde(rename = "success", default, skip_serializing_if = "Option::is_none")]
    pub success: Option<bool>,
    /// The result; left out when there is none. Always an object: a Python client refuses anything else.
    #[serde(rename = "data", default, skip_serializing_if = "Option::is_none")]
    pub data: Option<serde_json::Map<String, serde_json::Value>>,
}
/// Ports, in either form.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct UpdatePublishedPortsRequest {
    #[serde(rename = "publishPorts", default, skip_serializing_if = "Option::is_none")]
    pub publish_ports: Option<Vec<i64>>,
    #[serde(rename = "ports", default, skip_serializing_if = "Option::is_none")]
    pub ports: Option<Vec<PublishedPort>>,
}
/// The one thing that can be changed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct UpdateSandboxRequest {
    /// Whether it goes to sleep when idle.
    #[serde(rename = "autoSleep")]
    pub auto_sleep: bool,
}
/// A user.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct User {
    /// Id.
    #[serde(rename = "id")]
    pub id: String,
    #[serde(rename = "name")]
    pub name: String,
    #[serde(rename = "email")]
    pub email: String,
    #[serde(rename = "imageUrl", default, skip_serializing_if = "Option::is_none")]
    pub image_url: Option<String>,
    #[serde(rename = "createdAt", default, skip_serializing_if = "Option::is_none")]
    pub created_at: Option<String>,
    #[serde(rename = "orgs", default, skip_serializing_if = "Option::is_none")]
    pub orgs: Option<Vec<Organization>>,
}
/// Users.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct UserList {
    /// Always `success`.
    #[serde(rename = "status")]
    pub status: String,
    /// What was done.
    #[serde(rename = "message")]
    pub message: String,
    #[serde(rename = "data")]
    pub data: Vec<User>,
}
/// What the server says of itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct Version {
    #[serde(rename = "version")]
    pub version: String,
    #[serde(rename = "commit")]
    pub commit: String,
    #[serde(rename = "buildTime")]
    pub build_time: String,
}
/// A watch.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct WatchResponse {
    /// Always `success`.
    #[serde(rename = "status")]
    pub status: String,
    /// What was done.
    #[serde(rename = "message")]
    pub message: String,
    #[serde(rename = "data")]
    pub data: WatchSession,
}
/// A watch.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct WatchSession {
    /// A UUID: a Python client takes nothing else.
    #[serde(rename = "sessionId")]
    pub session_id: String,
}
