// SPDX-License-Identifier: EUPL-1.2
// What this browser remembers of the pages: that the person said "not now", and what the server answered on this visit.
// Storage may be forbidden; then nothing is remembered.

const PREFIX = 'informa.push.';

/** A tab that stays open for so long begins another visit. */
const VISIT_MILLISECONDS = 60 * 60 * 1000;

function read(storage, name) {
  try {
    return JSON.parse(window[storage].getItem(PREFIX + name)) ?? undefined;
  } catch {
    return undefined;
  }
}

function write(storage, name, value) {
  try {
    window[storage].setItem(PREFIX + name, JSON.stringify(value));
  } catch {
    return;
  }
}

/** `what` was offered: 'push' or 'install'. */
export const saidNotNow = (what) => read('localStorage', `not-now-${what}`) === true;
export const rememberNotNow = (what, said) => write('localStorage', `not-now-${what}`, said);

/** The server's answer of this visit: `undefined` until it was asked. */
export function serverKnows() {
  const { known, at } = read('sessionStorage', 'known') ?? {};
  return Date.now() - at < VISIT_MILLISECONDS ? known : undefined;
}

export const rememberServerKnows = (known) => write('sessionStorage', 'known', { known, at: Date.now() });
export const forgetServerKnows = () => write('sessionStorage', 'known', null);
