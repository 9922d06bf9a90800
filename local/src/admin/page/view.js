'use strict';

// What the page looks like. Whatever a client sent is a child of an element or a value of an attribute, and never markup.

const { h, Component } = preact;
const html = htm.bind(h);

/** Paths in a square of 16. */
const ICONS = {
  first: 'M3.5 8.5l3 3 6-7',
  replay: 'M12.5 8a4.5 4.5 0 1 1-1.6-3.4M11.2 1.8v3h-3',
  read: 'M1.5 8s2.5-4.2 6.5-4.2S14.5 8 14.5 8 12 12.2 8 12.2 1.5 8 1.5 8zM8 6.4a1.6 1.6 0 1 0 0 3.2 1.6 1.6 0 0 0 0-3.2',
  refused: 'M4 4l8 8M12 4l-8 8',
  undone: 'M4 8h8',
  pending: 'M8 4v4l2.6 1.6',
  fault: 'M9 1.5L3.5 9H8l-1 5.5L12.5 7H8z',
};

const Icon = ({ name }) => html`
  <svg class="icon" viewBox="0 0 16 16" aria-hidden="true"><path d=${ICONS[name]} /></svg>`;

/** How amounts and times are written in a language. */
const formats = (language) => {
  const unit = (unit, digits) => new Intl.NumberFormat(language, { style: 'unit', unit, unitDisplay: 'narrow', maximumFractionDigits: digits });
  const won = new Intl.NumberFormat(language, { style: 'currency', currency: 'KRW' });
  const [milliseconds, seconds, minutes, hours] = [unit('millisecond', 0), unit('second', 1), unit('minute', 0), unit('hour', 0)];
  return {
    won: (amount) => won.format(amount),
    time: (ms) => {
      if (ms < 1000) return milliseconds.format(ms);
      if (ms < 60_000) return seconds.format(ms / 1000);
      return ms < 3_600_000 ? minutes.format(ms / 60_000) : hours.format(ms / 3_600_000);
    },
  };
};
const FORMATS = { en: formats('en'), ko: formats('ko') };

/** What became of a request, in words: first whether it was carried out, then what happened to its answer. */
const resultOf = (request, lost, words, format) => {
  const kind = kindOf(request);
  const result = {
    first: () => words.done[request.operation],
    replay: () => (lost.has(request.operation) ? words.replayOfTheLost : words.replay),
    read: () => words.read,
    refused: () => request.outcome,
    undone: () => words.notCarriedOut,
    pending: () => words.inProgress,
  }[kind]();
  const answer = () => {
    if (!hasEnded(request)) return null;
    if (request.fault === 'answer' || request.fault === 'answer-after') return words.answeredWith(request.status);
    if (request.answered) return null;
    return LOSSES.includes(request.fault) ? words.unanswered[request.fault] : words.unanswered.left(format.time(request.durationMs));
  };
  return [result, answer()];
};

/** The space before a mark grows with the time, but less and less. */
const spaceFor = (ms) => `${Math.min(1 + Math.log10(1 + ms / 10), 6).toFixed(2)}rem`;

const Mark = ({ request, previous, lost, words, format, isOpen, isEvidence, isFailed, toggle }) => {
  const [result, answer] = resultOf(request, lost, words, format);
  const elapsed = previous ? Math.max(Date.parse(request.at) - Date.parse(previous.at), 0) : null;
  const classes = ['mark', kindOf(request)];
  if (isUnanswered(request) || request.fault === 'answer' || isDisguised(request)) classes.push('unanswered');
  if (isEvidence) classes.push('evidence');
  if (isFailed) classes.push('failed');
  return html`
    <li>
      ${elapsed !== null && html`
        <span class="gap" style=${{ '--space': spaceFor(elapsed) }}>
          <span aria-hidden="true">${format.time(elapsed)}</span><span class="unseen">${words.later(format.time(elapsed))}</span>
        </span>`}
      <button type="button" class=${classes.join(' ')} aria-expanded=${isOpen} onClick=${() => toggle(request.id)}>
        <span class="dot"><${Icon} name=${kindOf(request)} /></span>
        <span class="operation">${words.operations[request.operation]}
          ${request.fault && html`<span class="fault"><${Icon} name="fault" />${request.fault}</span>`}</span>
        <span class="result">${result}</span>
        ${answer && html`<span class="answer">${answer}</span>`}
      </button>
    </li>`;
};

