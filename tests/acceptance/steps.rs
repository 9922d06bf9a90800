//! The steps, in the words of the contract.

use crate::world::PaymentsWorld;
use cucumber::gherkin::Step;
use cucumber::{given, then, when};
use payments_test_function::{Answer, cancellation, path_of, terms_of};
use serde_json::{Value, json};
use std::collections::BTreeSet;

const CREATE: &str = "/v1/payments";
const CONFIRM: &str = "/v1/payments/confirm";

fn cancel_path(world: &PaymentsWorld) -> String {
    path_of("cancel", &world.key)
}

fn terms(world: &PaymentsWorld, order: &str, amount: u64) -> String {
    terms_of(&world.key, &world.fill(order), amount).to_string()
}

fn reason(reason: &str, amount: u64) -> String {
    let mut body = cancellation(amount);
    body["cancelReason"] = json!(reason);
    body.to_string()
}

fn docstring(step: &Step) -> &str {
    step.docstring.as_deref().expect("the step has a text below it").trim_matches('\n')
}

// The situation before the request.

#[given(expr = "a payment of {int} for order {string}")]
async fn a_payment(world: &mut PaymentsWorld, amount: u64, order: String) {
    let answer = world.ask(CREATE, terms(world, &order, amount)).await;
    assert!(answer.is_first(), "{answer}");
}

#[given(expr = "an approved payment of {int} for order {string}")]
async fn an_approved_payment(world: &mut PaymentsWorld, amount: u64, order: String) {
    a_payment(world, amount, order.clone()).await;
    let answer = world.ask(CONFIRM, terms(world, &order, amount)).await;
    assert!(answer.is_first(), "{answer}");
}

#[given(expr = "a canceled payment of {int} for order {string}")]
async fn a_canceled_payment(world: &mut PaymentsWorld, amount: u64, order: String) {
    an_approved_payment(world, amount, order).await;
    let answer = world.ask(&cancel_path(world), reason("USER_REQUEST", amount)).await;
    assert!(answer.is_first(), "{answer}");
}

#[given("another payment")]
fn another_payment(world: &mut PaymentsWorld) {
    world.take_another_payment();
}

#[given(expr = "the header {string} is {string}")]
fn the_header_is(world: &mut PaymentsWorld, name: String, value: String) {
    let value = world.fill(&value);
    world.set_header(&name, Some(value));
}

#[given(expr = "the header {string} is left out")]
fn the_header_is_left_out(world: &mut PaymentsWorld, name: String) {
    world.set_header(&name, None);
}

#[given(expr = "the header {string} is sent twice")]
fn the_header_is_sent_twice(world: &mut PaymentsWorld, name: String) {
    let found = world.headers.iter().find(|(other, _)| *other == name).cloned();
    world.headers.extend(found);
}

// Requests.

#[when(expr = "I create a payment of {int} for order {string}")]
async fn i_create(world: &mut PaymentsWorld, amount: u64, order: String) {
    world.send(world.request("POST", CREATE, terms(world, &order, amount))).await;
}

#[when(expr = "I confirm {int} for order {string}")]
async fn i_confirm(world: &mut PaymentsWorld, amount: u64, order: String) {
    world.send(world.request("POST", CONFIRM, terms(world, &order, amount))).await;
}

#[when(expr = "I cancel {int} because {string}")]
async fn i_cancel(world: &mut PaymentsWorld, amount: u64, because: String) {
    world.send(world.request("POST", &cancel_path(world), reason(&because, amount))).await;
}

#[when(expr = "I POST to {string}")]
async fn i_post(world: &mut PaymentsWorld, step: &Step, path: String) {
    let (path, body) = (world.fill(&path), world.fill(docstring(step)));
    world.send(world.request("POST", &path, body)).await;
}

#[when(expr = "I POST nothing to {string}")]
async fn i_post_nothing(world: &mut PaymentsWorld, path: String) {
    let path = world.fill(&path);
    world.send(world.request("POST", &path, "")).await;
}

#[when(expr = "I POST the bytes {string} to {string}")]
async fn i_post_bytes(world: &mut PaymentsWorld, hex: String, path: String) {
    let bytes = hex.split(' ').map(|byte| u8::from_str_radix(byte, 16).expect("a byte in hex")).collect::<Vec<_>>();
    world.send(world.request("POST", &path, bytes)).await;
}

#[when(expr = "I POST {int} bytes to {string}")]
async fn i_post_many_bytes(world: &mut PaymentsWorld, size: usize, path: String) {
    let path = world.fill(&path);
    world.send(world.request("POST", &path, " ".repeat(size))).await;
}

