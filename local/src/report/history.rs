//! What the journal says about a client: what it got, when it learned the outcome of a request, and what happened to a payment.

use crate::faults::{Effect, Failure, Substitute};
use crate::journal::{Entry, Outcome};
use crate::operation::Operation::{Cancel, Confirm, Create, List, Retrieve};
use crate::operation::{Asked, Operation};
use payments_domain::{OrderId, PaymentKey, Status};
use std::collections::HashMap;
use std::time::Duration;

/// What a client got for a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Got {
    /// The request has not ended.
    NothingYet,
    /// No whole answer, a 503 or a 5xx of the gateway. The request may have been carried out, or not.
    Unknown,
    /// An answer with this status, which says what became of the request.
    Answer(u16),
}

/// A request in the history.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sent<'a> {
    /// Its place in the order of arrival.
    pub(super) number: usize,
    entry: &'a Entry,
}

impl<'a> Sent<'a> {
    pub(super) fn id(self) -> &'a str {
        &self.entry.id
    }

    pub(super) fn asked(self) -> &'a Asked {
        &self.entry.asked
    }

    pub(super) fn operation(self) -> Operation {
        self.entry.asked.operation
    }

    pub(super) fn payment_key(self) -> Option<&'a PaymentKey> {
        self.entry.asked.payment_key.as_ref()
    }

    pub(super) fn order_id(self) -> Option<&'a OrderId> {
        self.entry.asked.order_id.as_ref()
    }

    pub(super) fn is_same_as(self, other: Self) -> bool {
        self.entry.asked.is_same_as(&other.entry.asked)
    }

    pub(super) const fn arrived(self) -> Duration {
        self.entry.arrived
    }

    /// When nothing more was sent to the client, or when it had left.
    pub(super) fn ended(self) -> Option<Duration> {
        self.entry.end.map(|end| self.entry.arrived + end.after)
    }

    /// When the function had answered. `None` if the request was not carried out.
    pub(super) fn carried_out(self) -> Option<Duration> {
        self.entry.carried_out_after.map(|after| self.entry.arrived + after)
    }

    /// The status of an answer that the client got.
    pub(super) fn answered_with(self) -> Option<u16> {
        self.entry.end.filter(|end| end.answered).and(self.entry.status)
    }

    pub(super) fn got(self) -> Got {
        let is_of_the_gateway = matches!(
            self.entry.fault,
            Some(Effect::Answer(Substitute::Failure(Failure::Gateway(_))) | Effect::AnswerAfter(Failure::Gateway(_)))
        );
        match self.answered_with() {
            None if self.entry.end.is_none() => Got::NothingYet,
            None | Some(503) => Got::Unknown,
            Some(500..) if is_of_the_gateway => Got::Unknown,
            Some(status) => Got::Answer(status),
        }
    }

    /// How long the client waited until it left. `None` if it did not leave: it got an answer, or a fault closed the connection.
    pub(super) fn left_after(self) -> Option<Duration> {
        let closed_by_a_fault =
            matches!(self.entry.fault, Some(Effect::LoseRequest | Effect::LoseAnswer | Effect::CutAnswer));
        self.entry.end.filter(|end| !end.answered && !closed_by_a_fault).map(|end| end.after)
    }

    /// How long the client waited for an answer.
    pub(super) fn answered_after(self) -> Option<Duration> {
        self.entry.end.filter(|end| end.answered).map(|end| end.after)
    }

    /// Whether this request made its change, and no earlier one.
    pub(super) fn made_its_change(self) -> bool {
        self.entry.outcome == Some(Outcome::First)
    }

    /// Whether it shows that its payment has the change that an operation asks for.
    fn shows_change_of(self, operation: Operation) -> bool {
        let status = match (self.operation(), &self.entry.outcome) {
            (Create, Some(Outcome::First | Outcome::Replay)) => Status::Initiated,
            (Confirm, Some(Outcome::First | Outcome::Replay)) => Status::Approved,
            (Cancel, Some(Outcome::First | Outcome::Replay)) => Status::Canceled,
            (Confirm, Some(Outcome::Code(code))) if code == "ALREADY_CANCELED" => Status::Canceled,
            _ => match self.entry.shown {
                Some(status) => status,
                None => return false,
            },
        };
        match operation {
            Create => true,
            Confirm => matches!(status, Status::Approved | Status::Canceled),
            Cancel => status == Status::Canceled,
            Retrieve | List => false,
        }
    }
}

/// A payment, as its requests show it.
#[derive(Debug, Default)]
pub(super) struct Payment<'a> {
    /// Its requests, in order of arrival.
    requests: Vec<Sent<'a>>,
    /// Those that changed it.
    pub(super) changes: Vec<Sent<'a>>,
}

impl<'a> Payment<'a> {
    fn add(&mut self, sent: Sent<'a>) {
        self.requests.push(sent);
        if sent.made_its_change() {
            self.changes.push(sent);
        }
    }

