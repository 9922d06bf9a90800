//! The event that an API Gateway HTTP API would send for a request (payload version 2.0), and the way back.
//!
//! The event is JSON text, as in AWS, so that a function gets nothing here that it could not get there.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use hyper::header::{CONTENT_TYPE, COOKIE, HeaderName, HeaderValue};
use hyper::http::request::Parts;
use hyper::{HeaderMap, Response, StatusCode};
use payments_http::Route;
use percent_encoding::percent_decode_str;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::net::IpAddr;

/// The segments of a path, each decoded once.
pub(crate) fn segments(path: &str) -> Vec<String> {
    path.split('/').map(|segment| percent_decode_str(segment).decode_utf8_lossy().into_owned()).collect()
}

/// The event of a request that was routed.
pub(crate) fn event(
    request: &Parts,
    body: &[u8],
    route: &Route,
    parameters: Vec<(&str, String)>,
    source: IpAddr,
    now: chrono::DateTime<chrono::Utc>,
) -> Value {
    let (headers, cookies) = headers(&request.headers);
    let (body, is_base64_encoded) = payload(&request.headers, body);
    let query = query(request.uri.query().unwrap_or_default());
    let host = headers.get("host").cloned().unwrap_or_default();
    let mut event = json!({
        "version": "2.0",
        "routeKey": route.gateway_key(),
        "rawPath": segments(request.uri.path()).join("/"),
        "rawQueryString": request.uri.query().unwrap_or_default(),
        "headers": headers,
        "requestContext": {
            "accountId": "anonymous",
            "apiId": "local",
            "domainName": host,
            "domainPrefix": "local",
            "http": {
                "method": request.method.as_str(),
                "path": request.uri.path(),
                "protocol": format!("{:?}", request.version),
                "sourceIp": source,
                "userAgent": headers.get("user-agent"),
            },
            // A constant, as in `sam local start-api`. Code that used it as the request's id would fail its tests here.
            "requestId": "local",
            "routeKey": route.gateway_key(),
            "stage": "$default",
            "time": now.format("%d/%b/%Y:%T %z").to_string(),
            "timeEpoch": now.timestamp_millis(),
        },
        "isBase64Encoded": is_base64_encoded,
    });
    if let Value::Object(event) = &mut event {
        let optional = [
            ("body", body.map(Value::from)),
            ("cookies", (!cookies.is_empty()).then(|| Value::from(cookies))),
            ("queryStringParameters", (!query.is_empty()).then(|| Value::from(query))),
            ("pathParameters", (!parameters.is_empty()).then(|| parameters.into_iter().collect::<Value>())),
        ];
        event.extend(optional.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))));
    }
    event
}

/// The headers and the cookies. Names are in lower case, and a repeated header is joined by commas.
fn headers(request: &HeaderMap) -> (Map<String, Value>, Vec<String>) {
    let values = |name: &HeaderName| -> Vec<String> {
        request.get_all(name).iter().map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned()).collect()
    };
    let joined = request
        .keys()
        .filter(|name| *name != COOKIE)
        .map(|name| (name.as_str().to_owned(), Value::from(values(name).join(","))))
        .collect();
    let cookies = values(&COOKIE).iter().flat_map(|cookies| cookies.split("; ")).map(str::to_owned).collect();
    (joined, cookies)
}

/// The parameters of a query. Names and values are decoded, and those of a repeated parameter are joined by commas.
fn query(query: &str) -> Map<String, Value> {
    let mut parameters = BTreeMap::<String, String>::new();
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        parameters
            .entry(name.into_owned())
            .and_modify(|values| values.extend([",", &value]))
            .or_insert_with(|| value.into_owned());
    }
    parameters.into_iter().map(|(name, values)| (name, Value::from(values))).collect()
}

/// The body, and whether it is in base64. It is text if the media type is a text type.
fn payload(headers: &HeaderMap, body: &[u8]) -> (Option<String>, bool) {
    let media_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let essence = media_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let says_text = essence.starts_with("text/")
        || ["application/json", "application/xml", "application/javascript"].contains(&essence.as_str());
    match std::str::from_utf8(body) {
        _ if body.is_empty() => (None, false),
        Ok(text) if says_text => (Some(text.to_owned()), false),
        _ => (Some(STANDARD.encode(body)), true),
    }
}

