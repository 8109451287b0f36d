// SPDX-License-Identifier: EUPL-1.2
// Names of places while they are typed: each input with `data-suggest` becomes a list that screen readers and keyboards
// know (accessible-autocomplete). Without this script the person types the whole name.

import accessibleAutocomplete from 'accessible-autocomplete';

const PAUSE = 200;

/** Asks for names a moment after the last letter; the network may fail, then there are no suggestions. */
function source(address) {
  let pause;
  return (words, show) => {
    clearTimeout(pause);
    pause = setTimeout(async () => {
      try {
        const answer = await fetch(`${address}?q=${encodeURIComponent(words)}`);
        show(answer.ok ? (await answer.json()).items : []);
      } catch {
        show([]);
      }
    }, PAUSE);
  };
}

/** A name with what else there is to know of it: that the place is part of another one today. */
function told(item) {
  const line = document.createElement('span');
  line.textContent = item?.note ? `${item.name} – ${item.note}` : (item?.name ?? item ?? '');
  return line.innerHTML;
}

function enhance(input) {
  const { suggest, none, found, hint } = input.dataset;
  const container = document.createElement('div');
  input.after(container);
  const described = (input.getAttribute('aria-describedby') ?? '').split(' ').map((id) => document.getElementById(id));
  const explained = described.map((element) => element?.textContent ?? '').join(' ').trim();
  accessibleAutocomplete({
    element: container,
    id: input.id,
    name: input.name,
    defaultValue: input.value,
    minLength: 2,
    source: source(suggest),
    autoselect: false,
    confirmOnBlur: false,
    showNoOptionsFound: false,
    tNoResults: () => none,
    tStatusNoResults: () => none,
    tStatusQueryTooShort: () => '',
    tStatusResults: (count) => found.replace('{count}', count),
    tStatusSelectedOption: (name) => name,
    templates: { inputValue: (item) => item?.name ?? item ?? '', suggestion: told },
    tAssistiveHint: () => `${explained} ${hint}`.trim(),
    inputClasses: 'form-control',
  });
  const enhanced = container.querySelector('input');
  // A field may stand outside its form.
  for (const name of ['aria-invalid', 'form']) {
    if (input.hasAttribute(name)) enhanced.setAttribute(name, input.getAttribute(name));
  }
  const hadFocus = document.activeElement === input;
  input.remove();
  if (hadFocus) enhanced.focus();
}

for (const input of document.querySelectorAll('input[data-suggest]')) enhance(input);
