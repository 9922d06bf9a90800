//! The report: whether the client follows the rules of the integration guide. It is a function of the journal alone.

mod checks;
mod history;
#[cfg(test)]
mod tests;

use crate::journal::Entry;
use checks::Situation;
use history::{History, Sent};
use payments_domain::{OrderId, PaymentKey};
use std::collections::HashMap;

/// A rule that a client is checked against.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Check {
    /// The client repeats a create, confirm or cancel with an unknown outcome until it has an answer.
    RepeatsUnknownOutcomes,
    /// It repeats it with the same values.
    RepeatsTheSameRequest,
    /// It gives an order no other payment key while an outcome is unknown.
    KeepsThePaymentKey,
    /// No two payments of an order are approved at the same time.
    ApprovesAnOrderOnce,
    /// A create names the order and the amount of the payment that has its key.
    UsesAKeyForOnePayment,
    /// A request that was refused is not sent again unchanged while its payment has not changed.
    DoesNotRepeatRefusals,
    /// The same request comes no sooner than a second after a 503 or a 429.
    WaitsBeforeRepeating,
    /// The client waits for the 5 seconds in which the service answers.
    WaitsForTheAnswer,
}

impl Check {
    pub(crate) const ALL: [Self; 8] = [
        Self::RepeatsUnknownOutcomes,
        Self::RepeatsTheSameRequest,
        Self::KeepsThePaymentKey,
        Self::ApprovesAnOrderOnce,
        Self::UsesAKeyForOnePayment,
        Self::DoesNotRepeatRefusals,
        Self::WaitsBeforeRepeating,
        Self::WaitsForTheAnswer,
    ];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::RepeatsUnknownOutcomes => "repeats-unknown-outcomes",
            Self::RepeatsTheSameRequest => "repeats-the-same-request",
            Self::KeepsThePaymentKey => "keeps-the-payment-key",
            Self::ApprovesAnOrderOnce => "approves-an-order-once",
            Self::UsesAKeyForOnePayment => "uses-a-key-for-one-payment",
            Self::DoesNotRepeatRefusals => "does-not-repeat-refusals",
            Self::WaitsBeforeRepeating => "waits-before-repeating",
            Self::WaitsForTheAnswer => "waits-for-the-answer",
        }
    }

    fn situations<'a>(self, history: &History<'a>) -> Vec<Situation<'a>> {
        match self {
            Self::RepeatsUnknownOutcomes => checks::repeats_unknown_outcomes(history),
            Self::RepeatsTheSameRequest => checks::repeats_the_same_request(history),
            Self::KeepsThePaymentKey => checks::keeps_the_payment_key(history),
            Self::ApprovesAnOrderOnce => checks::approves_an_order_once(history),
            Self::UsesAKeyForOnePayment => checks::uses_a_key_for_one_payment(history),
            Self::DoesNotRepeatRefusals => checks::does_not_repeat_refusals(history),
            Self::WaitsBeforeRepeating => checks::waits_before_repeating(history),
            Self::WaitsForTheAnswer => checks::waits_for_the_answer(history),
        }
    }
}

/// What a check found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Finding {
    pub(crate) check: Check,
    /// The number of situations in which the check could have failed.
    pub(crate) tried: usize,
    /// The requests that broke the rule, by payment.
    pub(crate) evidence: Vec<Evidence>,
}

/// The requests about a payment that broke a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Evidence {
    pub(crate) payment_key: Option<PaymentKey>,
    pub(crate) order_id: Option<OrderId>,
    /// Their ids, the oldest first.
    pub(crate) requests: Vec<String>,
}

/// Whether a client follows a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    Passed,
    Failed,
    NotTried,
}

impl Finding {
    pub(crate) const fn verdict(&self) -> Verdict {
        match self.tried {
            0 => Verdict::NotTried,
            _ if self.evidence.is_empty() => Verdict::Passed,
            _ => Verdict::Failed,
        }
    }
}

/// Checks the requests of a journal, the oldest first.
pub(crate) fn examine(entries: &[Entry]) -> [Finding; Check::ALL.len()] {
    let history = History::of(entries);
    Check::ALL.map(|check| {
        let situations = check.situations(&history);
        Finding { check, tried: situations.len(), evidence: by_payment(situations) }
    })
}

fn by_payment(situations: Vec<Situation<'_>>) -> Vec<Evidence> {
    let mut payments: HashMap<_, Vec<Sent<'_>>> = HashMap::new();
    for situation in situations {
        if let Situation::Broken { of, requests } = situation {
            payments.entry((of.payment_key(), of.order_id())).or_default().extend(requests);
        }
    }
    for requests in payments.values_mut() {
        requests.sort_by_key(|sent| sent.number);
        requests.dedup_by_key(|sent| sent.number);
    }
    let mut payments: Vec<_> = payments.into_iter().collect();
    payments.sort_by_key(|(_, requests)| requests.first().map(|sent| sent.number));
    let evidence =
        |((payment_key, order_id), requests): ((Option<&PaymentKey>, Option<&OrderId>), Vec<Sent<'_>>)| Evidence {
            payment_key: payment_key.cloned(),
            order_id: order_id.cloned(),
            requests: requests.into_iter().map(|sent| sent.id().to_owned()).collect(),
        };
    payments.into_iter().map(evidence).collect()
}
