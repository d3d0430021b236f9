// Generated from `conformance/contract` by `cargo xtask generate`; not edited by hand.

//! Daytona toolbox, as its clients see it.
mod operations;
mod shapes;
pub mod types;
use crate::{Credentials, Document};
/// The toolbox document.
pub static DOCUMENT: Document = Document {
    name: "toolbox",
    version: "0.205.1+0.226.1",
    base: "",
    credentials: Credentials::Bearer,
    operations: operations::OPERATIONS,
    errors: &[
        crate::ErrorEntry {
            status: 401,
            code: Some("UNAUTHORIZED"),
            message: "unauthorized: missing authentication: provide a preview access token (via header, query parameter, or cookie) or use an API key or JWT",
            when: "no credential was given",
            source: "toolbox-processes.md §7.4",
        },
        crate::ErrorEntry {
            status: 401,
            code: Some("UNAUTHORIZED"),
            message: "unauthorized: authentication failed: <reasons>",
            when: "no given credential is valid; reasons are joined by commas",
            source: "toolbox-processes.md §7.4",
        },
        crate::ErrorEntry {
            status: 400,
            code: Some("BAD_REQUEST"),
            message: "bad request: no IP address found. Is the Sandbox started?",
            when: "the sandbox does not run",
            source: "toolbox-processes.md §7.4",
        },
        crate::ErrorEntry {
            status: 404,
            code: Some("NOT_FOUND"),
            message: "not found: sandbox container not found: <error>",
            when: "there is no such sandbox",
            source: "toolbox-processes.md §7.4",
        },
        crate::ErrorEntry {
            status: 404,
            code: None,
            message: "404 page not found",
            when: "unknown path, or a known path with another method; the body is bare text, never a 405",
            source: "toolbox-processes.md §1.1",
        },
        crate::ErrorEntry {
            status: 408,
            code: Some("REQUEST_TIMEOUT"),
            message: "request timeout: the request's body stopped coming",
            when: "nothing of the body came for as long as this server waits; how long real ones wait was not measured",
            source: "this project's own limit",
        },
        crate::ErrorEntry {
            status: 413,
            code: None,
            message: "request body is larger than <limit> bytes",
            when: "a JSON body is larger than this server reads; the daemon draws no line",
            source: "this project's own limit",
        },
        crate::ErrorEntry {
            status: 502,
            code: None,
            message: "",
            when: "the daemon cannot be reached; the body is empty",
            source: "toolbox-processes.md §7.4",
        },
        crate::ErrorEntry {
            status: 500,
            code: None,
            message: "",
            when: "the daemon failed without a word; the body is empty",
            source: "toolbox-files-git-desktop.md §1.2",
        },
    ],
    error_schema: "ErrorResponse",
    json: include_str!("document.json"),
};
