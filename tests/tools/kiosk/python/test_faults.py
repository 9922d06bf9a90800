"""The kiosk backend, while the local server at PAYMENTS_URL loses and delays its answers."""

import os
import uuid

import pytest
import requests
from kiosk import Kiosk
from payments import Payments

URL = os.environ["PAYMENTS_URL"]

FAULTS = [
    {"fault": "lose-request"},
    {"fault": "lose-answer"},
    {"fault": "cut-answer"},
    {"fault": "answer", "code": "SERVICE_UNAVAILABLE"},
    {"fault": "answer", "status": 429},
    {"fault": "answer-after", "status": 504},
]


def started(database):
    return Kiosk(Payments(URL, "test_sk_dummy"), database)


@pytest.fixture
def order():
    return f"order_{uuid.uuid4()}"


def arm(operation, order, fault):
    """The next request of an operation for an order meets a fault."""
    fault = {**fault, "operation": operation, "orderId": order}
    requests.post(f"{URL}/__local/faults", json=fault, timeout=10).raise_for_status()


@pytest.mark.parametrize("fault", FAULTS, ids=str)
def test_an_order_is_paid_once_and_canceled_once(order, fault):
    for operation in ("create", "confirm", "cancel"):
        arm(operation, order, fault)
    kiosk = started({})
    assert kiosk.pay(order, 10_000) == "COMPLETED"
    assert kiosk.cancel(order) == "CANCELED"


def test_a_slow_answer_is_waited_for(order):
    arm("confirm", order, {"fault": "delay-answer", "delayMs": 6_000})
    assert started({}).pay(order, 10_000) == "COMPLETED"


def test_an_order_is_not_completed_without_a_200(order):
    arm("confirm", order, {"fault": "answer", "code": "INTERNAL_ERROR"})
    assert started({}).pay(order, 10_000) == "REFUSED"


def test_an_unknown_order_is_settled_at_the_next_start(order):
    database = {}
    arm("confirm", order, {"fault": "lose-answer", "times": 4})
    assert started(database).pay(order, 10_000) == "UNKNOWN"
    started(database).settle_unknown_orders()
    assert database[order]["status"] == "COMPLETED"
