// SPDX-License-Identifier: EUPL-1.2
// Small conveniences for every page; each page works without them.

const SUGGESTION_PAUSE = 200;

/** A second click on a button must not send the form twice. */
function sendFormsOnce() {
  document.addEventListener('submit', (event) => {
    const form = event.target;
    if (form.method !== 'post') return;
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = 'yes';
  });
  // A page that comes back from the browser's history may be sent again.
  addEventListener('pageshow', () => {
    for (const form of document.querySelectorAll('form[data-sent]')) delete form.dataset.sent;
  });
}

async function fillSuggestions(input) {
  const words = input.value.trim();
  if (words.length < 2) return;
  const answer = await fetch(`${input.dataset.suggest}?q=${encodeURIComponent(words)}`);
  if (!answer.ok) return;
  const options = (await answer.json()).items.map(({ name, note }) => new Option(note ?? '', name));
  input.list.replaceChildren(...options);
}

/** Inputs with `data-suggest` ask that address for names while the person types. */
function suggestNames() {
  for (const input of document.querySelectorAll('input[data-suggest]')) {
    let pause;
    input.addEventListener('input', () => {
      clearTimeout(pause);
      // Suggestions are a convenience: when the network fails the person types the whole name.
      pause = setTimeout(() => fillSuggestions(input).catch(() => {}), SUGGESTION_PAUSE);
    });
  }
}

sendFormsOnce();
suggestNames();
