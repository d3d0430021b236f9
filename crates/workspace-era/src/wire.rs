//! The one object all epochs are shown: today's, with what they called otherwise (legacy-clients.md §4.2).

use contract::control::types::SandboxState;
use contract::workspace::types::{CreateWorkspaceClass, Project, ProjectInfo, Repository};
use control::{BaseUrl, ControlPlane, SandboxRecord};
use serde_json::{Map, Value, json};

/// Where the repository a project named is kept among a sandbox's extras.
pub(crate) const REPOSITORY: &str = "workspaceRepository";

/// Cores, GiB and GiB of a class; those of the snapshots of the same size.
pub(crate) const fn sizes(class: CreateWorkspaceClass) -> [i64; 3] {
    match class {
        CreateWorkspaceClass::Small => [1, 1, 3],
        CreateWorkspaceClass::Medium => [2, 4, 8],
        CreateWorkspaceClass::Large => [4, 8, 10],
    }
}

/// The workspace a sandbox is.
pub(crate) fn workspace(control: &ControlPlane, record: &SandboxRecord, base: &BaseUrl) -> Value {
    let mut object = serde_json::to_value(control::sandbox_object(record, base)).unwrap_or_default();
    let state = state(&object);
    let class = class(record);
    let metadata = metadata(&object, &state, class, control.previews().domain(base));
    object["state"] = state.clone().into();
    object["class"] = class.into();
    object["info"]["providerMetadata"] = metadata.clone().into();
    object["projects"] = json!([project(record, &object, &state, metadata)]);
    object
}

/// Builds and pulls are called after images here.
fn state(object: &Value) -> String {
    let state = object["state"].as_str().unwrap_or(SandboxState::Unknown.as_str());
    let state = match state {
        "pulling_snapshot" => "pulling_image",
        "building_snapshot" => "building_image",
        state => state,
    };
    state.to_owned()
}

/// The class whose sizes these are; anything else is called small, which a client can read at least.
fn class(record: &SandboxRecord) -> &'static str {
    let own = [record.resources.cpu, record.resources.memory, record.resources.disk];
    let class = CreateWorkspaceClass::ALL.iter().find(|class| sizes(**class) == own);
    class.unwrap_or(&CreateWorkspaceClass::Small).as_str()
}

/// The text clients up to 0.11 read the state from, with this era's word for it, and 0.10 to 0.13 the domain of previews.
fn metadata(object: &Value, state: &str, class: &str, domain: String) -> String {
    let text = object["info"]["providerMetadata"].as_str().unwrap_or("{}");
    let mut metadata: Map<String, Value> = serde_json::from_str(text).unwrap_or_default();
    metadata.insert("state".to_owned(), state.into());
    metadata.insert("class".to_owned(), class.into());
    metadata.insert("nodeDomain".to_owned(), domain.into());
    Value::Object(metadata).to_string()
}

/// The one project of a workspace, as E0 reads it.
fn project(record: &SandboxRecord, object: &Value, state: &str, metadata: String) -> Project {
    Project {
        name: "main".to_owned(),
        image: record.made_from().to_owned(),
        user: record.user.clone(),
        target: record.target.clone(),
        env_vars: record.env.clone(),
        workspace_id: record.id.clone(),
        repository: repository(record.extras.get(REPOSITORY)),
        info: ProjectInfo {
            name: "main".to_owned(),
            created: object["createdAt"].as_str().unwrap_or_default().to_owned(),
            is_running: state == SandboxState::Started.as_str(),
            workspace_id: record.id.clone(),
            provider_metadata: metadata,
        },
    }
}

/// What the client named, with every member it insists on.
fn repository(named: Option<&Value>) -> Repository {
    let text = |name: &str| named.and_then(|named| named[name].as_str()).unwrap_or_default().to_owned();
    Repository {
        id: text("id"),
        name: text("name"),
        owner: text("owner"),
        branch: text("branch"),
        sha: text("sha"),
        source: text("source"),
        url: text("url"),
    }
}
