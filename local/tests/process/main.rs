//! The local copy as a process, which its users start, ask and end.

#![expect(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod admin;
mod copy;
mod docs;
mod kill;
mod start;
