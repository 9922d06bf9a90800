//! The journal: the requests of backends, and what became of each.

use crate::faults::Effect;
use crate::operation::{Asked, Operation};
use chrono::{DateTime, Utc};
use payments_domain::{OrderId, PaymentKey, Status};
use std::collections::{HashMap, VecDeque};
use std::time::Duration;

/// How many requests the journal keeps.
pub(crate) const KEPT: usize = 10_000;

/// A request.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    /// The id of the request, which its client gets as `X-Request-Id`.
    pub(crate) id: String,
    /// When it arrived.
    pub(crate) at: DateTime<Utc>,
    /// When it arrived, as the time since the start of the server. Unlike [`Entry::at`], it follows a clock that nobody sets, so that
    /// times of requests can be compared.
    pub(crate) arrived: Duration,
    pub(crate) asked: Asked,
    /// The fault that it met.
    pub(crate) fault: Option<Effect>,
    /// How it ended in the service, or the code that a fault answered instead.
    pub(crate) outcome: Option<Outcome>,
    /// The status of its answer, although a fault may have lost the answer.
    pub(crate) status: Option<u16>,
    /// From its arrival until its function had answered. `None` if it was not carried out.
    pub(crate) carried_out_after: Option<Duration>,
    /// The status of the payment that a retrieve returned.
    pub(crate) shown: Option<Status>,
    pub(crate) end: Option<End>,
}

impl Entry {
    /// A request that has just arrived.
    pub(crate) const fn new(id: String, at: DateTime<Utc>, arrived: Duration, asked: Asked) -> Self {
        Self {
            id,
            at,
            arrived,
            asked,
            fault: None,
            outcome: None,
            status: None,
            carried_out_after: None,
            shown: None,
            end: None,
        }
    }
}

/// How a request ended in the service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// It made the change.
    First,
    /// An earlier request had made the change.
    Replay,
    /// It read.
    Read,
    /// It got this code.
    Code(String),
}

impl Outcome {
    /// Its name, as in the log of a function.
    pub(crate) fn name(&self) -> &str {
        match self {
            Self::First => "FIRST",
            Self::Replay => "REPLAY",
            Self::Read => "READ",
            Self::Code(code) => code,
        }
    }
}

/// The end of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct End {
    /// Whether the whole answer was handed to the client's connection.
    pub(crate) answered: bool,
    /// From the arrival of the request to the end of its answer, or until the client closed the connection before.
    pub(crate) after: Duration,
}

/// The number of a request in the journal, counted from the start of the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Number(u64);

/// A state of the journal. A later one is greater.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(crate) struct Version(u64);

impl Version {
    const fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

/// The last requests, the oldest first.
#[derive(Debug, Default)]
pub(crate) struct Journal {
    /// Each with the version that it was last written in.
    entries: VecDeque<(Version, Entry)>,
    version: Version,
    /// The version in which all requests were last forgotten.
    cleared: Version,
    /// The number of the oldest one.
    first: u64,
    /// How many were dropped since the last reset, because newer ones came.
    forgotten: u64,
    /// The order of a payment: that of the last create or confirm with its key, and the number of this request.
    orders: HashMap<PaymentKey, (OrderId, u64)>,
}

impl Journal {
    /// Fills in the order of a request that names only a payment key.
    pub(crate) fn with_order(&self, asked: Asked) -> Asked {
        let names_its_order = !matches!(asked.operation, Operation::Cancel | Operation::Retrieve);
        if names_its_order {
            return asked;
        }
        let order = asked.payment_key.as_ref().and_then(|key| self.orders.get(key)).map(|(order, _)| order.clone());
        Asked { order_id: order, ..asked }
    }

    /// Writes down a request that has arrived.
    pub(crate) fn begin(&mut self, entry: Entry) -> Number {
        let number = self.first + self.entries.len() as u64;
        let is_of_an_order = matches!(entry.asked.operation, Operation::Create | Operation::Confirm);
        if let Asked { payment_key: Some(key), order_id: Some(order), .. } = &entry.asked
            && is_of_an_order
        {
            self.orders.insert(key.clone(), (order.clone(), number));
        }
        self.version = self.version.next();
        self.entries.push_back((self.version, entry));
        if self.entries.len() > KEPT {
            self.forget_the_oldest();
        }
        Number(number)
    }

    fn forget_the_oldest(&mut self) {
        let Some((_, oldest)) = self.entries.pop_front() else { return };
        let key = oldest.asked.payment_key;
        if let Some(key) = key.filter(|key| self.orders.get(key).is_some_and(|(_, named)| *named == self.first)) {
            self.orders.remove(&key);
        }
        self.first += 1;
        self.forgotten += 1;
    }

    /// Writes down what became of a request, unless it was forgotten.
    pub(crate) fn update(&mut self, Number(number): Number, update: impl FnOnce(&mut Entry)) {
        let place = number.checked_sub(self.first).and_then(|place| usize::try_from(place).ok());
        let Some((written, entry)) = place.and_then(|place| self.entries.get_mut(place)) else { return };
        self.version = self.version.next();
        *written = self.version;
        update(entry);
    }

    /// Its state now.
    pub(crate) const fn version(&self) -> Version {
        self.version
    }

    /// The requests that were written since this version, the oldest first.
    pub(crate) fn written_since(&self, version: Version) -> impl Iterator<Item = &Entry> {
        self.entries.iter().filter(move |(written, _)| *written > version).map(|(_, entry)| entry)
    }

