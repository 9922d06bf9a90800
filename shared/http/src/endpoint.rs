//! What an endpoint is: a declaration, a parser and one short function. The pipeline does the rest.

use crate::answer::{ApiError, Reply};
use crate::context::Context;
use crate::request::{Call, RequestError, Route};

/// One operation of the service. Its callers have a secret key.
pub trait Endpoint: Send + Sync + 'static {
    /// The name of the operation, in logs and metrics: `create`.
    const NAME: &'static str;
    /// The method and the path.
    const ROUTE: Route;
    /// The parsed request: a command for an endpoint that writes, a payment key for one that reads.
    type Input: Send;

    /// Parses a request. Everything in the result is valid.
    ///
    /// # Errors
    /// The errors of [`Call`].
    fn parse(call: &Call<'_>) -> Result<Self::Input, RequestError>;

    /// Carries out the request.
    ///
    /// # Errors
    /// The errors of [`Context`]: a refusal, or a failure of the store.
    fn serve(context: &mut Context<'_>, input: Self::Input) -> impl Future<Output = Result<Reply, ApiError>> + Send;
}