    /// The create that made it.
    pub(super) fn created(&self) -> Option<Sent<'a>> {
        self.changes.iter().copied().find(|change| change.operation() == Create)
    }

    /// The first request that shows that it has the change that an operation asks for.
    pub(super) fn shows_change_of(&self, operation: Operation) -> Option<Sent<'a>> {
        let shows = self.requests.iter().copied().filter(|sent| sent.shows_change_of(operation));
        shows.min_by_key(|sent| sent.carried_out())
    }
}

/// An outcome that was unknown to the client.
#[derive(Debug, Clone, Copy)]
pub(super) struct Unknown<'a> {
    pub(super) of: Sent<'a>,
    /// When the client learned it, if it has.
    pub(super) until: Option<Duration>,
}

/// All requests of the journal.
#[derive(Debug)]
pub(super) struct History<'a> {
    /// In order of arrival.
    pub(super) requests: Vec<Sent<'a>>,
    payments: HashMap<&'a PaymentKey, Payment<'a>>,
    /// The requests of each order, in order of arrival.
    orders: HashMap<&'a OrderId, Vec<Sent<'a>>>,
    /// The outcomes of creates, confirms and cancels that were unknown, if only for a while.
    pub(super) unknown: Vec<Unknown<'a>>,
}

impl<'a> History<'a> {
    pub(super) fn of(entries: &'a [Entry]) -> Self {
        let requests = entries.iter().enumerate().map(|(number, entry)| Sent { number, entry }).collect();
        let (payments, orders, unknown) = Default::default();
        let mut history = Self { requests, payments, orders, unknown };
        for &sent in &history.requests {
            if let Some(key) = sent.payment_key() {
                history.payments.entry(key).or_default().add(sent);
            }
            if let Some(order) = sent.order_id() {
                history.orders.entry(order).or_default().push(sent);
            }
        }
        let unknown = |sent: &&Sent<'_>| !sent.operation().is_read() && sent.got() == Got::Unknown;
        history.unknown =
            history.requests.iter().filter(unknown).map(|&of| Unknown { of, until: history.learned(of) }).collect();
        history
    }

    pub(super) fn payment(&self, sent: Sent<'a>) -> Option<&Payment<'a>> {
        self.payments.get(sent.payment_key()?)
    }

    /// The requests of an order.
    pub(super) fn order(&self, sent: Sent<'a>) -> &[Sent<'a>] {
        sent.order_id().and_then(|order| self.orders.get(order)).map_or(&[], Vec::as_slice)
    }

    /// The requests of each order, in the order in which the orders appeared.
    pub(super) fn orders(&self) -> impl Iterator<Item = &[Sent<'a>]> {
        let is_first = |sent: &Sent<'a>| self.order(*sent).first().is_some_and(|first| first.number == sent.number);
        self.requests.iter().copied().filter(is_first).map(|sent| self.order(sent))
    }

    /// Requests that may be the same: those of the same payment, or all if the request names none.
    fn candidates(&self, sent: Sent<'a>) -> &[Sent<'a>] {
        self.payment(sent).map_or(&self.requests, |payment| &payment.requests)
    }

    /// Those of them that arrived later.
    pub(super) fn later(&self, sent: Sent<'a>) -> impl Iterator<Item = Sent<'a>> {
        let candidates = self.candidates(sent);
        let place = candidates.partition_point(|other| other.number <= sent.number);
        candidates.iter().copied().skip(place)
    }

    /// When the client learned an outcome: from an answer to the same request, or from a read that shows the payment.
    fn learned(&self, unknown: Sent<'a>) -> Option<Duration> {
        let settles = |sent: &&Sent<'a>| self.settles(**sent, unknown);
        let lists = || self.order(unknown).iter().filter(|sent| sent.operation() == List);
        let answer = self.candidates(unknown).iter().find(settles).or_else(|| lists().find(settles))?;
        // The client has the answer a little later. A fault that replaces an answer does so at once.
        Some(answer.carried_out().unwrap_or(answer.arrived()))
    }

    /// Whether the answer to one request settles the unknown outcome of another.
    fn settles(&self, sent: Sent<'a>, unknown: Sent<'a>) -> bool {
        let Got::Answer(status) = sent.got() else { return false };
        let is_later = sent.number > unknown.number;
        match sent.operation() {
            // The gateway answers 429 without passing the request on.
            Create | Confirm | Cancel => {
                let is_after = is_later || sent.ended() > unknown.ended();
                status != 429 && is_after && sent.is_same_as(unknown)
            }
            // Without a payment no money can move, although a create that is late may still make it.
            Retrieve if status == 404 => {
                is_later && unknown.operation() == Create && sent.payment_key() == unknown.payment_key()
            }
            // A payment that has the change keeps it. One that does not have it may still get it: a request can be late.
            Retrieve => {
                is_later && sent.shows_change_of(unknown.operation()) && sent.payment_key() == unknown.payment_key()
            }
            // A list shows each payment as it is, so it shows what an earlier request has shown.
            List => {
                let shown = || self.payment(unknown)?.shows_change_of(unknown.operation())?.carried_out();
                status == 200 && is_later && shown().is_some_and(|shown| shown <= sent.arrived())
            }
        }
    }
}
