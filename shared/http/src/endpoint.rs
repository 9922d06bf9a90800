//! What an endpoint is: a declaration. The pipeline does the rest.

use crate::body::{Field, Request};
use crate::error::Invalid;
use crate::route::Route;
use payments_domain::{Amount, Command, PaymentKey};
use serde::Serialize;

/// One operation of the service.
pub trait Endpoint: Send + Sync + 'static {
    /// Its name in logs.
    const NAME: &'static str;
    /// Where it is.
    const ROUTE: Route;
    /// Whether a caller needs a secret key.
    const NEEDS_KEY: bool;
    /// The fields of its body.
    const FIELDS: &'static [Field];
    /// What it asks of a payment.
    type Command: Command<Outcome: Send> + Send + Sync;
    /// The body of its 200.
    type Response: Serialize;

    /// Reads the command out of a request.
    ///
    /// # Errors
    /// The first rule that the request breaks.
    fn command(request: &Request<'_>) -> Result<Self::Command, Invalid>;

    /// The money that a first outcome has approved, for the metrics.
    fn approved(_command: &Self::Command) -> Option<Amount> {
        None
    }

    /// Tells the outcome.
    fn response(
        command: &Self::Command,
        outcome: <Self::Command as Command>::Outcome,
        receipts: &Receipts,
    ) -> Self::Response;
}

/// Where receipts are.
#[derive(Debug, Clone)]
pub struct Receipts(String);

impl Receipts {
    /// Receipts under `base`; a trailing slash makes no difference.
    pub fn under(base: &str) -> Self {
        Self(base.trim_end_matches('/').to_owned())
    }

    /// The address of a payment's receipt. A payment key needs no escaping in a URL.
    pub fn url(&self, key: &PaymentKey) -> String {
        format!("{}/{}", self.0, key.as_str())
    }
}
