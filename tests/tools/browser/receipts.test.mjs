// Receipts in Chromium: what a page loads, what its policy allows, and how it looks on a phone and on paper.
//
// PAYMENTS_URL and DYNAMODB_URL name a running server with receipts for RECEIPT_MERCHANT_NAME; CHROMIUM names the browser. Into the
// folder IMAGES it writes the images of the docs, and the receipts as they are printed.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { chromium } from 'playwright-core';

const payments = process.env.PAYMENTS_URL;
const images = process.env.IMAGES;
const shop = process.env.RECEIPT_MERCHANT_NAME;
// The longest that a payment can have.
const longest = { order: 'o'.repeat(64), amount: '9007199254740991' };
const languages = { ko: 'ko-KR', en: 'en-US' };
// CSS has 96 pixels to an inch.
const millimetres = (mm) => Math.floor(mm * 96 / 25.4);

let browser;

before(async () => {
  browser = await chromium.launch({ executablePath: process.env.CHROMIUM, args: ['--no-sandbox', '--disable-gpu'] });
  await mkdir(images, { recursive: true });
});

after(() => browser.close());

// Stores a payment as confirm and cancel would, at times that are always the same. Returns the address of its receipt.
const receipt = async (key, canceled, { order = 'order_20240101_0042', amount = '10000' } = {}) => {
  const approvedBy = `request-of-${key}`;
  const text = {
    paymentKey: key, orderId: order, status: canceled ? 'CANCELED' : 'APPROVED', method: 'CARD',
    createdAt: '2024-01-01T12:34:50Z', createdBy: 'x', approvedAt: '2024-01-01T12:34:56Z', approvedBy,
    ...canceled && { cancelReason: 'USER_REQUEST', canceledAt: '2024-01-01T15:40:00Z', canceledBy: 'x' },
  };
  const number = { schemaVersion: '1', amount, ...canceled && { cancelAmount: amount } };
  const typed = (type, values) => Object.entries(values).map(([name, value]) => [name, { [type]: value }]);
  const Item = Object.fromEntries([...typed('S', text), ...typed('N', number)]);
  const stored = await fetch(process.env.DYNAMODB_URL, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-amz-json-1.0',
      'x-amz-target': 'DynamoDB_20120810.PutItem',
      'x-amz-date': '20260101T000000Z',
      authorization: 'AWS4-HMAC-SHA256 Credential=local/20260101/ap-northeast-2/dynamodb/aws4_request, SignedHeaders=host, Signature=0',
    },
    body: JSON.stringify({ TableName: 'payments', Item }),
  });
  assert.equal(stored.status, 200, await stored.text());
  const token = createHash('sha256').update(`receipt\0${key}\0${approvedBy}`).digest().subarray(0, 16).toString('base64url');
  return `${payments}/receipts/${key}?t=${token}`;
};

// Opens an address. Returns the page, what it wanted to load, what it got, and what the browser complained about.
const open = async (url, { language = 'en', width = 400, ...options } = {}) => {
  const context = await browser.newContext({
    locale: languages[language], viewport: { width, height: 640 }, deviceScaleFactor: 2, ...options,
  });
  const page = await context.newPage();
  const [requested, answered, complaints] = [[], [], []];
  page.on('request', (request) => requested.push(request.url()));
  page.on('response', (response) => answered.push(response.url()));
  page.on('console', (message) => complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(String(error)));
  const response = await page.goto(url);
  return { page, requested, answered, complaints, status: response?.status(), text: () => page.locator('main').innerText() };
};

const style = (page, selector, name) => page.locator(selector).evaluate((it, name) => getComputedStyle(it)[name], name);

const words = {
  en: { approved: ['Receipt', '₩10,000', 'order_20240101_0042', 'Card', '2024-01-01 21:34:56', 'KST (UTC+9)'], canceled: ['Canceled', '2024-01-02 00:40:00'] },
  ko: { approved: ['결제 영수증', '₩10,000', 'order_20240101_0042', '카드', '2024-01-01 21:34:56', 'KST (한국 표준시)'], canceled: ['결제 취소', '2024-01-02 00:40:00'] },
};

for (const language of Object.keys(languages)) {
  for (const state of ['approved', 'canceled']) {
    test(`a receipt (${state}, ${language}) loads nothing, is styled, and has an image in the docs`, async () => {
      const url = await receipt(`${state}_${language}`, state === 'canceled');
      const { page, requested, complaints, status, text } = await open(url, { language });
      assert.equal(status, 200);
      await page.waitForLoadState('networkidle');
      assert.deepEqual(requested, [url], 'the page alone');
      assert.deepEqual(complaints, [], 'the policy allows what the page uses');
      const expected = [shop, ...words[language].approved, ...state === 'canceled' ? words[language].canceled : []];
      const shown = await text();
      for (const word of expected) assert.ok(shown.includes(word), `${word} in ${shown}`);
      assert.equal(await page.locator('html').getAttribute('lang'), language);
      assert.equal(await style(page, 'main', 'backgroundColor'), 'rgb(255, 255, 255)', 'the style sheet is applied');
      const sizes = await page.locator('main *').evaluateAll((all) => all.map((it) => parseFloat(getComputedStyle(it).fontSize)));
      assert.equal(parseFloat(await style(page, '.amount', 'fontSize')), Math.max(...sizes), 'the amount is the largest');
      assert.ok(Math.min(...sizes) >= 14, `${sizes}`);
      await page.locator('body').screenshot({ path: `${images}/receipt-${state}.${language}.png` });
      await page.context().close();
    });
  }
}

