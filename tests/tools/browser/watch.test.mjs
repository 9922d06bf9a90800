// The page at /__local/ in Chromium: what it shows of requests that a backend sends, what its buttons do, and that nothing which a
// client sent becomes markup.
//
// PAYMENTS_URL names a running server with the default key, CHROMIUM the browser, and VENDOR the folder of the page's libraries. Into
// the folder IMAGES it writes the images of the docs. The backend of these tests is curl.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, readFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { after, before, beforeEach, test } from 'node:test';
import { promisify } from 'node:util';
import axe from 'axe-core';
import { chromium } from 'playwright-core';

const payments = process.env.PAYMENTS_URL;
const images = process.env.IMAGES;
const languages = { en: 'en-US', ko: 'ko-KR' };
const themes = ['light', 'dark'];
// curl's status for an answer that did not come.
const NO_ANSWER = 52;

let browser;

before(async () => {
  browser = await chromium.launch({ executablePath: process.env.CHROMIUM, args: ['--no-sandbox', '--disable-gpu'] });
  await mkdir(images, { recursive: true });
});

after(() => browser.close());

beforeEach(async () => {
  await local('POST', 'reset');
});

// ---- The backend

const curl = async (...options) => {
  const run = promisify(execFile)('curl', ['--silent', '--max-time', '20', ...options]);
  return run.then(({ stdout }) => ({ exit: 0, body: stdout }), ({ code, stdout }) => ({ exit: code, body: stdout }));
};
const local = async (method, path, body) => {
  const { body: answer } = await curl('--request', method, `${payments}/__local/${path}`, ...body ? ['--data', JSON.stringify(body)] : []);
  return JSON.parse(answer);
};
const backend = (path, body) => curl('--user', 'test_sk_dummy:', '--header', 'Content-Type: application/json',
  `${payments}/v1/payments${path}`, ...body ? ['--data', JSON.stringify(body)] : []);
const terms = (paymentKey, orderId, amount = 10000) => ({ paymentKey, orderId, amount });
const create = (...of) => backend('', terms(...of));
const confirm = (...of) => backend('/confirm', terms(...of));
const cancel = (paymentKey, cancelReason = 'USER_REQUEST') => backend(`/${paymentKey}/cancel`, { cancelReason, cancelAmount: 10000 });
const pause = (ms) => new Promise((done) => setTimeout(done, ms));

// ---- The page

const open = async ({ language = 'en', colorScheme = 'light', width = 1280, height = 900, url = `${payments}/__local/` } = {}) => {
  const context = await browser.newContext({ locale: languages[language], colorScheme, viewport: { width, height }, reducedMotion: 'reduce' });
  const page = await context.newPage();
  page.setDefaultTimeout(10_000);
  const [requested, complaints] = [[], []];
  page.on('request', (request) => requested.push(request.url()));
  page.on('console', (message) => complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(String(error)));
  await page.goto(url);
  await page.locator('.connection.live').waitFor();
  return { page, requested, complaints, close: () => context.close() };
};

const order = (page, id) => page.locator(`[id="order-${id}"]`);
// What an order's marks say, such as "confirm lose-answer approved answer lost".
const marks = (page, id) => order(page, id).locator('.mark').evaluateAll((all) => all.map((mark) => mark.innerText.split(/\s+/).join(' ').trim()));
const eventually = async (what, expected, says) => {
  const deadline = Date.now() + 10_000;
  for (;;) {
    const found = await what();
    try {
      assert.deepEqual(found, expected, says);
      return;
    } catch (failure) {
      if (Date.now() > deadline) throw failure;
    }
    await pause(50);
  }
};
const openAll = (page) => page.evaluate(() => document.querySelectorAll('details').forEach((it) => { it.open = true; }));
const checkIs = (page, check, verdict) => page.locator(`[id="check-${check}"].${verdict}`).waitFor();

