'use strict';

// What the journal and the report say about orders, as plain data. Nothing here knows the page.

/** The state that a payment has after an operation. A later one never goes back. */
const STATUS_AFTER = { create: 'INITIATED', confirm: 'APPROVED', cancel: 'CANCELED' };
const STATUSES = Object.values(STATUS_AFTER);

/** The journal keeps this many requests. */
const KEPT = 10_000;

/** The faults that leave a request without a whole answer. */
const LOSSES = ['lose-request', 'lose-answer', 'cut-answer'];

const hasEnded = (request) => request.durationMs !== null;
const isUnanswered = (request) => hasEnded(request) && !request.answered;
const changedIt = (request) => request.outcome === 'FIRST';
const isReplay = (request) => request.outcome === 'REPLAY';

/** What a request was, in one word: `pending`, `first`, `replay`, `read`, `refused`, or `undone` if it was not carried out. */
const kindOf = (request) => {
  if (changedIt(request)) return 'first';
  if (isReplay(request)) return 'replay';
  if (request.outcome === 'READ') return 'read';
  if (request.outcome === null) return hasEnded(request) || request.fault === 'lose-request' ? 'undone' : 'pending';
  // A fault that gives another answer keeps the request from being carried out.
  return request.fault === 'answer' ? 'undone' : 'refused';
};

/** Whether the answer came from a fault and hides that the request was carried out. */
const isDisguised = (request) => request.fault === 'answer-after' && ['first', 'replay', 'read'].includes(kindOf(request));

/** The operations that made a change of which the client got no answer. A replay brings this answer. */
const lostOperations = (requests) => new Set(requests.filter((request) => changedIt(request) && (isUnanswered(request) || isDisguised(request)))
  .map(({ operation }) => operation));

/** The state of a payment, or null if no request has shown it. */
const statusOf = (requests) => {
  const reached = requests.filter((request) => changedIt(request) || isReplay(request))
    .map((request) => STATUSES.indexOf(STATUS_AFTER[request.operation]));
  return STATUSES[Math.max(...reached)] ?? null;
};

/** The amount of a payment: of the last create or confirm that the service accepted, or else of the last that named one. */
const amountOf = (requests) => {
  const named = requests.filter(({ operation, amount }) => operation !== 'cancel' && amount !== null);
  return (named.findLast((request) => changedIt(request) || isReplay(request)) ?? named.at(-1))?.amount ?? null;
};

/**
 * The orders of these requests, the newest first. Each has its payments, and each payment its requests, the oldest first. An order or
 * a payment that a request does not name is null.
 */
const ordersOf = (requests) => {
  const orderOfPayment = new Map();
  for (const { paymentKey, orderId } of requests) {
    if (paymentKey !== null && orderId !== null) orderOfPayment.set(paymentKey, orderId);
  }
  const orders = new Map();
  for (const request of requests) {
    const { paymentKey } = request;
    const orderId = request.orderId ?? orderOfPayment.get(paymentKey) ?? null;
    if (!orders.has(orderId)) orders.set(orderId, { orderId, requests: [], payments: new Map() });
    const order = orders.get(orderId);
    order.requests.push(request);
    if (!order.payments.has(paymentKey)) order.payments.set(paymentKey, { paymentKey, requests: [] });
    order.payments.get(paymentKey).requests.push(request);
  }
  return [...orders.values()].reverse().map((order) => ({ ...order, payments: [...order.payments.values()] }));
};

/** The requests after more was learned about some of them. Takes and returns a map from the id of a request to it. */
const withNews = (requests, news) => {
  const all = new Map(requests);
  for (const request of news) all.set(request.id, request);
  for (const id of all.keys()) {
    if (all.size <= KEPT) break;
    all.delete(id);
  }
  return all;
};

/** The failed checks of each request, by its id. */
const findingsOf = (report) => {
  const findings = new Map();
  for (const { check, verdict, evidence } of report?.checks ?? []) {
    if (verdict !== 'FAILED') continue;
    for (const id of evidence.flatMap(({ requests }) => requests)) {
      findings.set(id, [...findings.get(id) ?? [], check]);
    }
  }
  return findings;
};

/** Whether two lists have the same elements. */
const isSame = (one, other) => one.length === other.length && one.every((element, place) => element === other[place]);
