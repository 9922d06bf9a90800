//! H125 to H130: receipts, for which no key is asked. A token that is not the right one gets the same page for every payment.

use crate::paths::ids;
use crate::request::{Case, Expected, RawRequest, TOO_LARGE};
use crate::service::{AttackedService, KEY, MARK};
use payments_test_function::{body_of, event, log, receipt_event, receipt_token};
use payments_test_table::unique;
use serde_json::json;
use std::time::Instant;

/// A token of the right form.
const GUESSED: &str = "qQgT5NSCPoumWoS7H-zitQ";

pub(crate) fn cases() -> Vec<Case> {
    let missing = |query: &str| RawRequest::receipt(query);
    let none = |request: RawRequest, number, what: &str| request.is(number, what, Expected::NoReceipt);
    let guessed = || RawRequest::receipt(&format!("?t={GUESSED}"));
    let mut cases = vec![
        none(missing(""), "H125", "no token"),
        none(missing("?"), "H125", "an empty query"),
        none(missing("?t"), "H125", "a token without a value"),
        none(missing("?t="), "H125", "an empty token"),
        none(missing("?T=qQgT5NSCPoumWoS7H-zitQ"), "H125", "another name"),
        none(missing("?t[]=qQgT5NSCPoumWoS7H-zitQ"), "H125", "a list of tokens"),
        none(missing("?t.x=qQgT5NSCPoumWoS7H-zitQ"), "H125", "a part of a token"),
        none(missing("?t=%00"), "H126", "a NUL"),
        none(missing("?t=%ff"), "H126", "a byte that is not UTF-8"),
        none(missing("?t=%"), "H126", "a sign of encoding alone"),
        none(missing("?t=null"), "H126", "a word"),
        none(missing("?t=*"), "H126", "a wildcard"),
        none(missing("?t=%27%20OR%201=1--"), "H126", "SQL"),
        none(missing("?t=<script>alert(1)</script>"), "H126", "a script").event_only(),
        none(missing("?t=%3Cscript%3Ealert(1)%3C/script%3E"), "H126", "a script, encoded"),
        none(missing(&format!("?t={MARK}")), "H126", "a marker"),
        none(missing(&format!("?t={}", "A".repeat(8_000))), "H126", "8,000 characters"),
        none(missing(&format!("?{}", "t=A&".repeat(2_000))), "H126", "2,000 tokens"),
        none(missing("?t=AAAAAAAAAAAAAAAAAAAAAA"), "H127", "16 zero bytes"),
        none(missing("?t=_____________________w"), "H127", "16 bytes of ones"),
        none(guessed(), "H127", "a guessed token"),
        none(missing(&format!("?t={GUESSED}&t={GUESSED}")), "H127", "a guessed token twice"),
        none(missing("").with("t", GUESSED), "H128", "a token in a header"),
        none(missing("").with("Cookie", format!("t={GUESSED}")), "H128", "a token in a cookie"),
        none(missing("").body(format!("t={GUESSED}")), "H128", "a token in the body"),
        missing(&format!(";t={GUESSED}")).is("H128", "a token in the path", Expected::NoReceiptForKey),
        none(guessed().with("Host", "evil.example"), "H128", "another host"),
        none(guessed().with("Referer", "https://evil.example/"), "H128", "a link from elsewhere"),
        none(guessed().with("Origin", "https://evil.example"), "H128", "another origin"),
        none(guessed().with("Sec-Fetch-Site", "cross-site"), "H128", "a link that a browser follows"),
        guessed().body(" ".repeat(16_385)).is("H128", "a large body", TOO_LARGE),
    ];
    // A key that no payment can have is not looked up.
    let receipt = |key: &str| RawRequest::receipt("").target(format!("/receipts/{key}?t={GUESSED}"));
    cases.extend(ids(receipt, Expected::NoReceiptForKey, 200, Expected::NoReceipt));
    cases
}

/// Payments in every state, and the service.
struct Shop {
    service: AttackedService,
    approved: String,
    canceled: String,
    initiated: String,
}

impl Shop {
    async fn open() -> Self {
        let service = AttackedService::start().await;
        let [approved, canceled, initiated] = ["approved", "canceled", "initiated"].map(unique);
        for (key, steps) in [
            (&approved, &["create", "confirm"][..]),
            (&canceled, &["create", "confirm", "cancel"]),
            (&initiated, &["create"]),
        ] {
            for step in steps {
                let received = service.invoke(step, &event(step, KEY, key, &body_of(step, key))).await;
                assert!(received.answer.is_first(), "{received:?}");
            }
        }
        Self { service, approved, canceled, initiated }
    }

