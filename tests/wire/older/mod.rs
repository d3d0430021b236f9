//! Python and TypeScript from 0.107 to 0.195, whose newest and oldest relatives are run elsewhere (legacy-clients.md §4).

mod terminals;

use crate::client::Habits;
use crate::reading::Reading;

/// Python refuses a model with a missing or null member, and keeps what it does not know.
const PYTHON: Habits = Habits {
    source: "python-sdk",
    version: "0.113.0",
    content_type: "application/json",
    accept: Some("application/json"),
    create: r#"{"env":{},"labels":{"code-toolbox-language":"python"},"volumes":[]}"#,
    names_itself_on_websockets: true,
    reading: Reading { takes_unknown_members: true, takes_null_for_required: false },
};

/// TypeScript checks nothing itself; what it reads is held to the same measure.
const TYPESCRIPT: Habits = Habits { source: "typescript-sdk", create: r#"{"env":{},"labels":{}}"#, ..PYTHON };