test('a payment that a backend makes appears, and each of its requests', async () => {
  const { page, requested, complaints, close } = await open();
  assert.match(await page.locator('main').innerText(), /No request yet/);
  await create('pay_1', 'order_1');
  await eventually(() => marks(page, 'order_1'), ['create created']);
  await confirm('pay_1', 'order_1', 5000);
  await confirm('pay_1', 'order_1');
  await confirm('pay_1', 'order_1');
  await cancel('pay_1');
  await backend('/pay_1');
  await eventually(() => marks(page, 'order_1'), [
    'create created', 'confirm AMOUNT_MISMATCH', 'confirm approved', 'confirm replay', 'cancel canceled', 'retrieve read',
  ]);
  assert.match(await order(page, 'order_1').innerText(), /pay_1\s+canceled\s+₩10,000/);
  assert.ok(requested.every((url) => url.startsWith(`${payments}/__local/`)), `${requested}`);
  assert.deepEqual(complaints, [], 'the policy allows what the page uses');
  await close();
});

test('requests without an order stand beside an order that is named null', async () => {
  await backend('/pay_unknown');
  await create('null', 'null');
  await create('pay_1', 'order_1');
  const { page, close } = await open();
  await eventually(() => page.locator('h3').allInnerTexts(), ['order_1', 'null', 'Without an order']);
  await confirm('null', 'null');
  await eventually(() => marks(page, 'null'), ['create created', 'confirm approved']);
  assert.deepEqual(await marks(page, ''), ['retrieve NOT_FOUND']);
  await close();
});

test('a fault that is armed with a click meets the next confirm, and the report turns red and green', async () => {
  const { page, close } = await open();
  await create('pay_1', 'order_1');
  await page.click('#faults form .buttons button');
  await page.locator('.faults .armed').waitFor();
  assert.match(await page.locator('.faults .armed').innerText(), /lose-answer\s+confirm\s+1 to come/);

  assert.equal((await confirm('pay_1', 'order_1')).exit, NO_ANSWER);
  await page.locator('.faults .spent').waitFor();
  await eventually(() => marks(page, 'order_1'), ['create created', 'confirm lose-answer approved answer lost']);
  await checkIs(page, 'repeats-unknown-outcomes', 'FAILED');
  assert.equal(await page.locator('#report .note').innerText(), 'failed');
  assert.match(await order(page, 'order_1').locator('.finding').innerText(), /An outcome stayed unknown/);
  assert.equal(await page.locator('#announcements').innerText(), 'Report: failed', 'a screen reader says it');

  // The evidence is one click away.
  await page.click('[id="check-repeats-unknown-outcomes"] .proof button');
  assert.match(await page.locator('.mark.evidence').innerText(), /confirm[\s\S]*answer lost/);
  await eventually(() => page.evaluate(() => document.activeElement.id), 'order-order_1');
  // And from the order to the check.
  await order(page, 'order_1').locator('.finding').click();
  await eventually(() => page.evaluate(() => document.activeElement.id), 'check-repeats-unknown-outcomes');

  assert.equal((await confirm('pay_1', 'order_1')).exit, 0);
  await eventually(async () => (await marks(page, 'order_1')).at(-1), 'confirm replay of the lost answer');
  await checkIs(page, 'repeats-unknown-outcomes', 'PASSED');
  assert.equal(await page.locator('#report .note').innerText(), 'passed');
  assert.equal(await order(page, 'order_1').locator('.finding').count(), 0);
  await close();
});

test('each fault can be armed, narrowed down and removed, and a wrong value is explained', async () => {
  const { page, close } = await open();
  const arm = () => page.click('#faults form .buttons button');
  for (const [fault, { answer, delayMs } = {}, shown] of [
    ['lose-request', {}, 'lose-request'],
    ['lose-answer', {}, 'lose-answer'],
    ['cut-answer', {}, 'cut-answer'],
    ['delay', { delayMs: '1500' }, 'delay 1.5s'],
    ['delay-answer', { delayMs: '6000' }, 'delay-answer 6s'],
    ['answer', { answer: '429' }, 'answer 429'],
    ['answer', { answer: 'INTERNAL_ERROR' }, 'answer INTERNAL_ERROR'],
    ['answer-after', { answer: '504' }, 'answer-after 504'],
  ]) {
    await page.selectOption('select[name=fault]', fault);
    if (answer) await page.selectOption('select[name=answer]', answer);
    if (delayMs) await page.fill('input[name=delayMs]', delayMs);
    await arm();
    await page.locator('.faults .armed', { hasText: shown }).last().waitFor();
  }
  await page.click('#faults .buttons .quiet');
  await eventually(() => page.locator('.faults .armed').count(), 0);

  await page.selectOption('select[name=operation]', 'cancel');
  await page.click('#faults form summary');
  await page.fill('#faults form input[name=orderId]', 'order_1');
  await page.fill('#faults form input[name=times]', '3');
  await arm();
  await eventually(() => page.locator('.faults .armed').allInnerTexts().then((all) => all.map((it) => it.split('\n'))), [
    ['answer-after 504', 'cancel · order_1', '3 to come, met 0', 'Remove'],
  ]);
  await page.click('.faults .armed button');
  await eventually(() => page.locator('.faults .armed').count(), 0);

  await page.fill('#faults form input[name=times]', 'three');
  await arm();
  assert.match(await page.locator('#faults .error').innerText(), /^times must be an integer/);
  await close();
});

