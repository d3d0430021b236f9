// Generated from `conformance/contract` by `cargo xtask generate`; not edited by hand.

#![allow(unused_imports, reason = "one import line serves every document")]
use crate::{Bound, Kind, Lenient, Member, Shape};
/// `BuildImage`.
pub(super) static BUILD_IMAGE: Shape = Shape {
    name: "BuildImage",
    members: &[
        Member {
            name: "name",
            go_name: "Name",
            kind: Kind::String,
            required: true,
            nullable: false,
            bound: Bound::NONE,
            lenient: &[],
        },
        Member {
            name: "buildInfo",
            go_name: "BuildInfo",
            kind: Kind::Object(&CREATE_WORKSPACE_BUILD),
            required: true,
            nullable: false,
            bound: Bound::NONE,
            lenient: &[],
        },
    ],
};
/// `CreateProject`.
pub(super) static CREATE_PROJECT: Shape = Shape {
    name: "CreateProject",
    members: &[
        Member {
            name: "name",
            go_name: "Name",
            kind: Kind::String,
            required: false,
            nullable: false,
            bound: Bound::NONE,
            lenient: &[],
        },
        Member {
            name: "image",
            go_name: "Image",
            kind: Kind::String,
            required: false,
            nullable: false,
            bound: Bound::NONE,
            lenient: &[Lenient::FalsyAsAbsent],
        },
        Member {
            name: "user",
            go_name: "User",
            kind: Kind::String,
            required: false,
            nullable: false,
            bound: Bound::NONE,
            lenient: &[],
        },
        Member {
            name: "envVars",
            go_name: "EnvVars",
            kind: Kind::Map(&Kind::String),
            required: false,
            nullable: false,
            bound: Bound::NONE,
            lenient: &[],
        },
        Member {
            name: "source",
            go_name: "Source",
            kind: Kind::Object(&PROJECT_SOURCE),
            required: false,
            nullable: false,
            bound: Bound::NONE,
            lenient: &[],
        },
    ],
};
/// `CreateWorkspace`.
pub(super) static CREATE_WORKSPACE: Shape = Shape {
    name: "CreateWorkspace",
    members: &[
        Member {
            name: "id",
            go_name: "Id",
            kind: Kind::String,
            required: false,
            nullable: false,
            bound: Bound::NONE,
            lenient: &[Lenient::FalsyAsAbsent],
        },
        Member {
            name: "name",
            go_name: "Name",
            kind: Kind::String,
            required: false,
            nullable: false,
            bound: Bound::NONE,
            lenient: &[Lenient::FalsyAsAbsent],
        },
        Member {
            name: "target",
            go_name: "Target",
            kind: Kind::String,
            required: false,
            nullable: false,
            bound: Bound::NONE,
            lenient: &[],
        },
        Member {
            name: "image",
            go_name: "Image",
            kind: Kind::String,
            required: false,
            nullable: false,
            bound: Bound::NONE,
            lenient: &[Lenient::FalsyAsAbsent],
        },
        Member {
            name: "user",
            go_name: "User",
            kind: Kind::String,
            required: false,
            nullable: false,
            bound: Bound::NONE,
            lenient: &[],
        },
        Member {
            name: "env",
            go_name: "Env",
            kind: Kind::Map(&Kind::String),
            required: false,
            nullable: false,
            bound: Bound::NONE,
            lenient: &[],
        },
        Member {
            name: "labels",
            go_name: "Labels",
            kind: Kind::Map(&Kind::String),
            required: false,
            nullable: false,
            bound: Bound::NONE,
            lenient: &[],
        },
        Member {
            name: "public",
            go_name: "Public",
            kind: Kind::Bool,
            required: false,
            nullable: false,
            bound: Bound::NONE,
            lenient: &[],
        },
        Member {
            name: "class",
            go_name: "Class",
            kind: Kind::String,
            required: false,
            nullable: false,
            bound: Bound {
                minimum: None,
                maximum: None,
                values: &["small", "medium", "large"],
                default: None,
            },
            lenient: &[],
        },
        Member {
            name: "cpu",
            go_name: "Cpu",
            kind: Kind::Integer { name: "int" },
            required: false,
            nullable: false,
            bound: Bound::NONE,
            lenient: &[],
        },
        Member {
            name: "gpu",
            go_name: "Gpu",
            kind: Kind::Integer { name: "int" },
            required: false,
            nullable: false,
            bound: Bound::NONE,
            lenient: &[],
        },
        Member {
            name: "memory",
            go_name: "Memory",
            kind: Kind::Integer { name: "int" },
            required: false,
            nullable: false,
            bound: Bound::NONE,
            lenient: &[],
        },
        Member {
            name: "disk",
            go_name: "Disk",
            kind: Kind::Integer { name: "int" },
            required: false,
            nullable: false,
            bound: Bound::NONE,
            lenient: &[],
        },
        Member {
            name: "autoStopInterval",
            go_name: "AutoStopInterval",
            kind: Kind::Integer { name: "int" },
            required: false,
            nullable: false,
            bound: Bound::NONE,
            lenient: &[],
        },
        Member {
            name: "autoArchiveInterval",
            go_name: "AutoArchiveInterval",
            kind: Kind::Integer { name: "int" },
            required: false,
            nullable: false,
            bound: Bound::NONE,
            lenient: &[],
        },
        Member {
            name: "volumes",
            go_name: "Volumes",
            kind: Kind::Array(&Kind::Object(&WORKSPACE_VOLUME)),
            required: false,
            nullable: false,
            bound: Bound::NONE,
            lenient: &[],
        },
        Member {
            name: "buildInfo",
            go_name: "BuildInfo",
            kind: Kind::Object(&CREATE_WORKSPACE_BUILD),
            required: false,
            nullable: false,
            bound: Bound::NONE,
            lenient: &[],
        },
        Member {
            name: "projects",
            go_name: "Projects",
            kind: Kind::Array(&Kind::Object(&CREATE_PROJECT)),
            required: false,
            nullable: false,
            bound: Bound::NONE,
            lenient: &[],
        },
    ],
};
/// `CreateWorkspaceBuild`.
pub(super) static CREATE_WORKSPACE_BUILD: Shape = Shape {
    name: "CreateWorkspaceBuild",
    members: &[
        Member {
            name: "dockerfileContent",
            go_name: "DockerfileContent",
            kind: Kind::String,
            required: true,
            nullable: false,
            bound: Bound::NONE,
            lenient: &[],
        },
        Member {
            name: "contextHashes",
            go_name: "ContextHashes",
            kind: Kind::Array(&Kind::String),
            required: false,
            nullable: false,
            bound: Bound::NONE,
            lenient: &[],
        },
    ],
};
/// `LegacyCreateSession`.
pub(super) static LEGACY_CREATE_SESSION: Shape = Shape {
    name: "LegacyCreateSession",
    members: &[
        Member {
            name: "sessionId",
            go_name: "SessionId",
            kind: Kind::String,
            required: true,
            nullable: false,
            bound: Bound::NONE,
            lenient: &[],
        },
    ],
};
/// `LegacyExecute`.
pub(super) static LEGACY_EXECUTE: Shape = Shape {
    name: "LegacyExecute",
    members: &[
        Member {
            name: "command",
            go_name: "Command",
            kind: Kind::String,
            required: true,
            nullable: false,
            bound: Bound::NONE,
            lenient: &[],
        },
        Member {
            name: "cwd",
            go_name: "Cwd",
            kind: Kind::String,
            required: false,
            nullable: false,
            bound: Bound::NONE,
            lenient: &[],
        },
        Member {
            name: "timeout",
            go_name: "Timeout",
            kind: Kind::Integer { name: "int" },
            required: false,
            nullable: false,
            bound: Bound::NONE,
            lenient: &[],
        },
    ],
};
/// `LegacySessionExecute`.
pub(super) static LEGACY_SESSION_EXECUTE: Shape = Shape {
    name: "LegacySessionExecute",
    members: &[
        Member {
            name: "command",
            go_name: "Command",
            kind: Kind::String,
            required: true,
            nullable: false,
            bound: Bound::NONE,
            lenient: &[],
        },
        Member {
            name: "async",
            go_name: "Async",
            kind: Kind::Bool,
            required: false,
            nullable: false,
            bound: Bound::NONE,
            lenient: &[],
        },
        Member {
            name: "runAsync",
            go_name: "RunAsync",
            kind: Kind::Bool,
            required: false,
            nullable: false,
            bound: Bound::NONE,
            lenient: &[],
        },
    ],
};
/// `ProjectExecute`.
pub(super) static PROJECT_EXECUTE: Shape = Shape {
    name: "ProjectExecute",
    members: &[
        Member {
            name: "command",
            go_name: "Command",
            kind: Kind::String,
            required: true,
            nullable: false,
            bound: Bound::NONE,
            lenient: &[],
        },
        Member {
            name: "timeout",
            go_name: "Timeout",
            kind: Kind::Integer { name: "int" },
            required: false,
            nullable: false,
            bound: Bound::NONE,
            lenient: &[],
        },
    ],
};
/// `ProjectSource`.
pub(super) static PROJECT_SOURCE: Shape = Shape {
    name: "ProjectSource",
    members: &[
        Member {
            name: "repository",
            go_name: "Repository",
            kind: Kind::Any,
            required: false,
            nullable: false,
            bound: Bound::NONE,
            lenient: &[],
        },
    ],
};
/// `WorkspaceLabels`.
pub(super) static WORKSPACE_LABELS: Shape = Shape {
    name: "WorkspaceLabels",
    members: &[
        Member {
            name: "labels",
            go_name: "Labels",
            kind: Kind::Map(&Kind::String),
            required: true,
            nullable: false,
            bound: Bound::NONE,
            lenient: &[],
        },
    ],
};
/// `WorkspaceVolume`.
pub(super) static WORKSPACE_VOLUME: Shape = Shape {
    name: "WorkspaceVolume",
    members: &[
        Member {
            name: "volumeId",
            go_name: "VolumeId",
            kind: Kind::String,
            required: true,
            nullable: false,
            bound: Bound::NONE,
            lenient: &[],
        },
        Member {
            name: "mountPath",
            go_name: "MountPath",
            kind: Kind::String,
            required: true,
            nullable: false,
            bound: Bound::NONE,
            lenient: &[],
        },
    ],
};
