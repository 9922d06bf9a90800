//! Many payments at once: none is lost, none is approved twice, and every answer matches the stored payment.

use payments_test_function::{Answer, SECRET_KEY, authorization, cancellation, terms_of};
use payments_tests::{Client, HttpRequest, start_local_server};
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

const CLIENTS: usize = 24;

struct Answers {
    key: String,
    create: Answer,
    confirm: Answer,
    cancel: Answer,
    retrieve: Answer,
    list: Answer,
}

#[tokio::test(flavor = "multi_thread")]
async fn two_thousand_payments_from_24_clients_are_all_kept() {
    all_are_kept(2_000).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "it takes most of a minute in debug; docs/reliability.md has the command"]
async fn ten_thousand_payments_from_24_clients_are_all_kept() {
    all_are_kept(10_000).await;
}

async fn all_are_kept(payments: usize) {
    let running = start_local_server().await;
    let authorization = Arc::new(authorization(SECRET_KEY));
    let next = Arc::new(AtomicUsize::new(0));
    let clients: Vec<_> = (0..CLIENTS)
        .map(|_| {
            let client = Client::new(&running.base_url);
            let (next, authorization) = (Arc::clone(&next), Arc::clone(&authorization));
            tokio::spawn(async move {
                let mut answers = Vec::new();
                loop {
                    let n = next.fetch_add(1, Ordering::SeqCst);
                    if n >= payments {
                        return answers;
                    }
                    answers.push(one_payment(&client, &authorization, n).await);
                }
            })
        })
        .collect();

    let items = {
        let mut all = Vec::new();
        for client in clients {
            all.extend(client.await.unwrap());
        }
        assert_eq!(all.len(), payments);
        let items = running.table.all().await;
        assert_eq!(items.len(), payments, "one item for each payment");
        all.into_iter().map(|answers| (items[&answers.key].clone(), answers)).collect::<Vec<_>>()
    };
    for (item, answers) in items {
        let text = |name: &str| item[name].as_s().unwrap().clone();
        let number = |name: &str| item[name].as_n().unwrap().parse::<u64>().unwrap();
        for (answer, by) in
            [(&answers.create, "createdBy"), (&answers.confirm, "approvedBy"), (&answers.cancel, "canceledBy")]
        {
            assert!(answer.is_first(), "{answer}");
            assert_eq!(
                answer.headers["x-request-id"],
                text(by),
                "the answered request is the one that made the change"
            );
        }
        assert_eq!(
            answers.create.json(),
            json!({ "paymentKey": text("paymentKey"), "orderId": text("orderId"), "status": "INITIATED" })
        );
        assert_eq!(
            answers.confirm.json(),
            json!({
                "paymentKey": text("paymentKey"),
                "orderId": text("orderId"),
                "method": text("method"),
                "approvedAt": text("approvedAt"),
                "totalAmount": number("amount"),
                "status": "APPROVED",
                "receipt": { "url": format!("https://pay.local/receipts/{}", answers.key) },
            })
        );
        assert_eq!(answers.cancel.json(), json!({ "status": text("status"), "canceledAt": text("canceledAt") }));
        assert_eq!(
            answers.retrieve.json(),
            json!({
                "paymentKey": text("paymentKey"),
                "orderId": text("orderId"),
                "status": "CANCELED",
                "totalAmount": number("amount"),
                "balanceAmount": 0,
                "method": text("method"),
                "requestedAt": text("createdAt"),
                "approvedAt": text("approvedAt"),
                "receipt": answers.confirm.json()["receipt"],
                "cancels": [{
                    "cancelReason": text("cancelReason"),
                    "cancelAmount": number("cancelAmount"),
                    "canceledAt": text("canceledAt"),
                }],
            })
        );
        assert_eq!(answers.list.json(), json!({ "payments": [answers.retrieve.json()] }), "the only one of its order");
        assert_eq!(text("status"), "CANCELED");
    }
}

async fn one_payment(client: &Client, authorization: &str, n: usize) -> Answers {
    let key = format!("load_{n}");
    let amount = n as u64 + 1;
    let terms = terms_of(&key, &key, amount);
    let send = |operation: &str, body: &Value| client.send(HttpRequest::to(operation, &key, authorization, body));
    let create = send("create", &terms).await;
    let confirm = send("confirm", &terms).await;
    let cancel = send("cancel", &cancellation(amount)).await;
    let retrieve = send("retrieve", &Value::Null).await;
    let list = send("list", &Value::Null).await;
    Answers { key, create, confirm, cancel, retrieve, list }
}