test('an answer that the user chose stays, also if another fault offers other answers', async () => {
  const { page, close } = await open();
  await page.selectOption('select[name=fault]', 'answer');
  await page.locator('select[name=answer]').waitFor();
  // Both choices before the page draws again.
  await page.evaluate(() => {
    for (const [name, value] of [['fault', 'answer-after'], ['answer', '504']]) {
      const select = document.querySelector(`select[name=${name}]`);
      select.value = value;
      select.dispatchEvent(new Event('change', { bubbles: true }));
    }
  });
  await eventually(() => page.locator('select[name=answer] option').count(), 6, 'without 429');
  assert.equal(await page.inputValue('select[name=answer]'), '504');
  await close();
});

test('the buttons create, confirm, cancel and retrieve a payment', async () => {
  const { page, complaints, close } = await open();
  const press = async (button, operation, status) => {
    await page.click(`#send button[value=${button}]`);
    await page.locator('.reply p', { hasText: `${operation}: ${status}` }).waitFor();
  };
  await page.fill('#send [name=orderId]', 'order_1');
  await page.fill('#send [name=paymentKey]', 'pay_1');
  await press('create', 'create', 200);
  await page.fill('#send [name=amount]', '1');
  await press('confirm', 'confirm', 409);
  assert.match(await page.locator('.reply pre').innerText(), /"code": "AMOUNT_MISMATCH"/);
  for (const noAmount of ['ten', '0x2710', '1e4']) {
    await page.fill('#send [name=amount]', noAmount);
    await press('confirm', 'confirm', 400);
    await page.click('#send .quiet');
    await page.locator('.reply p').waitFor({ state: 'detached' });
    await page.fill('#send [name=orderId]', 'order_1');
    await page.fill('#send [name=paymentKey]', 'pay_1');
  }
  await page.fill('#send [name=amount]', '10000');
  // The other buttons are those of the payment itself.
  await order(page, 'order_1').locator('.actions button').nth(0).click();
  await order(page, 'order_1').locator('.status.APPROVED').waitFor();
  await order(page, 'order_1').locator('.actions button').nth(1).click();
  await order(page, 'order_1').locator('.status.CANCELED').waitFor();
  await press('retrieve', 'retrieve', 200);
  await eventually(async () => (await marks(page, 'order_1')).at(-1), 'retrieve read');

  await page.fill('#send [name=secretKey]', '비밀 열쇠');
  await press('retrieve', 'retrieve', 401);
  assert.ok(complaints.every((complaint) => complaint.includes('Failed to load resource')), `${complaints}`);

  await page.click('#send .quiet');
  await eventually(() => page.inputValue('#send [name=paymentKey]').then((key) => key !== 'pay_1'), true);
  page.on('dialog', (dialog) => dialog.accept());
  await page.click('nav button >> text=Reset');
  await page.locator('.empty').waitFor();
  await close();
});

