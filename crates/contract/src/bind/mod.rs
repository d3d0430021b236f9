//! Lenient binders.
