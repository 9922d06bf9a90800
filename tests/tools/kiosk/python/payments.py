"""Calls the payment service. While the outcome of a request is unknown, it sends the same request again."""

import requests
from tenacity import retry, retry_if_exception_type, stop_after_attempt, wait_exponential, wait_random


class UnknownOutcome(Exception):
    """There was no definite answer."""


class Refused(Exception):
    """The service refused the request."""

    def __init__(self, answer):
        super().__init__(f"{answer.status_code} {answer.text}")
        self.status = answer.status_code


class Payments:
    def __init__(self, url, secret_key):
        self.url = url
        self.http = requests.Session()
        self.http.auth = (secret_key, "")

    def create(self, terms):
        return self.send("POST", "/v1/payments", terms)

    def confirm(self, terms):
        return self.send("POST", "/v1/payments/confirm", terms)

    def cancel(self, payment_key, cancellation):
        return self.send("POST", f"/v1/payments/{payment_key}/cancel", cancellation)

    def retrieve(self, payment_key):
        return self.send("GET", f"/v1/payments/{payment_key}")

    @retry(
        retry=retry_if_exception_type(UnknownOutcome),
        wait=wait_exponential(max=4) + wait_random(0, 0.2),
        stop=stop_after_attempt(4),
        reraise=True,
    )
    def send(self, method, path, body=None):
        try:
            answer = self.http.request(method, self.url + path, json=body, timeout=(2, 10))
        except requests.RequestException as lost:
            raise UnknownOutcome from lost
        status = answer.status_code
        if status in (429, 503) or (status >= 500 and '"code"' not in answer.text):
            raise UnknownOutcome(status)
        if status != 200:
            raise Refused(answer)
        return answer.json()
