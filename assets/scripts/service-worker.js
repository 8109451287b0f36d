// SPDX-License-Identifier: EUPL-1.2
// Shows the notifications that arrive, opens what they lead to, and reports a renewed subscription to the server.
// Messages have the shape of Declarative Web Push, so that browsers which read it themselves need no script.

const HOME = '/';
const CHANGED_ADDRESS = '/push/subscription-changed';
const RETRY_MILLISECONDS = [2_000, 10_000, 30_000];

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
  const count = Number(badge);
  if (count > 0) await navigator.setAppBadge?.(count);
}

/** Shows `address` in a tab of ours that is already open, or else in a new one. */
async function openPage(address) {
  const tabs = await self.clients.matchAll({ type: 'window', includeUncontrolled: true });
  const tab = tabs.find((open) => open.url === address) ?? tabs[0];
  try {
    const shown = tab.url === address ? tab : await tab.navigate(address);
    await shown.focus();
  } catch {
    // No tab is open, or it is one that this worker may not steer.
    await self.clients.openWindow(address);
  }
}

const wait = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

async function report(change) {
  const answer = await fetch(CHANGED_ADDRESS, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(change),
  });
  if (answer.status >= 500) throw new Error(`The server answered ${answer.status}.`);
}

/** Tries again for a while; after that the next visit of a page makes the same comparison. */
async function reportPatiently(change) {
  for (const pause of RETRY_MILLISECONDS) {
    try {
      return await report(change);
    } catch {
      await wait(pause);
    }
  }
  return report(change);
}

async function renewSubscription({ oldSubscription, newSubscription }) {
  const options = (oldSubscription ?? newSubscription)?.options;
  const subscription = newSubscription ?? (options && (await self.registration.pushManager.subscribe(options)));
  // Without the old subscription we cannot prove that it was ours; the next visit of a page knows it.
  if (!subscription || !oldSubscription) return;
  await reportPatiently({
    old_endpoint: oldSubscription.endpoint,
    old_auth: oldSubscription.toJSON().keys?.auth,
    subscription: subscription.toJSON(),
  });
}

self.addEventListener('install', () => self.skipWaiting());
self.addEventListener('activate', (event) => event.waitUntil(self.clients.claim()));
self.addEventListener('push', (event) => event.waitUntil(showMessage(event.data)));
self.addEventListener('pushsubscriptionchange', (event) => event.waitUntil(renewSubscription(event)));
self.addEventListener('notificationclick', (event) => {
  event.notification.close();
  const { navigate, actions } = event.notification.data;
  event.waitUntil(openPage(actions[event.action] ?? navigate));
});