test('a page that loses its connection shows everything after it is back', async () => {
  // Between the browser and the server, so that the connection can be cut.
  const sockets = new Set();
  let isCut = false;
  const line = createServer((from) => {
    if (isCut) return from.destroy();
    const to = connect(new URL(payments).port, 'localhost');
    for (const [one, other] of [[from, to], [to, from]]) {
      sockets.add(one);
      one.pipe(other);
      one.on('error', () => other.destroy()).on('close', () => { sockets.delete(one); other.destroy(); });
    }
  });
  await new Promise((listening) => line.listen(0, listening));
  const { page, close } = await open({ url: `http://localhost:${line.address().port}/__local/` });
  await create('pay_1', 'order_1');
  await eventually(() => marks(page, 'order_1'), ['create created']);

  isCut = true;
  for (const socket of sockets) socket.destroy();
  await page.locator('.connection:not(.live)').waitFor();
  assert.equal(await page.locator('.connection').innerText(), 'Reconnecting…');
  await local('POST', 'faults', { fault: 'lose-answer', operation: 'confirm' });
  await confirm('pay_1', 'order_1');
  await create('pay_2', 'order_2');
  await local('POST', 'faults', { fault: 'cut-answer' });
  isCut = false;
  await page.locator('.connection.live').waitFor();
  await eventually(() => marks(page, 'order_1'), ['create created', 'confirm lose-answer approved answer lost']);
  await eventually(() => marks(page, 'order_2'), ['create created']);
  await page.locator('.faults .armed', { hasText: 'cut-answer' }).waitFor();
  await checkIs(page, 'repeats-unknown-outcomes', 'FAILED');
  await local('DELETE', 'faults');
  await create('pay_3', 'order_3');
  await eventually(() => marks(page, 'order_3'), ['create created'], 'it is live again');

  isCut = true;
  for (const socket of sockets) socket.destroy();
  await page.locator('.connection:not(.live)').waitFor();
  await local('POST', 'reset');
  isCut = false;
  await page.locator('.connection.live').waitFor();
  await eventually(() => page.locator('.order').count(), 0, 'nothing from before the reset remains');
  await close();
  line.close();
});

test('a page that nobody sees gives its connection back, and knows everything when it is seen again', async () => {
  const { page, close } = await open();
  const turn = (hidden) => page.evaluate((hidden) => {
    Object.defineProperty(document, 'hidden', { configurable: true, get: () => hidden });
    document.dispatchEvent(new Event('visibilitychange'));
  }, hidden);
  await turn(true);
  await page.locator('.connection:not(.live)').waitFor();
  await create('pay_1', 'order_1');
  await turn(false);
  await eventually(() => marks(page, 'order_1'), ['create created']);
  await close();
});

// A backend that makes a new payment key after a timeout, and one that follows the guide.
const naive = async (orderId) => {
  for (const paymentKey of [`${orderId}_a`, `${orderId}_b`]) {
    await create(paymentKey, orderId);
    if ((await confirm(paymentKey, orderId)).exit === 0) return;
  }
};
const right = async (orderId) => {
  await create(`${orderId}_a`, orderId);
  while ((await confirm(`${orderId}_a`, orderId)).exit !== 0) await pause(1000);
};

for (const language of Object.keys(languages)) {
  test(`the page tells the story of a naive backend and of a right one, in an image of the docs (${language})`, async () => {
    for (const [orderId, pays] of [['order_right', right], ['order_naive', naive]]) {
      await local('POST', 'faults', { fault: 'lose-answer', operation: 'confirm', orderId });
      await pays(orderId);
    }
    for (const colorScheme of themes) {
      const { page, close } = await open({ language, colorScheme, width: 1200, height: 800 });
      await checkIs(page, 'approves-an-order-once', 'FAILED');
      const says = (path) => page.evaluate(([language, path]) => path.reduce((words, name) => words[name], WORDS[language]), [language, path]);
      const naiveSays = await order(page, 'order_naive').locator('.finding').allInnerTexts();
      assert.deepEqual(naiveSays.map((text) => text.trim()), [
        await says(['checks', 'repeats-unknown-outcomes']), await says(['checks', 'keeps-the-payment-key']), await says(['checks', 'approves-an-order-once']),
      ]);
      assert.equal(await order(page, 'order_naive').locator('.status.APPROVED').count(), 2);
      assert.equal(await order(page, 'order_right').locator('.finding').count(), 0);
      const replay = (await marks(page, 'order_right')).at(-1);
      assert.equal(replay, `${await says(['operations', 'confirm'])} ${await says(['replayOfTheLost'])}`);
      await page.screenshot({ path: `${images}/watch-${colorScheme}.${language}.png` });
      await close();
    }
  });
}

