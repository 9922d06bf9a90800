//! The HTTP side: from a Lambda event to an answer, through one pipeline that every endpoint shares.
//!
//! An endpoint is a declaration and one short function ([`Endpoint`]); everything else is done here, once. This crate must not
//! decide what happens to a payment, and must not put an internal cause into an answer or a secret into a log.
//!
//! `request` turns an event into values, or says what is wrong with it. `answer` renders what a client gets. On top of both,
//! `endpoint` is what an endpoint is, `context` what it can use, `pipeline` the order of the steps, `record` what is logged, and
//! `lambda` the start in Lambda. What is not about HTTP is in `payments_process`.

mod answer;
mod context;
mod endpoint;
mod lambda;
mod pipeline;
mod record;
mod request;

pub use answer::{
    ApiError, Outcome, Page, PaymentBody, RECEIPT_PAGES, Receipt, ReceiptPages, Receipts, Reply, Style, error_response,
};
pub use context::{Context, Dependencies};
pub use endpoint::{Audience, Endpoint};
pub use lambda::run;
pub use pipeline::Function;
pub use request::{
    BodyError, Call, Field, FieldError, Incoming, JsonObject, NotHttpEvent, PUBLISHED_KEY, ReceiptToken, RequestError,
    Route, SECRET_KEY, SECRET_KEY_SHA256, SecretKeys, default_language,
};
