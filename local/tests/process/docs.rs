//! The contract that a server serves, for machines and for people.

use crate::server::ServerProcess;

/// An answer's head and body.
fn get(server: &ServerProcess, path: &str) -> (String, String) {
    let answer = server.raw(&format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"));
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or_else(|| panic!("{path} should be answered: {answer}"));
    (head.to_owned(), body.to_owned())
}

/// What a page or a script refers to, by an attribute: `src="./swagger-ui.css"`.
fn references<'a>(html: &'a str, attribute: &str) -> Vec<&'a str> {
    html.split(&format!("{attribute}=\"")).skip(1).filter_map(|rest| rest.split('"').next()).collect()
}

#[test]
fn the_contract_is_the_file_of_the_repository() {
    let server = ServerProcess::on_free_ports(&[]);
    let (head, body) = get(&server, "/openapi.yaml");
    assert!(head.starts_with("HTTP/1.1 200") && head.contains("content-type: application/yaml"), "{head}");
    assert_eq!(body, include_str!("../../../openapi.yaml"));
}

#[test]
fn the_page_loads_everything_from_the_server_itself() {
    let server = ServerProcess::on_free_ports(&[]);
    assert_eq!(server.value("docs:"), format!("http://localhost:{}/docs", server.port()));
    let (head, _) = get(&server, "/docs");
    assert!(head.starts_with("HTTP/1.1 308") && head.contains("location: /docs/"), "{head}");

    let (head, page) = get(&server, "/docs/");
    assert!(head.starts_with("HTTP/1.1 200") && head.contains("content-type: text/html"), "{head}");
    let files = [references(&page, "src"), references(&page, "href")].concat();
    assert!(files.len() >= 4, "the page has scripts and styles: {page}");
    for file in files {
        let name = file.trim_start_matches("./");
        assert!(!name.contains('/'), "{file} is not a file next to the page");
        let (head, body) = get(&server, &format!("/docs/{name}"));
        assert!(head.starts_with("HTTP/1.1 200") && !body.is_empty(), "{name}: {head}");
    }
    let (_, settings) = get(&server, "/docs/swagger-initializer.js");
    assert!(settings.contains(r#""url": "openapi.yaml""#), "the page shows the contract: {settings}");
    assert!(settings.contains(r#""validatorUrl": "none""#), "no validator on the internet is used: {settings}");
    assert!(!settings.contains("://"), "no other host is used: {settings}");
    let (_, contract) = get(&server, "/docs/openapi.yaml");
    let file = include_str!("../../../openapi.yaml");
    let (head, rest) = contract.split_once("servers:\n").expect("servers");
    assert!(file.starts_with(head) && rest.starts_with("  - url: /\n"), "requests go to the server: {rest}");
    assert!(get(&server, "/docs/no-such-file.js").0.starts_with("HTTP/1.1 404"));
}
