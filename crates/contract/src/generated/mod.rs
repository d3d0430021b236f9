//! Generated from `conformance/contract` by `cargo xtask generate`; not edited by hand.

pub mod control;
pub mod toolbox;
