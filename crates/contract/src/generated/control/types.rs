// Generated from `conformance/contract` by `cargo xtask generate`; not edited by hand.

//! Wire types of the control document.
#![allow(missing_docs, reason = "a member without a sentence says all in its name")]
#![allow(
    clippy::doc_markdown,
    clippy::struct_excessive_bools,
    reason = "the wire decides"
)]
use std::collections::BTreeMap;
use serde::{Deserialize, Serialize};
/// Clients to 0.225 read name, later ones provider; both are sent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct AccountProvider {
    #[serde(rename = "name")]
    pub name: String,
    #[serde(rename = "displayName")]
    pub display_name: String,
    #[serde(rename = "provider")]
    pub provider: String,
    #[serde(rename = "linked")]
    pub linked: bool,
}
/// `AdminCreateOrganization`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct AdminCreateOrganization {
    #[serde(rename = "userId")]
    pub user_id: String,
    #[serde(rename = "name")]
    pub name: String,
    #[serde(rename = "defaultRegionId")]
    pub default_region_id: String,
}
/// `AdminCreateRunner`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct AdminCreateRunner {
    #[serde(rename = "regionId")]
    pub region_id: String,
    #[serde(rename = "name")]
    pub name: String,
    #[serde(rename = "tags", default, skip_serializing_if = "Option::is_none")]
    pub tags: Option<Vec<String>>,
    #[serde(rename = "apiKey")]
    pub api_key: String,
    #[serde(rename = "apiVersion")]
    pub api_version: String,
    #[serde(rename = "domain", default, skip_serializing_if = "Option::is_none")]
    pub domain: Option<String>,
    #[serde(rename = "apiUrl", default, skip_serializing_if = "Option::is_none")]
    pub api_url: Option<String>,
    #[serde(rename = "proxyUrl", default, skip_serializing_if = "Option::is_none")]
    pub proxy_url: Option<String>,
    #[serde(rename = "cpu", default, skip_serializing_if = "Option::is_none")]
    pub cpu: Option<f64>,
    #[serde(rename = "memoryGiB", default, skip_serializing_if = "Option::is_none")]
    pub memory_gi_b: Option<f64>,
    #[serde(rename = "diskGiB", default, skip_serializing_if = "Option::is_none")]
    pub disk_gi_b: Option<f64>,
}
/// `Announcement`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct Announcement {
    #[serde(rename = "text")]
    pub text: String,
    #[serde(rename = "learnMoreUrl", default, skip_serializing_if = "Option::is_none")]
    pub learn_more_url: Option<String>,
}
/// value is masked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct ApiKeyList {
    #[serde(rename = "name")]
    pub name: String,
    #[serde(rename = "value")]
    pub value: String,
    #[serde(rename = "createdAt")]
    pub created_at: String,
    #[serde(rename = "permissions")]
    pub permissions: Vec<Permission>,
    #[serde(rename = "lastUsedAt", default)]
    pub last_used_at: Option<String>,
    #[serde(rename = "expiresAt", default)]
    pub expires_at: Option<String>,
    #[serde(rename = "userId")]
    pub user_id: String,
    #[serde(rename = "organizationId", default, skip_serializing_if = "Option::is_none")]
    pub organization_id: Option<String>,
}
/// value is the whole key, this once.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct ApiKeyResponse {
    #[serde(rename = "name")]
    pub name: String,
    #[serde(rename = "value")]
    pub value: String,
    #[serde(rename = "createdAt")]
    pub created_at: String,
    #[serde(rename = "permissions")]
    pub permissions: Vec<Permission>,
    #[serde(rename = "expiresAt", default)]
    pub expires_at: Option<String>,
}
/// `AuditLog`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct AuditLog {
    #[serde(rename = "id")]
    pub id: String,
    #[serde(rename = "actorId")]
    pub actor_id: String,
    #[serde(rename = "actorEmail")]
    pub actor_email: String,
    #[serde(
        rename = "actorApiKeyPrefix",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub actor_api_key_prefix: Option<String>,
    #[serde(
        rename = "actorApiKeySuffix",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub actor_api_key_suffix: Option<String>,
    #[serde(rename = "organizationId", default, skip_serializing_if = "Option::is_none")]
    pub organization_id: Option<String>,
    #[serde(rename = "action")]
    pub action: String,
    #[serde(rename = "targetType", default, skip_serializing_if = "Option::is_none")]
    pub target_type: Option<String>,
    #[serde(rename = "targetId", default, skip_serializing_if = "Option::is_none")]
    pub target_id: Option<String>,
    #[serde(rename = "statusCode", default, skip_serializing_if = "Option::is_none")]
    pub status_code: Option<f64>,
    #[serde(rename = "errorMessage", default, skip_serializing_if = "Option::is_none")]
    pub error_message: Option<String>,
    #[serde(rename = "ipAddress", default, skip_serializing_if = "Option::is_none")]
    pub ip_address: Option<String>,
    #[serde(rename = "userAgent", default, skip_serializing_if = "Option::is_none")]
    pub user_agent: Option<String>,
    #[serde(rename = "source", default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    #[serde(rename = "metadata", default, skip_serializing_if = "Option::is_none")]
    pub metadata: Option<serde_json::Map<String, serde_json::Value>>,
    #[serde(rename = "createdAt")]
    pub created_at: String,
}
/// `AuditScenarios`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct AuditScenarios {
    #[serde(rename = "targets")]
    pub targets: Vec<AuditTargetScenario>,
}
/// `AuditTargetScenarioTargetType`.
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
pub enum AuditTargetScenarioTargetType {
    #[serde(rename = "api_key")]
    ApiKey,
    #[serde(rename = "organization")]
    Organization,
    #[serde(rename = "organization_invitation")]
    OrganizationInvitation,
    #[serde(rename = "organization_role")]
    OrganizationRole,
    #[serde(rename = "organization_user")]
    OrganizationUser,
    #[serde(rename = "docker_registry")]
    DockerRegistry,
    #[serde(rename = "runner")]
    Runner,
    #[serde(rename = "sandbox")]
    Sandbox,
    #[serde(rename = "snapshot")]
    Snapshot,
    #[serde(rename = "user")]
    User,
    #[serde(rename = "volume")]
    Volume,
    #[serde(rename = "warm_pool")]
    WarmPool,
    #[serde(rename = "region")]
    Region,
    #[serde(rename = "secret")]
    Secret,
    #[serde(rename = "other")]
    Other,
    #[serde(rename = "identity_provider")]
    IdentityProvider,
}
impl AuditTargetScenarioTargetType {
    /// Every value, in document order.
    pub const ALL: &'static [Self] = &[
        Self::ApiKey,
        Self::Organization,
        Self::OrganizationInvitation,
        Self::OrganizationRole,
        Self::OrganizationUser,
        Self::DockerRegistry,
        Self::Runner,
        Self::Sandbox,
        Self::Snapshot,
        Self::User,
        Self::Volume,
        Self::WarmPool,
        Self::Region,
        Self::Secret,
        Self::Other,
        Self::IdentityProvider,
    ];
    /// The value on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ApiKey => "api_key",
            Self::Organization => "organization",
            Self::OrganizationInvitation => "organization_invitation",
            Self::OrganizationRole => "organization_role",
            Self::OrganizationUser => "organization_user",
            Self::DockerRegistry => "docker_registry",
            Self::Runner => "runner",
            Self::Sandbox => "sandbox",
            Self::Snapshot => "snapshot",
            Self::User => "user",
            Self::Volume => "volume",
            Self::WarmPool => "warm_pool",
            Self::Region => "region",
            Self::Secret => "secret",
            Self::Other => "other",
            Self::IdentityProvider => "identity_provider",
        }
    }
}
/// `AuditTargetScenarioActionsItem`.
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
pub enum AuditTargetScenarioActionsItem {
    #[serde(rename = "create")]
    Create,
    #[serde(rename = "read")]
    Read,
    #[serde(rename = "update")]
    Update,
    #[serde(rename = "delete")]
    Delete,
    #[serde(rename = "login")]
    Login,
    #[serde(rename = "register")]
    Register,
    #[serde(rename = "change_password")]
    ChangePassword,
    #[serde(rename = "set_default")]
    SetDefault,
    #[serde(rename = "update_access")]
    UpdateAccess,
    #[serde(rename = "update_quota")]
    UpdateQuota,
    #[serde(rename = "create_region_quota")]
    CreateRegionQuota,
    #[serde(rename = "update_region_quota")]
    UpdateRegionQuota,
    #[serde(rename = "delete_region_quota")]
    DeleteRegionQuota,
    #[serde(rename = "suspend")]
    Suspend,
    #[serde(rename = "unsuspend")]
    Unsuspend,
    #[serde(rename = "accept")]
    Accept,
    #[serde(rename = "decline")]
    Decline,
    #[serde(rename = "link_account")]
    LinkAccount,
    #[serde(rename = "unlink_account")]
    UnlinkAccount,
    #[serde(rename = "leave_organization")]
    LeaveOrganization,
    #[serde(rename = "regenerate_key_pair")]
    RegenerateKeyPair,
    #[serde(rename = "update_scheduling")]
    UpdateScheduling,
    #[serde(rename = "update_draining")]
    UpdateDraining,
    #[serde(rename = "start")]
    Start,
    #[serde(rename = "stop")]
    Stop,
    #[serde(rename = "resize")]
    Resize,
    #[serde(rename = "replace_labels")]
    ReplaceLabels,
    #[serde(rename = "create_backup")]
    CreateBackup,
    #[serde(rename = "update_public_status")]
    UpdatePublicStatus,
    #[serde(rename = "rotate_signing_key")]
    RotateSigningKey,
    #[serde(rename = "set_auto_stop_interval")]
    SetAutoStopInterval,
    #[serde(rename = "set_auto_pause_interval")]
    SetAutoPauseInterval,
    #[serde(rename = "set_ttl")]
    SetTtl,
    #[serde(rename = "set_auto_archive_interval")]
    SetAutoArchiveInterval,
    #[serde(rename = "set_auto_delete_interval")]
    SetAutoDeleteInterval,
    #[serde(rename = "archive")]
    Archive,
    #[serde(rename = "snapshot")]
    Snapshot,
    #[serde(rename = "fork")]
    Fork,
    #[serde(rename = "pause")]
    Pause,
    #[serde(rename = "get_port_preview_url")]
    GetPortPreviewUrl,
    #[serde(rename = "set_general_status")]
    SetGeneralStatus,
    #[serde(rename = "activate")]
    Activate,
    #[serde(rename = "deactivate")]
    Deactivate,
    #[serde(rename = "update_network_settings")]
    UpdateNetworkSettings,
    #[serde(rename = "update_secrets")]
    UpdateSecrets,
    #[serde(rename = "send_webhook_message")]
    SendWebhookMessage,
    #[serde(rename = "initialize_webhooks")]
    InitializeWebhooks,
    #[serde(rename = "update_sandbox_default_limited_network_egress")]
    UpdateSandboxDefaultLimitedNetworkEgress,
    #[serde(rename = "update_preview_warning")]
    UpdatePreviewWarning,
    #[serde(rename = "update_sso_enabled")]
    UpdateSsoEnabled,
    #[serde(rename = "update_otel_config")]
    UpdateOtelConfig,
    #[serde(rename = "delete_otel_config")]
    DeleteOtelConfig,
    #[serde(rename = "create_ssh_access")]
    CreateSshAccess,
    #[serde(rename = "revoke_ssh_access")]
    RevokeSshAccess,
    #[serde(rename = "recover")]
    Recover,
    #[serde(rename = "regenerate_proxy_api_key")]
    RegenerateProxyApiKey,
    #[serde(rename = "regenerate_ssh_gateway_api_key")]
    RegenerateSshGatewayApiKey,
    #[serde(rename = "regenerate_snapshot_manager_credentials")]
    RegenerateSnapshotManagerCredentials,
    #[serde(rename = "auto_stop")]
    AutoStop,
    #[serde(rename = "auto_archive")]
    AutoArchive,
    #[serde(rename = "auto_delete")]
    AutoDelete,
    #[serde(rename = "ttl_expire")]
    TtlExpire,
    #[serde(rename = "spot_evict")]
    SpotEvict,
}
impl AuditTargetScenarioActionsItem {
    /// Every value, in document order.
    pub const ALL: &'static [Self] = &[
        Self::Create,
        Self::Read,
        Self::Update,
        Self::Delete,
        Self::Login,
        Self::Register,
        Self::ChangePassword,
        Self::SetDefault,
        Self::UpdateAccess,
        Self::UpdateQuota,
        Self::CreateRegionQuota,
        Self::UpdateRegionQuota,
        Self::DeleteRegionQuota,
        Self::Suspend,
        Self::Unsuspend,
        Self::Accept,
        Self::Decline,
        Self::LinkAccount,
        Self::UnlinkAccount,
        Self::LeaveOrganization,
        Self::RegenerateKeyPair,
        Self::UpdateScheduling,
        Self::UpdateDraining,
        Self::Start,
        Self::Stop,
        Self::Resize,
        Self::ReplaceLabels,
        Self::CreateBackup,
        Self::UpdatePublicStatus,
        Self::RotateSigningKey,
        Self::SetAutoStopInterval,
        Self::SetAutoPauseInterval,
        Self::SetTtl,
        Self::SetAutoArchiveInterval,
        Self::SetAutoDeleteInterval,
        Self::Archive,
        Self::Snapshot,
        Self::Fork,
        Self::Pause,
        Self::GetPortPreviewUrl,
        Self::SetGeneralStatus,
        Self::Activate,
        Self::Deactivate,
        Self::UpdateNetworkSettings,
        Self::UpdateSecrets,
        Self::SendWebhookMessage,
        Self::InitializeWebhooks,
        Self::UpdateSandboxDefaultLimitedNetworkEgress,
        Self::UpdatePreviewWarning,
        Self::UpdateSsoEnabled,
        Self::UpdateOtelConfig,
        Self::DeleteOtelConfig,
        Self::CreateSshAccess,
        Self::RevokeSshAccess,
        Self::Recover,
        Self::RegenerateProxyApiKey,
        Self::RegenerateSshGatewayApiKey,
        Self::RegenerateSnapshotManagerCredentials,
        Self::AutoStop,
        Self::AutoArchive,
        Self::AutoDelete,
        Self::TtlExpire,
        Self::SpotEvict,
    ];
    /// The value on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Read => "read",
            Self::Update => "update",
            Self::Delete => "delete",
            Self::Login => "login",
            Self::Register => "register",
            Self::ChangePassword => "change_password",
            Self::SetDefault => "set_default",
            Self::UpdateAccess => "update_access",
            Self::UpdateQuota => "update_quota",
            Self::CreateRegionQuota => "create_region_quota",
            Self::UpdateRegionQuota => "update_region_quota",
            Self::DeleteRegionQuota => "delete_region_quota",
            Self::Suspend => "suspend",
            Self::Unsuspend => "unsuspend",
            Self::Accept => "accept",
            Self::Decline => "decline",
            Self::LinkAccount => "link_account",
            Self::UnlinkAccount => "unlink_account",
            Self::LeaveOrganization => "leave_organization",
            Self::RegenerateKeyPair => "regenerate_key_pair",
            Self::UpdateScheduling => "update_scheduling",
            Self::UpdateDraining => "update_draining",
            Self::Start => "start",
            Self::Stop => "stop",
            Self::Resize => "resize",
            Self::ReplaceLabels => "replace_labels",
            Self::CreateBackup => "create_backup",
            Self::UpdatePublicStatus => "update_public_status",
            Self::RotateSigningKey => "rotate_signing_key",
            Self::SetAutoStopInterval => "set_auto_stop_interval",
            Self::SetAutoPauseInterval => "set_auto_pause_interval",
            Self::SetTtl => "set_ttl",
            Self::SetAutoArchiveInterval => "set_auto_archive_interval",
            Self::SetAutoDeleteInterval => "set_auto_delete_interval",
            Self::Archive => "archive",
            Self::Snapshot => "snapshot",
            Self::Fork => "fork",
            Self::Pause => "pause",
            Self::GetPortPreviewUrl => "get_port_preview_url",
            Self::SetGeneralStatus => "set_general_status",
            Self::Activate => "activate",
            Self::Deactivate => "deactivate",
            Self::UpdateNetworkSettings => "update_network_settings",
            Self::UpdateSecrets => "update_secrets",
            Self::SendWebhookMessage => "send_webhook_message",
            Self::InitializeWebhooks => "initialize_webhooks",
            Self::UpdateSandboxDefaultLimitedNetworkEgress => {
                "update_sandbox_default_limited_network_egress"
            }
            Self::UpdatePreviewWarning => "update_preview_warning",
            Self::UpdateSsoEnabled => "update_sso_enabled",
            Self::UpdateOtelConfig => "update_otel_config",
            Self::DeleteOtelConfig => "delete_otel_config",
            Self::CreateSshAccess => "create_ssh_access",
            Self::RevokeSshAccess => "revoke_ssh_access",
            Self::Recover => "recover",
            Self::RegenerateProxyApiKey => "regenerate_proxy_api_key",
            Self::RegenerateSshGatewayApiKey => "regenerate_ssh_gateway_api_key",
            Self::RegenerateSnapshotManagerCredentials => {
                "regenerate_snapshot_manager_credentials"
            }
            Self::AutoStop => "auto_stop",
            Self::AutoArchive => "auto_archive",
            Self::AutoDelete => "auto_delete",
            Self::TtlExpire => "ttl_expire",
            Self::SpotEvict => "spot_evict",
        }
    }
}
/// `AuditTargetScenario`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AuditTargetScenario {
    #[serde(rename = "targetType")]
    pub target_type: AuditTargetScenarioTargetType,
    #[serde(rename = "actions")]
    pub actions: Vec<AuditTargetScenarioActionsItem>,
}
/// `AvailableSandboxClass`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AvailableSandboxClass {
    #[serde(rename = "regionId")]
    pub region_id: String,
    #[serde(rename = "sandboxClass")]
    pub sandbox_class: SandboxClass,
    #[serde(rename = "gpuAvailable")]
    pub gpu_available: bool,
    #[serde(
        rename = "allowedGpuTypes",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub allowed_gpu_types: Option<Vec<GpuType>>,
}
/// The build a sandbox or snapshot came from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct BuildInfo {
    #[serde(
        rename = "dockerfileContent",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub dockerfile_content: Option<String>,
    #[serde(rename = "contextHashes", default, skip_serializing_if = "Option::is_none")]
    pub context_hashes: Option<Vec<String>>,
    #[serde(rename = "createdAt")]
    pub created_at: String,
    #[serde(rename = "updatedAt")]
    pub updated_at: String,
    /// daytona-, the SHA-256 of the Dockerfile and the sorted hashes in hexadecimal, and :daytona.
    #[serde(rename = "snapshotRef")]
    pub snapshot_ref: String,
}
/// `CliOidcConfig`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct CliOidcConfig {
    #[serde(rename = "issuer")]
    pub issuer: String,
    #[serde(rename = "clientId")]
    pub client_id: String,
}
/// `CreateApiKey`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct CreateApiKey {
    #[serde(rename = "name")]
    pub name: String,
    #[serde(rename = "permissions")]
    pub permissions: Vec<Permission>,
    #[serde(rename = "expiresAt", default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<String>,
}
/// `CreateBuildInfo`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct CreateBuildInfo {
    #[serde(rename = "dockerfileContent")]
    pub dockerfile_content: String,
    /// Each points at <organization id>/<hash>/context.tar in the object store.
    #[serde(rename = "contextHashes", default, skip_serializing_if = "Option::is_none")]
    pub context_hashes: Option<Vec<String>>,
}
/// `CreateDockerRegistry`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct CreateDockerRegistry {
    #[serde(rename = "name")]
    pub name: String,
    #[serde(rename = "url")]
    pub url: String,
    #[serde(rename = "username")]
    pub username: String,
    #[serde(rename = "password")]
    pub password: String,
    #[serde(rename = "project", default, skip_serializing_if = "Option::is_none")]
    pub project: Option<String>,
}
/// `CreateIdentityProvider`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct CreateIdentityProvider {
    #[serde(rename = "name")]
    pub name: String,
    #[serde(rename = "oidcConfig")]
    pub oidc_config: OidcIdPConfig,
    #[serde(rename = "emailDomains")]
    pub email_domains: Vec<String>,
    #[serde(rename = "allowAnyDomain", default, skip_serializing_if = "Option::is_none")]
    pub allow_any_domain: Option<bool>,
    #[serde(
        rename = "trustEmailVerified",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub trust_email_verified: Option<bool>,
    #[serde(
        rename = "defaultAssignedRoleIds",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub default_assigned_role_ids: Option<Vec<String>>,
    #[serde(rename = "enabled", default, skip_serializing_if = "Option::is_none")]
    pub enabled: Option<bool>,
}
/// `CreateLinkedAccount`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct CreateLinkedAccount {
    #[serde(rename = "provider")]
    pub provider: String,
    #[serde(rename = "userId")]
    pub user_id: String,
}
/// `CreateOrganization`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct CreateOrganization {
    #[serde(rename = "name")]
    pub name: String,
    #[serde(rename = "defaultRegionId")]
    pub default_region_id: String,
}
/// `CreateOrganizationInvitationRole`.
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
pub enum CreateOrganizationInvitationRole {
    #[serde(rename = "owner")]
    Owner,
    #[serde(rename = "member")]
    Member,
}
impl CreateOrganizationInvitationRole {
    /// Every value, in document order.
    pub const ALL: &'static [Self] = &[Self::Owner, Self::Member];
    /// The value on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Member => "member",
        }
    }
}
/// `CreateOrganizationInvitation`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CreateOrganizationInvitation {
    #[serde(rename = "email")]
    pub email: String,
    #[serde(rename = "role")]
    pub role: CreateOrganizationInvitationRole,
    #[serde(rename = "assignedRoleIds")]
    pub assigned_role_ids: Vec<String>,
    #[serde(rename = "expiresAt", default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<String>,
}
/// `CreateOrganizationQuota`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct CreateOrganizationQuota {
    #[serde(rename = "totalCpuQuota", default, skip_serializing_if = "Option::is_none")]
    pub total_cpu_quota: Option<f64>,
    #[serde(
        rename = "totalMemoryQuota",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub total_memory_quota: Option<f64>,
    #[serde(rename = "totalDiskQuota", default, skip_serializing_if = "Option::is_none")]
    pub total_disk_quota: Option<f64>,
    #[serde(rename = "totalGpuQuota", default, skip_serializing_if = "Option::is_none")]
    pub total_gpu_quota: Option<f64>,
    #[serde(
        rename = "maxCpuPerSandbox",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub max_cpu_per_sandbox: Option<f64>,
    #[serde(
        rename = "maxMemoryPerSandbox",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub max_memory_per_sandbox: Option<f64>,
    #[serde(
        rename = "maxDiskPerSandbox",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub max_disk_per_sandbox: Option<f64>,
    #[serde(rename = "snapshotQuota", default, skip_serializing_if = "Option::is_none")]
    pub snapshot_quota: Option<f64>,
    #[serde(
        rename = "maxSnapshotSize",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub max_snapshot_size: Option<f64>,
    #[serde(rename = "volumeQuota", default, skip_serializing_if = "Option::is_none")]
    pub volume_quota: Option<f64>,
    #[serde(
        rename = "maxConcurrentSnapshotProcessing",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub max_concurrent_snapshot_processing: Option<f64>,
}
/// `CreateOrganizationRegionQuota`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CreateOrganizationRegionQuota {
    #[serde(rename = "sandboxClass")]
    pub sandbox_class: SandboxClass,
    #[serde(rename = "totalCpuQuota")]
    pub total_cpu_quota: f64,
    #[serde(rename = "totalMemoryQuota")]
    pub total_memory_quota: f64,
    #[serde(rename = "totalDiskQuota")]
    pub total_disk_quota: f64,
    #[serde(rename = "totalGpuQuota")]
    pub total_gpu_quota: f64,
    #[serde(
        rename = "allowedGpuTypes",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub allowed_gpu_types: Option<Vec<GpuType>>,
    #[serde(
        rename = "maxCpuPerSandbox",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub max_cpu_per_sandbox: Option<f64>,
    #[serde(
        rename = "maxMemoryPerSandbox",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub max_memory_per_sandbox: Option<f64>,
    #[serde(
        rename = "maxDiskPerSandbox",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub max_disk_per_sandbox: Option<f64>,
    #[serde(
        rename = "maxDiskPerNonEphemeralSandbox",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub max_disk_per_non_ephemeral_sandbox: Option<f64>,
    #[serde(rename = "maxCpuPerGpu", default, skip_serializing_if = "Option::is_none")]
    pub max_cpu_per_gpu: Option<f64>,
    #[serde(
        rename = "maxMemoryPerGpu",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub max_memory_per_gpu: Option<f64>,
    #[serde(rename = "maxDiskPerGpu", default, skip_serializing_if = "Option::is_none")]
    pub max_disk_per_gpu: Option<f64>,
    #[serde(
        rename = "maxSandboxLifespan",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub max_sandbox_lifespan: Option<f64>,
}
/// `CreateOrganizationRole`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct CreateOrganizationRole {
    #[serde(rename = "name")]
    pub name: String,
    #[serde(rename = "description")]
    pub description: String,
    #[serde(rename = "permissions")]
    pub permissions: Vec<Permission>,
}
/// `CreateRegion`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct CreateRegion {
    #[serde(rename = "name")]
    pub name: String,
    #[serde(rename = "proxyUrl", default, skip_serializing_if = "Option::is_none")]
    pub proxy_url: Option<String>,
    #[serde(rename = "sshGatewayUrl", default, skip_serializing_if = "Option::is_none")]
    pub ssh_gateway_url: Option<String>,
    #[serde(
        rename = "snapshotManagerUrl",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub snapshot_manager_url: Option<String>,
    #[serde(rename = "otelEndpoint", default, skip_serializing_if = "Option::is_none")]
    pub otel_endpoint: Option<String>,
}
/// `CreateRegionResponse`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct CreateRegionResponse {
    #[serde(rename = "id")]
    pub id: String,
    #[serde(rename = "proxyApiKey", default, skip_serializing_if = "Option::is_none")]
    pub proxy_api_key: Option<String>,
    #[serde(
        rename = "sshGatewayApiKey",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub ssh_gateway_api_key: Option<String>,
    #[serde(
        rename = "snapshotManagerUsername",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub snapshot_manager_username: Option<String>,
    #[serde(
        rename = "snapshotManagerPassword",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub snapshot_manager_password: Option<String>,
}
/// `CreateRunnerSandboxClass`.
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
pub enum CreateRunnerSandboxClass {
    #[serde(rename = "container")]
    Container,
    #[serde(rename = "linux-vm")]
    LinuxVm,
    #[serde(rename = "windows")]
    Windows,
}
impl CreateRunnerSandboxClass {
    /// Every value, in document order.
    pub const ALL: &'static [Self] = &[Self::Container, Self::LinuxVm, Self::Windows];
    /// The value on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Container => "container",
            Self::LinuxVm => "linux-vm",
            Self::Windows => "windows",
        }
    }
}
/// `CreateRunner`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct CreateRunner {
    #[serde(rename = "regionId")]
    pub region_id: String,
    #[serde(rename = "name")]
    pub name: String,
    #[serde(rename = "tags", default, skip_serializing_if = "Option::is_none")]
    pub tags: Option<Vec<String>>,
    #[serde(rename = "sandboxClass", default, skip_serializing_if = "Option::is_none")]
    pub sandbox_class: Option<CreateRunnerSandboxClass>,
}
/// `CreateRunnerResponse`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct CreateRunnerResponse {
    #[serde(rename = "id")]
    pub id: String,
    #[serde(rename = "apiKey")]
    pub api_key: String,
}
/// Everything is optional; an empty object makes a sandbox from the default snapshot.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct CreateSandbox {
    /// No HTML tags, URLs or control characters; anything else goes.
    #[serde(rename = "name", default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Name or id; the default snapshot when empty.
    #[serde(rename = "snapshot", default, skip_serializing_if = "Option::is_none")]
    pub snapshot: Option<String>,
    /// daytona when not given.
    #[serde(rename = "user", default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    #[serde(rename = "env", default, skip_serializing_if = "Option::is_none")]
    pub env: Option<BTreeMap<String, String>>,
    #[serde(rename = "labels", default, skip_serializing_if = "Option::is_none")]
    pub labels: Option<BTreeMap<String, String>>,
    #[serde(rename = "public", default, skip_serializing_if = "Option::is_none")]
    pub public: Option<bool>,
    /// Cuts all outgoing traffic.
    #[serde(
        rename = "networkBlockAll",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub network_block_all: Option<bool>,
    #[serde(rename = "kvm", default, skip_serializing_if = "Option::is_none")]
    pub kvm: Option<bool>,
    /// Comma list of at most 10 IPv4 networks with prefix length.
    #[serde(
        rename = "networkAllowList",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub network_allow_list: Option<String>,
    /// Comma list of at most 10 host names, *. allowed in front.
    #[serde(
        rename = "domainAllowList",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub domain_allow_list: Option<String>,
    #[serde(
        rename = "outboundProxyUrl",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub outbound_proxy_url: Option<String>,
    #[serde(
        rename = "otelEndpointOverride",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub otel_endpoint_override: Option<String>,
    /// Name or id of a region; the default region when empty.
    #[serde(rename = "target", default, skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// Cores, with buildInfo only; 1 when not given.
    #[serde(rename = "cpu", default, skip_serializing_if = "Option::is_none")]
    pub cpu: Option<i64>,
    /// With buildInfo only.
    #[serde(rename = "gpu", default, skip_serializing_if = "Option::is_none")]
    pub gpu: Option<i64>,
    #[serde(rename = "gpuType", default, skip_serializing_if = "Option::is_none")]
    pub gpu_type: Option<Vec<GpuType>>,
    #[serde(rename = "spot", default, skip_serializing_if = "Option::is_none")]
    pub spot: Option<bool>,
    /// GiB, with buildInfo only; 1 when not given.
    #[serde(rename = "memory", default, skip_serializing_if = "Option::is_none")]
    pub memory: Option<i64>,
    /// GiB, with buildInfo only; 3 when not given.
    #[serde(rename = "disk", default, skip_serializing_if = "Option::is_none")]
    pub disk: Option<i64>,
    /// Idle minutes until stop; 0 is off, 15 when not given.
    #[serde(
        rename = "autoStopInterval",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub auto_stop_interval: Option<i64>,
    /// Idle minutes until pause; 0 is off.
    #[serde(
        rename = "autoPauseInterval",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub auto_pause_interval: Option<i64>,
    /// Minutes stopped until archived; 10080 when not given, 0 means 43200.
    #[serde(
        rename = "autoArchiveInterval",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub auto_archive_interval: Option<i64>,
    /// Minutes stopped until deleted; negative is off (-1 when not given), 0 deletes on stop.
    #[serde(
        rename = "autoDeleteInterval",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub auto_delete_interval: Option<i64>,
    /// Minutes until it is destroyed whatever it does.
    #[serde(rename = "ttlMinutes", default, skip_serializing_if = "Option::is_none")]
    pub ttl_minutes: Option<i64>,
    #[serde(rename = "queueTimeout", default, skip_serializing_if = "Option::is_none")]
    pub queue_timeout: Option<i64>,
    #[serde(rename = "volumes", default, skip_serializing_if = "Option::is_none")]
    pub volumes: Option<Vec<SandboxVolume>>,
    #[serde(rename = "buildInfo", default, skip_serializing_if = "Option::is_none")]
    pub build_info: Option<CreateBuildInfo>,
    /// The sandbox, by id or name, whose deletion takes this one along.
    #[serde(rename = "linkedSandbox", default, skip_serializing_if = "Option::is_none")]
    pub linked_sandbox: Option<String>,
    /// Objects of one pair: environment name, secret name.
    #[serde(rename = "secrets", default, skip_serializing_if = "Option::is_none")]
    pub secrets: Option<Vec<BTreeMap<String, String>>>,
}
/// `CreateSandboxSnapshot`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct CreateSandboxSnapshot {
    #[serde(rename = "name")]
    pub name: String,
    #[serde(rename = "includeMemory", default, skip_serializing_if = "Option::is_none")]
    pub include_memory: Option<bool>,
}
/// `CreateSecret`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct CreateSecret {
    /// Letters, digits, _ and -; begins with a letter or _.
    #[serde(rename = "name")]
    pub name: String,
    /// Never handed out again.
    #[serde(rename = "value")]
    pub value: String,
    #[serde(rename = "description", default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    #[serde(rename = "hosts", default, skip_serializing_if = "Option::is_none")]
    pub hosts: Option<Vec<String>>,
}
/// `CreateSnapshot`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct CreateSnapshot {
    #[serde(rename = "name")]
    pub name: String,
    /// With a tag other than latest, or a digest.
    #[serde(rename = "imageName", default, skip_serializing_if = "Option::is_none")]
    pub image_name: Option<String>,
    #[serde(rename = "entrypoint", default, skip_serializing_if = "Option::is_none")]
    pub entrypoint: Option<Vec<String>>,
    /// Cores; 1 when not given.
    #[serde(rename = "cpu", default, skip_serializing_if = "Option::is_none")]
    pub cpu: Option<i64>,
    #[serde(rename = "gpu", default, skip_serializing_if = "Option::is_none")]
    pub gpu: Option<i64>,
    #[serde(rename = "gpuType", default, skip_serializing_if = "Option::is_none")]
    pub gpu_type: Option<Vec<GpuType>>,
    /// GiB; 1 when not given.
    #[serde(rename = "memory", default, skip_serializing_if = "Option::is_none")]
    pub memory: Option<i64>,
    /// GiB; 3 when not given.
    #[serde(rename = "disk", default, skip_serializing_if = "Option::is_none")]
    pub disk: Option<i64>,
    #[serde(rename = "buildInfo", default, skip_serializing_if = "Option::is_none")]
    pub build_info: Option<CreateBuildInfo>,
    /// An id; names are not looked up.
    #[serde(rename = "regionId", default, skip_serializing_if = "Option::is_none")]
    pub region_id: Option<String>,
    #[serde(rename = "sandboxClass", default, skip_serializing_if = "Option::is_none")]
    pub sandbox_class: Option<SandboxClass>,
}
/// `CreateUserRole`.
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
pub enum CreateUserRole {
    #[serde(rename = "admin")]
    Admin,
    #[serde(rename = "user")]
    User,
}
impl CreateUserRole {
    /// Every value, in document order.
    pub const ALL: &'static [Self] = &[Self::Admin, Self::User];
    /// The value on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Admin => "admin",
            Self::User => "user",
        }
    }
}
/// `CreateUserEmailVerifiedSource`.
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
pub enum CreateUserEmailVerifiedSource {
    #[serde(rename = "auth0")]
    Auth0,
    #[serde(rename = "admin")]
    Admin,
    #[serde(rename = "sso")]
    Sso,
}
impl CreateUserEmailVerifiedSource {
    /// Every value, in document order.
    pub const ALL: &'static [Self] = &[Self::Auth0, Self::Admin, Self::Sso];
    /// The value on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Auth0 => "auth0",
            Self::Admin => "admin",
            Self::Sso => "sso",
        }
    }
}
/// `CreateUser`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct CreateUser {
    #[serde(rename = "id", default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    #[serde(rename = "name")]
    pub name: String,
    #[serde(rename = "email", default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    #[serde(
        rename = "personalOrganizationQuota",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub personal_organization_quota: Option<CreateOrganizationQuota>,
    #[serde(
        rename = "personalOrganizationDefaultRegionId",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub personal_organization_default_region_id: Option<String>,
    #[serde(rename = "role", default, skip_serializing_if = "Option::is_none")]
    pub role: Option<CreateUserRole>,
    #[serde(rename = "emailVerified", default, skip_serializing_if = "Option::is_none")]
    pub email_verified: Option<bool>,
    #[serde(
        rename = "emailVerifiedSource",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub email_verified_source: Option<CreateUserEmailVerifiedSource>,
}
/// `CreateVolume`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct CreateVolume {
    /// The id when empty.
    #[serde(rename = "name")]
    pub name: String,
}
/// `CreateWarmPool`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct CreateWarmPool {
    #[serde(rename = "snapshot")]
    pub snapshot: String,
    #[serde(rename = "pool")]
    pub pool: i64,
    #[serde(rename = "target", default, skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
}
/// `DateFilter`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct DateFilter {
    #[serde(rename = "gte", default, skip_serializing_if = "Option::is_none")]
    pub gte: Option<String>,
    #[serde(rename = "lte", default, skip_serializing_if = "Option::is_none")]
    pub lte: Option<String>,
    #[serde(rename = "gt", default, skip_serializing_if = "Option::is_none")]
    pub gt: Option<String>,
    #[serde(rename = "lt", default, skip_serializing_if = "Option::is_none")]
    pub lt: Option<String>,
}
/// maintananceMode is spelt like this on the wire.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct DaytonaConfiguration {
    #[serde(rename = "version")]
    pub version: String,
    #[serde(rename = "buildSha", default, skip_serializing_if = "Option::is_none")]
    pub build_sha: Option<String>,
    #[serde(rename = "posthog", default, skip_serializing_if = "Option::is_none")]
    pub posthog: Option<PosthogConfig>,
    #[serde(rename = "oidc")]
    pub oidc: OidcConfig,
    #[serde(rename = "ssoOidc", default, skip_serializing_if = "Option::is_none")]
    pub sso_oidc: Option<SsoOidcConfig>,
    #[serde(
        rename = "forcedFeatureFlags",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub forced_feature_flags: Option<Vec<String>>,
    #[serde(rename = "linkedAccountsEnabled")]
    pub linked_accounts_enabled: bool,
    #[serde(rename = "announcements")]
    pub announcements: BTreeMap<String, Announcement>,
    #[serde(rename = "pylonAppId", default, skip_serializing_if = "Option::is_none")]
    pub pylon_app_id: Option<String>,
    /// With {{PORT}} and {{sandboxId}} to be filled in.
    #[serde(rename = "proxyTemplateUrl")]
    pub proxy_template_url: String,
    #[serde(rename = "proxyToolboxUrl")]
    pub proxy_toolbox_url: String,
    #[serde(rename = "defaultSnapshot")]
    pub default_snapshot: String,
    #[serde(rename = "dashboardUrl")]
    pub dashboard_url: String,
    /// Minutes; 43200.
    #[serde(rename = "maxAutoArchiveInterval")]
    pub max_auto_archive_interval: i64,
    #[serde(rename = "maintananceMode")]
    pub maintanance_mode: bool,
    #[serde(rename = "environment")]
    pub environment: String,
    #[serde(rename = "billingApiUrl", default, skip_serializing_if = "Option::is_none")]
    pub billing_api_url: Option<String>,
    /// When present, clients read metrics there.
    #[serde(
        rename = "analyticsApiUrl",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub analytics_api_url: Option<String>,
    #[serde(
        rename = "stripePublishableKey",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub stripe_publishable_key: Option<String>,
    /// With {{TOKEN}} to be filled in.
    #[serde(
        rename = "sshGatewayCommand",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub ssh_gateway_command: Option<String>,
    #[serde(
        rename = "sshGatewayPublicKey",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub ssh_gateway_public_key: Option<String>,
    #[serde(rename = "sshGatewayHost", default, skip_serializing_if = "Option::is_none")]
    pub ssh_gateway_host: Option<String>,
    #[serde(rename = "sshGatewayPort", default, skip_serializing_if = "Option::is_none")]
    pub ssh_gateway_port: Option<i64>,
    #[serde(
        rename = "sshGatewayHostKeys",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub ssh_gateway_host_keys: Option<Vec<String>>,
    #[serde(
        rename = "sshGatewayHostKeyFingerprints",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub ssh_gateway_host_key_fingerprints: Option<Vec<String>>,
    #[serde(rename = "rateLimit", default, skip_serializing_if = "Option::is_none")]
    pub rate_limit: Option<RateLimitConfig>,
}
/// `DirectorySyncStatus`.
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
pub enum DirectorySyncStatus {
    #[serde(rename = "active")]
    Active,
    #[serde(rename = "inactive")]
    Inactive,
    #[serde(rename = "deleted")]
    Deleted,
}
impl DirectorySyncStatus {
    /// Every value, in document order.
    pub const ALL: &'static [Self] = &[Self::Active, Self::Inactive, Self::Deleted];
    /// The value on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Inactive => "inactive",
            Self::Deleted => "deleted",
        }
    }
}
/// `DockerRegistryRegistryType`.
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
pub enum DockerRegistryRegistryType {
    #[serde(rename = "internal")]
    Internal,
    #[serde(rename = "organization")]
    Organization,
    #[serde(rename = "transient")]
    Transient,
    #[serde(rename = "backup")]
    Backup,
}
impl DockerRegistryRegistryType {
    /// Every value, in document order.
    pub const ALL: &'static [Self] = &[
        Self::Internal,
        Self::Organization,
        Self::Transient,
        Self::Backup,
    ];
    /// The value on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Internal => "internal",
            Self::Organization => "organization",
            Self::Transient => "transient",
            Self::Backup => "backup",
        }
    }
}
/// `DockerRegistry`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DockerRegistry {
    #[serde(rename = "id")]
    pub id: String,
    #[serde(rename = "name")]
    pub name: String,
    #[serde(rename = "url")]
    pub url: String,
    #[serde(rename = "username")]
    pub username: String,
    #[serde(rename = "project")]
    pub project: String,
    #[serde(rename = "registryType")]
    pub registry_type: DockerRegistryRegistryType,
    #[serde(rename = "createdAt")]
    pub created_at: String,
    #[serde(rename = "updatedAt")]
    pub updated_at: String,
}
/// Body of every error that is not described otherwise.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct Error {
    /// Request path with its query; missing when the body was not JSON.
    #[serde(rename = "path", default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// UTC with milliseconds; missing when the body was not JSON.
    #[serde(rename = "timestamp", default, skip_serializing_if = "Option::is_none")]
    pub timestamp: Option<String>,
    /// Repeats the HTTP status.
    #[serde(rename = "statusCode")]
    pub status_code: i64,
    /// Reason phrase of the status.
    #[serde(rename = "error")]
    pub error: String,
    /// One text, never a list.
    #[serde(rename = "message")]
    pub message: String,
    /// Machine-readable reason; few answers have one.
    #[serde(rename = "code", default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// Which server spoke; clients know DAYTONA_API, DAYTONA_DAEMON and DAYTONA_PROXY.
    #[serde(rename = "source", default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
}
/// `EventTransportError`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct EventTransportError {
    #[serde(rename = "code")]
    pub code: i64,
    #[serde(rename = "message")]
    pub message: String,
}
/// `ForkSandbox`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct ForkSandbox {
    #[serde(rename = "name", default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}
