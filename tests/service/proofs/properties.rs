//! Any sequence of commands and reads gets the same answers from the service, over a real table, as from the pure functions.

use payments_domain::{
    Amount, Approved, Cancel, CancelReason, Canceled, Command, Confirm, Create, Created, Decision, OrderId, Payment,
    PaymentKey, Refusal, RequestId, Stamp, State, Terms, Timestamp,
};
use payments_model::{Attempt, Stored, code};
use payments_test_function::{Answer, LambdaFunctions, dependencies, terms_of};
use payments_test_table::{Table, empty_table, unique};
use proptest::prelude::{Just, Strategy, any};
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestError, TestRng, TestRunner};
use proptest::{collection, prop_assert_eq, prop_oneof};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

/// A command on one of two payments, or a read of one.
#[derive(Debug, Clone)]
struct Asked {
    payment: usize,
    what: Generated,
}

#[derive(Debug, Clone)]
enum Generated {
    Create(Terms),
    Confirm(Terms),
    Cancel(CancelReason, Amount),
    Retrieve,
}

impl Generated {
    /// The same with an order that no other sequence has, if it has the usual one.
    fn in_order(&self, order: &OrderId) -> Self {
        let usual = |terms: &Terms| terms.order_id.as_str() == USUAL_ORDER;
        match self {
            Self::Create(terms) if usual(terms) => Self::Create(Terms { order_id: order.clone(), ..terms.clone() }),
            Self::Confirm(terms) if usual(terms) => Self::Confirm(Terms { order_id: order.clone(), ..terms.clone() }),
            other => other.clone(),
        }
    }
}

/// The order of most requests.
const USUAL_ORDER: &str = "order_1";

/// Whether an answer is a replay, and its body. Of a refusal, its status and its code.
type ExpectedAnswer = Result<(bool, Value), (u16, String)>;

fn amounts() -> impl Strategy<Value = Amount> {
    let amount = |krw| Amount::parse(krw).expect("an amount");
    prop_oneof![6 => Just(amount(10_000)), 1 => (1_u64..=9_007_199_254_740_991).prop_map(amount)]
}

fn terms() -> impl Strategy<Value = Terms> {
    const ALLOWED: &[u8] = b"ABCXYZabcxyz0189-._~";
    let any_order = collection::vec(proptest::sample::select(ALLOWED), 1..=64)
        .prop_filter_map("neither . nor ..", |order| OrderId::parse(String::from_utf8(order).ok()?).ok());
    let order = prop_oneof![6 => Just(OrderId::parse(USUAL_ORDER).expect("an order")), 1 => any_order];
    (order, amounts()).prop_map(|(order_id, amount)| Terms { order_id, amount })
}

fn reasons() -> impl Strategy<Value = CancelReason> {
    let allowed = any::<char>().prop_map(|any| if any.is_control() { '.' } else { any });
    collection::vec(allowed, 1..=200)
        .prop_filter_map("not blank", |reason| CancelReason::parse(String::from_iter(reason)).ok())
}

fn sequences() -> impl Strategy<Value = Vec<Asked>> {
    let what = prop_oneof![
        terms().prop_map(Generated::Create),
        terms().prop_map(Generated::Confirm),
        (reasons(), amounts()).prop_map(|(reason, amount)| Generated::Cancel(reason, amount)),
        Just(Generated::Retrieve),
    ];
    collection::vec((0_usize..2, what).prop_map(|(payment, what)| Asked { payment, what }), 1..24)
}

/// The answer of the pure functions.
fn expected<C: Command>(
    stored: &mut Stored,
    command: &C,
    stamp: &Stamp,
    body: impl Fn(C::Output) -> Value,
) -> ExpectedAnswer {
    match stored.execute(Attempt::CarriedOut, command, stamp, false, Stored::stamp_of).expect("a decision") {
        Decision::Made(output) => Ok((false, body(output))),
        Decision::Replayed(output) => Ok((true, body(output))),
        Decision::Refused(refusal) => {
            let status = match refusal {
                Refusal::NotFound => 404,
                Refusal::AmountMismatch | Refusal::PartialMismatch => 409,
                Refusal::AlreadyCanceled | Refusal::NotApproved => 422,
            };
            Err((status, code(refusal).to_owned()))
        }
    }
}

/// What a read of a payment shows.
fn shown(key: &str, payment: &Payment) -> Value {
    let (approval, cancellation) = match &payment.state {
        State::Initiated => (None, None),
        State::Approved(approval) => (Some(approval), None),
        State::Canceled(approval, cancellation) => (Some(approval), Some(cancellation)),
    };
    let amount = payment.amount.krw();
    json!({
        "paymentKey": key,
        "orderId": payment.order_id,
        "status": payment.status().as_str(),
        "totalAmount": amount,
        "balanceAmount": if cancellation.is_some() { 0 } else { amount },
        "method": approval.map(|_| "CARD"),
        "requestedAt": payment.created.at(),
        "approvedAt": approval.map(|approval| approval.stamp.at()),
        "receipt": approval.map(|_| json!({ "url": format!("https://pay.local/receipts/{key}") })),
        "cancels": cancellation.map(|cancellation| {
            json!([{
                "cancelReason": cancellation.reason,
                "cancelAmount": amount,
                "canceledAt": cancellation.stamp.at(),
            }])
        }),
    })
}

