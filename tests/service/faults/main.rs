//! The answers that clients get when something fails: DynamoDB, the network, the host, another client. Tests name the faults by
//! their numbers in the list of docs/reliability.md.

mod answers;
mod clients;
mod connections;
mod service;
