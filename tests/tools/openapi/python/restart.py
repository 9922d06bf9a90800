"""What a kiosk backend does at its start with the orders that it left in the state "unknown"."""

import payments


def settle(api, terms, confirm_was_sent):
    """What became of an order's payment. After an exception, the order stays "unknown"."""
    status = status_of(api, terms.payment_key)
    if status == "INITIATED" and confirm_was_sent:
        status = api.confirm_payment(terms).status
    if status == "APPROVED":
        cancel_second_payments(api, terms)
    return status


def status_of(api, payment_key):
    try:
        return api.retrieve_payment(payment_key).status
    except payments.ApiException as refused:
        if refused.status == 404:
            return "NOT_CREATED"
        raise


def cancel_second_payments(api, terms):
    for payment in api.list_payments(terms.order_id).payments:
        if payment.payment_key != terms.payment_key and payment.status == "APPROVED":
            in_full = payments.Cancellation(
                cancel_reason="SECOND_PAYMENT_OF_THE_ORDER", cancel_amount=payment.total_amount
            )
            api.cancel_payment(payment.payment_key, in_full)