/// The function that takes a request, its body, and what the pure functions answer.
fn ask(stored: &mut Stored, key: &str, what: &Generated, stamp: &Stamp) -> (&'static str, Value, ExpectedAnswer) {
    let parsed = PaymentKey::parse(key).expect("a key");
    let body = |terms: &Terms| terms_of(key, terms.order_id.as_str(), terms.amount.krw());
    match what {
        Generated::Create(terms) => {
            let create = Create { key: parsed, terms: terms.clone() };
            let answer = expected(
                stored,
                &create,
                stamp,
                |Created { order_id, status }| json!({ "paymentKey": key, "orderId": order_id, "status": status.as_str() }),
            );
            ("create", body(terms), answer)
        }
        Generated::Confirm(terms) => {
            let confirm = Confirm { key: parsed, terms: terms.clone() };
            let answer = expected(stored, &confirm, stamp, |Approved { approval }| {
                json!({
                    "paymentKey": key,
                    "orderId": terms.order_id.as_str(),
                    "method": "CARD",
                    "approvedAt": approval.stamp.at(),
                    "totalAmount": terms.amount.krw(),
                    "status": "APPROVED",
                    "receipt": { "url": format!("https://pay.local/receipts/{key}") },
                })
            });
            ("confirm", body(terms), answer)
        }
        Generated::Cancel(reason, amount) => {
            let cancel = Cancel { key: parsed, reason: reason.clone(), amount: *amount };
            let answer = expected(
                stored,
                &cancel,
                stamp,
                |Canceled { stamp }| json!({ "status": "CANCELED", "canceledAt": stamp.at() }),
            );
            let body = json!({ "cancelReason": reason.as_str(), "cancelAmount": amount.krw() });
            ("cancel", body, answer)
        }
        Generated::Retrieve => {
            let answer = match stored.payment() {
                Some(payment) => Ok((false, shown(key, payment))),
                None => Err((404, "NOT_FOUND".to_owned())),
            };
            ("retrieve", Value::Null, answer)
        }
    }
}

/// An answer of a function, in the same form.
fn answered(answer: &Answer) -> ExpectedAnswer {
    if answer.status == 200 { Ok((answer.is_replay(), answer.json())) } else { Err((answer.status, answer.code())) }
}

async fn same_answers(
    functions: &LambdaFunctions,
    table: &Table,
    clock: &AtomicI64,
    sequence: &[Asked],
) -> Result<(), TestCaseError> {
    let keys = [unique("property"), unique("property")];
    let order = OrderId::parse(unique("order")).expect("an order");
    let mut stored = HashMap::from([(0, Stored::Nothing), (1, Stored::Nothing)]);
    let mut reasons = HashMap::new();
    for (step, asked) in sequence.iter().enumerate() {
        let now = Timestamp::from_unix(clock.fetch_add(1, Ordering::SeqCst) + 1).expect("a time");
        let request_id = format!("request_{step}");
        let stamp = Stamp::new(now, &RequestId::parse(request_id.as_str()).expect("an id"));
        let payment = stored.get_mut(&asked.payment).expect("one of two");
        let key = &keys[asked.payment];
        let (function, body, expected) = ask(payment, key, &asked.what.in_order(&order), &stamp);
        let function = functions.named(function);
        let answer = function.invoke_as(&request_id, &function.event(key, &body).to_string()).await.expect("an answer");
        if let (Generated::Cancel(reason, _), Ok((false, _))) = (&asked.what, &expected) {
            reasons.insert(asked.payment, reason.as_str());
        }
        prop_assert_eq!(answered(&answer), expected, "step {}", step);
    }
    let mut of_the_order: Vec<_> = keys
        .iter()
        .enumerate()
        .filter_map(|(payment, key)| Some((key, stored[&payment].payment()?)))
        .filter(|(_, payment)| payment.order_id == order.as_str())
        .collect();
    // No two of them were created in the same second.
    of_the_order.sort_by_key(|(_, payment)| std::cmp::Reverse(payment.created.at()));
    let listed: Vec<_> = of_the_order.into_iter().map(|(key, payment)| shown(key, payment)).collect();
    let list = functions.named("list");
    let answer = list.invoke(&list.event(order.as_str(), &Value::Null)).await;
    prop_assert_eq!(answered(&answer), Ok((false, json!({ "payments": listed }))), "the payments of the order");
    for (payment, key) in keys.iter().enumerate() {
        let item = table.get(key).await;
        let read = item.as_ref().map(|item| payments_store::decode(item).expect("a payment"));
        prop_assert_eq!(read.as_ref(), stored[&payment].payment(), "what is stored in the end");
        let reason = item.as_ref().and_then(|item| item.get("cancelReason")?.as_s().ok()).map(String::as_str);
        prop_assert_eq!(reason, reasons.get(&payment).copied(), "the reason is kept as it was sent");
    }
    Ok(())
}

#[test]
fn any_sequence_of_requests_gets_the_answers_of_the_pure_functions() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let table = runtime.block_on(empty_table());
    let clock = Arc::new(AtomicI64::new(1_704_112_496));
    let now = Arc::clone(&clock);
    let read = Arc::new(move || Timestamp::from_unix(now.load(Ordering::SeqCst)).expect("a time"));
    let functions = LambdaFunctions::new(dependencies(&table, read));

    // The same sequences each time, as many as PROPTEST_CASES says.
    let mut config = Config { failure_persistence: None, ..Config::default() };
    if std::env::var_os("PROPTEST_CASES").is_none() {
        config.cases = 64;
    }
    let mut runner = TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    let checked =
        runner.run(&sequences(), |sequence| runtime.block_on(same_answers(&functions, &table, &clock, &sequence)));
    match checked {
        Ok(()) => {}
        Err(TestError::Fail(why, sequence)) => {
            panic!("the service and the pure functions differ: {why}\n{sequence:#?}")
        }
        Err(TestError::Abort(why)) => panic!("the sequences cannot be made: {why}"),
    }
}
