//! What the tests of the whole service share: a client that sends exactly what it is given, a local copy on free ports, and the
//! answers that `openapi.yaml` allows.

mod client;
mod openapi;
mod service;

pub use client::{Answer, Client, Request};
pub use openapi::OpenApi;
pub use service::{LocalCopy, serve, serve_for, start_local_copy};
