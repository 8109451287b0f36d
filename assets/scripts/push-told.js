// SPDX-License-Identifier: EUPL-1.2
// The subscription that the server was last told of: its endpoint, and its `auth` as proof that it was ours. Kept where
// pages and the service worker both find it; what forbids storage only costs the renewal of a lost subscription.

const CACHE = 'informa-push';
const ENTRY = '/push/told';

export function proofOf(subscription) {
  const { endpoint, keys } = subscription.toJSON();
  return { endpoint, auth: keys?.auth };
}

export async function readTold() {
  try {
    const kept = await (await caches.open(CACHE)).match(ENTRY);
    return await kept?.json();
  } catch {
    return undefined;
  }
}

export async function rememberTold(subscription) {
  try {
    await (await caches.open(CACHE)).put(ENTRY, new Response(JSON.stringify(proofOf(subscription))));
  } catch {
    return;
  }
}

export async function forgetTold() {
  try {
    await caches.delete(CACHE);
  } catch {
    return;
  }
}
