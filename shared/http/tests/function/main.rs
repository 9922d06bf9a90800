//! A function as Lambda calls it: events in, answers out.

#![expect(clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod answers;
mod inputs;
mod pipeline;
mod receipts;
mod samples;
mod telemetry;
