"""The check of a deployment passes for the service, and notices each answer that is not the service's.

It is run against the local server, and against that server behind a gateway that has TLS and the routes of the template, as API
Gateway has. The gateway can change an answer.
"""

import http.client
import json
import os
import re
import socket
import ssl
import subprocess
import threading
import urllib.parse
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path

import pytest
from samtranslator.yaml_helper import yaml_parse

REPOSITORY = Path(__file__).parents[3]
KEY = "live_sk_smoke"
# Two local servers with that key, the second with receipts.
SERVICE, WITH_RECEIPTS = os.environ["SERVICE_URL"], os.environ["RECEIPTS_URL"]
NOT_FOUND = (404, {"Content-Type": "application/json", "Apigw-Requestid": "x"}, b'{"message":"Not Found"}')


def routes():
    """The routes of the template, as (method, pattern of the path)."""
    resources = yaml_parse((REPOSITORY / "template.yaml").read_text())["Resources"].values()
    events = [event["Properties"] for resource in resources for event in resource["Properties"].get("Events", {}).values()]
    return [(event["Method"], re.compile(re.sub(r"\{\w+\}", "[^/]+", event["Path"]))) for event in events]


ROUTES = routes()


def send(url, method, path, headers, body=b""):
    """A request as it is, and its answer as (status, headers, body)."""
    connection = http.client.HTTPConnection(urllib.parse.urlsplit(url).netloc, timeout=30)
    connection.putrequest(method, path, skip_accept_encoding=True)
    for name, value in headers:
        connection.putheader(name, value)
    connection.endheaders(body)
    response = connection.getresponse()
    answer = response.status, dict(response.getheaders()), response.read()
    connection.close()
    return answer


class Gateway:
    """API Gateway as far as the check can see it. `change` gets (number, method, path, answer) and returns the answer, or None for none."""

    def __init__(self, certificate=None, behind=SERVICE, change=None, plain_http=False, oldest=ssl.TLSVersion.TLSv1_2, only_routes=True):
        self.requests, self.number, lock = [], 0, threading.Lock()
        gateway = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def handle_any(self):
                body = self.rfile.read(int(self.headers.get("content-length", 0)))
                path = self.path.partition("?")[0]
                with lock:
                    number, gateway.number = gateway.number, gateway.number + 1
                    gateway.requests.append((self.command, self.path, isinstance(self.connection, ssl.SSLSocket), dict(self.headers)))
                answer = NOT_FOUND
                if not only_routes or any(method == self.command and route.fullmatch(path) for method, route in ROUTES):
                    sent = [(name, value) for name, value in self.headers.items() if name.lower() != "host"]
                    answer = send(behind, self.command, self.path, sent, body)
                if change:
                    answer = change(number, self.command, self.path, answer)
                if answer is None:
                    self.close_connection = True
                    return
                status, headers, content = answer
                self.send_response_only(status)
                for name, value in headers.items():
                    if name.lower() not in ("content-length", "connection"):
                        self.send_header(name, value)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = handle_any

            def log_message(self, *_):
                pass

        class Server(ThreadingHTTPServer):
            def finish_request(self, request, address):
                if certificate:
                    is_tls = request.recv(1, socket.MSG_PEEK) == b"\x16"
                    if not is_tls and not plain_http:
                        return
                    if is_tls:
                        try:
                            request = certificate.wrap_socket(request, server_side=True)
                        except OSError:
                            return
                super().finish_request(request, address)

            def handle_error(self, *_):
                pass

        if certificate:
            certificate.minimum_version = oldest
        self.server = Server(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()
        self.url = f"{'https' if certificate else 'http'}://localhost:{self.server.server_port}"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()


def check(url, key=KEY, **environment):
    return subprocess.run(
        [REPOSITORY / "tests/tools/smoke/run", url], env={"PATH": os.environ["PATH"], "PAYMENTS_SECRET_KEY": key, **environment},
        text=True, capture_output=True, timeout=120,
    )


@pytest.fixture(scope="session")
def authority(tmp_path_factory):
    """A certificate authority that the check trusts, and certificates of it."""
    folder = tmp_path_factory.mktemp("certificates")

    def openssl(*arguments):
        subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)

    openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=authority", "-keyout", "authority.key", "-out", "authority.pem",
            "-addext", "keyUsage=critical,keyCertSign")

    class Authority:
        trusted = {"SSL_CERT_FILE": str(folder / "authority.pem")}

        def certificate(self, host="localhost", days=1):
            openssl("req", "-newkey", "rsa:2048", "-nodes", "-subj", f"/CN={host}", "-keyout", "host.key", "-out", "host.csr")
            # Python 3.13 asks for the second line, too.
            (folder / "host.ext").write_text(f"subjectAltName=DNS:{host}\nauthorityKeyIdentifier=keyid\n")
            openssl("x509", "-req", "-in", "host.csr", "-CA", "authority.pem", "-CAkey", "authority.key", "-CAcreateserial",
                    "-days", str(days), "-extfile", "host.ext", "-out", "host.pem")
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.set_ciphers("DEFAULT:@SECLEVEL=0")
            context.load_cert_chain(folder / "host.pem", folder / "host.key")
            return context

    return Authority()


