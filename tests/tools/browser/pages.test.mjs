// Which web pages may call a local server. Chromium decides what a page can send, and its headers are the real ones.
//
// PAYMENTS_URL and DYNAMODB_URL name a running server with the default key; CHROMIUM names the browser.

import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { networkInterfaces } from 'node:os';
import { after, before, beforeEach, test } from 'node:test';
import { chromium } from 'playwright-core';

const payments = process.env.PAYMENTS_URL;
const dynamodb = process.env.DYNAMODB_URL;
const key = { username: 'test_sk_dummy', password: '' };
const authorization = `Basic ${btoa(`${key.username}:${key.password}`)}`;
const terms = { paymentKey: 'pay_1', orderId: 'order_1', amount: 10000 };

let browser;
let stranger;

before(async () => {
  browser = await chromium.launch({
    executablePath: process.env.CHROMIUM,
    args: [
      '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
      '--disable-component-update', '--disable-sync',
      // A page whose own name points to this machine.
      '--host-resolver-rules=MAP evil.example 127.0.0.1',
      // Newer browsers ask the user before a page may reach this machine. The server must be safe without that.
      '--disable-features=LocalNetworkAccessChecks,PrivateNetworkAccessRespectPreflightResults,BlockInsecurePrivateNetworkRequests',
    ],
  });
  stranger = createServer((_, response) => response.setHeader('Content-Type', 'text/html').end('<p>A stranger</p>'));
  await new Promise((listening) => stranger.listen(0, listening));
});

after(async () => {
  await browser.close();
  stranger.close();
});

beforeEach(async () => {
  const reset = await fetch(`${payments}/__local/reset`, { method: 'POST' });
  assert.equal(reset.status, 200);
});

const post = (path, body) => fetch(`${payments}${path}`, {
  method: 'POST',
  headers: { authorization, 'content-type': 'application/json' },
  body: JSON.stringify(body),
});

const port = (url) => new URL(url).port;

// A page in a browser whose user types the key when the service asks for it.
const newPage = async () => (await browser.newContext({ httpCredentials: key })).newPage();

const at = async (url) => {
  const page = await newPage();
  await page.goto(url);
  return page;
};

// A page that the browser attributes to this address, although its content comes from another server. This is the result of DNS
// rebinding.
const rebound = async (url) => {
  const page = await newPage();
  await page.route(url, (route) => route.fulfill({ contentType: 'text/html', body: '<p>A stranger</p>' }));
  await page.goto(url);
  await page.unroute(url);
  return page;
};

const strangers = {
  'another port of localhost': () => at(`http://localhost:${stranger.address().port}/`),
  'another site': () => at(`http://127.0.0.1:${stranger.address().port}/`),
  'no origin, like a file or a sandboxed frame': () => at('data:text/html,<p>A stranger</p>'),
  'a name that was made to point to the service': () => rebound(`http://evil.example:${port(payments)}/page`),
  'a name that was made to point to DynamoDB': () => rebound(`http://evil.example:${port(dynamodb)}/page`),
};

// Sends a request from a page in every way that a script has. Returns what the page could read of the answers. `bytes` is a body
// without a media type, for which a browser sends no preflight.
const send = (page, url, { bytes, ...options }) => page.evaluate(async ([url, bytes, options]) => {
  const read = [];
  for (const mode of ['cors', 'no-cors']) {
    try {
      const body = bytes ? new TextEncoder().encode(bytes) : options.body;
      const response = await fetch(url, { ...options, body, mode });
      if (response.type !== 'opaque') read.push(`${response.status} ${await response.text()}`);
    } catch {
      // The browser did not send it, or does not let the page read the answer.
    }
  }
  return read;
}, [url, bytes, options]);

// Sends a form from a page, into a frame, and waits for it.
const form = (page, action, fields) => page.evaluate(([action, fields]) => new Promise((sent) => {
  const frame = Object.assign(document.createElement('iframe'), { name: 'target' });
  document.body.append(frame);
  const form = Object.assign(document.createElement('form'), { action, method: 'post', target: 'target', enctype: 'text/plain' });
  for (const [name, value] of Object.entries(fields)) {
    form.append(Object.assign(document.createElement('input'), { name, value }));
  }
  document.body.append(form);
  frame.addEventListener('load', () => { frame.remove(); sent(); });
  form.submit();
}), [action, fields]);

// The addresses under which a page can try a server: the name that users have, and the page's own host.
const addresses = (url, page) => {
  const here = new URL(page.url()).hostname;
  return [url, here && `http://${here}:${port(url)}`].filter(Boolean);
};

const onlyRefusals = (read) => read.every((answer) => answer.startsWith('403 '));

