// SPDX-License-Identifier: EUPL-1.2
// A page for when there is no network: kept with the files that it needs when the worker is installed, in a cache that
// bears the version which the server writes at the top of the worker, with the languages and the files of the page. Nothing else is ever kept, no page of anybody's.

const PREFIX = 'informa-offline-';
const CACHE = PREFIX + OFFLINE.version;
const pageIn = (language) => `/offline/${language}`;
const PAGES = OFFLINE.languages.map(pageIn);

/** The first language of the browser's that we speak. */
function ownPage() {
  const spoken = navigator.languages.map((tag) => tag.split('-')[0]);
  return pageIn(spoken.find((language) => OFFLINE.languages.includes(language)) ?? OFFLINE.languages[0]);
}

export async function keepOfflinePages() {
  const cache = await caches.open(CACHE);
  // Without cookies: what is kept is the same for everybody.
  const requests = PAGES.map((address) => new Request(address, { credentials: 'omit', cache: 'reload' }));
  await cache.addAll([...requests, ...OFFLINE.files]);
}

export async function dropOlderPages() {
  const names = await caches.keys();
  const older = names.filter((name) => name.startsWith(PREFIX) && name !== CACHE);
  await Promise.all(older.map((name) => caches.delete(name)));
  // Not kept from an earlier version: where the preload fails, Firefox shows its own page about it instead of ours.
  await self.registration.navigationPreload?.disable();
}

async function kept(address) {
  const cache = await caches.open(CACHE);
  return (await cache.match(address)) ?? Response.error();
}

async function page(event) {
  try {
    return await fetch(event.request);
  } catch {
    const { pathname } = new URL(event.request.url);
    return kept(PAGES.includes(pathname) ? pathname : ownPage());
  }
}

async function file(request) {
  try {
    return await fetch(request);
  } catch {
    return kept(request.url);
  }
}

/** Answers what the page without a network is made of; the rest goes by the browser's own way. */
export function answer(event) {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== 'GET' || origin !== self.location.origin) return;
  if (request.mode === 'navigate') event.respondWith(page(event));
  else if (OFFLINE.files.includes(pathname)) event.respondWith(file(request));
}
