//! `POST /v1/payments/confirm`: approves a payment.

use payments_domain as domain;
use payments_domain::{Amount, OrderId, PaymentKey, Status, Terms};
use payments_http::{Endpoint, Field, Invalid, Receipts, Request, Route};
use serde::Serialize;

/// The endpoint.
#[derive(Debug)]
pub struct Confirm;

/// The body of a 200.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Response {
    payment_key: String,
    order_id: String,
    method: &'static str,
    approved_at: String,
    total_amount: u64,
    status: &'static str,
    receipt: Receipt,
}

/// Where the buyer finds the receipt.
#[derive(Debug, Serialize)]
pub struct Receipt {
    url: String,
}

impl Endpoint for Confirm {
    const NAME: &'static str = "confirm";
    const ROUTE: Route = Route::post("/v1/payments/confirm");
    const NEEDS_KEY: bool = true;
    const FIELDS: &'static [Field] = &[Field::PaymentKey, Field::OrderId, Field::Amount];
    type Command = domain::Confirm;
    type Response = Response;

    fn command(request: &Request<'_>) -> Result<domain::Confirm, Invalid> {
        let key = request.text(Field::PaymentKey, PaymentKey::parse)?;
        let order_id = request.text(Field::OrderId, OrderId::parse)?;
        let amount = request.amount(Field::Amount)?;
        Ok(domain::Confirm { key, terms: Terms { order_id, amount } })
    }

    fn approved(confirm: &domain::Confirm) -> Option<Amount> {
        Some(confirm.terms.amount)
    }

    fn response(confirm: &domain::Confirm, approved: domain::Approved, receipts: &Receipts) -> Response {
        Response {
            receipt: Receipt { url: receipts.url(&confirm.key) },
            payment_key: confirm.key.as_str().to_owned(),
            order_id: confirm.terms.order_id.as_str().to_owned(),
            method: approved.approval.method.as_str(),
            approved_at: approved.approval.stamp.at().to_owned(),
            total_amount: confirm.terms.amount.krw(),
            status: Status::Approved.as_str(),
        }
    }
}
