'use strict';

// What the page knows, how it learns it, and what its buttons do.

/** The shortest pause after the server was asked for something, in milliseconds, and how many times longer it is than the answer took. */
const PAUSE = 500;
const PAUSE_SHARE = 5;

/** The payment key and the order number of a new payment. */
const fresh = () => {
  const random = crypto.getRandomValues(new Uint32Array(1))[0].toString(36);
  return { paymentKey: `pay_${random}`, orderId: `order_${random}` };
};

/** The language that the user chose on this page before. Some browsers keep nothing. */
const chosenLanguage = () => {
  try {
    return Object.keys(WORDS).find((language) => language === localStorage.getItem('language'));
  } catch {
    return undefined;
  }
};

const state = {
  language: chosenLanguage() ?? document.documentElement.lang,
  /** Whether there is room for two columns. */
  hasRoom: matchMedia('(min-width: 48rem)').matches,
  isLive: false,
  isLoaded: false,
  /** By id, the oldest first. */
  requests: new Map(),
  forgotten: 0,
  faults: [],
  faultError: null,
  /** The fault that the form has. */
  chosen: 'lose-answer',
  report: null,
  /** The ids of the requests that the user wants to see. */
  evidence: new Set(),
  find: '',
  onlyFailed: false,
  shown: SHOWN,
  draft: { ...fresh(), amount: '10000', cancelReason: 'USER_REQUEST', secretKey: 'test_sk_dummy' },
  /** `sending`, `none`, or the answer. */
  reply: null,
};

/** A tab shows whether a check failed. */
const titleOf = ({ language, report }) => `${report?.verdict === 'FAILED' ? '✕ ' : ''}${WORDS[language].title}`;

const draw = () => {
  document.documentElement.lang = state.language;
  document.title = titleOf(state);
  preact.render(html`<${Page} state=${state} actions=${actions} />`, document.getElementById('page'));
};

/** Whether the page will be drawn, and how long that took the last time, in milliseconds. */
let [isDrawing, drawingTook] = [false, 0];

/** Changes the state and draws it. Under a flood of requests, at most half of the time goes into drawing. */
const change = (changes) => {
  Object.assign(state, changes);
  if (isDrawing) return;
  isDrawing = true;
  setTimeout(() => requestAnimationFrame((start) => {
    isDrawing = false;
    draw();
    drawingTook = performance.now() - start;
  }), drawingTook);
};

const say = (text) => {
  document.getElementById('announcements').textContent = text;
};

// ---- The server's own paths

const ask = async (path, options = {}) => {
  const response = await fetch(path, { ...options, headers: { 'accept-language': state.language, ...options.headers } });
  return { ok: response.ok, json: await response.json() };
};

const loadFaults = async () => {
  const { ok, json: { faults } } = await ask('faults');
  if (ok) change({ faults });
};

const loadReport = async () => {
  const { language } = state;
  const report = (await ask('report')).json;
  if (!report.checks || language !== state.language) return;
  if (state.report && state.report.verdict !== report.verdict) say(WORDS[language].verdictIs(WORDS[language].verdicts[report.verdict]));
  change({ report });
};

/** A function that loads this, but never twice at the same time, and with a pause in between. */
const paced = (load) => {
  let [isLoading, isWanted] = [false, false];
  const run = async () => {
    isWanted = true;
    if (isLoading) return;
    isLoading = true;
    while (isWanted) {
      isWanted = false;
      const start = performance.now();
      // If the server is gone, everything is loaded again when it is back.
      await load().catch(() => {});
      await new Promise((done) => setTimeout(done, Math.max(PAUSE, PAUSE_SHARE * (performance.now() - start))));
    }
    isLoading = false;
  };
  return run;
};
const wantReport = paced(loadReport);
const wantFaults = paced(loadFaults);

// ---- Events

/** While the journal is being loaded, news waits: it is applied to the journal, in order. */
let waiting = null;

const learn = (news) => {
  if (waiting) waiting.push(news);
  else change(news());
};

const loadJournal = async () => {
  const mine = waiting = [];
  const { requests, forgotten } = (await ask('requests')).json;
  if (waiting !== mine) return;
  waiting = null;
  change({ requests: withNews(new Map(), requests), forgotten, isLoaded: true });
  for (const news of mine) change(news());
};

let events = null;

const disconnect = () => {
  events?.close();
  events = null;
  change({ isLive: false });
};

const connect = () => {
  if (events || document.hidden) return;
  const source = events = new EventSource('events');
  source.onopen = async () => {
    wantFaults();
    wantReport();
    const isCurrent = () => events === source && source.readyState === EventSource.OPEN;
    const isLoaded = await loadJournal().then(() => true, () => false);
    if (!isCurrent()) return;
    if (isLoaded) change({ isLive: true });
    else reconnect();
  };
  source.onerror = () => {
    change({ isLive: false });
    if (source.readyState === EventSource.CLOSED) reconnect();
  };
  source.addEventListener('reset', () => {
    learn(() => ({ requests: new Map(), forgotten: 0, evidence: new Set(), shown: SHOWN }));
    wantReport();
  });
  source.addEventListener('requests', ({ data }) => {
    const { requests, forgotten } = JSON.parse(data);
    learn(() => ({ requests: withNews(state.requests, requests), forgotten }));
    wantReport();
  });
  source.addEventListener('faults', wantFaults);
};

