package kiosk;

import java.util.Map;
import java.util.UUID;
import kiosk.Payments.Cancellation;
import kiosk.Payments.Payment;
import kiosk.Payments.Terms;
import kiosk.Payments.UnknownOutcome;
import org.springframework.http.HttpStatus;
import org.springframework.web.client.RestClientResponseException;

/** A kiosk backend, as small as it can be. */
final class Kiosk {
    enum Status {
        OPEN,
        COMPLETED,
        CANCELED,
        CLOSED,
        REFUSED,
        UNKNOWN
    }

    record Order(Terms terms, boolean confirmWasSent, Status status) {
        private Order with(Status status) {
            return new Order(terms, confirmWasSent, status);
        }

        private Order withConfirmSent() {
            return new Order(terms, true, status);
        }
    }

    private final Payments payments;

    /** Stands in for the database: it is there after a restart. */
    private final Map<String, Order> orders;

    Kiosk(Payments payments, Map<String, Order> orders) {
        this.payments = payments;
        this.orders = orders;
    }

    Status pay(String orderId, long amount) {
        Terms terms = new Terms("pay_" + UUID.randomUUID(), orderId, amount);
        orders.put(orderId, new Order(terms, false, Status.OPEN));
        return store(orderId, () -> {
            payments.create(terms);
            return confirm(orderId);
        });
    }

    Status cancel(String orderId) {
        Terms terms = orders.get(orderId).terms();
        return store(orderId, () -> {
            payments.cancel(terms.paymentKey(), new Cancellation("USER_REQUEST", terms.amount()));
            return Status.CANCELED;
        });
    }

    /** What the backend does at its start. */
    void settleUnknownOrders() {
        for (Map.Entry<String, Order> order : orders.entrySet()) {
            if (order.getValue().status() == Status.UNKNOWN) {
                store(order.getKey(), () -> whatBecameOf(order.getKey()));
            }
        }
    }

    Status status(String orderId) {
        return orders.get(orderId).status();
    }

    private Status whatBecameOf(String orderId) {
        Order order = orders.get(orderId);
        try {
            Payment payment = payments.retrieve(order.terms().paymentKey());
            return switch (payment.status()) {
                case "APPROVED" -> Status.COMPLETED;
                case "CANCELED" -> Status.CANCELED;
                default -> order.confirmWasSent() ? confirm(orderId) : Status.CLOSED;
            };
        } catch (RestClientResponseException refused) {
            if (refused.getStatusCode() == HttpStatus.NOT_FOUND) {
                return Status.CLOSED;
            }
            throw refused;
        }
    }

    private Status confirm(String orderId) {
        orders.computeIfPresent(orderId, (id, order) -> order.withConfirmSent());
        payments.confirm(orders.get(orderId).terms());
        return Status.COMPLETED;
    }

    private interface Step {
        Status run();
    }

    private Status store(String orderId, Step step) {
        Status status;
        try {
            status = step.run();
        } catch (UnknownOutcome unknown) {
            status = Status.UNKNOWN;
        } catch (RestClientResponseException refused) {
            status = Status.REFUSED;
        }
        Status result = status;
        orders.computeIfPresent(orderId, (id, order) -> order.with(result));
        return result;
    }
}
