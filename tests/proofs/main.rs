//! That no payment is lost, approved twice or changed by a retry, whatever fails: histories of concurrent clients, and any
//! sequence of commands against the pure functions. The model check of the protocol is in `tests/model`.

mod clients;
mod properties;
mod service;
