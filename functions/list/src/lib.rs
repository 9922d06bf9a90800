//! `GET /v1/payments/orders/{orderId}`: returns the payments of an order, the newest first.

use payments_domain::OrderId;
use payments_http::{ApiError, Call, Context, Endpoint, Field, Outcome, PaymentBody, Reply, RequestError, Route};
use serde::Serialize;

/// The endpoint.
#[derive(Debug)]
pub struct ListEndpoint;

/// The body of a 200.
#[derive(Debug, Serialize)]
struct Response<'a> {
    payments: Vec<PaymentBody<'a>>,
}

impl Endpoint for ListEndpoint {
    const NAME: &'static str = "list";
    const ROUTE: Route = Route::get("/v1/payments/orders/{orderId}");
    type Input = OrderId;

    fn parse(call: &Call<'_>) -> Result<OrderId, RequestError> {
        call.path(Field::OrderId, OrderId::parse)
    }

    async fn serve(context: &mut Context<'_>, order: OrderId) -> Result<Reply, ApiError> {
        let listed = context.list(&order).await?;
        let receipts = context.receipts();
        let payments = listed.iter().map(|(key, payment)| PaymentBody::new(key, payment, receipts)).collect();
        Reply::json(Outcome::Read, &Response { payments })
    }
}
