//! Go: its generated client decodes JSON only where the content type says so, wants every required member (null will do),
//! and before 0.188.0 refuses members it does not know.

mod desktops;
mod files;
mod git;
mod interpreter;
mod lsp;
mod process;
mod records;
mod sessions;
mod snapshots;
mod terminals;
mod uploads;

use crate::client::Habits;
use crate::reading::Reading;

/// The client of today.
pub(crate) const GO: Habits = Habits {
    source: "sdk-go",
    version: "0.205.1",
    content_type: "application/json",
    accept: Some("application/json"),
    create: r#"{"labels":{"code-toolbox-language":"python"},"networkBlockAll":false,"public":false,"spot":false}"#,
    names_itself_on_websockets: true,
    reading: Reading { takes_unknown_members: true, takes_null_for_required: true },
};

/// One that refuses what it does not know, and tells the streams of logs apart itself.
pub(crate) const STRICT: Habits = Habits {
    version: "0.150.0",
    reading: Reading { takes_unknown_members: false, takes_null_for_required: true },
    ..GO
};

/// One that refuses what it does not know, and has the server tell the streams apart.
pub(crate) const STRICT_WITH_SPLIT_LOGS: Habits = Habits { version: "0.187.0", ..STRICT };
