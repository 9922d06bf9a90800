"""Uses the generated Python client as a kiosk backend does, against the local server at PAYMENTS_URL."""

import json
import os
import unittest
import uuid
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import payments


def api(host, secret_key="test_sk_dummy"):
    configuration = payments.Configuration(host=host, username=secret_key, password="")
    return payments.PaymentsApi(payments.ApiClient(configuration))


class PaymentsTest(unittest.TestCase):
    def setUp(self):
        self.payments = api(os.environ["PAYMENTS_URL"])
        self.terms = payments.Terms(payment_key=f"pay_{uuid.uuid4()}", order_id="order_1", amount=10_000)

    def test_a_payment_goes_through_its_life(self):
        created = self.payments.create_payment(self.terms)
        self.assertEqual((created.payment_key, created.status), (self.terms.payment_key, "INITIATED"))

        approved = self.payments.confirm_payment(self.terms)
        self.assertEqual((approved.total_amount, approved.status), (10_000, "APPROVED"))

        again = self.payments.confirm_payment_with_http_info(self.terms)
        self.assertEqual(again.data, approved)
        headers = {name.lower(): value for name, value in again.headers.items()}
        self.assertEqual(headers["idempotent-replayed"], "true")

        cancellation = payments.Cancellation(cancel_reason="USER_REQUEST", cancel_amount=10_000)
        canceled = self.payments.cancel_payment(self.terms.payment_key, cancellation)
        self.assertEqual(canceled.status, "CANCELED")

        payment = self.payments.retrieve_payment(self.terms.payment_key)
        self.assertEqual((payment.status, payment.total_amount, payment.balance_amount), ("CANCELED", 10_000, 0))
        self.assertEqual((payment.approved_at, payment.receipt.url), (approved.approved_at, approved.receipt.url))
        self.assertEqual([cancel.canceled_at for cancel in payment.cancels], [canceled.canceled_at])

    def test_what_a_payment_does_not_have_yet_is_none(self):
        self.payments.create_payment(self.terms)
        payment = self.payments.retrieve_payment(self.terms.payment_key)
        self.assertEqual((payment.status, payment.method, payment.receipt, payment.cancels), ("INITIATED", None, None, None))

    def test_the_payments_of_an_order_are_listed(self):
        terms = self.terms.model_copy(update={"order_id": f"order_{uuid.uuid4()}"})
        self.assertEqual(self.payments.list_payments(terms.order_id).payments, [])
        self.payments.create_payment(terms)
        payment = self.payments.retrieve_payment(terms.payment_key)
        self.assertEqual(self.payments.list_payments(terms.order_id).payments, [payment])

    def test_a_payment_that_was_never_created_is_not_found(self):
        with self.assertRaises(payments.ApiException) as refused:
            self.payments.retrieve_payment(self.terms.payment_key)
        self.assertEqual((refused.exception.status, refused.exception.data.code), (404, "NOT_FOUND"))

    def test_another_amount_is_refused(self):
        self.payments.create_payment(self.terms)
        other = self.terms.model_copy(update={"amount": 9_999})
        with self.assertRaises(payments.ApiException) as refused:
            self.payments.confirm_payment(other)
        self.assertEqual((refused.exception.status, refused.exception.data.code), (409, "AMOUNT_MISMATCH"))

    def test_without_an_address_it_calls_the_local_server(self):
        self.assertEqual(payments.Configuration().host, "http://localhost:9090")


class LaterVersionTest(unittest.TestCase):
    """A server of a later version, and API Gateway."""

    def answer(self, status, body):
        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                self.rfile.read(int(self.headers["Content-Length"]))
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.end_headers()
                self.wfile.write(json.dumps(body).encode())

            def log_message(self, *_):
                pass

        server = HTTPServer(("127.0.0.1", 0), Handler)
        self.addCleanup(server.server_close)
        Thread(target=server.handle_request).start()
        terms = payments.Terms(payment_key="pay_1", order_id="order_1", amount=10_000)
        return api(f"http://127.0.0.1:{server.server_port}").create_payment(terms)

    def test_a_new_status_and_a_new_field_are_accepted(self):
        body = {"paymentKey": "pay_1", "orderId": "order_1", "status": "EXPIRED", "new": 1}
        self.assertEqual(self.answer(200, body).status, "EXPIRED")

    def test_an_answer_of_api_gateway_itself_is_an_error_without_a_code(self):
        with self.assertRaises(payments.ApiException) as throttled:
            self.answer(429, {"message": "Too Many Requests"})
        error = throttled.exception
        self.assertEqual((error.status, error.data.code, error.data.message), (429, None, "Too Many Requests"))


if __name__ == "__main__":
    unittest.main()
