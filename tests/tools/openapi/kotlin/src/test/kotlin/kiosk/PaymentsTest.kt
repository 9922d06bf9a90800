package kiosk

import com.fasterxml.jackson.module.kotlin.readValue
import com.sun.net.httpserver.HttpServer
import java.net.InetAddress
import java.net.InetSocketAddress
import java.util.UUID
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertNull
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.assertThrows
import payments.apis.PaymentsApi
import payments.infrastructure.ApiClient
import payments.infrastructure.ClientError
import payments.infrastructure.ClientException
import payments.infrastructure.Serializer
import payments.infrastructure.Success
import payments.models.ApiError
import payments.models.Cancellation
import payments.models.CreatedPayment
import payments.models.Terms

/** Uses the generated client as a kiosk backend does, against the local server at PAYMENTS_URL. */
class PaymentsTest {
    private val terms = Terms("pay_${UUID.randomUUID()}", "order_1", 10_000)
    private val payments = api(System.getenv("PAYMENTS_URL"))

    private fun api(url: String): PaymentsApi {
        ApiClient.username = "test_sk_dummy"
        ApiClient.password = ""
        return PaymentsApi(url)
    }

    private fun error(status: Int, thrown: ClientException): ApiError {
        assertEquals(status, thrown.statusCode)
        return Serializer.jacksonObjectMapper.readValue((thrown.response as ClientError<*>).body as String)
    }

    @Test
    fun `a payment goes through its life`() {
        val created = payments.createPayment(terms)
        assertEquals(terms.paymentKey to "INITIATED", created.paymentKey to created.status)

        val approved = payments.confirmPayment(terms)
        assertEquals(10_000L to "APPROVED", approved.totalAmount to approved.status)

        val again = payments.confirmPaymentWithHttpInfo(terms)
        assertEquals(approved, (again as Success<*>).data)
        assertEquals(listOf("true"), again.headers.entries.single { it.key.equals("Idempotent-Replayed", true) }.value)

        val canceled = payments.cancelPayment(terms.paymentKey, Cancellation("USER_REQUEST", 10_000))
        assertEquals("CANCELED", canceled.status)

        val payment = payments.retrievePayment(terms.paymentKey)
        assertEquals("CANCELED" to 0L, payment.status to payment.balanceAmount)
        assertEquals(approved.approvedAt to approved.receipt.url, payment.approvedAt to payment.receipt?.url)
        assertEquals(listOf(canceled.canceledAt), payment.cancels?.map { it.canceledAt })
    }

    @Test
    fun `what a payment does not have yet is null`() {
        payments.createPayment(terms)
        val payment = payments.retrievePayment(terms.paymentKey)
        assertEquals("INITIATED", payment.status)
        assertEquals(listOf(null, null, null, null), payment.run { listOf(method, approvedAt, receipt, cancels) })
    }

    @Test
    fun `the payments of an order are listed`() {
        val ofAnOrder = terms.copy(orderId = "order_${UUID.randomUUID()}")
        assertEquals(emptyList<Any>(), payments.listPayments(ofAnOrder.orderId).payments)
        payments.createPayment(ofAnOrder)
        val payment = payments.retrievePayment(ofAnOrder.paymentKey)
        assertEquals(listOf(payment), payments.listPayments(ofAnOrder.orderId).payments)
    }

    @Test
    fun `another amount is refused`() {
        payments.createPayment(terms)
        val refused = assertThrows<ClientException> { payments.confirmPayment(terms.copy(amount = 9_999)) }
        assertEquals("AMOUNT_MISMATCH", error(409, refused).code)
    }

    @Test
    fun `without an address it calls the local server`() {
        assertEquals("http://localhost:9090", PaymentsApi.defaultBasePath)
    }

    @Test
    fun `a new status and a new field are accepted`() {
        val created = answered(200, """{"paymentKey":"pay_1","orderId":"order_1","status":"EXPIRED","new":1}""")
        assertEquals("EXPIRED", created.status)
    }

    @Test
    fun `an answer of API Gateway itself is an error without a code`() {
        val thrown = assertThrows<ClientException> { answered(429, """{"message":"Too Many Requests"}""") }
        val error = error(429, thrown)
        assertNull(error.code)
        assertEquals("Too Many Requests", error.message)
    }

    /** What a create is answered with by a server of a later version, or by API Gateway. */
    private fun answered(status: Int, body: String): CreatedPayment {
        val server = HttpServer.create(InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0)
        server.createContext("/") { exchange ->
            exchange.requestBody.readAllBytes()
            exchange.responseHeaders.add("Content-Type", "application/json")
            exchange.sendResponseHeaders(status, body.length.toLong())
            exchange.responseBody.write(body.toByteArray())
            exchange.close()
        }
        server.start()
        try {
            return api("http://localhost:${server.address.port}").createPayment(terms)
        } finally {
            server.stop(0)
        }
    }
}