    /// The right token of an approved payment.
    async fn token(&self, key: &str) -> String {
        let item = self.service.table.get(key).await.expect("a payment");
        receipt_token(key, item["approvedBy"].as_s().expect("text"))
    }

    /// Whether a token opens the receipt of a payment. If not, the page is that of a payment that does not exist.
    async fn opens(&self, key: &str, token: &str) -> bool {
        let received = self.service.invoke("receipt", &receipt_event(key, &json!({ "t": token }))).await;
        assert_eq!(received.calls, ["GetItem"], "{key} {token}: {received:?}");
        if received.answer.status == 200 {
            return true;
        }
        let none = RawRequest::receipt("").is("H129", "a token that is not right", Expected::NoReceipt);
        assert_eq!(self.service.is_page(&received, &none), Ok(()), "{key} {token}");
        false
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn h129_only_its_own_token_opens_a_receipt() {
    let shop = Shop::open().await;
    let (of_approved, of_canceled) = (shop.token(&shop.approved).await, shop.token(&shop.canceled).await);
    for (key, token) in [(&shop.approved, &of_approved), (&shop.canceled, &of_canceled)] {
        assert!(shop.opens(key, token).await, "its own token");
        for (at, character) in token.char_indices() {
            let mut altered = token.clone();
            altered.replace_range(at..=at, if character == 'A' { "E" } else { "A" });
            assert!(!shop.opens(key, &altered).await, "{altered} instead of {token}");
        }
        for altered in [
            &token[1..],
            &token[..21],
            &format!("{token}A"),
            &format!("{token}=="),
            &format!(" {token}"),
            &format!("{token},{token}"),
            &token.to_lowercase(),
            &token.to_uppercase(),
        ] {
            assert!(!shop.opens(key, altered).await, "{altered:?} instead of {token}");
        }
        let item = shop.service.table.get(key).await.expect("a payment");
        // Anyone can compute the first two. The others need an id that is only in logs, and are not of the approval.
        for by in ["", "null", item["createdBy"].as_s().expect("text")] {
            assert!(!shop.opens(key, &receipt_token(key, by)).await, "a token of {by:?}");
        }
        assert!(!shop.opens(&unique("unknown"), token).await, "a payment that does not exist");
        assert!(!shop.opens(&shop.initiated, token).await, "an initiated payment");
    }
    assert!(!shop.opens(&shop.approved, &of_canceled).await && !shop.opens(&shop.canceled, &of_approved).await);
    let created = shop.service.table.get(&shop.initiated).await.expect("a payment");
    for by in ["", "null", created["createdBy"].as_s().expect("text")] {
        assert!(
            !shop.opens(&shop.initiated, &receipt_token(&shop.initiated, by)).await,
            "initiated, a token of {by:?}"
        );
    }
    let log = log();
    for token in [of_approved, of_canceled] {
        assert!(!log.contains(&token), "no token reaches a log");
    }
    shop.service.kept_its_secrets();
}

/// The guess of a payment key must not be faster or slower for a payment that exists. The requests take turns, so that the load of the
/// machine is the same for all. What remains is DynamoDB's answer, with an item or without one.
#[tokio::test(flavor = "multi_thread")]
async fn h130_a_wrong_token_takes_the_same_time_for_every_payment() {
    const ROUNDS: usize = 201;
    let shop = Shop::open().await;
    let unknown = unique("unknown");
    let payments = [&unknown, &shop.initiated, &shop.approved, &shop.canceled];
    let events = payments.map(|key| receipt_event(key, &json!({ "t": GUESSED })).to_string());
    let mut times = payments.map(|_| Vec::new());
    for _ in 0..ROUNDS {
        for (event, times) in events.iter().zip(&mut times) {
            let started = Instant::now();
            let answer = shop.service.invoke_raw("receipt", event).await.expect("an answer");
            times.push(started.elapsed());
            assert_eq!(answer.status, 404, "{answer}");
        }
    }
    let medians = times.map(|mut times| {
        times.sort();
        times[ROUNDS / 2].as_secs_f64()
    });
    let fastest = medians.iter().copied().fold(f64::INFINITY, f64::min);
    let slowest = medians.iter().copied().fold(0.0, f64::max);
    println!("{medians:?}");
    assert!(slowest < 1.5 * fastest, "unknown, initiated, approved, canceled: {medians:?} s");
}
