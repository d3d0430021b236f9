//! The Daytona toolbox API over the engine, as it is served inside a sandbox.
//!
//! ```text
//! request ─▶ app ─▶ operation ─▶ handler of its capability ─▶ engine
//!                     │             └─ errors ─▶ the typed envelope
//!                     └─ none ─▶ 404 page not found, redirect or 501
//! ```
//!
//! Thin by intent: parse, call the engine, shape the answer. Knows nothing of tenants and of other sandboxes; whoever
//! starts it has let the caller in already.