/// `GenerateWorkosAdminPortalLink`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GenerateWorkosAdminPortalLink {
    #[serde(rename = "intent")]
    pub intent: WorkosAdminPortalIntent,
}
/// `GpuCapacity`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GpuCapacity {
    #[serde(rename = "gpuType")]
    pub gpu_type: GpuType,
    #[serde(rename = "availableOnDemand")]
    pub available_on_demand: i64,
    #[serde(rename = "availableSpot")]
    pub available_spot: i64,
}
/// `GpuCapacityResponse`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct GpuCapacityResponse {
    #[serde(rename = "observedAt")]
    pub observed_at: String,
    #[serde(rename = "capacity")]
    pub capacity: Vec<GpuCapacity>,
}
/// `GpuType`.
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
pub enum GpuType {
    #[serde(rename = "H100")]
    H100,
    #[serde(rename = "H200")]
    H200,
    #[serde(rename = "RTX-PRO-6000")]
    RtxPro6000,
    #[serde(rename = "RTX-4090")]
    Rtx4090,
    #[serde(rename = "RTX-5090")]
    Rtx5090,
    #[serde(rename = "B200")]
    B200,
    #[serde(rename = "B300")]
    B300,
    #[serde(rename = "MI355X")]
    Mi355X,
}
impl GpuType {
    /// Every value, in document order.
    pub const ALL: &'static [Self] = &[
        Self::H100,
        Self::H200,
        Self::RtxPro6000,
        Self::Rtx4090,
        Self::Rtx5090,
        Self::B200,
        Self::B300,
        Self::Mi355X,
    ];
    /// The value on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::H100 => "H100",
            Self::H200 => "H200",
            Self::RtxPro6000 => "RTX-PRO-6000",
            Self::Rtx4090 => "RTX-4090",
            Self::Rtx5090 => "RTX-5090",
            Self::B200 => "B200",
            Self::B300 => "B300",
            Self::Mi355X => "MI355X",
        }
    }
}
/// `HealthReportInfoValue`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct HealthReportInfoValue {
    #[serde(rename = "status")]
    pub status: String,
}
/// `HealthReportErrorValue`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct HealthReportErrorValue {
    #[serde(rename = "status")]
    pub status: String,
}
/// `HealthReportDetailsValue`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct HealthReportDetailsValue {
    #[serde(rename = "status")]
    pub status: String,
}
/// `HealthReport`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct HealthReport {
    #[serde(rename = "status", default, skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    #[serde(rename = "info", default, skip_serializing_if = "Option::is_none")]
    pub info: Option<BTreeMap<String, HealthReportInfoValue>>,
    #[serde(rename = "error", default, skip_serializing_if = "Option::is_none")]
    pub error: Option<BTreeMap<String, HealthReportErrorValue>>,
    #[serde(rename = "details", default, skip_serializing_if = "Option::is_none")]
    pub details: Option<BTreeMap<String, HealthReportDetailsValue>>,
}
/// `IdentityProvider`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct IdentityProvider {
    #[serde(rename = "id")]
    pub id: String,
    #[serde(rename = "organizationId")]
    pub organization_id: String,
    #[serde(rename = "name")]
    pub name: String,
    #[serde(rename = "oidcConfig")]
    pub oidc_config: OidcIdPConfigResponse,
    #[serde(rename = "emailDomains")]
    pub email_domains: Vec<String>,
    #[serde(rename = "allowAnyDomain")]
    pub allow_any_domain: bool,
    #[serde(rename = "trustEmailVerified")]
    pub trust_email_verified: bool,
    #[serde(rename = "defaultAssignedRoleIds")]
    pub default_assigned_role_ids: Vec<String>,
    #[serde(rename = "enabled")]
    pub enabled: bool,
    #[serde(rename = "createdAt")]
    pub created_at: String,
    #[serde(rename = "updatedAt")]
    pub updated_at: String,
}
/// `IntFilter`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct IntFilter {
    #[serde(rename = "eq", default, skip_serializing_if = "Option::is_none")]
    pub eq: Option<f64>,
    #[serde(rename = "not", default, skip_serializing_if = "Option::is_none")]
    pub not: Option<f64>,
    #[serde(rename = "in", default, skip_serializing_if = "Option::is_none")]
    pub r#in: Option<Vec<f64>>,
    #[serde(rename = "notIn", default, skip_serializing_if = "Option::is_none")]
    pub not_in: Option<Vec<f64>>,
    #[serde(rename = "gte", default, skip_serializing_if = "Option::is_none")]
    pub gte: Option<f64>,
    #[serde(rename = "lte", default, skip_serializing_if = "Option::is_none")]
    pub lte: Option<f64>,
    #[serde(rename = "gt", default, skip_serializing_if = "Option::is_none")]
    pub gt: Option<f64>,
    #[serde(rename = "lt", default, skip_serializing_if = "Option::is_none")]
    pub lt: Option<f64>,
}
/// `JobResourceType`.
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
pub enum JobResourceType {
    #[serde(rename = "SANDBOX")]
    Sandbox,
    #[serde(rename = "SNAPSHOT")]
    Snapshot,
    #[serde(rename = "BACKUP")]
    Backup,
}
impl JobResourceType {
    /// Every value, in document order.
    pub const ALL: &'static [Self] = &[Self::Sandbox, Self::Snapshot, Self::Backup];
    /// The value on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sandbox => "SANDBOX",
            Self::Snapshot => "SNAPSHOT",
            Self::Backup => "BACKUP",
        }
    }
}
/// `Job`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Job {
    #[serde(rename = "id")]
    pub id: String,
    #[serde(rename = "type")]
    pub r#type: JobType,
    #[serde(rename = "status")]
    pub status: JobStatus,
    #[serde(rename = "resourceType")]
    pub resource_type: JobResourceType,
    #[serde(rename = "resourceId")]
    pub resource_id: String,
    #[serde(rename = "payload", default, skip_serializing_if = "Option::is_none")]
    pub payload: Option<String>,
    #[serde(rename = "traceContext", default, skip_serializing_if = "Option::is_none")]
    pub trace_context: Option<serde_json::Map<String, serde_json::Value>>,
    #[serde(rename = "errorMessage", default, skip_serializing_if = "Option::is_none")]
    pub error_message: Option<String>,
    #[serde(rename = "createdAt")]
    pub created_at: String,
    #[serde(rename = "updatedAt", default, skip_serializing_if = "Option::is_none")]
    pub updated_at: Option<String>,
}
/// `JobStatus`.
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
pub enum JobStatus {
    #[serde(rename = "PENDING")]
    Pending,
    #[serde(rename = "IN_PROGRESS")]
    InProgress,
    #[serde(rename = "COMPLETED")]
    Completed,
    #[serde(rename = "FAILED")]
    Failed,
}
impl JobStatus {
    /// Every value, in document order.
    pub const ALL: &'static [Self] = &[
        Self::Pending,
        Self::InProgress,
        Self::Completed,
        Self::Failed,
    ];
    /// The value on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "PENDING",
            Self::InProgress => "IN_PROGRESS",
            Self::Completed => "COMPLETED",
            Self::Failed => "FAILED",
        }
    }
}
/// `JobType`.
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
pub enum JobType {
    #[serde(rename = "CREATE_SANDBOX")]
    CreateSandbox,
    #[serde(rename = "START_SANDBOX")]
    StartSandbox,
    #[serde(rename = "STOP_SANDBOX")]
    StopSandbox,
    #[serde(rename = "DESTROY_SANDBOX")]
    DestroySandbox,
    #[serde(rename = "RESIZE_SANDBOX")]
    ResizeSandbox,
    #[serde(rename = "CREATE_BACKUP")]
    CreateBackup,
    #[serde(rename = "BUILD_SNAPSHOT")]
    BuildSnapshot,
    #[serde(rename = "PULL_SNAPSHOT")]
    PullSnapshot,
    #[serde(rename = "RECOVER_SANDBOX")]
    RecoverSandbox,
    #[serde(rename = "INSPECT_SNAPSHOT_IN_REGISTRY")]
    InspectSnapshotInRegistry,
    #[serde(rename = "REMOVE_SNAPSHOT")]
    RemoveSnapshot,
    #[serde(rename = "UPDATE_SANDBOX_NETWORK_SETTINGS")]
    UpdateSandboxNetworkSettings,
    #[serde(rename = "UPDATE_SANDBOX_SECRETS")]
    UpdateSandboxSecrets,
    #[serde(rename = "SNAPSHOT_SANDBOX")]
    SnapshotSandbox,
    #[serde(rename = "FORK_SANDBOX")]
    ForkSandbox,
    #[serde(rename = "PAUSE_SANDBOX")]
    PauseSandbox,
}
impl JobType {
    /// Every value, in document order.
    pub const ALL: &'static [Self] = &[
        Self::CreateSandbox,
        Self::StartSandbox,
        Self::StopSandbox,
        Self::DestroySandbox,
        Self::ResizeSandbox,
        Self::CreateBackup,
        Self::BuildSnapshot,
        Self::PullSnapshot,
        Self::RecoverSandbox,
        Self::InspectSnapshotInRegistry,
        Self::RemoveSnapshot,
        Self::UpdateSandboxNetworkSettings,
        Self::UpdateSandboxSecrets,
        Self::SnapshotSandbox,
        Self::ForkSandbox,
        Self::PauseSandbox,
    ];
    /// The value on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::CreateSandbox => "CREATE_SANDBOX",
            Self::StartSandbox => "START_SANDBOX",
            Self::StopSandbox => "STOP_SANDBOX",
            Self::DestroySandbox => "DESTROY_SANDBOX",
            Self::ResizeSandbox => "RESIZE_SANDBOX",
            Self::CreateBackup => "CREATE_BACKUP",
            Self::BuildSnapshot => "BUILD_SNAPSHOT",
            Self::PullSnapshot => "PULL_SNAPSHOT",
            Self::RecoverSandbox => "RECOVER_SANDBOX",
            Self::InspectSnapshotInRegistry => "INSPECT_SNAPSHOT_IN_REGISTRY",
            Self::RemoveSnapshot => "REMOVE_SNAPSHOT",
            Self::UpdateSandboxNetworkSettings => "UPDATE_SANDBOX_NETWORK_SETTINGS",
            Self::UpdateSandboxSecrets => "UPDATE_SANDBOX_SECRETS",
            Self::SnapshotSandbox => "SNAPSHOT_SANDBOX",
            Self::ForkSandbox => "FORK_SANDBOX",
            Self::PauseSandbox => "PAUSE_SANDBOX",
        }
    }
}
/// `LegacyProjectInfo`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct LegacyProjectInfo {
    #[serde(
        rename = "providerMetadata",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub provider_metadata: Option<String>,
}
/// The one project of a workspace, for the oldest clients.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct LegacyProject {
    #[serde(rename = "name", default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    #[serde(rename = "info", default, skip_serializing_if = "Option::is_none")]
    pub info: Option<LegacyProjectInfo>,
}
/// What the text in `info.providerMetadata` parses to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct LegacyProviderMetadata {
    #[serde(rename = "state", default, skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
    #[serde(rename = "nodeDomain", default, skip_serializing_if = "Option::is_none")]
    pub node_domain: Option<String>,
    #[serde(rename = "region", default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    #[serde(rename = "class", default, skip_serializing_if = "Option::is_none")]
    pub class: Option<String>,
    #[serde(rename = "updatedAt", default, skip_serializing_if = "Option::is_none")]
    pub updated_at: Option<String>,
    #[serde(rename = "lastSnapshot", default, skip_serializing_if = "Option::is_none")]
    pub last_snapshot: Option<String>,
    #[serde(rename = "cpu", default, skip_serializing_if = "Option::is_none")]
    pub cpu: Option<i64>,
    #[serde(rename = "gpu", default, skip_serializing_if = "Option::is_none")]
    pub gpu: Option<i64>,
    #[serde(rename = "memory", default, skip_serializing_if = "Option::is_none")]
    pub memory: Option<i64>,
    #[serde(rename = "disk", default, skip_serializing_if = "Option::is_none")]
    pub disk: Option<i64>,
    #[serde(
        rename = "autoStopInterval",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub auto_stop_interval: Option<i64>,
}
/// What clients before 0.18 read the state from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct LegacySandboxInfo {
    #[serde(rename = "name")]
    pub name: String,
    /// ISO time of creation.
    #[serde(rename = "created")]
    pub created: String,
    /// A JSON text, not an object; see LegacyProviderMetadata.
    #[serde(rename = "providerMetadata")]
    pub provider_metadata: String,
    /// Always empty.
    #[serde(rename = "projects", default, skip_serializing_if = "Option::is_none")]
    pub projects: Option<Vec<serde_json::Map<String, serde_json::Value>>>,
}
/// nextCursor is always there, null on the last page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct ListSandboxesResponse {
    #[serde(rename = "items")]
    pub items: Vec<SandboxListItem>,
    #[serde(rename = "nextCursor", default)]
    pub next_cursor: Option<String>,
}
/// `ListSecretsResponse`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct ListSecretsResponse {
    #[serde(rename = "items")]
    pub items: Vec<Secret>,
    #[serde(rename = "total")]
    pub total: i64,
    #[serde(rename = "nextCursor", default)]
    pub next_cursor: Option<String>,
}
/// One log record in the terms of OpenTelemetry.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct LogEntry {
    #[serde(rename = "timestamp")]
    pub timestamp: String,
    #[serde(rename = "body")]
    pub body: String,
    #[serde(rename = "severityText")]
    pub severity_text: String,
    #[serde(rename = "severityNumber", default, skip_serializing_if = "Option::is_none")]
    pub severity_number: Option<f64>,
    #[serde(rename = "serviceName")]
    pub service_name: String,
    #[serde(rename = "resourceAttributes")]
    pub resource_attributes: BTreeMap<String, String>,
    #[serde(rename = "logAttributes")]
    pub log_attributes: BTreeMap<String, String>,
    #[serde(rename = "traceId", default, skip_serializing_if = "Option::is_none")]
    pub trace_id: Option<String>,
    #[serde(rename = "spanId", default, skip_serializing_if = "Option::is_none")]
    pub span_id: Option<String>,
}
/// `MetricDataPoint`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct MetricDataPoint {
    #[serde(rename = "timestamp")]
    pub timestamp: String,
    #[serde(rename = "value")]
    pub value: f64,
}
/// `MetricSeries`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct MetricSeries {
    #[serde(rename = "metricName")]
    pub metric_name: String,
    #[serde(rename = "dataPoints")]
    pub data_points: Vec<MetricDataPoint>,
}
/// `MetricsResponse`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct MetricsResponse {
    #[serde(rename = "series")]
    pub series: Vec<MetricSeries>,
}
/// `OidcConfig`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct OidcConfig {
    #[serde(rename = "issuer")]
    pub issuer: String,
    #[serde(rename = "clientId")]
    pub client_id: String,
    #[serde(rename = "audience")]
    pub audience: String,
    #[serde(rename = "provider")]
    pub provider: String,
    #[serde(
        rename = "authApiHostname",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub auth_api_hostname: Option<String>,
    #[serde(rename = "cli", default, skip_serializing_if = "Option::is_none")]
    pub cli: Option<CliOidcConfig>,
}
/// `OidcIdPConfig`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct OidcIdPConfig {
    #[serde(rename = "issuerUrl")]
    pub issuer_url: String,
    #[serde(rename = "clientId")]
    pub client_id: String,
    #[serde(rename = "clientSecret")]
    pub client_secret: String,
    #[serde(rename = "scope", default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
}
/// `OidcIdPConfigResponse`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct OidcIdPConfigResponse {
    #[serde(rename = "issuerUrl")]
    pub issuer_url: String,
    #[serde(rename = "clientId")]
    pub client_id: String,
    #[serde(rename = "scope", default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
}
/// `Organization`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct Organization {
    #[serde(rename = "id")]
    pub id: String,
    #[serde(rename = "name")]
    pub name: String,
    #[serde(rename = "createdBy")]
    pub created_by: String,
    #[serde(rename = "personal")]
    pub personal: bool,
    #[serde(rename = "createdAt")]
    pub created_at: String,
    #[serde(rename = "updatedAt")]
    pub updated_at: String,
    #[serde(rename = "suspended")]
    pub suspended: bool,
    /// Null while not suspended; the generated Python client refuses null here.
    #[serde(rename = "suspendedAt", default)]
    pub suspended_at: Option<String>,
    /// Null while not suspended; the generated Python client refuses null here.
    #[serde(rename = "suspensionReason", default)]
    pub suspension_reason: Option<String>,
    /// Null while not suspended; the generated Python client refuses null here.
    #[serde(rename = "suspendedUntil", default)]
    pub suspended_until: Option<String>,
    #[serde(rename = "suspensionCleanupGracePeriodHours")]
    pub suspension_cleanup_grace_period_hours: f64,
    #[serde(rename = "maxCpuPerSandbox")]
    pub max_cpu_per_sandbox: f64,
    #[serde(rename = "maxMemoryPerSandbox")]
    pub max_memory_per_sandbox: f64,
    #[serde(rename = "maxDiskPerSandbox")]
    pub max_disk_per_sandbox: f64,
    #[serde(rename = "secretQuota")]
    pub secret_quota: f64,
    #[serde(rename = "maxSecretsPerSandbox")]
    pub max_secrets_per_sandbox: f64,
    /// Minutes without use.
    #[serde(rename = "snapshotDeactivationTimeoutMinutes")]
    pub snapshot_deactivation_timeout_minutes: f64,
    #[serde(rename = "sandboxLimitedNetworkEgress")]
    pub sandbox_limited_network_egress: bool,
    #[serde(rename = "previewWarningEnabled")]
    pub preview_warning_enabled: bool,
    #[serde(rename = "ssoEnabled")]
    pub sso_enabled: bool,
    #[serde(
        rename = "defaultRegionId",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub default_region_id: Option<String>,
    #[serde(rename = "authenticatedRateLimit", default)]
    pub authenticated_rate_limit: Option<f64>,
    #[serde(rename = "sandboxCreateRateLimit", default)]
    pub sandbox_create_rate_limit: Option<f64>,
    #[serde(rename = "sandboxLifecycleRateLimit", default)]
    pub sandbox_lifecycle_rate_limit: Option<f64>,
    #[serde(rename = "experimentalConfig")]
    pub experimental_config: serde_json::Map<String, serde_json::Value>,
    #[serde(rename = "otelConfig", default)]
    pub otel_config: Option<serde_json::Value>,
    #[serde(rename = "authenticatedRateLimitTtlSeconds", default)]
    pub authenticated_rate_limit_ttl_seconds: Option<f64>,
    #[serde(rename = "sandboxCreateRateLimitTtlSeconds", default)]
    pub sandbox_create_rate_limit_ttl_seconds: Option<f64>,
    #[serde(rename = "sandboxLifecycleRateLimitTtlSeconds", default)]
    pub sandbox_lifecycle_rate_limit_ttl_seconds: Option<f64>,
    #[serde(rename = "defaultQueueTimeout", default)]
    pub default_queue_timeout: Option<i64>,
    #[serde(rename = "scimEnabled")]
    pub scim_enabled: bool,
    #[serde(rename = "workosOrgId", default, skip_serializing_if = "Option::is_none")]
    pub workos_org_id: Option<String>,
    #[serde(
        rename = "directorySyncStatus",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub directory_sync_status: Option<DirectorySyncStatus>,
    #[serde(
        rename = "directorySyncStatusChangedAt",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub directory_sync_status_changed_at: Option<String>,
    #[serde(
        rename = "directorySyncTokenRevokedAt",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub directory_sync_token_revoked_at: Option<String>,
}
/// `OrganizationInvitationStatus`.
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
pub enum OrganizationInvitationStatus {
    #[serde(rename = "pending")]
    Pending,
    #[serde(rename = "accepted")]
    Accepted,
    #[serde(rename = "declined")]
    Declined,
    #[serde(rename = "cancelled")]
    Cancelled,
}
impl OrganizationInvitationStatus {
    /// Every value, in document order.
    pub const ALL: &'static [Self] = &[
        Self::Pending,
        Self::Accepted,
        Self::Declined,
        Self::Cancelled,
    ];
    /// The value on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Accepted => "accepted",
            Self::Declined => "declined",
            Self::Cancelled => "cancelled",
        }
    }
}
/// `OrganizationInvitationRole`.
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
pub enum OrganizationInvitationRole {
    #[serde(rename = "owner")]
    Owner,
    #[serde(rename = "member")]
    Member,
}
impl OrganizationInvitationRole {
    /// Every value, in document order.
    pub const ALL: &'static [Self] = &[Self::Owner, Self::Member];
    /// The value on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Member => "member",
        }
    }
}
/// `OrganizationInvitation`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OrganizationInvitation {
    #[serde(rename = "id")]
    pub id: String,
    #[serde(rename = "email")]
    pub email: String,
    #[serde(rename = "invitedBy")]
    pub invited_by: String,
    #[serde(rename = "organizationId")]
    pub organization_id: String,
    #[serde(rename = "organizationName")]
    pub organization_name: String,
    #[serde(rename = "expiresAt")]
    pub expires_at: String,
    #[serde(rename = "status")]
    pub status: OrganizationInvitationStatus,
    #[serde(rename = "role")]
    pub role: OrganizationInvitationRole,
    #[serde(rename = "assignedRoles")]
    pub assigned_roles: Vec<OrganizationRole>,
    #[serde(rename = "createdAt")]
    pub created_at: String,
    #[serde(rename = "updatedAt")]
    pub updated_at: String,
}
/// `OrganizationPreviewWarning`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct OrganizationPreviewWarning {
    #[serde(rename = "previewWarningEnabled")]
    pub preview_warning_enabled: bool,
}
/// `OrganizationRole`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct OrganizationRole {
    #[serde(rename = "id")]
    pub id: String,
    #[serde(rename = "name")]
    pub name: String,
    #[serde(rename = "description")]
    pub description: String,
    #[serde(rename = "permissions")]
    pub permissions: Vec<Permission>,
    #[serde(rename = "isGlobal")]
    pub is_global: bool,
    #[serde(rename = "createdAt")]
    pub created_at: String,
    #[serde(rename = "updatedAt")]
    pub updated_at: String,
}
/// `OrganizationSandboxDefaultLimitedNetworkEgress`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct OrganizationSandboxDefaultLimitedNetworkEgress {
    #[serde(rename = "sandboxDefaultLimitedNetworkEgress")]
    pub sandbox_default_limited_network_egress: bool,
}
/// `OrganizationSsoEnabled`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct OrganizationSsoEnabled {
    #[serde(rename = "ssoEnabled")]
    pub sso_enabled: bool,
}
/// `OrganizationSuspension`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct OrganizationSuspension {
    #[serde(rename = "reason")]
    pub reason: String,
    #[serde(rename = "until")]
    pub until: String,
    #[serde(
        rename = "suspensionCleanupGracePeriodHours",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub suspension_cleanup_grace_period_hours: Option<f64>,
}
/// `OrganizationUsageOverview`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct OrganizationUsageOverview {
    #[serde(rename = "regionUsage")]
    pub region_usage: Vec<RegionUsageOverview>,
    #[serde(rename = "totalSnapshotQuota")]
    pub total_snapshot_quota: f64,
    #[serde(rename = "currentSnapshotUsage")]
    pub current_snapshot_usage: f64,
    #[serde(rename = "totalVolumeQuota")]
    pub total_volume_quota: f64,
    #[serde(rename = "currentVolumeUsage")]
    pub current_volume_usage: f64,
}
/// `OrganizationUserRole`.
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
pub enum OrganizationUserRole {
    #[serde(rename = "owner")]
    Owner,
    #[serde(rename = "member")]
    Member,
}
impl OrganizationUserRole {
    /// Every value, in document order.
    pub const ALL: &'static [Self] = &[Self::Owner, Self::Member];
    /// The value on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Member => "member",
        }
    }
}
/// `OrganizationUser`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OrganizationUser {
    #[serde(rename = "userId")]
    pub user_id: String,
    #[serde(rename = "organizationId")]
    pub organization_id: String,
    #[serde(rename = "name")]
    pub name: String,
    #[serde(rename = "email")]
    pub email: String,
    #[serde(rename = "role")]
    pub role: OrganizationUserRole,
    #[serde(rename = "assignedRoles")]
    pub assigned_roles: Vec<OrganizationRole>,
    #[serde(rename = "createdAt")]
    pub created_at: String,
    #[serde(rename = "updatedAt")]
    pub updated_at: String,
}
/// `OtelConfig`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct OtelConfig {
    #[serde(rename = "endpoint")]
    pub endpoint: String,
    #[serde(rename = "headers", default, skip_serializing_if = "Option::is_none")]
    pub headers: Option<BTreeMap<String, String>>,
    #[serde(rename = "organizationId", default, skip_serializing_if = "Option::is_none")]
    pub organization_id: Option<String>,
}
/// `PaginatedAuditLogs`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct PaginatedAuditLogs {
    #[serde(rename = "items")]
    pub items: Vec<AuditLog>,
    #[serde(rename = "total")]
    pub total: i64,
    #[serde(rename = "page")]
    pub page: i64,
    #[serde(rename = "totalPages")]
    pub total_pages: i64,
    #[serde(rename = "nextToken", default, skip_serializing_if = "Option::is_none")]
    pub next_token: Option<String>,
}
/// `PaginatedJobs`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct PaginatedJobs {
    #[serde(rename = "items")]
    pub items: Vec<Job>,
    #[serde(rename = "total")]
    pub total: i64,
    #[serde(rename = "page")]
    pub page: i64,
    #[serde(rename = "totalPages")]
    pub total_pages: i64,
}
/// `PaginatedLogs`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct PaginatedLogs {
    #[serde(rename = "items")]
    pub items: Vec<LogEntry>,
    #[serde(rename = "total")]
    pub total: i64,
    #[serde(rename = "page")]
    pub page: i64,
    #[serde(rename = "totalPages")]
    pub total_pages: i64,
}
/// `PaginatedSandboxesDeprecated`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct PaginatedSandboxesDeprecated {
    #[serde(rename = "items")]
    pub items: Vec<Sandbox>,
    #[serde(rename = "total")]
    pub total: i64,
    #[serde(rename = "page")]
    pub page: i64,
    #[serde(rename = "totalPages")]
    pub total_pages: i64,
}
/// `PaginatedSnapshots`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct PaginatedSnapshots {
    #[serde(rename = "items")]
    pub items: Vec<SnapshotDto>,
    #[serde(rename = "total")]
    pub total: i64,
    #[serde(rename = "page")]
    pub page: i64,
    #[serde(rename = "totalPages")]
    pub total_pages: i64,
}
/// `PaginatedTraces`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct PaginatedTraces {
    #[serde(rename = "items")]
    pub items: Vec<TraceSummary>,
    #[serde(rename = "total")]
    pub total: i64,
    #[serde(rename = "page")]
    pub page: i64,
    #[serde(rename = "totalPages")]
    pub total_pages: i64,
}
/// `PendingSsoLink`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct PendingSsoLink {
    #[serde(rename = "id")]
    pub id: String,
    #[serde(rename = "idpName")]
    pub idp_name: String,
    #[serde(rename = "organizationId")]
    pub organization_id: String,
    #[serde(rename = "providerEmail", default)]
    pub provider_email: Option<String>,
    #[serde(rename = "createdAt")]
    pub created_at: String,
    #[serde(rename = "expiresAt")]
    pub expires_at: String,
}
/// `Permission`.
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
pub enum Permission {
    #[serde(rename = "write:registries")]
    WriteRegistries,
    #[serde(rename = "delete:registries")]
    DeleteRegistries,
    #[serde(rename = "write:snapshots")]
    WriteSnapshots,
    #[serde(rename = "delete:snapshots")]
    DeleteSnapshots,
    #[serde(rename = "write:sandboxes")]
    WriteSandboxes,
    #[serde(rename = "delete:sandboxes")]
    DeleteSandboxes,
    #[serde(rename = "read:volumes")]
    ReadVolumes,
    #[serde(rename = "write:volumes")]
    WriteVolumes,
    #[serde(rename = "delete:volumes")]
    DeleteVolumes,
    #[serde(rename = "write:regions")]
    WriteRegions,
    #[serde(rename = "delete:regions")]
    DeleteRegions,
    #[serde(rename = "read:runners")]
    ReadRunners,
    #[serde(rename = "write:runners")]
    WriteRunners,
    #[serde(rename = "delete:runners")]
    DeleteRunners,
    #[serde(rename = "read:audit_logs")]
    ReadAuditLogs,
    #[serde(rename = "manage:api_keys")]
    ManageApiKeys,
    #[serde(rename = "manage:secrets")]
    ManageSecrets,
    #[serde(rename = "read:limits")]
    ReadLimits,
    #[serde(rename = "manage:sso")]
    ManageSso,
    #[serde(rename = "read:billing")]
    ReadBilling,
    #[serde(rename = "manage:billing")]
    ManageBilling,
}
impl Permission {
    /// Every value, in document order.
    pub const ALL: &'static [Self] = &[
        Self::WriteRegistries,
        Self::DeleteRegistries,
        Self::WriteSnapshots,
        Self::DeleteSnapshots,
        Self::WriteSandboxes,
        Self::DeleteSandboxes,
        Self::ReadVolumes,
        Self::WriteVolumes,
        Self::DeleteVolumes,
        Self::WriteRegions,
        Self::DeleteRegions,
        Self::ReadRunners,
        Self::WriteRunners,
        Self::DeleteRunners,
        Self::ReadAuditLogs,
        Self::ManageApiKeys,
        Self::ManageSecrets,
        Self::ReadLimits,
        Self::ManageSso,
        Self::ReadBilling,
        Self::ManageBilling,
    ];
    /// The value on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::WriteRegistries => "write:registries",
            Self::DeleteRegistries => "delete:registries",
            Self::WriteSnapshots => "write:snapshots",
            Self::DeleteSnapshots => "delete:snapshots",
            Self::WriteSandboxes => "write:sandboxes",
            Self::DeleteSandboxes => "delete:sandboxes",
            Self::ReadVolumes => "read:volumes",
            Self::WriteVolumes => "write:volumes",
            Self::DeleteVolumes => "delete:volumes",
            Self::WriteRegions => "write:regions",
            Self::DeleteRegions => "delete:regions",
            Self::ReadRunners => "read:runners",
            Self::WriteRunners => "write:runners",
            Self::DeleteRunners => "delete:runners",
            Self::ReadAuditLogs => "read:audit_logs",
            Self::ManageApiKeys => "manage:api_keys",
            Self::ManageSecrets => "manage:secrets",
            Self::ReadLimits => "read:limits",
            Self::ManageSso => "manage:sso",
            Self::ReadBilling => "read:billing",
            Self::ManageBilling => "manage:billing",
        }
    }
}
/// `PollJobsResponse`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct PollJobsResponse {
    #[serde(rename = "jobs")]
    pub jobs: Vec<Job>,
}
/// `PortPreviewUrl`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct PortPreviewUrl {
    #[serde(rename = "sandboxId")]
    pub sandbox_id: String,
    #[serde(rename = "url")]
    pub url: String,
    /// Goes into the X-Daytona-Preview-Token header; changes at every start.
    #[serde(rename = "token")]
    pub token: String,
}
/// `PosthogConfig`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct PosthogConfig {
    #[serde(rename = "apiKey")]
    pub api_key: String,
    #[serde(rename = "host")]
    pub host: String,
}
/// `PreviewWarning`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct PreviewWarning {
    #[serde(rename = "enabled")]
    pub enabled: bool,
}
/// `RateLimitConfig`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct RateLimitConfig {
    #[serde(rename = "failedAuth", default, skip_serializing_if = "Option::is_none")]
    pub failed_auth: Option<RateLimitEntry>,
    #[serde(rename = "authenticated", default, skip_serializing_if = "Option::is_none")]
    pub authenticated: Option<RateLimitEntry>,
    #[serde(rename = "sandboxCreate", default, skip_serializing_if = "Option::is_none")]
    pub sandbox_create: Option<RateLimitEntry>,
    #[serde(
        rename = "sandboxLifecycle",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub sandbox_lifecycle: Option<RateLimitEntry>,
    #[serde(rename = "sandboxList", default, skip_serializing_if = "Option::is_none")]
    pub sandbox_list: Option<RateLimitEntry>,
}
/// `RateLimitEntry`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct RateLimitEntry {
    /// Seconds.
    #[serde(rename = "ttl", default, skip_serializing_if = "Option::is_none")]
    pub ttl: Option<i64>,
    #[serde(rename = "limit", default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<i64>,
}
/// `RegenerateApiKeyResponse`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct RegenerateApiKeyResponse {
    #[serde(rename = "apiKey")]
    pub api_key: String,
}
/// `Region`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Region {
    #[serde(rename = "id")]
    pub id: String,
    #[serde(rename = "name")]
    pub name: String,
    #[serde(rename = "organizationId", default, skip_serializing_if = "Option::is_none")]
    pub organization_id: Option<String>,
    #[serde(rename = "regionType")]
    pub region_type: RegionType,
    #[serde(rename = "createdAt")]
    pub created_at: String,
    #[serde(rename = "updatedAt")]
    pub updated_at: String,
    #[serde(rename = "proxyUrl", default, skip_serializing_if = "Option::is_none")]
    pub proxy_url: Option<String>,
    #[serde(rename = "sshGatewayUrl", default, skip_serializing_if = "Option::is_none")]
    pub ssh_gateway_url: Option<String>,
    #[serde(
        rename = "snapshotManagerUrl",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub snapshot_manager_url: Option<String>,
    #[serde(rename = "otelEndpoint", default, skip_serializing_if = "Option::is_none")]
    pub otel_endpoint: Option<String>,
}
/// `RegionQuota`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RegionQuota {
    #[serde(rename = "organizationId")]
    pub organization_id: String,
    #[serde(rename = "regionId")]
    pub region_id: String,
    #[serde(rename = "sandboxClass")]
    pub sandbox_class: SandboxClass,
    #[serde(rename = "totalCpuQuota")]
    pub total_cpu_quota: f64,
    #[serde(rename = "totalMemoryQuota")]
    pub total_memory_quota: f64,
    #[serde(rename = "totalDiskQuota")]
    pub total_disk_quota: f64,
    #[serde(rename = "totalGpuQuota")]
    pub total_gpu_quota: f64,
    #[serde(
        rename = "allowedGpuTypes",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub allowed_gpu_types: Option<Vec<GpuType>>,
    #[serde(rename = "maxCpuPerSandbox", default)]
    pub max_cpu_per_sandbox: Option<f64>,
    #[serde(rename = "maxMemoryPerSandbox", default)]
    pub max_memory_per_sandbox: Option<f64>,
    #[serde(rename = "maxDiskPerSandbox", default)]
    pub max_disk_per_sandbox: Option<f64>,
    #[serde(rename = "maxDiskPerNonEphemeralSandbox", default)]
    pub max_disk_per_non_ephemeral_sandbox: Option<f64>,
    #[serde(rename = "maxCpuPerGpu", default)]
    pub max_cpu_per_gpu: Option<f64>,
    #[serde(rename = "maxMemoryPerGpu", default)]
    pub max_memory_per_gpu: Option<f64>,
    #[serde(rename = "maxDiskPerGpu", default)]
    pub max_disk_per_gpu: Option<f64>,
    #[serde(rename = "maxSandboxLifespan", default)]
    pub max_sandbox_lifespan: Option<f64>,
}
/// `RegionType`.
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
pub enum RegionType {
    #[serde(rename = "shared")]
    Shared,
    #[serde(rename = "dedicated")]
    Dedicated,
    #[serde(rename = "custom")]
    Custom,
}
impl RegionType {
    /// Every value, in document order.
    pub const ALL: &'static [Self] = &[Self::Shared, Self::Dedicated, Self::Custom];
    /// The value on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Shared => "shared",
            Self::Dedicated => "dedicated",
            Self::Custom => "custom",
        }
    }
}
/// `RegionUsageOverview`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RegionUsageOverview {
    #[serde(rename = "regionId")]
    pub region_id: String,
    #[serde(rename = "sandboxClass")]
    pub sandbox_class: SandboxClass,
    #[serde(rename = "totalCpuQuota")]
    pub total_cpu_quota: f64,
    #[serde(rename = "currentCpuUsage")]
    pub current_cpu_usage: f64,
    #[serde(rename = "totalMemoryQuota")]
    pub total_memory_quota: f64,
    #[serde(rename = "currentMemoryUsage")]
    pub current_memory_usage: f64,
    #[serde(rename = "totalDiskQuota")]
    pub total_disk_quota: f64,
    #[serde(rename = "currentDiskUsage")]
    pub current_disk_usage: f64,
    #[serde(rename = "totalGpuQuota")]
    pub total_gpu_quota: f64,
    #[serde(rename = "currentGpuUsage")]
    pub current_gpu_usage: f64,
    #[serde(
        rename = "allowedGpuTypes",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub allowed_gpu_types: Option<Vec<GpuType>>,
    #[serde(rename = "maxCpuPerSandbox", default)]
    pub max_cpu_per_sandbox: Option<f64>,
    #[serde(rename = "maxMemoryPerSandbox", default)]
    pub max_memory_per_sandbox: Option<f64>,
    #[serde(rename = "maxDiskPerSandbox", default)]
    pub max_disk_per_sandbox: Option<f64>,
    #[serde(rename = "maxDiskPerNonEphemeralSandbox", default)]
    pub max_disk_per_non_ephemeral_sandbox: Option<f64>,
    #[serde(rename = "maxCpuPerGpu", default)]
    pub max_cpu_per_gpu: Option<f64>,
    #[serde(rename = "maxMemoryPerGpu", default)]
    pub max_memory_per_gpu: Option<f64>,
    #[serde(rename = "maxDiskPerGpu", default)]
    pub max_disk_per_gpu: Option<f64>,
}
/// `RegistryPushAccessDto`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct RegistryPushAccessDto {
    #[serde(rename = "username")]
    pub username: String,
    #[serde(rename = "secret")]
    pub secret: String,
    /// Host and port without scheme.
    #[serde(rename = "registryUrl")]
    pub registry_url: String,
    #[serde(rename = "registryId")]
    pub registry_id: String,
    #[serde(rename = "project")]
    pub project: String,
    #[serde(rename = "expiresAt")]
    pub expires_at: String,
}
/// `ResizeSandbox`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct ResizeSandbox {
    /// Cores.
    #[serde(rename = "cpu", default, skip_serializing_if = "Option::is_none")]
    pub cpu: Option<i64>,
    /// GiB.
    #[serde(rename = "memory", default, skip_serializing_if = "Option::is_none")]
    pub memory: Option<i64>,
    /// GiB; can only grow.
    #[serde(rename = "disk", default, skip_serializing_if = "Option::is_none")]
    pub disk: Option<i64>,
}
/// `ResolvedSecret`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct ResolvedSecret {
    #[serde(rename = "env", default, skip_serializing_if = "Option::is_none")]
    pub env: Option<String>,
    #[serde(rename = "placeholder", default, skip_serializing_if = "Option::is_none")]
    pub placeholder: Option<String>,
    #[serde(rename = "value", default, skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    #[serde(rename = "hosts", default, skip_serializing_if = "Option::is_none")]
    pub hosts: Option<Vec<String>>,
}
/// `Runner`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Runner {
    #[serde(rename = "id")]
    pub id: String,
    #[serde(rename = "domain", default, skip_serializing_if = "Option::is_none")]
    pub domain: Option<String>,
    #[serde(rename = "apiUrl", default, skip_serializing_if = "Option::is_none")]
    pub api_url: Option<String>,
    #[serde(rename = "proxyUrl", default, skip_serializing_if = "Option::is_none")]
    pub proxy_url: Option<String>,
    #[serde(rename = "cpu")]
    pub cpu: f64,
    #[serde(rename = "memory")]
    pub memory: f64,
    #[serde(rename = "disk")]
    pub disk: f64,
    #[serde(rename = "gpu", default, skip_serializing_if = "Option::is_none")]
    pub gpu: Option<f64>,
    #[serde(rename = "gpuType", default, skip_serializing_if = "Option::is_none")]
    pub gpu_type: Option<String>,
    #[serde(rename = "sandboxClass", default, skip_serializing_if = "Option::is_none")]
    pub sandbox_class: Option<SandboxClass>,
    #[serde(
        rename = "currentCpuUsagePercentage",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub current_cpu_usage_percentage: Option<f64>,
    #[serde(
        rename = "currentMemoryUsagePercentage",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub current_memory_usage_percentage: Option<f64>,
    #[serde(
        rename = "currentDiskUsagePercentage",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub current_disk_usage_percentage: Option<f64>,
    #[serde(
        rename = "currentAllocatedCpu",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub current_allocated_cpu: Option<f64>,
    #[serde(
        rename = "currentAllocatedMemoryGiB",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub current_allocated_memory_gi_b: Option<f64>,
    #[serde(
        rename = "currentAllocatedDiskGiB",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub current_allocated_disk_gi_b: Option<f64>,
    #[serde(
        rename = "currentSnapshotCount",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub current_snapshot_count: Option<f64>,
    #[serde(
        rename = "currentStartedSandboxes",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub current_started_sandboxes: Option<f64>,
    #[serde(
        rename = "availabilityScore",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub availability_score: Option<f64>,
    #[serde(rename = "region")]
    pub region: String,
    #[serde(rename = "name")]
    pub name: String,
    #[serde(rename = "state")]
    pub state: RunnerState,
    #[serde(rename = "lastChecked", default, skip_serializing_if = "Option::is_none")]
    pub last_checked: Option<String>,
    #[serde(rename = "unschedulable")]
    pub unschedulable: bool,
    #[serde(rename = "tags")]
    pub tags: Vec<String>,
    #[serde(rename = "createdAt")]
    pub created_at: String,
    #[serde(rename = "updatedAt")]
    pub updated_at: String,
    #[serde(rename = "version")]
    pub version: String,
    #[serde(rename = "apiVersion")]
    pub api_version: String,
    #[serde(rename = "runnerClass")]
    pub runner_class: RunnerClass,
    #[serde(rename = "appVersion", default, skip_serializing_if = "Option::is_none")]
    pub app_version: Option<String>,
    #[serde(rename = "class", default, skip_serializing_if = "Option::is_none")]
    pub class: Option<String>,
}
/// `RunnerClass`.
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
pub enum RunnerClass {
    #[serde(rename = "container")]
    Container,
}
impl RunnerClass {
    /// Every value, in document order.
    pub const ALL: &'static [Self] = &[Self::Container];
    /// The value on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Container => "container",
        }
    }
}
/// `RunnerFull`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunnerFull {
    #[serde(rename = "id")]
    pub id: String,
    #[serde(rename = "domain", default, skip_serializing_if = "Option::is_none")]
    pub domain: Option<String>,
    #[serde(rename = "apiUrl", default, skip_serializing_if = "Option::is_none")]
    pub api_url: Option<String>,
    #[serde(rename = "proxyUrl", default, skip_serializing_if = "Option::is_none")]
    pub proxy_url: Option<String>,
    #[serde(rename = "cpu")]
    pub cpu: f64,
    #[serde(rename = "memory")]
    pub memory: f64,
    #[serde(rename = "disk")]
    pub disk: f64,
    #[serde(rename = "gpu", default, skip_serializing_if = "Option::is_none")]
    pub gpu: Option<f64>,
    #[serde(rename = "gpuType", default, skip_serializing_if = "Option::is_none")]
    pub gpu_type: Option<String>,
    #[serde(rename = "sandboxClass", default, skip_serializing_if = "Option::is_none")]
    pub sandbox_class: Option<SandboxClass>,
    #[serde(
        rename = "currentCpuUsagePercentage",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub current_cpu_usage_percentage: Option<f64>,
    #[serde(
        rename = "currentMemoryUsagePercentage",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub current_memory_usage_percentage: Option<f64>,
    #[serde(
        rename = "currentDiskUsagePercentage",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub current_disk_usage_percentage: Option<f64>,
    #[serde(
        rename = "currentAllocatedCpu",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub current_allocated_cpu: Option<f64>,
    #[serde(
        rename = "currentAllocatedMemoryGiB",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub current_allocated_memory_gi_b: Option<f64>,
    #[serde(
        rename = "currentAllocatedDiskGiB",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub current_allocated_disk_gi_b: Option<f64>,
    #[serde(
        rename = "currentSnapshotCount",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub current_snapshot_count: Option<f64>,
    #[serde(
        rename = "currentStartedSandboxes",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub current_started_sandboxes: Option<f64>,
    #[serde(
        rename = "availabilityScore",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub availability_score: Option<f64>,
    #[serde(rename = "region")]
    pub region: String,
    #[serde(rename = "name")]
    pub name: String,
    #[serde(rename = "state")]
    pub state: RunnerState,
    #[serde(rename = "lastChecked", default, skip_serializing_if = "Option::is_none")]
    pub last_checked: Option<String>,
    #[serde(rename = "unschedulable")]
    pub unschedulable: bool,
    #[serde(rename = "tags")]
    pub tags: Vec<String>,
    #[serde(rename = "createdAt")]
    pub created_at: String,
    #[serde(rename = "updatedAt")]
    pub updated_at: String,
    #[serde(rename = "version")]
    pub version: String,
    #[serde(rename = "apiVersion")]
    pub api_version: String,
    #[serde(rename = "runnerClass")]
    pub runner_class: RunnerClass,
    #[serde(rename = "appVersion", default, skip_serializing_if = "Option::is_none")]
    pub app_version: Option<String>,
    #[serde(rename = "class", default, skip_serializing_if = "Option::is_none")]
    pub class: Option<String>,
    #[serde(rename = "apiKey")]
    pub api_key: String,
    #[serde(rename = "regionType", default, skip_serializing_if = "Option::is_none")]
    pub region_type: Option<RegionType>,
}
/// `RunnerHealthMetrics`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct RunnerHealthMetrics {
    #[serde(rename = "currentCpuLoadAverage")]
    pub current_cpu_load_average: f64,
    #[serde(rename = "currentCpuUsagePercentage")]
    pub current_cpu_usage_percentage: f64,
    #[serde(rename = "currentMemoryUsagePercentage")]
    pub current_memory_usage_percentage: f64,
    #[serde(rename = "currentDiskUsagePercentage")]
    pub current_disk_usage_percentage: f64,
    #[serde(rename = "currentAllocatedCpu")]
    pub current_allocated_cpu: f64,
    #[serde(rename = "currentAllocatedMemoryGiB")]
    pub current_allocated_memory_gi_b: f64,
    #[serde(rename = "currentAllocatedDiskGiB")]
    pub current_allocated_disk_gi_b: f64,
    #[serde(rename = "currentSnapshotCount")]
    pub current_snapshot_count: f64,
    #[serde(rename = "currentStartedSandboxes")]
    pub current_started_sandboxes: f64,
    #[serde(rename = "cpu")]
    pub cpu: f64,
    #[serde(rename = "memoryGiB")]
    pub memory_gi_b: f64,
    #[serde(rename = "diskGiB")]
    pub disk_gi_b: f64,
    #[serde(rename = "gpu", default, skip_serializing_if = "Option::is_none")]
    pub gpu: Option<f64>,
    #[serde(rename = "gpuType", default, skip_serializing_if = "Option::is_none")]
    pub gpu_type: Option<String>,
}
/// `RunnerHealthcheck`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct RunnerHealthcheck {
    #[serde(rename = "metrics", default, skip_serializing_if = "Option::is_none")]
    pub metrics: Option<RunnerHealthMetrics>,
    #[serde(rename = "serviceHealth", default, skip_serializing_if = "Option::is_none")]
    pub service_health: Option<Vec<RunnerServiceHealth>>,
    #[serde(rename = "domain", default, skip_serializing_if = "Option::is_none")]
    pub domain: Option<String>,
    #[serde(rename = "proxyUrl", default, skip_serializing_if = "Option::is_none")]
    pub proxy_url: Option<String>,
    #[serde(rename = "apiUrl", default, skip_serializing_if = "Option::is_none")]
    pub api_url: Option<String>,
    #[serde(rename = "appVersion")]
    pub app_version: String,
}
/// `RunnerServiceHealth`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct RunnerServiceHealth {
    #[serde(rename = "serviceName")]
    pub service_name: String,
    #[serde(rename = "healthy")]
    pub healthy: bool,
    #[serde(rename = "errorReason", default, skip_serializing_if = "Option::is_none")]
    pub error_reason: Option<String>,
}
/// `RunnerSnapshotDto`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct RunnerSnapshotDto {
    #[serde(rename = "runnerSnapshotId")]
    pub runner_snapshot_id: String,
    #[serde(rename = "runnerId")]
    pub runner_id: String,
    #[serde(rename = "runnerDomain", default, skip_serializing_if = "Option::is_none")]
    pub runner_domain: Option<String>,
}
/// `RunnerState`.
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
pub enum RunnerState {
    #[serde(rename = "initializing")]
    Initializing,
    #[serde(rename = "ready")]
    Ready,
    #[serde(rename = "disabled")]
    Disabled,
    #[serde(rename = "decommissioned")]
    Decommissioned,
    #[serde(rename = "unresponsive")]
    Unresponsive,
}
impl RunnerState {
    /// Every value, in document order.
    pub const ALL: &'static [Self] = &[
        Self::Initializing,
        Self::Ready,
        Self::Disabled,
        Self::Decommissioned,
        Self::Unresponsive,
    ];
    /// The value on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Initializing => "initializing",
            Self::Ready => "ready",
            Self::Disabled => "disabled",
            Self::Decommissioned => "decommissioned",
            Self::Unresponsive => "unresponsive",
        }
    }
}
/// Never anything else: one client checks it strictly.
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
pub enum SandboxBackupState {
    #[serde(rename = "None")]
    None,
    #[serde(rename = "Pending")]
    Pending,
    #[serde(rename = "InProgress")]
    InProgress,
    #[serde(rename = "Completed")]
    Completed,
    #[serde(rename = "Error")]
    Error,
}
impl SandboxBackupState {
    /// Every value, in document order.
    pub const ALL: &'static [Self] = &[
        Self::None,
        Self::Pending,
        Self::InProgress,
        Self::Completed,
        Self::Error,
    ];
    /// The value on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "None",
            Self::Pending => "Pending",
            Self::InProgress => "InProgress",
            Self::Completed => "Completed",
            Self::Error => "Error",
        }
    }
}
/// `SandboxSandboxClass`.
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
pub enum SandboxSandboxClass {
    #[serde(rename = "linux-vm")]
    LinuxVm,
    #[serde(rename = "container")]
    Container,
    #[serde(rename = "android")]
    Android,
    #[serde(rename = "windows")]
    Windows,
}
impl SandboxSandboxClass {
    /// Every value, in document order.
    pub const ALL: &'static [Self] = &[
        Self::LinuxVm,
        Self::Container,
        Self::Android,
        Self::Windows,
    ];
    /// The value on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::LinuxVm => "linux-vm",
            Self::Container => "container",
            Self::Android => "android",
            Self::Windows => "windows",
        }
    }
}
/// Size class; clients 0.21 to 0.167 refuse any other value.
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
pub enum SandboxClassMember {
    #[serde(rename = "small")]
    Small,
    #[serde(rename = "medium")]
    Medium,
    #[serde(rename = "large")]
    Large,
}
impl SandboxClassMember {
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
/// Old name of backupState; read by 0.10 to 0.20.
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
pub enum SandboxSnapshotState {
    #[serde(rename = "None")]
    None,
    #[serde(rename = "Pending")]
    Pending,
    #[serde(rename = "InProgress")]
    InProgress,
    #[serde(rename = "Completed")]
    Completed,
    #[serde(rename = "Error")]
    Error,
}
impl SandboxSnapshotState {
    /// Every value, in document order.
    pub const ALL: &'static [Self] = &[
        Self::None,
        Self::Pending,
        Self::InProgress,
        Self::Completed,
        Self::Error,
    ];
    /// The value on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "None",
            Self::Pending => "Pending",
            Self::InProgress => "InProgress",
            Self::Completed => "Completed",
            Self::Error => "Error",
        }
    }
}
/// A sandbox in full. Integers stand without a fraction, maps are never null, and members without a value are left out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct Sandbox {
    /// UUID.
    #[serde(rename = "id")]
    pub id: String,
    #[serde(rename = "organizationId")]
    pub organization_id: String,
    /// The id when none was given; unique in the organization.
    #[serde(rename = "name")]
    pub name: String,
    /// Name of the snapshot; not there for image builds.
    #[serde(rename = "snapshot", default, skip_serializing_if = "Option::is_none")]
    pub snapshot: Option<String>,
    /// daytona unless another was asked for.
    #[serde(rename = "user")]
    pub user: String,
    #[serde(rename = "env")]
    pub env: BTreeMap<String, String>,
    /// Kept untouched; clients store the language under code-toolbox-language.
    #[serde(rename = "labels")]
    pub labels: BTreeMap<String, String>,
    #[serde(rename = "public")]
    pub public: bool,
    /// Cuts all outgoing traffic.
    #[serde(rename = "networkBlockAll")]
    pub network_block_all: bool,
    #[serde(rename = "kvm")]
    pub kvm: bool,
    /// Comma list of at most 10 IPv4 networks with prefix length.
    #[serde(
        rename = "networkAllowList",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub network_allow_list: Option<String>,
    /// Comma list of at most 10 host names, *. allowed in front.
    #[serde(
        rename = "domainAllowList",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub domain_allow_list: Option<String>,
    #[serde(
        rename = "outboundProxyUrl",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub outbound_proxy_url: Option<String>,
    #[serde(
        rename = "otelEndpointOverride",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub otel_endpoint_override: Option<String>,
    /// Id of the region.
    #[serde(rename = "target")]
    pub target: String,
    /// Cores.
    #[serde(rename = "cpu")]
    pub cpu: i64,
    /// Number of GPUs.
    #[serde(rename = "gpu")]
    pub gpu: i64,
    #[serde(rename = "spot", default, skip_serializing_if = "Option::is_none")]
    pub spot: Option<bool>,
    #[serde(rename = "spotEvictedAt", default, skip_serializing_if = "Option::is_none")]
    pub spot_evicted_at: Option<String>,
    #[serde(rename = "gpuType", default, skip_serializing_if = "Option::is_none")]
    pub gpu_type: Option<GpuType>,
    /// GiB.
    #[serde(rename = "memory")]
    pub memory: i64,
    /// GiB.
    #[serde(rename = "disk")]
    pub disk: i64,
    #[serde(rename = "state", default, skip_serializing_if = "Option::is_none")]
    pub state: Option<SandboxState>,
    #[serde(rename = "desiredState", default, skip_serializing_if = "Option::is_none")]
    pub desired_state: Option<SandboxDesiredState>,
    #[serde(rename = "errorReason", default, skip_serializing_if = "Option::is_none")]
    pub error_reason: Option<String>,
    /// Whether recover may help.
    #[serde(rename = "recoverable", default, skip_serializing_if = "Option::is_none")]
    pub recoverable: Option<bool>,
    #[serde(rename = "warmPoolId", default, skip_serializing_if = "Option::is_none")]
    pub warm_pool_id: Option<String>,
    /// Never anything else: one client checks it strictly.
    #[serde(rename = "backupState", default, skip_serializing_if = "Option::is_none")]
    pub backup_state: Option<SandboxBackupState>,
    #[serde(
        rename = "backupCreatedAt",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub backup_created_at: Option<String>,
    /// Idle minutes until stop; 0 is off, 15 when not given.
    #[serde(
        rename = "autoStopInterval",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub auto_stop_interval: Option<i64>,
    /// Idle minutes until pause; 0 is off.
    #[serde(
        rename = "autoPauseInterval",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub auto_pause_interval: Option<i64>,
    /// Minutes stopped until archived; 10080 when not given, 0 means 43200.
    #[serde(
        rename = "autoArchiveInterval",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub auto_archive_interval: Option<i64>,
    /// Minutes stopped until deleted; negative is off (-1 when not given), 0 deletes on stop.
    #[serde(
        rename = "autoDeleteInterval",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub auto_delete_interval: Option<i64>,
    /// When the deadline strikes.
    #[serde(rename = "autoDestroyAt", default, skip_serializing_if = "Option::is_none")]
    pub auto_destroy_at: Option<String>,
    #[serde(rename = "queueTimeout", default, skip_serializing_if = "Option::is_none")]
    pub queue_timeout: Option<i64>,
    #[serde(
        rename = "queueTimedOutAt",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub queue_timed_out_at: Option<String>,
    /// volumeId is the id, even if the request had the name.
    #[serde(rename = "volumes", default, skip_serializing_if = "Option::is_none")]
    pub volumes: Option<Vec<SandboxVolume>>,
    #[serde(rename = "buildInfo", default, skip_serializing_if = "Option::is_none")]
    pub build_info: Option<BuildInfo>,
    /// UTC with milliseconds and Z.
    #[serde(rename = "createdAt", default, skip_serializing_if = "Option::is_none")]
    pub created_at: Option<String>,
    #[serde(rename = "updatedAt", default, skip_serializing_if = "Option::is_none")]
    pub updated_at: Option<String>,
    #[serde(rename = "lastActivityAt", default, skip_serializing_if = "Option::is_none")]
    pub last_activity_at: Option<String>,
    #[serde(rename = "sandboxClass", default, skip_serializing_if = "Option::is_none")]
    pub sandbox_class: Option<SandboxSandboxClass>,
    #[serde(rename = "daemonVersion", default, skip_serializing_if = "Option::is_none")]
    pub daemon_version: Option<String>,
    /// Null once archived.
    #[serde(rename = "runnerId", default, skip_serializing_if = "Option::is_none")]
    pub runner_id: Option<String>,
    #[serde(
        rename = "linkedSandboxId",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub linked_sandbox_id: Option<String>,
    /// Absolute base without trailing slash and without sandbox id.
    #[serde(rename = "toolboxProxyUrl")]
    pub toolbox_proxy_url: String,
    /// Image name; read by clients to 0.17.
    #[serde(rename = "image", default, skip_serializing_if = "Option::is_none")]
    pub image: Option<String>,
    /// Size class; clients 0.21 to 0.167 refuse any other value.
    #[serde(rename = "class", default, skip_serializing_if = "Option::is_none")]
    pub class: Option<SandboxClassMember>,
    /// Old name of backupState; read by 0.10 to 0.20.
    #[serde(rename = "snapshotState", default, skip_serializing_if = "Option::is_none")]
    pub snapshot_state: Option<SandboxSnapshotState>,
    #[serde(rename = "info", default, skip_serializing_if = "Option::is_none")]
    pub info: Option<LegacySandboxInfo>,
    /// One element.
    #[serde(rename = "projects", default, skip_serializing_if = "Option::is_none")]
    pub projects: Option<Vec<LegacyProject>>,
}
/// Clients from 0.226.1 no longer know android.
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
pub enum SandboxClass {
    #[serde(rename = "linux-vm")]
    LinuxVm,
    #[serde(rename = "container")]
    Container,
    #[serde(rename = "android")]
    Android,
    #[serde(rename = "windows")]
    Windows,
}
impl SandboxClass {
    /// Every value, in document order.
    pub const ALL: &'static [Self] = &[
        Self::LinuxVm,
        Self::Container,
        Self::Android,
        Self::Windows,
    ];
    /// The value on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::LinuxVm => "linux-vm",
            Self::Container => "container",
            Self::Android => "android",
            Self::Windows => "windows",
        }
    }
}
/// `SandboxCreatedWebhook`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SandboxCreatedWebhook {
    #[serde(rename = "event")]
    pub event: WebhookEvent,
    #[serde(rename = "timestamp")]
    pub timestamp: String,
    #[serde(rename = "id")]
    pub id: String,
    #[serde(rename = "organizationId")]
    pub organization_id: String,
    #[serde(rename = "state")]
    pub state: SandboxState,
    #[serde(rename = "sandboxClass")]
    pub sandbox_class: SandboxClass,
    #[serde(rename = "createdAt")]
    pub created_at: String,
}
/// `SandboxDesiredState`.
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
pub enum SandboxDesiredState {
    #[serde(rename = "destroyed")]
    Destroyed,
    #[serde(rename = "started")]
    Started,
    #[serde(rename = "stopped")]
    Stopped,
    #[serde(rename = "resized")]
    Resized,
    #[serde(rename = "archived")]
    Archived,
    #[serde(rename = "paused")]
    Paused,
}
impl SandboxDesiredState {
    /// Every value, in document order.
    pub const ALL: &'static [Self] = &[
        Self::Destroyed,
        Self::Started,
        Self::Stopped,
        Self::Resized,
        Self::Archived,
        Self::Paused,
    ];
    /// The value on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Destroyed => "destroyed",
            Self::Started => "started",
            Self::Stopped => "stopped",
            Self::Resized => "resized",
            Self::Archived => "archived",
            Self::Paused => "paused",
        }
    }
}
/// `SandboxDesiredStateUpdatedEvent`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SandboxDesiredStateUpdatedEvent {
    #[serde(rename = "sandbox")]
    pub sandbox: Sandbox,
    #[serde(rename = "oldDesiredState")]
    pub old_desired_state: SandboxDesiredState,
    #[serde(rename = "newDesiredState")]
    pub new_desired_state: SandboxDesiredState,
}
/// `SandboxIdentity`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct SandboxIdentity {
    #[serde(rename = "sandboxId")]
    pub sandbox_id: String,
    #[serde(rename = "organizationId")]
    pub organization_id: String,
}
/// Values are strings only.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct SandboxLabels {
    #[serde(rename = "labels")]
    pub labels: BTreeMap<String, String>,
}
/// `SandboxListItemBackupState`.
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
pub enum SandboxListItemBackupState {
    #[serde(rename = "None")]
    None,
    #[serde(rename = "Pending")]
    Pending,
    #[serde(rename = "InProgress")]
    InProgress,
    #[serde(rename = "Completed")]
    Completed,
    #[serde(rename = "Error")]
    Error,
}
impl SandboxListItemBackupState {
    /// Every value, in document order.
    pub const ALL: &'static [Self] = &[
        Self::None,
        Self::Pending,
        Self::InProgress,
        Self::Completed,
        Self::Error,
    ];
    /// The value on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "None",
            Self::Pending => "Pending",
            Self::InProgress => "InProgress",
            Self::Completed => "Completed",
            Self::Error => "Error",
        }
    }
}
/// A sandbox in short: no environment, volumes, build or link.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct SandboxListItem {
    #[serde(rename = "id")]
    pub id: String,
    #[serde(rename = "organizationId")]
    pub organization_id: String,
    #[serde(rename = "name")]
    pub name: String,
    /// Id of the region.
    #[serde(rename = "target")]
    pub target: String,
    /// Null once archived.
    #[serde(rename = "runnerId", default, skip_serializing_if = "Option::is_none")]
    pub runner_id: Option<String>,
    #[serde(rename = "sandboxClass", default, skip_serializing_if = "Option::is_none")]
    pub sandbox_class: Option<SandboxClass>,
    #[serde(rename = "state", default, skip_serializing_if = "Option::is_none")]
    pub state: Option<SandboxState>,
    #[serde(rename = "desiredState", default, skip_serializing_if = "Option::is_none")]
    pub desired_state: Option<SandboxDesiredState>,
    /// Name of the snapshot; not there for image builds.
    #[serde(rename = "snapshot", default, skip_serializing_if = "Option::is_none")]
    pub snapshot: Option<String>,
    /// daytona unless another was asked for.
    #[serde(rename = "user")]
    pub user: String,
    #[serde(rename = "errorReason", default, skip_serializing_if = "Option::is_none")]
    pub error_reason: Option<String>,
    /// Whether recover may help.
    #[serde(rename = "recoverable", default, skip_serializing_if = "Option::is_none")]
    pub recoverable: Option<bool>,
    #[serde(rename = "public")]
    pub public: bool,
    /// Cuts all outgoing traffic.
    #[serde(rename = "networkBlockAll")]
    pub network_block_all: bool,
    /// Comma list of at most 10 IPv4 networks with prefix length.
    #[serde(
        rename = "networkAllowList",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub network_allow_list: Option<String>,
    /// Comma list of at most 10 host names, *. allowed in front.
    #[serde(
        rename = "domainAllowList",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub domain_allow_list: Option<String>,
    /// Cores.
    #[serde(rename = "cpu")]
    pub cpu: i64,
    /// Number of GPUs.
    #[serde(rename = "gpu")]
    pub gpu: i64,
    #[serde(rename = "spot", default, skip_serializing_if = "Option::is_none")]
    pub spot: Option<bool>,
    #[serde(rename = "spotEvictedAt", default, skip_serializing_if = "Option::is_none")]
    pub spot_evicted_at: Option<String>,
    #[serde(rename = "gpuType", default, skip_serializing_if = "Option::is_none")]
    pub gpu_type: Option<GpuType>,
    /// GiB.
    #[serde(rename = "memory")]
    pub memory: i64,
    /// GiB.
    #[serde(rename = "disk")]
    pub disk: i64,
    /// Kept untouched; clients store the language under code-toolbox-language.
    #[serde(rename = "labels")]
    pub labels: BTreeMap<String, String>,
    #[serde(rename = "backupState", default, skip_serializing_if = "Option::is_none")]
    pub backup_state: Option<SandboxListItemBackupState>,
    /// Idle minutes until stop; 0 is off, 15 when not given.
    #[serde(
        rename = "autoStopInterval",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub auto_stop_interval: Option<i64>,
    /// Idle minutes until pause; 0 is off.
    #[serde(
        rename = "autoPauseInterval",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub auto_pause_interval: Option<i64>,
    /// Minutes stopped until archived; 10080 when not given, 0 means 43200.
    #[serde(
        rename = "autoArchiveInterval",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub auto_archive_interval: Option<i64>,
    /// Minutes stopped until deleted; negative is off (-1 when not given), 0 deletes on stop.
    #[serde(
        rename = "autoDeleteInterval",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub auto_delete_interval: Option<i64>,
    /// When the deadline strikes.
    #[serde(rename = "autoDestroyAt", default, skip_serializing_if = "Option::is_none")]
    pub auto_destroy_at: Option<String>,
    #[serde(rename = "queueTimeout", default, skip_serializing_if = "Option::is_none")]
    pub queue_timeout: Option<i64>,
    #[serde(
        rename = "queueTimedOutAt",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub queue_timed_out_at: Option<String>,
    /// UTC with milliseconds and Z.
    #[serde(rename = "createdAt", default, skip_serializing_if = "Option::is_none")]
    pub created_at: Option<String>,
    #[serde(rename = "updatedAt", default, skip_serializing_if = "Option::is_none")]
    pub updated_at: Option<String>,
    #[serde(rename = "lastActivityAt", default, skip_serializing_if = "Option::is_none")]
    pub last_activity_at: Option<String>,
    #[serde(rename = "daemonVersion", default, skip_serializing_if = "Option::is_none")]
    pub daemon_version: Option<String>,
    #[serde(rename = "warmPoolId", default, skip_serializing_if = "Option::is_none")]
    pub warm_pool_id: Option<String>,
    /// Absolute base without trailing slash and without sandbox id.
    #[serde(rename = "toolboxProxyUrl")]
    pub toolbox_proxy_url: String,
}
/// `SandboxListSortDirection`.
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
pub enum SandboxListSortDirection {
    #[serde(rename = "asc")]
    Asc,
    #[serde(rename = "desc")]
    Desc,
}
impl SandboxListSortDirection {
    /// Every value, in document order.
    pub const ALL: &'static [Self] = &[Self::Asc, Self::Desc];
    /// The value on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Asc => "asc",
            Self::Desc => "desc",
        }
    }
}
/// `SandboxListSortField`.
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
pub enum SandboxListSortField {
    #[serde(rename = "name")]
    Name,
    #[serde(rename = "cpu")]
    Cpu,
    #[serde(rename = "memoryGib")]
    MemoryGib,
    #[serde(rename = "diskGib")]
    DiskGib,
    #[serde(rename = "lastActivityAt")]
    LastActivityAt,
    #[serde(rename = "createdAt")]
    CreatedAt,
}
impl SandboxListSortField {
    /// Every value, in document order.
    pub const ALL: &'static [Self] = &[
        Self::Name,
        Self::Cpu,
        Self::MemoryGib,
        Self::DiskGib,
        Self::LastActivityAt,
        Self::CreatedAt,
    ];
    /// The value on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Cpu => "cpu",
            Self::MemoryGib => "memoryGib",
            Self::DiskGib => "diskGib",
            Self::LastActivityAt => "lastActivityAt",
            Self::CreatedAt => "createdAt",
        }
    }
}
/// What clients see is adjusted by the desired state: started with desired stopped shows as stopping, and so on.
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
pub enum SandboxState {
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
    #[serde(rename = "building_snapshot")]
    BuildingSnapshot,
    #[serde(rename = "unknown")]
    Unknown,
    #[serde(rename = "pulling_snapshot")]
    PullingSnapshot,
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
impl SandboxState {
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
        Self::BuildingSnapshot,
        Self::Unknown,
        Self::PullingSnapshot,
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
            Self::BuildingSnapshot => "building_snapshot",
            Self::Unknown => "unknown",
            Self::PullingSnapshot => "pulling_snapshot",
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
/// `SandboxStateUpdatedEvent`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SandboxStateUpdatedEvent {
    #[serde(rename = "sandbox")]
    pub sandbox: Sandbox,
    #[serde(rename = "oldState")]
    pub old_state: SandboxState,
    #[serde(rename = "newState")]
    pub new_state: SandboxState,
}
/// `SandboxStateUpdatedWebhook`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SandboxStateUpdatedWebhook {
    #[serde(rename = "event")]
    pub event: WebhookEvent,
    #[serde(rename = "timestamp")]
    pub timestamp: String,
    #[serde(rename = "id")]
    pub id: String,
    #[serde(rename = "organizationId")]
    pub organization_id: String,
    #[serde(rename = "oldState")]
    pub old_state: SandboxState,
    #[serde(rename = "newState")]
    pub new_state: SandboxState,
    #[serde(rename = "updatedAt")]
    pub updated_at: String,
}
/// How a volume is mounted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct SandboxVolume {
    /// Id, or in requests the name.
    #[serde(rename = "volumeId")]
    pub volume_id: String,
    /// Absolute; not the root and not in a system directory.
    #[serde(rename = "mountPath")]
    pub mount_path: String,
    /// Relative, without .. and double slashes.
    #[serde(rename = "subpath", default, skip_serializing_if = "Option::is_none")]
    pub subpath: Option<String>,
}
/// `Secret`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct Secret {
    #[serde(rename = "id")]
    pub id: String,
    #[serde(rename = "name")]
    pub name: String,
    #[serde(rename = "description", default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    #[serde(rename = "createdAt")]
    pub created_at: String,
    /// What the sandbox sees: dtn_secret_ and letters and digits.
    #[serde(rename = "placeholder")]
    pub placeholder: String,
    /// Only towards these is the value put in; empty means all.
    #[serde(rename = "hosts")]
    pub hosts: Vec<String>,
    #[serde(rename = "updatedAt")]
    pub updated_at: String,
}
/// `SendWebhookDto`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SendWebhookDto {
    #[serde(rename = "eventType")]
    pub event_type: WebhookEvent,
    #[serde(rename = "payload")]
    pub payload: serde_json::Map<String, serde_json::Value>,
    #[serde(rename = "eventId", default, skip_serializing_if = "Option::is_none")]
    pub event_id: Option<String>,
}
/// `SetSnapshotGeneralStatusDto`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct SetSnapshotGeneralStatusDto {
    #[serde(rename = "general")]
    pub general: bool,
}
/// `SignedPortPreviewUrl`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct SignedPortPreviewUrl {
    #[serde(rename = "sandboxId")]
    pub sandbox_id: String,
    #[serde(rename = "port")]
    pub port: i64,
    /// Already part of the host name in url.
    #[serde(rename = "token")]
    pub token: String,
    #[serde(rename = "url")]
    pub url: String,
}
/// `SnapshotCreatedWebhook`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SnapshotCreatedWebhook {
    #[serde(rename = "event")]
    pub event: WebhookEvent,
    #[serde(rename = "timestamp")]
    pub timestamp: String,
    #[serde(rename = "id")]
    pub id: String,
    #[serde(rename = "name")]
    pub name: String,
    #[serde(rename = "organizationId")]
    pub organization_id: String,
    #[serde(rename = "state")]
    pub state: SnapshotState,
    #[serde(rename = "createdAt")]
    pub created_at: String,
}
/// `SnapshotDtoSandboxClass`.
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
pub enum SnapshotDtoSandboxClass {
    #[serde(rename = "linux-vm")]
    LinuxVm,
    #[serde(rename = "container")]
    Container,
    #[serde(rename = "android")]
    Android,
    #[serde(rename = "windows")]
    Windows,
}
impl SnapshotDtoSandboxClass {
    /// Every value, in document order.
    pub const ALL: &'static [Self] = &[
        Self::LinuxVm,
        Self::Container,
        Self::Android,
        Self::Windows,
    ];
    /// The value on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::LinuxVm => "linux-vm",
            Self::Container => "container",
            Self::Android => "android",
            Self::Windows => "windows",
        }
    }
}
/// Resources come back under other names than they are asked for: memory is mem.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SnapshotDto {
    #[serde(rename = "id")]
    pub id: String,
    #[serde(rename = "organizationId", default, skip_serializing_if = "Option::is_none")]
    pub organization_id: Option<String>,
    /// Offered to every organization.
    #[serde(rename = "general")]
    pub general: bool,
    #[serde(rename = "name")]
    pub name: String,
    #[serde(rename = "imageName", default, skip_serializing_if = "Option::is_none")]
    pub image_name: Option<String>,
    #[serde(rename = "state")]
    pub state: SnapshotState,
    /// GB with a fraction; null until known.
    #[serde(rename = "size", default)]
    pub size: Option<f64>,
    #[serde(rename = "entrypoint", default)]
    pub entrypoint: Option<Vec<String>>,
    /// Cores.
    #[serde(rename = "cpu")]
    pub cpu: i64,
    #[serde(rename = "gpu")]
    pub gpu: i64,
    #[serde(rename = "gpuType", default, skip_serializing_if = "Option::is_none")]
    pub gpu_type: Option<GpuType>,
    /// GiB.
    #[serde(rename = "mem")]
    pub mem: i64,
    /// GiB.
    #[serde(rename = "disk")]
    pub disk: i64,
    #[serde(rename = "errorReason", default)]
    pub error_reason: Option<String>,
    #[serde(rename = "createdAt")]
    pub created_at: String,
    #[serde(rename = "updatedAt")]
    pub updated_at: String,
    #[serde(rename = "lastUsedAt", default)]
    pub last_used_at: Option<String>,
    #[serde(rename = "buildInfo", default, skip_serializing_if = "Option::is_none")]
    pub build_info: Option<BuildInfo>,
    #[serde(rename = "regionIds", default, skip_serializing_if = "Option::is_none")]
    pub region_ids: Option<Vec<String>>,
    #[serde(
        rename = "initialRunnerId",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub initial_runner_id: Option<String>,
    #[serde(rename = "ref", default, skip_serializing_if = "Option::is_none")]
    pub r#ref: Option<String>,
    #[serde(rename = "sourceSandboxId", default)]
    pub source_sandbox_id: Option<String>,
    #[serde(rename = "sandboxClass", default, skip_serializing_if = "Option::is_none")]
    pub sandbox_class: Option<SnapshotDtoSandboxClass>,
    /// Whether sandboxes may be made from it; clients 0.21 refuse a snapshot without it.
    #[serde(rename = "enabled", default, skip_serializing_if = "Option::is_none")]
    pub enabled: Option<bool>,
}
/// `SnapshotManagerCredentials`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct SnapshotManagerCredentials {
    #[serde(rename = "username")]
    pub username: String,
    #[serde(rename = "password")]
    pub password: String,
}
/// `SnapshotRemovedWebhook`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SnapshotRemovedWebhook {
    #[serde(rename = "event")]
    pub event: WebhookEvent,
    #[serde(rename = "timestamp")]
    pub timestamp: String,
    #[serde(rename = "id")]
    pub id: String,
    #[serde(rename = "name")]
    pub name: String,
    #[serde(rename = "organizationId")]
    pub organization_id: String,
    #[serde(rename = "removedAt")]
    pub removed_at: String,
}
/// `SnapshotState`.
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
pub enum SnapshotState {
    #[serde(rename = "building")]
    Building,
    #[serde(rename = "pending")]
    Pending,
    #[serde(rename = "pulling")]
    Pulling,
    #[serde(rename = "snapshotting")]
    Snapshotting,
    #[serde(rename = "active")]
    Active,
    #[serde(rename = "inactive")]
    Inactive,
    #[serde(rename = "error")]
    Error,
    #[serde(rename = "build_failed")]
    BuildFailed,
    #[serde(rename = "removing")]
    Removing,
}
impl SnapshotState {
    /// Every value, in document order.
    pub const ALL: &'static [Self] = &[
        Self::Building,
        Self::Pending,
        Self::Pulling,
        Self::Snapshotting,
        Self::Active,
        Self::Inactive,
        Self::Error,
        Self::BuildFailed,
        Self::Removing,
    ];
    /// The value on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Building => "building",
            Self::Pending => "pending",
            Self::Pulling => "pulling",
            Self::Snapshotting => "snapshotting",
            Self::Active => "active",
            Self::Inactive => "inactive",
            Self::Error => "error",
            Self::BuildFailed => "build_failed",
            Self::Removing => "removing",
        }
    }
}
/// `SnapshotStateUpdatedEvent`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SnapshotStateUpdatedEvent {
    #[serde(rename = "snapshot")]
    pub snapshot: SnapshotDto,
    #[serde(rename = "oldState")]
    pub old_state: SnapshotState,
    #[serde(rename = "newState")]
    pub new_state: SnapshotState,
}
/// `SnapshotStateUpdatedWebhook`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SnapshotStateUpdatedWebhook {
    #[serde(rename = "event")]
    pub event: WebhookEvent,
    #[serde(rename = "timestamp")]
    pub timestamp: String,
    #[serde(rename = "id")]
    pub id: String,
    #[serde(rename = "name")]
    pub name: String,
    #[serde(rename = "organizationId")]
    pub organization_id: String,
    #[serde(rename = "oldState")]
    pub old_state: SnapshotState,
    #[serde(rename = "newState")]
    pub new_state: SnapshotState,
    #[serde(rename = "updatedAt")]
    pub updated_at: String,
}
/// `SshAccessDto`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct SshAccessDto {
    #[serde(rename = "id")]
    pub id: String,
    #[serde(rename = "sandboxId")]
    pub sandbox_id: String,
    #[serde(rename = "token")]
    pub token: String,
    #[serde(rename = "expiresAt")]
    pub expires_at: String,
    #[serde(rename = "createdAt")]
    pub created_at: String,
    #[serde(rename = "updatedAt")]
    pub updated_at: String,
    /// Without -p when the port is 22.
    #[serde(rename = "sshCommand")]
    pub ssh_command: String,
}
/// `SshAccessValidationDto`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct SshAccessValidationDto {
    #[serde(rename = "valid")]
    pub valid: bool,
    /// Null or empty when the token is not valid.
    #[serde(rename = "sandboxId", default)]
    pub sandbox_id: Option<String>,
}
/// `SsoOidcConfig`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct SsoOidcConfig {
    #[serde(rename = "issuer")]
    pub issuer: String,
    #[serde(rename = "clientId")]
    pub client_id: String,
}
/// Login for an S3 interface.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct StorageAccessDto {
    #[serde(rename = "accessKey")]
    pub access_key: String,
    #[serde(rename = "secret")]
    pub secret: String,
    #[serde(rename = "sessionToken")]
    pub session_token: String,
    /// The Python client refuses http here.
    #[serde(rename = "storageUrl")]
    pub storage_url: String,
    #[serde(rename = "organizationId")]
    pub organization_id: String,
    /// Clients fall back to daytona-volume-builds when it is empty.
    #[serde(rename = "bucket")]
    pub bucket: String,
    #[serde(rename = "region")]
    pub region: String,
}
/// `StringFilter`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct StringFilter {
    #[serde(rename = "eq", default, skip_serializing_if = "Option::is_none")]
    pub eq: Option<String>,
    #[serde(rename = "not", default, skip_serializing_if = "Option::is_none")]
    pub not: Option<String>,
    #[serde(rename = "in", default, skip_serializing_if = "Option::is_none")]
    pub r#in: Option<Vec<String>>,
    #[serde(rename = "notIn", default, skip_serializing_if = "Option::is_none")]
    pub not_in: Option<Vec<String>>,
}
/// `TestIdentityProviderConnection`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct TestIdentityProviderConnection {
    #[serde(rename = "issuerUrl")]
    pub issuer_url: String,
}
/// `TestIdentityProviderConnectionResponse`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct TestIdentityProviderConnectionResponse {
    #[serde(rename = "success")]
    pub success: bool,
    #[serde(rename = "issuer", default, skip_serializing_if = "Option::is_none")]
    pub issuer: Option<String>,
    #[serde(rename = "error", default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}
