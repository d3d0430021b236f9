// Generated from `conformance/contract` by `cargo xtask generate`; not edited by hand.

//! Daytona's workspace era, as its clients see it.
mod operations;
mod shapes;
pub mod types;
use crate::{Credentials, Document};
/// The workspace document.
pub static DOCUMENT: Document = Document {
    name: "workspace",
    version: "0.26.0+0.112.3",
    base: "/api",
    credentials: Credentials::Bearer,
    operations: operations::OPERATIONS,
    errors: &[
        crate::ErrorEntry {
            status: 401,
            code: None,
            message: "Invalid credentials",
            when: "no credential, or one that is malformed, unknown or expired",
            source: "control-plane.md §1.4",
        },
        crate::ErrorEntry {
            status: 403,
            code: None,
            message: "Invalid authentication context",
            when: "a token without an organization header",
            source: "control-plane.md §1.4",
        },
        crate::ErrorEntry {
            status: 400,
            code: None,
            message: "Invalid JSON in request body",
            when: "the body does not parse; this answer has neither path nor timestamp",
            source: "control-plane.md §1.4",
        },
        crate::ErrorEntry {
            status: 400,
            code: None,
            message: "<list>",
            when: "validation failed; every complaint in one text, joined by a comma and a space",
            source: "control-plane.md §1.4",
        },
        crate::ErrorEntry {
            status: 408,
            code: None,
            message: "request timed out",
            when: "nothing of the body came for as long as this server waits",
            source: "this project's own limit",
        },
        crate::ErrorEntry {
            status: 413,
            code: None,
            message: "request entity too large",
            when: "the body is larger than this server reads",
            source: "this project's own limit",
        },
        crate::ErrorEntry {
            status: 500,
            code: None,
            message: "An unexpected error occurred.",
            when: "anything the server did not foresee",
            source: "control-plane.md §1.4",
        },
        crate::ErrorEntry {
            status: 503,
            code: None,
            message: "Service is currently under maintenance. Please try again later.",
            when: "maintenance",
            source: "control-plane.md §1.4",
        },
    ],
    error_schema: "Error",
    json: include_str!("document.json"),
};
