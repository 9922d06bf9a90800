//! What a client can ask for. A command names its guards, the change it makes, and what it answers; it decides nothing.

use crate::field::{Amount, CancelReason, Method, OrderId, PaymentKey};
use crate::payment::{Approval, Cancellation, Payment, Stamp, State, Status, Terms, Transition};
use crate::rules::Guard;

/// A request to move a payment.
pub trait Command {
    /// What a successful answer tells.
    type Outcome;

    /// The transition that it makes.
    const TRANSITION: Transition;

    /// The payment it is about.
    fn key(&self) -> &PaymentKey;

    /// What must hold for the change to be made, in the order in which a broken one answers.
    fn guards(&self) -> Vec<Guard>;

    /// What is written when every guard holds.
    fn change(&self, stamp: &Stamp) -> Change;

    /// The answer to the request whose change was made.
    fn outcome(&self, stamp: &Stamp) -> Self::Outcome;

    /// The answer to a request whose change had been made before; `None` if `stored` shows no such change.
    fn replay(&self, stored: &Payment) -> Option<Self::Outcome>;
}

/// What a command writes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// A new payment.
    Create(Payment),
    /// An approval, added to a payment.
    Approve(Approval),
    /// A cancellation, added to a payment.
    Cancel(Cancellation),
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
    /// Why.
    pub reason: CancelReason,
    /// The whole amount, as the merchant takes it to be.
    pub amount: Amount,
}

/// What [`Create`] answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Created {
    /// The payment.
    pub key: PaymentKey,
    /// The stored order, whatever the request said.
    pub order_id: OrderId,
    /// The state it is in.
    pub status: Status,
}

/// What [`Confirm`] answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Approved {
    /// The payment.
    pub key: PaymentKey,
    /// What it is for.
    pub terms: Terms,
    /// Its approval.
    pub approval: Approval,
}

impl Command for Create {
    type Outcome = Created;
    const TRANSITION: Transition = Transition::Create;

    fn key(&self) -> &PaymentKey {
        &self.key
    }

    fn guards(&self) -> Vec<Guard> {
        vec![Guard::Absent]
    }

    fn change(&self, stamp: &Stamp) -> Change {
        Change::Create(Payment {
            key: self.key.clone(),
            terms: self.terms.clone(),
            created: stamp.clone(),
            state: State::Initiated,
        })
    }

    fn outcome(&self, _stamp: &Stamp) -> Created {
        Created { key: self.key.clone(), order_id: self.terms.order_id.clone(), status: Status::Initiated }
    }

    fn replay(&self, stored: &Payment) -> Option<Created> {
        Some(Created { key: stored.key.clone(), order_id: stored.terms.order_id.clone(), status: stored.status() })
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
    const TRANSITION: Transition = Transition::Approve;

    fn key(&self) -> &PaymentKey {
        &self.key
    }

    fn guards(&self) -> Vec<Guard> {
        vec![Guard::Present, Guard::SameTerms(self.terms.clone()), Guard::InState(Status::Initiated)]
    }

    fn change(&self, stamp: &Stamp) -> Change {
        Change::Approve(Self::approval(stamp))
    }

    fn outcome(&self, stamp: &Stamp) -> Approved {
        Approved { key: self.key.clone(), terms: self.terms.clone(), approval: Self::approval(stamp) }
    }

    fn replay(&self, stored: &Payment) -> Option<Approved> {
        let approval = stored.approval()?.clone();
        Some(Approved { key: stored.key.clone(), terms: stored.terms.clone(), approval })
    }
}

impl Cancel {
    fn cancellation(&self, stamp: &Stamp) -> Cancellation {
        Cancellation { reason: self.reason.clone(), amount: self.amount, stamp: stamp.clone() }
    }
}

impl Command for Cancel {
    type Outcome = Cancellation;
    const TRANSITION: Transition = Transition::Cancel;

    fn key(&self) -> &PaymentKey {
        &self.key
    }

    fn guards(&self) -> Vec<Guard> {
        vec![Guard::Present, Guard::InState(Status::Approved), Guard::SameAmount(self.amount)]
    }

    fn change(&self, stamp: &Stamp) -> Change {
        Change::Cancel(self.cancellation(stamp))
    }

    fn outcome(&self, stamp: &Stamp) -> Cancellation {
        self.cancellation(stamp)
    }

    fn replay(&self, stored: &Payment) -> Option<Cancellation> {
        stored.cancellation().cloned()
    }
}
