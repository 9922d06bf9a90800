//! The checks. Each returns the situations in which a client could have broken a rule, and did or did not.

use super::history::{Got, History, Sent, Unknown};
use crate::operation::Operation::{Cancel, Confirm, Create};
use std::collections::HashSet;
use std::time::Duration;

/// The shortest time between a 503 or a 429 and the same request. It is a second less the precision of a client's timer, which on some
/// systems is 16 milliseconds, and of our own measurement.
const SHORTEST_WAIT: Duration = Duration::from_millis(950);

/// The time in which the service answers.
const LONGEST_ANSWER: Duration = Duration::from_secs(5);

/// A situation in which a client could have broken a rule.
#[derive(Debug)]
pub(super) enum Situation<'a> {
    Kept,
    Broken {
        /// A request that names the payment and the order.
        of: Sent<'a>,
        requests: Vec<Sent<'a>>,
    },
}

impl<'a> Situation<'a> {
    /// The rule was kept, unless there is a request that broke it.
    fn broken_by(breaking: Option<Sent<'a>>, of: Sent<'a>) -> Self {
        breaking.map_or(Self::Kept, |breaking| Self::Broken { of, requests: vec![of, breaking] })
    }
}

pub(super) fn repeats_unknown_outcomes<'a>(history: &History<'a>) -> Vec<Situation<'a>> {
    let situation = |unknown: &Unknown<'a>| match unknown.until {
        Some(_) => Situation::Kept,
        None => Situation::Broken { of: unknown.of, requests: vec![unknown.of] },
    };
    history.unknown.iter().map(situation).collect()
}

pub(super) fn repeats_the_same_request<'a>(history: &History<'a>) -> Vec<Situation<'a>> {
    let situation = |Unknown { of, .. }: &Unknown<'a>| {
        // Without its key, the next request may be about another payment.
        of.payment_key()?;
        let next = history.later(*of).find(|sent| sent.operation() == of.operation())?;
        Some(Situation::broken_by(Some(next).filter(|next| !next.is_same_as(*of)), *of))
    };
    history.unknown.iter().filter_map(situation).collect()
}

pub(super) fn keeps_the_payment_key<'a>(history: &History<'a>) -> Vec<Situation<'a>> {
    // The creates that gave an order its payment keys.
    let mut known = HashSet::new();
    let brings_a_key = |sent: &&Sent<'a>| {
        sent.operation() == Create
            && sent.payment_key().is_some()
            && known.insert((sent.order_id(), sent.payment_key()))
    };
    let new_keys: HashSet<_> = history.requests.iter().filter(brings_a_key).map(|sent| sent.number).collect();
    let situation = |Unknown { of, until }: &Unknown<'a>| {
        of.payment_key().and(of.order_id())?;
        let gives_another = |sent: &&Sent<'a>| {
            sent.number > of.number
                && until.is_none_or(|until| sent.arrived() < until)
                && new_keys.contains(&sent.number)
                && sent.payment_key() != of.payment_key()
        };
        Some(Situation::broken_by(history.order(*of).iter().find(gives_another).copied(), *of))
    };
    history.unknown.iter().filter_map(situation).collect()
}

/// An order is a situation if it has several payment keys, or if the outcome of a create or a confirm was unknown: this is when a
/// client may pay it twice.
pub(super) fn approves_an_order_once<'a>(history: &History<'a>) -> Vec<Situation<'a>> {
    let orders = history.orders().filter_map(|order| {
        let payments: Vec<_> =
            order.iter().copied().filter(|sent| matches!(sent.operation(), Create | Confirm)).collect();
        let first = *payments.first()?;
        let was_unknown = payments.iter().any(|sent| sent.got() == Got::Unknown);
        let has_several_keys = payments.iter().any(|sent| sent.payment_key() != first.payment_key());
        (was_unknown || has_several_keys).then(|| approvals_of(history, order))
    });
    orders.collect()
}

