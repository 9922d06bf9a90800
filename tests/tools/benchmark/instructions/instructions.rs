//! The instructions of a request, for each of its outcomes, counted by callgrind: from the bytes of the event to the bytes
//! of the answer, including the real SDK and the log line, without the kernel and DynamoDB.
//!
//! The store is the DynamoDB that `AWS_ENDPOINT_URL_DYNAMODB` names, with a table `payments`.

use Step::{
    Cancel, Confirm, Create, CreateInKorean, Invalid, InvalidInKorean, List, Receipt, Retrieve, Unauthorized,
    WrongReceipt,
};
use gungraun::{Callgrind, LibraryBenchmarkConfig, library_benchmark, library_benchmark_group, main};
use lambda_runtime::LambdaEvent;
use payments_http::{Dependencies, Endpoint, Function, Incoming, Receipts, SecretKeys, default_language};
use payments_process::{Environment, Metrics, Settings, start_logging, system_clock};
use payments_store::Store;
use serde_json::{Value, json};
use std::env;
use std::ffi::OsString;
use std::io;
use std::process;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use tokio::runtime::{Builder, Runtime};

/// A request about one payment.
#[derive(Clone, Copy)]
enum Step {
    /// A create with an amount.
    Create(u64),
    /// A confirm with an amount.
    Confirm(u64),
    /// A cancel with an amount.
    Cancel(u64),
    Retrieve,
    /// A list of the payment's order, which has no other payment.
    List,
    /// The receipt of an approved payment.
    Receipt,
    /// A receipt with another token.
    WrongReceipt,
    /// A create with a wrong key.
    Unauthorized,
    /// A create that lacks its amount.
    Invalid,
    /// As [`Create`], from a client that prefers Korean.
    CreateInKorean(u64),
    /// As [`Invalid`], from a client that prefers Korean.
    InvalidInKorean,
}

/// A process that waits for one event.
struct Prepared {
    runtime: Runtime,
    functions: Functions,
    step: Step,
    event: Vec<u8>,
    status: u16,
}

/// The answer. The process is returned with it, because dropping it would also be counted.
struct Answered {
    answer: Vec<u8>,
    process: Prepared,
}

struct Functions {
    create: Function<payments_create::CreateEndpoint>,
    confirm: Function<payments_confirm::ConfirmEndpoint>,
    cancel: Function<payments_cancel::CancelEndpoint>,
    retrieve: Function<payments_retrieve::RetrieveEndpoint>,
    list: Function<payments_list::ListEndpoint>,
    receipt: Function<payments_receipt::ReceiptEndpoint>,
    /// With receipts, whose addresses have a token.
    retrieve_with_receipts: Function<payments_retrieve::RetrieveEndpoint>,
}

/// Every request has its own id and every payment its own key, across the processes of all outcomes.
fn unique(what: &str) -> String {
    static MADE: AtomicU32 = AtomicU32::new(0);
    // Always the same length, because the length changes the number of instructions.
    format!("{what}_{:010}_{:010}", process::id(), MADE.fetch_add(1, Ordering::Relaxed))
}

