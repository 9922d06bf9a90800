//! `POST /v1/payments`: creates a payment, or returns the one that has its key.

use payments_domain::{Create, OrderId, PaymentKey, Terms};
use payments_http::{ApiError, Call, Context, Endpoint, Field, Reply, RequestError, Route};
use serde::Serialize;

/// The endpoint.
#[derive(Debug)]
pub struct CreateEndpoint;

/// The body of a 200.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Response<'a> {
    payment_key: &'a str,
    order_id: &'a str,
    status: &'static str,
}

impl Endpoint for CreateEndpoint {
    const NAME: &'static str = "create";
    const ROUTE: Route = Route::post("/v1/payments");
    type Input = Create;

    fn parse(call: &Call<'_>) -> Result<Create, RequestError> {
        let body = call.json()?;
        let key = body.text(Field::PaymentKey, PaymentKey::parse)?;
        let order_id = body.text(Field::OrderId, OrderId::parse)?;
        let amount = body.amount(Field::Amount)?;
        Ok(Create { key, terms: Terms { order_id, amount } })
    }

    async fn serve(context: &mut Context<'_>, create: Create) -> Result<Reply, ApiError> {
        let (created, outcome) = context.write(&create).await?;
        let response =
            Response { payment_key: create.key.as_str(), order_id: &created.order_id, status: created.status.as_str() };
        Reply::json(outcome, &response)
    }
}