const Details = ({ request, checks, words, format }) => {
  const value = {
    amount: (amount) => format.won(amount),
    answered: (answered) => (hasEnded(request) ? (answered ? words.yes : words.no) : '–'),
    durationMs: (ms) => format.time(ms),
  };
  return html`
    <div class="details">
      <dl>
        ${Object.entries(words.fields).map(([field, name]) => html`
          <div><dt>${name}</dt><dd>${request[field] === null ? '–' : (value[field] ?? String)(request[field])}</dd></div>`)}
      </dl>
      ${checks.map((check) => html`<p class="finding"><${Icon} name="refused" />${words.checks[check]}</p>`)}
    </div>`;
};

/** So many requests of a payment are drawn at first, and so many more each time. */
const SHOWN_REQUESTS = 50;

/** A payment: its state, and its requests on a line of time. */
class Payment extends Component {
  state = { open: null, shown: SHOWN_REQUESTS };

  showEarlier = () => this.setState(({ shown }) => ({ shown: shown + SHOWN_REQUESTS }));

  toggle = (id) => this.setState(({ open }) => ({ open: open === id ? null : id }));

  render({ payment, orderId, findings, evidence, words, format, send }, { open, shown }) {
    const { paymentKey, requests } = payment;
    const status = statusOf(requests);
    const amount = amountOf(requests);
    const opened = requests.find(({ id }) => id === open);
    const terms = { paymentKey, orderId, amount };
    const lost = lostOperations(requests);
    // The last ones, and all from the first one that the user wants to see.
    const wanted = evidence ? requests.findIndex(({ id }) => evidence.has(id)) : -1;
    const earlier = Math.max(Math.min(requests.length - shown, wanted < 0 ? requests.length : wanted), 0);
    return html`
      <section class="payment">
        ${paymentKey !== null && html`
          <header>
            <h4>${paymentKey}</h4>
            ${status && html`<span class="status ${status}">${words.statuses[status]}</span>`}
            ${amount !== null && html`<span class="amount">${format.won(amount)}</span>`}
            ${orderId !== null && amount !== null && html`
              <span class="actions">
                ${['confirm', 'cancel'].map((operation) => html`
                  <button type="button" onClick=${() => send(operation, terms)}
                    aria-label="${words.buttons[operation]}: ${paymentKey}">${words.buttons[operation]}</button>`)}
              </span>`}
          </header>`}
        <ol class="line">
          ${earlier > 0 && html`
            <li key="earlier"><button type="button" class="earlier" onClick=${this.showEarlier}>${words.showEarlier(Math.min(earlier, SHOWN_REQUESTS), earlier)}</button></li>`}
          ${requests.slice(earlier).map((request, place) => html`
            <${Mark} key=${request.id} ...${{ request, lost, words, format }} previous=${requests[earlier + place - 1]} toggle=${this.toggle}
              isOpen=${request.id === open} isEvidence=${evidence?.has(request.id)} isFailed=${findings.has(request.id)} />`)}
        </ol>
        ${opened && html`<${Details} request=${opened} checks=${findings.get(open) ?? []} words=${words} format=${format} />`}
      </section>`;
  }
}

/** The id of an order's element. No order number is empty, so requests without an order have an element of their own. */
const elementIdOf = ({ orderId }) => `order-${orderId ?? ''}`;

/** The failed checks of an order. */
const checksOf = ({ requests }, findings) => [...new Set(requests.flatMap(({ id }) => findings.get(id) ?? []))];

/** An order. It is only drawn again if it changed: a thousand others are on the page, too. */
class Order extends Component {
  shouldComponentUpdate(next) {
    const { order, findings, evidence, language } = this.props;
    const marks = (order, findings) => order.requests.map(({ id }) => String(findings.get(id)));
    return language !== next.language || evidence !== next.evidence || !isSame(order.requests, next.order.requests)
      || (findings !== next.findings && !isSame(marks(order, findings), marks(next.order, next.findings)));
  }

