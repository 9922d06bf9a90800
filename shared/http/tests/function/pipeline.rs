//! What every endpoint guarantees: a panic affects one request, and no write is made without a request id.

use lambda_runtime::LambdaEvent;
use payments_create::CreateEndpoint;
use payments_domain::{Create, Timestamp};
use payments_http::{ApiError, Call, Context, Endpoint, Reply, RequestError, Route};
use payments_test_function::{Answer, LambdaFunction, SECRET_KEY, body_of, dependencies, event, fixed_clock};
use payments_test_table::{Table, empty_table, unique};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// F43 of docs/reliability.md.
#[tokio::test(flavor = "multi_thread")]
async fn a_panic_is_answered_500_and_the_next_request_is_served() {
    let table = empty_table().await;
    let panics = AtomicBool::new(true);
    let clock = Arc::new(move || {
        assert!(!panics.swap(false, Ordering::SeqCst), "the secret inside");
        Timestamp::from_unix(0).unwrap()
    });
    let function = LambdaFunction::new("create", dependencies(&table, clock));
    let key = unique("panic");
    let event = function.event(&key, &body_of("create", &key));
    let answer = function.invoke(&event).await;
    assert_eq!(answer.status, 500);
    assert_eq!(answer.body, r#"{"code":"INTERNAL_ERROR","message":"Something is wrong on our side."}"#);
    assert_eq!(answer.header("retry-after"), None);
    let answer = function.invoke(&event).await;
    assert!(answer.is_first(), "{answer}");
}

/// An endpoint with a bug: it panics after its write.
struct Panics;

impl Endpoint for Panics {
    const NAME: &'static str = "panics";
    const ROUTE: Route = CreateEndpoint::ROUTE;
    type Input = Create;

    fn parse(call: &Call<'_>) -> Result<Create, RequestError> {
        CreateEndpoint::parse(call)
    }

    async fn serve(context: &mut Context<'_>, create: Create) -> Result<Reply, ApiError> {
        context.write(&create).await?;
        panic!("after the write")
    }
}

/// Its answer to a create.
async fn answer_of_a_panic(table: &Table, key: &str) -> Answer {
    let function = payments_http::Function::<Panics>::new(Arc::new(dependencies(table, fixed_clock())));
    let event = event("create", SECRET_KEY, key, &body_of("create", key));
    let incoming = serde_json::from_str(&event.to_string()).expect("an event");
    let mut context = lambda_runtime::Context::default();
    context.request_id = unique("request");
    let returned = function.handle(LambdaEvent::new(incoming, context)).await.expect("an answer");
    Answer::of_function(&serde_json::to_value(returned).expect("JSON")).expect("an answer")
}

/// F43, too. A client does not repeat a request after a 500, so it would never learn of the payment.
#[tokio::test(flavor = "multi_thread")]
async fn a_panic_after_a_write_is_answered_503() {
    let table = empty_table().await;
    let key = unique("panic");
    let answer = answer_of_a_panic(&table, &key).await;
    assert!(table.get(&key).await.is_some(), "it was written");
    assert_eq!((answer.status, answer.header("retry-after")), (503, Some("1")), "{answer}");

    let replayed = answer_of_a_panic(&table, &key).await;
    assert_eq!(replayed.status, 503, "the payment is there: {replayed}");
    let no_table = Table::at(&table.endpoint, &unique("no_such_table"));
    let failed = answer_of_a_panic(&no_table, &key).await;
    assert_eq!(failed.status, 500, "nothing was written: {failed}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_without_a_request_id_is_not_made() {
    let table = empty_table().await;
    let function = LambdaFunction::new("create", dependencies(&table, fixed_clock()));
    let key = unique("nameless");
    let event = function.event(&key, &body_of("create", &key));
    let answer = function.invoke_as("", &event.to_string()).await.expect("an answer");
    assert_eq!(answer.status, 500, "it could not be distinguished from another request's");
    assert_eq!(table.get(&key).await, None);
}
