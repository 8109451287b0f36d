// SPDX-License-Identifier: EUPL-1.2
// What this browser remembers about notifications: that the person said "not now", the subscription that the server
// was last told of, and whether the server knew it. Storage may be forbidden; then nothing is remembered.

const PREFIX = 'informa.push.';

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

export const saidNotNow = () => read('localStorage', 'not-now') === true;
export const rememberNotNow = (said) => write('localStorage', 'not-now', said);

/** The subscription that the server was last told of: its endpoint, and its `auth` as proof that it was ours. */
export const toldSubscription = () => read('localStorage', 'told');

export function rememberTold(subscription) {
  write('localStorage', 'told', { endpoint: subscription.endpoint, auth: subscription.toJSON().keys.auth });
}

/** The server's answer of this visit: `undefined` until it was asked. */
export const serverKnows = () => read('sessionStorage', 'known');
export const rememberServerKnows = (known) => write('sessionStorage', 'known', known);
export const forgetServerKnows = () => write('sessionStorage', 'known', null);