    /// Whether all requests were forgotten since this version.
    pub(crate) fn was_cleared_since(&self, version: Version) -> bool {
        self.cleared > version
    }

    /// The requests, the oldest first.
    pub(crate) fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.entries.iter().map(|(_, entry)| entry)
    }

    /// How many older ones were dropped since the last reset.
    pub(crate) const fn forgotten(&self) -> u64 {
        self.forgotten
    }

    /// Forgets all of them.
    pub(crate) fn clear(&mut self) {
        self.first += self.entries.len() as u64;
        self.version = self.version.next();
        self.cleared = self.version;
        self.forgotten = 0;
        self.entries.clear();
        self.orders.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operation::tests::asked;
    use Operation::{Cancel, Confirm, Create, List, Retrieve};

    fn entry(asked: Asked) -> Entry {
        Entry::new(String::new(), DateTime::UNIX_EPOCH, Duration::ZERO, asked)
    }

    fn order_of(journal: &Journal, operation: Operation, key: &str) -> Option<String> {
        journal.with_order(asked(operation, key, "")).order_id.map(|order| order.as_str().to_owned())
    }

    #[test]
    fn the_order_of_a_payment_is_that_of_its_last_create_or_confirm() {
        let mut journal = Journal::default();
        assert_eq!(order_of(&journal, Cancel, "pay_1"), None);
        journal.begin(entry(asked(Create, "pay_1", "order_1")));
        assert_eq!(order_of(&journal, Cancel, "pay_1").as_deref(), Some("order_1"));
        assert_eq!(order_of(&journal, Retrieve, "pay_1").as_deref(), Some("order_1"));
        assert_eq!(order_of(&journal, Retrieve, "pay_2"), None);
        journal.begin(entry(asked(Confirm, "pay_1", "order_2")));
        journal.begin(entry(asked(Confirm, "pay_1", "")));
        journal.begin(entry(asked(List, "", "order_3")));
        assert_eq!(order_of(&journal, Cancel, "pay_1").as_deref(), Some("order_2"));
        let names_its_own = journal.with_order(asked(Confirm, "pay_1", ""));
        assert_eq!(names_its_own.order_id, None, "a confirm has the order that it names, or none");
    }

    #[test]
    fn the_journal_keeps_the_last_requests_and_counts_the_others() {
        let mut journal = Journal::default();
        for n in 0..=KEPT {
            journal.begin(entry(asked(Create, &format!("pay_{n}"), "order_1")));
        }
        let keys: Vec<_> = journal.entries().map(|entry| entry.asked.payment_key.clone().unwrap()).collect();
        assert_eq!((keys.len(), keys[0].as_str(), journal.forgotten()), (KEPT, "pay_1", 1));
        assert_eq!(order_of(&journal, Cancel, "pay_0"), None, "its create is forgotten");
        assert_eq!(journal.orders.len(), KEPT, "nothing else is remembered");
    }

    #[test]
    fn a_payment_keeps_its_order_until_its_last_request_is_forgotten() {
        let mut journal = Journal::default();
        journal.begin(entry(asked(Create, "pay_1", "order_1")));
        journal.begin(entry(asked(Confirm, "pay_1", "order_1")));
        for _ in 0..KEPT - 1 {
            journal.begin(entry(asked(List, "", "order_1")));
        }
        assert_eq!(order_of(&journal, Cancel, "pay_1").as_deref(), Some("order_1"), "the confirm is still there");
        journal.begin(entry(asked(List, "", "order_1")));
        assert_eq!(order_of(&journal, Cancel, "pay_1"), None);
    }

    #[test]
    fn what_became_of_a_request_is_written_to_its_entry_or_nowhere() {
        let mut journal = Journal::default();
        let answered = |entry: &mut Entry| entry.status = Some(200);
        let statuses = |journal: &Journal| journal.entries().map(|entry| entry.status).collect::<Vec<_>>();
        let before = journal.begin(entry(asked(List, "", "order_1")));
        journal.clear();
        journal.begin(entry(asked(List, "", "order_2")));
        let second = journal.begin(entry(asked(List, "", "order_3")));
        let version = journal.version();
        journal.update(before, answered);
        assert_eq!(statuses(&journal), [None, None], "the request from before the reset is forgotten");
        assert_eq!(journal.version(), version, "nothing was written");
        journal.update(second, answered);
        assert_eq!((statuses(&journal), journal.forgotten()), (vec![None, Some(200)], 0));
    }

    #[test]
    fn a_reader_learns_what_was_written_since_it_last_read() {
        let mut journal = Journal::default();
        let first = journal.begin(entry(asked(List, "", "order_1")));
        let second = journal.begin(entry(asked(List, "", "order_2")));
        let read = journal.version();
        let orders = |journal: &Journal| {
            let written = journal.written_since(read).map(|entry| entry.asked.order_id.clone().unwrap());
            written.map(|order| order.as_str().to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(orders(&journal), [""; 0]);
        journal.update(second, |_| {});
        journal.begin(entry(asked(List, "", "order_3")));
        assert_eq!(orders(&journal), ["order_2", "order_3"]);
        journal.update(first, |_| {});
        assert_eq!(orders(&journal), ["order_1", "order_2", "order_3"], "the oldest first");
        assert!(!journal.was_cleared_since(read));
        journal.clear();
        assert!(journal.was_cleared_since(read) && !journal.was_cleared_since(journal.version()));
        journal.begin(entry(asked(List, "", "order_4")));
        assert_eq!(orders(&journal), ["order_4"]);
    }
}
