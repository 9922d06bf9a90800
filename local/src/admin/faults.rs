//! Faults in JSON.

use super::input::{Expected, Fields, InputError};
use crate::exchange::millis;
use crate::faults::{Armed, Effect, Failure, Fault, GatewayFailure, Substitute};
use crate::operation::Filter;
use payments_domain::{OrderId, PaymentKey};
use serde_json::{Value, json};
use std::time::Duration;

const FAULTS: [&str; 7] =
    ["lose-request", "lose-answer", "cut-answer", "delay", "delay-answer", "answer", "answer-after"];

/// The longest delay, in milliseconds.
const LONGEST_DELAY: u32 = 120_000;

/// The most requests that a fault can meet, or let pass first.
const MOST_TIMES: u32 = 1_000_000;

/// The service's own failures, by code.
const CODES: [(&str, Failure); 2] =
    [("SERVICE_UNAVAILABLE", Failure::Unavailable), ("INTERNAL_ERROR", Failure::Internal)];

/// The gateway's failures, by status.
const STATUSES: [(u16, Failure); 4] = [
    (500, Failure::Gateway(GatewayFailure::InternalServerError)),
    (502, Failure::Gateway(GatewayFailure::BadGateway)),
    (503, Failure::Gateway(GatewayFailure::ServiceUnavailable)),
    (504, Failure::Gateway(GatewayFailure::GatewayTimeout)),
];

/// The gateway's answer to a request that it does not pass on.
const THROTTLED: (u16, Substitute) = (429, Substitute::TooManyRequests);

/// Reads a fault.
pub(super) fn read(body: &[u8]) -> Result<Fault, InputError> {
    let mut fields = Fields::of_a_body(body)?;
    let effect = effect(&mut fields)?;
    let fault = Fault {
        effect,
        filter: fields.filter()?,
        skip: fields.integer("skip", 0..=MOST_TIMES)?.unwrap_or(0),
        times: fields.integer("times", 1..=MOST_TIMES)?.unwrap_or(1),
    };
    fields.end()?;
    Ok(fault)
}

fn effect(fields: &mut Fields) -> Result<Effect, InputError> {
    let known = |name: &str| FAULTS.into_iter().find(|fault| *fault == name);
    let fault = fields.name("fault", &FAULTS, known)?.ok_or(InputError::Missing("fault"))?;
    Ok(match fault {
        "lose-request" => Effect::LoseRequest,
        "lose-answer" => Effect::LoseAnswer,
        "cut-answer" => Effect::CutAnswer,
        "delay" => Effect::Delay(delay(fields)?),
        "delay-answer" => Effect::DelayAnswer(delay(fields)?),
        "answer" => {
            let codes = CODES.map(|(code, failure)| (code, Substitute::Failure(failure)));
            let statuses = STATUSES.map(|(status, failure)| (status, Substitute::Failure(failure)));
            Effect::Answer(answer(fields, &codes, &[&[THROTTLED], &statuses[..]].concat())?)
        }
        _ => Effect::AnswerAfter(answer(fields, &CODES, &STATUSES)?),
    })
}

fn delay(fields: &mut Fields) -> Result<Duration, InputError> {
    let milliseconds = fields.integer("delayMs", 1..=LONGEST_DELAY)?.ok_or(InputError::Missing("delayMs"))?;
    Ok(Duration::from_millis(milliseconds.into()))
}

/// The answer that `code` or `status` names.
fn answer<T: Copy>(fields: &mut Fields, codes: &[(&str, T)], statuses: &[(u16, T)]) -> Result<T, InputError> {
    let names: Vec<_> = codes.iter().map(|(code, _)| *code).collect();
    let code =
        fields.name("code", &names, |name| codes.iter().find(|(code, _)| *code == name).map(|(_, answer)| *answer))?;
    let expected = || Expected::OneOf(statuses.iter().map(|(status, _)| status.to_string()).collect());
    let status = fields.optional("status", expected, |value| {
        let named = value.as_u64()?;
        statuses.iter().find(|(status, _)| u64::from(*status) == named).map(|(_, answer)| *answer)
    })?;
    match (code, status) {
        (Some(one), None) | (None, Some(one)) => Ok(one),
        (None, None) | (Some(_), Some(_)) => Err(InputError::NotOneOf("code", "status")),
    }
}

/// A fault, as `GET /__local/faults` has it.
pub(super) fn json_of(armed: &Armed) -> Value {
    let fault = &armed.fault;
    let Filter { operation, payment_key, order_id } = &fault.filter;
    let mut json = json!({
        "id": armed.id.to_string(),
        "fault": fault.effect.name(),
        "operation": operation,
        "paymentKey": payment_key.as_ref().map(PaymentKey::as_str),
        "orderId": order_id.as_ref().map(OrderId::as_str),
        "skip": fault.skip,
        "times": fault.times,
        "fired": armed.fired,
        "left": armed.left,
    });
    let own = match fault.effect {
        Effect::LoseRequest | Effect::LoseAnswer | Effect::CutAnswer => None,
        Effect::Delay(delay) | Effect::DelayAnswer(delay) => Some(("delayMs", json!(millis(delay)))),
        Effect::Answer(Substitute::TooManyRequests) => Some(("status", json!(THROTTLED.0))),
        Effect::Answer(Substitute::Failure(failure)) | Effect::AnswerAfter(failure) => Some(named(failure)),
    };
    if let (Some((name, value)), Value::Object(json)) = (own, &mut json) {
        json.insert(name.to_owned(), value);
    }
    json
}

/// The field that names an answer, and its value.
fn named(failure: Failure) -> (&'static str, Value) {
    let code = CODES.into_iter().find(|(_, other)| *other == failure).map(|(code, _)| ("code", json!(code)));
    let status = STATUSES.into_iter().find(|(_, other)| *other == failure).map(|(status, _)| json!(status));
    code.unwrap_or(("status", status.unwrap_or_default()))
}