/// A valid create, with white space up to a size.
#[when(expr = "I create a payment with a body of {int} bytes")]
async fn i_create_with_a_body_of(world: &mut PaymentsWorld, size: usize) {
    let body = terms(world, "order_1", 10_000);
    world.send(world.request("POST", CREATE, body.clone() + &" ".repeat(size - body.len()))).await;
}

/// A cancel whose body and reason are as given; the rest is valid.
#[when(expr = "I cancel with the reason {string} {int} times")]
async fn i_cancel_with_a_long_reason(world: &mut PaymentsWorld, text: String, times: usize) {
    world.send(world.request("POST", &cancel_path(world), reason(&text.repeat(times), 10_000))).await;
}

#[when("I retrieve the payment")]
async fn i_retrieve(world: &mut PaymentsWorld) {
    let path = path_of("retrieve", &world.key);
    world.send(world.request("GET", &path, "")).await;
}

#[when(expr = "I GET {string} with the body")]
async fn i_get_with_a_body(world: &mut PaymentsWorld, step: &Step, path: String) {
    let (path, body) = (world.fill(&path), world.fill(docstring(step)));
    world.send(world.request("GET", &path, body)).await;
}

#[when(expr = "I send {int} bytes with GET to {string}")]
async fn i_get_with_many_bytes(world: &mut PaymentsWorld, size: usize, path: String) {
    let path = world.fill(&path);
    world.send(world.request("GET", &path, " ".repeat(size))).await;
}

#[when(expr = "I send {word} to {string}")]
async fn i_send(world: &mut PaymentsWorld, method: String, path: String) {
    let path = world.fill(&path);
    world.send(world.request(&method, &path, "")).await;
}

#[when(expr = "{int} clients create a payment of {int} for order {string} at once")]
async fn clients_create(world: &mut PaymentsWorld, clients: usize, amount: u64, order: String) {
    world.send_at_once(vec![world.request("POST", CREATE, terms(world, &order, amount)); clients]).await;
}

#[when(expr = "{int} clients confirm {int} for order {string} at once")]
async fn clients_confirm(world: &mut PaymentsWorld, clients: usize, amount: u64, order: String) {
    world.send_at_once(vec![world.request("POST", CONFIRM, terms(world, &order, amount)); clients]).await;
}

#[when(expr = "{int} clients cancel {int} at once, each with another reason")]
async fn clients_cancel(world: &mut PaymentsWorld, clients: usize, amount: u64) {
    let path = cancel_path(world);
    let cancels = (0..clients).map(|n| world.request("POST", &path, reason(&format!("reason {n}"), amount)));
    world.send_at_once(cancels.collect()).await;
}

#[when(expr = "{int} clients confirm and {int} cancel {int} for order {string} at once")]
async fn clients_race(world: &mut PaymentsWorld, confirms: usize, cancels: usize, amount: u64, order: String) {
    let mut requests = vec![world.request("POST", CONFIRM, terms(world, &order, amount)); confirms];
    requests.extend(vec![world.request("POST", &cancel_path(world), reason("USER_REQUEST", amount)); cancels]);
    world.send_at_once(requests).await;
}

// Receipts.

#[when("receipts are switched on")]
fn receipts_are_switched_on(world: &mut PaymentsWorld) {
    world.switch_receipts_on();
}

/// The address of a receipt in an answer: of a payment, or of each payment of a list.
fn receipts_in(answer: &Answer) -> Vec<String> {
    // A page is not JSON.
    let Ok(body) = serde_json::from_str::<Value>(&answer.body) else { return Vec::new() };
    let payments = body["payments"].as_array().cloned().unwrap_or_else(|| vec![body]);
    payments.iter().filter_map(|payment| Some(payment["receipt"]["url"].as_str()?.to_owned())).collect()
}

/// The path and the query of the last receipt in the answers.
fn last_receipt(world: &PaymentsWorld) -> String {
    let url = world.answers.iter().flat_map(receipts_in).next_back().expect("an answer has a receipt");
    let at = url.find("/receipts/").expect("the path of receipts");
    url[at..].to_owned()
}

#[when("I open the receipt")]
async fn i_open_the_receipt(world: &mut PaymentsWorld) {
    world.send(world.request("GET", &last_receipt(world), "")).await;
}

#[when(expr = "I open the receipt with the key {string}")]
async fn i_open_the_receipt_with_the_key(world: &mut PaymentsWorld, key: String) {
    let receipt = last_receipt(world);
    let (_, query) = receipt.split_once('?').expect("a token");
    let path = format!("{}?{query}", path_of("receipt", &world.fill(&key)));
    world.send(world.request("GET", &path, "")).await;
}

