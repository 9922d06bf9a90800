//! The rules of the state machine, as pure functions from a command and the stored payment to a decision.
//!
//! [`evaluate`] checks a command's requirements against a payment. The store renders the guards of the same requirements as the
//! condition of its write, so DynamoDB makes the write exactly when the verdict is [`Verdict::Write`]. [`decide`] is the step from
//! there to the answer: the store takes it after its last attempt, and so does the model check of the protocol.

use crate::command::Command;
use crate::guard::{Refusal, Requirement, Verdict};
use crate::payment::{Payment, Stamp};
use std::fmt;

/// The decision on a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision<T> {
    /// This request made the change.
    Made(T),
    /// An earlier request made it. Nothing was written.
    Replayed(T),
    /// The payment does not allow it. Nothing was written.
    Refused(Refusal),
}

/// How the last attempt of a command's conditional write ended. `E` is the store's cause of a failure.
#[derive(Debug)]
pub enum LastAttempt<S, E> {
    /// The write was made.
    Made,
    /// The condition failed.
    ConditionFailed {
        /// The stamp that the item has for this kind of change.
        stamp: Option<Stamp>,
        /// Reads the whole item.
        stored: S,
    },
    /// It failed for good: it made no write and never will, and another attempt would fail in the same way.
    Failed(E),
    /// It may have made the write, or another attempt may succeed.
    Unknown(E),
}

/// Why a command has no decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Undecided<E> {
    /// Nothing was written, and a repeat of the command fails in the same way.
    Failed(E),
    /// The outcome is unknown. A repeat of the command gets a definite answer.
    Unknown(E),
    /// As [`Self::Unknown`], because of an earlier attempt. The last one failed for good, or it found a payment that does not allow
    /// the change yet.
    InDoubt(Option<E>),
}

/// The rules allow the write for the item with which its condition failed, so the store or the rules are wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Contradiction;

impl fmt::Display for Contradiction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the store did not make a write that the rules allow for the item it returned")
    }
}

impl std::error::Error for Contradiction {}

/// Checks requirements, in order, against the payment stored under the command's key, or against none.
///
/// The first one that is not met is the verdict. If the change was made before, the verdict is a replay, but only if all later
/// requirements are met. Example: a canceled payment of 10,000 is canceled again, with 9,999. Cancel requires that the
/// payment exists (it does), that it is approved (it is canceled, so the change was made before) and that the amount is the
/// same (it is not). The verdict is a refusal, `PARTIAL_MISMATCH`. With 10,000 it would be a replay.
pub fn evaluate(requirements: &[Requirement], stored: Option<&Payment>) -> Verdict {
    let mut verdict = Verdict::Write;
    for requirement in requirements {
        match requirement.check(stored) {
            Verdict::Write => {}
            Verdict::Replay => verdict = Verdict::Replay,
            refused @ Verdict::Refuse(_) => return refused,
        }
    }
    verdict
}

