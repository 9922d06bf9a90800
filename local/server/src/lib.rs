//! The HTTP server behind both ports of a local copy: the service and the embedded DynamoDB. What is true of both ports is here:
//! where they listen, how a connection is served and closed, how a body is read, and who may call.
//!
//! It is written for clients as they are. Many keep connections open and send the next request at once, so an answer must not
//! leave half a body unread on the connection. Many send a large body before they read the answer, so a connection is not reset
//! while they send.

mod body;
mod caller;
mod connection;
mod listen;
mod serve;

pub use body::{Unread, read_body};
pub use caller::{Foreign, Names};
pub use listen::{Host, ListenError, Listener};
pub use serve::serve;
