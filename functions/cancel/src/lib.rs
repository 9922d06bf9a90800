//! `POST /v1/payments/{paymentKey}/cancel`: cancels an approved payment in full.

use payments_domain as domain;
use payments_domain::{CancelReason, PaymentKey, Status};
use payments_http::{Access, ApiError, Call, Context, Endpoint, Field, Reply, Route};
use serde::Serialize;

/// The endpoint.
#[derive(Debug)]
pub struct Cancel;

/// The body of a 200.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Response<'a> {
    status: &'static str,
    canceled_at: &'a str,
}

impl Endpoint for Cancel {
    const NAME: &'static str = "cancel";
    const ROUTE: Route = Route::post("/v1/payments/{paymentKey}/cancel");
    const ACCESS: Access = Access::SecretKey;
    type Input = domain::Cancel;

    fn parse(call: &Call<'_>) -> Result<domain::Cancel, ApiError> {
        let body = call.json()?;
        let key = call.path(Field::PaymentKey, PaymentKey::parse)?;
        let reason = body.text(Field::CancelReason, CancelReason::parse)?;
        let amount = body.amount(Field::CancelAmount)?;
        Ok(domain::Cancel { key, reason, amount })
    }

    async fn serve(context: &mut Context<'_>, cancel: domain::Cancel) -> Result<Reply, ApiError> {
        let written = context.write(&cancel).await?;
        let canceled_at = written.outcome.stamp.at();
        written.json(&Response { status: Status::Canceled.as_str(), canceled_at })
    }
}
