// Generated from `conformance/contract` by `cargo xtask generate`; not edited by hand.

#![allow(unused_imports, reason = "one import line serves every document")]
use crate::{Bound, Kind, Lenient, Member, Shape};
/// `AccessibilityInvokeRequest`.
pub(super) static ACCESSIBILITY_INVOKE_REQUEST: Shape = Shape {
    name: "AccessibilityInvokeRequest",
    members: &[
        Member {
            name: "id",
            go_name: "ID",
            kind: Kind::String,
            required: false,
            nullable: false,
            bound: Bound::NONE,
            lenient: &[],
        },
        Member {
            name: "action",
            go_name: "Action",
            kind: Kind::String,
            required: false,
            nullable: false,
            bound: Bound::NONE,
            lenient: &[],
        },
    ],
};
/// `AccessibilityNodeRequest`.
pub(super) static ACCESSIBILITY_NODE_REQUEST: Shape = Shape {
    name: "AccessibilityNodeRequest",
    members: &[
        Member {
            name: "id",
            go_name: "ID",
            kind: Kind::String,
            required: false,
            nullable: false,
            bound: Bound::NONE,
            lenient: &[],
        },
    ],
};
/// `AccessibilitySetValueRequest`.
pub(super) static ACCESSIBILITY_SET_VALUE_REQUEST: Shape = Shape {
    name: "AccessibilitySetValueRequest",
    members: &[
        Member {
            name: "id",
            go_name: "ID",
            kind: Kind::String,
            required: false,
            nullable: false,
            bound: Bound::NONE,
            lenient: &[],
        },
        Member {
            name: "value",
            go_name: "Value",
            kind: Kind::String,
            required: false,
            nullable: false,
            bound: Bound::NONE,
            lenient: &[],
        },
    ],
};
/// `CodeRunRequest`.
pub(super) static CODE_RUN_REQUEST: Shape = Shape {
    name: "CodeRunRequest",
    members: &[
        Member {
            name: "code",
            go_name: "Code",
            kind: Kind::String,
            required: true,
            nullable: false,
            bound: Bound::NONE,
            lenient: &[],
        },
        Member {
            name: "language",
            go_name: "Language",
            kind: Kind::String,
            required: true,
            nullable: false,
            bound: Bound::NONE,
            lenient: &[],
        },
        Member {
            name: "argv",
            go_name: "Argv",
            kind: Kind::Array(&Kind::String),
            required: false,
            nullable: false,
            bound: Bound::NONE,
            lenient: &[],
        },
        Member {
            name: "envs",
            go_name: "Envs",
            kind: Kind::Map(&Kind::String),
            required: false,
            nullable: false,
            bound: Bound::NONE,
            lenient: &[],
        },
        Member {
            name: "timeout",
            go_name: "Timeout",
            kind: Kind::Integer { name: "uint32" },
            required: false,
            nullable: false,
            bound: Bound::NONE,
            lenient: &[],
        },
    ],
};
/// `CompletionContext`.
pub(super) static COMPLETION_CONTEXT: Shape = Shape {
    name: "CompletionContext",
    members: &[
        Member {
            name: "triggerKind",
            go_name: "TriggerKind",
            kind: Kind::Integer { name: "int" },
            required: true,
            nullable: false,
            bound: Bound::NONE,
            lenient: &[],
        },
        Member {
            name: "triggerCharacter",
            go_name: "TriggerCharacter",
            kind: Kind::String,
            required: false,
            nullable: false,
            bound: Bound::NONE,
            lenient: &[],
        },
    ],
};
/// `CreateContextRequest`.
pub(super) static CREATE_CONTEXT_REQUEST: Shape = Shape {
    name: "CreateContextRequest",
    members: &[
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
            name: "language",
            go_name: "Language",
            kind: Kind::String,
            required: false,
            nullable: false,
            bound: Bound::NONE,
            lenient: &[],
        },
    ],
};
/// `CreateSessionRequest`.
pub(super) static CREATE_SESSION_REQUEST: Shape = Shape {
    name: "CreateSessionRequest",
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
/// `ExecuteRequest`.
pub(super) static EXECUTE_REQUEST: Shape = Shape {
    name: "ExecuteRequest",
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
            kind: Kind::Integer { name: "uint32" },
            required: false,
            nullable: false,
            bound: Bound::NONE,
            lenient: &[],
        },
        Member {
            name: "envs",
            go_name: "Envs",
            kind: Kind::Map(&Kind::String),
            required: false,
            nullable: false,
            bound: Bound::NONE,
            lenient: &[],
        },
    ],
};
/// `FilesDownloadRequest`.
pub(super) static FILES_DOWNLOAD_REQUEST: Shape = Shape {
    name: "FilesDownloadRequest",
    members: &[
        Member {
            name: "paths",
            go_name: "Paths",
            kind: Kind::Array(&Kind::String),
            required: false,
            nullable: false,
            bound: Bound::NONE,
            lenient: &[],
        },
    ],
};
/// `FindAccessibilityNodesRequest`.
pub(super) static FIND_ACCESSIBILITY_NODES_REQUEST: Shape = Shape {
    name: "FindAccessibilityNodesRequest",
    members: &[
        Member {
            name: "scope",
            go_name: "Scope",
            kind: Kind::String,
            required: false,
            nullable: false,
            bound: Bound::NONE,
            lenient: &[],
        },
        Member {
            name: "pid",
            go_name: "Pid",
            kind: Kind::Integer { name: "int" },
            required: false,
            nullable: false,
            bound: Bound::NONE,
            lenient: &[],
        },
        Member {
            name: "role",
            go_name: "Role",
            kind: Kind::String,
            required: false,
            nullable: false,
            bound: Bound::NONE,
            lenient: &[],
        },
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
            name: "nameMatch",
            go_name: "NameMatch",
            kind: Kind::String,
            required: false,
            nullable: false,
            bound: Bound::NONE,
            lenient: &[],
        },
        Member {
            name: "states",
            go_name: "States",
            kind: Kind::Array(&Kind::String),
            required: false,
            nullable: false,
            bound: Bound::NONE,
            lenient: &[],
        },
        Member {
            name: "limit",
            go_name: "Limit",
            kind: Kind::Integer { name: "int" },
            required: false,
            nullable: false,
            bound: Bound::NONE,
            lenient: &[],
        },
    ],
};
/// `GitAddRemoteRequest`.
pub(super) static GIT_ADD_REMOTE_REQUEST: Shape = Shape {
    name: "GitAddRemoteRequest",
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
            name: "name",
            go_name: "Name",
            kind: Kind::String,
            required: true,
            nullable: false,
            bound: Bound::NONE,
            lenient: &[],
        },
        Member {
            name: "url",
            go_name: "URL",
            kind: Kind::String,
            required: true,
            nullable: false,
            bound: Bound::NONE,
            lenient: &[],
        },
        Member {
            name: "fetch",
            go_name: "Fetch",
            kind: Kind::Bool,
            required: false,
            nullable: false,
            bound: Bound::NONE,
            lenient: &[],
        },
        Member {
            name: "overwrite",
            go_name: "Overwrite",
            kind: Kind::Bool,
            required: false,
            nullable: false,
            bound: Bound::NONE,
            lenient: &[],
        },
    ],
};
/// `GitAddRequest`.
pub(super) static GIT_ADD_REQUEST: Shape = Shape {
    name: "GitAddRequest",
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
            name: "files",
            go_name: "Files",
            kind: Kind::Array(&Kind::String),
            required: true,
            nullable: false,
            bound: Bound::NONE,
            lenient: &[],
        },
    ],
};
/// `GitAuthenticateRequest`.
pub(super) static GIT_AUTHENTICATE_REQUEST: Shape = Shape {
    name: "GitAuthenticateRequest",
    members: &[
        Member {
            name: "username",
            go_name: "Username",
            kind: Kind::String,
            required: true,
            nullable: false,
            bound: Bound::NONE,
            lenient: &[],
        },
        Member {
            name: "password",
            go_name: "Password",
            kind: Kind::String,
            required: true,
            nullable: false,
            bound: Bound::NONE,
            lenient: &[],
        },
        Member {
            name: "host",
            go_name: "Host",
            kind: Kind::String,
            required: false,
            nullable: false,
            bound: Bound::NONE,
            lenient: &[],
        },
        Member {
            name: "protocol",
            go_name: "Protocol",
            kind: Kind::String,
            required: false,
            nullable: false,
            bound: Bound::NONE,
            lenient: &[],
        },
    ],
};
/// `GitBranchRequest`.
pub(super) static GIT_BRANCH_REQUEST: Shape = Shape {
    name: "GitBranchRequest",
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
            name: "name",
            go_name: "Name",
            kind: Kind::String,
            required: true,
            nullable: false,
            bound: Bound::NONE,
            lenient: &[],
        },
    ],
};
/// `GitCheckoutRequest`.
pub(super) static GIT_CHECKOUT_REQUEST: Shape = Shape {
    name: "GitCheckoutRequest",
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
            name: "branch",
            go_name: "Branch",
            kind: Kind::String,
            required: true,
            nullable: false,
            bound: Bound::NONE,
            lenient: &[],
        },
    ],
};
/// `GitCloneRequest`.
pub(super) static GIT_CLONE_REQUEST: Shape = Shape {
    name: "GitCloneRequest",
    members: &[
        Member {
            name: "url",
            go_name: "URL",
            kind: Kind::String,
            required: true,
            nullable: false,
            bound: Bound::NONE,
            lenient: &[],
        },
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
            name: "branch",
            go_name: "Branch",
            kind: Kind::String,
            required: false,
            nullable: false,
            bound: Bound::NONE,
            lenient: &[],
        },
        Member {
            name: "commit_id",
            go_name: "Commit_id",
            kind: Kind::String,
            required: false,
            nullable: false,
            bound: Bound::NONE,
            lenient: &[],
        },
        Member {
            name: "username",
            go_name: "Username",
            kind: Kind::String,
            required: false,
            nullable: false,
            bound: Bound::NONE,
            lenient: &[],
        },
        Member {
            name: "password",
            go_name: "Password",
            kind: Kind::String,
            required: false,
            nullable: false,
            bound: Bound::NONE,
            lenient: &[],
        },
        Member {
            name: "insecure_skip_tls",
            go_name: "Insecure_skip_tls",
            kind: Kind::Bool,
            required: false,
            nullable: false,
            bound: Bound::NONE,
            lenient: &[],
        },
        Member {
            name: "depth",
            go_name: "Depth",
            kind: Kind::Integer { name: "int" },
            required: false,
            nullable: false,
            bound: Bound::NONE,
            lenient: &[],
        },
    ],
};
/// `GitCommitRequest`.
pub(super) static GIT_COMMIT_REQUEST: Shape = Shape {
    name: "GitCommitRequest",
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
            name: "message",
            go_name: "Message",
            kind: Kind::String,
            required: true,
            nullable: false,
            bound: Bound::NONE,
            lenient: &[],
        },
        Member {
            name: "author",
            go_name: "Author",
            kind: Kind::String,
            required: true,
            nullable: false,
            bound: Bound::NONE,
            lenient: &[],
        },
        Member {
            name: "email",
            go_name: "Email",
            kind: Kind::String,
            required: true,
            nullable: false,
            bound: Bound::NONE,
            lenient: &[],
        },
        Member {
            name: "allow_empty",
            go_name: "Allow_empty",
            kind: Kind::Bool,
            required: false,
            nullable: false,
            bound: Bound::NONE,
            lenient: &[],
        },
    ],
};
/// `GitConfigureUserRequest`.
pub(super) static GIT_CONFIGURE_USER_REQUEST: Shape = Shape {
    name: "GitConfigureUserRequest",
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
            name: "email",
            go_name: "Email",
            kind: Kind::String,
            required: true,
            nullable: false,
            bound: Bound::NONE,
            lenient: &[],
        },
        Member {
            name: "scope",
            go_name: "Scope",
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
/// `GitDeleteBranchRequest`.
pub(super) static GIT_DELETE_BRANCH_REQUEST: Shape = Shape {
    name: "GitDeleteBranchRequest",
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
            name: "name",
            go_name: "Name",
            kind: Kind::String,
            required: true,
            nullable: false,
            bound: Bound::NONE,
            lenient: &[],
        },
    ],
};
/// `GitInitRequest`.
pub(super) static GIT_INIT_REQUEST: Shape = Shape {
    name: "GitInitRequest",
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
            name: "bare",
            go_name: "Bare",
            kind: Kind::Bool,
            required: false,
            nullable: false,
            bound: Bound::NONE,
            lenient: &[],
        },
        Member {
            name: "initial_branch",
            go_name: "Initial_branch",
            kind: Kind::String,
            required: false,
            nullable: false,
            bound: Bound::NONE,
            lenient: &[],
        },
    ],
};
/// `GitPullRequest`.
pub(super) static GIT_PULL_REQUEST: Shape = Shape {
    name: "GitPullRequest",
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
            name: "username",
            go_name: "Username",
            kind: Kind::String,
            required: false,
            nullable: false,
            bound: Bound::NONE,
            lenient: &[],
        },
        Member {
            name: "password",
            go_name: "Password",
            kind: Kind::String,
            required: false,
            nullable: false,
            bound: Bound::NONE,
            lenient: &[],
        },
        Member {
            name: "remote",
            go_name: "Remote",
            kind: Kind::String,
            required: false,
            nullable: false,
            bound: Bound::NONE,
            lenient: &[],
        },
        Member {
            name: "branch",
            go_name: "Branch",
            kind: Kind::String,
            required: false,
            nullable: false,
            bound: Bound::NONE,
            lenient: &[],
        },
    ],
};
/// `GitPushRequest`.
pub(super) static GIT_PUSH_REQUEST: Shape = Shape {
    name: "GitPushRequest",
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
            name: "username",
            go_name: "Username",
            kind: Kind::String,
            required: false,
            nullable: false,
            bound: Bound::NONE,
            lenient: &[],
        },
        Member {
            name: "password",
            go_name: "Password",
            kind: Kind::String,
            required: false,
            nullable: false,
            bound: Bound::NONE,
            lenient: &[],
        },
        Member {
            name: "remote",
            go_name: "Remote",
            kind: Kind::String,
            required: false,
            nullable: false,
            bound: Bound::NONE,
            lenient: &[],
        },
        Member {
            name: "branch",
            go_name: "Branch",
            kind: Kind::String,
            required: false,
            nullable: false,
            bound: Bound::NONE,
            lenient: &[],
        },
        Member {
            name: "set_upstream",
            go_name: "Set_upstream",
            kind: Kind::Bool,
            required: false,
            nullable: false,
            bound: Bound::NONE,
            lenient: &[],
        },
    ],
};
/// `GitResetRequest`.
pub(super) static GIT_RESET_REQUEST: Shape = Shape {
    name: "GitResetRequest",
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
            name: "mode",
            go_name: "Mode",
            kind: Kind::String,
            required: false,
            nullable: false,
            bound: Bound::NONE,
            lenient: &[],
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
            name: "files",
            go_name: "Files",
            kind: Kind::Array(&Kind::String),
            required: false,
            nullable: false,
            bound: Bound::NONE,
            lenient: &[],
        },
    ],
};
/// `GitRestoreRequest`.
pub(super) static GIT_RESTORE_REQUEST: Shape = Shape {
    name: "GitRestoreRequest",
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
            name: "files",
            go_name: "Files",
            kind: Kind::Array(&Kind::String),
            required: true,
            nullable: false,
            bound: Bound::NONE,
            lenient: &[],
        },
        Member {
            name: "staged",
            go_name: "Staged",
            kind: Kind::Bool,
            required: false,
            nullable: false,
            bound: Bound::NONE,
            lenient: &[],
        },
        Member {
            name: "worktree",
            go_name: "Worktree",
            kind: Kind::Bool,
            required: false,
            nullable: false,
            bound: Bound::NONE,
            lenient: &[],
        },
        Member {
            name: "source",
            go_name: "Source",
            kind: Kind::String,
            required: false,
            nullable: false,
            bound: Bound::NONE,
            lenient: &[],
        },
    ],
};
/// `GitSetConfigRequest`.
pub(super) static GIT_SET_CONFIG_REQUEST: Shape = Shape {
    name: "GitSetConfigRequest",
    members: &[
        Member {
            name: "key",
            go_name: "Key",
            kind: Kind::String,
            required: true,
            nullable: false,
            bound: Bound::NONE,
            lenient: &[],
        },
        Member {
            name: "value",
            go_name: "Value",
            kind: Kind::String,
            required: true,
            nullable: false,
            bound: Bound::NONE,
            lenient: &[],
        },
        Member {
            name: "scope",
            go_name: "Scope",
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
/// `InitializeRequest`.
pub(super) static INITIALIZE_REQUEST: Shape = Shape {
    name: "InitializeRequest",
    members: &[
        Member {
            name: "token",
            go_name: "Token",
            kind: Kind::String,
            required: false,
            nullable: false,
            bound: Bound::NONE,
            lenient: &[],
        },
    ],
};
/// `KeyboardHotkeyRequest`.
pub(super) static KEYBOARD_HOTKEY_REQUEST: Shape = Shape {
    name: "KeyboardHotkeyRequest",
    members: &[
        Member {
            name: "keys",
            go_name: "Keys",
            kind: Kind::String,
            required: false,
            nullable: false,
            bound: Bound::NONE,
            lenient: &[],
        },
    ],
};
/// `KeyboardKeyDownRequest`.
pub(super) static KEYBOARD_KEY_DOWN_REQUEST: Shape = Shape {
    name: "KeyboardKeyDownRequest",
    members: &[
        Member {
            name: "key",
            go_name: "Key",
            kind: Kind::String,
            required: false,
            nullable: false,
            bound: Bound::NONE,
            lenient: &[],
        },
    ],
};
/// `KeyboardKeyUpRequest`.
pub(super) static KEYBOARD_KEY_UP_REQUEST: Shape = Shape {
    name: "KeyboardKeyUpRequest",
    members: &[
        Member {
            name: "key",
            go_name: "Key",
            kind: Kind::String,
            required: false,
            nullable: false,
            bound: Bound::NONE,
            lenient: &[],
        },
    ],
};
/// `KeyboardPressRequest`.
pub(super) static KEYBOARD_PRESS_REQUEST: Shape = Shape {
    name: "KeyboardPressRequest",
    members: &[
        Member {
            name: "key",
            go_name: "Key",
            kind: Kind::String,
            required: false,
            nullable: false,
            bound: Bound::NONE,
            lenient: &[],
        },
        Member {
            name: "modifiers",
            go_name: "Modifiers",
            kind: Kind::Array(&Kind::String),
            required: false,
            nullable: false,
            bound: Bound::NONE,
            lenient: &[],
        },
    ],
};
/// `KeyboardTypeRequest`.
pub(super) static KEYBOARD_TYPE_REQUEST: Shape = Shape {
    name: "KeyboardTypeRequest",
    members: &[
        Member {
            name: "text",
            go_name: "Text",
            kind: Kind::String,
            required: false,
            nullable: false,
            bound: Bound::NONE,
            lenient: &[],
        },
        Member {
            name: "delay",
            go_name: "Delay",
            kind: Kind::Integer { name: "int" },
            required: false,
            nullable: false,
            bound: Bound::NONE,
            lenient: &[],
        },
    ],
};
/// `LspCompletionParams`.
pub(super) static LSP_COMPLETION_PARAMS: Shape = Shape {
    name: "LspCompletionParams",
    members: &[
        Member {
            name: "languageId",
            go_name: "LanguageId",
            kind: Kind::String,
            required: true,
            nullable: false,
            bound: Bound::NONE,
            lenient: &[],
        },
        Member {
            name: "pathToProject",
            go_name: "PathToProject",
            kind: Kind::String,
            required: true,
            nullable: false,
            bound: Bound::NONE,
            lenient: &[],
        },
        Member {
            name: "uri",
            go_name: "Uri",
            kind: Kind::String,
            required: true,
            nullable: false,
            bound: Bound::NONE,
            lenient: &[],
        },
        Member {
            name: "position",
            go_name: "Position",
            kind: Kind::Object(&LSP_POSITION),
            required: true,
            nullable: true,
            bound: Bound::NONE,
            lenient: &[],
        },
        Member {
            name: "context",
            go_name: "Context",
            kind: Kind::Object(&COMPLETION_CONTEXT),
            required: false,
            nullable: false,
            bound: Bound::NONE,
            lenient: &[],
        },
    ],
};
/// `LspDocumentRequest`.
pub(super) static LSP_DOCUMENT_REQUEST: Shape = Shape {
    name: "LspDocumentRequest",
    members: &[
        Member {
            name: "languageId",
            go_name: "LanguageId",
            kind: Kind::String,
            required: true,
            nullable: false,
            bound: Bound::NONE,
            lenient: &[],
        },
        Member {
            name: "pathToProject",
            go_name: "PathToProject",
            kind: Kind::String,
            required: true,
            nullable: false,
            bound: Bound::NONE,
            lenient: &[],
        },
        Member {
            name: "uri",
            go_name: "Uri",
            kind: Kind::String,
            required: true,
            nullable: false,
            bound: Bound::NONE,
            lenient: &[],
        },
    ],
};
/// `LspPosition`.
pub(super) static LSP_POSITION: Shape = Shape {
    name: "LspPosition",
    members: &[
        Member {
            name: "line",
            go_name: "Line",
            kind: Kind::Integer { name: "int" },
            required: false,
            nullable: false,
            bound: Bound::NONE,
            lenient: &[],
        },
        Member {
            name: "character",
            go_name: "Character",
            kind: Kind::Integer { name: "int" },
            required: false,
            nullable: false,
            bound: Bound::NONE,
            lenient: &[],
        },
    ],
};
/// `LspServerRequest`.
pub(super) static LSP_SERVER_REQUEST: Shape = Shape {
    name: "LspServerRequest",
    members: &[
        Member {
            name: "languageId",
            go_name: "LanguageId",
            kind: Kind::String,
            required: true,
            nullable: false,
            bound: Bound::NONE,
            lenient: &[],
        },
        Member {
            name: "pathToProject",
            go_name: "PathToProject",
            kind: Kind::String,
            required: true,
            nullable: false,
            bound: Bound::NONE,
            lenient: &[],
        },
    ],
};
/// `MouseClickRequest`.
pub(super) static MOUSE_CLICK_REQUEST: Shape = Shape {
    name: "MouseClickRequest",
    members: &[
        Member {
            name: "x",
            go_name: "X",
            kind: Kind::Integer { name: "int" },
            required: false,
            nullable: false,
            bound: Bound::NONE,
            lenient: &[],
        },
        Member {
            name: "y",
            go_name: "Y",
            kind: Kind::Integer { name: "int" },
            required: false,
            nullable: false,
            bound: Bound::NONE,
            lenient: &[],
        },
        Member {
            name: "button",
            go_name: "Button",
            kind: Kind::String,
            required: false,
            nullable: false,
            bound: Bound::NONE,
            lenient: &[],
        },
        Member {
            name: "double",
            go_name: "Double",
            kind: Kind::Bool,
            required: false,
            nullable: false,
            bound: Bound::NONE,
            lenient: &[],
        },
        Member {
            name: "clicks",
            go_name: "Clicks",
            kind: Kind::Integer { name: "int" },
            required: false,
            nullable: false,
            bound: Bound::NONE,
            lenient: &[],
        },
        Member {
            name: "modifiers",
            go_name: "Modifiers",
            kind: Kind::Array(&Kind::String),
            required: false,
            nullable: false,
            bound: Bound::NONE,
            lenient: &[],
        },
    ],
};
/// `MouseDownRequest`.
pub(super) static MOUSE_DOWN_REQUEST: Shape = Shape {
    name: "MouseDownRequest",
    members: &[
        Member {
            name: "x",
            go_name: "X",
            kind: Kind::Integer { name: "int" },
            required: false,
            nullable: false,
            bound: Bound::NONE,
            lenient: &[],
        },
        Member {
            name: "y",
            go_name: "Y",
            kind: Kind::Integer { name: "int" },
            required: false,
            nullable: false,
            bound: Bound::NONE,
            lenient: &[],
        },
        Member {
            name: "button",
            go_name: "Button",
            kind: Kind::String,
            required: false,
            nullable: false,
            bound: Bound::NONE,
            lenient: &[],
        },
    ],
};
/// `MouseDragRequest`.
pub(super) static MOUSE_DRAG_REQUEST: Shape = Shape {
    name: "MouseDragRequest",
    members: &[
        Member {
            name: "startX",
            go_name: "StartX",
            kind: Kind::Integer { name: "int" },
            required: false,
            nullable: false,
            bound: Bound::NONE,
            lenient: &[],
        },
        Member {
            name: "startY",
            go_name: "StartY",
            kind: Kind::Integer { name: "int" },
            required: false,
            nullable: false,
            bound: Bound::NONE,
            lenient: &[],
        },
        Member {
            name: "endX",
            go_name: "EndX",
            kind: Kind::Integer { name: "int" },
            required: false,
            nullable: false,
            bound: Bound::NONE,
            lenient: &[],
        },
        Member {
            name: "endY",
            go_name: "EndY",
            kind: Kind::Integer { name: "int" },
            required: false,
            nullable: false,
            bound: Bound::NONE,
            lenient: &[],
        },
        Member {
            name: "button",
            go_name: "Button",
            kind: Kind::String,
            required: false,
            nullable: false,
            bound: Bound::NONE,
            lenient: &[],
        },
        Member {
            name: "modifiers",
            go_name: "Modifiers",
            kind: Kind::Array(&Kind::String),
            required: false,
            nullable: false,
            bound: Bound::NONE,
            lenient: &[],
        },
    ],
};
/// `MouseMoveRequest`.
pub(super) static MOUSE_MOVE_REQUEST: Shape = Shape {
    name: "MouseMoveRequest",
    members: &[
        Member {
            name: "x",
            go_name: "X",
            kind: Kind::Integer { name: "int" },
            required: false,
            nullable: false,
            bound: Bound::NONE,
            lenient: &[],
        },
        Member {
            name: "y",
            go_name: "Y",
            kind: Kind::Integer { name: "int" },
            required: false,
            nullable: false,
            bound: Bound::NONE,
            lenient: &[],
        },
    ],
};
/// `MouseScrollRequest`.
pub(super) static MOUSE_SCROLL_REQUEST: Shape = Shape {
    name: "MouseScrollRequest",
    members: &[
        Member {
            name: "x",
            go_name: "X",
            kind: Kind::Integer { name: "int" },
            required: false,
            nullable: false,
            bound: Bound::NONE,
            lenient: &[],
        },
        Member {
            name: "y",
            go_name: "Y",
            kind: Kind::Integer { name: "int" },
            required: false,
            nullable: false,
            bound: Bound::NONE,
            lenient: &[],
        },
        Member {
            name: "direction",
            go_name: "Direction",
            kind: Kind::String,
            required: false,
            nullable: false,
            bound: Bound::NONE,
            lenient: &[],
        },
        Member {
            name: "amount",
            go_name: "Amount",
            kind: Kind::Integer { name: "int" },
            required: false,
            nullable: false,
            bound: Bound {
                minimum: Some(0.0),
                maximum: None,
                values: &[],
                default: Some("1"),
            },
            lenient: &[],
        },
        Member {
            name: "modifiers",
            go_name: "Modifiers",
            kind: Kind::Array(&Kind::String),
            required: false,
            nullable: false,
            bound: Bound::NONE,
            lenient: &[],
        },
    ],
};
/// `MouseUpRequest`.
pub(super) static MOUSE_UP_REQUEST: Shape = Shape {
    name: "MouseUpRequest",
    members: &[
        Member {
            name: "x",
            go_name: "X",
            kind: Kind::Integer { name: "int" },
            required: false,
            nullable: false,
            bound: Bound::NONE,
            lenient: &[],
        },
        Member {
            name: "y",
            go_name: "Y",
            kind: Kind::Integer { name: "int" },
            required: false,
            nullable: false,
            bound: Bound::NONE,
            lenient: &[],
        },
        Member {
            name: "button",
            go_name: "Button",
            kind: Kind::String,
            required: false,
            nullable: false,
            bound: Bound::NONE,
            lenient: &[],
        },
    ],
};
/// `PtyCreateRequest`.
pub(super) static PTY_CREATE_REQUEST: Shape = Shape {
    name: "PTYCreateRequest",
    members: &[
        Member {
            name: "id",
            go_name: "ID",
            kind: Kind::String,
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
            name: "envs",
            go_name: "Envs",
            kind: Kind::Map(&Kind::String),
            required: false,
            nullable: false,
            bound: Bound::NONE,
            lenient: &[],
        },
        Member {
            name: "cols",
            go_name: "Cols",
            kind: Kind::Integer { name: "uint16" },
            required: false,
            nullable: false,
            bound: Bound::NONE,
            lenient: &[],
        },
        Member {
            name: "rows",
            go_name: "Rows",
            kind: Kind::Integer { name: "uint16" },
            required: false,
            nullable: false,
            bound: Bound::NONE,
            lenient: &[],
        },
        Member {
            name: "lazyStart",
            go_name: "LazyStart",
            kind: Kind::Bool,
            required: false,
            nullable: false,
            bound: Bound::NONE,
            lenient: &[],
        },
    ],
};
/// `PtyResizeRequest`.
pub(super) static PTY_RESIZE_REQUEST: Shape = Shape {
    name: "PTYResizeRequest",
    members: &[
        Member {
            name: "cols",
            go_name: "Cols",
            kind: Kind::Integer { name: "uint16" },
            required: false,
            nullable: false,
            bound: Bound {
                minimum: Some(1.0),
                maximum: Some(1000.0),
                values: &[],
                default: None,
            },
            lenient: &[],
        },
        Member {
            name: "rows",
            go_name: "Rows",
            kind: Kind::Integer { name: "uint16" },
            required: false,
            nullable: false,
            bound: Bound {
                minimum: Some(1.0),
                maximum: Some(1000.0),
                values: &[],
                default: None,
            },
            lenient: &[],
        },
    ],
};
/// `ReplaceRequest`.
pub(super) static REPLACE_REQUEST: Shape = Shape {
    name: "ReplaceRequest",
    members: &[
        Member {
            name: "files",
            go_name: "Files",
            kind: Kind::Array(&Kind::String),
            required: true,
            nullable: false,
            bound: Bound::NONE,
            lenient: &[],
        },
        Member {
            name: "pattern",
            go_name: "Pattern",
            kind: Kind::String,
            required: true,
            nullable: false,
            bound: Bound::NONE,
            lenient: &[],
        },
        Member {
            name: "newValue",
            go_name: "NewValue",
            kind: Kind::String,
            required: true,
            nullable: true,
            bound: Bound::NONE,
            lenient: &[],
        },
    ],
};
/// `SessionExecuteRequest`.
pub(super) static SESSION_EXECUTE_REQUEST: Shape = Shape {
    name: "SessionExecuteRequest",
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
            name: "runAsync",
            go_name: "RunAsync",
            kind: Kind::Bool,
            required: false,
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
            name: "suppressInputEcho",
            go_name: "SuppressInputEcho",
            kind: Kind::Bool,
            required: false,
            nullable: false,
            bound: Bound::NONE,
            lenient: &[],
        },
    ],
};
/// `SessionSendInputRequest`.
pub(super) static SESSION_SEND_INPUT_REQUEST: Shape = Shape {
    name: "SessionSendInputRequest",
    members: &[
        Member {
            name: "data",
            go_name: "Data",
            kind: Kind::String,
            required: true,
            nullable: false,
            bound: Bound::NONE,
            lenient: &[],
        },
    ],
};
/// `StartRecordingRequest`.
pub(super) static START_RECORDING_REQUEST: Shape = Shape {
    name: "StartRecordingRequest",
    members: &[
        Member {
            name: "label",
            go_name: "Label",
            kind: Kind::String,
            required: false,
            nullable: false,
            bound: Bound::NONE,
            lenient: &[Lenient::UnreadableAsAbsent],
        },
    ],
};
/// `StopRecordingRequest`.
pub(super) static STOP_RECORDING_REQUEST: Shape = Shape {
    name: "StopRecordingRequest",
    members: &[
        Member {
            name: "id",
            go_name: "ID",
            kind: Kind::String,
            required: false,
            nullable: false,
            bound: Bound::NONE,
            lenient: &[],
        },
    ],
};
/// `UpdateEnvRequest`.
pub(super) static UPDATE_ENV_REQUEST: Shape = Shape {
    name: "UpdateEnvRequest",
    members: &[
        Member {
            name: "set",
            go_name: "Set",
            kind: Kind::Map(&Kind::String),
            required: false,
            nullable: false,
            bound: Bound::NONE,
            lenient: &[],
        },
        Member {
            name: "unset",
            go_name: "Unset",
            kind: Kind::Array(&Kind::String),
            required: false,
            nullable: false,
            bound: Bound::NONE,
            lenient: &[],
        },
        Member {
            name: "unsetValuePrefix",
            go_name: "UnsetValuePrefix",
            kind: Kind::String,
            required: false,
            nullable: false,
            bound: Bound::NONE,
            lenient: &[],
        },
    ],
};