#[then("every address of a receipt is the same, with a token")]
fn every_address_of_a_receipt_is_the_same(world: &mut PaymentsWorld) {
    let receipts: Vec<_> = world.answers.iter().flat_map(receipts_in).collect();
    assert!(receipts.len() >= 2, "{receipts:?}");
    assert_eq!(receipts.iter().collect::<BTreeSet<_>>().len(), 1, "{receipts:?}");
    let (address, token) = receipts[0].split_once("?t=").expect("a token");
    assert!(address.ends_with(&path_of("receipt", &world.key)), "{address}");
    let is_of_it = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    assert!(token.len() == 22 && token.chars().all(is_of_it), "16 bytes in base64: {token}");
}

/// What every page has, and this status.
#[then(expr = "it is a page with the status {int}")]
fn it_is_a_page(world: &mut PaymentsWorld, status: u16) {
    let answer = world.last();
    assert_eq!(answer.status, status, "{answer}");
    for (name, value) in [
        ("content-type", "text/html; charset=utf-8"),
        ("cache-control", "no-store"),
        ("referrer-policy", "no-referrer"),
        ("x-content-type-options", "nosniff"),
    ] {
        assert_eq!(answer.header(name), Some(value), "{answer}");
    }
    let policy = answer.header("content-security-policy").expect("a policy");
    let digest = policy.strip_prefix("default-src 'none'; style-src 'sha256-").and_then(|it| it.strip_suffix("='"));
    assert_eq!(digest.map(str::len), Some(43), "{policy}");
    assert!(answer.headers["x-request-id"].len() > 8 && !answer.is_replay(), "{answer}");
    assert!(!answer.body.contains("<script"), "{answer}");
}

#[then(expr = "it is a page in {string}")]
fn it_is_a_page_in(world: &mut PaymentsWorld, language: String) {
    it_is_a_page(world, 200);
    let answer = world.last();
    assert_eq!(answer.header("content-language"), Some(&*language), "{answer}");
    assert!(answer.body.contains(&format!("<html lang=\"{language}\">")), "{answer}");
}

#[then("there is no such receipt")]
fn there_is_no_such_receipt(world: &mut PaymentsWorld) {
    it_is_a_page(world, 404);
}

/// The texts of a page that a reader sees, in their order, with each time as `$TIME`.
fn shown(answer: &Answer) -> Vec<String> {
    let (_, body) = answer.body.split_once("<body>").expect("a page");
    let texts = body.split('<').map(|part| part.split_once('>').map_or(part, |(_, text)| text).trim());
    let plain = |text: &str| text.replace("&#60;", "<").replace("&#62;", ">").replace("&#38;", "&");
    let texts = texts.filter(|text| !text.is_empty()).map(|text| {
        let form: String = text.chars().map(|c| if c.is_ascii_digit() { '9' } else { c }).collect();
        if form == "9999-99-99 99:99:99" { "$TIME".to_owned() } else { plain(text) }
    });
    texts.collect()
}

#[then(expr = "the page shows {string}")]
fn the_page_shows(world: &mut PaymentsWorld, texts: String) {
    assert_eq!(shown(world.last()), texts.split(" / ").collect::<Vec<_>>());
}

#[then(expr = "the page has {string}")]
fn the_page_has(world: &mut PaymentsWorld, text: String) {
    assert!(shown(world.last()).contains(&text), "{}", world.last());
}

#[then(expr = "the page does not show {string}")]
fn the_page_does_not_show(world: &mut PaymentsWorld, text: String) {
    assert!(!world.last().body.contains(&text), "{}", world.last());
}

// Answers.

/// The headers that every answer of the service has.
fn has_the_common_headers(answer: &Answer) {
    assert_eq!(answer.headers["content-type"], "application/json", "{answer:?}");
    assert_eq!(answer.headers["cache-control"], "no-store", "{answer:?}");
    assert!(answer.headers["x-request-id"].len() > 8, "{answer:?}");
}

#[then("it made the change")]
fn it_made_the_change(world: &mut PaymentsWorld) {
    let answer = world.last();
    has_the_common_headers(answer);
    assert!(answer.is_first(), "{answer}");
}

#[then("it is a replay")]
fn it_is_a_replay(world: &mut PaymentsWorld) {
    let answer = world.last();
    has_the_common_headers(answer);
    assert!(answer.is_replay(), "{answer}");
}

