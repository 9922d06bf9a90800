//! `POST /v1/payments`: creates a payment, or returns the one that has its key.

use payments_domain as domain;
use payments_domain::{OrderId, PaymentKey, Terms};
use payments_http::{Endpoint, Field, Invalid, Receipts, Request, Route};
use serde::Serialize;

/// The endpoint.
#[derive(Debug)]
pub struct Create;

/// The body of a 200.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Response {
    payment_key: String,
    order_id: String,
    status: &'static str,
}

impl Endpoint for Create {
    const NAME: &'static str = "create";
    const ROUTE: Route = Route::post("/v1/payments");
    const NEEDS_KEY: bool = true;
    const FIELDS: &'static [Field] = &[Field::PaymentKey, Field::OrderId, Field::Amount];
    type Command = domain::Create;
    type Response = Response;

    fn command(request: &Request<'_>) -> Result<domain::Create, Invalid> {
        let key = request.text(Field::PaymentKey, PaymentKey::parse)?;
        let order_id = request.text(Field::OrderId, OrderId::parse)?;
        let amount = request.amount(Field::Amount)?;
        Ok(domain::Create { key, terms: Terms { order_id, amount } })
    }

    fn response(create: &domain::Create, created: domain::Created, _receipts: &Receipts) -> Response {
        Response {
            payment_key: create.key.as_str().to_owned(),
            order_id: created.order_id,
            status: created.status.as_str(),
        }
    }
}
