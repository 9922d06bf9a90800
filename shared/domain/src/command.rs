//! The commands of a client. A command states its requirements, its change and its answers. [`crate::decision`] decides what
//! happens, in the same way for all commands.

use crate::guard::{Guard, Refusal, Requirement};
use crate::payment::{Approval, Cancellation, Payment, Stamp, State, Status, Terms};
use crate::value::{Amount, CancelReason, Method, PaymentKey};

/// A request to change a payment.
pub trait Command {
    /// The data of a successful answer.
    type Output;

    /// The payment that the command is about.
    fn key(&self) -> &PaymentKey;

    /// The conditions for the change, in order. The first one that is not met determines the answer.
    fn requirements(&self) -> Vec<Requirement>;

    /// What is written when every guard holds.
    fn change(&self, stamp: &Stamp) -> Change;

    /// The answer to the request that made the change.
    fn output(&self, stamp: &Stamp) -> Self::Output;

    /// The answer to a replay, from the stored payment. `None` if the payment does not have this change.
    fn replay(&self, stored: &Payment) -> Option<Self::Output>;
}

/// What a command writes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// A new payment.
    Create(Creation),
    /// An approval, added to a payment.
    Approve(Approval),
    /// A cancellation, added to a payment.
    Cancel(Cancellation),
}

/// The fields of a new payment, apart from its key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Creation {
    /// Its order and amount.
    pub terms: Terms,
    /// The request that creates it.
    pub stamp: Stamp,
}

/// Creates a payment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Create {
    /// The key of the new payment.
    pub key: PaymentKey,
    /// Its order and amount.
    pub terms: Terms,
}

/// Approves a payment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Confirm {
    /// The payment.
    pub key: PaymentKey,
    /// The order and amount that the merchant expects.
    pub terms: Terms,
}

/// Cancels an approved payment in full.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cancel {
    /// The payment.
    pub key: PaymentKey,
    /// Why it is canceled.
    pub reason: CancelReason,
    /// The whole amount, as the merchant expects it.
    pub amount: Amount,
}

/// The answer to [`Create`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Created {
    /// The stored order, even if the request names another.
    pub order_id: String,
    /// The current state of the payment.
    pub status: Status,
}

/// The answer to [`Confirm`]. Its terms are those of the command, because a confirm with other terms is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Approved {
    /// The stored approval.
    pub approval: Approval,
}

/// The answer to [`Cancel`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Canceled {
    /// The stamp of the cancel.
    pub stamp: Stamp,
}

impl Command for Create {
    type Output = Created;

    fn key(&self) -> &PaymentKey {
        &self.key
    }

    fn requirements(&self) -> Vec<Requirement> {
        vec![Guard::Absent.or_replay()]
    }

    fn change(&self, stamp: &Stamp) -> Change {
        Change::Create(Creation { terms: self.terms.clone(), stamp: stamp.clone() })
    }

    fn output(&self, _stamp: &Stamp) -> Created {
        Created { order_id: self.terms.order_id.as_str().to_owned(), status: Status::Initiated }
    }

    fn replay(&self, stored: &Payment) -> Option<Created> {
        Some(Created { order_id: stored.order_id.clone(), status: stored.status() })
    }
}

impl Confirm {
    /// Approval is simulated: always by card, at once.
    fn approval(stamp: &Stamp) -> Approval {
        Approval { method: Method::Card, stamp: stamp.clone() }
    }
}

impl Command for Confirm {
    type Output = Approved;

    fn key(&self) -> &PaymentKey {
        &self.key
    }

    fn requirements(&self) -> Vec<Requirement> {
        vec![
            Guard::Present.or(Refusal::NotFound),
            Guard::SameTerms(self.terms.clone()).or(Refusal::AmountMismatch),
            Guard::InState(Status::Initiated).or_replay_if(Guard::InState(Status::Approved), Refusal::AlreadyCanceled),
        ]
    }

    fn change(&self, stamp: &Stamp) -> Change {
        Change::Approve(Self::approval(stamp))
    }

    fn output(&self, stamp: &Stamp) -> Approved {
        Approved { approval: Self::approval(stamp) }
    }

    fn replay(&self, stored: &Payment) -> Option<Approved> {
        match &stored.state {
            State::Approved(approval) => Some(Approved { approval: approval.clone() }),
            State::Initiated | State::Canceled(..) => None,
        }
    }
}

impl Command for Cancel {
    type Output = Canceled;

    fn key(&self) -> &PaymentKey {
        &self.key
    }

    fn requirements(&self) -> Vec<Requirement> {
        vec![
            Guard::Present.or(Refusal::NotFound),
            Guard::InState(Status::Approved).or_replay_if(Guard::InState(Status::Canceled), Refusal::NotApproved),
            Guard::SameAmount(self.amount).or(Refusal::PartialMismatch),
        ]
    }

    fn change(&self, stamp: &Stamp) -> Change {
        let reason = self.reason.as_str().to_owned();
        Change::Cancel(Cancellation { reason, amount: self.amount, stamp: stamp.clone() })
    }

    fn output(&self, stamp: &Stamp) -> Canceled {
        Canceled { stamp: stamp.clone() }
    }

    fn replay(&self, stored: &Payment) -> Option<Canceled> {
        stored.cancellation().map(|cancellation| Canceled { stamp: cancellation.stamp.clone() })
    }
}
