//! What an endpoint is: a declaration, a parser and one short function. The pipeline does the rest.

use crate::answer::{ApiError, Page, Reply};
use crate::context::Context;
use crate::request::{Call, RequestError, Route};
use payments_language::Language;

/// Who calls an endpoint.
#[derive(Debug, Clone, Copy)]
pub enum Audience {
    /// Programs that have a secret key. They get JSON.
    Backends,
    /// People with a browser and without a key. They get pages; this function makes the page for an error. The endpoint decides what
    /// they may see.
    Customers(fn(&ApiError, Language) -> Page),
}

/// One operation of the service.
pub trait Endpoint: Send + Sync + 'static {
    /// The name of the operation, in logs and metrics: `create`.
    const NAME: &'static str;
    /// The method and the path.
    const ROUTE: Route;
    /// Who calls it.
    const AUDIENCE: Audience = Audience::Backends;
    /// The parsed request: a command for an endpoint that writes, what to read for another one.
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
