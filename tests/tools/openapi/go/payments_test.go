// Uses the generated Go client as a kiosk backend does, against the local server at PAYMENTS_URL.
package kiosk

import (
	"context"
	"crypto/rand"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"testing"

	"kiosk/payments"
)

var key = context.WithValue(context.Background(), payments.ContextBasicAuth, payments.BasicAuth{UserName: "test_sk_dummy"})

func api(url string) *payments.PaymentsAPIService {
	configuration := payments.NewConfiguration()
	configuration.Servers = payments.ServerConfigurations{{URL: url}}
	return payments.NewAPIClient(configuration).PaymentsAPI
}

func terms() payments.Terms {
	return *payments.NewTerms("pay_"+rand.Text(), "order_1", 10_000)
}

func must[T any](t *testing.T) func(T, *http.Response, error) T {
	return func(answer T, _ *http.Response, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return answer
	}
}

// The error that a refused request is answered with, and its status.
func refused(t *testing.T, response *http.Response, err error) (int, payments.ApiError) {
	t.Helper()
	var refusal *payments.GenericOpenAPIError
	if !errors.As(err, &refusal) {
		t.Fatalf("it must be refused: %v", err)
	}
	body, parsed := refusal.Model().(payments.ApiError)
	if !parsed {
		t.Fatalf("the error must be parsed: %v: %s", err, refusal.Body())
	}
	return response.StatusCode, body
}

func TestAPaymentGoesThroughItsLife(t *testing.T) {
	service, terms := api(os.Getenv("PAYMENTS_URL")), terms()
	created := must[*payments.CreatedPayment](t)(service.CreatePayment(key).Terms(terms).Execute())
	if created.PaymentKey != terms.PaymentKey || created.Status != "INITIATED" {
		t.Errorf("created: %v", created)
	}
	approved := must[*payments.ApprovedPayment](t)(service.ConfirmPayment(key).Terms(terms).Execute())
	if approved.TotalAmount != 10_000 || approved.Status != "APPROVED" {
		t.Errorf("approved: %v", approved)
	}
	again, response, err := service.ConfirmPayment(key).Terms(terms).Execute()
	if err != nil || again.ApprovedAt != approved.ApprovedAt || response.Header.Get("Idempotent-Replayed") != "true" {
		t.Errorf("confirmed again: %v, %v, %v", again, response, err)
	}
	cancellation := *payments.NewCancellation("USER_REQUEST", 10_000)
	canceled := must[*payments.CanceledPayment](t)(service.CancelPayment(key, terms.PaymentKey).Cancellation(cancellation).Execute())
	if canceled.Status != "CANCELED" {
		t.Errorf("canceled: %v", canceled)
	}
	payment := must[*payments.Payment](t)(service.RetrievePayment(key, terms.PaymentKey).Execute())
	if payment.Status != "CANCELED" || payment.BalanceAmount != 0 || payment.GetApprovedAt() != approved.ApprovedAt {
		t.Errorf("retrieved: %v", payment)
	}
	if cancels := payment.GetCancels(); len(cancels) != 1 || cancels[0].CanceledAt != canceled.CanceledAt {
		t.Errorf("retrieved: %v", cancels)
	}
}

func TestThePaymentsOfAnOrderAreListed(t *testing.T) {
	service, terms := api(os.Getenv("PAYMENTS_URL")), terms()
	terms.OrderId = "order_" + rand.Text()
	nothing := must[*payments.PaymentList](t)(service.ListPayments(key, terms.OrderId).Execute())
	if len(nothing.Payments) != 0 {
		t.Errorf("listed before the create: %v", nothing)
	}
	must[*payments.CreatedPayment](t)(service.CreatePayment(key).Terms(terms).Execute())
	listed := must[*payments.PaymentList](t)(service.ListPayments(key, terms.OrderId).Execute()).Payments
	if len(listed) != 1 || listed[0].PaymentKey != terms.PaymentKey || listed[0].Status != "INITIATED" {
		t.Errorf("listed: %v", listed)
	}
}

func TestWhatAPaymentDoesNotHaveYetIsNil(t *testing.T) {
	service, terms := api(os.Getenv("PAYMENTS_URL")), terms()
	must[*payments.CreatedPayment](t)(service.CreatePayment(key).Terms(terms).Execute())
	payment := must[*payments.Payment](t)(service.RetrievePayment(key, terms.PaymentKey).Execute())
	if payment.Method.Get() != nil || payment.ApprovedAt.Get() != nil || payment.Receipt.Get() != nil || payment.Cancels != nil {
		t.Errorf("%v", payment)
	}
}

func TestAnotherAmountIsRefused(t *testing.T) {
	service, terms := api(os.Getenv("PAYMENTS_URL")), terms()
	must[*payments.CreatedPayment](t)(service.CreatePayment(key).Terms(terms).Execute())
	terms.Amount = 9_999
	_, response, err := service.ConfirmPayment(key).Terms(terms).Execute()
	if status, body := refused(t, response, err); status != 409 || body.GetCode() != "AMOUNT_MISMATCH" {
		t.Errorf("%d %v", status, body)
	}
}

func TestWithoutAnAddressItCallsTheLocalServer(t *testing.T) {
	if url := payments.NewConfiguration().Servers[0].URL; url != "http://localhost:9090" {
		t.Error(url)
	}
}

// A server of a later version, or API Gateway.
func answers(t *testing.T, status int, body string) *payments.PaymentsAPIService {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		w.Write([]byte(body))
	}))
	t.Cleanup(server.Close)
	return api(server.URL)
}

func TestANewStatusAndANewFieldAreAccepted(t *testing.T) {
	service := answers(t, 200, `{"paymentKey":"pay_1","orderId":"order_1","status":"EXPIRED","new":1}`)
	created := must[*payments.CreatedPayment](t)(service.CreatePayment(key).Terms(terms()).Execute())
	if created.Status != "EXPIRED" {
		t.Errorf("%v", created)
	}
}

func TestAnAnswerOfApiGatewayItselfIsAnErrorWithoutACode(t *testing.T) {
	service := answers(t, 429, `{"message":"Too Many Requests"}`)
	_, response, err := service.CreatePayment(key).Terms(terms()).Execute()
	if status, body := refused(t, response, err); status != 429 || body.HasCode() || body.Message != "Too Many Requests" {
		t.Errorf("%d %v", status, body)
	}
}
