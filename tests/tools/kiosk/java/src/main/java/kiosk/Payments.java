package kiosk;

import java.net.http.HttpClient;
import java.time.Duration;
import org.springframework.core.retry.RetryException;
import org.springframework.core.retry.RetryPolicy;
import org.springframework.core.retry.RetryTemplate;
import org.springframework.http.client.JdkClientHttpRequestFactory;
import org.springframework.web.client.RestClient;
import org.springframework.web.client.RestClientException;
import org.springframework.web.client.RestClientResponseException;

/** Calls the payment service. While the outcome of a request is unknown, it sends the same request again. */
final class Payments {
    record Terms(String paymentKey, String orderId, long amount) {}

    record Cancellation(String cancelReason, long cancelAmount) {}

    record Payment(String paymentKey, String orderId, String status) {}

    /** All attempts ended without a definite answer. */
    static final class UnknownOutcome extends RuntimeException {
        UnknownOutcome(Throwable cause) {
            super(cause);
        }
    }

    private final RestClient http;

    /** Waits 1, 2 and 4 seconds, and a little longer at random. */
    private final RetryTemplate retry = new RetryTemplate(RetryPolicy.builder()
            .maxRetries(3)
            .delay(Duration.ofSeconds(1))
            .multiplier(2)
            .jitter(Duration.ofMillis(200))
            .predicate(Payments::isUnknown)
            .build());

    Payments(String url, String secretKey) {
        HttpClient client = HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(2)).build();
        JdkClientHttpRequestFactory requests = new JdkClientHttpRequestFactory(client);
        requests.setReadTimeout(Duration.ofSeconds(10));
        http = RestClient.builder()
                .baseUrl(url)
                .requestFactory(requests)
                .defaultHeaders(headers -> headers.setBasicAuth(secretKey, ""))
                .build();
    }

    Payment create(Terms terms) {
        return answer(http.post().uri("/v1/payments").body(terms));
    }

    Payment confirm(Terms terms) {
        return answer(http.post().uri("/v1/payments/confirm").body(terms));
    }

    Payment cancel(String paymentKey, Cancellation cancellation) {
        return answer(http.post().uri("/v1/payments/{paymentKey}/cancel", paymentKey).body(cancellation));
    }

    Payment retrieve(String paymentKey) {
        return answer(http.get().uri("/v1/payments/{paymentKey}", paymentKey));
    }

    private Payment answer(RestClient.RequestHeadersSpec<?> request) {
        try {
            return retry.execute(() -> request.retrieve().body(Payment.class));
        } catch (RetryException failed) {
            if (failed.getCause() instanceof RestClientResponseException refused && !isUnknown(refused)) {
                throw refused;
            }
            throw new UnknownOutcome(failed.getCause());
        }
    }

    /** No whole answer, or one after which the guide says to send the same request again. */
    private static boolean isUnknown(Throwable failure) {
        if (failure instanceof RestClientResponseException answer) {
            int status = answer.getStatusCode().value();
            boolean isOfTheService = answer.getResponseBodyAsString().contains("\"code\"");
            return status == 429 || status == 503 || (status >= 500 && !isOfTheService);
        }
        return failure instanceof RestClientException;
    }
}
