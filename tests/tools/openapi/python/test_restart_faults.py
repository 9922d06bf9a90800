"""A backend that restarts after each request without a definite answer, under every fault. The report of the local server at PAYMENTS_URL
finds nothing wrong."""

import json
import os
import time
import unittest
import uuid
from concurrent.futures import ThreadPoolExecutor

import payments
import urllib3
from restart import settle

URL = os.environ["PAYMENTS_URL"]
OPERATIONS = ["create", "confirm", "cancel", "retrieve", "list"]
FAULTS = [
    {"fault": "lose-request"},
    {"fault": "lose-answer"},
    {"fault": "cut-answer"},
    {"fault": "delay", "delayMs": 6_000},
    {"fault": "delay", "delayMs": 12_000},
    {"fault": "delay-answer", "delayMs": 12_000},
    {"fault": "answer", "code": "SERVICE_UNAVAILABLE"},
    {"fault": "answer", "code": "INTERNAL_ERROR"},
    {"fault": "answer", "status": 429},
    {"fault": "answer", "status": 503},
    {"fault": "answer-after", "code": "SERVICE_UNAVAILABLE"},
    {"fault": "answer-after", "code": "INTERNAL_ERROR"},
    {"fault": "answer-after", "status": 500},
    {"fault": "answer-after", "status": 504},
]
IN_FULL = payments.Cancellation(cancel_reason="USER_REQUEST", cancel_amount=10_000)


def local(method, path, body=None):
    return urllib3.request(method, f"{URL}/__local/{path}", body=None if body is None else json.dumps(body), retries=False)


class Refused(Exception):
    """A definite answer other than 200. A person must look."""


def definite(request, *arguments):
    """The answer to a request, or `None` if there is no definite one. The guide's timeout is 10 seconds."""
    try:
        return request(*arguments)
    except urllib3.exceptions.HTTPError:
        return None
    except payments.ApiException as answer:
        is_of_the_service = answer.data is not None and answer.data.code is not None
        if answer.status in (429, 503) or (answer.status >= 500 and not is_of_the_service):
            return None
        raise Refused from answer


def repeated(request, *arguments):
    while (answer := definite(request, *arguments)) is None:
        time.sleep(1)
    return answer


class Timeout:
    """The generated client, with the guide's timeout for each request."""

    def __init__(self, api):
        self.api = api

    def __getattr__(self, name):
        return lambda *arguments: getattr(self.api, name)(*arguments, _request_timeout=10)


def pay(operation, fault):
    """Pays an order and cancels the payment, with restarts."""
    configuration = payments.Configuration(host=URL, username="test_sk_dummy", password="")
    configuration.retries = urllib3.Retry(0)
    api = Timeout(payments.PaymentsApi(payments.ApiClient(configuration)))
    terms = payments.Terms(payment_key=f"pay_{uuid.uuid4()}", order_id=f"order_{uuid.uuid4()}", amount=10_000)
    of_the_payment = {"paymentKey": terms.payment_key} if operation == "retrieve" else {"orderId": terms.order_id}
    armed = local("POST", "faults", {**fault, "operation": operation, **of_the_payment})
    assert armed.status == 201, armed.data
    try:
        confirm_was_sent = definite(api.create_payment, terms) is not None
        if not confirm_was_sent or definite(api.confirm_payment, terms) is None:
            time.sleep(1)
        while repeated(settle, api, terms, confirm_was_sent) == "APPROVED":
            if definite(api.cancel_payment, terms.payment_key, IN_FULL) is not None:
                return
            time.sleep(1)
    except Refused:
        return


class RestartFaultsTest(unittest.TestCase):
    def test_the_report_finds_nothing_wrong(self):
        local("POST", "reset")
        with ThreadPoolExecutor(100) as plays:
            for play in [plays.submit(pay, operation, fault) for operation in OPERATIONS for fault in FAULTS]:
                play.result()
        report = local("GET", "report")
        self.assertEqual(report.status, 200, report.data.decode())
        left = [fault for fault in local("GET", "faults").json()["faults"] if fault["left"]]
        self.assertEqual(left, [])


if __name__ == "__main__":
    unittest.main()
