//! `GET /receipts/{paymentKey}?t=…`: the receipt of an approved payment, as a page for the customer.
//!
//! The only endpoint that asks for no key: the token in the address shows that the customer got it from the shop. Without the right
//! token, the answer does not show whether there is a payment.

mod page;
mod words;

use payments_domain::{Payment, PaymentKey};
use payments_http::{ApiError, Audience, Call, Context, Endpoint, Field, ReceiptToken, Reply, RequestError, Route};

/// The endpoint.
#[derive(Debug)]
pub struct ReceiptEndpoint;

impl Endpoint for ReceiptEndpoint {
    const NAME: &'static str = "receipt";
    const ROUTE: Route = Route::get("/receipts/{paymentKey}");
    const AUDIENCE: Audience = Audience::Customers(page::of_an_error);
    type Input = (PaymentKey, Option<ReceiptToken>);

    fn parse(call: &Call<'_>) -> Result<Self::Input, RequestError> {
        // No payment has another key, so there is nothing at this path.
        let key = call.path(Field::PaymentKey, PaymentKey::parse).map_err(|_| RequestError::NoRoute)?;
        Ok((key, call.token()))
    }

    async fn serve(context: &mut Context<'_>, (key, token): Self::Input) -> Result<Reply, ApiError> {
        let no_receipt = ApiError::Request(RequestError::NoRoute);
        let Some(pages) = context.receipts().pages() else { return Err(no_receipt) };
        // Every request goes the same way, so that its time does not show whether there is a payment.
        let payment = context.find(&key).await?;
        let approval = payment.as_ref().and_then(Payment::approval);
        let is_open = ReceiptToken::opens(token, &key, approval);
        match payment.as_ref().zip(approval) {
            Some((payment, approval)) if is_open => {
                let language = context.language();
                Ok(Reply::page(page::of_a_payment(payment, approval, pages, language), language))
            }
            _ => Err(no_receipt),
        }
    }
}
