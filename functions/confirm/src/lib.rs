//! `POST /v1/payments/confirm`: approves a payment.

use payments_domain::{Confirm, OrderId, PaymentKey, Status, Terms};
use payments_http::{ApiError, Call, Context, Endpoint, Field, Outcome, Receipt, Reply, RequestError, Route};
use serde::Serialize;

/// The endpoint.
#[derive(Debug)]
pub struct ConfirmEndpoint;

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

impl Endpoint for ConfirmEndpoint {
    const NAME: &'static str = "confirm";
    const ROUTE: Route = Route::post("/v1/payments/confirm");
    type Input = Confirm;

    fn parse(call: &Call<'_>) -> Result<Confirm, RequestError> {
        let body = call.json()?;
        let key = body.text(Field::PaymentKey, PaymentKey::parse)?;
        let order_id = body.text(Field::OrderId, OrderId::parse)?;
        let amount = body.amount(Field::Amount)?;
        Ok(Confirm { key, terms: Terms { order_id, amount } })
    }

    async fn serve(context: &mut Context<'_>, confirm: Confirm) -> Result<Reply, ApiError> {
        let (approved, outcome) = context.write(&confirm).await?;
        let Confirm { key, terms } = &confirm;
        if outcome == Outcome::Made {
            context.count_approved(terms.amount);
        }
        let approval = &approved.approval;
        let response = Response {
            payment_key: key.as_str(),
            order_id: terms.order_id.as_str(),
            method: approval.method.as_str(),
            approved_at: approval.stamp.at(),
            total_amount: terms.amount.krw(),
            status: Status::Approved.as_str(),
            receipt: context.receipts().of(key, approval),
        };
        Reply::json(outcome, &response)
    }
}
