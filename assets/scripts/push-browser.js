// SPDX-License-Identifier: EUPL-1.2
// What the browser can do with notifications, behind a few plain functions.

const WORKER_ADDRESS = '/service-worker.js';
const SUBSCRIBE_MILLISECONDS = 15_000;

/** The browser's push service did not answer in time. */
export class TimeoutError extends Error {}

export function isSupported() {
  return 'serviceWorker' in navigator && 'PushManager' in window && 'Notification' in window;
}

/** iPhone and iPad, which take notifications only from the Home Screen; an iPad says it is a Mac, but has a touch screen. */
export function isAppleTelephone() {
  return /iPhone|iPad|iPod/.test(navigator.userAgent) || (/Mac/.test(navigator.userAgent) && navigator.maxTouchPoints > 1);
}

/** A browser without a push service may never answer: we stop waiting ourselves. */
function inTime(promise) {
  const late = new Promise((_, reject) => {
    setTimeout(() => reject(new TimeoutError()), SUBSCRIBE_MILLISECONDS);
  });
  return Promise.race([promise, late]);
}

export async function registerWorker() {
  await navigator.serviceWorker.register(WORKER_ADDRESS);
  return inTime(navigator.serviceWorker.ready);
}

function base64url(buffer) {
  const text = btoa(String.fromCharCode(...new Uint8Array(buffer)));
  return text.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

/** Whether the subscription was made with this VAPID key. */
export function usesKey(subscription, key) {
  const made = subscription.options.applicationServerKey;
  return made !== null && base64url(made) === key;
}

/** The subscription for this VAPID key, new where there was none or one for another key. */
export async function subscribeWith(registration, key) {
  const existing = await registration.pushManager.getSubscription();
  if (existing && usesKey(existing, key)) return existing;
  await existing?.unsubscribe();
  return inTime(registration.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key }));
}