/// `ToolboxProxyUrl`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct ToolboxProxyUrl {
    /// Clients append a slash and the sandbox id.
    #[serde(rename = "url")]
    pub url: String,
}
/// `TraceSpan`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct TraceSpan {
    #[serde(rename = "traceId")]
    pub trace_id: String,
    #[serde(rename = "spanId")]
    pub span_id: String,
    #[serde(rename = "parentSpanId", default, skip_serializing_if = "Option::is_none")]
    pub parent_span_id: Option<String>,
    #[serde(rename = "spanName")]
    pub span_name: String,
    #[serde(rename = "timestamp")]
    pub timestamp: String,
    /// Nanoseconds.
    #[serde(rename = "durationNs")]
    pub duration_ns: f64,
    #[serde(rename = "spanAttributes")]
    pub span_attributes: BTreeMap<String, String>,
    #[serde(rename = "statusCode", default, skip_serializing_if = "Option::is_none")]
    pub status_code: Option<String>,
    #[serde(rename = "statusMessage", default, skip_serializing_if = "Option::is_none")]
    pub status_message: Option<String>,
}
/// `TraceSummary`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct TraceSummary {
    #[serde(rename = "traceId")]
    pub trace_id: String,
    #[serde(rename = "rootSpanName")]
    pub root_span_name: String,
    #[serde(rename = "startTime")]
    pub start_time: String,
    #[serde(rename = "endTime")]
    pub end_time: String,
    /// Milliseconds.
    #[serde(rename = "durationMs")]
    pub duration_ms: f64,
    #[serde(rename = "spanCount")]
    pub span_count: f64,
    #[serde(rename = "statusCode", default, skip_serializing_if = "Option::is_none")]
    pub status_code: Option<String>,
}
/// `UpdateDockerRegistry`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct UpdateDockerRegistry {
    #[serde(rename = "name")]
    pub name: String,
    #[serde(rename = "url")]
    pub url: String,
    #[serde(rename = "username")]
    pub username: String,
    #[serde(rename = "password", default, skip_serializing_if = "Option::is_none")]
    pub password: Option<String>,
    #[serde(rename = "project", default, skip_serializing_if = "Option::is_none")]
    pub project: Option<String>,
}
/// `UpdateIdentityProvider`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct UpdateIdentityProvider {
    #[serde(rename = "name", default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    #[serde(rename = "oidcConfig", default, skip_serializing_if = "Option::is_none")]
    pub oidc_config: Option<UpdateOidcIdPConfig>,
    #[serde(rename = "emailDomains", default, skip_serializing_if = "Option::is_none")]
    pub email_domains: Option<Vec<String>>,
    #[serde(rename = "allowAnyDomain", default, skip_serializing_if = "Option::is_none")]
    pub allow_any_domain: Option<bool>,
    #[serde(
        rename = "trustEmailVerified",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub trust_email_verified: Option<bool>,
    #[serde(
        rename = "defaultAssignedRoleIds",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub default_assigned_role_ids: Option<Vec<String>>,
    #[serde(rename = "enabled", default, skip_serializing_if = "Option::is_none")]
    pub enabled: Option<bool>,
}
/// `UpdateJobStatus`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct UpdateJobStatus {
    #[serde(rename = "status")]
    pub status: JobStatus,
    #[serde(rename = "errorMessage", default, skip_serializing_if = "Option::is_none")]
    pub error_message: Option<String>,
    #[serde(rename = "resultMetadata", default, skip_serializing_if = "Option::is_none")]
    pub result_metadata: Option<String>,
}
/// `UpdateLastActivity`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct UpdateLastActivity {
    #[serde(rename = "activityType", default, skip_serializing_if = "Option::is_none")]
    pub activity_type: Option<String>,
}
/// `UpdateOidcIdPConfig`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct UpdateOidcIdPConfig {
    #[serde(rename = "issuerUrl", default, skip_serializing_if = "Option::is_none")]
    pub issuer_url: Option<String>,
    #[serde(rename = "clientId", default, skip_serializing_if = "Option::is_none")]
    pub client_id: Option<String>,
    #[serde(rename = "clientSecret", default, skip_serializing_if = "Option::is_none")]
    pub client_secret: Option<String>,
    #[serde(rename = "scope", default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
}
/// `UpdateOrganizationDefaultQueueTimeout`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct UpdateOrganizationDefaultQueueTimeout {
    #[serde(rename = "defaultQueueTimeout", default)]
    pub default_queue_timeout: Option<i64>,
}
/// `UpdateOrganizationDefaultRegion`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct UpdateOrganizationDefaultRegion {
    #[serde(rename = "defaultRegionId")]
    pub default_region_id: String,
}
/// `UpdateOrganizationInvitationRole`.
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
pub enum UpdateOrganizationInvitationRole {
    #[serde(rename = "owner")]
    Owner,
    #[serde(rename = "member")]
    Member,
}
impl UpdateOrganizationInvitationRole {
    /// Every value, in document order.
    pub const ALL: &'static [Self] = &[Self::Owner, Self::Member];
    /// The value on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Member => "member",
        }
    }
}
/// `UpdateOrganizationInvitation`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct UpdateOrganizationInvitation {
    #[serde(rename = "role")]
    pub role: UpdateOrganizationInvitationRole,
    #[serde(rename = "assignedRoleIds")]
    pub assigned_role_ids: Vec<String>,
    #[serde(rename = "expiresAt", default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<String>,
}
/// `UpdateOrganizationMemberAccessRole`.
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
pub enum UpdateOrganizationMemberAccessRole {
    #[serde(rename = "owner")]
    Owner,
    #[serde(rename = "member")]
    Member,
}
impl UpdateOrganizationMemberAccessRole {
    /// Every value, in document order.
    pub const ALL: &'static [Self] = &[Self::Owner, Self::Member];
    /// The value on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Member => "member",
        }
    }
}
/// `UpdateOrganizationMemberAccess`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct UpdateOrganizationMemberAccess {
    #[serde(rename = "role")]
    pub role: UpdateOrganizationMemberAccessRole,
    #[serde(rename = "assignedRoleIds")]
    pub assigned_role_ids: Vec<String>,
}
/// `UpdateOrganizationQuota`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct UpdateOrganizationQuota {
    #[serde(rename = "maxCpuPerSandbox", default)]
    pub max_cpu_per_sandbox: Option<f64>,
    #[serde(rename = "maxMemoryPerSandbox", default)]
    pub max_memory_per_sandbox: Option<f64>,
    #[serde(rename = "maxDiskPerSandbox", default)]
    pub max_disk_per_sandbox: Option<f64>,
    #[serde(rename = "snapshotQuota", default)]
    pub snapshot_quota: Option<f64>,
    #[serde(rename = "maxSnapshotSize", default)]
    pub max_snapshot_size: Option<f64>,
    #[serde(rename = "volumeQuota", default)]
    pub volume_quota: Option<f64>,
    #[serde(rename = "secretQuota", default)]
    pub secret_quota: Option<f64>,
    #[serde(rename = "maxSecretsPerSandbox", default)]
    pub max_secrets_per_sandbox: Option<f64>,
    #[serde(rename = "authenticatedRateLimit", default)]
    pub authenticated_rate_limit: Option<f64>,
    #[serde(rename = "sandboxCreateRateLimit", default)]
    pub sandbox_create_rate_limit: Option<f64>,
    #[serde(rename = "sandboxLifecycleRateLimit", default)]
    pub sandbox_lifecycle_rate_limit: Option<f64>,
    #[serde(rename = "authenticatedRateLimitTtlSeconds", default)]
    pub authenticated_rate_limit_ttl_seconds: Option<f64>,
    #[serde(rename = "sandboxCreateRateLimitTtlSeconds", default)]
    pub sandbox_create_rate_limit_ttl_seconds: Option<f64>,
    #[serde(rename = "sandboxLifecycleRateLimitTtlSeconds", default)]
    pub sandbox_lifecycle_rate_limit_ttl_seconds: Option<f64>,
    #[serde(rename = "snapshotDeactivationTimeoutMinutes", default)]
    pub snapshot_deactivation_timeout_minutes: Option<f64>,
    #[serde(rename = "maxConcurrentSnapshotProcessing", default)]
    pub max_concurrent_snapshot_processing: Option<f64>,
}
/// `UpdateOrganizationRegionQuota`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct UpdateOrganizationRegionQuota {
    #[serde(rename = "sandboxClass", default, skip_serializing_if = "Option::is_none")]
    pub sandbox_class: Option<SandboxClass>,
    #[serde(rename = "totalCpuQuota", default)]
    pub total_cpu_quota: Option<f64>,
    #[serde(rename = "totalMemoryQuota", default)]
    pub total_memory_quota: Option<f64>,
    #[serde(rename = "totalDiskQuota", default)]
    pub total_disk_quota: Option<f64>,
    #[serde(rename = "totalGpuQuota", default)]
    pub total_gpu_quota: Option<f64>,
    #[serde(
        rename = "allowedGpuTypes",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub allowed_gpu_types: Option<Vec<GpuType>>,
    #[serde(
        rename = "maxCpuPerSandbox",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub max_cpu_per_sandbox: Option<f64>,
    #[serde(
        rename = "maxMemoryPerSandbox",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub max_memory_per_sandbox: Option<f64>,
    #[serde(
        rename = "maxDiskPerSandbox",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub max_disk_per_sandbox: Option<f64>,
    #[serde(
        rename = "maxDiskPerNonEphemeralSandbox",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub max_disk_per_non_ephemeral_sandbox: Option<f64>,
    #[serde(rename = "maxCpuPerGpu", default, skip_serializing_if = "Option::is_none")]
    pub max_cpu_per_gpu: Option<f64>,
    #[serde(
        rename = "maxMemoryPerGpu",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub max_memory_per_gpu: Option<f64>,
    #[serde(rename = "maxDiskPerGpu", default, skip_serializing_if = "Option::is_none")]
    pub max_disk_per_gpu: Option<f64>,
    #[serde(
        rename = "maxSandboxLifespan",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub max_sandbox_lifespan: Option<f64>,
}
/// `UpdateOrganizationRole`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct UpdateOrganizationRole {
    #[serde(rename = "name")]
    pub name: String,
    #[serde(rename = "description")]
    pub description: String,
    #[serde(rename = "permissions")]
    pub permissions: Vec<Permission>,
}
/// `UpdateRegion`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct UpdateRegion {
    #[serde(rename = "proxyUrl", default, skip_serializing_if = "Option::is_none")]
    pub proxy_url: Option<String>,
    #[serde(rename = "sshGatewayUrl", default, skip_serializing_if = "Option::is_none")]
    pub ssh_gateway_url: Option<String>,
    #[serde(
        rename = "snapshotManagerUrl",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub snapshot_manager_url: Option<String>,
    #[serde(rename = "otelEndpoint", default, skip_serializing_if = "Option::is_none")]
    pub otel_endpoint: Option<String>,
}
/// At least one member has to be there.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct UpdateSandboxNetworkSettings {
    /// True clears the allow list; false without a list clears it too.
    #[serde(
        rename = "networkBlockAll",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub network_block_all: Option<bool>,
    /// Sets networkBlockAll to false; empty clears the list.
    #[serde(
        rename = "networkAllowList",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub network_allow_list: Option<String>,
    #[serde(
        rename = "domainAllowList",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub domain_allow_list: Option<String>,
}
/// `UpdateSandboxSecrets`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct UpdateSandboxSecrets {
    /// Objects of one pair: environment name, secret name. An empty list detaches all.
    #[serde(rename = "secrets")]
    pub secrets: Vec<BTreeMap<String, String>>,
}
/// `UpdateSandboxStateDtoState`.
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
pub enum UpdateSandboxStateDtoState {
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
    #[serde(rename = "building_snapshot")]
    BuildingSnapshot,
    #[serde(rename = "unknown")]
    Unknown,
    #[serde(rename = "pulling_snapshot")]
    PullingSnapshot,
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
impl UpdateSandboxStateDtoState {
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
        Self::BuildingSnapshot,
        Self::Unknown,
        Self::PullingSnapshot,
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
            Self::BuildingSnapshot => "building_snapshot",
            Self::Unknown => "unknown",
            Self::PullingSnapshot => "pulling_snapshot",
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
/// `UpdateSandboxStateDto`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct UpdateSandboxStateDto {
    #[serde(rename = "state")]
    pub state: UpdateSandboxStateDtoState,
    #[serde(rename = "errorReason", default, skip_serializing_if = "Option::is_none")]
    pub error_reason: Option<String>,
    #[serde(rename = "recoverable", default, skip_serializing_if = "Option::is_none")]
    pub recoverable: Option<bool>,
}
/// `UpdateSecret`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct UpdateSecret {
    #[serde(rename = "value", default, skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    #[serde(rename = "description", default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    #[serde(rename = "hosts", default, skip_serializing_if = "Option::is_none")]
    pub hosts: Option<Vec<String>>,
}
/// `UpdateWarmPool`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct UpdateWarmPool {
    #[serde(rename = "pool")]
    pub pool: i64,
}
/// `Url`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct Url {
    #[serde(rename = "url")]
    pub url: String,
}
/// `User`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct User {
    #[serde(rename = "id")]
    pub id: String,
    #[serde(rename = "name")]
    pub name: String,
    #[serde(rename = "email")]
    pub email: String,
    #[serde(rename = "emailVerified")]
    pub email_verified: bool,
    #[serde(rename = "pylonEmailHash", default, skip_serializing_if = "Option::is_none")]
    pub pylon_email_hash: Option<String>,
    #[serde(rename = "publicKeys")]
    pub public_keys: Vec<UserPublicKey>,
    #[serde(rename = "createdAt")]
    pub created_at: String,
    #[serde(
        rename = "privacyPoliciesAccepted",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    pub privacy_policies_accepted: Option<bool>,
}
/// `UserPublicKey`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct UserPublicKey {
    #[serde(rename = "key")]
    pub key: String,
    #[serde(rename = "name")]
    pub name: String,
}
/// `VolumeCreatedWebhook`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct VolumeCreatedWebhook {
    #[serde(rename = "event")]
    pub event: WebhookEvent,
    #[serde(rename = "timestamp")]
    pub timestamp: String,
    #[serde(rename = "id")]
    pub id: String,
    #[serde(rename = "name")]
    pub name: String,
    #[serde(rename = "organizationId")]
    pub organization_id: String,
    #[serde(rename = "state")]
    pub state: VolumeState,
    #[serde(rename = "createdAt")]
    pub created_at: String,
}
/// `VolumeDto`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct VolumeDto {
    #[serde(rename = "id")]
    pub id: String,
    #[serde(rename = "name")]
    pub name: String,
    #[serde(rename = "organizationId")]
    pub organization_id: String,
    #[serde(rename = "state")]
    pub state: VolumeState,
    #[serde(rename = "createdAt")]
    pub created_at: String,
    #[serde(rename = "updatedAt")]
    pub updated_at: String,
    #[serde(rename = "lastUsedAt", default, skip_serializing_if = "Option::is_none")]
    pub last_used_at: Option<String>,
    #[serde(rename = "errorReason", default)]
    pub error_reason: Option<String>,
}
/// A new volume is pending_create and soon ready.
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
pub enum VolumeState {
    #[serde(rename = "creating")]
    Creating,
    #[serde(rename = "ready")]
    Ready,
    #[serde(rename = "pending_create")]
    PendingCreate,
    #[serde(rename = "pending_delete")]
    PendingDelete,
    #[serde(rename = "deleting")]
    Deleting,
    #[serde(rename = "deleted")]
    Deleted,
    #[serde(rename = "error")]
    Error,
}
impl VolumeState {
    /// Every value, in document order.
    pub const ALL: &'static [Self] = &[
        Self::Creating,
        Self::Ready,
        Self::PendingCreate,
        Self::PendingDelete,
        Self::Deleting,
        Self::Deleted,
        Self::Error,
    ];
    /// The value on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Creating => "creating",
            Self::Ready => "ready",
            Self::PendingCreate => "pending_create",
            Self::PendingDelete => "pending_delete",
            Self::Deleting => "deleting",
            Self::Deleted => "deleted",
            Self::Error => "error",
        }
    }
}
/// `VolumeStateUpdatedEvent`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct VolumeStateUpdatedEvent {
    #[serde(rename = "volume")]
    pub volume: VolumeDto,
    #[serde(rename = "oldState")]
    pub old_state: VolumeState,
    #[serde(rename = "newState")]
    pub new_state: VolumeState,
}
/// `VolumeStateUpdatedWebhook`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct VolumeStateUpdatedWebhook {
    #[serde(rename = "event")]
    pub event: WebhookEvent,
    #[serde(rename = "timestamp")]
    pub timestamp: String,
    #[serde(rename = "id")]
    pub id: String,
    #[serde(rename = "name")]
    pub name: String,
    #[serde(rename = "organizationId")]
    pub organization_id: String,
    #[serde(rename = "oldState")]
    pub old_state: VolumeState,
    #[serde(rename = "newState")]
    pub new_state: VolumeState,
    #[serde(rename = "updatedAt")]
    pub updated_at: String,
}
/// `WarmPool`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct WarmPool {
    #[serde(rename = "id")]
    pub id: String,
    #[serde(rename = "organizationId")]
    pub organization_id: String,
    #[serde(rename = "snapshot")]
    pub snapshot: String,
    #[serde(rename = "target")]
    pub target: String,
    /// How many are wanted.
    #[serde(rename = "pool")]
    pub pool: i64,
    /// How many are ready.
    #[serde(rename = "currentSize")]
    pub current_size: i64,
    #[serde(rename = "cpu")]
    pub cpu: i64,
    /// GiB.
    #[serde(rename = "mem")]
    pub mem: i64,
    /// GiB.
    #[serde(rename = "disk")]
    pub disk: i64,
    #[serde(rename = "osUser")]
    pub os_user: String,
    #[serde(rename = "env")]
    pub env: BTreeMap<String, String>,
    #[serde(rename = "errorReason", default, skip_serializing_if = "Option::is_none")]
    pub error_reason: Option<String>,
    #[serde(rename = "createdAt")]
    pub created_at: String,
    #[serde(rename = "updatedAt")]
    pub updated_at: String,
}
/// `WebhookAppPortalAccess`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct WebhookAppPortalAccess {
    #[serde(rename = "token")]
    pub token: String,
    #[serde(rename = "url")]
    pub url: String,
}
/// `WebhookEvent`.
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
pub enum WebhookEvent {
    #[serde(rename = "sandbox.created")]
    SandboxCreated,
    #[serde(rename = "sandbox.state.updated")]
    SandboxStateUpdated,
    #[serde(rename = "snapshot.created")]
    SnapshotCreated,
    #[serde(rename = "snapshot.state.updated")]
    SnapshotStateUpdated,
    #[serde(rename = "snapshot.removed")]
    SnapshotRemoved,
    #[serde(rename = "volume.created")]
    VolumeCreated,
    #[serde(rename = "volume.state.updated")]
    VolumeStateUpdated,
}
impl WebhookEvent {
    /// Every value, in document order.
    pub const ALL: &'static [Self] = &[
        Self::SandboxCreated,
        Self::SandboxStateUpdated,
        Self::SnapshotCreated,
        Self::SnapshotStateUpdated,
        Self::SnapshotRemoved,
        Self::VolumeCreated,
        Self::VolumeStateUpdated,
    ];
    /// The value on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SandboxCreated => "sandbox.created",
            Self::SandboxStateUpdated => "sandbox.state.updated",
            Self::SnapshotCreated => "snapshot.created",
            Self::SnapshotStateUpdated => "snapshot.state.updated",
            Self::SnapshotRemoved => "snapshot.removed",
            Self::VolumeCreated => "volume.created",
            Self::VolumeStateUpdated => "volume.state.updated",
        }
    }
}
/// `WebhookInitializationStatus`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct WebhookInitializationStatus {
    #[serde(rename = "organizationId")]
    pub organization_id: String,
    #[serde(rename = "svixApplicationId", default)]
    pub svix_application_id: Option<String>,
    #[serde(rename = "lastError", default)]
    pub last_error: Option<String>,
    #[serde(rename = "retryCount")]
    pub retry_count: f64,
    #[serde(rename = "createdAt")]
    pub created_at: String,
    #[serde(rename = "updatedAt")]
    pub updated_at: String,
}
/// `WorkosAdminPortalIntent`.
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
pub enum WorkosAdminPortalIntent {
    #[serde(rename = "sso")]
    Sso,
    #[serde(rename = "dsync")]
    Dsync,
}
impl WorkosAdminPortalIntent {
    /// Every value, in document order.
    pub const ALL: &'static [Self] = &[Self::Sso, Self::Dsync];
    /// The value on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sso => "sso",
            Self::Dsync => "dsync",
        }
    }
}
/// `WorkosAdminPortalLink`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct WorkosAdminPortalLink {
    #[serde(rename = "link")]
    pub link: String,
}
/// `WorkosSsoConnection`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct WorkosSsoConnection {
    #[serde(rename = "id")]
    pub id: String,
    #[serde(rename = "name")]
    pub name: String,
    #[serde(rename = "connectionType")]
    pub connection_type: String,
    #[serde(rename = "state")]
    pub state: String,
    #[serde(rename = "domains")]
    pub domains: Vec<String>,
    #[serde(rename = "createdAt")]
    pub created_at: String,
    #[serde(rename = "updatedAt")]
    pub updated_at: String,
}