impl Step {
    fn event(self, key: &str) -> Vec<u8> {
        let sample = match self {
            Create(_) | CreateInKorean(_) | Unauthorized | Invalid | InvalidInKorean => {
                include_str!("../../../../events/create.json")
            }
            Confirm(_) => include_str!("../../../../events/confirm.json"),
            Cancel(_) => include_str!("../../../../events/cancel.json"),
            Retrieve => include_str!("../../../../events/retrieve.json"),
            List => include_str!("../../../../events/list.json"),
            Receipt | WrongReceipt => include_str!("../../../../events/receipt-wrong-token.json"),
        };
        let mut event: Value = serde_json::from_str(sample).expect("a sample is JSON");
        let body = match self {
            Create(amount) | CreateInKorean(amount) | Confirm(amount) => {
                json!({ "paymentKey": key, "orderId": key, "amount": amount })
            }
            Cancel(amount) => json!({ "cancelReason": "USER_REQUEST", "cancelAmount": amount }),
            Unauthorized | Invalid | InvalidInKorean => json!({ "paymentKey": key, "orderId": key }),
            Retrieve | List | Receipt | WrongReceipt => Value::Null,
        };
        if !body.is_null() {
            event["body"] = json!(body.to_string());
        }
        match self {
            Cancel(_) => {
                event["rawPath"] = json!(format!("/v1/payments/{key}/cancel"));
                event["pathParameters"]["paymentKey"] = json!(key);
            }
            Retrieve => {
                event["rawPath"] = json!(format!("/v1/payments/{key}"));
                event["pathParameters"]["paymentKey"] = json!(key);
            }
            List => {
                event["rawPath"] = json!(format!("/v1/payments/orders/{key}"));
                event["pathParameters"]["orderId"] = json!(key);
            }
            Receipt | WrongReceipt => {
                event["rawPath"] = json!(format!("/receipts/{key}"));
                event["pathParameters"]["paymentKey"] = json!(key);
            }
            // As long as the correct one.
            Unauthorized => event["headers"]["authorization"] = json!("Basic dGVzdF9za19kdW1teQ=="),
            // As a browser sends it.
            CreateInKorean(_) | InvalidInKorean => {
                event["headers"]["accept-language"] = json!("ko-KR,ko;q=0.9,en-US;q=0.8,en;q=0.7");
            }
            Create(_) | Confirm(_) | Invalid => {}
        }
        event.to_string().into_bytes()
    }
}

impl Functions {
    async fn invoke(&self, step: Step, event: &[u8]) -> Vec<u8> {
        match step {
            Create(_) | CreateInKorean(_) | Unauthorized | Invalid | InvalidInKorean => {
                answer(&self.create, event).await
            }
            Confirm(_) => answer(&self.confirm, event).await,
            Cancel(_) => answer(&self.cancel, event).await,
            Retrieve => answer(&self.retrieve, event).await,
            List => answer(&self.list, event).await,
            Receipt | WrongReceipt => answer(&self.receipt, event).await,
        }
    }
}

impl Functions {
    /// The event of a step. That of a receipt has the right token.
    async fn event(&self, step: Step, key: &str) -> Vec<u8> {
        let event = step.event(key);
        if !matches!(step, Receipt) {
            return event;
        }
        let answer: Value = serde_json::from_slice(&answer(&self.retrieve_with_receipts, &Retrieve.event(key)).await)
            .expect("an answer is JSON");
        let payment: Value = serde_json::from_str(answer["body"].as_str().expect("a body")).expect("a payment");
        let url = payment["receipt"]["url"].as_str().expect("an approved payment has a receipt");
        let mut event: Value = serde_json::from_slice(&event).expect("an event is JSON");
        event["queryStringParameters"]["t"] = json!(url.split_once("?t=").expect("a token").1);
        event.to_string().into_bytes()
    }
}

async fn answer<E: Endpoint>(function: &Function<E>, event: &[u8]) -> Vec<u8> {
    let event: Incoming = serde_json::from_slice(event).expect("parsing never fails");
    let mut context = lambda_runtime::Context::default();
    context.request_id = unique("request");
    let answer = function.handle(LambdaEvent::new(event, context)).await.expect("an HTTP event");
    serde_json::to_vec(&answer).expect("an answer is JSON")
}

/// Prepares a payment for `step`. Other payments went through the same steps before, so that the connection is open and
/// everything that is created only once exists.
fn prepare(before: &[Step], step: Step, status: u16) -> Prepared {
    start_logging(io::sink, "info");
    let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
    let functions = runtime.block_on(functions());
    for _ in 0..3 {
        let key = unique("warm");
        for step in [before, &[step]].concat() {
            runtime.block_on(async { functions.invoke(step, &functions.event(step, &key).await).await });
        }
    }
    let key = unique("pay_");
    for step in before {
        runtime.block_on(functions.invoke(*step, &step.event(&key)));
    }
    let event = runtime.block_on(functions.event(step, &key));
    Prepared { runtime, functions, step, event, status }
}