#[then("it returns the payment")]
fn it_returns_the_payment(world: &mut PaymentsWorld) {
    let answer = world.last();
    has_the_common_headers(answer);
    assert_eq!((answer.status, answer.is_replay()), (200, false), "{answer}");
}

#[when(expr = "I list the payments of {string}")]
async fn i_list(world: &mut PaymentsWorld, order: String) {
    let path = path_of("list", &world.fill(&order));
    world.send(world.request("GET", &path, "")).await;
}

#[then("it returns a list")]
fn it_returns_a_list(world: &mut PaymentsWorld) {
    it_returns_the_payment(world);
    assert!(world.last().json()["payments"].is_array(), "{}", world.last());
}

#[then("the list has the payment of the answer before")]
fn the_list_has_the_payment(world: &mut PaymentsWorld) {
    let [.., retrieved, list] = world.answers.as_slice() else { panic!("two requests were sent") };
    let (payment, list) = (retrieved.json(), list.json());
    let payments = list["payments"].as_array().expect("payments");
    assert_eq!(payments.iter().filter(|listed| **listed == payment).count(), 1, "{payment} in {list}");
}

#[then("it has the same body as the answer before")]
fn it_has_the_same_body(world: &mut PaymentsWorld) {
    let [.., before, last] = world.answers.as_slice() else { panic!("two requests were sent") };
    assert_eq!(before.body, last.body);
    assert_ne!(before.headers["x-request-id"], last.headers["x-request-id"], "each request has an id of its own");
}

#[then("it has the same body as the first answer")]
fn it_has_the_body_of_the_first_answer(world: &mut PaymentsWorld) {
    assert_eq!(world.answers.first().map(|answer| &answer.body), Some(&world.last().body));
}

#[then(expr = "it is refused with {int} {word}")]
fn it_is_refused(world: &mut PaymentsWorld, status: u16, code: String) {
    let answer = world.last();
    assert_eq!((answer.status, answer.code()), (status, code), "{answer:?}");
    has_the_common_headers(answer);
    let body = answer.json();
    let fields: Vec<_> = body.as_object().expect("an object").keys().collect();
    assert_eq!(fields, ["code", "message"], "an error has these fields and no other");
    assert!(!body["message"].as_str().expect("a text").is_empty());
    assert!(!answer.is_replay(), "a refusal is not a replay: {answer:?}");
}

/// HEAD has no body to look into.
#[then(expr = "it is refused with {int}")]
fn it_is_refused_without_a_body(world: &mut PaymentsWorld, status: u16) {
    let answer = world.last();
    assert_eq!((answer.status, answer.body.as_str()), (status, ""), "{answer:?}");
    has_the_common_headers(answer);
}

/// The exact body; `$TIME` matches any time in the contract's format.
#[then("the body is")]
fn the_body_is(world: &mut PaymentsWorld, step: &Step) {
    let expected: Value = serde_json::from_str(&world.fill(docstring(step))).expect("JSON");
    let mut body = world.last().json();
    hide_times(&mut body, &expected, "the body");
    assert_eq!(body, expected);
}

/// Replaces each time in a value by `$TIME` where that is expected.
fn hide_times(value: &mut Value, expected: &Value, name: &str) {
    match (value, expected) {
        (value, Value::String(expected)) if expected == "$TIME" => {
            let time = value.as_str().unwrap_or_else(|| panic!("{name} is a time: {value}"));
            let form: String = time.chars().map(|c| if c.is_ascii_digit() { '9' } else { c }).collect();
            assert_eq!(form, "9999-99-99T99:99:99Z", "{name}");
            *value = json!("$TIME");
        }
        (Value::Object(fields), Value::Object(expected)) => {
            fields.iter_mut().for_each(|(name, value)| hide_times(value, &expected[name], name));
        }
        (Value::Array(items), Value::Array(expected)) => {
            items.iter_mut().zip(expected).for_each(|(item, expected)| hide_times(item, expected, name));
        }
        _ => {}
    }
}

/// The answer before the last was to a cancel, and the one before that to a confirm.
#[then("it has the times and the receipt of the answers before")]
fn it_has_the_times_and_the_receipt(world: &mut PaymentsWorld) {
    let [.., confirmed, canceled, last] = world.answers.as_slice() else { panic!("three requests were sent") };
    let (confirmed, canceled, last) = (confirmed.json(), canceled.json(), last.json());
    assert!(confirmed["approvedAt"].is_string() && canceled["canceledAt"].is_string());
    assert_eq!(last["approvedAt"], confirmed["approvedAt"]);
    assert_eq!(last["receipt"], confirmed["receipt"]);
    assert_eq!(last["cancels"][0]["canceledAt"], canceled["canceledAt"]);
}

