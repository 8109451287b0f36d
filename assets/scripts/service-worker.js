// SPDX-License-Identifier: EUPL-1.2
// Shows the notifications that arrive and opens what they lead to. Messages have the shape of Declarative Web Push, so
// that browsers which read it themselves need no script.

import { answer, dropOlderPages, keepOfflinePages } from './worker-offline.js';
import { postJson } from './push-server.js';
import { proofOf } from './push-told.js';
import { renewSubscription } from './worker-renew.js';

const HOME = '/';
const OPENED_ADDRESS = '/push/opened';

/** Where somebody may be in the middle of a form: such a tab is not led away. */
const FORMS = /^\/(accedi|aiuto\/scrivi|iscriviti|staff|valutazione|preferenze\/.)/;

const FALLBACK = navigator.language.startsWith('it')
  ? { title: "C'è una novità che ti riguarda", body: 'Apri il sito per leggerla.', lang: 'it' }
  : { title: 'There is news that concerns you', body: 'Open the site to read it.', lang: 'en' };

/** A message may come empty or damaged; it must still be shown, or the browser withdraws the permission. */
function readMessage(data) {
  try {
    const { notification, app_badge: badge } = data.json();
    if (notification.title) return { notification, badge };
  } catch {
    // The fallback below says what there is to say.
  }
  return { notification: FALLBACK };
}

/** Only our own pages are opened, whatever the message says. */
function ownAddress(address) {
  const home = new URL(HOME, self.location.origin);
  try {
    const target = new URL(address ?? HOME, home);
    return target.origin === home.origin ? target.href : home.href;
  } catch {
    return home.href;
  }
}

function notificationOptions({ title: _, navigate, actions = [], renotify, ...rest }) {
  return {
    icon: ICON_ADDRESS,
    badge: BADGE_ADDRESS,
    ...rest,
    // A notification without a tag cannot replace another one: asking for it is an error.
    renotify: Boolean(renotify && rest.tag),
    actions: actions.map(({ action, title }) => ({ action, title })),
    data: {
      navigate: ownAddress(navigate),
      actions: Object.fromEntries(actions.map((action) => [action.action, ownAddress(action.navigate)])),
    },
  };
}

async function showMessage(data) {
  const { notification, badge } = readMessage(data);
  try {
    await self.registration.showNotification(notification.title, notificationOptions(notification));
  } catch {
    await self.registration.showNotification(FALLBACK.title, notificationOptions(FALLBACK));
  }
  await showBadge(badge);
}

/** The mark on the app's icon, with a number where the message says one, until the inbox is opened. */
async function showBadge(badge) {
  const count = Number(badge);
  if (badge === undefined || !Number.isInteger(count)) await navigator.setAppBadge?.();
  else if (count > 0) await navigator.setAppBadge?.(count);
  else await navigator.clearAppBadge?.();
}

/** Nothing that could be opened is left: the mark goes, also for who is not signed in and never sees the inbox. */
async function clearBadgeOfNothing() {
  const left = await self.registration.getNotifications();
  if (left.length === 0) await navigator.clearAppBadge?.();
}

/** What a click opened is read in the inbox of its person; the secret of the subscription is the proof. */
async function noteOpened(address) {
  const subscription = await self.registration.pushManager.getSubscription();
  if (!subscription) return;
  const { endpoint, auth } = proofOf(subscription);
  const { pathname } = new URL(address);
  // Only a convenience: whoever is without a network reads it twice.
  await postJson(OPENED_ADDRESS, { endpoint, keys: { auth }, path: pathname }).catch(() => {});
}

/** Shows `address` in the tab that has it, or in another one of ours, or else in a new one. */
async function openPage(address) {
  const tabs = await self.clients.matchAll({ type: 'window', includeUncontrolled: true });
  const tab = tabs.find(({ url }) => url === address) ?? tabs.find(({ url }) => !FORMS.test(new URL(url).pathname));
  try {
    const shown = tab.url === address ? tab : await tab.navigate(address);
    await shown.focus();
  } catch {
    // No tab is open, or it is one that this worker may not steer.
    await self.clients.openWindow(address);
  }
}

self.addEventListener('install', (event) => {
  self.skipWaiting();
  // Notifications matter more than the page without a network: when that cannot be kept, the worker is installed anyway.
  event.waitUntil(keepOfflinePages().catch(() => {}));
});
self.addEventListener('activate', (event) => event.waitUntil(Promise.all([dropOlderPages(), self.clients.claim()])));
self.addEventListener('fetch', answer);
self.addEventListener('push', (event) => event.waitUntil(showMessage(event.data)));
self.addEventListener('pushsubscriptionchange', (event) => event.waitUntil(renewSubscription(event)));
self.addEventListener('notificationclick', (event) => {
  event.notification.close();
  const { navigate, actions } = event.notification.data;
  event.waitUntil(Promise.all([openPage(actions[event.action] ?? navigate), noteOpened(navigate), clearBadgeOfNothing()]));
});
self.addEventListener('notificationclose', (event) => event.waitUntil(clearBadgeOfNothing()));
