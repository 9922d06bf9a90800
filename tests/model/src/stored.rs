//! One item of the table, and what a conditional write does to it: a value in place of DynamoDB. All rules are the domain's own, also
//! those for the answer after the last attempt.

use payments_domain::{
    Change, Command, Contradiction, Decision, LastAttempt, Payment, Refusal, Requirement, Stamp, State, Undecided,
    decide,
};

/// What is stored under one payment key.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[expect(clippy::large_enum_variant, reason = "almost every state of an exploration has a payment")]
pub enum Stored {
    Nothing,
    Payment(Payment),
    /// An item that no request can read. Only a wrong condition leads to it.
    Unreadable,
}

/// What DynamoDB does with an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Attempt {
    /// It makes the write, or the condition fails.
    CarriedOut,
    /// It refuses the attempt for a reason that repeating cannot fix.
    Refused,
}

/// Why DynamoDB's answer is no decision: it refused the attempt, or its item cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StoreFailure;

impl From<Contradiction> for StoreFailure {
    fn from(_: Contradiction) -> Self {
        Self
    }
}

impl Stored {
    pub fn payment(&self) -> Option<&Payment> {
        match self {
            Self::Payment(payment) => Some(payment),
            Self::Nothing | Self::Unreadable => None,
        }
    }

    /// An attempt of a command, and the decision after it. `stamp_of` finds the stamp of an earlier change of the same kind; see
    /// [`Stored::stamp_of`]. `in_doubt` is that of [`decide`].
    pub fn execute<C: Command>(
        &mut self,
        attempt: Attempt,
        command: &C,
        stamp: &Stamp,
        in_doubt: bool,
        stamp_of: impl Fn(&Self, &Change) -> Option<Stamp>,
    ) -> Result<Decision<C::Output>, Undecided<StoreFailure>> {
        let change = command.change(stamp);
        let is_met = |requirement: &Requirement| requirement.guard().holds(self.payment());
        let last = match attempt {
            Attempt::Refused => LastAttempt::Failed(StoreFailure),
            Attempt::CarriedOut if command.requirements().iter().all(is_met) => {
                self.write(change);
                LastAttempt::Made
            }
            Attempt::CarriedOut => {
                LastAttempt::ConditionFailed { stamp: stamp_of(self, &change), stored: || self.read() }
            }
        };
        decide(command, stamp, in_doubt, last)
    }

    fn read(&self) -> Result<Option<Payment>, StoreFailure> {
        match self {
            Self::Unreadable => Err(StoreFailure),
            Self::Nothing | Self::Payment(_) => Ok(self.payment().cloned()),
        }
    }

    /// What DynamoDB does when a condition holds, for any stored item: PutItem replaces, UpdateItem adds, or creates an item.
    fn write(&mut self, change: Change) {
        *self = match (change, self.payment().cloned()) {
            (Change::Create(creation), _) => Self::Payment(Payment {
                order_id: creation.terms.order_id.as_str().to_owned(),
                amount: creation.terms.amount,
                created: creation.stamp,
                state: State::Initiated,
            }),
            (Change::Approve(_), Some(Payment { state: State::Canceled(..), .. })) => Self::Unreadable,
            (Change::Approve(approval), Some(payment)) => {
                Self::Payment(Payment { state: State::Approved(approval), ..payment })
            }
            (Change::Cancel(cancellation), Some(payment)) => match payment.state.clone() {
                State::Initiated => Self::Unreadable,
                State::Approved(approval) | State::Canceled(approval, _) => {
                    Self::Payment(Payment { state: State::Canceled(approval, cancellation), ..payment })
                }
            },
            (Change::Approve(_) | Change::Cancel(_), None) => Self::Unreadable,
        };
    }

    /// The stamp that is stored for a change of this kind.
    pub fn stamp_of(&self, change: &Change) -> Option<Stamp> {
        let payment = self.payment()?;
        match change {
            Change::Create(_) => Some(payment.created.clone()),
            Change::Approve(_) => payment.approval().map(|approval| approval.stamp.clone()),
            Change::Cancel(_) => payment.cancellation().map(|cancellation| cancellation.stamp.clone()),
        }
    }
}

/// The code of a refusal, as the contract has it.
pub fn code(refusal: Refusal) -> &'static str {
    match refusal {
        Refusal::NotFound => "NOT_FOUND",
        Refusal::AmountMismatch => "AMOUNT_MISMATCH",
        Refusal::AlreadyCanceled => "ALREADY_CANCELED",
        Refusal::NotApproved => "NOT_APPROVED",
        Refusal::PartialMismatch => "PARTIAL_MISMATCH",
    }
}
