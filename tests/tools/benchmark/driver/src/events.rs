//! The events: what API Gateway sends, from the samples of the repository, each for a payment of its own.

use crate::program::{AUTHORIZATION, Program};
use serde_json::{Value, json};
use std::cell::Cell;

/// Makes events.
#[derive(Debug)]
pub(crate) struct Events {
    create: Value,
    confirm: Value,
    cancel: Value,
    retrieve: Value,
    list: Value,
    receipt: Value,
    made: Cell<u64>,
}

/// The amount of every payment.
pub(crate) const AMOUNT: u64 = 10_000;

impl Events {
    /// Events from the samples.
    pub(crate) fn from_samples() -> Self {
        let read = |sample: &str| serde_json::from_str(sample).expect("a sample is JSON");
        Self {
            create: read(include_str!("../../../../../events/create.json")),
            confirm: read(include_str!("../../../../../events/confirm.json")),
            cancel: read(include_str!("../../../../../events/cancel.json")),
            retrieve: read(include_str!("../../../../../events/retrieve.json")),
            list: read(include_str!("../../../../../events/list.json")),
            receipt: read(include_str!("../../../../../events/receipt-wrong-token.json")),
            made: Cell::new(0),
        }
    }

    /// A new payment key.
    pub(crate) fn new_key(&self) -> String {
        self.made.set(self.made.get() + 1);
        // These are spread over the table, like random keys.
        format!("pay_{:016x}", spread(self.made.get()))
    }

    /// The event that a program answers for a payment. A receipt also needs its token: [`Self::receipt`].
    pub(crate) fn event(&self, program: Program, key: &str) -> String {
        let mut event = match program {
            Program::Confirm => self.confirm.clone(),
            Program::Cancel => self.cancel.clone(),
            Program::Retrieve => self.retrieve.clone(),
            Program::List => self.list.clone(),
            _ => self.create.clone(),
        };
        let path = match program {
            Program::Cancel => Some(("paymentKey", cancel_path(key))),
            Program::Retrieve => Some(("paymentKey", format!("/v1/payments/{key}"))),
            Program::List => Some(("orderId", format!("/v1/payments/orders/{key}"))),
            _ => None,
        };
        if let Some((parameter, path)) = path {
            event["rawPath"] = json!(path);
            event["requestContext"]["http"]["path"] = json!(path);
            event["pathParameters"][parameter] = json!(key);
        }
        match program {
            Program::Cancel => event["body"] = json!(cancel_body()),
            Program::Retrieve | Program::List => {}
            _ => event["body"] = json!(terms(key)),
        }
        event["headers"]["authorization"] = json!(AUTHORIZATION);
        event.to_string()
    }

    /// The event that opens the receipt of a payment.
    pub(crate) fn receipt(&self, key: &str, token: &str) -> String {
        let mut event = self.receipt.clone();
        let path = json!(format!("/receipts/{key}"));
        (event["rawPath"], event["requestContext"]["http"]["path"]) = (path.clone(), path);
        (event["rawQueryString"], event["queryStringParameters"]["t"]) = (json!(format!("t={token}")), json!(token));
        event["pathParameters"]["paymentKey"] = json!(key);
        event.to_string()
    }
}

/// The path that cancels a payment.
pub(crate) fn cancel_path(key: &str) -> String {
    format!("/v1/payments/{key}/cancel")
}

/// The body of a create and of a confirm. The payment is the only one of its order.
pub(crate) fn terms(key: &str) -> String {
    json!({ "paymentKey": key, "orderId": key, "amount": AMOUNT }).to_string()
}

/// The body of a cancel.
pub(crate) fn cancel_body() -> String {
    json!({ "cancelReason": "USER_REQUEST", "cancelAmount": AMOUNT }).to_string()
}

/// Another number for each number (SplitMix64), the same in every run.
pub(crate) const fn spread(number: u64) -> u64 {
    let mut z = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
