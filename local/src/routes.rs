//! Which handler a request is for, as a gateway would find it.

use payments_http::{RequestError, Route};

/// The route of a request.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Routed<'a, T> {
    /// The route.
    pub(crate) route: &'a Route,
    /// What serves it.
    pub(crate) target: &'a T,
    /// The path's parameters, by name.
    pub(crate) parameters: Vec<(&'static str, String)>,
}

/// Finds the route of a request, and what serves it. `segments` are those of the request's path, split at `/` and decoded.
///
/// # Errors
/// [`RequestError::NoRoute`], or [`RequestError::MethodNotAllowed`] with all methods of the path if none of them is the request's.
pub(crate) fn find<'a, T>(
    routes: &'a [(Route, T)],
    method: &str,
    segments: &[String],
) -> Result<Routed<'a, T>, RequestError> {
    let mut allow = Vec::new();
    for (route, target) in routes {
        let Some(parameters) = route.parameters(segments) else { continue };
        if route.method == method {
            return Ok(Routed { route, target, parameters });
        }
        allow.push(route.method);
    }
    Err(if allow.is_empty() {
        RequestError::NoRoute
    } else {
        RequestError::MethodNotAllowed { allow: allow.join(", ") }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROUTES: [(Route, &str); 4] = [
        (Route::post("/v1/payments"), "create"),
        (Route::post("/v1/payments/confirm"), "confirm"),
        (Route::post("/v1/payments/{paymentKey}/cancel"), "cancel"),
        (Route::get("/v1/payments/{paymentKey}"), "retrieve"),
    ];

    fn target(method: &str, path: &str) -> Result<&'static str, RequestError> {
        let segments: Vec<_> = path.split('/').map(str::to_owned).collect();
        find(&ROUTES, method, &segments).map(|routed| *routed.target)
    }

    #[test]
    fn a_request_is_routed_by_its_path_and_its_method() {
        assert_eq!(target("POST", "/v1/payments"), Ok("create"));
        assert_eq!(target("GET", "/v1/payments/pay_1"), Ok("retrieve"));
        assert_eq!(target("POST", "/v1/payments/confirm"), Ok("confirm"));
        assert_eq!(target("GET", "/v1/payments/confirm"), Ok("retrieve"), "the key of a payment may be confirm");
        assert_eq!(target("POST", "/v1/payments/pay_1/cancel"), Ok("cancel"));
        assert_eq!(target("POST", "/v1"), Err(RequestError::NoRoute));
    }

    #[test]
    fn another_method_gets_405_with_the_allowed_methods() {
        let allow = |allow: &str| Err(RequestError::MethodNotAllowed { allow: allow.to_owned() });
        for method in ["GET", "HEAD", "OPTIONS", "post", "PUT"] {
            assert_eq!(target(method, "/v1/payments/pay_1/cancel"), allow("POST"), "{method}");
        }
        assert_eq!(target("DELETE", "/v1/payments/confirm"), allow("POST, GET"), "those of all routes that match");
    }
}
