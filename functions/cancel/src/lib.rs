//! `POST /v1/payments/{paymentKey}/cancel`: cancels an approved payment in full.

use payments_domain::{Cancel, CancelReason, PaymentKey, Status};
use payments_http::{ApiError, Call, Context, Endpoint, Field, Reply, RequestError, Route};
use serde::Serialize;

/// The endpoint.
#[derive(Debug)]
pub struct CancelEndpoint;

/// The body of a 200.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Response<'a> {
    status: &'static str,
    canceled_at: &'a str,
}

impl Endpoint for CancelEndpoint {
    const NAME: &'static str = "cancel";
    const ROUTE: Route = Route::post("/v1/payments/{paymentKey}/cancel");
    type Input = Cancel;

    fn parse(call: &Call<'_>) -> Result<Cancel, RequestError> {
        let body = call.json()?;
        let key = call.path(Field::PaymentKey, PaymentKey::parse)?;
        let reason = body.text(Field::CancelReason, CancelReason::parse)?;
        let amount = body.amount(Field::CancelAmount)?;
        Ok(Cancel { key, reason, amount })
    }

    async fn serve(context: &mut Context<'_>, cancel: Cancel) -> Result<Reply, ApiError> {
        let (canceled, outcome) = context.write(&cancel).await?;
        let response = Response { status: Status::Canceled.as_str(), canceled_at: canceled.stamp.at() };
        Reply::json(outcome, &response)
    }
}