test('both languages have the same words, and the page changes its language', async () => {
  await create('pay_1', 'order_1');
  const { page, close } = await open({ language: 'ko' });
  assert.equal(await page.locator('html').getAttribute('lang'), 'ko');
  const missing = await page.evaluate(() => {
    const names = (words, path = '') => Object.entries(words).flatMap(([name, word]) =>
      (typeof word === 'object' ? names(word, `${path}${name}.`) : [`${path}${name} ${typeof word}`]));
    const [en, ko] = [WORDS.en, WORDS.ko].map((words) => names(words));
    return [...en.filter((name) => !ko.includes(name)), ...ko.filter((name) => !en.includes(name))];
  });
  assert.deepEqual(missing, []);
  assert.match(await page.locator('#report .explanation').first().innerText(), /[가-힣]/);
  await page.click('nav button >> text=English');
  await eventually(() => marks(page, 'order_1'), ['create created']);
  assert.equal(await page.locator('html').getAttribute('lang'), 'en');
  await page.locator('#report .explanation', { hasText: 'No outcome' }).first().waitFor();
  await page.reload();
  await eventually(() => marks(page, 'order_1'), ['create created'], 'the page keeps the choice');
  await close();
});

test('what a client sent stays text', async () => {
  const evil = '<img src=x onerror="window.ran=1"><script>window.ran=1</script> 고객 변심 &amp; "\'`';
  const { page, complaints, close } = await open();
  await create('pay_1', 'order_1');
  await confirm('pay_1', 'order_1');
  assert.equal((await cancel('pay_1', evil)).exit, 0);
  await create(evil, evil);
  await backend(`/orders/${encodeURIComponent(evil)}`);
  await eventually(async () => (await marks(page, 'order_1')).at(-1), 'cancel canceled');
  // The reason comes back in an answer to the page.
  await page.fill('#send [name=paymentKey]', 'pay_1');
  await page.click('#send button[value=retrieve]');
  await page.locator('.reply pre', { hasText: '고객 변심' }).waitFor();
  assert.equal(JSON.parse(await page.locator('.reply pre').innerText()).cancels[0].cancelReason, evil);
  // And whatever a user types.
  for (const name of ['paymentKey', 'orderId', 'amount', 'cancelReason']) await page.fill(`#send [name=${name}]`, evil);
  await page.click('#send button[value=create]');
  await page.locator('.reply p', { hasText: 'create: 400' }).waitFor();
  await page.fill('main [type=search]', evil);
  // Order numbers are what the journal says. These are what it would say if it did not check them.
  await page.evaluate((evil) => change({ find: '', requests: withNews(state.requests, [{ ...[...state.requests.values()][0], id: evil, orderId: evil, paymentKey: evil, fault: evil, outcome: evil }]) }), evil);
  await page.locator('h3', { hasText: '고객 변심' }).waitFor();
  assert.equal(await page.locator('h3', { hasText: '고객 변심' }).innerText(), evil);
  assert.equal(await page.locator('main img, main script, aside img, aside script').count(), 0);
  assert.equal(await page.evaluate(() => window.ran), undefined);
  assert.ok(complaints.every((complaint) => complaint.includes('Failed to load resource')), `${complaints}`);
  await close();
});

test('the policy would stop a script, a style, an image, a frame, a form and markup', async () => {
  const { page, complaints, close } = await open();
  const answered = [];
  page.on('response', (response) => answered.push(response.url()));
  const [ran, stopped] = await page.evaluate(async () => {
    // The browser allows this code itself more than the page, until it waits.
    await new Promise((done) => setTimeout(done));
    const add = (name, attributes) => document.body.append(Object.assign(document.createElement(name), attributes));
    const stopped = [];
    const attempt = (what, run) => { try { run(); } catch { stopped.push(what); } };
    attempt('markup', () => { document.body.innerHTML += '<b>'; });
    attempt('script', () => add('script', { textContent: 'window.ran = true' }));
    attempt('eval', () => (0, eval)('window.ran = true'));
    attempt('handler', () => document.body.setAttribute('onclick', 'window.ran = true'));
    document.body.click();
    add('style', { textContent: 'body { color: rgb(1, 2, 3) }' });
    add('img', { src: '/openapi.yaml' });
    add('iframe', { src: '/docs/' });
    const form = Object.assign(document.createElement('form'), { action: '/__local/reset', method: 'post' });
    document.body.append(form);
    form.submit();
    await fetch('https://example.com/').catch(() => stopped.push('another server'));
    return [window.ran, stopped];
  });
  await pause(300);
  assert.equal(ran, undefined);
  assert.deepEqual(stopped, ['markup', 'script', 'eval', 'handler', 'another server']);
  assert.deepEqual(answered, [], 'nothing is loaded');
  assert.notEqual(await page.evaluate(() => getComputedStyle(document.body).color), 'rgb(1, 2, 3)');
  assert.ok(complaints.length >= 5, `${complaints}`);
  await close();
});

