//! Java: every required member must be there with its type, null or not at all is an error; unknown members are passed
//! over. JSON bodies say their character set. **WebSockets carry nothing but the key** (and sub-protocols), so that the
//! server cannot know the client's version there. Any call without an answer for ten seconds fails.

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

use crate::client::Habits;
use crate::reading::Reading;

pub(crate) const JAVA: Habits = Habits {
    source: "sdk-java",
    version: "0.205.1",
    content_type: "application/json; charset=utf-8",
    accept: Some("application/json"),
    create: r#"{"env":{},"labels":{"code-toolbox-language":"python"},"gpuType":[],"spot":false,"volumes":[],"secrets":[]}"#,
    names_itself_on_websockets: false,
    reading: Reading { takes_unknown_members: true, takes_null_for_required: false },
};
