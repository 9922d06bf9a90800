//! The report in JSON, with each finding explained in a sentence. It is indented, because the log of a CI job shows it to a person.

use super::input::{Fields, InputError};
use crate::report::{Check, Evidence, Finding, Verdict};
use crate::response::response;
use bytes::Bytes;
use hyper::header::{CONTENT_LANGUAGE, HeaderValue};
use hyper::{Response, StatusCode};
use payments_domain::{OrderId, PaymentKey};
use payments_language::{Language, Text, text};
use serde::{Serialize, Serializer};

/// What a report needs to pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Required {
    /// That no check failed.
    NoFailure,
    /// That all checks were tried, too.
    AllTried,
}

/// Reads what a query requires of the report.
pub(super) fn read(query: &str) -> Result<Required, InputError> {
    let mut fields = Fields::of_a_query(query)?;
    let tried = fields.name("require", &["tried"], |name| (name == "tried").then_some(Required::AllTried))?;
    fields.end()?;
    Ok(tried.unwrap_or(Required::NoFailure))
}

/// The report. Its status is 409 if it did not pass, so that `curl --fail-with-body` ends a CI job.
pub(super) fn response_of(findings: &[Finding], required: Required, language: Language) -> Response<Bytes> {
    let passed = findings.iter().all(|finding| match finding.verdict() {
        Verdict::Passed => true,
        Verdict::NotTried => required == Required::NoFailure,
        Verdict::Failed => false,
    });
    let (status, verdict) =
        if passed { (StatusCode::OK, Verdict::Passed) } else { (StatusCode::CONFLICT, Verdict::Failed) };
    let report = Report { verdict, checks: findings.iter().map(|finding| Checked::of(finding, language)).collect() };
    let mut json = serde_json::to_string_pretty(&report).unwrap_or_default();
    json.push('\n');
    let mut response = response(status, HeaderValue::from_static("application/json"), json);
    response.headers_mut().insert(CONTENT_LANGUAGE, HeaderValue::from_static(language.tag()));
    response
}

#[derive(Serialize)]
struct Report<'a> {
    verdict: Verdict,
    checks: Vec<Checked<'a>>,
}

#[derive(Serialize)]
struct Checked<'a> {
    check: &'static str,
    verdict: Verdict,
    tried: usize,
    explanation: String,
    evidence: Vec<Shown<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Shown<'a> {
    payment_key: Option<&'a str>,
    order_id: Option<&'a str>,
    requests: &'a [String],
}

impl<'a> Checked<'a> {
    fn of(finding: &'a Finding, language: Language) -> Self {
        let Finding { check, tried, evidence } = finding;
        let shown = |Evidence { payment_key, order_id, requests }: &'a Evidence| Shown {
            payment_key: payment_key.as_ref().map(PaymentKey::as_str),
            order_id: order_id.as_ref().map(OrderId::as_str),
            requests,
        };
        Self {
            check: check.name(),
            verdict: finding.verdict(),
            tried: *tried,
            explanation: explanation(*check, finding.verdict()).in_language(language),
            evidence: evidence.iter().map(shown).collect(),
        }
    }
}

impl Serialize for Verdict {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Passed => "PASSED",
            Self::Failed => "FAILED",
            Self::NotTried => "NOT_TRIED",
        }
        .serialize(serializer)
    }
}

