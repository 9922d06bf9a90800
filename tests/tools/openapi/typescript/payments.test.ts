// Uses the generated TypeScript client as a kiosk backend does, against the local server at PAYMENTS_URL.

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { type ApiError, Configuration, PaymentsApi, ResponseError } from './payments/index.js';

const api = (basePath: string) => new PaymentsApi(new Configuration({ basePath, username: 'test_sk_dummy', password: '' }));
const payments = api(process.env.PAYMENTS_URL!);
const newTerms = () => ({ paymentKey: `pay_${randomUUID()}`, orderId: 'order_1', amount: 10_000 });

/** The status and the error that a refused request is answered with. */
async function refused(request: Promise<unknown>): Promise<[number, ApiError]> {
  const error = await request.then(() => assert.fail('it must be refused'), (error) => error);
  assert.ok(error instanceof ResponseError, String(error));
  return [error.response.status, await error.response.json()];
}

test('a payment goes through its life', async () => {
  const terms = newTerms();
  const created = await payments.createPayment({ terms });
  assert.deepEqual([created.paymentKey, created.status], [terms.paymentKey, 'INITIATED']);

  const approved = await payments.confirmPayment({ terms });
  assert.deepEqual([approved.totalAmount, approved.status], [10_000, 'APPROVED']);

  const again = await payments.confirmPaymentRaw({ terms });
  assert.deepEqual(await again.value(), approved);
  assert.equal(again.raw.headers.get('Idempotent-Replayed'), 'true');

  const cancellation = { cancelReason: 'USER_REQUEST', cancelAmount: 10_000 };
  const canceled = await payments.cancelPayment({ paymentKey: terms.paymentKey, cancellation });
  assert.equal(canceled.status, 'CANCELED');

  const payment = await payments.retrievePayment({ paymentKey: terms.paymentKey });
  assert.deepEqual([payment.status, payment.totalAmount, payment.balanceAmount], ['CANCELED', 10_000, 0]);
  assert.deepEqual([payment.approvedAt, payment.receipt?.url], [approved.approvedAt, approved.receipt.url]);
  assert.deepEqual(payment.cancels?.map((cancel) => cancel.canceledAt), [canceled.canceledAt]);
});

test('what a payment does not have yet is null', async () => {
  const terms = newTerms();
  await payments.createPayment({ terms });
  const { status, method, approvedAt, receipt, cancels } = await payments.retrievePayment(terms);
  assert.deepEqual([status, method, approvedAt, receipt, cancels], ['INITIATED', null, null, null, null]);
});

test('the payments of an order are listed', async () => {
  const terms = { ...newTerms(), orderId: `order_${randomUUID()}` };
  assert.deepEqual(await payments.listPayments(terms), { payments: [] });
  await payments.createPayment({ terms });
  assert.deepEqual((await payments.listPayments(terms)).payments, [await payments.retrievePayment(terms)]);
});

test('another amount is refused', async () => {
  const terms = newTerms();
  await payments.createPayment({ terms });
  const [status, { code }] = await refused(payments.confirmPayment({ terms: { ...terms, amount: 9_999 } }));
  assert.deepEqual([status, code], [409, 'AMOUNT_MISMATCH']);
});

test('without an address it calls the local server', () => {
  assert.equal(new Configuration().basePath, 'http://localhost:9090');
});

/** Sends a create to a server of a later version, or to API Gateway. */
async function answered<T>(status: number, body: object, by: (service: PaymentsApi) => Promise<T>): Promise<T> {
  const server = createServer((request, response) => {
    request.resume().on('end', () => response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body)));
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  try {
    return await by(api(`http://127.0.0.1:${(server.address() as AddressInfo).port}`));
  } finally {
    server.close();
    server.closeAllConnections();
  }
}

test('a new status and a new field are accepted', async () => {
  const body = { paymentKey: 'pay_1', orderId: 'order_1', status: 'EXPIRED', new: 1 };
  const created = await answered(200, body, (service) => service.createPayment({ terms: newTerms() }));
  assert.equal(created.status, 'EXPIRED');
});

test('an answer of API Gateway itself is an error without a code', async () => {
  const body = { message: 'Too Many Requests' };
  const [status, error] = await answered(429, body, (service) => refused(service.createPayment({ terms: newTerms() })));
  assert.deepEqual([status, error.code, error.message], [429, undefined, 'Too Many Requests']);
});
