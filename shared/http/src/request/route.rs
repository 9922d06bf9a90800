//! Which endpoint a request is for.

use crate::request::error::RequestError;

/// A method and a path, whose segments in braces are parameters: `/v1/payments/{paymentKey}/cancel`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Route {
    /// The method, in upper case.
    pub method: &'static str,
    /// The path.
    pub path: &'static str,
}

impl Route {
    /// A route with the method POST.
    pub const fn post(path: &'static str) -> Self {
        Self { method: "POST", path }
    }

    /// A route with the method GET.
    pub const fn get(path: &'static str) -> Self {
        Self { method: "GET", path }
    }

    /// What an API Gateway HTTP API calls the route: `POST /v1/payments`.
    pub fn gateway_key(&self) -> String {
        format!("{} {}", self.method, self.path)
    }

    /// Checks that an event is for this route. A gateway that routes names the route. One that does not (its route key is then
    /// `$default`, as in `cargo lambda watch`) leaves it to the path.
    pub(crate) fn check(&self, route_key: Option<&str>, method: &str, path: &str) -> Result<(), RequestError> {
        let here = match route_key.and_then(|key| key.split_once(' ')) {
            Some((_, routed)) => routed == self.path,
            None => self.parameters(&path.split('/').map(str::to_owned).collect::<Vec<_>>()).is_some(),
        };
        match (here, method == self.method) {
            (false, _) => Err(RequestError::NoRoute),
            (true, false) => Err(RequestError::MethodNotAllowed { allow: self.method.to_owned() }),
            (true, true) => Ok(()),
        }
    }

    /// The parameters of a path, by name. `segments` are those of the path, split at `/` and decoded. `None` for another path.
    pub fn parameters(&self, segments: &[String]) -> Option<Vec<(&'static str, String)>> {
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

    const CANCEL: Route = Route::post("/v1/payments/{paymentKey}/cancel");

    #[test]
    fn a_route_matches_only_its_exact_path() {
        let parameters =
            |route: Route, path: &str| route.parameters(&path.split('/').map(str::to_owned).collect::<Vec<_>>());
        assert_eq!(parameters(CANCEL, "/v1/payments/pay_1/cancel"), Some(vec![("paymentKey", "pay_1".to_owned())]));
        assert_eq!(parameters(Route::post("/v1/payments"), "/v1/payments"), Some(Vec::new()));
        for path in ["/", "", "/v1/payments/", "/V1/payments", "//v1/payments", "/v1/payments//cancel", "v1/payments"] {
            for route in [Route::post("/v1/payments"), CANCEL] {
                assert_eq!(parameters(route, path), None, "{path}");
            }
        }
    }

    #[test]
    fn the_route_key_of_a_gateway_has_priority_over_the_path() {
        let no_route = Err(RequestError::NoRoute);
        let allow = |allow: &str| Err(RequestError::MethodNotAllowed { allow: allow.to_owned() });
        let routed = |key: &str, method: &str| CANCEL.check(Some(key), method, "/v1/payments/a/cancel");
        assert_eq!(CANCEL.check(Some("POST /v1/payments/{paymentKey}/cancel"), "POST", "/stage/v1/x"), Ok(()));
        assert_eq!(routed("POST /v1/payments", "POST"), no_route);
        assert_eq!(routed("$default", "POST"), Ok(()));
        assert_eq!(routed("ANY /v1/payments/{paymentKey}/cancel", "GET"), allow("POST"));
        assert_eq!(CANCEL.check(None, "POST", "/v1/payments/a/b/cancel"), no_route);
    }
}
