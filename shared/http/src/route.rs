//! Step 0: which requests are an endpoint's.

use crate::error::Error;

/// A method and a path, whose segments in braces are parameters: `/v1/payments/{paymentKey}/cancel`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Route {
    /// The method, in upper case.
    pub method: &'static str,
    /// The path.
    pub path: &'static str,
}

/// What a front end finds for a request among its routes.
#[derive(Debug, PartialEq, Eq)]
pub struct Routed {
    /// Which of the routes it is.
    pub index: usize,
    /// The path's parameters, by name.
    pub parameters: Vec<(&'static str, String)>,
}

impl Route {
    /// A route that is posted to.
    pub const fn post(path: &'static str) -> Self {
        Self { method: "POST", path }
    }

    /// The key of the route in an API Gateway HTTP API: `POST /v1/payments`.
    pub fn key(&self) -> String {
        format!("{} {}", self.method, self.path)
    }

    /// Finds the route of a request: `segments` are those of its path, split at `/` and decoded.
    ///
    /// # Errors
    /// [`Error::NoRoute`], or [`Error::MethodNotAllowed`] if only the method is another.
    pub fn find(routes: &[Self], method: &str, segments: &[String]) -> Result<Routed, Error> {
        let mut allow = None;
        for (index, route) in routes.iter().enumerate() {
            let Some(parameters) = route.parameters(segments) else { continue };
            if route.method == method {
                return Ok(Routed { index, parameters });
            }
            allow = Some(route.method);
        }
        Err(allow.map_or(Error::NoRoute, |allow| Error::MethodNotAllowed { allow }))
    }

    /// Holds an event against this route. A gateway that has routed names the route; one that has not (`$default`, as
    /// in `cargo lambda watch`) leaves it to the path.
    pub(crate) fn check(&self, route_key: Option<&str>, method: &str, path: &str) -> Result<(), Error> {
        let here = match route_key.and_then(|key| key.split_once(' ')) {
            Some((_, routed)) => routed == self.path,
            None => self.parameters(&path.split('/').map(str::to_owned).collect::<Vec<_>>()).is_some(),
        };
        match (here, method == self.method) {
            (false, _) => Err(Error::NoRoute),
            (true, false) => Err(Error::MethodNotAllowed { allow: self.method }),
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

    const ROUTES: [Route; 2] = [Route::post("/v1/payments"), Route::post("/v1/payments/{paymentKey}/cancel")];

    fn find(method: &str, path: &str) -> Result<Routed, Error> {
        Route::find(&ROUTES, method, &path.split('/').map(str::to_owned).collect::<Vec<_>>())
    }

    #[test]
    fn a_route_is_its_path_to_the_letter() {
        assert_eq!(find("POST", "/v1/payments").unwrap().index, 0);
        let routed = find("POST", "/v1/payments/pay_1/cancel").unwrap();
        assert_eq!((routed.index, routed.parameters), (1, vec![("paymentKey", "pay_1".to_owned())]));
        for path in ["/", "", "/v1/payments/", "/V1/payments", "//v1/payments", "/v1/payments//cancel", "v1/payments"] {
            assert!(matches!(find("POST", path), Err(Error::NoRoute)), "{path}");
        }
    }

    #[test]
    fn another_method_is_told_which_to_use() {
        for method in ["GET", "HEAD", "OPTIONS", "post", "PUT"] {
            assert!(matches!(find(method, "/v1/payments"), Err(Error::MethodNotAllowed { allow: "POST" })), "{method}");
        }
    }

    #[test]
    fn a_gateway_that_routed_is_believed_over_its_path() {
        let cancel = ROUTES[1];
        assert!(cancel.check(Some("POST /v1/payments/{paymentKey}/cancel"), "POST", "/stage/v1/x").is_ok());
        assert!(matches!(
            cancel.check(Some("POST /v1/payments"), "POST", "/v1/payments/a/cancel"),
            Err(Error::NoRoute)
        ));
        assert!(cancel.check(Some("$default"), "POST", "/v1/payments/a/cancel").is_ok());
        assert!(matches!(cancel.check(None, "POST", "/v1/payments/a/b/cancel"), Err(Error::NoRoute)));
        assert!(matches!(
            cancel.check(Some("ANY /v1/payments/{paymentKey}/cancel"), "GET", ""),
            Err(Error::MethodNotAllowed { allow: "POST" })
        ));
    }
}
