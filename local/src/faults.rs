//! Faults that a test arms, and which one meets a request. What they do to a request is in [`crate::exchange`].

use crate::operation::{Asked, Filter};
use std::time::Duration;

/// The most faults that can be armed between two resets.
pub(crate) const MOST: usize = 10_000;

/// What a fault does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Effect {
    /// The request is not carried out, and gets no answer.
    LoseRequest,
    /// The request is carried out, and gets no answer.
    LoseAnswer,
    /// The request is carried out, and half of the answer's body is sent.
    CutAnswer,
    /// The request is carried out after a while.
    Delay(Duration),
    /// The request is carried out, and answered after a while.
    DelayAnswer(Duration),
    /// The request is not carried out, and gets this answer.
    Answer(Substitute),
    /// The request is carried out, and gets this answer.
    AnswerAfter(Failure),
}

/// The answer to a request that is not carried out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Substitute {
    /// The gateway's 429. The gateway throttles before it passes a request on, so no request that was carried out gets it.
    TooManyRequests,
    Failure(Failure),
}

/// An answer that says that something failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Failure {
    /// The service's own 503.
    Unavailable,
    /// The service's own 500.
    Internal,
    /// One of the gateway.
    Gateway(GatewayFailure),
}

/// A failure that API Gateway answers itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum GatewayFailure {
    InternalServerError,
    BadGateway,
    ServiceUnavailable,
    GatewayTimeout,
}

impl Effect {
    /// The name in requests and in the journal.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::LoseRequest => "lose-request",
            Self::LoseAnswer => "lose-answer",
            Self::CutAnswer => "cut-answer",
            Self::Delay(_) => "delay",
            Self::DelayAnswer(_) => "delay-answer",
            Self::Answer(_) => "answer",
            Self::AnswerAfter(_) => "answer-after",
        }
    }
}

/// A fault, and the requests that it meets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) effect: Effect,
    pub(crate) filter: Filter,
    /// How many matching requests pass first.
    pub(crate) skip: u32,
    /// How many it meets.
    pub(crate) times: u32,
}

/// A fault that was armed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Armed {
    /// Its number. No other fault of this server ever has it.
    pub(crate) id: u64,
    pub(crate) fault: Fault,
    /// How many matching requests have passed.
    skipped: u32,
    /// How many requests it has met.
    pub(crate) fired: u32,
    /// How many it will still meet.
    pub(crate) left: u32,
}

/// All faults that were armed since the last reset, in order.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    all: Vec<Armed>,
    armed_before: u64,
    /// How often they have changed.
    changes: u64,
}

impl Faults {
    /// Arms a fault. `None` if there are too many.
    pub(crate) fn arm(&mut self, fault: Fault) -> Option<&Armed> {
        if self.all.len() >= MOST {
            return None;
        }
        self.armed_before += 1;
        self.changes += 1;
        self.all.push(Armed { id: self.armed_before, skipped: 0, fired: 0, left: fault.times, fault });
        self.all.last()
    }

    /// The fault that meets a request: of those that match it, the first that was armed. The request counts for this one, and for those
    /// that let it pass before.
    pub(crate) fn meet(&mut self, asked: &Asked) -> Option<Effect> {
        for armed in self.all.iter_mut().filter(|armed| armed.left > 0) {
            if !armed.fault.filter.matches(asked) {
                continue;
            }
            if armed.skipped < armed.fault.skip {
                armed.skipped += 1;
                continue;
            }
            self.changes += 1;
            armed.fired += 1;
            armed.left -= 1;
            return Some(armed.fault.effect);
        }
        None
    }

    /// All of them, in the order in which they were armed.
    pub(crate) fn all(&self) -> &[Armed] {
        &self.all
    }

    /// Disarms all of them. They remain in the list.
    pub(crate) fn disarm_all(&mut self) {
        self.changes += 1;
        for armed in &mut self.all {
            armed.left = 0;
        }
    }

    /// Disarms one. It remains in the list. `None` if there is none with this number.
    pub(crate) fn disarm(&mut self, id: u64) -> Option<&Armed> {
        let armed = self.all.iter_mut().find(|armed| armed.id == id)?;
        self.changes += 1;
        armed.left = 0;
        Some(armed)
    }

    /// Removes all of them.
    pub(crate) fn remove_all(&mut self) {
        self.changes += 1;
        self.all.clear();
    }

