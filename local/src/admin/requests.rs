//! The journal in JSON. It has no key, no header and no body of a request, because nobody needs a secret key to read it.

use super::input::{Fields, InputError};
use crate::exchange::millis;
use crate::faults::Effect;
use crate::journal::{Entry, Outcome};
use crate::operation::{Asked, Filter, Operation};
use chrono::SecondsFormat;
use payments_domain::{Amount, OrderId, PaymentKey};
use serde::Serialize;
use serde_json::{Value, json};

/// Reads which requests a query asks for.
pub(super) fn read(query: &str) -> Result<Filter, InputError> {
    let mut fields = Fields::of_a_query(query)?;
    let filter = fields.filter()?;
    fields.end()?;
    Ok(filter)
}

/// Requests of the journal, and how many older ones are not kept.
pub(super) fn json_of<'a>(entries: impl Iterator<Item = &'a Entry>, forgotten: u64) -> Value {
    json!({ "requests": entries.map(Request::of).collect::<Vec<_>>(), "forgotten": forgotten })
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Request<'a> {
    id: &'a str,
    at: String,
    operation: Operation,
    payment_key: Option<&'a str>,
    order_id: Option<&'a str>,
    amount: Option<u64>,
    status: Option<u16>,
    outcome: Option<&'a str>,
    fault: Option<&'static str>,
    answered: bool,
    duration_ms: Option<u64>,
}

impl<'a> Request<'a> {
    fn of(entry: &'a Entry) -> Self {
        let Asked { operation, payment_key, order_id, amount, content: _ } = &entry.asked;
        Self {
            id: &entry.id,
            at: entry.at.to_rfc3339_opts(SecondsFormat::Millis, true),
            operation: *operation,
            payment_key: payment_key.as_ref().map(PaymentKey::as_str),
            order_id: order_id.as_ref().map(OrderId::as_str),
            amount: amount.map(Amount::krw),
            status: entry.status,
            outcome: entry.outcome.as_ref().map(Outcome::name),
            fault: entry.fault.map(Effect::name),
            answered: entry.end.is_some_and(|end| end.answered),
            duration_ms: entry.end.map(|end| millis(end.after)),
        }
    }
}
