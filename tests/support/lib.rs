//! What the tests of the whole service share: a client that sends requests as they are, a local server on free ports, and the
//! answers that `openapi.yaml` allows.

mod client;
mod openapi;
mod service;

pub use client::{Answer, Client, HttpRequest};
pub use openapi::OpenApi;
pub use service::{LocalServer, serve, serve_for, start_local_server};
