//! `POST /v1/payments/{paymentKey}/cancel`: cancels an approved payment in full.

use payments_domain as domain;
use payments_domain::{CancelReason, PaymentKey, Status};
use payments_http::{Endpoint, Field, Invalid, Receipts, Request, Route};
use serde::Serialize;

/// The endpoint.
#[derive(Debug)]
pub struct Cancel;

/// The body of a 200.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Response {
    status: &'static str,
    canceled_at: String,
}

impl Endpoint for Cancel {
    const NAME: &'static str = "cancel";
    const ROUTE: Route = Route::post("/v1/payments/{paymentKey}/cancel");
    const NEEDS_KEY: bool = true;
    const FIELDS: &'static [Field] = &[Field::CancelReason, Field::CancelAmount];
    type Command = domain::Cancel;
    type Response = Response;

    fn command(request: &Request<'_>) -> Result<domain::Cancel, Invalid> {
        let key = request.path(Field::PaymentKey, PaymentKey::parse)?;
        let reason = request.text(Field::CancelReason, CancelReason::parse)?;
        let amount = request.amount(Field::CancelAmount)?;
        Ok(domain::Cancel { key, reason, amount })
    }

    fn response(_cancel: &domain::Cancel, canceled: domain::Canceled, _receipts: &Receipts) -> Response {
        Response { status: Status::Canceled.as_str(), canceled_at: canceled.stamp.at().to_owned() }
    }
}
