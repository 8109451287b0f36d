// SPDX-License-Identifier: EUPL-1.2
// The stars of a page without leaving it: kept as soon as they are chosen, then the question that fits, a few words, and
// thanks. The server wrote every sentence and both questions; without this script the same form leads to a page of its own.

const POSITIVE_FROM = 4;

/** A screen reader that is still reading what is hidden does not follow the focus: it gets as long to do so. */
const FOLLOWED_MILLISECONDS = 100;

async function send(address, form, code = '') {
  const fields = new URLSearchParams(new FormData(form));
  if (code) fields.set('code', code);
  const answer = await fetch(address, { method: 'POST', headers: { Accept: 'application/json' }, body: fields, keepalive: true });
  const body = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Error(body.message ?? '');
  return body;
}

function prepare(section) {
  const [stars, remarks] = section.querySelectorAll('form');
  const status = section.querySelector('[role=status]');
  const text = section.querySelector('[data-rating-text]');
  const next = section.querySelector('[data-rating-next]');
  const finish = remarks.querySelector('[type=submit]');
  const thanks = section.querySelector('[data-rating-thanks]');
  let address = '';
  let turn = Promise.resolve();

  const fail = (error) => {
    status.textContent = error.message || status.dataset.ratingFailed;
  };

  // One after the other: the first answer has the code by which the next one changes the same stars.
  const keep = () => {
    turn = turn.then(async () => {
      const code = address.split('/').pop();
      ({ address } = await send(stars.action, stars, code));
      status.textContent = status.dataset.ratingKept;
    }).catch(fail);
  };

  const ask = () => {
    const isPositive = Number(new FormData(stars).get('stars')) >= POSITIVE_FROM;
    for (const question of remarks.querySelectorAll('fieldset')) {
      const fits = question.dataset.element.endsWith('positive') === isPositive;
      question.hidden = !fits;
      question.disabled = !fits;
    }
    text.hidden = true;
    next.hidden = false;
    finish.hidden = true;
    remarks.hidden = false;
  };

  // The focus stays where it is: whoever uses the arrow keys may want another number of stars.
  stars.addEventListener('change', () => {
    ask();
    keep();
  });
  stars.addEventListener('submit', (event) => {
    event.preventDefault();
    keep();
  });

  next.addEventListener('click', () => {
    text.hidden = false;
    finish.hidden = false;
    text.querySelector('textarea').focus();
    setTimeout(() => {
      for (const question of remarks.querySelectorAll('fieldset')) question.hidden = true;
      next.hidden = true;
    }, FOLLOWED_MILLISECONDS);
  });

  remarks.addEventListener('submit', async (event) => {
    event.preventDefault();
    await turn;
    // The stars were not kept then, but may be now.
    if (!address) keep();
    await turn;
    if (!address) return;
    try {
      await send(address, remarks);
      thanks.hidden = false;
      thanks.focus();
      setTimeout(() => {
        stars.hidden = remarks.hidden = status.hidden = true;
      }, FOLLOWED_MILLISECONDS);
    } catch (error) {
      fail(error);
    }
  });
}

for (const section of document.querySelectorAll('[data-rating]')) prepare(section);
