//! The steps about faults of the local server, and about clients that meet them.

use crate::world::PaymentsWorld;
use cucumber::{given, then, when};
use payments_test_function::{cancellation, method_of, path_of, terms_of};
use payments_test_table::unique;
use payments_tests::HttpRequest;
use serde_json::{Value, json};

/// Faults whose other fields are given as `delay-answer delayMs=300`.
#[given(expr = "the next {word} meets the fault {string}")]
async fn the_next_request_meets(world: &mut PaymentsWorld, operation: String, fault: String) {
    let mut words = fault.split(' ');
    let mut body = json!({ "fault": words.next(), "operation": operation, "paymentKey": world.key });
    for (name, value) in words.filter_map(|word| word.split_once('=')) {
        body[name] = value.parse::<u32>().map_or_else(|_| json!(value), |number| json!(number));
    }
    let armed = world.service.local("POST", "/__local/faults", body.to_string()).await;
    assert_eq!(armed.status, 201, "{armed}");
}

/// A request about the payment, which has an order of its own and an amount of 10,000.
fn request(world: &PaymentsWorld, operation: &str) -> HttpRequest {
    let body = match operation {
        "cancel" => cancellation(10_000).to_string(),
        "retrieve" => String::new(),
        _ => terms_of(&world.key, &world.fill("$ORDER"), 10_000).to_string(),
    };
    world.request(method_of(operation), &path_of(operation, &world.key), body)
}

#[when(expr = "a client that follows the guide sends a {word}")]
async fn a_client_that_follows_the_guide(world: &mut PaymentsWorld, operation: String) {
    world.known = world.service.send_as_the_guide_says(&request(world, &operation)).await;
}

#[when(expr = "a client that gives up sends a {word}")]
async fn a_client_that_gives_up(world: &mut PaymentsWorld, operation: String) {
    world.known = world.service.send_once(request(world, &operation)).await;
}

#[when("a client that makes a new payment key pays")]
async fn a_client_that_makes_a_new_key(world: &mut PaymentsWorld) {
    for operation in ["create", "confirm"] {
        world.known = world.service.send_once(request(world, operation)).await;
        if world.known.is_none() {
            world.key = unique("pay");
            return Box::pin(a_client_that_makes_a_new_key(world)).await;
        }
    }
}

#[then(expr = "it knows that the payment is {string}")]
fn it_knows(world: &mut PaymentsWorld, status: String) {
    let known = world.known.as_ref().expect("a definite answer");
    assert_eq!(known.json()["status"], status.as_str(), "{known}");
}

#[then("it does not know what became of the payment")]
fn it_does_not_know(world: &mut PaymentsWorld) {
    assert_eq!(world.known, None);
}

/// Requests in the journal as `fault outcome`, or `outcome` alone, and whether they were answered.
#[then(expr = "its requests of {word} were {string}")]
async fn its_requests_were(world: &mut PaymentsWorld, operation: String, expected: String) {
    let path = format!("/__local/requests?operation={operation}&paymentKey={}", world.key);
    let journal = world.service.local("GET", &path, String::new()).await.json();
    let of_request = |request: &Value| {
        let text = |name: &str| request[name].as_str().map(str::to_owned);
        let answered = if request["answered"] == true { "answered" } else { "unanswered" };
        let words = [text("fault"), text("outcome"), Some(answered.to_owned())];
        words.into_iter().flatten().collect::<Vec<_>>().join(" ")
    };
    let requests: Vec<_> = journal["requests"].as_array().expect("requests").iter().map(of_request).collect();
    assert_eq!(requests.join(", "), expected);
}

#[then(expr = "the order has {int} approved payment(s)")]
async fn the_order_has_approved(world: &mut PaymentsWorld, expected: usize) {
    let list = world.request("GET", &path_of("list", &world.fill("$ORDER")), "");
    let list = world.service.send_once(list).await.expect("a list").json();
    let payments = list["payments"].as_array().expect("payments");
    assert_eq!(payments.iter().filter(|payment| payment["status"] == "APPROVED").count(), expected, "{list}");
}
