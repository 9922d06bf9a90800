//! That no payment is lost, approved twice or changed by a retry, whatever fails: a model check of the protocol, histories
//! of concurrent clients, and any sequence of commands against the pure functions.
//!
//! The promise itself is written down once, in `contract`, and knows nothing of the code under test. Two things are held to
//! it: what the model check reaches, and what clients of the running service were told.

mod clients;
mod contract;
mod history;
mod properties;
mod protocol;
mod service;
mod table;