test('everything can be reached and used with the keyboard', async () => {
  await create('pay_1', 'order_1');
  const { page, close } = await open();
  const focused = () => page.evaluate(() => document.activeElement.innerText || document.activeElement.name || document.activeElement.id);
  await page.keyboard.press('Tab');
  assert.equal(await focused(), 'Skip to the orders');
  await page.keyboard.press('Enter');
  await eventually(() => page.evaluate(() => document.activeElement.id), 'orders');
  // To the first request of the first order, and into its details.
  for (let presses = 0; !(await page.evaluate(() => document.activeElement.classList.contains('mark'))); presses++) {
    assert.ok(presses < 10, 'a request is a few steps away');
    await page.keyboard.press('Tab');
  }
  await page.keyboard.press('Enter');
  assert.equal(await page.locator('.mark').getAttribute('aria-expanded'), 'true');
  assert.match(await page.locator('.details').innerText(), /Outcome\s+FIRST/);
  await page.keyboard.press('Enter');
  assert.equal(await page.locator('.details').count(), 0);

  // A fault, from its form.
  await page.focus('select[name=fault]');
  for (let presses = 0; (await focused()) !== 'Arm'; presses++) {
    assert.ok(presses < 10);
    await page.keyboard.press('Tab');
  }
  await page.keyboard.press('Enter');
  await page.locator('.faults .armed').waitFor();
  await close();
});

for (const colorScheme of themes) {
  for (const [language, width] of [['en', 1280], ['ko', 320]]) {
    test(`axe finds nothing that keeps a reader out (${colorScheme}, ${language}, ${width} pixels)`, async () => {
      await local('POST', 'faults', { fault: 'lose-answer', operation: 'confirm', orderId: 'order_naive' });
      await naive('order_naive');
      await confirm('pay_unknown', 'order_unknown');
      await local('POST', 'faults', { fault: 'delay', delayMs: 1000, operation: 'list' });
      const { page, close } = await open({ language, colorScheme, width });
      await page.locator('.mark').first().click();
      await openAll(page);
      await checkIs(page, 'approves-an-order-once', 'FAILED');
      await page.locator('[id="check-approves-an-order-once"] .proof button').click();
      await pause(400);
      await page.evaluate(axe.source);
      const { violations } = await page.evaluate(() => axe.run());
      assert.deepEqual(violations.map(({ id, nodes }) => [id, nodes.map(({ html, failureSummary }) => `${html} ${failureSummary}`)]), []);
      await close();
    });
  }
}

for (const width of [320, 768, 1280, 2000]) {
  test(`nothing is cut off at ${width} pixels, with the longest values`, async () => {
    const [longOrder, longKey] = ['o'.repeat(64), 'k'.repeat(200)];
    await local('POST', 'faults', { fault: 'lose-answer', operation: 'confirm', orderId: longOrder });
    await local('POST', 'faults', { fault: 'cut-answer', operation: 'cancel', orderId: longOrder, paymentKey: longKey });
    await create(longKey, longOrder, Number.MAX_SAFE_INTEGER);
    for (let times = 0; times < 12; times++) await confirm(longKey, longOrder, Number.MAX_SAFE_INTEGER);
    for (const language of Object.keys(languages)) {
      const { page, close } = await open({ language, width });
      await page.locator('.order .mark').first().waitFor();
      await openAll(page);
      await page.locator('.mark').first().click();
      const outside = await page.evaluate(() => {
        const wide = document.documentElement.clientWidth;
        const all = [...document.querySelectorAll('#page *:not(.unseen, .skip)')];
        return all.filter((it) => it.getBoundingClientRect().right > wide + 1 || it.getBoundingClientRect().left < -1).map((it) => it.outerHTML.slice(0, 200));
      });
      assert.deepEqual(outside, [], language);
      assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), language);
      await close();
    }
  });
}