for (const [name, open] of Object.entries(strangers)) {
  test(`a page of ${name} cannot change a payment in DynamoDB`, async () => {
    assert.equal((await post('/v1/payments', terms)).status, 200);
    const page = await open();
    for (const address of addresses(dynamodb, page)) {
      const read = await send(page, address, {
        method: 'POST',
        headers: {
          'content-type': 'application/x-amz-json-1.0',
          'x-amz-target': 'DynamoDB_20120810.UpdateItem',
          'x-amz-date': '20260101T000000Z',
          authorization: 'AWS4-HMAC-SHA256 Credential=local/20260101/ap-northeast-2/dynamodb/aws4_request, SignedHeaders=host, Signature=0',
        },
        body: JSON.stringify({
          TableName: 'payments',
          Key: { paymentKey: { S: 'pay_1' } },
          UpdateExpression: 'SET amount = :a',
          ExpressionAttributeValues: { ':a': { N: '1' } },
        }),
      });
      assert.ok(onlyRefusals(read), `${address}: ${read}`);
    }
    assert.equal((await post('/v1/payments/confirm', terms)).status, 200, 'the amount is still that of the create');
    await page.context().close();
  });

  test(`a page of ${name} cannot empty the server, and cannot read its answers`, async () => {
    assert.equal((await post('/v1/payments', terms)).status, 200);
    const page = await open();
    for (const address of addresses(payments, page)) {
      for (const [method, path] of [['POST', '/__local/reset'], ['GET', '/__local/health']]) {
        const read = await send(page, `${address}${path}`, { method });
        assert.ok(onlyRefusals(read), `${address}: ${read}`);
      }
      await form(page, `${address}/__local/reset`, {});
    }
    assert.equal((await post('/v1/payments/confirm', terms)).status, 200, 'the payment is still there');
    await page.context().close();
  });

  test(`a page of ${name} cannot make payments with the key that the browser remembers`, async () => {
    const page = await open();
    for (const address of addresses(payments, page)) {
      // The user has called the service from its own page, with the key. The browser keeps it.
      const own = await page.context().newPage();
      await own.goto(`${payments}/docs/`);
      const [created] = await send(own, `${payments}/v1/payments`, {
        method: 'POST', body: JSON.stringify({ ...terms, paymentKey: 'pay_own' }), headers: { 'content-type': 'application/json' },
      });
      assert.match(created, /^200 .*INITIATED/, 'the browser sends the key');
      await own.close();

      const bytes = JSON.stringify(terms);
      const read = await send(page, `${address}/v1/payments`, { method: 'POST', credentials: 'include', bytes });
      assert.ok(onlyRefusals(read), `${address}: ${read}`);
    }
    assert.equal((await post('/v1/payments/confirm', terms)).status, 404, 'nothing was created');
    await page.context().close();
  });
}

test('the page of the server itself sends payments, and reads its health', async () => {
  // A container often has no ::1.
  const numbers = Object.values(networkInterfaces()).flat().filter(({ internal }) => internal)
    .map(({ address, family }) => (family === 'IPv6' ? `[${address}]` : address));
  for (const address of [payments, ...numbers.map((number) => `http://${number}:${port(payments)}`)]) {
    const page = await at(`${address}/docs`);
    const [health] = await send(page, `${address}/__local/health`, {});
    assert.equal(health, '200 {"status":"READY"}');
    const body = JSON.stringify({ ...terms, paymentKey: `pay_${Math.random()}` });
    const [created] = await send(page, `${address}/v1/payments`, { method: 'POST', body, headers: { authorization, 'content-type': 'application/json' } });
    assert.match(created, /^200 .*INITIATED/);
    await page.context().close();
  }
});

test('"Try it out" of the page works with the key of the server', async () => {
  const page = await at(`${payments}/docs`);
  await page.click('button.authorize');
  await page.fill('#auth-basic-username, input[aria-label="auth-basic-username"], input[name="username"]', key.username);
  await page.click('.auth-btn-wrapper button.authorize');
  await page.click('.auth-btn-wrapper button.btn-done');
  await page.click('.opblock-post >> nth=0');
  await page.click('button.try-out__btn');
  await page.click('button.execute');
  const status = page.locator('.live-responses-table .response-col_status').first();
  await status.waitFor();
  assert.match(await page.locator('.live-responses-table').first().innerText(), /200[\s\S]*INITIATED/);
  await page.context().close();
});

test('a link from another page to the contract works', async () => {
  const page = await at(`http://localhost:${stranger.address().port}/`);
  await page.setContent(`<a href="${payments}/docs/">contract</a>`);
  await page.click('a');
  await page.waitForSelector('#swagger-ui .info');
  await page.context().close();
});
