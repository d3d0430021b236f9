//! What tests hold in their hands: the clock and the source of ids and secrets.
//!
//! Library crates never read the system's clock or random source; they are handed these traits. Knows nothing of HTTP,
//! sandboxes or documents. Faults, the journal, seed and reset will live here too.

mod clock;
mod ids;

pub use clock::{Clock, FixedClock, SystemClock, Wait};
pub use ids::{Ids, RandomIds, SeededIds};
