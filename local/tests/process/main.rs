//! The local server as a process: its users start it, send it requests and stop it.

#![expect(clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod admin;
mod callers;
mod connections;
mod docs;
mod earlier;
mod existing;
mod faults;
mod kill;
mod languages;
mod page;
mod receipts;
mod report;
mod requests;
mod server;
mod start;
