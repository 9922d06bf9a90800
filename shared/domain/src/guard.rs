//! What a command requires of the stored payment: guards, and the verdict when one does not hold.
//!
//! Guards are values. This module checks them against a payment; the store renders the same values as the condition of its write.
//! A guard must use only what a condition of DynamoDB can express.

use crate::payment::{Payment, Status, Terms};
use crate::value::Amount;

/// A condition on what is stored under a payment key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Guard {
    /// There is no payment.
    Absent,
    /// There is a payment.
    Present,
    /// It is for the same order and amount.
    SameTerms(Terms),
    /// It is in this state.
    InState(Status),
    /// It is over the same amount.
    SameAmount(Amount),
}

/// Why a command is refused. Nothing was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Refusal {
    /// There is no such payment.
    NotFound,
    /// A confirm names another order or amount.
    AmountMismatch,
    /// A confirm of a canceled payment.
    AlreadyCanceled,
    /// A cancel before approval.
    NotApproved,
    /// A cancel of another amount than the whole amount.
    PartialMismatch,
}

/// A guard, and the result when it does not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Requirement {
    guard: Guard,
    otherwise: Otherwise,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Otherwise {
    Refuse(Refusal),
    Replay,
    ReplayIf(Guard, Refusal),
}

/// What requirements allow for a stored payment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Every guard holds: make the change.
    Write,
    /// The change was made before: repeat its answer.
    Replay,
    /// A requirement is not met.
    Refuse(Refusal),
}

impl Refusal {
    /// Whether the refusal is permanent: no later change of the payment can lift it. The terms of a payment never change, and
    /// nothing follows a cancel.
    pub const fn is_final(self) -> bool {
        match self {
            Self::NotFound | Self::NotApproved => false,
            Self::AmountMismatch | Self::AlreadyCanceled | Self::PartialMismatch => true,
        }
    }
}

impl Guard {
    /// Whether the guard holds for the payment stored under the command's key, or for none.
    pub fn holds(&self, stored: Option<&Payment>) -> bool {
        match self {
            Self::Absent => stored.is_none(),
            Self::Present => stored.is_some(),
            Self::SameTerms(terms) => {
                stored.is_some_and(|p| p.order_id == terms.order_id.as_str() && p.amount == terms.amount)
            }
            Self::InState(status) => stored.is_some_and(|p| p.status() == *status),
            Self::SameAmount(amount) => stored.is_some_and(|p| p.amount == *amount),
        }
    }

    /// Requires the guard. The command is refused when it does not hold.
    pub const fn or(self, refusal: Refusal) -> Requirement {
        Requirement { guard: self, otherwise: Otherwise::Refuse(refusal) }
    }

    /// Requires the guard. When it does not hold, the change was made before.
    pub const fn or_replay(self) -> Requirement {
        Requirement { guard: self, otherwise: Otherwise::Replay }
    }

    /// Requires the guard. When it does not hold, the change was made before if `made_before` holds; if that does not
    /// hold either, the command is refused.
    pub const fn or_replay_if(self, made_before: Self, refusal: Refusal) -> Requirement {
        Requirement { guard: self, otherwise: Otherwise::ReplayIf(made_before, refusal) }
    }
}

impl Requirement {
    /// The guard that must hold for the change to be made.
    pub const fn guard(&self) -> &Guard {
        &self.guard
    }

    /// What this requirement alone allows for the payment stored under the command's key, or for none.
    pub(crate) fn check(&self, stored: Option<&Payment>) -> Verdict {
        if self.guard.holds(stored) {
            return Verdict::Write;
        }
        match &self.otherwise {
            Otherwise::Refuse(refusal) => Verdict::Refuse(*refusal),
            Otherwise::Replay => Verdict::Replay,
            Otherwise::ReplayIf(made_before, _) if made_before.holds(stored) => Verdict::Replay,
            Otherwise::ReplayIf(_, refusal) => Verdict::Refuse(*refusal),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::OrderId;

    #[test]
    fn a_guard_on_a_payment_fails_if_there_is_no_payment() {
        let amount = Amount::parse(1).unwrap();
        let terms = Terms { order_id: OrderId::parse("order_1").unwrap(), amount };
        let guards =
            [Guard::Present, Guard::SameTerms(terms), Guard::InState(Status::Initiated), Guard::SameAmount(amount)];
        for guard in guards {
            assert!(!guard.holds(None), "{guard:?}: a DynamoDB comparison with nothing is false, too");
        }
        assert!(Guard::Absent.holds(None));
    }
}
