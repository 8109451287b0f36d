// SPDX-License-Identifier: EUPL-1.2
// Names while they are typed, in lists that screen readers and keyboards know (accessible-autocomplete): of places, which
// the server suggests for each input with `data-suggest`, and of the choices of each long select with `data-complete`.
// Without this script the person types the whole name, and chooses from the browser's own list.

import accessibleAutocomplete from 'accessible-autocomplete';

const PAUSE = 200;

/** Asks for names a moment after the last letter; the network may fail, then there are no suggestions. */
function source(address) {
  let pause;
  let latest = 0;
  const ask = async (words) => {
    try {
      const answer = await fetch(`${address}?q=${encodeURIComponent(words)}`);
      return answer.ok ? (await answer.json()).items : [];
    } catch {
      return [];
    }
  };
  return (words, show) => {
    clearTimeout(pause);
    const own = (latest += 1);
    pause = setTimeout(async () => {
      const found = await ask(words);
      // An answer that comes after that of a later question is out of date.
      if (own === latest) show(found);
    }, PAUSE);
  };
}

/** A name with what else there is to know of it: that the place is part of another one today. */
function told(item) {
  const line = document.createElement('span');
  line.textContent = item?.note ? `${item.name} – ${item.note}` : (item?.name ?? item ?? '');
  return line.innerHTML;
}

/** The sentences of a list, which the server wrote. */
const sentences = ({ none, found, foundOne, hint }, explained = '') => ({
  tNoResults: () => none,
  tStatusNoResults: () => none,
  tStatusQueryTooShort: () => '',
  // Where the arrows are in the list, and only before they are in it how long it is.
  tStatusResults: (count, chosen) => chosen || (count === 1 ? foundOne : found.replace('{count}', count)),
  tStatusSelectedOption: (name, count, index) => `${name} (${index + 1}/${count})`,
  tAssistiveHint: () => `${explained} ${hint}`.trim(),
});

/**
 * Escape in a line of the list is Escape in the field: the line would take the focus along when it goes, and what is typed
 * next belongs behind what is there.
 */
function keepFocus(container) {
  container.addEventListener('keydown', (event) => {
    const input = container.querySelector('input');
    if (event.key !== 'Escape' || event.target === input) return;
    event.stopPropagation();
    input.focus();
    input.setSelectionRange(input.value.length, input.value.length);
    // Of a key the list knows the number alone.
    input.dispatchEvent(new KeyboardEvent('keydown', { key: 'Escape', keyCode: 27, bubbles: true }));
  }, { capture: true });
}

/** A place that is typed. */
function enhance(input) {
  const container = document.createElement('div');
  input.after(container);
  const described = (input.getAttribute('aria-describedby') ?? '').split(' ').map((id) => document.getElementById(id));
  const explained = described.map((element) => element?.textContent ?? '').join(' ').trim();
  accessibleAutocomplete({
    ...sentences(input.dataset, explained),
    element: container,
    id: input.id,
    name: input.name,
    defaultValue: input.value,
    minLength: 2,
    source: source(input.dataset.suggest),
    autoselect: false,
    confirmOnBlur: false,
    showNoOptionsFound: false,
    templates: { inputValue: (item) => item?.name ?? item ?? '', suggestion: told },
    inputClasses: 'form-control',
  });
  keepFocus(container);
  const enhanced = container.querySelector('input');
  // A field may stand outside its form.
  for (const name of ['aria-invalid', 'form']) {
    if (input.hasAttribute(name)) enhanced.setAttribute(name, input.getAttribute(name));
  }
  const hadFocus = document.activeElement === input;
  input.remove();
  if (hadFocus) enhanced.focus();
}

/** A select of many choices: its list opens as before, and what is typed narrows it. */
function complete(select) {
  const { form } = select;
  accessibleAutocomplete.enhanceSelectElement({
    ...sentences(select.dataset),
    selectElement: select,
    autoselect: false,
    confirmOnBlur: false,
    defaultValue: select.value ? select.selectedOptions[0].textContent : '',
    placeholder: select.options[0].textContent,
    preserveNullOptions: true,
    showAllValues: true,
    showNoOptionsFound: true,
    inputClasses: 'form-control',
    onConfirm: (name) => {
      const chosen = [...select.options].find((option) => option.textContent === name);
      if (chosen) chosen.selected = true;
    },
  });
  const typed = document.getElementById(select.id.replace(/-select$/, ''));
  keepFocus(typed.closest('.field'));
  // What was deleted, or is no choice, chooses nothing.
  const settle = () => {
    const chosen = [...select.options].find((option) => option.textContent === typed.value.trim());
    select.selectedIndex = chosen ? chosen.index : 0;
  };
  form?.addEventListener('submit', settle);
}

for (const input of document.querySelectorAll('input[data-suggest]')) enhance(input);
for (const select of document.querySelectorAll('select[data-complete]')) complete(select);
