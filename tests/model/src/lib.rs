//! The promises for one payment. `contract` is the promise, and does not depend on the code under test. `history` decides whether the
//! promise explains the answers of a history. `stored` is one item of the table, driven by the domain's own rules. `commands` makes the
//! domain's commands, for the tests of other crates too.
//!
//! The model check in `tests/protocol.rs` compares everything that the rules can do with the promise. The histories in
//! `tests/service/proofs` compare the running service with it. This crate is small, so that it can be optimised in every build: the
//! model check explores millions of states.

mod commands;
mod contract;
mod history;
mod stored;

pub use commands::{cancel, confirm, create, stamp, stamp_at};
pub use contract::{Ask, Definite, KnownPayment, What, after_answer, status};
pub use history::{History, Operation};
pub use stored::{Attempt, StoreFailure, Stored, code};
