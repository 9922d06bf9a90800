//! The payment, the commands that change it, and the rules of its state machine.
//!
//! Everything here is a pure function over values. This crate must not depend on AWS, HTTP, JSON, a clock or an async runtime:
//! the store, the answers, the model checks and the docs follow from it.
//!
//! The modules depend on one another in this order: value, payment, guard, command, decision.

mod command;
mod decision;
mod guard;
mod payment;
mod value;

pub use command::{Approved, Cancel, Canceled, Change, Command, Confirm, Create, Created, Creation};
pub use decision::{Contradiction, Decision, LastAttempt, Undecided, decide, evaluate};
pub use guard::{Guard, Refusal, Requirement, Verdict};
pub use payment::{Approval, Cancellation, Payment, Stamp, State, Status, Terms};
pub use value::{Amount, CancelReason, Constraint, Method, OrderId, PaymentKey, RequestId, Timestamp};
