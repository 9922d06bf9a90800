//! `POST /v1/payments`: creates a payment, or returns the one that has its key.

use payments_domain as domain;
use payments_domain::{OrderId, PaymentKey, Terms};
use payments_http::{Access, ApiError, Call, Context, Endpoint, Field, Reply, Route};
use serde::Serialize;

/// The endpoint.
#[derive(Debug)]
pub struct Create;

/// The body of a 200.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Response<'a> {
    payment_key: &'a str,
    order_id: &'a str,
    status: &'static str,
}

impl Endpoint for Create {
    const NAME: &'static str = "create";
    const ROUTE: Route = Route::post("/v1/payments");
    const ACCESS: Access = Access::SecretKey;
    type Input = domain::Create;

    fn parse(call: &Call<'_>) -> Result<domain::Create, ApiError> {
        let body = call.json()?;
        let key = body.text(Field::PaymentKey, PaymentKey::parse)?;
        let order_id = body.text(Field::OrderId, OrderId::parse)?;
        let amount = body.amount(Field::Amount)?;
        Ok(domain::Create { key, terms: Terms { order_id, amount } })
    }

    async fn serve(context: &mut Context<'_>, create: domain::Create) -> Result<Reply, ApiError> {
        let written = context.write(&create).await?;
        let created = &written.outcome;
        written.json(&Response {
            payment_key: create.key.as_str(),
            order_id: &created.order_id,
            status: created.status.as_str(),
        })
    }
}
