"""Evaluates each alarm of the template on made-up traffic: it goes off when docs/operations.md says so, and clears when that is over."""

from collections import defaultdict
from itertools import product

import pytest
from alarms import Alarm, state
from stack import Stack

START, END, LAST = 30, 55, 110
"""The minutes in which something is wrong, and the last that is looked at."""
SOON, LATER = 10, 15
"""How many minutes an alarm may take to go off, after the metric arrived. `LATER` is for the one that needs two periods."""

API = (("ApiId", "${HttpApi}"), ("Stage", "$default"))
LATENCY = ("AWS/ApiGateway", "Latency", API)
COUNT = ("AWS/ApiGateway", "Count", API)
ERRORS = ("AWS/ApiGateway", "5xx", API)
TABLE = (("TableName", "${PaymentsTable}"),)
INDEX = (*TABLE, ("GlobalSecondaryIndexName", "orderId-createdAt-index"))


def outcome(operation, name):
    return ("the-stack", "Requests", (("operation", operation), ("outcome", name)))


def throttles(function):
    return ("AWS/Lambda", "Throttles", (("FunctionName", f"${{{function}}}"),))


def every(minutes, start=0, end=LAST):
    return range(start, end, minutes)


# Traffic: the minutes in which there are requests, and how many in each.
NONE = {}
FEW = {minute: 2 for minute in every(7)}
"""A kiosk in a quiet hour: one payment, which is a create and a confirm, in seven minutes."""
SOME = {minute: 2 for minute in every(1)}
MANY = {minute: 200 for minute in every(1)}
ALL_TRAFFIC = pytest.mark.parametrize("traffic", [NONE, FEW, SOME, MANY], ids=["none", "few", "some", "many"])
TRAFFIC = pytest.mark.parametrize("traffic", [FEW, SOME, MANY], ids=["few", "some", "many"])


class Service:
    """The metrics of a service. It answers each request in 40 ms, unless a test says otherwise."""

    def __init__(self, traffic):
        self.samples = defaultdict(dict)
        for minute, requests in traffic.items():
            self.samples[COUNT][minute] = [1] * requests
            self.samples[LATENCY][minute] = [40] * requests
            # An API with no error at all has no sample here. The next test has one with zeros.
            for function in ("Create", "Confirm", "Cancel", "Retrieve", "List", "Receipt"):
                self.samples[throttles(f"{function}Function")][minute] = [0]

    def fails(self, minutes, requests=2):
        """Each request of these minutes fails, and its client repeats it until there were that many."""
        for minute in minutes:
            requests = max(requests, len(self.samples[COUNT].get(minute, [])))
            for metric, sample in ((COUNT, 1), (ERRORS, 1), (LATENCY, 900)):
                self.samples[metric][minute] = [sample] * requests
        return self

    def counts(self, minutes, metric, number):
        for minute in minutes:
            self.samples[metric][minute] = [1] * number
        return self

    def takes(self, minutes, slow, milliseconds=1_500):
        """Of the requests in these minutes, one in `slow` is slow."""
        for minute in minutes:
            samples = self.samples[LATENCY].get(minute, [])
            samples[::slow] = [milliseconds] * len(samples[::slow])
        return self


@pytest.fixture(scope="module")
def alarms():
    stack = Stack(ReceiptPages="on", ReceiptBaseUrl="https://api.example.com/receipts")
    return {
        resource["Properties"]["AlarmName"].removeprefix("the-stack-"): Alarm(resource["Properties"])
        for resource in stack.of_type("AWS::CloudWatch::Alarm").values()
    }


def histories(alarm, service):
    """The states of an alarm, for each way in which CloudWatch may look back and each delay of a metric."""
    for farther_back, late in product((1, 2, 4), (0, 1, 2)):
        yield farther_back, late, list(alarm.states(service.samples, LAST, farther_back, late))


def stays_ok(alarm, service):
    for _, _, states in histories(alarm, service):
        assert "ALARM" not in states