  render({ order, findings, evidence, language, send, showCheck }) {
    const [words, format] = [WORDS[language], FORMATS[language]];
    const checks = checksOf(order, findings);
    const id = elementIdOf(order);
    return html`
      <article class="order ${checks.length > 0 ? 'failed' : ''}" id=${id} aria-labelledby="${id}-name" tabindex="-1">
        <header>
          <h3 id="${id}-name">${order.orderId ?? words.withoutOrder}</h3>
          ${checks.map((check) => html`
            <button type="button" class="finding" onClick=${() => showCheck(check)}><${Icon} name="refused" />${words.checks[check]}</button>`)}
        </header>
        ${order.payments.map((payment) => html`
          <${Payment} key=${payment.paymentKey} orderId=${order.orderId} ...${{ payment, findings, evidence, words, format, send }} />`)}
      </article>`;
  }
}

/** So many orders are drawn at first, and so many more each time. */
const SHOWN = 1000;

const Orders = ({ state, words, orders, findings, actions }) => {
  const text = state.find.trim();
  const matches = (order) => (!state.onlyFailed || checksOf(order, findings).length > 0)
    && (text === '' || [order.orderId, ...order.payments.map(({ paymentKey }) => paymentKey)].some((name) => name?.includes(text)));
  const matching = orders.filter(matches);
  const shown = matching.slice(0, state.shown);
  const hidden = matching.length - shown.length;
  const example = `curl ${location.origin}/v1/payments -u test_sk_dummy: -H "Content-Type: application/json" \\\n`
    + '  -d \'{ "paymentKey": "pay_1", "orderId": "order_1", "amount": 10000 }\'';
  return html`
    <main id="orders" tabindex="-1">
      <header>
        <h2>${words.orders}</h2>
        <p class="counts">${words.counts(orders.length, state.requests.size)}
          ${state.forgotten > 0 && html` ${words.forgotten(state.forgotten)}`}</p>
        <input type="search" aria-label=${words.find} placeholder=${words.find} value=${state.find}
          onInput=${({ target }) => actions.find(target.value)} />
        <label class="check"><input type="checkbox" checked=${state.onlyFailed}
          onChange=${({ target }) => actions.onlyFailed(target.checked)} />${words.onlyFailed}</label>
      </header>
      ${orders.length === 0 && state.isLoaded && html`<div class="empty"><p>${words.noRequests}</p><pre tabindex="0">${example}</pre></div>`}
      ${orders.length > 0 && matching.length === 0 && html`<p class="empty">${words.nothingFound}</p>`}
      ${shown.map((order) => html`
        <${Order} key=${elementIdOf(order)} order=${order} findings=${findings} language=${state.language}
          evidence=${order.requests.some(({ id }) => state.evidence.has(id)) ? state.evidence : null}
          send=${actions.send} showCheck=${actions.showCheck} />`)}
      ${hidden > 0 && html`<button type="button" class="more" onClick=${actions.showMore}>${words.showMore(Math.min(hidden, SHOWN))}</button>`}
    </main>`;
};

/** A field of a form, with its label. */
const Field = ({ label, ...input }) => html`<label>${label}<input autocomplete="off" spellcheck=${false} ...${input} /></label>`;

const Choice = ({ label, name, options, initial, onChange }) => html`
  <label>${label}
    <select name=${name} onChange=${onChange}>
      ${options.map(([value, text]) => html`<option key=${value} value=${value} selected=${value === initial}>${text}</option>`)}
    </select>
  </label>`;

/** A part beside the orders. Where there is little room, it is closed at first. */
const Panel = ({ name, title, note, isOpen, children }) => html`
  <details class="panel" id=${name} open=${isOpen}>
    <summary><h2>${title}</h2>${note}</summary>
    ${children}
  </details>`;

/** What the service answered to a request of this page. */
const Reply = ({ reply, words }) => html`
  <div class="reply" role="status">
    ${reply === 'sending' && html`<p>${words.sending}</p>`}
    ${reply === 'none' && html`<p class="error">${words.noAnswer}</p>`}
    ${reply?.status && html`
      <p class=${reply.status === 200 ? 'success' : 'error'}>${words.operations[reply.operation]}: ${reply.status}</p>
      <pre tabindex="0">${reply.body}</pre>`}
  </div>`;