// Faster than curl.
const post = (path, body) => fetch(`${payments}/v1/payments${path}`, {
  method: 'POST', body: JSON.stringify(body), headers: { authorization: `Basic ${btoa('test_sk_dummy:')}`, 'content-type': 'application/json' },
}).then((response) => response.text());

// Returns a function that returns the longest time since then in which the page could not react, in milliseconds.
const watchForLongTasks = async (page) => {
  await page.evaluate(() => {
    window.longest = 0;
    new PerformanceObserver((list) => { for (const { duration } of list.getEntries()) window.longest = Math.max(window.longest, duration); })
      .observe({ type: 'longtask', buffered: false });
  });
  return () => page.evaluate(() => window.longest);
};

test('a thousand payments stay smooth', async () => {
  const PAYMENTS = 1000;
  for (let n = 0; n < PAYMENTS; n++) {
    await post('', terms(`pay_${n}`, `order_${n}`));
    await post('/confirm', terms(`pay_${n}`, `order_${n}`));
  }
  const { page, close } = await open();
  await eventually(() => page.locator('.order').count(), PAYMENTS);
  await checkIs(page, 'approves-an-order-once', 'NOT_TRIED');
  const longestTask = await watchForLongTasks(page);
  for (let n = 0; n < 40; n++) {
    await page.mouse.wheel(0, n % 2 ? -3000 : 4000);
    await post('/confirm', terms(`pay_${n}`, `order_${n}`));
    await pause(25);
  }
  await eventually(async () => (await marks(page, 'order_39')).length, 3);
  const longest = await longestTask();
  console.log(`with ${PAYMENTS} payments, the page was busy for at most ${longest} ms at a time`);
  assert.ok(longest < 250, `${longest} ms`);
  await page.fill('main [type=search]', 'order_77');
  await eventually(() => page.locator('.order').count(), 11);
  await page.fill('main [type=search]', '');
  await post('', terms('pay_more', 'order_more'));
  await page.locator('.more', { hasText: 'Show 1 older order' }).click();
  await eventually(() => page.locator('.order').count(), PAYMENTS + 1);
  await close();
});

test('a payment with many requests stays smooth, and shows the last ones first', async () => {
  const REQUESTS = 2000;
  await create('pay_1', 'order_1');
  await local('POST', 'faults', { fault: 'lose-answer', operation: 'confirm' });
  await confirm('pay_1', 'order_1');
  for (let n = 0; n < REQUESTS; n++) await post('/confirm', terms('pay_1', 'order_1'));
  const { page, close } = await open();
  await eventually(() => page.locator('.mark').count(), 50);
  await checkIs(page, 'repeats-unknown-outcomes', 'PASSED');
  const longest = await watchForLongTasks(page);
  for (let n = 0; n < 20; n++) await post('/confirm', terms('pay_1', 'order_1'));
  await eventually(() => page.locator('.counts').innerText(), `1 order, ${REQUESTS + 22} requests`);
  assert.ok(await longest() < 250, `${await longest()} ms`);
  assert.deepEqual([...new Set(await marks(page, 'order_1'))], ['confirm replay of the lost answer']);
  await page.locator('.earlier', { hasText: `Show 50 of ${REQUESTS - 28} earlier requests` }).click();
  await eventually(() => page.locator('.mark').count(), 100);
  await close();
});

test('Preact and htm are what npm has', async () => {
  for (const [file, original] of [['preact.min.js', 'preact/dist/preact.min.js'], ['htm.js', 'htm/dist/htm.umd.js']]) {
    const read = (path) => readFile(path, 'utf8').then((text) => text.replace(/\/\/# sourceMappingURL=.*\n/, ''));
    assert.equal(await read(`${process.env.VENDOR}/${file}`), await read(new URL(`node_modules/${original}`, import.meta.url)), file);
  }
});