#[then(expr = "the message names {string}")]
fn the_message_names(world: &mut PaymentsWorld, field: String) {
    let body = world.last().json();
    let message = body["message"].as_str().expect("a text");
    assert!(message.split(' ').any(|word| word == field), "{message:?} should name {field}");
}

#[then(expr = "the message in {string} is {string}")]
fn the_message_is(world: &mut PaymentsWorld, language: String, message: String) {
    let answer = world.last();
    assert_eq!(answer.header("content-language"), Some(language.as_str()), "{answer}");
    assert_eq!(answer.json()["message"], message, "{answer}");
}

#[then("the message does not say which it was")]
async fn the_message_does_not_say(world: &mut PaymentsWorld) {
    let refused = world.last().clone();
    world.set_header("Authorization", None);
    i_create(world, 1, "order_1".to_owned()).await;
    assert_eq!((refused.status, &refused.body), (world.last().status, &world.last().body), "as for a missing header");
}

#[then(expr = "the answer's header {string} is {string}")]
fn the_answers_header_is(world: &mut PaymentsWorld, name: String, value: String) {
    let answer = world.last();
    assert_eq!(answer.headers.get(&name.to_lowercase()), Some(&value.replace('\'', "\"")), "{answer:?}");
}

#[then(expr = "the answer's header {string} is not {string}")]
fn the_answers_header_is_not(world: &mut PaymentsWorld, name: String, value: String) {
    assert_ne!(world.last().headers.get(&name.to_lowercase()), Some(&value));
}

#[then(expr = "the answer has no header {string}")]
fn the_answer_has_no_header(world: &mut PaymentsWorld, name: String) {
    assert_eq!(world.last().header(&name.to_lowercase()), None);
}

#[then(expr = "the payment is {word}")]
async fn the_payment_is(world: &mut PaymentsWorld, status: String) {
    // A create returns the stored payment, and changes nothing if there is one.
    let answer = world.ask(CREATE, terms(world, "another_order", 1)).await;
    assert!(answer.is_replay(), "there should be a payment: {answer:?}");
    assert_eq!(answer.json()["status"], status);
}

#[then("there is no payment")]
async fn there_is_no_payment(world: &mut PaymentsWorld) {
    let answer = world.ask(CONFIRM, terms(world, "order_1", 10_000)).await;
    assert_eq!((answer.status, answer.code().as_str()), (404, "NOT_FOUND"), "{answer:?}");
}

#[then(expr = "one made the change and {int} are equal replays")]
fn one_made_the_change(world: &mut PaymentsWorld, replays: usize) {
    let first: Vec<_> = world.answers.iter().filter(|answer| answer.is_first()).collect();
    assert_eq!(first.len(), 1, "exactly one request makes the change: {:?}", world.answers);
    let replayed = world.answers.iter().filter(|answer| answer.is_replay()).count();
    assert_eq!(replayed, replays, "{:?}", world.answers);
    let bodies: BTreeSet<_> = world.answers.iter().map(|answer| &answer.body).collect();
    assert_eq!(bodies.len(), 1, "all have the same body");
    let ids: BTreeSet<_> = world.answers.iter().map(|answer| &answer.headers["x-request-id"]).collect();
    assert_eq!(ids.len(), world.answers.len(), "each request has an id of its own");
}

/// For any order of the requests: no cancel before the approval, and at most one of each made the change.
#[then(expr = "at most one of {int} confirms and one of {int} cancels made the change")]
async fn a_race_ends_in_one_order(world: &mut PaymentsWorld, confirms: usize, cancels: usize) {
    assert_eq!(world.answers.len(), confirms + cancels);
    let (confirmed, canceled) = world.answers.split_at(confirms);
    let first =
        |answers: &[Answer]| answers.iter().filter(|answer| answer.status == 200 && !answer.is_replay()).count();
    assert_eq!(first(confirmed), 1, "one confirm made the change: {confirmed:?}");
    assert!(first(canceled) <= 1, "at most one cancel made the change: {canceled:?}");
    for answer in confirmed.iter().filter(|answer| answer.status != 200) {
        assert_eq!(answer.code(), "ALREADY_CANCELED", "{answer:?}");
    }
    for answer in canceled.iter().filter(|answer| answer.status != 200) {
        assert_eq!(answer.code(), "NOT_APPROVED", "{answer:?}");
    }
    let expected = if first(canceled) == 1 { "CANCELED" } else { "APPROVED" };
    the_payment_is(world, expected.to_owned()).await;
}
