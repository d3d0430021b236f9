//! Ruby: a required member that is null or missing is an error. Its WebSockets go to the preview address of port 2280,
//! whose path they replace by that of the operation, with the preview's token beside the key (sdk-clients.md §a.7). Each
//! message of a log is read by itself.

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

use crate::client::{Client, Habits};
use crate::reading::Reading;
use crate::socket::Socket;
use crate::support::Answer;

pub(crate) const RUBY: Habits = Habits {
    source: "sdk-ruby",
    version: "0.205.1",
    content_type: "application/json",
    accept: Some("application/json"),
    create: r#"{"env":{},"labels":{"code-toolbox-language":"python"}}"#,
    names_itself_on_websockets: true,
    reading: Reading { takes_unknown_members: true, takes_null_for_required: false },
};

/// Opens a WebSocket the way Ruby does.
async fn socket(client: &Client, path: &str, headers: &[(&str, &str)]) -> Result<Socket, Answer> {
    let ask = format!("/sandbox/{}/ports/2280/preview-url", client.sandbox);
    let preview = client.call_api("GET", &ask, "").await.json();
    let url: http::Uri = preview["url"].as_str().unwrap().parse().unwrap();
    let token = preview["token"].as_str().unwrap();
    let mut all = vec![("x-daytona-preview-token", token)];
    all.extend_from_slice(headers);
    client.socket_at(&format!("ws://{}{path}", url.authority().unwrap()), &all).await
}
