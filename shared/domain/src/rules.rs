//! The rules of the state machine, in one place, as pure functions.
//!
//! A command's guards are values. [`evaluate`] applies them to what is stored; the store renders the same values into
//! the condition of its write. The condition is then the fast path of this function, by construction: it holds exactly
//! where the verdict is [`Verdict::Write`].

use crate::command::Command;
use crate::field::Amount;
use crate::payment::{Payment, Stamp, Status, Terms};
use std::fmt;

/// A condition on what is stored under a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Guard {
    /// There is no payment yet.
    Absent,
    /// There is a payment.
    Present,
    /// It is for the same order and amount.
    SameTerms(Terms),
    /// It is in this state. In the state that follows, the change has been made before.
    InState(Status),
    /// It is over the same amount.
    SameAmount(Amount),
}

/// Why a command is refused. Nothing was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Refusal {
    /// No such payment.
    NotFound,
    /// A confirm names another order or amount.
    AmountMismatch,
    /// A confirm of a canceled payment.
    AlreadyCanceled,
    /// A cancel before approval.
    NotApproved,
    /// A cancel of another amount than the whole.
    PartialMismatch,
}

/// What the guards say about a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Every guard holds: make the change.
    Write,
    /// The change was made before: answer it again.
    Replay,
    /// A guard is broken.
    Refuse(Refusal),
}

/// The answer to a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Settled<T> {
    /// This request made the change.
    First(T),
    /// An earlier request made it; nothing was written.
    Replay(T),
    /// Nothing was written.
    Refused(Refusal),
}

/// The store refused a write that the rules allow for the very item it returned: one of the two is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Contradiction;

impl fmt::Display for Contradiction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the store refused a write that the rules allow for the item it returned")
    }
}

impl std::error::Error for Contradiction {}

enum Check {
    Holds,
    DoneBefore,
    Broken(Refusal),
}

impl Guard {
    fn check(&self, stored: Option<&Payment>) -> Check {
        let holds_or = |holds: bool, refusal| if holds { Check::Holds } else { Check::Broken(refusal) };
        match self {
            Self::Absent if stored.is_none() => Check::Holds,
            Self::Absent => Check::DoneBefore,
            Self::Present => holds_or(stored.is_some(), Refusal::NotFound),
            Self::SameTerms(terms) => holds_or(stored.is_some_and(|p| p.terms == *terms), Refusal::AmountMismatch),
            Self::InState(wanted) => match stored.map(Payment::status) {
                Some(status) if status == *wanted => Check::Holds,
                Some(status) if Some(status) == wanted.next() => Check::DoneBefore,
                Some(status) if status > *wanted => Check::Broken(Refusal::AlreadyCanceled),
                _ => Check::Broken(Refusal::NotApproved),
            },
            Self::SameAmount(amount) => {
                holds_or(stored.is_some_and(|p| p.terms.amount == *amount), Refusal::PartialMismatch)
            }
        }
    }
}

/// Applies guards, in order, to the payment stored under the command's key, or to none. The first broken one answers;
/// a change that was made before is a replay only if no later guard is broken.
pub fn evaluate(guards: &[Guard], stored: Option<&Payment>) -> Verdict {
    let mut verdict = Verdict::Write;
    for guard in guards {
        match guard.check(stored) {
            Check::Holds => {}
            Check::DoneBefore => verdict = Verdict::Replay,
            Check::Broken(refusal) => return Verdict::Refuse(refusal),
        }
    }
    verdict
}

