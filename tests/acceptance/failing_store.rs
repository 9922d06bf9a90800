//! The answers that no request causes: those of a store that cannot be reached, and of one without the table.

use payments_test_function::{LambdaFunctions, OPERATIONS, body_of, dependencies, fixed_clock};
use payments_test_table::{Table, empty_table, unique};
use payments_tests::{HttpRequest, OpenApi};

/// The statuses of these answers.
pub(crate) const STATUSES: [u16; 2] = [500, 503];

pub(crate) async fn a_failing_store_is_answered_as_openapi_yaml_says() {
    let contract = OpenApi::read();
    let there = empty_table().await;
    let without_the_table = Table::at(&there.endpoint, &unique("no_such_table"));
    for table in [Table::at("http://127.0.0.1:1", "payments"), without_the_table] {
        let functions = LambdaFunctions::new(dependencies(&table, fixed_clock()));
        for operation in OPERATIONS {
            let (function, body) = (functions.named(operation), body_of(operation, "pay_1"));
            let answer = function.invoke(&function.event("pay_1", &body)).await;
            contract.check(&HttpRequest::to(operation, "pay_1", "", &body), &answer);
        }
    }
    let described = contract.described(|status| STATUSES.contains(&status));
    assert_eq!(contract.seen(), described, "answers in the examples' words");
}
