//! What a client can ask for. A command names what it requires, the change it makes and what it answers. It decides
//! nothing by itself: that is done in [`crate::decision`], for all commands alike.

use crate::field::{Amount, CancelReason, Method, PaymentKey};
use crate::guard::{Guard, Refusal, Requirement};
use crate::payment::{Approval, Payment, Stamp, State, Status, Terms};

/// A request to change a payment.
pub trait Command {
    /// What a successful answer tells.
    type Outcome;

    /// The payment that the command is about.
    fn key(&self) -> &PaymentKey;

    /// What must hold for the change to be made. The first requirement that is not met answers.
    fn requirements(&self) -> Vec<Requirement>;

    /// What is written when every guard holds.
    fn change(&self, stamp: &Stamp) -> Change;

    /// The answer to the request that made the change.
    fn outcome(&self, stamp: &Stamp) -> Self::Outcome;

    /// The answer to a later request, from what the earlier one stored. `None` if `stored` shows no such change.
    fn replay(&self, stored: &Payment) -> Option<Self::Outcome>;
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

/// What a new payment consists of, beside its key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Creation {
    /// What it is for.
    pub terms: Terms,
    /// The request that creates it.
    pub stamp: Stamp,
}

/// What canceling a payment adds to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cancellation {
    /// Why it is canceled.
    pub reason: CancelReason,
    /// How much is given back: always the whole amount.
    pub amount: Amount,
    /// The request that cancels it.
    pub stamp: Stamp,
}

/// Creates a payment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Create {
    /// The key of the new payment.
    pub key: PaymentKey,
    /// What it is for.
    pub terms: Terms,
}

/// Approves a payment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Confirm {
    /// The payment.
    pub key: PaymentKey,
    /// What the merchant takes it to be for.
    pub terms: Terms,
}

/// Cancels an approved payment in full.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cancel {
    /// The payment.
    pub key: PaymentKey,
    /// Why it is canceled.
    pub reason: CancelReason,
    /// The whole amount, as the merchant takes it to be.
    pub amount: Amount,
}

/// What [`Create`] answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Created {
    /// The stored order, whatever the request said.
    pub order_id: String,
    /// The state that the payment is in.
    pub status: Status,
}

/// What [`Confirm`] answers. The terms are those of the command, since a confirm of other terms is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Approved {
    /// The stored approval.
    pub approval: Approval,
}

/// What [`Cancel`] answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Canceled {
    /// The stamp of the cancel that was made.
    pub stamp: Stamp,
}

impl Command for Create {
    type Outcome = Created;

    fn key(&self) -> &PaymentKey {
        &self.key
    }

    fn requirements(&self) -> Vec<Requirement> {
        vec![Guard::Absent.or_replay()]
    }

    fn change(&self, stamp: &Stamp) -> Change {
        Change::Create(Creation { terms: self.terms.clone(), stamp: stamp.clone() })
    }

    fn outcome(&self, _stamp: &Stamp) -> Created {
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
    type Outcome = Approved;

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

    fn outcome(&self, stamp: &Stamp) -> Approved {
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
    type Outcome = Canceled;

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
        Change::Cancel(Cancellation { reason: self.reason.clone(), amount: self.amount, stamp: stamp.clone() })
    }

    fn outcome(&self, stamp: &Stamp) -> Canceled {
        Canceled { stamp: stamp.clone() }
    }

    fn replay(&self, stored: &Payment) -> Option<Canceled> {
        match &stored.state {
            State::Canceled(_, stamp) => Some(Canceled { stamp: stamp.clone() }),
            State::Initiated | State::Approved(_) => None,
        }
    }
}
