//! Receipts of the local server: their address opens in a browser on this machine.

use crate::server::{ServerProcess, TERMS, command, start_failure};

const ON_FREE_PORTS: [&str; 4] = ["--port", "0", "--dynamodb-port", "0"];

/// A server that was started with these options and variables, and the address of the receipt of an approved payment.
fn receipt(options: &[&str], variables: &[(&str, &str)]) -> (ServerProcess, String) {
    let mut command = command(&[&ON_FREE_PORTS, options].concat());
    command.envs(variables.iter().copied());
    let server = ServerProcess::start(command);
    assert_eq!(server.post("/v1/payments", TERMS).0, 200);
    let (status, approved) = server.post("/v1/payments/confirm", TERMS);
    assert_eq!(status, 200, "{approved}");
    let (_, rest) = approved.split_once(r#""url":""#).expect("a receipt");
    let (url, _) = rest.split_once('"').expect("its end");
    let url = url.to_owned();
    (server, url)
}

/// The answer to a GET without a key, with these headers.
fn open(server: &ServerProcess, url: &str, headers: &str) -> String {
    let base = server.value("payments:").to_owned();
    let path = url.strip_prefix(&base).unwrap_or_else(|| panic!("{url} is an address of {base}"));
    server.raw(&format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n{headers}Connection: close\r\n\r\n"))
}

#[test]
fn with_receipts_the_address_of_a_receipt_opens_a_page_of_the_server() {
    for (options, variables) in [
        (&["--receipts"][..], &[("RECEIPT_MERCHANT_NAME", "카페 봄")][..]),
        (&["--receipts"], &[("RECEIPT_MERCHANT_NAME", "카페 봄"), ("RECEIPT_PAGES", "off")]),
        (&[], &[("RECEIPT_MERCHANT_NAME", "카페 봄"), ("RECEIPT_PAGES", "on")]),
    ] {
        let (server, url) = receipt(options, variables);
        let page = open(&server, &url, "Accept-Language: ko\r\n");
        assert!(page.starts_with("HTTP/1.1 200") && page.contains("카페 봄") && page.contains("₩10,000"), "{page}");
    }
}

#[test]
fn without_receipts_there_is_nothing_at_their_path() {
    for variables in [&[][..], &[("RECEIPT_PAGES", "off")], &[("RECEIPT_PAGES", "")]] {
        let (server, url) = receipt(&[], variables);
        assert_eq!(url, "https://pay.local/receipts/pay_1");
        let (status, body) = server.ask("GET", "/receipts/pay_1");
        assert_eq!(status, 404, "{body}");
        assert!(body.contains("There is nothing at this path."), "{body}");
    }
}

#[test]
fn another_address_of_receipts_is_kept() {
    let (_server, url) = receipt(&["--receipts"], &[("RECEIPT_BASE_URL", "https://desk.example/receipts/")]);
    assert!(url.starts_with("https://desk.example/receipts/pay_1?t="), "{url}");
}

/// Nothing but the token protects a receipt, so a link in an email must work, too.
#[test]
fn a_link_from_any_page_opens_a_receipt() {
    let (server, url) = receipt(&["--receipts"], &[]);
    let page = open(&server, &url, "Sec-Fetch-Site: cross-site\r\nReferer: https://mail.example/\r\n");
    assert!(page.starts_with("HTTP/1.1 200"), "{page}");
    assert!(!page.contains("access-control-allow-origin"), "no other page can read it: {page}");
}

#[test]
fn a_setting_of_receipts_that_is_invalid_is_an_error_of_one_line() {
    for (name, value, problem) in [
        ("RECEIPT_PAGES", "yes", "must be `on` or `off`"),
        ("RECEIPT_MERCHANT_NAME", "\n", "must not be blank"),
        ("RECEIPT_MERCHANT_NAME", "a\nb", "must not contain control characters, a line end included"),
    ] {
        let says = start_failure(command(&ON_FREE_PORTS).env(name, value));
        assert_eq!(says, format!("error: {name} {problem}\n"));
    }
}
