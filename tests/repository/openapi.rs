//! What `openapi.yaml` lets clients rely on.

use payments_tests::OpenApi;
use serde_json::json;

#[test]
fn a_client_accepts_additions_of_later_versions_and_api_gateways_own_answers() {
    let contract = OpenApi::read();
    let payment = json!({ "paymentKey": "pay_1", "orderId": "order_1", "status": "EXPIRED", "new": 1 });
    let approved = json!({
        "paymentKey": "pay_1", "orderId": "order_1", "method": "TRANSFER", "approvedAt": "2024-01-01T12:34:56Z",
        "totalAmount": 1, "status": "SETTLED", "receipt": { "url": "https://pay.local/receipts/pay_1", "new": 1 }, "new": 1,
    });
    let canceled = json!({ "status": "REFUNDED", "canceledAt": "2024-01-01T12:34:56Z", "new": 1 });
    let retrieved = json!({
        "paymentKey": "pay_1", "orderId": "order_1", "status": "EXPIRED", "totalAmount": 2, "balanceAmount": 1,
        "method": "TRANSFER", "requestedAt": "2024-01-01T12:34:50Z", "approvedAt": null, "receipt": null, "new": 1,
        "cancels": [
            { "cancelReason": "x", "cancelAmount": 1, "canceledAt": "2024-01-01T12:34:56Z", "new": 1 },
            { "cancelReason": "y", "cancelAmount": 1, "canceledAt": "2024-01-01T12:34:57Z" },
        ],
    });
    for (schema, body) in [
        ("CreatedPayment", payment),
        ("Payment", retrieved),
        ("ApprovedPayment", approved),
        ("CanceledPayment", canceled),
        ("ApiError", json!({ "code": "NEW", "message": "a new error", "new": 1 })),
        ("ApiError", json!({ "message": "Too Many Requests" })),
    ] {
        assert!(contract.is_accepted(schema, &body), "{schema}: {body}");
    }
    assert!(!contract.is_accepted("ApiError", &json!({ "code": "NEW" })), "a schema says something");
}
