//! The function's binary as Lambda runs it: a process. It stands for the binaries of all functions, which start in the same way.

#![expect(clippy::expect_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod faults;
mod hostile;
mod start;
mod telemetry;

const BINARY: &str = env!("CARGO_BIN_EXE_payments-confirm");
