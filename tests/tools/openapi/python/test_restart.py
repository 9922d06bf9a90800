"""A backend that restarts, against the local server at PAYMENTS_URL."""

import os
import unittest
import uuid

import payments
import urllib3
from restart import settle


def api(host):
    configuration = payments.Configuration(host=host, username="test_sk_dummy", password="")
    configuration.retries = urllib3.Retry(0)
    return payments.PaymentsApi(payments.ApiClient(configuration))


class RestartTest(unittest.TestCase):
    def setUp(self):
        self.api = api(os.environ["PAYMENTS_URL"])
        self.order = f"order_{uuid.uuid4()}"

    def terms(self, order):
        return payments.Terms(payment_key=f"pay_{uuid.uuid4()}", order_id=order, amount=10_000)

    def created(self, order):
        terms = self.terms(order)
        self.api.create_payment(terms)
        return terms

    def approved(self, order):
        terms = self.created(order)
        self.api.confirm_payment(terms)
        return terms

    def retrieved(self, terms):
        return self.api.retrieve_payment(terms.payment_key)

    def test_a_confirm_whose_answer_was_lost_is_found_and_not_changed(self):
        terms = self.approved(self.order)
        before = self.retrieved(terms)
        self.assertEqual(settle(self.api, terms, True), "APPROVED")
        self.assertEqual(self.retrieved(terms), before)

    def test_a_confirm_that_did_not_arrive_is_sent_again(self):
        terms = self.created(self.order)
        self.assertEqual(settle(self.api, terms, True), "APPROVED")
        self.assertEqual(self.retrieved(terms).status, "APPROVED")

    def test_a_cancel_whose_answer_was_lost_is_found(self):
        terms = self.approved(self.order)
        in_full = payments.Cancellation(cancel_reason="USER_REQUEST", cancel_amount=10_000)
        self.api.cancel_payment(terms.payment_key, in_full)
        self.assertEqual(settle(self.api, terms, True), "CANCELED")

    def test_a_payment_that_was_never_confirmed_is_not_approved(self):
        terms = self.created(self.order)
        self.assertEqual(settle(self.api, terms, False), "INITIATED")
        self.assertEqual(self.retrieved(terms).status, "INITIATED")

    def test_a_create_that_did_not_arrive_has_no_payment(self):
        self.assertEqual(settle(self.api, self.terms(self.order), False), "NOT_CREATED")

    def test_a_second_payment_of_the_order_is_canceled_and_no_other(self):
        own, second, begun = self.approved(self.order), self.approved(self.order), self.created(self.order)
        of_another_order = self.approved(f"{self.order}.1")
        self.assertEqual(settle(self.api, own, True), "APPROVED")
        expected = [(own, "APPROVED"), (second, "CANCELED"), (begun, "INITIATED"), (of_another_order, "APPROVED")]
        for terms, status in expected:
            self.assertEqual(self.retrieved(terms).status, status)

    def test_without_an_answer_the_order_stays_unknown(self):
        terms = self.created(self.order)
        with self.assertRaises(urllib3.exceptions.HTTPError):
            settle(api("http://127.0.0.1:1"), terms, True)
        self.assertEqual(self.retrieved(terms).status, "INITIATED")


if __name__ == "__main__":
    unittest.main()
