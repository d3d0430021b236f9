//! Generated from `conformance/contract` by `cargo xtask generate`; not edited by hand.

#[rustfmt::skip]
pub mod control;
#[rustfmt::skip]
pub mod toolbox;
#[rustfmt::skip]
pub mod workspace;
#[rustfmt::skip]
pub mod voidrun;
