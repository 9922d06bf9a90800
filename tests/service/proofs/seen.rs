//! What happened in a run of histories, counted.

use std::ops::AddAssign;

/// A kind of run.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Kind {
    Schedule,
    Race,
}

/// What happened in a run. A run in which something never happened proves nothing about it.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Seen {
    pub(crate) requests: usize,
    /// Answers that repeat the answer to an earlier request.
    pub(crate) replays: usize,
    /// Reads of a payment.
    pub(crate) reads: usize,
    /// Refusals.
    pub(crate) refusals: usize,
    /// Confirms and cancels of other terms.
    pub(crate) mismatches: usize,
    /// Requests that stayed without a definite answer.
    pub(crate) unknown: usize,
    /// Calls that were refused by throttling.
    pub(crate) throttled: usize,
    /// Calls that were refused for good.
    pub(crate) denied: usize,
    /// Requests that were answered 500.
    pub(crate) failed: usize,
    /// Requests that met their own write, because its answer was lost. They are counted under a schedule only.
    pub(crate) own_work: usize,
    /// Of these, the ones whose payment another client had changed since.
    pub(crate) overtaken: usize,
    /// Writes that were made when no request waited for them any more.
    pub(crate) late: usize,
    /// Attempts that got no answer until the SDK gave them up. They take their time, so only a race has them.
    pub(crate) hung: usize,
}

impl AddAssign for Seen {
    fn add_assign(&mut self, other: Self) {
        self.requests += other.requests;
        self.replays += other.replays;
        self.reads += other.reads;
        self.refusals += other.refusals;
        self.mismatches += other.mismatches;
        self.unknown += other.unknown;
        self.throttled += other.throttled;
        self.denied += other.denied;
        self.failed += other.failed;
        self.own_work += other.own_work;
        self.overtaken += other.overtaken;
        self.late += other.late;
        self.hung += other.hung;
    }
}

impl Seen {
    /// Checks that everything happened that a run with this many requests must show.
    pub(crate) fn proves_something(&self, kind: Kind, requests: usize) {
        for (what, times) in [
            ("requests", self.requests / requests),
            ("replays", self.replays),
            ("reads", self.reads),
            ("mismatches", self.mismatches),
            ("other refusals", self.refusals - self.mismatches),
            ("unknown outcomes", self.unknown),
            ("throttled calls", self.throttled),
            ("calls that were refused for good", self.denied),
            ("requests that were answered 500", self.failed),
            ("calls that were refused for good and not answered 500", self.denied.saturating_sub(self.failed)),
            ("late writes", self.late),
        ] {
            assert!(times > 0, "there were no {what} in {self:?}, so the run proves nothing about them");
        }
        match kind {
            Kind::Schedule => assert!(
                self.own_work > self.overtaken && self.overtaken > 0,
                "own writes must be met, some of them late: {self:?}"
            ),
            Kind::Race => assert!(self.hung > 0, "attempts must get no answer: {self:?}"),
        }
    }
}
