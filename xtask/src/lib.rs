//! The project's own chores as a library, so that tests can call them.

pub mod generate;
