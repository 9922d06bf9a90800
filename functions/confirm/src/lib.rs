//! `POST /v1/payments/confirm`: approves a payment.

use payments_domain as domain;
use payments_domain::{OrderId, PaymentKey, Status, Terms};
use payments_http::{Access, ApiError, Call, Context, Endpoint, Field, Reply, Route};
use serde::Serialize;

/// The endpoint.
#[derive(Debug)]
pub struct Confirm;

/// The body of a 200.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Response<'a> {
    payment_key: &'a str,
    order_id: &'a str,
    method: &'static str,
    approved_at: &'a str,
    total_amount: u64,
    status: &'static str,
    receipt: Receipt,
}

/// The address of the buyer's receipt.
#[derive(Debug, Serialize)]
struct Receipt {
    url: String,
}

impl Endpoint for Confirm {
    const NAME: &'static str = "confirm";
    const ROUTE: Route = Route::post("/v1/payments/confirm");
    const ACCESS: Access = Access::SecretKey;
    type Input = domain::Confirm;

    fn parse(call: &Call<'_>) -> Result<domain::Confirm, ApiError> {
        let body = call.json()?;
        let key = body.text(Field::PaymentKey, PaymentKey::parse)?;
        let order_id = body.text(Field::OrderId, OrderId::parse)?;
        let amount = body.amount(Field::Amount)?;
        Ok(domain::Confirm { key, terms: Terms { order_id, amount } })
    }

    async fn serve(context: &mut Context<'_>, confirm: domain::Confirm) -> Result<Reply, ApiError> {
        let written = context.write(&confirm).await?;
        let domain::Confirm { key, terms } = &confirm;
        if !written.replayed {
            context.count_approved(terms.amount);
        }
        let receipt = Receipt { url: context.receipts().url(key) };
        let approval = &written.outcome.approval;
        written.json(&Response {
            payment_key: key.as_str(),
            order_id: terms.order_id.as_str(),
            method: approval.method.as_str(),
            approved_at: approval.stamp.at(),
            total_amount: terms.amount.krw(),
            status: Status::Approved.as_str(),
            receipt,
        })
    }
}
