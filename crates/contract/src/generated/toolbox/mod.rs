// Generated from `conformance/contract` by `cargo xtask generate`; not edited by hand.

//! Sandbox toolbox.
mod operations;
mod shapes;
pub mod types;
use crate::Document;
/// The toolbox document.
pub static DOCUMENT: Document = Document {
    name: "toolbox",
    version: "0.205.1",
    base: "",
    operations: operations::OPERATIONS,
    errors: &[],
    error_schema: "ErrorResponse",
    json: include_str!("document.json"),
};
