package kiosk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import payments.PaymentsApi;
import payments.client.ApiClient;
import payments.client.ApiException;
import payments.client.ApiResponse;
import payments.client.JSON;
import payments.model.ApiError;
import payments.model.ApprovedPayment;
import payments.model.Cancellation;
import payments.model.CanceledPayment;
import payments.model.CreatedPayment;
import payments.model.Terms;

/** What a kiosk backend does with the generated client, against the local copy at PAYMENTS_URL. */
class PaymentsTest {
    private final Terms terms = new Terms().paymentKey("pay_" + UUID.randomUUID()).orderId("order_1").amount(10_000L);
    private final PaymentsApi payments = api("test_sk_dummy");

    private static PaymentsApi api(String secretKey) {
        ApiClient client = new ApiClient().setBasePath(System.getenv("PAYMENTS_URL"));
        client.setUsername(secretKey);
        client.setPassword("");
        return new PaymentsApi(client);
    }

    private static ApiError error(int status, ApiException thrown) {
        assertEquals(status, thrown.getCode(), thrown.getResponseBody());
        return JSON.deserialize(thrown.getResponseBody(), ApiError.class);
    }

    @Test
    void aPaymentGoesThroughItsLife() throws ApiException {
        CreatedPayment created = payments.createPayment(terms);
        assertEquals(terms.getPaymentKey(), created.getPaymentKey());
        assertEquals(CreatedPayment.StatusEnum.INITIATED, created.getStatus());

        ApprovedPayment approved = payments.confirmPayment(terms);
        assertEquals(10_000L, approved.getTotalAmount());
        assertEquals(ApprovedPayment.StatusEnum.APPROVED, approved.getStatus());

        ApiResponse<ApprovedPayment> again = payments.confirmPaymentWithHttpInfo(terms);
        assertEquals(approved, again.getData());
        assertEquals("true", header(again.getHeaders(), "Idempotent-Replayed"));

        Cancellation cancellation = new Cancellation().cancelReason("USER_REQUEST").cancelAmount(10_000L);
        CanceledPayment canceled = payments.cancelPayment(terms.getPaymentKey(), cancellation);
        assertEquals(CanceledPayment.StatusEnum.CANCELED, canceled.getStatus());
    }

    @Test
    void anotherAmountIsRefused() throws ApiException {
        payments.createPayment(terms);
        Terms other = new Terms().paymentKey(terms.getPaymentKey()).orderId("order_1").amount(9_999L);
        ApiError error = error(409, assertThrows(ApiException.class, () -> payments.confirmPayment(other)));
        assertEquals(ApiError.CodeEnum.AMOUNT_MISMATCH, error.getCode());
    }

    @Test
    void anotherKeyIsRefused() {
        PaymentsApi stranger = api("another_key");
        ApiError error = error(401, assertThrows(ApiException.class, () -> stranger.createPayment(terms)));
        assertEquals(ApiError.CodeEnum.UNAUTHORIZED, error.getCode());
    }

    private static String header(Map<String, List<String>> headers, String name) {
        return headers.entrySet().stream()
                .filter(header -> header.getKey().equalsIgnoreCase(name))
                .map(header -> header.getValue().get(0))
                .findFirst()
                .orElse(null);
    }
}
