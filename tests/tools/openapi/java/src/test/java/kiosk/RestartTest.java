package kiosk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.UUID;
import org.junit.jupiter.api.Test;
import payments.PaymentsApi;
import payments.client.ApiClient;
import payments.client.ApiException;
import payments.model.Cancellation;
import payments.model.Terms;

/** A backend that restarts, against the local server at PAYMENTS_URL. */
class RestartTest {
    private final String order = "order_" + UUID.randomUUID();
    private final PaymentsApi payments = api(System.getenv("PAYMENTS_URL"));
    private final Restart restart = new Restart(payments);

    private static PaymentsApi api(String url) {
        ApiClient client = new ApiClient().setBasePath(url);
        client.setUsername("test_sk_dummy");
        client.setPassword("");
        return new PaymentsApi(client);
    }

    private Terms created(String order) throws ApiException {
        Terms terms = new Terms().paymentKey("pay_" + UUID.randomUUID()).orderId(order).amount(10_000L);
        payments.createPayment(terms);
        return terms;
    }

    private Terms approved(String order) throws ApiException {
        Terms terms = created(order);
        payments.confirmPayment(terms);
        return terms;
    }

    private String status(Terms terms) throws ApiException {
        return payments.retrievePayment(terms.getPaymentKey()).getStatus();
    }

    @Test
    void aConfirmWhoseAnswerWasLostIsFoundAndNotChanged() throws ApiException {
        Terms terms = approved(order);
        var before = payments.retrievePayment(terms.getPaymentKey());
        assertEquals("APPROVED", restart.settle(terms, true));
        assertEquals(before, payments.retrievePayment(terms.getPaymentKey()));
    }

    @Test
    void aConfirmThatDidNotArriveIsSentAgain() throws ApiException {
        Terms terms = created(order);
        assertEquals("APPROVED", restart.settle(terms, true));
        assertEquals("APPROVED", status(terms));
    }

    @Test
    void aCancelWhoseAnswerWasLostIsFound() throws ApiException {
        Terms terms = approved(order);
        Cancellation inFull = new Cancellation().cancelReason("USER_REQUEST").cancelAmount(10_000L);
        payments.cancelPayment(terms.getPaymentKey(), inFull);
        assertEquals("CANCELED", restart.settle(terms, true));
    }

    @Test
    void aPaymentThatWasNeverConfirmedIsNotApproved() throws ApiException {
        Terms terms = created(order);
        assertEquals("INITIATED", restart.settle(terms, false));
        assertEquals("INITIATED", status(terms));
    }

    @Test
    void aCreateThatDidNotArriveHasNoPayment() throws ApiException {
        Terms terms = new Terms().paymentKey("pay_" + UUID.randomUUID()).orderId(order).amount(10_000L);
        assertEquals("NOT_CREATED", restart.settle(terms, false));
    }

    @Test
    void aSecondPaymentOfTheOrderIsCanceledAndNoOther() throws ApiException {
        Terms own = approved(order);
        Terms second = approved(order);
        Terms begun = created(order);
        Terms ofAnotherOrder = approved(order + ".1");
        assertEquals("APPROVED", restart.settle(own, true));
        assertEquals("APPROVED", status(own));
        assertEquals("CANCELED", status(second));
        assertEquals("INITIATED", status(begun));
        assertEquals("APPROVED", status(ofAnotherOrder));
    }

    @Test
    void withoutAnAnswerTheOrderStaysUnknown() throws ApiException {
        Terms terms = created(order);
        Restart unreachable = new Restart(api("http://127.0.0.1:1"));
        assertThrows(ApiException.class, () -> unreachable.settle(terms, true));
        assertEquals("INITIATED", status(terms));
    }
}