const Send = ({ state, words, actions }) => {
  const { paymentKey, orderId } = state.draft;
  return html`
    <${Panel} name="send" title=${words.send} isOpen=${state.hasRoom}>
      <form onSubmit=${actions.submitRequest}>
        <${Field} label=${words.orderId} name="orderId" value=${orderId} onInput=${actions.edit} />
        <${Field} label=${words.paymentKey} name="paymentKey" value=${paymentKey} onInput=${actions.edit} />
        <${Field} label=${words.amount} name="amount" value=${state.draft.amount} inputmode="numeric" onInput=${actions.edit} />
        <${Field} label=${words.reason} name="cancelReason" value=${state.draft.cancelReason} onInput=${actions.edit} />
        <${Field} label=${words.secretKey} name="secretKey" value=${state.draft.secretKey} type="password" onInput=${actions.edit} />
        <p class="buttons">
          ${Object.entries(words.buttons).map(([operation, text]) => html`<button name="operation" value=${operation}>${text}</button>`)}
          <button type="button" class="quiet" onClick=${actions.newPayment}>${words.newNumbers}</button>
        </p>
      </form>
      <${Reply} reply=${state.reply} words=${words} />
    <//>`;
};

/** The answers that a fault can give. */
const ANSWERS = ['SERVICE_UNAVAILABLE', 'INTERNAL_ERROR', '429', '500', '502', '503', '504'];

const ArmedFault = ({ fault, words, format, actions }) => {
  const { operation, orderId, paymentKey, skip, left, fired } = fault;
  const answer = fault.code ?? fault.status ?? (fault.delayMs && format.time(fault.delayMs));
  const which = [operation ? words.operations[operation] : words.everyRequest, orderId, paymentKey];
  return html`
    <li class=${left > 0 ? 'armed' : 'spent'}>
      <span class="fault"><${Icon} name="fault" />${fault.fault}${answer && ` ${answer}`}</span>
      <span class="which">${which.filter(Boolean).join(' · ')}${skip > 0 && `, ${words.afterSkipping(skip)}`}</span>
      <span class="left">${words.left(left, fired)}</span>
      ${left > 0 && html`<button type="button" aria-label="${words.remove}: ${fault.fault}" onClick=${() => actions.remove(fault.id)}>${words.remove}</button>`}
    </li>`;
};

/** How many faults that meet nothing more are listed. */
const SPENT = 5;

const Faults = ({ state, words, format, actions }) => {
  const armed = state.faults.filter(({ left }) => left > 0);
  const spent = state.faults.filter(({ left }) => left === 0).slice(-SPENT).reverse();
  const { chosen } = state;
  const operations = Object.entries(words.operations);
  return html`
    <${Panel} name="faults" title=${words.faults} isOpen=${state.hasRoom}
      note=${armed.length > 0 && html`<span class="note armed">${words.armed(armed.length)}</span>`}>
      <form onSubmit=${actions.arm}>
        <${Choice} label=${words.fault} name="fault" initial="lose-answer" onChange=${({ target }) => actions.choose(target.value)}
          options=${Object.entries(words.meanings).map(([fault, meaning]) => [fault, `${fault}: ${meaning}`])} />
        <div class="row">
          <${Choice} label=${words.operation} name="operation" initial="confirm" options=${[...operations, ['', words.anyOperation]]} />
          ${chosen.startsWith('delay') && html`<${Field} label=${words.delayMs} name="delayMs" inputmode="numeric" defaultValue="6000" />`}
          ${chosen.startsWith('answer') && html`<${Choice} label=${words.answer} name="answer"
            options=${ANSWERS.filter((answer) => answer !== '429' || chosen === 'answer').map((answer) => [answer, answer])} />`}
        </div>
        <details>
          <summary>${words.narrow}</summary>
          <${Field} label=${words.onlyOrder} name="orderId" />
          <${Field} label=${words.onlyPayment} name="paymentKey" />
          <div class="row">
            <${Field} label=${words.times} name="times" inputmode="numeric" defaultValue="1" />
            <${Field} label=${words.skip} name="skip" inputmode="numeric" defaultValue="0" />
          </div>
        </details>
        <p class="buttons"><button>${words.arm}</button>
          ${armed.length > 1 && html`<button type="button" class="quiet" onClick=${() => actions.remove()}>${words.removeAll}</button>`}</p>
        ${state.faultError && html`<p class="error" role="alert">${state.faultError}</p>`}
      </form>
      ${armed.length === 0 && html`<p class="none">${words.noFaults}</p>`}
      <ul class="faults">
        ${[...armed, ...spent].map((fault) => html`<${ArmedFault} key=${fault.id} ...${{ fault, words, format, actions }} />`)}
      </ul>
    <//>`;
};

