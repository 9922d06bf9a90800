//! What an endpoint is: a declaration, a parser and one short function. The pipeline does the rest.

use crate::call::Call;
use crate::context::Context;
use crate::error::ApiError;
use crate::reply::Reply;
use crate::route::Route;

/// Who may call an endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Anyone with a secret key.
    SecretKey,
    /// Anyone.
    Open,
}

/// One operation of the service.
pub trait Endpoint: Send + Sync + 'static {
    /// The name of the operation, in logs and metrics: `create`.
    const NAME: &'static str;
    /// The method and the path.
    const ROUTE: Route;
    /// Who may call it.
    const ACCESS: Access;
    /// The parsed request: a command for an endpoint that writes, a payment key for one that reads.
    type Input: Send;

    /// Parses a request. Everything in the result is valid.
    ///
    /// # Errors
    /// 415 and 400, from [`Call`].
    fn parse(call: &Call<'_>) -> Result<Self::Input, ApiError>;

    /// Carries out the request.
    ///
    /// # Errors
    /// The errors of [`Context`]: a refusal, or a failure of the store.
    fn serve(context: &mut Context<'_>, input: Self::Input) -> impl Future<Output = Result<Reply, ApiError>> + Send;
}
