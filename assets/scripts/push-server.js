// SPDX-License-Identifier: EUPL-1.2
// What pages and the service worker ask the server about a subscription. Its secret is the proof, so no token is needed.

const STATE_ADDRESS = '/push/state';
const CHANGED_ADDRESS = '/push/subscription-changed';

/** The server's answer with its status; a network that fails throws. */
export async function postJson(address, content, headers = {}) {
  const answer = await fetch(address, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...headers },
    body: JSON.stringify(content),
  });
  if (answer.status >= 500) throw new Error(`The server answered ${answer.status}.`);
  return { status: answer.status, ok: answer.ok, body: await answer.json().catch(() => ({})) };
}

/** `{ known, renew, key }`: is it sent to, should it subscribe anew, and with which VAPID key. */
export async function askState({ endpoint, auth }) {
  const { ok, status, body } = await postJson(STATE_ADDRESS, { endpoint, keys: { auth } });
  if (!ok) throw new Error(`The server answered ${status}.`);
  return body;
}

/** Gives the server the new subscription in the place of the one that `old` proves; whether it was taken. */
export async function reportChange(old, subscription, key = '') {
  const { ok } = await postJson(CHANGED_ADDRESS, {
    old_endpoint: old.endpoint,
    old_auth: old.auth,
    subscription: { ...subscription.toJSON(), vapid_key: key },
  });
  return ok;
}