    /// How often they have changed: armed, met a request, disarmed or removed.
    pub(crate) const fn changes(&self) -> u64 {
        self.changes
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operation::Operation::{Cancel, Confirm};
    use crate::operation::tests::asked;
    use Effect::{CutAnswer, LoseAnswer, LoseRequest};

    fn fault(effect: Effect) -> Fault {
        Fault { effect, filter: Filter::default(), skip: 0, times: 1 }
    }

    fn armed(all: impl IntoIterator<Item = Fault>) -> Faults {
        let mut faults = Faults::default();
        for fault in all {
            faults.arm(fault).unwrap();
        }
        faults
    }

    /// How often each fault has met a request, and how often it still will.
    fn counts(faults: &Faults) -> Vec<(u32, u32)> {
        faults.all().iter().map(|armed| (armed.fired, armed.left)).collect()
    }

    #[test]
    fn a_fault_meets_as_many_requests_as_it_says() {
        let mut faults = armed([Fault { times: 2, ..fault(LoseAnswer) }]);
        let met = [(); 3].map(|()| faults.meet(&asked(Confirm, "pay_1", "order_1")));
        assert_eq!(met, [Some(LoseAnswer), Some(LoseAnswer), None]);
        assert_eq!(counts(&faults), [(2, 0)]);
    }

    #[test]
    fn of_the_faults_that_match_the_first_that_was_armed_meets_the_request() {
        let filter = Filter { operation: Some(Cancel), ..Filter::default() };
        let mut faults = armed([Fault { filter, ..fault(CutAnswer) }, fault(LoseAnswer), fault(LoseRequest)]);
        let confirm = asked(Confirm, "pay_1", "order_1");
        assert_eq!([(); 3].map(|()| faults.meet(&confirm)), [Some(LoseAnswer), Some(LoseRequest), None]);
        assert_eq!(counts(&faults), [(0, 1), (1, 0), (1, 0)]);
    }

    #[test]
    fn requests_pass_a_fault_that_skips_them_and_meet_the_next() {
        let mut faults = armed([Fault { skip: 2, ..fault(LoseAnswer) }, fault(LoseRequest)]);
        let confirm = asked(Confirm, "pay_1", "order_1");
        let met = [(); 4].map(|()| faults.meet(&confirm));
        assert_eq!(met, [Some(LoseRequest), None, Some(LoseAnswer), None]);
    }

    #[test]
    fn a_request_that_met_a_fault_does_not_count_for_later_ones() {
        let mut faults = armed([fault(LoseRequest), Fault { skip: 1, ..fault(LoseAnswer) }]);
        let confirm = asked(Confirm, "pay_1", "order_1");
        assert_eq!([(); 3].map(|()| faults.meet(&confirm)), [Some(LoseRequest), None, Some(LoseAnswer)]);
    }

    #[test]
    fn a_disarmed_fault_meets_nothing_and_remains_in_the_list() {
        let mut faults = armed([Fault { times: 2, ..fault(LoseAnswer) }, fault(LoseRequest), fault(CutAnswer)]);
        let confirm = asked(Confirm, "pay_1", "order_1");
        assert_eq!(faults.meet(&confirm), Some(LoseAnswer));
        let [first, second, _] = faults.all().iter().map(|armed| armed.id).collect::<Vec<_>>()[..] else {
            panic!("three")
        };
        assert_eq!(faults.disarm(first).map(|armed| (armed.fired, armed.left)), Some((1, 0)));
        assert_eq!(faults.meet(&confirm), Some(LoseRequest));
        assert_eq!(faults.disarm(second).map(|armed| armed.left), Some(0), "again");
        faults.disarm_all();
        assert_eq!((faults.meet(&confirm), faults.all().len()), (None, 3));
    }

    #[test]
    fn a_fault_that_was_removed_is_unknown_and_its_number_is_not_used_again() {
        let mut faults = armed([fault(LoseAnswer)]);
        let id = faults.all()[0].id;
        faults.remove_all();
        assert_eq!((faults.all().len(), faults.disarm(id)), (0, None));
        assert_ne!(faults.arm(fault(LoseAnswer)).unwrap().id, id);
    }

    #[test]
    fn each_change_of_the_list_counts() {
        let mut faults = armed([fault(LoseAnswer), fault(LoseRequest)]);
        let id = faults.all()[1].id;
        let mut before = faults.changes();
        let mut has_changed = |faults: &Faults| std::mem::replace(&mut before, faults.changes()) != faults.changes();
        assert!(!has_changed(&faults));
        faults.meet(&asked(Confirm, "pay_1", "order_1"));
        assert!(has_changed(&faults), "it has met a request");
        faults.disarm(id);
        assert!(has_changed(&faults), "one is disarmed");
        assert_eq!((faults.meet(&asked(Confirm, "pay_1", "order_1")), has_changed(&faults)), (None, false));
        faults.arm(fault(CutAnswer)).unwrap();
        assert!(has_changed(&faults));
        faults.disarm_all();
        assert!(has_changed(&faults));
        faults.remove_all();
        assert!(has_changed(&faults));
    }

    #[test]
    fn the_list_has_a_limit() {
        let mut faults = armed(std::iter::repeat_n(fault(LoseAnswer), MOST));
        assert_eq!(faults.arm(fault(LoseAnswer)), None);
        faults.remove_all();
        assert!(faults.arm(fault(LoseAnswer)).is_some());
    }
}
