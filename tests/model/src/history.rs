//! The requests and answers of the clients of one payment, and whether one order of the requests explains them.
//!
//! This is the question of linearizability. An order explains a history if each request takes effect at one moment between
//! its call and its answer, and every answer is the one that the contract promises at that moment. A request that got no
//! definite answer may have taken effect at any moment since its call, or not at all.
//!
//! The search is that of Wing and Gong with the memory of Lowe ("Testing for linearizability", 2017): two orders of the
//! same requests that lead to the same payment are continued once.

use crate::contract::{Ask, Definite, KnownPayment, after_answer, after_unanswered, is_stored_as};
use std::collections::HashSet;

/// The requests about one payment, in the order of their calls. There can be 128 of them.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct History(Vec<Operation>);

/// A request and its answer.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Operation {
    pub ask: Ask,
    /// `None` while it is in progress, and if its outcome stays unknown.
    pub answer: Option<Definite>,
    /// The requests that had been answered when this one was called, one bit each.
    preceding: u128,
}

impl History {
    /// Records a call, and returns the number of the request.
    pub fn call(&mut self, ask: Ask) -> usize {
        assert!(self.0.len() < 128, "a history holds 128 requests");
        self.0.push(Operation { ask, answer: None, preceding: self.answered() });
        self.0.len() - 1
    }

    /// Records the answer to a request.
    pub fn answer(&mut self, request: usize, answer: Definite) {
        let before = self.0[request].answer.replace(answer);
        assert_eq!(before, None, "a request is answered once");
    }

    pub fn operations(&self) -> &[Operation] {
        &self.0
    }

    /// Whether one order of the requests explains every answer, and leads to what is stored.
    pub fn is_explained(&self, stored: Option<&KnownPayment>) -> bool {
        let search = Search { operations: &self.0, answered: self.answered(), stored };
        search.from(0, None, &mut HashSet::new())
    }

    /// The requests that have been answered, one bit each.
    fn answered(&self) -> u128 {
        let answered = self.0.iter().enumerate().filter(|(_, operation)| operation.answer.is_some());
        answered.fold(0, |bits, (request, _)| bits | 1 << request)
    }
}

/// The requests that were ordered and the payment that they led to, where no order of the others explains the rest.
type DeadEnds = HashSet<(u128, Option<KnownPayment>)>;

struct Search<'a> {
    operations: &'a [Operation],
    answered: u128,
    stored: Option<&'a KnownPayment>,
}

