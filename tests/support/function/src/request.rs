//! Valid requests, as bodies and as the events of a gateway. Every payment is of [`ORDER`], unless a test names another.

use crate::authorization;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use payments_functions::FUNCTIONS;
use payments_http::Route;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// The operations that change a payment, in the order of its life.
pub const WRITES: [&str; 3] = ["create", "confirm", "cancel"];
/// All operations that need a secret key, so all but the receipt.
pub const OPERATIONS: [&str; 5] = ["create", "confirm", "cancel", "retrieve", "list"];
/// An order.
pub const ORDER: &str = "order_1";

/// The body of a create or a confirm.
pub fn terms_of(key: &str, order: &str, amount: u64) -> Value {
    json!({ "paymentKey": key, "orderId": order, "amount": amount })
}

/// The body of a cancel.
pub fn cancellation(amount: u64) -> Value {
    json!({ "cancelReason": "USER_REQUEST", "cancelAmount": amount })
}

/// The body of a request about a payment of 10,000.
pub fn body_of(operation: &str, key: &str) -> Value {
    body_with(operation, key, 10_000)
}

/// The body of a request about a payment of this amount. A read has none.
pub fn body_with(operation: &str, key: &str, amount: u64) -> Value {
    match operation {
        "retrieve" | "list" | "receipt" => Value::Null,
        "cancel" => cancellation(amount),
        _ => terms_of(key, ORDER, amount),
    }
}

/// The method of a request.
pub fn method_of(operation: &str) -> &'static str {
    route_of(operation).method
}

/// The one call to DynamoDB that an operation makes. A list makes it alone only if the order has no payments.
pub fn call_of(operation: &str) -> &'static str {
    match operation {
        "create" => "PutItem",
        "retrieve" | "receipt" => "GetItem",
        "list" => "Query",
        _ => "UpdateItem",
    }
}

/// The path of a request, with the payment key or, for a list, the order in its place.
pub fn path_of(operation: &str, id: &str) -> String {
    ["{paymentKey}", "{orderId}"].iter().fold(route_of(operation).path.to_owned(), |path, name| path.replace(name, id))
}

/// The token of a receipt by the contract's rule, without the service's code.
pub fn receipt_token(key: &str, approved_by: &str) -> String {
    URL_SAFE_NO_PAD.encode(&Sha256::digest([b"receipt", key.as_bytes(), approved_by.as_bytes()].join(&0))[..16])
}

/// The event that a gateway makes of a request for a receipt, whose address has this query.
pub fn receipt_event(key: &str, query: &Value) -> Value {
    let route = route_of("receipt");
    json!({
        "version": "2.0",
        "routeKey": route.gateway_key(),
        "rawPath": path_of("receipt", key),
        "queryStringParameters": query,
        "headers": {},
        "requestContext": { "http": { "method": route.method } },
        "pathParameters": { "paymentKey": key },
        "isBase64Encoded": false,
    })
}

/// The event that a gateway makes of a request with this secret key. The path has the payment key or, for a list, the order.
pub fn event(operation: &str, secret_key: &str, id: &str, body: &Value) -> Value {
    let route = route_of(operation);
    let parameters = ["paymentKey", "orderId"].into_iter().find(|name| route.path.contains(&format!("{{{name}}}")));
    let parameters = parameters.map(|name| json!({ name: id }));
    json!({
        "version": "2.0",
        "routeKey": route.gateway_key(),
        "rawPath": path_of(operation, id),
        "headers": { "authorization": authorization(secret_key), "content-type": "application/json" },
        "requestContext": { "http": { "method": route.method } },
        "pathParameters": parameters,
        "body": (!body.is_null()).then(|| body.to_string()),
        "isBase64Encoded": false,
    })
}

fn route_of(operation: &str) -> Route {
    let function = FUNCTIONS.into_iter().find(|function| function.name == operation);
    function.unwrap_or_else(|| panic!("there is no operation {operation}")).route
}
