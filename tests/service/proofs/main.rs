//! Shows that no failure loses a payment, approves it twice, or lets a retry change it: histories of concurrent clients, and
//! sequences of commands compared with the pure functions. The model check of the protocol is in `tests/model`.

mod clients;
mod properties;
mod seen;
mod service;