# --- The service ---


@pytest.mark.parametrize("url", [SERVICE, WITH_RECEIPTS], ids=["service", "with receipts"])
def test_the_local_server_does_what_it_should_and_a_canceled_payment_is_left(url):
    done = check(url)
    assert (done.returncode, done.stderr) == (0, "") and "WRONG" not in done.stdout, done.stdout
    assert "Not checked, because this is a local server: TLS" in done.stdout
    payment = re.search(r"Left behind: the payment (\S+) of 1 KRW, which is CANCELED; and \d+ requests", done.stdout)[1]
    key = ("Authorization", "Basic bGl2ZV9za19zbW9rZTo=")
    status, _, body = send(url, "GET", f"/v1/payments/{payment}", [key])
    assert (status, json.loads(body)["totalAmount"], json.loads(body)["status"]) == (200, 1, "CANCELED")


@pytest.mark.parametrize("behind", [SERVICE, WITH_RECEIPTS], ids=["service", "with receipts"])
def test_a_deployment_does_what_it_should(authority, behind):
    refused = []

    def count(_, method, path, answer):
        refused.extend([path] * (answer[0] == 401))
        return answer

    with Gateway(authority.certificate(), behind, count) as gateway:
        done = check(gateway.url, **authority.trusted)
        assert (done.returncode, done.stderr) == (0, "") and "WRONG" not in done.stdout, done.stdout
        assert "TLS" in done.stdout and "Not checked" not in done.stdout
        assert KEY not in done.stdout
    page = (REPOSITORY / "docs/operations.md").read_text()
    assert f"{len(refused)} of\nthem have no valid key" in page and len(refused) < 100, "one check does not set off the alarm `unauthorized`"


# --- What it notices ---


def test_every_answer_matters():
    """Each of the answers in turn is another one: a refusal becomes a success, and a success has another body."""
    with Gateway() as gateway:
        assert check(gateway.url).returncode == 0
        requests = gateway.number

    def passes(number):
        def change(this, method, path, answer):
            status, headers, body = answer
            return (200, headers, b"{}" if status == 200 else body) if this == number else answer

        with Gateway(change=change) as gateway:
            return check(gateway.url).returncode == 0

    # The first and the last request are the check's own questions: whether its key is valid, and what is left.
    numbers = range(1, requests - 1)
    with ThreadPoolExecutor(4) as threads:
        unnoticed = [gateway.requests[number][1] for number, passed in zip(numbers, threads.map(passes, numbers)) if passed]
    # Of a list, only the answer that has the payment is compared, because the index may be a moment behind.
    assert all(path.startswith("/v1/payments/orders/order_smoke") for path in unnoticed) and len(unnoticed) == 4


