// SPDX-License-Identifier: EUPL-1.2
// What the browser can do with notifications, behind a few plain functions.

const WORKER_ADDRESS = '/service-worker.js';
const SUBSCRIBE_MILLISECONDS = 15_000;

/** The first iOS whose web apps take notifications. */
const FIRST_IOS = [16, 4];

/** The browser's push service did not answer in time. */
export class TimeoutError extends Error {}

export function isSupported() {
  return 'serviceWorker' in navigator && 'PushManager' in window && 'Notification' in window;
}

/** iPhone and iPad, which take notifications only from the Home Screen; an iPad says it is a Mac, but has a touch screen. */
export function isAppleTelephone() {
  return /iPhone|iPad|iPod/.test(navigator.userAgent) || (/Mac/.test(navigator.userAgent) && navigator.maxTouchPoints > 1);
}

/** Whether this page was opened from an icon of its own. */
export function isInstalled() {
  return navigator.standalone === true || matchMedia('(display-mode: standalone)').matches;
}

/** An iPhone or iPad that must be updated first. An iPad that poses as a Mac tells only the version of its Safari. */
export function isAppleTelephoneTooOld() {
  const [, major, minor] = navigator.userAgent.match(/OS (\d+)_(\d+)[_\d]* like Mac|Version\/(\d+)\.(\d+)/)?.filter(Boolean) ?? [];
  if (!isAppleTelephone() || major === undefined) return false;
  const version = Number(major) - FIRST_IOS[0] || Number(minor) - FIRST_IOS[1];
  return version < 0;
}

const BROWSERS = [
  ['iphone', () => isAppleTelephone()],
  ['firefox-android', (agent) => /Android/.test(agent) && /Firefox\//.test(agent)],
  ['other', (agent) => /OPR\/|SamsungBrowser|DuckDuckGo/.test(agent)],
  ['android', (agent) => /Android/.test(agent) && /Chrome\//.test(agent)],
  ['edge', (agent) => /Edg\//.test(agent)],
  ['firefox', (agent) => /Firefox\//.test(agent)],
  ['chrome', (agent) => /Chrome\//.test(agent)],
  ['safari', (agent) => /Safari\//.test(agent)],
];

/** Which steps lead to the permissions of this browser: the name of the server's template for them. */
export function browserName() {
  const found = BROWSERS.find(([, fits]) => fits(navigator.userAgent));
  return found?.[0] ?? 'other';
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

export function findWorker() {
  return navigator.serviceWorker.getRegistration('/');
}

function base64url(buffer) {
  const text = btoa(String.fromCharCode(...new Uint8Array(buffer)));
  return text.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

/** The VAPID key that the subscription was made with; empty where the browser does not say. */
export function keyOf(subscription) {
  const made = subscription.options?.applicationServerKey;
  return made ? base64url(made) : '';
}

/** A new subscription for this VAPID key, in the place of the one there is. */
export async function subscribeAnew(registration, key) {
  const existing = await registration.pushManager.getSubscription();
  await existing?.unsubscribe();
  return inTime(registration.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key }));
}

/** The subscription for this VAPID key, new where there was none or one for another key. */
export async function subscribeWith(registration, key) {
  const existing = await registration.pushManager.getSubscription();
  return existing && keyOf(existing) === key ? existing : subscribeAnew(registration, key);
}
