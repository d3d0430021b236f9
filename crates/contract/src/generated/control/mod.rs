// Generated from `conformance/contract` by `cargo xtask generate`; not edited by hand.

//! Daytona control plane, as its clients see it.
mod operations;
mod shapes;
pub mod types;
use crate::{Credentials, Document};
/// The control document.
pub static DOCUMENT: Document = Document {
    name: "control",
    version: "0.205.1+0.226.1",
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
            message: "Access denied",
            when: "the key or role lacks a permission the operation needs",
            source: "control-plane.md §1.4",
        },
        crate::ErrorEntry {
            status: 403,
            code: None,
            message: "Invalid authentication context",
            when: "the wrong kind of caller: a token without an organization header, or a user on a service operation",
            source: "control-plane.md §1.4",
        },
        crate::ErrorEntry {
            status: 403,
            code: None,
            message: "Organization is suspended",
            when: "the organization is suspended and no reason was recorded",
            source: "control-plane.md §1.4",
        },
        crate::ErrorEntry {
            status: 403,
            code: None,
            message: "Organization is suspended: <reason>",
            when: "the organization is suspended",
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
            status: 404,
            code: None,
            message: "Cannot <METHOD> <path>",
            when: "unknown path, or an operation switched off on this server; the path is the whole one, base included",
            source: "control-plane.md §1.4",
        },
        crate::ErrorEntry {
            status: 408,
            code: None,
            message: "request timed out",
            when: "nothing of the body came for as long as this server waits; how long real ones wait was not measured",
            source: "this project's own limit",
        },
        crate::ErrorEntry {
            status: 413,
            code: None,
            message: "request entity too large",
            when: "the body is larger than this server reads; where the real one draws the line was not measured",
            source: "this project's own limit",
        },
        crate::ErrorEntry {
            status: 429,
            code: None,
            message: "ThrottlerException: Too Many Requests",
            when: "a throttler of the operation is exhausted",
            source: "control-plane.md §1.6",
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
        crate::ErrorEntry {
            status: 503,
            code: None,
            message: "Temporary authentication service error",
            when: "credentials cannot be checked right now",
            source: "control-plane.md §1.4",
        },
    ],
    error_schema: "Error",
    json: include_str!("document.json"),
};
