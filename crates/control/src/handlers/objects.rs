//! Access to the object store (control-plane.md §4.7).

use contract::control::types::StorageAccessDto;
use dialect::ClientGeneration;
use http::StatusCode;

use super::Table;
use crate::call::{Answer, Call, handler};
use crate::errors::ApiError;
use crate::objects::Way;

pub(super) fn serve(table: Table) -> Table {
    table.serve("getPushAccess", handler(push_access))
}

async fn push_access(call: Call) -> Result<Answer, ApiError> {
    let organization = call.organization()?;
    let unavailable = || ApiError::new(StatusCode::SERVICE_UNAVAILABLE, "Object storage is not configured");
    let storage = call.shared.config.objects.as_ref().ok_or_else(unavailable)?;
    let way = Way { host: call.base.host(), secure: takes_only_tls(&call.client) };
    let access = storage.lend(organization, way).await.map_err(|error| {
        tracing::error!(%error, "the object store cannot be reached by clients");
        unavailable()
    })?;
    Answer::json(&StorageAccessDto {
        access_key: access.access_key,
        secret: access.secret,
        session_token: access.session_token,
        storage_url: access.url,
        organization_id: organization.to_string(),
        bucket: access.bucket,
        region: access.region,
    })
}

/// Python's S3 library takes no plain http; before 0.22 that client came with another one.
fn takes_only_tls(client: &ClientGeneration) -> bool {
    match client.source.as_deref() {
        Some("python-sdk") => !client.is_before("0.22.0"),
        Some(source) => source.starts_with("sdk-python"),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_clients_whose_library_refuses_plain_http_are_sent_to_tls() {
        let takes = |source: &str, version: &str| {
            takes_only_tls(&ClientGeneration {
                source: Some(source.to_owned()),
                version: Some(version.to_owned()),
            })
        };
        assert!(takes("sdk-python", "0.226.1") && takes("sdk-python-async", "0.120.0"));
        assert!(takes("python-sdk", "0.22.0") && !takes("python-sdk", "0.21.8"));
        for other in ["sdk-typescript", "sdk-go", "sdk-ruby", "cli"] {
            assert!(!takes(other, "0.205.1"), "{other}");
        }
        assert!(!takes_only_tls(&ClientGeneration::default()));
    }
}
