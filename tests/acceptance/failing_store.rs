//! The answers that no request causes: those of a store that cannot be reached, and of one without the table.

use payments_http::Dependencies;
use payments_test_function::{
    LambdaFunctions, OPERATIONS, WRITES, body_of, dependencies, fixed_clock, receipt_event, receipt_pages,
};
use payments_test_table::{Table, empty_table, unique};
use payments_tests::{HttpRequest, OpenApi};
use serde_json::json;
use std::collections::BTreeSet;

/// The statuses of these answers.
pub(crate) const STATUSES: [u16; 2] = [500, 503];

pub(crate) async fn a_failing_store_is_answered_as_openapi_yaml_says() {
    let contract = OpenApi::read();
    let mut korean = BTreeSet::new();
    let there = empty_table().await;
    let without_the_table = Table::at(&there.endpoint, &unique("no_such_table"));
    for table in [Table::at("http://127.0.0.1:1", "payments"), without_the_table] {
        let receipts = receipt_pages("A shop");
        let functions = LambdaFunctions::new(Dependencies { receipts, ..dependencies(&table, fixed_clock()) });
        for operation in OPERATIONS {
            let (function, body) = (functions.named(operation), body_of(operation, "pay_1"));
            let mut event = function.event("pay_1", &body);
            let answer = function.invoke(&event).await;
            contract.check(&HttpRequest::to(operation, "pay_1", "", &body), &answer);
            event["headers"]["accept-language"] = json!("ko");
            let message = function.invoke(&event).await.json()["message"].to_string();
            korean.insert((answer.status, WRITES.contains(&operation), message));
        }
        let mut event = receipt_event("pay_1", &json!({ "t": "AAAAAAAAAAAAAAAAAAAAAA" }));
        let page = functions.named("receipt").invoke(&event).await;
        contract.check(&HttpRequest::to("receipt", "pay_1", "", &json!(null)), &page);
        event["headers"]["accept-language"] = json!("ko");
        let page = functions.named("receipt").invoke(&event).await;
        let title = if page.status == 503 {
            "지금은 영수증을 표시할 수 없습니다"
        } else {
            "영수증을 표시할 수 없습니다"
        };
        assert!(page.body.contains(&format!("<h1>{title}</h1>")), "{page}");
    }
    let expected = [
        (500, true, "서버 내부 오류가 발생했습니다."),
        (500, false, "서버 내부 오류가 발생했습니다."),
        (503, true, "처리 결과를 확인할 수 없습니다. 같은 요청을 다시 보내 주십시오."),
        (503, false, "조회에 실패했으며, 변경된 내용은 없습니다. 요청을 다시 보내 주십시오."),
    ];
    let expected = expected.map(|(status, is_write, message)| (status, is_write, json!(message).to_string()));
    assert_eq!(korean, BTreeSet::from(expected));
    let described = contract.described(|status| STATUSES.contains(&status));
    assert_eq!(contract.seen(), described, "answers in the examples' words");
}
