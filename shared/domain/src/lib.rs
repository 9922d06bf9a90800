//! The payment, the commands that change it, and the rules of its state machine.
//!
//! Everything here is a pure function over values. This crate must not depend on AWS, HTTP, JSON, a clock or an async runtime:
//! the store, the answers, the model checks and the docs follow from it.
//!
//! The modules depend on one another in this order: field, payment, guard, command, decision.

mod command;
mod decision;
mod field;
mod guard;
mod payment;

pub use command::{Approved, Cancel, Canceled, Cancellation, Change, Command, Confirm, Create, Created, Creation};
pub use decision::{Decision, Undecided, Verdict, decide, evaluate};
pub use field::{Amount, CancelReason, Constraint, Method, OrderId, PaymentKey, RequestId, Timestamp};
pub use guard::{Guard, Refusal, Requirement};
pub use payment::{Approval, Payment, Stamp, State, Status, Terms};