def goes_off(alarm, service, within, start=START, end=END):
    """It goes off once, after the start and in time, and clears when the alarm no longer looks at the minute before the end."""
    for farther_back, late, states in histories(alarm, service):
        assert "ALARM" not in states[:start], "it went off before anything was wrong"
        assert "ALARM" in states[start : start + within + late], "it did not go off in time"
        first = states.index("ALARM")
        looks_back = alarm.period * (alarm.periods + (0 if "TIME_SERIES" in alarm.expression else farther_back))
        assert "ALARM" not in states[end + looks_back :], "it did not clear in time"
        assert "OK" not in states[first : max(first, end)], "it cleared while it was still going on"


# The tables of "Configuring how CloudWatch alarms treat missing data": 0 is within the threshold, X is breaching, - is missing.
@pytest.mark.parametrize(
    ("points", "to_alarm", "ignore", "not_breaching"),
    [
        ("0-X-X", 3, "OK", "OK"),
        ("0----", 3, "OK", "OK"),
        ("-----", 3, "current", "OK"),
        ("0XX-X", 3, "ALARM", "ALARM"),
        ("--X--", 3, "current", "OK"),
        ("0-X-X", 2, "ALARM", "ALARM"),
        ("00X0X", 2, "ALARM", "ALARM"),
        ("0-X--", 2, "OK", "OK"),
        ("----0", 2, "OK", "OK"),
        ("---X-", 2, "current", "OK"),
    ],
)
def test_the_evaluation_is_that_of_the_user_guide(points, to_alarm, ignore, not_breaching):
    points = [{"0": False, "X": True, "-": None}[point] for point in points]
    assert state(points, 3, to_alarm, "ignore", "current") == ignore
    assert state(points, 3, to_alarm, "notBreaching", "current") == not_breaching


NAMES = [
    "api-5xx", "latency-p99", "store-errors", "unauthorized", "function-throttles", "table-throttles", "receipt-errors", "receipt-guesses",
]


def test_every_alarm_is_evaluated_here(alarms):
    assert list(alarms) == NAMES


@ALL_TRAFFIC
@pytest.mark.parametrize("name", NAMES)
def test_no_alarm_goes_off_while_all_is_well(alarms, name, traffic):
    stays_ok(alarms[name], Service(traffic))
    with_zeros = Service(traffic)
    for minute, requests in traffic.items():
        with_zeros.samples[ERRORS][minute] = [0] * requests
    stays_ok(alarms[name], with_zeros)


@ALL_TRAFFIC
@pytest.mark.parametrize("name", ["api-5xx", "latency-p99", "store-errors", "receipt-errors"])
def test_a_single_error_is_no_alarm(alarms, name, traffic):
    service = Service({START: 1, **traffic}).takes([START], slow=1_000)
    for metric in (ERRORS, outcome("confirm", "SERVICE_UNAVAILABLE"), outcome("receipt", "SERVICE_UNAVAILABLE")):
        service.counts([START], metric, 1)
    stays_ok(alarms[name], service)


# --- api-5xx ---


@ALL_TRAFFIC
def test_api_5xx_goes_off_if_every_request_fails(alarms, traffic):
    minutes = [minute for minute in traffic or every(7) if START <= minute < END]
    goes_off(alarms["api-5xx"], Service(traffic).fails(minutes), SOON, start=minutes[0], end=minutes[-1] + 1)


def test_api_5xx_goes_off_above_one_percent(alarms):
    below, above = Service(MANY), Service(MANY)
    stays_ok(alarms["api-5xx"], below.counts(every(1, START, END), ERRORS, 2))
    goes_off(alarms["api-5xx"], above.counts(every(1, START, END), ERRORS, 3), SOON)


# --- latency-p99 ---


@TRAFFIC
def test_latency_goes_off_if_one_percent_is_slow(alarms, traffic):
    minutes = [minute for minute in traffic if START <= minute < END]
    goes_off(alarms["latency-p99"], Service(traffic).takes(minutes, slow=50), LATER, start=minutes[0])


