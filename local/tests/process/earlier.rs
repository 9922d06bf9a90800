//! A data file that an earlier version has written.

use crate::server::{DataFile, ServerProcess};
use serde_json::{Value, json};
use std::fs;

/// Written by commit 146a510 (version 1.0), with a payment of 10 in each state.
const VERSION_1_0: &[u8] = include_bytes!("../data/payments-146a510.db");

fn server_over(data: &DataFile) -> ServerProcess {
    ServerProcess::on_free_ports(&["--data", data.path()])
}

#[test]
fn every_payment_of_version_1_0_can_be_read_completely_and_listed() {
    let data = DataFile::new("earlier");
    fs::write(data.path(), VERSION_1_0).expect("a file");
    let server = server_over(&data);
    let time = "2026-11-26T08:27:01Z";
    let payment = |status: &str, balance: u64| {
        let key = format!("old_{}", status.to_lowercase());
        json!({
            "paymentKey": key, "orderId": "order_old", "status": status, "totalAmount": 10, "balanceAmount": balance,
            "method": "CARD", "requestedAt": time, "approvedAt": time,
            "receipt": { "url": format!("https://pay.local/receipts/{key}") }, "cancels": null,
        })
    };
    let (mut initiated, approved) = (payment("INITIATED", 10), payment("APPROVED", 10));
    for name in ["method", "approvedAt", "receipt"] {
        initiated[name] = Value::Null;
    }
    let mut canceled = payment("CANCELED", 0);
    canceled["cancels"] = json!([{ "cancelReason": "USER_REQUEST", "cancelAmount": 10, "canceledAt": time }]);
    let read = |server: &ServerProcess, path: &str| -> (u16, Value) {
        let (status, body) = server.get(path);
        (status, serde_json::from_str(&body).expect("JSON"))
    };
    for expected in [&initiated, &approved, &canceled] {
        let key = expected["paymentKey"].as_str().expect("a key");
        assert_eq!(read(&server, &format!("/v1/payments/{key}")), (200, expected.clone()));
    }
    // All three were created in the same second, so they are in the order of their keys.
    let list = json!({ "payments": [approved, canceled, initiated] });
    assert_eq!(read(&server, "/v1/payments/orders/order_old"), (200, list.clone()));
    drop(server);
    let again = server_over(&data);
    assert_eq!(read(&again, "/v1/payments/orders/order_old"), (200, list), "the file has the index now");
}

#[test]
fn a_payment_of_version_1_0_goes_on_with_its_life() {
    let data = DataFile::new("earlier-life");
    fs::write(data.path(), VERSION_1_0).expect("a file");
    let server = server_over(&data);
    let terms = r#"{"paymentKey":"old_initiated","orderId":"order_old","amount":10}"#;
    let cancel = r#"{"cancelReason":"USER_REQUEST","cancelAmount":10}"#;
    assert_eq!(server.post("/v1/payments/confirm", terms).0, 200);
    assert_eq!(server.post("/v1/payments/old_approved/cancel", cancel).0, 200);
    let (status, body) = server.post("/v1/payments/old_canceled/cancel", cancel);
    assert!(status == 200 && body.contains("2026-11-26T08:27:01Z"), "a replay of the first answer: {body}");
    drop(server);
    let again = server_over(&data);
    assert!(again.get("/v1/payments/old_initiated").1.contains("APPROVED"), "the file keeps it");
}

#[test]
fn a_payment_of_version_1_0_has_a_receipt_as_soon_as_receipts_are_on() {
    let data = DataFile::new("earlier-receipts");
    fs::write(data.path(), VERSION_1_0).expect("a file");
    let server = ServerProcess::on_free_ports(&["--data", data.path(), "--receipts"]);
    for (key, at) in [("old_approved", 1), ("old_canceled", 2)] {
        let (_, body) = server.get(&format!("/v1/payments/{key}"));
        let payment: Value = serde_json::from_str(&body).expect("JSON");
        let url = payment["receipt"]["url"].as_str().expect("a receipt");
        let path = url.strip_prefix(server.value("payments:")).expect("an address of the server");
        let (status, page) = server.ask("GET", path);
        assert_eq!((status, page.matches("2026-11-26 17:27:01").count()), (200, at), "{page}");
    }
}
