//! What the tests of the whole service share: a client that sends requests as they are or as the guide says, a local server on free
//! ports, and the answers that `openapi.yaml` allows.

mod client;
mod kiosk;
mod local_server;
mod openapi;

pub use client::{Client, HttpRequest};
pub use local_server::{LocalServer, serve, serve_for, serve_with_receipts, start_local_server};
pub use openapi::OpenApi;
