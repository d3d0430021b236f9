//! Logins at container registries (control-plane.md §4.6). Passwords are kept and never shown.

use std::sync::Arc;

use contract::control::types::{
    CreateDockerRegistry, DockerRegistry as DockerRegistryDto, DockerRegistryRegistryType,
    UpdateDockerRegistry,
};

use super::Table;
use crate::allowances::Allowance;
use crate::call::{Answer, Call, handler};
use crate::control::written;
use crate::errors::ApiError;
use crate::records::DockerRegistry;
use crate::wire::time;

pub(super) fn serve(table: Table) -> Table {
    table
        .serve("createRegistry", handler(create))
        .serve("listRegistries", handler(list))
        .serve("getRegistry", handler(get))
        .serve("updateRegistry", handler(update))
        .serve("deleteRegistry", handler(delete))
}

async fn create(call: Call) -> Result<Answer, ApiError> {
    let body: CreateDockerRegistry = call.body()?;
    let organization = call.organization()?.as_str();
    let now = call.shared.now();
    let registry = DockerRegistry {
        id: call.shared.config.ids.uuid(),
        organization_id: organization.to_owned(),
        name: body.name,
        url: body.url,
        username: body.username,
        password: body.password,
        project: body.project.unwrap_or_default(),
        created_at: now,
        updated_at: now,
    };
    let allowance = call.shared.allowance(organization, Allowance::Registries);
    let check = |others: &[Arc<DockerRegistry>]| Allowance::Registries.check(allowance, others.len());
    let (registry, commit) = call.shared.shelves.registries.insert(&call.shared.registry, registry, check)?;
    written(commit).await?;
    Answer::json(&dto(&registry))
}

async fn list(call: Call) -> Result<Answer, ApiError> {
    let registries = call.shared.shelves.registries.list(call.organization()?.as_str());
    Answer::json(&registries.iter().map(|registry| dto(registry)).collect::<Vec<_>>())
}

async fn get(call: Call) -> Result<Answer, ApiError> {
    let registry = call.shared.shelves.registries.get(call.organization()?.as_str(), call.at(0));
    Answer::json(&dto(&*registry.ok_or_else(|| unknown(call.at(0)))?))
}

async fn update(call: Call) -> Result<Answer, ApiError> {
    let (organization, id, now) = (call.organization()?.as_str(), call.at(0), call.shared.now());
    let registries = &call.shared.shelves.registries;
    registries.get(organization, id).ok_or_else(|| unknown(id))?;
    let body: UpdateDockerRegistry = call.body()?;
    let change = |registry: &mut DockerRegistry| {
        (registry.name, registry.url, registry.username) = (body.name, body.url, body.username);
        if let Some(password) = body.password {
            registry.password = password;
        }
        if let Some(project) = body.project {
            registry.project = project;
        }
        registry.updated_at = now;
        Ok(())
    };
    let changed = registries.update(&call.shared.registry, organization, id, change)?;
    let (registry, commit) = changed.ok_or_else(|| unknown(id))?;
    written(commit).await?;
    Answer::json(&dto(&registry))
}

async fn delete(call: Call) -> Result<Answer, ApiError> {
    let (organization, id) = (call.organization()?.as_str(), call.at(0));
    let removed = call.shared.shelves.registries.remove(&call.shared.registry, organization, id);
    written(removed.ok_or_else(|| unknown(id))?).await?;
    Ok(Answer::empty())
}

fn unknown(id: &str) -> ApiError {
    ApiError::not_found(format!("Docker registry with ID {id} not found"))
}

fn dto(registry: &DockerRegistry) -> DockerRegistryDto {
    DockerRegistryDto {
        id: registry.id.clone(),
        name: registry.name.clone(),
        url: registry.url.clone(),
        username: registry.username.clone(),
        project: registry.project.clone(),
        registry_type: DockerRegistryRegistryType::Organization,
        created_at: time(registry.created_at),
        updated_at: time(registry.updated_at),
    }
}
