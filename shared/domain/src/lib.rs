//! The payment, the commands that move it, and the rules of its state machine.
//!
//! Everything here is a pure function over values. This crate must never learn of AWS, HTTP, JSON, a clock or an async
//! runtime: the store, the answers, the model checks and the docs all follow from it, not the other way round.

mod command;
mod field;
mod payment;
mod rules;

pub use command::{Approved, Cancel, Change, Command, Confirm, Create, Created};
pub use field::{Amount, CancelReason, Field, Method, OrderId, PaymentKey, RequestId, Rule, Timestamp};
pub use payment::{Approval, Cancellation, Payment, Stamp, State, Status, Terms, Transition};
pub use rules::{Contradiction, Guard, Refusal, Settled, Verdict, evaluate, settle};
