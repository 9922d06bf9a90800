//! What the tests share: a client that sends exactly what it is told, a local copy on free ports, a wire to watch, and what must
//! hold for any input.

mod client;
mod function;
pub mod inputs;
mod log;
mod openapi;
mod runtime;
mod service;
mod wire;

pub use client::{Answer, Client, Request};
pub use function::{Function, Functions};
pub use log::{capture_log, log, log_length, log_since};
pub use openapi::OpenApi;
pub use runtime::{FunctionProcess, Lines};
pub use service::{
    Item, LocalCopy, SECRET_KEY, Table, authorization, dependencies, empty_table, fixed_clock, jumping_clock,
    moving_clock, serve, serve_for, settings, sha256, start_local_copy, unique,
};
pub use wire::{Fate, Fault, Held, INTERNAL, Late, Wire};

/// A file of the repository, by its path from the top.
pub fn repository_file(path: &str) -> std::path::PathBuf {
    std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path)
}