@ALL_TRAFFIC
def test_one_cold_start_is_no_alarm(alarms, traffic):
    stays_ok(alarms["latency-p99"], Service(traffic).takes([35], slow=1_000))


@TRAFFIC
def test_latency_goes_off_after_two_slow_periods(alarms, traffic):
    slow = [minute for minute in traffic if minute in (35, 42)]
    goes_off(alarms["latency-p99"], Service(traffic).takes(slow, slow=1), LATER, start=slow[0], end=slow[-1])


def test_a_second_is_not_slow(alarms):
    stays_ok(alarms["latency-p99"], Service(MANY).takes(every(1, START, END), slow=1, milliseconds=1_000))


def test_a_slow_request_in_two_hundred_is_no_alarm(alarms):
    stays_ok(alarms["latency-p99"], Service(MANY).takes(every(1, START, END), slow=200))


# --- store-errors, receipt-errors ---


@ALL_TRAFFIC
@pytest.mark.parametrize("operation", ["create", "confirm", "cancel", "retrieve", "list", "receipt"])
@pytest.mark.parametrize("code", ["SERVICE_UNAVAILABLE", "INTERNAL_ERROR"])
def test_two_errors_of_the_store_in_five_minutes_are_an_alarm(alarms, traffic, operation, code):
    name = "receipt-errors" if operation == "receipt" else "store-errors"
    twice = Service(traffic).counts([START, START + 3], outcome(operation, code), 1)
    goes_off(alarms[name], twice, SOON, end=START + 4)
    minutes = every(3, START, END)
    throughout = Service(traffic).counts(minutes, outcome(operation, code), 2)
    goes_off(alarms[name], throughout, SOON, end=minutes[-1] + 1)


def test_errors_of_several_operations_are_added(alarms):
    service = Service(SOME).counts([START], outcome("create", "SERVICE_UNAVAILABLE"), 1)
    goes_off(alarms["store-errors"], service.counts([START], outcome("list", "INTERNAL_ERROR"), 1), SOON, end=START + 1)


# --- unauthorized, receipt-guesses ---


@ALL_TRAFFIC
@pytest.mark.parametrize(
    ("name", "operation", "code"), [("unauthorized", "list", "UNAUTHORIZED"), ("receipt-guesses", "receipt", "NOT_FOUND")]
)
def test_over_a_hundred_tries_in_five_minutes_are_an_alarm(alarms, traffic, name, operation, code):
    stays_ok(alarms[name], Service(traffic).counts(every(1, START, END), outcome(operation, code), 20))
    goes_off(alarms[name], Service(traffic).counts(every(1, START, END), outcome(operation, code), 21), SOON)
    goes_off(alarms[name], Service(traffic).counts([START], outcome(operation, code), 101), SOON, end=START + 1)


# --- function-throttles, table-throttles ---


@ALL_TRAFFIC
@pytest.mark.parametrize("function", ["Create", "Confirm", "Cancel", "Retrieve", "List"])
def test_one_throttled_function_is_an_alarm(alarms, traffic, function):
    service = Service(traffic).counts([START], throttles(f"{function}Function"), 1)
    goes_off(alarms["function-throttles"], service, SOON, end=START + 1)


def test_receipts_that_are_throttled_are_an_alarm_of_receipts(alarms):
    service = Service(SOME).counts([START], throttles("ReceiptFunction"), 2)
    goes_off(alarms["receipt-errors"], service, SOON, end=START + 1)
    stays_ok(alarms["function-throttles"], service)


@ALL_TRAFFIC
@pytest.mark.parametrize("dimensions", [TABLE, INDEX], ids=["table", "index"])
@pytest.mark.parametrize("kind", ["Write", "Read"])
def test_one_throttled_request_to_the_table_is_an_alarm_that_clears(alarms, traffic, kind, dimensions):
    metric = ("AWS/DynamoDB", f"{kind}ThrottleEvents", dimensions)
    goes_off(alarms["table-throttles"], Service(traffic).counts([START], metric, 1), SOON, end=START + 1)
