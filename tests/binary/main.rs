//! The function's binary as Lambda runs it: a process. It stands for the binaries of all functions, which start in the same way.

#![expect(clippy::expect_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod interruptions;
mod output;
mod start;
mod triggers;

const BINARY: &str = env!("CARGO_BIN_EXE_payments-confirm");