test('a cancel is red, and over the amount', async () => {
  const { page } = await open(await receipt('red', true));
  assert.equal(await style(page, '.stamp', 'color'), 'rgb(200, 16, 46)');
  const [stamp, amount] = await Promise.all(['.stamp', '.amount'].map((it) => page.locator(it).boundingBox()));
  assert.ok(stamp.y < amount.y + amount.height && stamp.y > amount.y, 'it covers the lower part of the amount');
  assert.match(await style(page, '.amount', 'textDecorationLine'), /line-through/);
  assert.deepEqual(
    (await page.locator('.stamp').innerText()).split(/\n+/).slice(0, 2), ['Canceled', '₩10,000'], 'that it was canceled, and how much',
  );
  await page.context().close();
});

test('the policy forbids scripts, other styles, images and frames', async () => {
  const url = await receipt('policy', false);
  const { page, answered, complaints } = await open(url);
  const ran = await page.evaluate(async () => {
    const add = (name, attributes) => document.body.append(Object.assign(document.createElement(name), attributes));
    add('script', { textContent: 'window.ran = true' });
    add('style', { textContent: 'body { color: rgb(1, 2, 3) }' });
    add('div', { id: 'inline' });
    document.getElementById('inline').setAttribute('style', 'color: rgb(1, 2, 3)');
    add('img', { src: '/openapi.yaml' });
    add('iframe', { src: '/docs/' });
    await fetch('/openapi.yaml').catch(() => {});
    return window.ran === true;
  });
  await page.waitForLoadState('networkidle');
  assert.equal(ran, false, 'no script runs');
  assert.deepEqual(answered, [url], 'nothing is loaded');
  assert.notEqual(await style(page, 'body', 'color'), 'rgb(1, 2, 3)');
  assert.notEqual(await style(page, '#inline', 'color'), 'rgb(1, 2, 3)');
  assert.ok(complaints.length >= 5, `${complaints}`);
  await page.context().close();
});

for (const width of [320, 375, 1280]) {
  test(`nothing is cut off at ${width} pixels, with the longest values`, async () => {
    for (const [key, canceled, values] of [['short', true, {}], ['long', true, longest], ['long_approved', false, longest]]) {
      for (const language of Object.keys(languages)) {
        const { page } = await open(await receipt(key, canceled, values), { language, width });
        const wide = await page.evaluate(() => document.documentElement.scrollWidth);
        assert.ok(wide <= width, `${key} in ${language} is ${wide} pixels wide`);
        const outside = await page.locator('main *').evaluateAll((all) => {
          const paper = document.querySelector('main').getBoundingClientRect();
          return all.filter((it) => {
            const box = it.getBoundingClientRect();
            return box.left < paper.left || box.right > paper.right;
          }).map((it) => it.outerHTML);
        });
        assert.deepEqual(outside, [], `${key} in ${language} stays on its paper`);
        await page.context().close();
      }
    }
  });
}

for (const [name, paper, width] of [['80 mm', { width: '80mm', height: '200mm' }, 80], ['A4', { format: 'A4' }, 210]]) {
  test(`a receipt is printed on one sheet of ${name}`, async () => {
    for (const language of Object.keys(languages)) {
      for (const [key, canceled, values] of [['approved', false, {}], ['canceled', true, {}], ['longest', true, longest]]) {
        const { page } = await open(await receipt(`print_${key}`, canceled, values), { language });
        const pdf = await page.pdf({ ...paper, printBackground: false });
        assert.equal(pdf.toString('latin1').match(/\/Type\s*\/Page\b/g).length, 1, 'one sheet');
        await writeFile(`${images}/receipt-${key}-${width}mm.${language}.pdf`, pdf);
        // As wide as the sheet within its margins.
        await page.emulateMedia({ media: 'print' });
        await page.setViewportSize({ width: millimetres(width - 8), height: 640 });
        const [wide, background] = [
          await page.evaluate(() => document.documentElement.scrollWidth), await style(page, 'html', 'backgroundColor'),
        ];
        assert.ok(wide <= millimetres(width - 8), `${key} in ${language} is ${wide} pixels wide`);
        assert.equal(background, 'rgba(0, 0, 0, 0)', 'no ink for the background');
        assert.equal(await style(page, '.amount', 'color'), 'rgb(0, 0, 0)', 'a thermal printer has one colour');
        await page.context().close();
      }
    }
  });
}

test('a receipt opens without scripts, and from a link on another site', async () => {
  const url = await receipt('linked', false);
  const { page } = await open('data:text/html,<p>A mail</p>', { javaScriptEnabled: false });
  await page.setContent(`<a href="${url}">receipt</a>`);
  await page.click('a');
  await page.waitForURL(url);
  assert.match(await page.locator('main').innerText(), /₩10,000/);
  await page.context().close();
});

test('what is not there is a page, too, and always the same', async () => {
  const url = await receipt('hidden', false);
  for (const [language, title] of [['en', 'There is no such receipt'], ['ko', '영수증을 찾을 수 없습니다']]) {
    const contents = new Set();
    for (const address of [`${payments}/receipts/unknown`, url.slice(0, -22) + 'A'.repeat(22), url.split('?')[0]]) {
      const { page, requested, status, text } = await open(address, { language, width: 320 });
      assert.deepEqual([status, requested], [404, [address]]);
      assert.ok((await text()).startsWith(title));
      assert.equal(await style(page, 'main', 'backgroundColor'), 'rgb(255, 255, 255)', 'the style sheet is applied');
      assert.ok(await page.evaluate(() => document.documentElement.scrollWidth) <= 320);
      contents.add(await page.content());
      await page.context().close();
    }
    assert.equal(contents.size, 1);
  }
});
