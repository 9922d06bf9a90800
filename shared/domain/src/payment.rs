//! The payment. Each state carries just what a payment in it has, so a payment without its approval cannot be canceled.

use crate::field::{Amount, CancelReason, Method, OrderId, PaymentKey, RequestId, Timestamp};

/// A payment as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payment {
    /// The key that the merchant made for it.
    pub key: PaymentKey,
    /// What was agreed when it was created; never changes.
    pub terms: Terms,
    /// The request that created it.
    pub created: Stamp,
    /// How far it has come.
    pub state: State,
}

/// What a payment is for: a confirm must name the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Terms {
    /// The merchant's order.
    pub order_id: OrderId,
    /// What is to be paid.
    pub amount: Amount,
}

/// How far a payment has come, with what it got on the way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// Created, not approved.
    Initiated,
    /// Approved: the money is the merchant's.
    Approved(Approval),
    /// Canceled after approval, in full. Nothing follows.
    Canceled(Approval, Cancellation),
}

/// What approving a payment adds to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Approval {
    /// How it was paid.
    pub method: Method,
    /// The request that approved it.
    pub stamp: Stamp,
}

/// What canceling a payment adds to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cancellation {
    /// Why, as the first cancel said.
    pub reason: CancelReason,
    /// How much was given back.
    pub amount: Amount,
    /// The request that canceled it.
    pub stamp: Stamp,
}

/// When a transition happened, and in which request. Never overwritten, so a request can recognise its own work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stamp {
    /// The moment, by the clock of the request that did it.
    pub at: Timestamp,
    /// The request that did it.
    pub by: RequestId,
}

/// The name of a state, in the order in which a payment goes through them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Status {
    /// See [`State::Initiated`].
    Initiated,
    /// See [`State::Approved`].
    Approved,
    /// See [`State::Canceled`].
    Canceled,
}

/// A step of a payment's life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Transition {
    /// From nothing to `INITIATED`.
    Create,
    /// From `INITIATED` to `APPROVED`.
    Approve,
    /// From `APPROVED` to `CANCELED`.
    Cancel,
}

impl Status {
    /// All of them, in order.
    pub const ALL: [Self; 3] = [Self::Initiated, Self::Approved, Self::Canceled];

    /// The spelling in answers and in the store.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Initiated => "INITIATED",
            Self::Approved => "APPROVED",
            Self::Canceled => "CANCELED",
        }
    }

    /// Reads the spelling of [`Status::as_str`].
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == text)
    }

    /// The state that follows.
    pub const fn next(self) -> Option<Self> {
        match self {
            Self::Initiated => Some(Self::Approved),
            Self::Approved => Some(Self::Canceled),
            Self::Canceled => None,
        }
    }
}

impl Payment {
    /// The name of the payment's state.
    pub const fn status(&self) -> Status {
        match self.state {
            State::Initiated => Status::Initiated,
            State::Approved(_) => Status::Approved,
            State::Canceled(..) => Status::Canceled,
        }
    }

    /// The approval, which a canceled payment keeps.
    pub const fn approval(&self) -> Option<&Approval> {
        match &self.state {
            State::Initiated => None,
            State::Approved(approval) | State::Canceled(approval, _) => Some(approval),
        }
    }

    /// The cancellation, if there was one.
    pub const fn cancellation(&self) -> Option<&Cancellation> {
        match &self.state {
            State::Initiated | State::Approved(_) => None,
            State::Canceled(_, cancellation) => Some(cancellation),
        }
    }

    /// Who made a transition, and when; `None` if it has not been made.
    pub fn stamp(&self, transition: Transition) -> Option<&Stamp> {
        match transition {
            Transition::Create => Some(&self.created),
            Transition::Approve => self.approval().map(|approval| &approval.stamp),
            Transition::Cancel => self.cancellation().map(|cancellation| &cancellation.stamp),
        }
    }
}