HEADERS = {
    "cache-control": "cache-control is None",
    "content-type": "content-type is None",
    "x-request-id": "no X-Request-Id",
    "www-authenticate": "does not ask for a key",
    "content-language": "no Content-Language",
    "idempotent-replayed": "Idempotent-Replayed is None",
    "content-security-policy": "the receipt: content-security-policy is None",
    "referrer-policy": "the receipt: referrer-policy is None",
    "x-content-type-options": "the receipt: x-content-type-options is None",
}


@pytest.mark.parametrize("header", HEADERS)
def test_a_header_that_is_missing_is_noticed(header):
    def change(_, method, path, answer):
        status, headers, body = answer
        return status, {name: value for name, value in headers.items() if name.lower() != header}, body

    with Gateway(behind=WITH_RECEIPTS, change=change) as gateway:
        done = check(gateway.url)
    assert done.returncode == 1 and HEADERS[header] in done.stdout


@pytest.mark.parametrize(
    ("header", "value", "says"),
    [
        ("access-control-allow-origin", "*", "open to web pages of other sites"),
        ("x-request-id", "the same", "another answer has the same X-Request-Id"),
        ("idempotent-replayed", "true", "0 of them say that they approved the payment"),
        ("content-language", "en", "Content-Language is en"),
    ],
)
def test_a_header_that_says_something_else_is_noticed(header, value, says):
    with Gateway(change=lambda _, method, path, answer: (answer[0], {**answer[1], header: value}, answer[2])) as gateway:
        done = check(gateway.url)
    assert done.returncode == 1 and says in done.stdout


def test_a_second_approval_is_noticed():
    def change(_, method, path, answer):
        status, headers, body = answer
        if path.endswith("/confirm"):
            headers = {name: value for name, value in headers.items() if name.lower() != "idempotent-replayed"}
        return status, headers, body

    with Gateway(change=change) as gateway:
        assert "6 confirms at once: 6 of them say that they approved the payment" in check(gateway.url).stdout


def in_a_body(was, becomes):
    """A change of each body that has these words, the first time only."""
    changed = []

    def change(_, method, path, answer):
        status, headers, body = answer
        if re.search(was, body) and not changed:
            changed.append(path)
            body = re.sub(was, becomes, body)
        return status, headers, body

    return change


@pytest.mark.parametrize(
    ("was", "becomes", "says"),
    [
        (rb'"approvedAt":"\d{4}', b'"approvedAt":"2000', "6 confirms at once: they name 2 times of approval"),
        (rb'"code":"INVALID_REQUEST",', b'"code":"INVALID_REQUEST","cause":"x",', "the body is not a code and a message"),
        (rb'"message":"[^"]*[\xea-\xed][^"]*"', b'"message":"Nothing."', "a message in ko: it is not in Korean"),
    ],
    ids=["another time of approval", "one more field", "another language"],
)
def test_a_body_that_says_something_else_is_noticed(was, becomes, says):
    with Gateway(change=in_a_body(was, becomes)) as gateway:
        done = check(gateway.url)
    assert done.returncode == 1 and says in done.stdout, done.stdout


def test_a_receipt_that_opens_without_its_token_is_noticed():
    def change(_, method, path, answer):
        return (200, *answer[1:]) if path.startswith("/receipts/") else answer

    with Gateway(behind=WITH_RECEIPTS, change=change) as gateway:
        assert "WRONG: a receipt without its token: 200" in check(gateway.url).stdout


def test_a_slow_answer_is_noticed():
    smoke = module_from_spec(spec_from_loader("smoke", SourceFileLoader("smoke", str(REPOSITORY / "tests/tools/smoke/run"))))
    smoke.__loader__.exec_module(smoke)
    smoke.SLOWEST = 0
    service = smoke.Service(SERVICE, KEY)
    service.refuses(404, "NOT_FOUND", "a retrieve", "GET", "/v1/payments/pay_nothing")
    assert re.fullmatch(r"a retrieve: the answer took \d+\.\d s", *service.wrong)


