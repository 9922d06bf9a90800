package kiosk;

import payments.PaymentsApi;
import payments.client.ApiException;
import payments.model.Cancellation;
import payments.model.Payment;
import payments.model.Terms;

/** What a kiosk backend does at its start with the orders that it left in the state "unknown". */
final class Restart {
    private final PaymentsApi payments;

    Restart(PaymentsApi payments) {
        this.payments = payments;
    }

    /** What became of an order's payment. After an exception, the order stays "unknown". */
    String settle(Terms terms, boolean confirmWasSent) throws ApiException {
        String status = statusOf(terms.getPaymentKey());
        if (status.equals("INITIATED") && confirmWasSent) {
            status = payments.confirmPayment(terms).getStatus();
        }
        if (status.equals("APPROVED")) {
            cancelSecondPayments(terms);
        }
        return status;
    }

    private String statusOf(String paymentKey) throws ApiException {
        try {
            return payments.retrievePayment(paymentKey).getStatus();
        } catch (ApiException refused) {
            if (refused.getCode() == 404) {
                return "NOT_CREATED";
            }
            throw refused;
        }
    }

    private void cancelSecondPayments(Terms terms) throws ApiException {
        for (Payment payment : payments.listPayments(terms.getOrderId()).getPayments()) {
            boolean isAnother = !payment.getPaymentKey().equals(terms.getPaymentKey());
            if (isAnother && payment.getStatus().equals("APPROVED")) {
                Cancellation inFull = new Cancellation()
                        .cancelReason("SECOND_PAYMENT_OF_THE_ORDER")
                        .cancelAmount(payment.getTotalAmount());
                payments.cancelPayment(payment.getPaymentKey(), inFull);
            }
        }
    }
}