/// Decides on a command after the last attempt of its conditional write.
///
/// If the condition failed, the stamp is checked first: the SDK may have retried a write that had already succeeded, and then the
/// stamp is this request's own. Such a request made the change and is answered so, even if another client has changed the payment
/// since. The answer has the stored time, because the clock has moved on when Lambda delivers the same invocation again.
///
/// `in_doubt` says that the result of an attempt of the same request is unknown. Then no answer may say that nothing was written.
/// Two examples:
///
/// - The first attempt of a cancel gets no answer in time, and the second finds a payment that is not approved. Then the payment is
///   approved, and the store carries out the first attempt after all. A client that got `NOT_APPROVED` would never know.
/// - The store makes the write of the first attempt, and its answer is lost. The second attempt fails because the function has just
///   lost its permission.
///
/// # Errors
/// The cause of the last attempt or of `stored`, for an item that cannot be read, or a [`Contradiction`].
pub fn decide<C: Command, E: From<Contradiction>>(
    command: &C,
    own: &Stamp,
    in_doubt: bool,
    last: LastAttempt<impl FnOnce() -> Result<Option<Payment>, E>, E>,
) -> Result<Decision<C::Output>, Undecided<E>> {
    let failed = |cause| if in_doubt { Undecided::InDoubt(Some(cause)) } else { Undecided::Failed(cause) };
    let (stamp, stored) = match last {
        LastAttempt::Made => return Ok(Decision::Made(command.output(own))),
        LastAttempt::ConditionFailed { stamp, stored } => (stamp, stored),
        LastAttempt::Failed(cause) => return Err(failed(cause)),
        LastAttempt::Unknown(cause) => return Err(Undecided::Unknown(cause)),
    };
    if let Some(stamp) = stamp.filter(|stamp| stamp.by() == own.by()) {
        return Ok(Decision::Made(command.output(&stamp)));
    }
    let stored = stored().map_err(failed)?;
    match evaluate(&command.requirements(), stored.as_ref()) {
        Verdict::Write => Err(failed(Contradiction.into())),
        Verdict::Replay => {
            let replay = stored.and_then(|payment| command.replay(&payment));
            replay.map(Decision::Replayed).ok_or_else(|| failed(Contradiction.into()))
        }
        Verdict::Refuse(refusal) if in_doubt && !refusal.is_final() => Err(Undecided::InDoubt(None)),
        Verdict::Refuse(refusal) => Ok(Decision::Refused(refusal)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::*;

    fn stamp(by: &str) -> Stamp {
        Stamp::new(Timestamp::from_unix(1_704_112_496).unwrap(), &RequestId::parse(by).unwrap())
    }

    fn terms(order: &str, amount: u64) -> Terms {
        Terms { order_id: OrderId::parse(order).unwrap(), amount: Amount::parse(amount).unwrap() }
    }

    fn key() -> PaymentKey {
        PaymentKey::parse("pay_1").unwrap()
    }

    fn payment(status: Status) -> Payment {
        let approval = Approval { method: Method::Card, stamp: stamp("approver") };
        let state = match status {
            Status::Initiated => State::Initiated,
            Status::Approved => State::Approved(approval),
            Status::Canceled => {
                let (reason, amount) = ("a reason".to_owned(), Amount::parse(10_000).unwrap());
                State::Canceled(approval, Cancellation { reason, amount, stamp: stamp("canceler") })
            }
        };
        Payment {
            order_id: "order_1".to_owned(),
            amount: Amount::parse(10_000).unwrap(),
            created: stamp("creator"),
            state,
        }
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
        evaluate(&command.requirements(), stored.map(payment).as_ref())
    }

    type Decided<C> = Result<Decision<<C as Command>::Output>, Undecided<Cause>>;

    /// Reads an item.
    type Read = fn() -> Result<Option<Payment>, Cause>;

    /// The cause of a failure.
    #[derive(Debug, PartialEq, Eq)]
    enum Cause {
        OfTheStore,
        Contradiction,
    }

    impl From<Contradiction> for Cause {
        fn from(_: Contradiction) -> Self {
            Self::Contradiction
        }
    }

    /// The decision on a command whose write found a payment that another request has changed.
    fn decided<C: Command>(command: &C, stored: Option<Status>) -> Decided<C> {
        after_a_failed_condition(command, false, stored)
    }

    /// As [`decided`], after an earlier attempt of unknown outcome.
    fn decided_in_doubt<C: Command>(command: &C, stored: Option<Status>) -> Decided<C> {
        after_a_failed_condition(command, true, stored)
    }

    fn after_a_failed_condition<C: Command>(command: &C, in_doubt: bool, status: Option<Status>) -> Decided<C> {
        let stamp_of_another = status.map(|_| stamp("another request"));
        let stored = || Ok(status.map(payment));
        decide(command, &stamp("me"), in_doubt, LastAttempt::ConditionFailed { stamp: stamp_of_another, stored })
    }

    /// The decision on a cancel whose last attempt ended in this way.
    fn decided_after(last: LastAttempt<Read, Cause>, in_doubt: bool) -> Decided<Cancel> {
        decide(&cancel(10_000), &stamp("me"), in_doubt, last)
    }

    const NONE: Option<Status> = None;
    const INITIATED: Option<Status> = Some(Status::Initiated);
    const APPROVED: Option<Status> = Some(Status::Approved);
    const CANCELED: Option<Status> = Some(Status::Canceled);

    #[test]
    fn create_writes_once_and_then_replays_for_any_terms() {
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
    fn a_replay_answers_from_the_stored_payment() {
        let created = Created { order_id: "order_1".to_owned(), status: Status::Canceled };
        assert_eq!(decided(&create("order_2", 1), CANCELED), Ok(Decision::Replayed(created)));

        let approved = Approved { approval: Approval { method: Method::Card, stamp: stamp("approver") } };
        assert_eq!(decided(&confirm("order_1", 10_000), APPROVED), Ok(Decision::Replayed(approved)));

        let canceled = Canceled { stamp: stamp("canceler") };
        assert_eq!(decided(&cancel(10_000), CANCELED), Ok(Decision::Replayed(canceled)));
    }

    #[test]
    fn a_refusal_has_its_reason() {
        assert_eq!(decided(&confirm("order_1", 10_000), NONE), Ok(Decision::Refused(Refusal::NotFound)));
        assert_eq!(decided(&cancel(9_999), CANCELED), Ok(Decision::Refused(Refusal::PartialMismatch)));
    }

    /// Two seconds after the stored stamps: the clock of an invocation that Lambda delivers again.
    fn later(by: &str) -> Stamp {
        Stamp::new(Timestamp::from_unix(1_704_112_498).unwrap(), &RequestId::parse(by).unwrap())
    }

    /// The decision on a command that finds its own change, even if the payment has changed since.
    fn own_work<C: Command>(command: &C, by: &str) -> Decision<C::Output> {
        let unread =
            || -> Result<Option<Payment>, Cause> { panic!("a request's own change needs nothing else of the item") };
        let last = LastAttempt::ConditionFailed { stamp: Some(stamp(by)), stored: unread };
        decide(command, &later(by), true, last).unwrap()
    }

    #[test]
    fn a_request_that_finds_its_own_write_answers_with_the_stored_time() {
        let created = Created { order_id: "order_1".to_owned(), status: Status::Initiated };
        assert_eq!(own_work(&create("order_1", 10_000), "creator"), Decision::Made(created));

        let approved = Approved { approval: Approval { method: Method::Card, stamp: stamp("approver") } };
        assert_eq!(own_work(&confirm("order_1", 10_000), "approver"), Decision::Made(approved));

        let canceled = Canceled { stamp: stamp("canceler") };
        assert_eq!(own_work(&cancel(10_000), "canceler"), Decision::Made(canceled));
    }

    #[test]
    fn a_write_that_was_made_is_answered_with_its_own_time() {
        for in_doubt in [false, true] {
            let made = decided_after(LastAttempt::Made, in_doubt);
            assert_eq!(made, Ok(Decision::Made(Canceled { stamp: stamp("me") })), "in doubt: {in_doubt}");
        }
    }

    #[test]
    fn a_failed_condition_that_the_rules_allow_is_a_contradiction() {
        const CONTRADICTION: Undecided<Cause> = Undecided::Failed(Cause::Contradiction);
        assert_eq!(decided(&create("order_1", 1), NONE), Err(CONTRADICTION));
        assert_eq!(decided(&confirm("order_1", 10_000), INITIATED), Err(CONTRADICTION));
        assert_eq!(decided(&cancel(10_000), APPROVED), Err(CONTRADICTION));
        assert!(Contradiction.to_string().contains("the rules allow"), "the log says so");
    }

    #[test]
    fn a_failure_says_that_nothing_was_written_only_if_no_attempt_is_in_doubt() {
        let failed = || LastAttempt::Failed(Cause::OfTheStore);
        let unreadable = || LastAttempt::ConditionFailed { stamp: None, stored: (|| Err(Cause::OfTheStore)) as Read };
        for (alone, after_one_in_doubt) in [(failed(), failed()), (unreadable(), unreadable())] {
            assert_eq!(decided_after(alone, false), Err(Undecided::Failed(Cause::OfTheStore)));
            assert_eq!(decided_after(after_one_in_doubt, true), Err(Undecided::InDoubt(Some(Cause::OfTheStore))));
        }
        let contradiction = decided_in_doubt(&cancel(10_000), APPROVED);
        assert_eq!(contradiction, Err(Undecided::InDoubt(Some(Cause::Contradiction))));
        for in_doubt in [false, true] {
            let unknown = decided_after(LastAttempt::Unknown(Cause::OfTheStore), in_doubt);
            assert_eq!(unknown, Err(Undecided::Unknown(Cause::OfTheStore)), "in doubt: {in_doubt}");
        }
    }

    #[test]
    fn a_temporary_refusal_is_not_returned_while_an_earlier_attempt_may_still_succeed() {
        assert_eq!(decided_in_doubt(&confirm("order_1", 10_000), NONE), Err(Undecided::InDoubt(None)));
        assert_eq!(decided_in_doubt(&cancel(10_000), NONE), Err(Undecided::InDoubt(None)));
        assert_eq!(decided_in_doubt(&cancel(10_000), INITIATED), Err(Undecided::InDoubt(None)));

        let settled = [
            (decided_in_doubt(&confirm("order_1", 9_999), INITIATED), Refusal::AmountMismatch),
            (decided_in_doubt(&confirm("order_1", 10_000), CANCELED), Refusal::AlreadyCanceled),
        ];
        for (decision, refusal) in settled {
            assert_eq!(decision, Ok(Decision::Refused(refusal)), "no later change can lift it");
        }
        let replayed = decided_in_doubt(&confirm("order_1", 10_000), APPROVED);
        assert!(matches!(replayed, Ok(Decision::Replayed(_))), "a change cannot be made twice: {replayed:?}");
    }

    #[test]
    fn a_refusal_is_final_if_no_later_state_allows_the_change() {
        let states = [NONE, INITIATED, APPROVED, CANCELED];
        let verdicts = |command: &dyn Fn(Option<Status>) -> Verdict| states.map(command);
        let confirm = verdicts(&|stored| verdict(&confirm("order_1", 10_000), stored));
        let cancel = verdicts(&|stored| verdict(&cancel(10_000), stored));
        for verdicts in [confirm, cancel] {
            for (place, verdict) in verdicts.iter().enumerate() {
                if let Verdict::Refuse(refusal) = verdict {
                    let lifted = verdicts[place..].contains(&Verdict::Write);
                    assert_eq!(refusal.is_final(), !lifted, "{refusal:?} in {:?}", states[place]);
                }
            }
        }
        for of_the_terms in [Refusal::AmountMismatch, Refusal::PartialMismatch] {
            assert!(of_the_terms.is_final(), "{of_the_terms:?}: the terms of a payment never change");
        }
    }

    #[test]
    fn a_command_is_about_the_payment_that_it_names() {
        let keys = [create("o", 1).key().as_str().to_owned(), confirm("o", 1).key().as_str().to_owned()];
        assert_eq!(keys, ["pay_1", "pay_1"]);
        assert_eq!(cancel(1).key().as_str(), "pay_1");
    }

    #[test]
    fn a_replay_requires_that_the_change_was_made() {
        for status in [Status::Initiated, Status::Canceled] {
            assert_eq!(confirm("order_1", 10_000).replay(&payment(status)), None);
        }
        for status in [Status::Initiated, Status::Approved] {
            assert_eq!(cancel(10_000).replay(&payment(status)), None);
        }
    }
}