/// Answers a command whose conditional write was refused over `stored`, the item as it was at that moment.
///
/// The SDK may retry a write that had already succeeded. The stored stamp shows it: such a request did the work, and is
/// answered so, even if another client has moved the payment on since. The answer has the stored time, because the clock
/// has gone on when Lambda delivers the same invocation again.
///
/// # Errors
/// [`Contradiction`] if the rules would have the change made.
pub fn settle<C: Command>(
    command: &C,
    stamp: &Stamp,
    stored: Option<&Payment>,
) -> Result<Settled<C::Outcome>, Contradiction> {
    let made = stored.and_then(|payment| payment.stamp(C::TRANSITION));
    if let Some(made) = made.filter(|made| made.by == stamp.by) {
        return Ok(Settled::First(command.outcome(made)));
    }
    match evaluate(&command.guards(), stored) {
        Verdict::Write => Err(Contradiction),
        Verdict::Replay => stored.and_then(|payment| command.replay(payment)).map(Settled::Replay).ok_or(Contradiction),
        Verdict::Refuse(refusal) => Ok(Settled::Refused(refusal)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::*;

    fn stamp(by: &str) -> Stamp {
        Stamp { at: Timestamp::from_unix(1_704_112_496).unwrap(), by: RequestId::parse(by).unwrap() }
    }

    fn terms(order: &str, amount: u64) -> Terms {
        Terms { order_id: OrderId::parse(order).unwrap(), amount: Amount::parse(amount).unwrap() }
    }

    fn key() -> PaymentKey {
        PaymentKey::parse("pay_1").unwrap()
    }

    fn payment(status: Status) -> Payment {
        let approval = Approval { method: Method::Card, stamp: stamp("approver") };
        let cancellation = Cancellation {
            reason: CancelReason::parse("first reason").unwrap(),
            amount: Amount::parse(10_000).unwrap(),
            stamp: stamp("canceler"),
        };
        let state = match status {
            Status::Initiated => State::Initiated,
            Status::Approved => State::Approved(approval),
            Status::Canceled => State::Canceled(approval, cancellation),
        };
        Payment { key: key(), terms: terms("order_1", 10_000), created: stamp("creator"), state }
    }

    fn create(order: &str, amount: u64) -> Create {
        Create { key: key(), terms: terms(order, amount) }
    }

    fn confirm(order: &str, amount: u64) -> Confirm {
        Confirm { key: key(), terms: terms(order, amount) }
    }

    fn cancel(amount: u64) -> Cancel {
        Cancel {
            key: key(),
            reason: CancelReason::parse("another reason").unwrap(),
            amount: Amount::parse(amount).unwrap(),
        }
    }

    fn verdict(command: &impl Command, stored: Option<Status>) -> Verdict {
        evaluate(&command.guards(), stored.map(payment).as_ref())
    }

    const NONE: Option<Status> = None;
    const INITIATED: Option<Status> = Some(Status::Initiated);
    const APPROVED: Option<Status> = Some(Status::Approved);
    const CANCELED: Option<Status> = Some(Status::Canceled);

    #[test]
    fn create_writes_once_and_replays_whatever_the_terms() {
        assert_eq!(verdict(&create("order_1", 10_000), NONE), Verdict::Write);
        for stored in [INITIATED, APPROVED, CANCELED] {
            for other in [create("order_1", 10_000), create("order_2", 10_000), create("order_1", 9_999)] {
                assert_eq!(verdict(&other, stored), Verdict::Replay);
            }
        }
    }

    #[test]
    fn confirm_answers_the_terms_before_the_state() {
        assert_eq!(verdict(&confirm("order_1", 10_000), NONE), Verdict::Refuse(Refusal::NotFound));
        for stored in [INITIATED, APPROVED, CANCELED] {
            for other in [confirm("order_2", 10_000), confirm("order_1", 9_999)] {
                assert_eq!(verdict(&other, stored), Verdict::Refuse(Refusal::AmountMismatch));
            }
        }
        assert_eq!(verdict(&confirm("order_1", 10_000), INITIATED), Verdict::Write);
        assert_eq!(verdict(&confirm("order_1", 10_000), APPROVED), Verdict::Replay);
        assert_eq!(verdict(&confirm("order_1", 10_000), CANCELED), Verdict::Refuse(Refusal::AlreadyCanceled));
    }

    #[test]
    fn cancel_answers_the_state_before_the_amount() {
        for amount in [10_000, 9_999] {
            assert_eq!(verdict(&cancel(amount), NONE), Verdict::Refuse(Refusal::NotFound));
            assert_eq!(verdict(&cancel(amount), INITIATED), Verdict::Refuse(Refusal::NotApproved));
        }
        for stored in [APPROVED, CANCELED] {
            assert_eq!(verdict(&cancel(9_999), stored), Verdict::Refuse(Refusal::PartialMismatch));
        }
        assert_eq!(verdict(&cancel(10_000), APPROVED), Verdict::Write);
        assert_eq!(verdict(&cancel(10_000), CANCELED), Verdict::Replay);
    }

    #[test]
    fn a_replay_tells_what_is_stored() {
        let created = settle(&create("order_2", 1), &stamp("me"), Some(&payment(Status::Canceled)));
        let stored = Created { key: key(), order_id: OrderId::parse("order_1").unwrap(), status: Status::Canceled };
        assert_eq!(created, Ok(Settled::Replay(stored)));

        let Ok(Settled::Replay(approved)) =
            settle(&confirm("order_1", 10_000), &stamp("me"), Some(&payment(Status::Approved)))
        else {
            panic!("the same confirm again is a replay")
        };
        assert_eq!(Some(&approved.approval), payment(Status::Approved).approval());

        let Ok(Settled::Replay(canceled)) = settle(&cancel(10_000), &stamp("me"), Some(&payment(Status::Canceled)))
        else {
            panic!("the same cancel again is a replay")
        };
        assert_eq!(Some(&canceled), payment(Status::Canceled).cancellation());
    }

    #[test]
    fn a_request_that_meets_its_own_write_did_the_work() {
        for now in Status::ALL {
            let created = settle(&create("order_1", 10_000), &stamp("creator"), Some(&payment(now)));
            let Ok(Settled::First(created)) = created else { panic!("the creator's own retry, now {now:?}") };
            assert_eq!(created.status, Status::Initiated, "as it was when the work was done");
        }
        for now in [Status::Approved, Status::Canceled] {
            let approved = settle(&confirm("order_1", 10_000), &stamp("approver"), Some(&payment(now)));
            assert!(matches!(approved, Ok(Settled::First(_))), "the approver's own retry, now {now:?}");
        }
        let canceled = settle(&cancel(10_000), &stamp("canceler"), Some(&payment(Status::Canceled)));
        assert!(matches!(canceled, Ok(Settled::First(_))));
    }

    #[test]
    fn a_request_that_meets_its_own_write_answers_with_the_stored_time() {
        let later = |by| Stamp { at: Timestamp::from_unix(1_704_112_499).unwrap(), by: RequestId::parse(by).unwrap() };
        let canceled = payment(Status::Canceled);
        let approved = settle(&confirm("order_1", 10_000), &later("approver"), Some(&canceled));
        let Ok(Settled::First(approved)) = approved else { panic!("the approver's own retry") };
        assert_eq!(Some(&approved.approval), canceled.approval(), "approvedAt must be the stored one");
        let again = settle(&cancel(10_000), &later("canceler"), Some(&canceled));
        let Ok(Settled::First(again)) = again else { panic!("the canceler's own retry") };
        assert_eq!(again.stamp, stamp("canceler"), "canceledAt must be the stored one");
    }

    #[test]
    fn another_transition_of_the_same_payment_is_not_ones_own() {
        let approved = settle(&confirm("order_1", 10_000), &stamp("creator"), Some(&payment(Status::Approved)));
        assert!(matches!(approved, Ok(Settled::Replay(_))));
    }

    #[test]
    fn a_store_that_refuses_what_the_rules_allow_is_not_believed() {
        assert_eq!(settle(&create("order_1", 1), &stamp("me"), None), Err(Contradiction));
        let initiated = payment(Status::Initiated);
        assert_eq!(settle(&confirm("order_1", 10_000), &stamp("me"), Some(&initiated)), Err(Contradiction));
        let approved = payment(Status::Approved);
        assert_eq!(settle(&cancel(10_000), &stamp("me"), Some(&approved)), Err(Contradiction));
    }

    #[test]
    fn a_guard_on_nothing_stored_is_broken() {
        for guard in [
            Guard::SameTerms(terms("order_1", 10_000)),
            Guard::InState(Status::Initiated),
            Guard::SameAmount(Amount::parse(1).unwrap()),
        ] {
            assert!(matches!(evaluate(&[guard], None), Verdict::Refuse(_)), "as a DynamoDB comparison with nothing is");
        }
    }
}
