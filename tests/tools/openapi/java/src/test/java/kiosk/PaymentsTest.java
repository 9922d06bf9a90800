package kiosk;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
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
import payments.model.Payment;
import payments.model.Terms;

/** Uses the generated client as a kiosk backend does, against the local server at PAYMENTS_URL. */
class PaymentsTest {
    private final Terms terms = new Terms().paymentKey("pay_" + UUID.randomUUID()).orderId("order_1").amount(10_000L);
    private final PaymentsApi payments = api(System.getenv("PAYMENTS_URL"), "test_sk_dummy");

    private static PaymentsApi api(String url, String secretKey) {
        ApiClient client = new ApiClient().setBasePath(url);
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
        assertEquals("INITIATED", created.getStatus());

        ApprovedPayment approved = payments.confirmPayment(terms);
        assertEquals(10_000L, approved.getTotalAmount());
        assertEquals("APPROVED", approved.getStatus());

        ApiResponse<ApprovedPayment> again = payments.confirmPaymentWithHttpInfo(terms);
        assertEquals(approved, again.getData());
        assertEquals("true", header(again.getHeaders(), "Idempotent-Replayed"));

        Cancellation cancellation = new Cancellation().cancelReason("USER_REQUEST").cancelAmount(10_000L);
        CanceledPayment canceled = payments.cancelPayment(terms.getPaymentKey(), cancellation);
        assertEquals("CANCELED", canceled.getStatus());

        Payment payment = payments.retrievePayment(terms.getPaymentKey());
        assertEquals("CANCELED", payment.getStatus());
        assertEquals(0L, payment.getBalanceAmount());
        assertEquals(approved.getApprovedAt(), payment.getApprovedAt());
        assertEquals(approved.getReceipt().getUrl(), payment.getReceipt().getUrl());
        assertEquals(canceled.getCanceledAt(), payment.getCancels().get(0).getCanceledAt());
    }

    @Test
    void whatAPaymentDoesNotHaveYetIsNull() throws ApiException {
        payments.createPayment(terms);
        Payment payment = payments.retrievePayment(terms.getPaymentKey());
        assertEquals("INITIATED", payment.getStatus());
        assertNull(payment.getMethod());
        assertNull(payment.getReceipt());
        assertNull(payment.getCancels());
    }

    @Test
    void thePaymentsOfAnOrderAreListed() throws ApiException {
        Terms ofAnOrder = terms.orderId("order_" + UUID.randomUUID());
        assertEquals(List.of(), payments.listPayments(ofAnOrder.getOrderId()).getPayments());
        payments.createPayment(ofAnOrder);
        Payment payment = payments.retrievePayment(ofAnOrder.getPaymentKey());
        assertEquals(List.of(payment), payments.listPayments(ofAnOrder.getOrderId()).getPayments());
    }

    @Test
    void anotherAmountIsRefused() throws ApiException {
        payments.createPayment(terms);
        Terms other = new Terms().paymentKey(terms.getPaymentKey()).orderId("order_1").amount(9_999L);
        ApiError error = error(409, assertThrows(ApiException.class, () -> payments.confirmPayment(other)));
        assertEquals("AMOUNT_MISMATCH", error.getCode());
    }

    @Test
    void anotherKeyIsRefused() {
        PaymentsApi stranger = api(System.getenv("PAYMENTS_URL"), "another_key");
        ApiError error = error(401, assertThrows(ApiException.class, () -> stranger.createPayment(terms)));
        assertEquals("UNAUTHORIZED", error.getCode());
    }

    @Test
    void withoutAnAddressItCallsTheLocalServer() {
        assertEquals("http://localhost:9090", new ApiClient().getBasePath());
    }

    @Test
    void aNewStatusAndANewFieldAreAccepted() throws Exception {
        String body = """
                {"paymentKey":"pay_1","orderId":"order_1","status":"EXPIRED","new":1}""";
        assertEquals("EXPIRED", answered(200, body).getStatus());
    }

    @Test
    void anAnswerOfApiGatewayItselfIsAnErrorWithoutACode() {
        String body = """
                {"message":"Too Many Requests"}""";
        ApiError error = error(429, assertThrows(ApiException.class, () -> answered(429, body)));
        assertNull(error.getCode());
        assertEquals("Too Many Requests", error.getMessage());
    }

    /** What a create is answered with by a server of a later version, or by API Gateway. */
    private CreatedPayment answered(int status, String body) throws ApiException, IOException {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            exchange.getRequestBody().readAllBytes();
            exchange.getResponseHeaders().add("Content-Type", "application/json");
            exchange.sendResponseHeaders(status, body.length());
            exchange.getResponseBody().write(body.getBytes(UTF_8));
            exchange.close();
        });
        server.start();
        try {
            return api("http://localhost:" + server.getAddress().getPort(), "test_sk_dummy").createPayment(terms);
        } finally {
            server.stop(0);
        }
    }

    private static String header(Map<String, List<String>> headers, String name) {
        return headers.entrySet().stream()
                .filter(header -> header.getKey().equalsIgnoreCase(name))
                .map(header -> header.getValue().get(0))
                .findFirst()
                .orElse(null);
    }
}
