package kiosk;

import static kiosk.Kiosk.Status.CANCELED;
import static kiosk.Kiosk.Status.COMPLETED;
import static kiosk.Kiosk.Status.REFUSED;
import static kiosk.Kiosk.Status.UNKNOWN;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.web.client.RestClient;

/** The kiosk backend, while the local server at PAYMENTS_URL loses and delays its answers. */
class FaultsTest {
    private static final String URL = System.getenv("PAYMENTS_URL");

    private final String order = "order_" + UUID.randomUUID();
    private final Map<String, Kiosk.Order> database = new HashMap<>();
    private final Kiosk kiosk = started();

    private Kiosk started() {
        return new Kiosk(new Payments(URL, "test_sk_dummy"), database);
    }

    /** The next request of an operation for this test's order meets a fault. */
    private void arm(String operation, Map<String, ?> fault) {
        Map<String, Object> body = new HashMap<>(fault);
        body.put("operation", operation);
        body.put("orderId", order);
        RestClient.create(URL).post().uri("/__local/faults").body(body).retrieve().toBodilessEntity();
    }

    static Stream<Map<String, ?>> faults() {
        return Stream.of(
                Map.of("fault", "lose-request"),
                Map.of("fault", "lose-answer"),
                Map.of("fault", "cut-answer"),
                Map.of("fault", "answer", "code", "SERVICE_UNAVAILABLE"),
                Map.of("fault", "answer", "status", 429),
                Map.of("fault", "answer-after", "status", 504));
    }

    @ParameterizedTest
    @MethodSource("faults")
    void anOrderIsPaidOnceAndCanceledOnce(Map<String, ?> fault) {
        arm("create", fault);
        arm("confirm", fault);
        arm("cancel", fault);
        assertEquals(COMPLETED, kiosk.pay(order, 10_000));
        assertEquals(CANCELED, kiosk.cancel(order));
    }

    @Test
    void aSlowAnswerIsWaitedFor() {
        arm("confirm", Map.of("fault", "delay-answer", "delayMs", 6_000));
        assertEquals(COMPLETED, kiosk.pay(order, 10_000));
    }

    @Test
    void anOrderIsNotCompletedWithoutA200() {
        arm("confirm", Map.of("fault", "answer", "code", "INTERNAL_ERROR"));
        assertEquals(REFUSED, kiosk.pay(order, 10_000));
    }

    @Test
    void anUnknownOrderIsSettledAtTheNextStart() {
        arm("confirm", Map.of("fault", "lose-answer", "times", 4));
        assertEquals(UNKNOWN, kiosk.pay(order, 10_000));
        Kiosk restarted = started();
        restarted.settleUnknownOrders();
        assertEquals(COMPLETED, restarted.status(order));
    }
}
