"""A kiosk backend, as small as it can be."""

import uuid

from payments import Refused, UnknownOutcome


class Kiosk:
    """Takes payments. `orders` stands in for the database: it is there after a restart."""

    def __init__(self, payments, orders):
        self.payments = payments
        self.orders = orders

    def pay(self, order_id, amount):
        terms = {"paymentKey": f"pay_{uuid.uuid4()}", "orderId": order_id, "amount": amount}
        self.orders[order_id] = {"terms": terms, "confirm_was_sent": False, "status": "OPEN"}

        def create_and_confirm():
            self.payments.create(terms)
            return self.confirm(order_id)

        return self.store(order_id, create_and_confirm)

    def cancel(self, order_id):
        terms = self.orders[order_id]["terms"]

        def cancel_in_full():
            cancellation = {"cancelReason": "USER_REQUEST", "cancelAmount": terms["amount"]}
            self.payments.cancel(terms["paymentKey"], cancellation)
            return "CANCELED"

        return self.store(order_id, cancel_in_full)

    def settle_unknown_orders(self):
        """What the backend does at its start."""
        for order_id, order in self.orders.items():
            if order["status"] == "UNKNOWN":
                self.store(order_id, lambda: self.what_became_of(order_id))

    def what_became_of(self, order_id):
        order = self.orders[order_id]
        try:
            status = self.payments.retrieve(order["terms"]["paymentKey"])["status"]
        except Refused as refused:
            if refused.status == 404:
                return "CLOSED"
            raise
        if status == "INITIATED":
            return self.confirm(order_id) if order["confirm_was_sent"] else "CLOSED"
        return {"APPROVED": "COMPLETED", "CANCELED": "CANCELED"}[status]

    def confirm(self, order_id):
        order = self.orders[order_id]
        order["confirm_was_sent"] = True
        self.payments.confirm(order["terms"])
        return "COMPLETED"

    def store(self, order_id, step):
        try:
            status = step()
        except UnknownOutcome:
            status = "UNKNOWN"
        except Refused:
            status = "REFUSED"
        self.orders[order_id]["status"] = status
        return status