async fn functions() -> Functions {
    let environment = Environment::of_this_process();
    let settings = Settings::read(environment).expect("settings");
    let aws = payments_store::from_environment().await;
    let endpoint = env::var("AWS_ENDPOINT_URL_DYNAMODB").expect("AWS_ENDPOINT_URL_DYNAMODB");
    let client = payments_store::dynamodb(&aws, Some(&endpoint), &settings.trust_store);
    let dependencies = |receipts| {
        Arc::new(Dependencies {
            keys: SecretKeys::read(environment).expect("a key"),
            store: Store::new(client.clone(), &settings.table),
            receipts,
            language: default_language(environment).expect("the language"),
            clock: system_clock(),
            metrics: Metrics::new(settings.metrics_namespace.clone(), |_| ()),
        })
    };
    let receipts = |environment| Receipts::read(environment, Receipts::DEFAULT_BASE).expect("the receipts");
    let with_receipts =
        dependencies(receipts(Environment::new(&|name| (name == "RECEIPT_PAGES").then(|| OsString::from("on")))));
    let dependencies = dependencies(receipts(environment));
    Functions {
        create: Function::new(Arc::clone(&dependencies)),
        confirm: Function::new(Arc::clone(&dependencies)),
        cancel: Function::new(Arc::clone(&dependencies)),
        retrieve: Function::new(Arc::clone(&dependencies)),
        list: Function::new(dependencies),
        receipt: Function::new(Arc::clone(&with_receipts)),
        retrieve_with_receipts: Function::new(with_receipts),
    }
}

/// Another answer would be a count of something else.
fn check(answered: Answered) {
    let answer: Value = serde_json::from_slice(&answered.answer).expect("an answer is JSON");
    assert_eq!(answer["statusCode"], answered.process.status, "{answer}");
}

#[library_benchmark(setup = prepare, teardown = check)]
#[bench::create(&[], Create(10), 200)]
#[bench::create_replay(&[Create(10)], Create(10), 200)]
#[bench::confirm(&[Create(10)], Confirm(10), 200)]
#[bench::confirm_replay(&[Create(10), Confirm(10)], Confirm(10), 200)]
#[bench::confirm_amount_mismatch(&[Create(10)], Confirm(11), 409)]
#[bench::confirm_already_canceled(&[Create(10), Confirm(10), Cancel(10)], Confirm(10), 422)]
#[bench::confirm_not_found(&[], Confirm(10), 404)]
#[bench::cancel(&[Create(10), Confirm(10)], Cancel(10), 200)]
#[bench::cancel_replay(&[Create(10), Confirm(10), Cancel(10)], Cancel(10), 200)]
#[bench::cancel_partial_mismatch(&[Create(10), Confirm(10)], Cancel(9), 409)]
#[bench::cancel_not_approved(&[Create(10)], Cancel(10), 422)]
#[bench::retrieve(&[Create(10), Confirm(10), Cancel(10)], Retrieve, 200)]
#[bench::retrieve_not_found(&[], Retrieve, 404)]
#[bench::list(&[Create(10), Confirm(10), Cancel(10)], List, 200)]
#[bench::list_empty(&[], List, 200)]
#[bench::receipt(&[Create(10), Confirm(10)], Receipt, 200)]
#[bench::receipt_wrong_token(&[Create(10), Confirm(10)], WrongReceipt, 404)]
#[bench::receipt_not_approved(&[Create(10)], WrongReceipt, 404)]
#[bench::receipt_unknown(&[], WrongReceipt, 404)]
#[bench::unauthorized(&[], Unauthorized, 401)]
#[bench::invalid_request(&[], Invalid, 400)]
#[bench::create_in_korean(&[], CreateInKorean(10), 200)]
#[bench::invalid_request_in_korean(&[], InvalidInKorean, 400)]
fn request(process: Prepared) -> Answered {
    let answer = process.runtime.block_on(process.functions.invoke(process.step, &process.event));
    Answered { answer, process }
}

library_benchmark_group!(name = outcomes, benchmarks = request);

main!(
    config = LibraryBenchmarkConfig::default()
        .pass_through_envs(["AWS_ENDPOINT_URL_DYNAMODB"])
        .envs([
            ("AWS_ACCESS_KEY_ID", "benchmark"),
            ("AWS_LAMBDA_LOG_FORMAT", "JSON"),
            ("AWS_REGION", "ap-northeast-2"),
            ("AWS_SECRET_ACCESS_KEY", "benchmark"),
            ("AWS_SESSION_TOKEN", "benchmark"),
            ("PAYMENTS_SECRET_KEY", "test_sk_dummy"),
        ])
        .tool(Callgrind::default()),
    library_benchmark_groups = outcomes
);