/** How much evidence of a check is shown at once. */
const SHOWN_EVIDENCE = 3;

const Evidence = ({ evidence, words, actions }) => html`
  <li><button type="button" onClick=${() => actions.showEvidence(evidence)}>
    ${[evidence.orderId, evidence.paymentKey].filter(Boolean).map((name) => html`<b>${name}</b>`)}
    <span>${words.requestsOf(evidence.requests.length)}</span>
  </button></li>`;

const Check = ({ check, words, actions }) => {
  const { verdict, evidence } = check;
  const list = (evidence) => html`<ul class="proof" aria-label=${words.evidence}>
    ${evidence.map((evidence) => html`<${Evidence} ...${{ evidence, words, actions }} />`)}</ul>`;
  const more = evidence.slice(SHOWN_EVIDENCE);
  return html`
    <li class="verdict ${verdict}" id="check-${check.check}" tabindex="-1">
      <span class="dot"><${Icon} name=${{ PASSED: 'first', FAILED: 'refused', NOT_TRIED: 'undone' }[verdict]} /></span>
      <div>
        <p><code>${check.check}</code> <span class="tried">${words.verdicts[verdict]}${check.tried > 0 && `, ${words.tried(check.tried)}`}</span></p>
        <p class="explanation">${check.explanation}</p>
        ${evidence.length > 0 && list(evidence.slice(0, SHOWN_EVIDENCE))}
        ${more.length > 0 && html`<details><summary>${words.moreEvidence(more.length)}</summary>${list(more)}</details>`}
      </div>
    </li>`;
};

const Report = ({ state, words, actions }) => {
  const { verdict, checks } = state.report ?? { checks: [] };
  return html`
    <${Panel} name="report" title=${words.report} isOpen=${state.hasRoom}
      note=${verdict && html`<span class="note ${verdict}">${words.verdicts[verdict]}</span>`}>
      <ul class="checks">
        ${checks.map((check) => html`<${Check} key=${check.check} ...${{ check, words, actions }} />`)}
      </ul>
    <//>`;
};

const Page = ({ state, actions }) => {
  const [words, format] = [WORDS[state.language], FORMATS[state.language]];
  const [orders, findings] = [ordersOf([...state.requests.values()]), findingsOf(state.report)];
  const parts = { state, words, format, actions };
  return html`
    <a class="skip" href="#orders">${words.toOrders}</a>
    <header class="top">
      <h1>${words.title} <span>${words.subtitle}</span></h1>
      <p class="connection ${state.isLive ? 'live' : ''}" role="status">${state.isLive ? words.live : words.reconnecting}</p>
      <nav>
        <a href="/docs/">${words.docs}</a>
        <button type="button" class="quiet" onClick=${actions.reset}>${words.reset}</button>
        ${Object.keys(WORDS).filter((language) => language !== state.language).map((language) => html`
          <button type="button" class="quiet" lang=${language} onClick=${() => actions.speak(language)}>${WORDS[language].language}</button>`)}
      </nav>
    </header>
    <div class="columns">
      <aside>
        <${Report} ...${parts} />
        <${Faults} ...${parts} />
        <${Send} ...${parts} />
      </aside>
      <${Orders} ...${parts} orders=${orders} findings=${findings} />
    </div>`;
};
