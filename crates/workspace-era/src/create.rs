//! Making a workspace: three epochs' bodies, one sandbox (legacy-clients.md §4.1).

use contract::control::types::SandboxVolume;
use contract::workspace::types::{CreateProject, CreateWorkspace, WorkspaceVolume};
use control::{ApiError, NewIntervals, NewResources, NewSandbox};
use serde_json::{Map, Value};

use crate::call::{Answer, Call};
use crate::wire;

pub(crate) async fn create(call: Call) -> Result<Answer, ApiError> {
    let body: CreateWorkspace = call.body()?;
    let sandboxes = call.sandboxes();
    let created = sandboxes.create(&call.organization, asked(body)?).await;
    let record = created.map_err(in_own_words)?;
    let warnings = sandboxes.warnings(&record);
    Ok(Answer::json(&wire::workspace(&call.config.control, &record, &call.base))?.warning(warnings))
}

/// What the control plane is asked for. A list of projects makes it E0: image, user and variables are those of the first.
fn asked(body: CreateWorkspace) -> Result<NewSandbox, ApiError> {
    let build = body.build_info.clone();
    let build = build.map(|build| (build.dockerfile_content, build.context_hashes.unwrap_or_default()));
    let resources = resources(&body);
    let project = body.projects.into_iter().flatten().next().unwrap_or_default();
    let extras = extras(&project);
    let volumes = body.volumes.into_iter().flatten().map(volume).collect();
    Ok(NewSandbox {
        name: body.name.or_else(|| body.id.clone()),
        id: body.id,
        image: body.image.or(project.image),
        build,
        user: body.user.or(project.user),
        env: body.env.or(project.env_vars).unwrap_or_default(),
        labels: body.labels.unwrap_or_default(),
        public: body.public.unwrap_or_default(),
        target: body.target,
        resources,
        intervals: NewIntervals {
            auto_stop: body.auto_stop_interval,
            auto_archive: body.auto_archive_interval,
            ..NewIntervals::default()
        },
        volumes,
        extras,
        ..NewSandbox::default()
    })
}

fn volume(asked: WorkspaceVolume) -> SandboxVolume {
    SandboxVolume { volume_id: asked.volume_id, mount_path: asked.mount_path, subpath: None }
}

/// Sizes given one by one, else those of the class.
fn resources(body: &CreateWorkspace) -> NewResources {
    let of_class = body.class.map(wire::sizes);
    let size = |given: Option<i64>, position: usize| {
        given.filter(|size| *size > 0).or_else(|| of_class.map(|sizes| sizes[position]))
    };
    NewResources {
        cpu: size(body.cpu, 0),
        gpu: body.gpu,
        memory: size(body.memory, 1),
        disk: size(body.disk, 2),
    }
}

/// What is given back and means nothing to a sandbox: the repository a project names.
fn extras(project: &CreateProject) -> Map<String, Value> {
    let repository = project.source.as_ref().and_then(|source| source.repository.clone());
    let repository = repository.map(|repository| (wire::REPOSITORY.to_owned(), Value::Object(repository)));
    repository.into_iter().collect()
}

/// An id that is taken is told as what the client chose it for.
fn in_own_words(mut error: ApiError) -> ApiError {
    let id =
        error.message.strip_prefix("Sandbox with ID ").and_then(|rest| rest.strip_suffix(" already exists"));
    if let Some(id) = id {
        error.message = format!("Workspace with ID {id} already exists");
    }
    error
}

#[cfg(test)]
mod tests {
    use contract::workspace::types::CreateWorkspaceClass;
    use serde_json::json;

    use super::*;

    fn read(body: Value) -> NewSandbox {
        asked(serde_json::from_value(body).unwrap()).unwrap()
    }

    #[test]
    fn a_project_says_what_a_flat_body_says_later() {
        let repository = json!({ "id": "r", "url": "https://example.com/r.git" });
        let projects = json!([{
            "name": "main", "image": "python:3", "user": "root", "envVars": { "A": "1" },
            "source": { "repository": repository },
        }]);
        let first =
            read(json!({ "id": "sandbox-1", "name": "sandbox-1", "target": "local", "projects": projects }));
        let flat = read(json!({
            "id": "sandbox-1", "target": "local", "image": "python:3", "user": "root", "env": { "A": "1" },
        }));
        assert_eq!(NewSandbox { extras: Map::new(), ..first.clone() }, flat);
        assert_eq!(first.extras[wire::REPOSITORY], repository);
    }

    #[test]
    fn volumes_are_asked_for_as_they_are_named() {
        let asked = read(json!({ "volumes": [{ "volumeId": "shared", "mountPath": "/mnt/shared" }] }));
        let volume = &asked.volumes[0];
        assert_eq!((volume.volume_id.as_str(), volume.mount_path.as_str()), ("shared", "/mnt/shared"));
    }

    #[test]
    fn sizes_given_one_by_one_win_over_those_of_the_class() {
        let class = |class: CreateWorkspaceClass| {
            resources(&CreateWorkspace { class: Some(class), memory: Some(3), ..CreateWorkspace::default() })
        };
        let [cpu, _, disk] = wire::sizes(CreateWorkspaceClass::Large);
        let large = class(CreateWorkspaceClass::Large);
        assert_eq!((large.cpu, large.memory, large.disk), (Some(cpu), Some(3), Some(disk)));
        assert_eq!(resources(&CreateWorkspace::default()), NewResources::default());
    }
}
