//! The HTTP server behind both ports of a local server: the service and the embedded DynamoDB. It defines where a port listens, how
//! a connection is served and closed, how a body is read, what a client gets and whether it got it, who may call, and the language of
//! this server's own messages.
//!
//! Many clients keep a connection open and send the next request on it, so an answer must not leave half of a body unread. Many send
//! all of a large body before they read the answer, so a connection must not be reset while they send.

mod answer;
mod body;
mod caller;
mod client;
mod connection;
mod language;
mod listen;
mod serve;

pub use answer::Answer;
pub use body::{Unread, read_body};
pub use caller::{AllowedHosts, Foreign};
pub use client::Client;
pub use language::language_of;
pub use listen::{ListenError, ListenOn, Listener};
pub use serve::serve;