/** The browser connects again itself, except after an answer that is not what it expects. */
const reconnect = () => {
  disconnect();
  setTimeout(connect, 1000);
};

// A browser opens only six connections to a server, and each page has one of them. A page that nobody sees gives it back.
document.addEventListener('visibilitychange', () => (document.hidden ? disconnect() : connect()));

// ---- What the buttons do

/** Text that is no number is sent as it is, so that the server can say what is wrong with it. */
const numberIn = (text) => (/^\d+$/.test(text) ? Number(text) : text);

const call = async (operation, { paymentKey, orderId, amount }) => {
  const { secretKey, cancelReason } = state.draft;
  const terms = { paymentKey, orderId, amount: numberIn(amount) };
  const [method, path, body] = {
    create: ['POST', '/v1/payments', terms],
    confirm: ['POST', '/v1/payments/confirm', terms],
    cancel: ['POST', `/v1/payments/${encodeURIComponent(paymentKey)}/cancel`, { cancelReason, cancelAmount: numberIn(amount) }],
    retrieve: ['GET', `/v1/payments/${encodeURIComponent(paymentKey)}`],
  }[operation];
  const key = btoa(String.fromCharCode(...new TextEncoder().encode(`${secretKey}:`)));
  change({ reply: 'sending' });
  try {
    const response = await fetch(path, {
      method,
      body: body && JSON.stringify(body),
      headers: { authorization: `Basic ${key}`, 'accept-language': state.language, ...body && { 'content-type': 'application/json' } },
      // The browser itself must not ask for a key.
      credentials: 'omit',
    });
    const text = await response.text();
    const pretty = () => { try { return JSON.stringify(JSON.parse(text), null, 2); } catch { return text; } };
    change({ reply: { operation, status: response.status, body: pretty() } });
  } catch {
    change({ reply: 'none' });
  }
};

const moveTo = (id) => requestAnimationFrame(() => requestAnimationFrame(() => {
  const element = document.getElementById(id);
  element?.closest('details')?.setAttribute('open', '');
  element?.scrollIntoView({ block: 'center' });
  element?.focus({ preventScroll: true });
}));

const actions = {
  find: (find) => change({ find }),
  onlyFailed: (onlyFailed) => change({ onlyFailed }),
  showMore: () => change({ shown: state.shown + SHOWN }),

  speak: (language) => {
    try { localStorage.setItem('language', language); } catch { /* The page forgets it. */ }
    change({ language });
    wantReport();
  },

  reset: async () => {
    if (!confirm(WORDS[state.language].confirmReset)) return;
    const { ok, json } = await ask('reset', { method: 'POST' });
    if (!ok) alert(json.message);
  },

  showCheck: (check) => moveTo(`check-${check}`),
  showEvidence: ({ requests }) => {
    const ids = new Set(requests);
    const orders = ordersOf([...state.requests.values()]);
    const place = orders.findIndex((order) => order.requests.some(({ id }) => ids.has(id)));
    if (place < 0) return;
    change({ evidence: ids, find: '', onlyFailed: false, shown: Math.max(state.shown, place + 1) });
    moveTo(elementIdOf(orders[place]));
  },

  edit: ({ target }) => change({ draft: { ...state.draft, [target.name]: target.value } }),
  newPayment: () => change({ draft: { ...state.draft, ...fresh() }, reply: null }),
  submitRequest: (event) => {
    event.preventDefault();
    call(event.submitter?.value ?? 'create', state.draft);
  },
  send: (operation, terms) => {
    change({ draft: { ...state.draft, ...terms, amount: String(terms.amount) } });
    call(operation, state.draft);
  },

  choose: (chosen) => change({ chosen }),
  arm: async (event) => {
    event.preventDefault();
    const { delayMs, answer, times, skip, ...fault } = Object.fromEntries(new FormData(event.target));
    for (const [name, value] of Object.entries(fault)) if (value === '') delete fault[name];
    for (const [name, value] of Object.entries({ delayMs, times, skip })) if (value !== undefined) fault[name] = numberIn(value);
    if (answer) Object.assign(fault, /^\d/.test(answer) ? { status: Number(answer) } : { code: answer });
    const { ok, json } = await ask('faults', { method: 'POST', body: JSON.stringify(fault) });
    change({ faultError: ok ? null : json.message });
    if (ok) say(WORDS[state.language].isArmed(json.fault));
  },
  remove: async (id) => {
    await ask(id === undefined ? 'faults' : `faults/${id}`, { method: 'DELETE' });
    say(WORDS[state.language].isRemoved);
    // The button is gone.
    document.querySelector('#faults summary').focus();
  },
};

change({});
connect();