impl Search<'_> {
    /// Whether the requests that are not in `ordered` can follow those that are, which have led to `payment`.
    fn from(&self, mut ordered: u128, payment: Option<&KnownPayment>, dead_ends: &mut DeadEnds) -> bool {
        let mut payment = payment.cloned();
        // An answered request that can come next and changes nothing is taken at once. This loses nothing: in any order in which it
        // comes later, it can be moved here, and all others see the same payment as before.
        loop {
            let unchanging = self
                .next(ordered, payment.as_ref())
                .find(|(request, next)| self.changes_nothing(*request, payment.as_ref(), next.as_ref()));
            let Some((request, next)) = unchanging else { break };
            ordered |= 1 << request;
            payment = next;
        }
        if ordered & self.answered == self.answered && is_stored_as(payment.as_ref(), self.stored) {
            return true;
        }
        if !dead_ends.insert((ordered, payment.clone())) {
            return false;
        }
        self.next(ordered, payment.as_ref())
            .any(|(request, next)| self.from(ordered | 1 << request, next.as_ref(), dead_ends))
    }

    /// The requests that can come next, each with the payment that it leads to.
    fn next(
        &self,
        ordered: u128,
        payment: Option<&KnownPayment>,
    ) -> impl Iterator<Item = (usize, Option<KnownPayment>)> {
        self.operations.iter().enumerate().filter_map(move |(request, operation)| {
            // A request comes before all that were called after its answer.
            if ordered & 1 << request != 0 || operation.preceding & !ordered != 0 {
                return None;
            }
            let next = match &operation.answer {
                Some(answer) => after_answer(payment, operation.ask, answer)?,
                // One that changes nothing is equivalent to one that never took effect.
                None => Some(after_unanswered(payment, operation.ask)?),
            };
            Some((request, next))
        })
    }

    fn changes_nothing(&self, request: usize, payment: Option<&KnownPayment>, next: Option<&KnownPayment>) -> bool {
        let status = |payment: Option<&KnownPayment>| payment.map(|payment| payment.status);
        self.operations[request].answer.is_some() && status(payment) == status(next)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::What;

    const CREATE: Ask = Ask::Create { order: "order_1", amount: 10 };
    const CONFIRM: Ask = Ask::Confirm { order: "order_1", amount: 10 };
    const CANCEL: Ask = Ask::Cancel { amount: 10 };

    fn created(status: &'static str, replayed: bool) -> Definite {
        Definite::Done { what: What::Created { order: "order_1".to_owned(), status }, replayed }
    }

    fn approved(at: &str, replayed: bool) -> Definite {
        Definite::Done { what: What::Approved { at: at.to_owned() }, replayed }
    }

    fn canceled(at: &str, replayed: bool) -> Definite {
        Definite::Done { what: What::Canceled { at: at.to_owned() }, replayed }
    }

    fn stored(status: &'static str, approved_at: Option<&str>, canceled_at: Option<&str>) -> KnownPayment {
        let (approved_at, canceled_at) = (approved_at.map(str::to_owned), canceled_at.map(str::to_owned));
        KnownPayment { order: "order_1".to_owned(), amount: 10, status, approved_at, canceled_at }
    }

    /// Requests one after another, `None` for those whose outcome is unknown.
    fn one_by_one(steps: &[(Ask, Option<Definite>)]) -> History {
        let mut history = History::default();
        for (ask, answer) in steps {
            let request = history.call(*ask);
            if let Some(answer) = answer {
                history.answer(request, answer.clone());
            }
        }
        history
    }

    /// A history with every kind of event: two creates at once, a refusal, a confirm whose answer was lost, replays, a cancel, reads.
    fn life() -> History {
        let mut history = History::default();
        let (one, other, unseen) = (history.call(CREATE), history.call(CREATE), history.call(Ask::Retrieve));
        history.answer(one, created("INITIATED", true));
        history.answer(other, created("INITIATED", false));
        history.answer(unseen, Definite::Refused("NOT_FOUND"));
        let early = history.call(CANCEL);
        history.answer(early, Definite::Refused("NOT_APPROVED"));
        history.call(CONFIRM);
        let again = history.call(CONFIRM);
        history.answer(again, approved("12:00", true));
        let partial = history.call(Ask::Cancel { amount: 9 });
        history.answer(partial, Definite::Refused("PARTIAL_MISMATCH"));
        let cancel = history.call(CANCEL);
        let late = history.call(CREATE);
        history.answer(cancel, canceled("12:01", false));
        history.answer(late, created("APPROVED", true));
        let seen = history.call(Ask::Retrieve);
        history.answer(seen, Definite::Read(end_of_life()));
        let again = history.call(CANCEL);
        history.answer(again, canceled("12:01", true));
        let after_all = history.call(CONFIRM);
        history.answer(after_all, Definite::Refused("ALREADY_CANCELED"));
        history
    }

    fn end_of_life() -> KnownPayment {
        stored("CANCELED", Some("12:00"), Some("12:01"))
    }

    #[test]
    fn a_history_with_concurrent_requests_and_lost_answers_is_explained() {
        assert!(life().is_explained(Some(&end_of_life())));
    }

    #[test]
    fn no_corrupted_history_is_explained() {
        const NOT_APPROVED_YET: usize = 3;
        const CONFIRM_AGAIN: usize = 5;
        const PARTIAL: usize = 6;
        const CANCEL_FIRST: usize = 7;
        const CREATE_LATE: usize = 8;
        const RETRIEVE: usize = 9;
        const CANCEL_AGAIN: usize = 10;
        const CONFIRM_AFTER_ALL: usize = 11;
        let corruptions = [
            ("a double creation", 0, created("INITIATED", false)),
            ("an approval before any confirm", NOT_APPROVED_YET, canceled("12:01", true)),
            ("an approval at another time than the one stored", CONFIRM_AGAIN, approved("12:05", true)),
            ("a partial cancel", PARTIAL, canceled("12:01", false)),
            ("a cancel that was made twice", CANCEL_AGAIN, canceled("12:01", false)),
            ("a cancel at another time", CANCEL_AGAIN, canceled("12:02", true)),
            ("a cancel that no request made", CANCEL_FIRST, canceled("12:01", true)),
            ("a status from before the confirm", CREATE_LATE, created("INITIATED", true)),
            ("a resurrected payment", CONFIRM_AFTER_ALL, approved("12:00", true)),
            ("a second approval after the cancel", CONFIRM_AFTER_ALL, approved("12:09", false)),
            ("a lost payment", CONFIRM_AFTER_ALL, Definite::Refused("NOT_FOUND")),
            ("a changed amount", CONFIRM_AFTER_ALL, Definite::Refused("AMOUNT_MISMATCH")),
            ("a read that is older than an answer", RETRIEVE, Definite::Read(stored("APPROVED", Some("12:00"), None))),
            ("a read of a payment that is not found any more", RETRIEVE, Definite::Refused("NOT_FOUND")),
            ("a read with another time", RETRIEVE, Definite::Read(stored("CANCELED", Some("12:00"), Some("12:02")))),
            ("a read without a time", RETRIEVE, Definite::Read(stored("CANCELED", None, Some("12:01")))),
            ("a read of another amount", RETRIEVE, Definite::Read(KnownPayment { amount: 9, ..end_of_life() })),
            ("a read that made a change", RETRIEVE, created("CANCELED", false)),
            ("a write that is answered as a read", CREATE_LATE, Definite::Read(end_of_life())),
        ];
        for (corruption, request, answer) in corruptions {
            let mut history = life();
            history.0[request].answer = Some(answer);
            assert!(!history.is_explained(Some(&end_of_life())), "{corruption} must be detected");
        }
    }

    #[test]
    fn no_corrupted_item_is_explained() {
        let corruptions = [
            ("a lost payment", None),
            ("a lost cancel", Some(stored("APPROVED", Some("12:00"), None))),
            ("another amount", Some(KnownPayment { amount: 9, ..end_of_life() })),
            ("another order", Some(KnownPayment { order: "order_2".to_owned(), ..end_of_life() })),
            ("a time of approval that was overwritten", Some(stored("CANCELED", Some("12:07"), Some("12:01")))),
            ("a time of cancel that was overwritten", Some(stored("CANCELED", Some("12:00"), Some("12:07")))),
        ];
        for (corruption, item) in corruptions {
            assert!(!life().is_explained(item.as_ref()), "{corruption} must be detected");
        }
    }

    #[test]
    fn a_double_approval_is_detected_even_if_the_requests_ran_at_once() {
        let mut history = one_by_one(&[(CREATE, Some(created("INITIATED", false)))]);
        let (one, other) = (history.call(CONFIRM), history.call(CONFIRM));
        history.answer(one, approved("12:00", false));
        history.answer(other, approved("12:00", false));
        assert!(!history.is_explained(Some(&stored("APPROVED", Some("12:00"), None))));
    }

    #[test]
    fn an_approval_is_not_lost_by_the_unknown_outcome_of_another_request() {
        let lost = one_by_one(&[
            (CREATE, Some(created("INITIATED", false))),
            (CONFIRM, Some(approved("12:00", false))),
            (CANCEL, None),
            (CREATE, Some(created("INITIATED", true))),
        ]);
        assert!(!lost.is_explained(Some(&stored("INITIATED", None, None))));
    }

    #[test]
    fn a_request_of_unknown_outcome_may_have_taken_effect_late_or_not_at_all() {
        let steps = [(CREATE, Some(created("INITIATED", false))), (CONFIRM, None)];
        let unknown = one_by_one(&steps);
        assert!(unknown.is_explained(Some(&stored("INITIATED", None, None))), "not at all");
        assert!(unknown.is_explained(Some(&stored("APPROVED", Some("12:00"), None))), "at some time");

        let late = [(CANCEL, Some(Definite::Refused("NOT_APPROVED"))), (CONFIRM, Some(approved("12:00", true)))];
        let late = one_by_one(&[&steps[..], &late].concat());
        assert!(late.is_explained(Some(&stored("APPROVED", Some("12:00"), None))), "after the next request");
    }

    #[test]
    fn a_request_that_failed_was_not_carried_out() {
        let failed = one_by_one(&[(CREATE, Some(created("INITIATED", false))), (CONFIRM, Some(Definite::Failed))]);
        assert!(failed.is_explained(Some(&stored("INITIATED", None, None))));
        assert!(!failed.is_explained(Some(&stored("APPROVED", Some("12:00"), None))));
    }

    #[test]
    fn an_answer_that_is_older_than_an_earlier_one_is_detected() {
        let stale = one_by_one(&[
            (CREATE, Some(created("INITIATED", false))),
            (CONFIRM, Some(approved("12:00", false))),
            (CREATE, Some(created("INITIATED", true))),
        ]);
        assert!(!stale.is_explained(Some(&stored("APPROVED", Some("12:00"), None))));
    }

    #[test]
    fn a_hundred_concurrent_requests_are_checked_quickly() {
        let mut history = History::default();
        let creates: Vec<_> = (0..16).map(|_| history.call(CREATE)).collect();
        for (n, request) in creates.into_iter().enumerate() {
            history.answer(request, created("INITIATED", n != 7));
        }
        for _ in 0..6 {
            let confirms: Vec<_> = (0..16).map(|_| history.call(CONFIRM)).collect();
            // One in eight stays unknown, and one of these made the approval.
            for request in confirms.into_iter().filter(|request| request % 8 != 0) {
                history.answer(request, approved("12:00", true));
            }
        }
        assert!(history.is_explained(Some(&stored("APPROVED", Some("12:00"), None))));
        history.0[60].answer = Some(approved("12:00", false));
        history.0[70].answer = Some(approved("12:00", false));
        assert!(!history.is_explained(Some(&stored("APPROVED", Some("12:00"), None))));
    }
}
