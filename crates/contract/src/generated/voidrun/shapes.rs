// Generated from `conformance/contract` by `cargo xtask generate`; not edited by hand.

#![allow(unused_imports, reason = "one import line serves every document")]
use crate::{Bound, Kind, Lenient, Member, Shape};
/// `ActivateAPIKeyRequest`.
pub(super) static ACTIVATE_API_KEY_REQUEST: Shape = Shape {
    name: "ActivateAPIKeyRequest",
    members: &[
        Member {
            name: "isActive",
            go_name: "IsActive",
            kind: Kind::Bool,
            required: true,
            nullable: true,
            bound: Bound::NONE,
            lenient: &[],
        },
    ],
};
/// `CreateFileRequest`.
pub(super) static CREATE_FILE_REQUEST: Shape = Shape {
    name: "CreateFileRequest",
    members: &[
        Member {
            name: "content",
            go_name: "Content",
            kind: Kind::String,
            required: false,
            nullable: false,
            bound: Bound::NONE,
            lenient: &[],
        },
    ],
};
/// `CreateImageRequest`.
pub(super) static CREATE_IMAGE_REQUEST: Shape = Shape {
    name: "CreateImageRequest",
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
            name: "tag",
            go_name: "Tag",
            kind: Kind::String,
            required: false,
            nullable: false,
            bound: Bound::NONE,
            lenient: &[],
        },
        Member {
            name: "version",
            go_name: "Version",
            kind: Kind::String,
            required: false,
            nullable: false,
            bound: Bound::NONE,
            lenient: &[],
        },
        Member {
            name: "path",
            go_name: "Path",
            kind: Kind::String,
            required: false,
            nullable: false,
            bound: Bound::NONE,
            lenient: &[],
        },
    ],
};
/// `CreatePTYSessionRequest`.
pub(super) static CREATE_PTY_SESSION_REQUEST: Shape = Shape {
    name: "CreatePTYSessionRequest",
    members: &[
        Member {
            name: "cols",
            go_name: "Cols",
            kind: Kind::Integer { name: "int" },
            required: false,
            nullable: false,
            bound: Bound {
                minimum: Some(1.0),
                maximum: Some(500.0),
                values: &[],
                default: Some("80"),
            },
            lenient: &[],
        },
        Member {
            name: "rows",
            go_name: "Rows",
            kind: Kind::Integer { name: "int" },
            required: false,
            nullable: false,
            bound: Bound {
                minimum: Some(1.0),
                maximum: Some(200.0),
                values: &[],
                default: Some("24"),
            },
            lenient: &[],
        },
    ],
};
/// `CreateSandboxRequest`.
pub(super) static CREATE_SANDBOX_REQUEST: Shape = Shape {
    name: "CreateSandboxRequest",
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
            name: "image",
            go_name: "Image",
            kind: Kind::String,
            required: false,
            nullable: false,
            bound: Bound::NONE,
            lenient: &[],
        },
        Member {
            name: "templateId",
            go_name: "TemplateId",
            kind: Kind::String,
            required: false,
            nullable: false,
            bound: Bound::NONE,
            lenient: &[],
        },
        Member {
            name: "cpu",
            go_name: "Cpu",
            kind: Kind::Integer { name: "int" },
            required: false,
            nullable: false,
            bound: Bound {
                minimum: Some(1.0),
                maximum: Some(8.0),
                values: &[],
                default: None,
            },
            lenient: &[],
        },
        Member {
            name: "mem",
            go_name: "Mem",
            kind: Kind::Integer { name: "int" },
            required: false,
            nullable: false,
            bound: Bound {
                minimum: Some(1024.0),
                maximum: Some(16384.0),
                values: &[],
                default: None,
            },
            lenient: &[],
        },
        Member {
            name: "orgId",
            go_name: "OrgId",
            kind: Kind::String,
            required: false,
            nullable: false,
            bound: Bound::NONE,
            lenient: &[],
        },
        Member {
            name: "userId",
            go_name: "UserId",
            kind: Kind::String,
            required: false,
            nullable: false,
            bound: Bound::NONE,
            lenient: &[],
        },
        Member {
            name: "sync",
            go_name: "Sync",
            kind: Kind::Bool,
            required: false,
            nullable: false,
            bound: Bound {
                minimum: None,
                maximum: None,
                values: &[],
                default: Some("true"),
            },
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
            name: "autoSleep",
            go_name: "AutoSleep",
            kind: Kind::Bool,
            required: false,
            nullable: false,
            bound: Bound {
                minimum: None,
                maximum: None,
                values: &[],
                default: Some("true"),
            },
            lenient: &[],
        },
        Member {
            name: "region",
            go_name: "Region",
            kind: Kind::String,
            required: false,
            nullable: false,
            bound: Bound::NONE,
            lenient: &[],
        },
        Member {
            name: "publishPorts",
            go_name: "PublishPorts",
            kind: Kind::Array(&Kind::Integer { name: "int" }),
            required: false,
            nullable: false,
            bound: Bound::NONE,
            lenient: &[],
        },
        Member {
            name: "ports",
            go_name: "Ports",
            kind: Kind::Array(&Kind::Object(&PUBLISHED_PORT)),
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
            name: "refId",
            go_name: "RefId",
            kind: Kind::String,
            required: false,
            nullable: false,
            bound: Bound::NONE,
            lenient: &[],
        },
    ],
};
/// `ExecRequest`.
pub(super) static EXEC_REQUEST: Shape = Shape {
    name: "ExecRequest",
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
            name: "args",
            go_name: "Args",
            kind: Kind::Array(&Kind::String),
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
            bound: Bound {
                minimum: None,
                maximum: None,
                values: &[],
                default: Some("30"),
            },
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
            name: "cwd",
            go_name: "Cwd",
            kind: Kind::String,
            required: false,
            nullable: false,
            bound: Bound::NONE,
            lenient: &[],
        },
        Member {
            name: "background",
            go_name: "Background",
            kind: Kind::Bool,
            required: false,
            nullable: false,
            bound: Bound {
                minimum: None,
                maximum: None,
                values: &[],
                default: Some("false"),
            },
            lenient: &[],
        },
    ],
};
/// `ExecuteInSessionRequest`.
pub(super) static EXECUTE_IN_SESSION_REQUEST: Shape = Shape {
    name: "ExecuteInSessionRequest",
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
    ],
};
/// `GenerateAPIKeyRequest`.
pub(super) static GENERATE_API_KEY_REQUEST: Shape = Shape {
    name: "GenerateAPIKeyRequest",
    members: &[
        Member {
            name: "keyName",
            go_name: "KeyName",
            kind: Kind::String,
            required: true,
            nullable: false,
            bound: Bound::NONE,
            lenient: &[],
        },
        Member {
            name: "orgId",
            go_name: "OrgId",
            kind: Kind::String,
            required: false,
            nullable: false,
            bound: Bound::NONE,
            lenient: &[],
        },
    ],
};
/// `KillBackgroundProcessRequest`.
pub(super) static KILL_BACKGROUND_PROCESS_REQUEST: Shape = Shape {
    name: "KillBackgroundProcessRequest",
    members: &[
        Member {
            name: "pid",
            go_name: "Pid",
            kind: Kind::Integer { name: "int" },
            required: true,
            nullable: false,
            bound: Bound {
                minimum: Some(1.0),
                maximum: None,
                values: &[],
                default: None,
            },
            lenient: &[],
        },
    ],
};
/// `PublishedPort`.
pub(super) static PUBLISHED_PORT: Shape = Shape {
    name: "PublishedPort",
    members: &[
        Member {
            name: "protocol",
            go_name: "Protocol",
            kind: Kind::String,
            required: true,
            nullable: false,
            bound: Bound {
                minimum: None,
                maximum: None,
                values: &["http", "tcp"],
                default: None,
            },
            lenient: &[],
        },
        Member {
            name: "port",
            go_name: "Port",
            kind: Kind::Integer { name: "int" },
            required: true,
            nullable: false,
            bound: Bound {
                minimum: Some(1.0),
                maximum: Some(65535.0),
                values: &[],
                default: None,
            },
            lenient: &[],
        },
    ],
};
/// `RegisterRequest`.
pub(super) static REGISTER_REQUEST: Shape = Shape {
    name: "RegisterRequest",
    members: &[
        Member {
            name: "name",
            go_name: "Name",
            kind: Kind::String,
            required: true,
            nullable: false,
            bound: Bound {
                minimum: Some(2.0),
                maximum: Some(100.0),
                values: &[],
                default: None,
            },
            lenient: &[],
        },
        Member {
            name: "email",
            go_name: "Email",
            kind: Kind::String,
            required: true,
            nullable: false,
            bound: Bound {
                minimum: None,
                maximum: Some(254.0),
                values: &[],
                default: None,
            },
            lenient: &[],
        },
    ],
};
/// `ResizeTerminalRequest`.
pub(super) static RESIZE_TERMINAL_REQUEST: Shape = Shape {
    name: "ResizeTerminalRequest",
    members: &[
        Member {
            name: "cols",
            go_name: "Cols",
            kind: Kind::Integer { name: "uint16" },
            required: true,
            nullable: false,
            bound: Bound {
                minimum: Some(1.0),
                maximum: Some(500.0),
                values: &[],
                default: None,
            },
            lenient: &[],
        },
        Member {
            name: "rows",
            go_name: "Rows",
            kind: Kind::Integer { name: "uint16" },
            required: true,
            nullable: false,
            bound: Bound {
                minimum: Some(1.0),
                maximum: Some(200.0),
                values: &[],
                default: None,
            },
            lenient: &[],
        },
    ],
};
/// `RestoreSandboxRequest`.
pub(super) static RESTORE_SANDBOX_REQUEST: Shape = Shape {
    name: "RestoreSandboxRequest",
    members: &[
        Member {
            name: "new_id",
            go_name: "New_id",
            kind: Kind::String,
            required: true,
            nullable: false,
            bound: Bound::NONE,
            lenient: &[],
        },
        Member {
            name: "snapshot_path",
            go_name: "Snapshot_path",
            kind: Kind::String,
            required: true,
            nullable: false,
            bound: Bound::NONE,
            lenient: &[],
        },
        Member {
            name: "orgId",
            go_name: "OrgId",
            kind: Kind::String,
            required: true,
            nullable: false,
            bound: Bound::NONE,
            lenient: &[],
        },
        Member {
            name: "new_ip",
            go_name: "New_ip",
            kind: Kind::String,
            required: false,
            nullable: false,
            bound: Bound::NONE,
            lenient: &[],
        },
        Member {
            name: "cold",
            go_name: "Cold",
            kind: Kind::Bool,
            required: false,
            nullable: false,
            bound: Bound::NONE,
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
            name: "mem",
            go_name: "Mem",
            kind: Kind::Integer { name: "int" },
            required: false,
            nullable: false,
            bound: Bound::NONE,
            lenient: &[],
        },
        Member {
            name: "userId",
            go_name: "UserId",
            kind: Kind::String,
            required: false,
            nullable: false,
            bound: Bound::NONE,
            lenient: &[],
        },
    ],
};
/// `RunBackgroundCommandRequest`.
pub(super) static RUN_BACKGROUND_COMMAND_REQUEST: Shape = Shape {
    name: "RunBackgroundCommandRequest",
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
            name: "env",
            go_name: "Env",
            kind: Kind::Map(&Kind::String),
            required: false,
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
            bound: Bound {
                minimum: Some(0.0),
                maximum: Some(900.0),
                values: &[],
                default: None,
            },
            lenient: &[Lenient::FalsyAsAbsent],
        },
    ],
};
/// `SessionExecRequest`.
pub(super) static SESSION_EXEC_REQUEST: Shape = Shape {
    name: "SessionExecRequest",
    members: &[
        Member {
            name: "action",
            go_name: "Action",
            kind: Kind::String,
            required: true,
            nullable: false,
            bound: Bound::NONE,
            lenient: &[],
        },
        Member {
            name: "sessionId",
            go_name: "SessionId",
            kind: Kind::String,
            required: false,
            nullable: false,
            bound: Bound::NONE,
            lenient: &[],
        },
        Member {
            name: "shell",
            go_name: "Shell",
            kind: Kind::String,
            required: false,
            nullable: false,
            bound: Bound::NONE,
            lenient: &[],
        },
        Member {
            name: "command",
            go_name: "Command",
            kind: Kind::String,
            required: false,
            nullable: false,
            bound: Bound::NONE,
            lenient: &[],
        },
        Member {
            name: "input",
            go_name: "Input",
            kind: Kind::String,
            required: false,
            nullable: false,
            bound: Bound::NONE,
            lenient: &[],
        },
        Member {
            name: "cols",
            go_name: "Cols",
            kind: Kind::Integer { name: "int" },
            required: false,
            nullable: false,
            bound: Bound::NONE,
            lenient: &[],
        },
        Member {
            name: "rows",
            go_name: "Rows",
            kind: Kind::Integer { name: "int" },
            required: false,
            nullable: false,
            bound: Bound::NONE,
            lenient: &[],
        },
    ],
};
/// `SessionExecStreamRequest`.
pub(super) static SESSION_EXEC_STREAM_REQUEST: Shape = Shape {
    name: "SessionExecStreamRequest",
    members: &[
        Member {
            name: "sessionId",
            go_name: "SessionId",
            kind: Kind::String,
            required: false,
            nullable: false,
            bound: Bound::NONE,
            lenient: &[],
        },
        Member {
            name: "command",
            go_name: "Command",
            kind: Kind::String,
            required: false,
            nullable: false,
            bound: Bound::NONE,
            lenient: &[],
        },
    ],
};
/// `StartWatchRequest`.
pub(super) static START_WATCH_REQUEST: Shape = Shape {
    name: "StartWatchRequest",
    members: &[
        Member {
            name: "path",
            go_name: "Path",
            kind: Kind::String,
            required: true,
            nullable: false,
            bound: Bound::NONE,
            lenient: &[],
        },
        Member {
            name: "recursive",
            go_name: "Recursive",
            kind: Kind::Bool,
            required: false,
            nullable: false,
            bound: Bound {
                minimum: None,
                maximum: None,
                values: &[],
                default: Some("false"),
            },
            lenient: &[],
        },
        Member {
            name: "ignoreHidden",
            go_name: "IgnoreHidden",
            kind: Kind::Bool,
            required: false,
            nullable: false,
            bound: Bound {
                minimum: None,
                maximum: None,
                values: &[],
                default: Some("true"),
            },
            lenient: &[],
        },
    ],
};
/// `UpdatePublishedPortsRequest`.
pub(super) static UPDATE_PUBLISHED_PORTS_REQUEST: Shape = Shape {
    name: "UpdatePublishedPortsRequest",
    members: &[
        Member {
            name: "publishPorts",
            go_name: "PublishPorts",
            kind: Kind::Array(&Kind::Integer { name: "int" }),
            required: false,
            nullable: false,
            bound: Bound::NONE,
            lenient: &[],
        },
        Member {
            name: "ports",
            go_name: "Ports",
            kind: Kind::Array(&Kind::Object(&PUBLISHED_PORT)),
            required: false,
            nullable: false,
            bound: Bound::NONE,
            lenient: &[],
        },
    ],
};
/// `UpdateSandboxRequest`.
pub(super) static UPDATE_SANDBOX_REQUEST: Shape = Shape {
    name: "UpdateSandboxRequest",
    members: &[
        Member {
            name: "autoSleep",
            go_name: "AutoSleep",
            kind: Kind::Bool,
            required: true,
            nullable: true,
            bound: Bound::NONE,
            lenient: &[],
        },
    ],
};