/// What a client did right, what it did wrong and should do instead, or how a test can try it.
fn explanation(check: Check, verdict: Verdict) -> Text {
    use Verdict::{Failed, NotTried, Passed};
    match (check, verdict) {
        (Check::RepeatsUnknownOutcomes, Passed) => text! {
            en: "Whenever the outcome of a create, confirm or cancel was unknown, the client found it out.",
            ko: "생성, 승인, 취소 요청의 결과를 알 수 없을 때마다 클라이언트가 결과를 확인했습니다.",
        },
        (Check::RepeatsUnknownOutcomes, Failed) => text! {
            en: "A create, confirm or cancel got no whole answer, a 503, or a 5xx without a code, and no same request was answered after \
                 it, so the client does not know its outcome: send the same request again until there is an answer.",
            ko: "생성, 승인, 취소 요청이 온전한 응답을 받지 못했거나 503 또는 code가 없는 5xx를 받은 뒤, 같은 요청이 응답을 받은 적이 없어 결과를 알 수 \
                 없으므로, 응답을 받을 때까지 같은 요청을 다시 보내야 합니다.",
        },
        (Check::RepeatsUnknownOutcomes, NotTried) => text! {
            en: "No outcome of a create, confirm or cancel was unknown: arm lose-answer for a confirm to try this.",
            ko: "결과를 알 수 없는 생성, 승인, 취소 요청이 없었으므로, 승인 요청에 lose-answer 장애를 등록하면 검사할 수 있습니다.",
        },
        (Check::RepeatsTheSameRequest, Passed) => text! {
            en: "Each request that was repeated after an unknown outcome had the same values.",
            ko: "결과를 알 수 없어 다시 보낸 요청은 모두 값이 같았습니다.",
        },
        (Check::RepeatsTheSameRequest, Failed) => text! {
            en: "After an unknown outcome, the next request of that operation for that payment had other values: repeat the request with \
                 the same order and amount.",
            ko: "결과를 알 수 없는 요청 뒤에 같은 결제에 보낸 같은 종류의 요청에서 값이 달라졌으므로, 주문 번호와 금액을 바꾸지 말고 같은 요청을 다시 \
                 보내야 합니다.",
        },
        (Check::RepeatsTheSameRequest, NotTried) => text! {
            en: "No request was repeated after an unknown outcome: arm lose-answer for a confirm to try this.",
            ko: "결과를 알 수 없어 다시 보낸 요청이 없었으므로, 승인 요청에 lose-answer 장애를 등록하면 검사할 수 있습니다.",
        },
        (Check::KeepsThePaymentKey, Passed) => text! {
            en: "While an outcome was unknown, its order got no other payment key.",
            ko: "결과를 알 수 없는 동안 그 주문에 다른 결제 키를 만들지 않았습니다.",
        },
        (Check::KeepsThePaymentKey, Failed) => text! {
            en: "While an outcome was unknown, its order got another payment key, so the customer may pay twice: send the same request \
                 again, with the same payment key.",
            ko: "결과를 알 수 없는 동안 그 주문에 다른 결제 키를 만들어 손님이 두 번 결제할 수 있으므로, 같은 결제 키로 같은 요청을 다시 보내야 합니다.",
        },
        (Check::KeepsThePaymentKey, NotTried) => text! {
            en: "No outcome about an order was unknown: arm lose-answer for a confirm to try this.",
            ko: "결과를 알 수 없는 주문이 없었으므로, 승인 요청에 lose-answer 장애를 등록하면 검사할 수 있습니다.",
        },
        (Check::ApprovesAnOrderOnce, Passed) => text! {
            en: "No two payments of an order were approved at the same time.",
            ko: "한 주문에 승인된 결제가 동시에 두 건 있었던 적이 없습니다.",
        },
        (Check::ApprovesAnOrderOnce, Failed) => text! {
            en: "Two payments of one order were approved at the same time, so the customer paid twice: before an order gets a second \
                 payment, find out what became of the first, and cancel it if it was approved.",
            ko: "한 주문에 승인된 결제가 동시에 두 건 있어 손님이 두 번 결제했으므로, 두 번째 결제를 만들기 전에 첫 결제의 결과를 확인하고 승인되었으면 \
                 취소해야 합니다.",
        },
        (Check::ApprovesAnOrderOnce, NotTried) => text! {
            en: "No order had a second payment key, or a create or confirm with an unknown outcome: arm lose-answer for a confirm to try \
                 this.",
            ko: "결제 키가 둘 이상이거나 생성, 승인 결과를 알 수 없는 주문이 없었으므로, 승인 요청에 lose-answer 장애를 등록하면 검사할 수 있습니다.",
        },
        (Check::UsesAKeyForOnePayment, Passed) => text! {
            en: "Each create with the key of an existing payment named the order and the amount of this payment.",
            ko: "이미 있는 결제의 키로 보낸 생성 요청은 모두 그 결제의 주문 번호와 금액을 보냈습니다.",
        },
        (Check::UsesAKeyForOnePayment, Failed) => text! {
            en: "A create named another order or amount than the payment that has its key: make a new payment key for each payment.",
            ko: "생성 요청의 주문 번호나 금액이 같은 키의 기존 결제와 다르므로, 결제마다 새 결제 키를 만들어야 합니다.",
        },
        (Check::UsesAKeyForOnePayment, NotTried) => text! {
            en: "No create had the key of an existing payment: arm lose-answer for a create to try this.",
            ko: "이미 있는 결제의 키로 보낸 생성 요청이 없었으므로, 생성 요청에 lose-answer 장애를 등록하면 검사할 수 있습니다.",
        },
        (Check::DoesNotRepeatRefusals, Passed) => text! {
            en: "No request that was refused was sent again unchanged while its payment had not changed.",
            ko: "결제가 바뀌지 않았는데도 거절된 요청을 그대로 다시 보낸 적이 없습니다.",
        },
        (Check::DoesNotRepeatRefusals, Failed) => text! {
            en: "A request that got 400, 404, 409, 415, 422 or 500 INTERNAL_ERROR was sent again unchanged, while its payment had not \
                 changed: do what the table of errors says instead, because the answer stays the same.",
            ko: "400, 404, 409, 415, 422 또는 500 INTERNAL_ERROR를 받은 요청을 결제가 바뀌지 않았는데도 그대로 다시 보냈으며, 다시 보내도 응답은 같으므로 \
                 오류 코드 표를 따라야 합니다.",
        },
        (Check::DoesNotRepeatRefusals, NotTried) => text! {
            en: "No request was refused: confirm a payment with another amount to try this.",
            ko: "거절된 요청이 없었으므로, 다른 금액으로 승인을 요청하면 검사할 수 있습니다.",
        },
        (Check::WaitsBeforeRepeating, Passed) => text! {
            en: "After a 503 or a 429, the same request came again no sooner than a second later.",
            ko: "503이나 429를 받은 뒤에는 1초 이상 기다렸다가 같은 요청을 다시 보냈습니다.",
        },
        (Check::WaitsBeforeRepeating, Failed) => text! {
            en: "After a 503 or a 429, the same request came again in less than a second: wait for Retry-After, or for a second if the \
                 answer has none.",
            ko: "503이나 429를 받은 뒤 1초도 지나지 않아 같은 요청을 다시 보냈으므로, Retry-After만큼, 이 헤더가 없으면 1초 이상 기다려야 합니다.",
        },
        (Check::WaitsBeforeRepeating, NotTried) => text! {
            en: "No request was repeated after a 503 or a 429: arm answer with the code SERVICE_UNAVAILABLE to try this.",
            ko: "503이나 429를 받은 뒤 다시 보낸 요청이 없었으므로, code가 SERVICE_UNAVAILABLE인 answer 장애를 등록하면 검사할 수 있습니다.",
        },
        (Check::WaitsForTheAnswer, Passed) => text! {
            en: "The client waited for the 5 seconds in which the service answers.",
            ko: "클라이언트가 서비스의 최대 응답 시간인 5초 동안 기다렸습니다.",
        },
        (Check::WaitsForTheAnswer, Failed) => text! {
            en: "The client hung up within 5 seconds, the time in which the service answers: set its timeout to 10 seconds.",
            ko: "서비스의 최대 응답 시간인 5초가 지나기 전에 클라이언트가 연결을 끊었으므로, 타임아웃을 10초로 설정해야 합니다.",
        },
        (Check::WaitsForTheAnswer, NotTried) => text! {
            en: "No answer took 5 seconds: arm delay-answer with a delayMs of 6000 to try this.",
            ko: "5초 이상 걸린 응답이 없었으므로, delayMs가 6000인 delay-answer 장애를 등록하면 검사할 수 있습니다.",
        },
    }
}