/// A function's answer, as the gateway reads it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct FunctionAnswer {
    status_code: u16,
    // Sorted, so that an answer has the same bytes each time.
    headers: BTreeMap<String, String>,
    body: Option<String>,
    #[serde(default)]
    is_base64_encoded: bool,
}

/// The response to the client. `None` for an answer that a gateway could not read either.
pub(crate) fn response(answer: &[u8]) -> Option<Response<Bytes>> {
    let answer: FunctionAnswer = serde_json::from_slice(answer).ok()?;
    let body = match answer.body.unwrap_or_default() {
        text if answer.is_base64_encoded => STANDARD.decode(text).ok()?,
        text => text.into_bytes(),
    };
    let mut response = Response::new(Bytes::from(body));
    *response.status_mut() = StatusCode::from_u16(answer.status_code).ok()?;
    for (name, value) in answer.headers {
        response.headers_mut().insert(HeaderName::try_from(name).ok()?, HeaderValue::try_from(value).ok()?);
    }
    Some(response)
}

#[cfg(test)]
mod tests {
    use super::*;
    use hyper::Request;

    fn event_of(request: Request<()>, body: &[u8]) -> Value {
        let now = chrono::DateTime::from_timestamp(1_704_112_496, 0).unwrap();
        let route = Route::post("/v1/payments/{paymentKey}/cancel");
        let (parts, ()) = request.into_parts();
        event(&parts, body, &route, vec![("paymentKey", "a/b".to_owned())], IpAddr::from([127, 0, 0, 1]), now)
    }

    #[test]
    fn an_event_is_what_the_gateway_sends() {
        let request = Request::post("http://localhost:9090/v1/payments/a%2Fb/cancel?x=1&x=2&%74=a%2bb+c&y")
            .header("Host", "localhost:9090")
            .header("X-Twice", "1")
            .header("x-twice", "2")
            .header("Cookie", "a=1; b=2")
            .header("Content-Type", "Application/JSON; charset=utf-8")
            .body(())
            .unwrap();
        let event = event_of(request, "{\"a\":\"é\"}".as_bytes());
        assert_eq!(event["version"], "2.0");
        assert_eq!(event["routeKey"], "POST /v1/payments/{paymentKey}/cancel");
        assert_eq!(event["rawPath"], "/v1/payments/a/b/cancel", "decoded once");
        assert_eq!(event["rawQueryString"], "x=1&x=2&%74=a%2bb+c&y");
        assert_eq!(event["queryStringParameters"], json!({ "x": "1,2", "t": "a+b c", "y": "" }));
        assert_eq!(event["headers"]["x-twice"], "1,2");
        assert_eq!(event["headers"].get("cookie"), None);
        assert_eq!(event["cookies"], json!(["a=1", "b=2"]));
        assert_eq!(event["pathParameters"]["paymentKey"], "a/b");
        assert_eq!(event["body"], "{\"a\":\"é\"}");
        assert_eq!(event["isBase64Encoded"], false);
        assert_eq!(event["requestContext"]["http"]["method"], "POST");
        assert_eq!(event["requestContext"]["time"], "01/Jan/2024:12:34:56 +0000");
    }

    #[test]
    fn a_body_that_may_not_be_text_is_in_base64() {
        let with = |media_type: &str| Request::post("/").header("content-type", media_type).body(()).unwrap();
        for request in [Request::post("/").body(()).unwrap(), with("application/x-www-form-urlencoded")] {
            let event = event_of(request, b"{}");
            assert_eq!((&event["body"], &event["isBase64Encoded"]), (&json!("e30="), &json!(true)));
        }
        let event = event_of(with("application/json"), b"\xff");
        assert_eq!((&event["body"], &event["isBase64Encoded"]), (&json!("/w=="), &json!(true)));
        let nothing = event_of(with("application/json"), b"");
        assert_eq!((nothing.get("body"), nothing.get("queryStringParameters")), (None, None));
    }

    #[test]
    fn segments_are_split_before_they_are_decoded() {
        assert_eq!(segments("/v1/a%2Fb/%252e"), ["", "v1", "a/b", "%2e"]);
        assert_eq!(segments("/%zz/%ff/+"), ["", "%zz", "\u{fffd}", "+"]);
    }
}
