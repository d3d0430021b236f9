//! The contract: what the emulated APIs look like, as data.
//!
//! Owns the operation tables, the wire types, the binder tables, the lenient binders that read a request the way the
//! real servers do, and the checks of requests and responses. Everything under [`control`], [`toolbox`], [`workspace`]
//! and [`voidrun`] is generated from `conformance/contract` by `cargo xtask generate`. Knows nothing of HTTP servers,
//! sandboxes or organizations.

pub mod bind;
#[cfg(feature = "check")]
pub mod check;
mod generated;
mod model;
mod routing;

pub use generated::{control, toolbox, voidrun, workspace};
pub use model::{
    Auth, Bound, Credentials, Document, ErrorEntry, Kind, Lenient, Location, Member, Method, Operation,
    Parameter, Payload, RequestBody, Response, Shape,
};
pub use routing::{Match, PathParameters, Router};

/// Every document this build knows, in the order they are shown to a user.
pub const DOCUMENTS: &[&Document] =
    &[&control::DOCUMENT, &toolbox::DOCUMENT, &workspace::DOCUMENT, &voidrun::DOCUMENT];