def test_pages_of_the_local_server_in_a_deployment_are_noticed(authority):
    with Gateway(authority.certificate(), only_routes=False) as gateway:
        done = check(gateway.url, **authority.trusted)
    assert done.returncode == 1
    for request in ("GET /docs/", "GET /openapi.yaml", "GET /__local/", "GET /__local/requests", "POST /__local/reset"):
        assert f"WRONG: {request}: " in done.stdout


def test_the_published_key_in_a_deployment_is_noticed(authority):
    def change(_, method, path, answer):
        test_key = gateway.requests[-1][3].get("Authorization") == "Basic dGVzdF9za19kdW1teTo="
        return (200, answer[1], b"{}") if test_key else answer

    with Gateway(authority.certificate(), change=change) as gateway:
        assert "WRONG: the published test key: 200" in check(gateway.url, **authority.trusted).stdout


@pytest.mark.parametrize(
    ("certificate", "trusted"), [({"host": "other.example"}, True), ({"days": -1}, True), ({}, False)], ids=["host", "expired", "authority"]
)
def test_no_request_is_sent_to_a_server_with_a_wrong_certificate(authority, certificate, trusted):
    with Gateway(authority.certificate(**certificate)) as gateway:
        done = check(gateway.url, **(authority.trusted if trusted else {}))
        assert done.returncode == 1 and "certificate" in done.stderr
        assert gateway.requests == []


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_an_old_version_of_tls_is_noticed(authority):
    with Gateway(authority.certificate(), oldest=ssl.TLSVersion.TLSv1) as gateway:
        done = check(gateway.url, **authority.trusted)
    assert done.returncode == 1 and "WRONG: the server accepts TLSv1.1" in done.stdout


def test_plain_http_beside_tls_is_noticed_and_never_gets_the_key(authority):
    with Gateway(authority.certificate(), plain_http=True) as gateway:
        done = check(gateway.url, **authority.trusted)
        [plain] = [headers for _, _, is_tls, headers in gateway.requests if not is_tls]
    assert done.returncode == 1 and "WRONG: plain HTTP is answered with 401" in done.stdout
    assert "Authorization" not in plain


# --- When it cannot go on ---


def test_a_request_over_the_limit_is_sent_again():
    limited = []

    def change(_, method, path, answer):
        if len(limited) < 2:
            limited.append(path)
            return 429, {"Content-Type": "application/json"}, b'{"message":"Too Many Requests"}'
        return answer

    with Gateway(change=change) as gateway:
        done = check(gateway.url)
    assert done.returncode == 0 and len(limited) == 2, done.stdout


def test_a_payment_that_was_approved_is_canceled_although_the_check_ended():
    ended = []

    def change(_, method, path, answer):
        # No answer to the first cancel after the approval.
        if path.endswith("/cancel") and b"PARTIAL_MISMATCH" in answer[2] and not ended:
            ended.append(path)
            return None
        return answer

    with Gateway(change=change) as gateway:
        done = check(gateway.url)
    assert done.returncode == 1 and "cancel of another amount: no answer" in done.stderr
    assert "which is CANCELED" in done.stdout


def test_a_wrong_key_ends_the_check_at_once():
    with Gateway() as gateway:
        done = check(gateway.url, key="live_sk_other")
        assert done.returncode == 1 and done.stderr == "The key in PAYMENTS_SECRET_KEY is not valid here.\n"
        assert gateway.number == 1


@pytest.mark.parametrize(
    ("url", "key", "says"),
    [
        ("http://payments.example", KEY, "only over https"),
        ("payments.example", KEY, "not the address of an API"),
        ("https://payments.example/v1/payments", KEY, "not the address of an API"),
        ("http://localhost:1", KEY, "no answer from http://localhost:1"),
        ("https://localhost:1", KEY, "no TLS connection to localhost:1"),
        (SERVICE, "", "usage"),
    ],
)
def test_an_address_that_cannot_be_checked_is_an_error_in_a_line(url, key, says):
    done = check(url, key=key)
    assert done.returncode == 1 and says in done.stderr and done.stderr.count("\n") == 1
    assert "Left behind" not in done.stdout
