//! `GET /v1/payments/{paymentKey}`: returns a payment as it is now.

use payments_domain::PaymentKey;
use payments_http::{ApiError, Call, Context, Endpoint, Field, Outcome, PaymentBody, Reply, RequestError, Route};

/// The endpoint.
#[derive(Debug)]
pub struct RetrieveEndpoint;

impl Endpoint for RetrieveEndpoint {
    const NAME: &'static str = "retrieve";
    const ROUTE: Route = Route::get("/v1/payments/{paymentKey}");
    type Input = PaymentKey;

    fn parse(call: &Call<'_>) -> Result<PaymentKey, RequestError> {
        call.path(Field::PaymentKey, PaymentKey::parse)
    }

    async fn serve(context: &mut Context<'_>, key: PaymentKey) -> Result<Reply, ApiError> {
        let payment = context.read(&key).await?;
        Reply::json(Outcome::Read, &PaymentBody::new(&key, &payment, context.receipts()))
    }
}
