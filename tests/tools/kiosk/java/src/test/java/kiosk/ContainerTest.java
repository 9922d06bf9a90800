package kiosk;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.HashMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfEnvironmentVariable;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.containers.wait.strategy.Wait;
import org.testcontainers.junit.jupiter.Container;
import org.testcontainers.junit.jupiter.Testcontainers;

/** The kiosk backend against a local server that the test starts itself. It needs Docker and the image. */
@EnabledIfEnvironmentVariable(named = "PAYMENTS_IMAGE", matches = "atdd-payments")
@Testcontainers
class ContainerTest {
    @Container
    private static final GenericContainer<?> PAYMENTS = new GenericContainer<>("atdd-payments")
            .withExposedPorts(9090)
            .waitingFor(Wait.forHealthcheck());

    private static String url() {
        return "http://" + PAYMENTS.getHost() + ":" + PAYMENTS.getMappedPort(9090);
    }

    @Test
    void anOrderIsPaid() {
        Kiosk kiosk = new Kiosk(new Payments(url(), "test_sk_dummy"), new HashMap<>());
        assertEquals(Kiosk.Status.COMPLETED, kiosk.pay("order_1", 10_000));
    }
}
