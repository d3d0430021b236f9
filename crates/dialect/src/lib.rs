//! What every dialect shares: how a request reaches the handler of its operation, who sent it, and with which client.
//!
//! A dialect registers one handler per operation of its contract document ([`Routes`]); what is left over is either
//! listed as planned, and then answered 501 in that API's words, or unknown. Knows no particular API, no sandbox and no
//! store.

mod caller;
mod client;
mod connection;
mod legacy;
mod routes;
mod stalled;

pub use caller::{Caller, Credential, OrganizationId, Refusal, Tenants};
pub use client::{ClientGeneration, Version};
pub use connection::{Connection, TooSlow};
pub use legacy::{LEGACY_ROUTE, LegacyRoute};
pub use routes::{Dispatcher, ErrorStyle, Found, PathParams, RequestHead, Routes};
pub use stalled::Stalled;
