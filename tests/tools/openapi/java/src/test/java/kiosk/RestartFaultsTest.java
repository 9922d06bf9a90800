package kiosk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import com.google.gson.JsonParseException;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import payments.PaymentsApi;
import payments.client.ApiClient;
import payments.client.ApiException;
import payments.model.Cancellation;
import payments.model.Terms;

/**
 * A backend that restarts after each request without a definite answer, under every fault. The report of the local server at
 * PAYMENTS_URL finds nothing wrong.
 */
class RestartFaultsTest {
    private static final String URL = System.getenv("PAYMENTS_URL");
    private static final Cancellation IN_FULL =
            new Cancellation().cancelReason("USER_REQUEST").cancelAmount(10_000L);
    private static final List<String> OPERATIONS = List.of("create", "confirm", "cancel", "retrieve", "list");
    private static final List<String> FAULTS = List.of(
            "'fault':'lose-request'",
            "'fault':'lose-answer'",
            "'fault':'cut-answer'",
            "'fault':'delay','delayMs':6000",
            "'fault':'delay','delayMs':12000",
            "'fault':'delay-answer','delayMs':12000",
            "'fault':'answer','code':'SERVICE_UNAVAILABLE'",
            "'fault':'answer','code':'INTERNAL_ERROR'",
            "'fault':'answer','status':429",
            "'fault':'answer','status':503",
            "'fault':'answer-after','code':'SERVICE_UNAVAILABLE'",
            "'fault':'answer-after','code':'INTERNAL_ERROR'",
            "'fault':'answer-after','status':500",
            "'fault':'answer-after','status':504");

    private final HttpClient http = HttpClient.newHttpClient();

    private HttpResponse<String> local(String method, String path, String body) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(URI.create(URL + "/__local/" + path))
                .method(method, BodyPublishers.ofString(body.replace('\'', '"')))
                .build();
        return http.send(request, BodyHandlers.ofString());
    }

    private static PaymentsApi payments() {
        ApiClient client = new ApiClient().setBasePath(URL);
        client.setUsername("test_sk_dummy");
        client.setPassword("");
        return new PaymentsApi(client);
    }

    /** Whether waiting and trying again helps: there was no whole answer, a 429, a 503, or a 5xx without a code. */
    private static boolean isUnknown(Exception failure) {
        // An answer that was cut is JSON that ends too early.
        if (!(failure instanceof ApiException answer)) {
            return failure instanceof JsonParseException;
        }
        int status = answer.getCode();
        boolean isOfTheService = status >= 500 && answer.getResponseBody().contains("\"code\"");
        return status == 0 || status == 429 || status == 503 || (status >= 500 && !isOfTheService);
    }

    /** Pays an order and cancels the payment, with restarts. A refusal is left to a person. */
    private Void pay(String operation, String fault) throws Exception {
        PaymentsApi payments = payments();
        String order = "order_" + UUID.randomUUID();
        Terms terms = new Terms().paymentKey("pay_" + UUID.randomUUID()).orderId(order).amount(10_000L);
        String filter = operation.equals("retrieve") ? "'paymentKey':'" + terms.getPaymentKey() : "'orderId':'" + order;
        assertEquals(201, local("POST", "faults", "{" + fault + ",'operation':'" + operation + "'," + filter + "'}").statusCode());
        boolean confirmWasSent = false;
        try {
            payments.createPayment(terms);
            confirmWasSent = true;
            payments.confirmPayment(terms);
        } catch (ApiException | JsonParseException lost) {
            if (!isUnknown(lost)) {
                return null;
            }
            Thread.sleep(1_000);
        }
        while ("APPROVED".equals(settled(payments, terms, confirmWasSent))) {
            try {
                payments.cancelPayment(terms.getPaymentKey(), IN_FULL);
                return null;
            } catch (ApiException | JsonParseException lost) {
                if (!isUnknown(lost)) {
                    return null;
                }
                Thread.sleep(1_000);
            }
        }
        return null;
    }

    private static String settled(PaymentsApi payments, Terms terms, boolean confirmWasSent) throws InterruptedException {
        while (true) {
            try {
                return new Restart(payments).settle(terms, confirmWasSent);
            } catch (ApiException | JsonParseException lost) {
                if (!isUnknown(lost)) {
                    return "REFUSED";
                }
                Thread.sleep(1_000);
            }
        }
    }

    @Test
    void theReportFindsNothingWrong() throws Exception {
        local("POST", "reset", "");
        ExecutorService plays = Executors.newFixedThreadPool(100);
        List<Future<Void>> payments = new ArrayList<>();
        for (String operation : OPERATIONS) {
            for (String fault : FAULTS) {
                payments.add(plays.submit(() -> pay(operation, fault)));
            }
        }
        for (Future<Void> payment : payments) {
            payment.get();
        }
        plays.shutdown();
        HttpResponse<String> report = local("GET", "report", "");
        assertEquals(200, report.statusCode(), report.body());
        String faults = local("GET", "faults", "").body();
        assertFalse(faults.contains("\"left\":1"), "each fault met a request: " + faults);
    }
}
