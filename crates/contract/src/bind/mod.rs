//! Binders: request bytes in, a normalised JSON object out, read as leniently as the real servers read them.
//!
//! | module | what it does |
//! |---|---|
//! | [`daemon`] | bodies and queries in the toolbox daemon's manner: Go's decoder and its error texts |
//! | [`control`] | bodies and queries in the control plane's manner: collected validation texts |
//! | `syntax` | the first pass over JSON both stand on: extent of a value, syntax errors, no recursion |
//! | `json` | the second pass: values, text and numbers out of well-formed JSON |
//! | `rules` | the control plane's checks of one value against a table entry |
//!
//! Both are driven by the generated tables ([`Shape`](crate::Shape), [`Parameter`](crate::Parameter)). What they return
//! holds canonical member names and the documented types only, so that a wire type deserialises from it.

pub mod control;
pub mod daemon;
mod json;
mod rules;
mod syntax;
