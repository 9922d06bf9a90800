//! The local copy as a process, which its users start, ask and end.

#![expect(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod admin;
mod callers;
mod connections;
mod copy;
mod docs;
mod existing;
mod kill;
mod start;
