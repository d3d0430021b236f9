// Generated from `conformance/contract` by `cargo xtask generate`; not edited by hand.

//! VoidRun, as its clients see it.
mod operations;
mod shapes;
pub mod types;
use crate::{Credentials, Document};
/// The voidrun document.
pub static DOCUMENT: Document = Document {
    name: "voidrun",
    version: "1.0.0+0.4.1",
    base: "/api",
    credentials: Credentials::ApiKey {
        header: "X-API-Key",
        query: "apiKey",
    },
    operations: operations::OPERATIONS,
    errors: &[
        crate::ErrorEntry {
            status: 401,
            code: None,
            message: "authentication required (X-API-Key or Bearer token)",
            when: "no credential was given",
            source: "voidrun.md §1.2",
        },
        crate::ErrorEntry {
            status: 401,
            code: None,
            message: "invalid or inactive API key",
            when: "the key was revoked, has expired or cannot be read",
            source: "voidrun.md §1.2",
        },
        crate::ErrorEntry {
            status: 404,
            code: None,
            message: "404 page not found",
            when: "unknown path or method; the body is bare text",
            source: "voidrun.md §1.1",
        },
        crate::ErrorEntry {
            status: 408,
            code: None,
            message: "request timed out",
            when: "nothing of the request came for longer than this server waits",
            source: "this project's own limit",
        },
        crate::ErrorEntry {
            status: 413,
            code: None,
            message: "request body is larger than <limit> bytes",
            when: "a JSON body is larger than this server reads",
            source: "this project's own limit",
        },
        crate::ErrorEntry {
            status: 500,
            code: None,
            message: "Internal server error",
            when: "the server failed without a word",
            source: "voidrun.md §1.4",
        },
    ],
    error_schema: "ErrorResponse",
    json: include_str!("document.json"),
};