fn approvals_of<'a>(history: &History<'a>, order: &[Sent<'a>]) -> Situation<'a> {
    // A cancel that was under way when the other payment was approved may have been carried out before.
    let was_still_approved = |canceled: Option<Sent<'a>>, other: Sent<'a>| {
        canceled.is_none_or(|cancel| Some(cancel.arrived()) > other.carried_out())
    };
    let mut earlier: Vec<(Sent<'a>, Option<Sent<'a>>)> = Vec::new();
    for approval in order.iter().copied().filter(|sent| sent.operation() == Confirm && sent.made_its_change()) {
        let canceled = history.payment(approval).and_then(|payment| payment.shows_change_of(Cancel));
        let both = earlier.iter().find(|(other, other_canceled)| {
            was_still_approved(canceled, *other) && was_still_approved(*other_canceled, approval)
        });
        if let Some((other, _)) = both {
            return Situation::broken_by(Some(*other), approval);
        }
        earlier.push((approval, canceled));
    }
    Situation::Kept
}

pub(super) fn uses_a_key_for_one_payment<'a>(history: &History<'a>) -> Vec<Situation<'a>> {
    let situation = |sent: &Sent<'a>| {
        let created = history.payment(*sent)?.created().filter(|created| created.number < sent.number)?;
        let names_all = sent.operation() == Create && sent.asked().order_id.is_some() && sent.asked().amount.is_some();
        names_all.then(|| Situation::broken_by(Some(*sent).filter(|sent| !sent.is_same_as(created)), created))
    };
    history.requests.iter().filter_map(situation).collect()
}

pub(super) fn does_not_repeat_refusals<'a>(history: &History<'a>) -> Vec<Situation<'a>> {
    let situation = |refused: &Sent<'a>| {
        let Got::Answer(status @ (400 | 404 | 409 | 415 | 422 | 500)) = refused.got() else { return None };
        // What was wrong with these two may be in a field that the journal does not keep.
        let is_unchanged = |sent: Sent<'a>| match status {
            400 | 415 => sent.asked().content == refused.asked().content && sent.operation() == refused.operation(),
            _ => sent.is_same_as(*refused),
        };
        let has_changed = |again: &Sent<'a>| {
            let between =
                |change: Sent<'a>| change.carried_out() > Some(refused.arrived()) && change.arrived() < again.arrived();
            history.payment(*refused).is_some_and(|payment| payment.changes.iter().copied().any(between))
        };
        let again = history.later(*refused).find(|sent| Some(sent.arrived()) >= refused.ended() && is_unchanged(*sent));
        Some(Situation::broken_by(again.filter(|again| !has_changed(again)), *refused))
    };
    history.requests.iter().filter_map(situation).collect()
}

pub(super) fn waits_before_repeating<'a>(history: &History<'a>) -> Vec<Situation<'a>> {
    let situation = |refused: &Sent<'a>| {
        let ended = refused.answered_with().filter(|status| matches!(status, 429 | 503)).and(refused.ended())?;
        let again = history.later(*refused).find(|sent| sent.arrived() >= ended && sent.is_same_as(*refused))?;
        Some(Situation::broken_by(Some(again).filter(|again| again.arrived() < ended + SHORTEST_WAIT), *refused))
    };
    history.requests.iter().filter_map(situation).collect()
}

/// A request is a situation if its client had to wait that long, or did not.
pub(super) fn waits_for_the_answer<'a>(history: &History<'a>) -> Vec<Situation<'a>> {
    let situation = |sent: &Sent<'a>| match (sent.left_after(), sent.answered_after()) {
        (Some(left), _) if left < LONGEST_ANSWER => Some(Situation::Broken { of: *sent, requests: vec![*sent] }),
        (Some(waited), _) | (_, Some(waited)) if waited >= LONGEST_ANSWER => Some(Situation::Kept),
        _ => None,
    };
    history.requests.iter().filter_map(situation).collect()
}
