//! Which endpoint a request is for.

use crate::error::ApiError;

/// A method and a path, whose segments in braces are parameters: `/v1/payments/{paymentKey}/cancel`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Route {
    /// The method, in upper case.
    pub method: &'static str,
    /// The path.
    pub path: &'static str,
}

/// The route that a front end has found for a request.
#[derive(Debug, PartialEq, Eq)]
pub struct Routed<'a, T> {
    /// The route.
    pub route: &'a Route,
    /// What serves it.
    pub target: &'a T,
    /// The path's parameters, by name.
    pub parameters: Vec<(&'static str, String)>,
}

impl Route {
    /// A route with the method POST.
    pub const fn post(path: &'static str) -> Self {
        Self { method: "POST", path }
    }

    /// What an API Gateway HTTP API calls the route: `POST /v1/payments`.
    pub fn gateway_key(&self) -> String {
        format!("{} {}", self.method, self.path)
    }

    /// Finds the route of a request, and what serves it. `segments` are those of the request's path, split at `/` and
    /// decoded.
    ///
    /// # Errors
    /// [`ApiError::NoRoute`], or [`ApiError::MethodNotAllowed`] with all methods of the path if none of them is the
    /// request's.
    pub fn find<'a, T>(routes: &'a [(Self, T)], method: &str, segments: &[String]) -> Result<Routed<'a, T>, ApiError> {
        let mut allow = Vec::new();
        for (route, target) in routes {
            let Some(parameters) = route.parameters(segments) else { continue };
            if route.method == method {
                return Ok(Routed { route, target, parameters });
            }
            allow.push(route.method);
        }
        Err(if allow.is_empty() { ApiError::NoRoute } else { ApiError::MethodNotAllowed { allow: allow.join(", ") } })
    }

    /// Checks that an event is for this route. A gateway that routes names the route. One that does not (its route key is then
    /// `$default`, as in `cargo lambda watch`) leaves it to the path.
    pub(crate) fn check(&self, route_key: Option<&str>, method: &str, path: &str) -> Result<(), ApiError> {
        let here = match route_key.and_then(|key| key.split_once(' ')) {
            Some((_, routed)) => routed == self.path,
            None => self.parameters(&path.split('/').map(str::to_owned).collect::<Vec<_>>()).is_some(),
        };
        match (here, method == self.method) {
            (false, _) => Err(ApiError::NoRoute),
            (true, false) => Err(ApiError::MethodNotAllowed { allow: self.method.to_owned() }),
            (true, true) => Ok(()),
        }
    }

    fn parameters(&self, segments: &[String]) -> Option<Vec<(&'static str, String)>> {
        let pattern: Vec<&'static str> = self.path.split('/').collect();
        if pattern.len() != segments.len() {
            return None;
        }
        let mut parameters = Vec::new();
        for (expected, segment) in pattern.into_iter().zip(segments) {
            match expected.strip_prefix('{').and_then(|name| name.strip_suffix('}')) {
                Some(_) if segment.is_empty() => return None,
                Some(name) => parameters.push((name, segment.clone())),
                None if expected == segment => {}
                None => return None,
            }
        }
        Some(parameters)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROUTES: [(Route, &str); 3] = [
        (Route::post("/v1/payments"), "create"),
        (Route::post("/v1/payments/{paymentKey}/cancel"), "cancel"),
        (Route { method: "GET", path: "/v1/payments" }, "list"),
    ];

    fn find(method: &str, path: &str) -> Result<Routed<'static, &'static str>, ApiError> {
        Route::find(&ROUTES, method, &path.split('/').map(str::to_owned).collect::<Vec<_>>())
    }

    fn allowed<T: std::fmt::Debug>(result: Result<T, ApiError>) -> String {
        match result {
            Err(ApiError::MethodNotAllowed { allow }) => allow,
            other => panic!("the method is not allowed: {other:?}"),
        }
    }

    #[test]
    fn a_route_matches_only_its_exact_path() {
        assert_eq!(find("POST", "/v1/payments").unwrap().target, &"create");
        let routed = find("POST", "/v1/payments/pay_1/cancel").unwrap();
        assert_eq!((*routed.target, routed.parameters), ("cancel", vec![("paymentKey", "pay_1".to_owned())]));
        for path in ["/", "", "/v1/payments/", "/V1/payments", "//v1/payments", "/v1/payments//cancel", "v1/payments"] {
            assert!(matches!(find("POST", path), Err(ApiError::NoRoute)), "{path}");
        }
    }

    #[test]
    fn another_method_gets_405_with_the_allowed_methods() {
        for method in ["GET", "HEAD", "OPTIONS", "post", "PUT"] {
            assert_eq!(allowed(find(method, "/v1/payments/pay_1/cancel")), "POST", "{method}");
        }
        assert_eq!(allowed(find("DELETE", "/v1/payments")), "POST, GET", "every method of the path is listed");
    }

    #[test]
    fn the_route_key_of_a_gateway_has_priority_over_the_path() {
        let (cancel, _) = ROUTES[1];
        assert!(cancel.check(Some("POST /v1/payments/{paymentKey}/cancel"), "POST", "/stage/v1/x").is_ok());
        assert!(matches!(
            cancel.check(Some("POST /v1/payments"), "POST", "/v1/payments/a/cancel"),
            Err(ApiError::NoRoute)
        ));
        assert!(cancel.check(Some("$default"), "POST", "/v1/payments/a/cancel").is_ok());
        assert!(matches!(cancel.check(None, "POST", "/v1/payments/a/b/cancel"), Err(ApiError::NoRoute)));
        let any_method = cancel.check(Some("ANY /v1/payments/{paymentKey}/cancel"), "GET", "");
        assert_eq!(allowed(any_method), "POST");
    }
}
