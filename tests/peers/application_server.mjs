// SPDX-License-Identifier: EUPL-1.2
// A small application server for tests of the peers themselves: encrypts with the npm package `http_ece` (RFC 8291),
// signs (RFC 8292) and posts (RFC 8030). The program under test has its own, in another language.

import crypto from "node:crypto";
import ece from "http_ece";

const TWELVE_HOURS = 12 * 60 * 60;

/** Encrypts `payload` for a browser's subscription as its `toJSON()` gives it. */
export function encrypt(payload, { keys }) {
  const privateKey = crypto.createECDH("prime256v1");
  privateKey.generateKeys();
  const salt = crypto.randomBytes(16);
  const parameters = { version: "aes128gcm", privateKey, dh: keys.p256dh, authSecret: keys.auth, salt };
  return ece.encrypt(Buffer.from(payload), parameters);
}

/** Claims that a correct sender would sign for the service at `endpoint`. */
export function claimsFor(endpoint, nowSeconds = Date.now() / 1000) {
  const exp = Math.floor(nowSeconds) + TWELVE_HOURS;
  return { aud: new URL(endpoint).origin, exp, sub: "mailto:tests@informa.example" };
}

/** Posts an encrypted `payload`; `headers` adds to or replaces what a correct sender would say. */
export function sendPush({ subscription, payload, vapidKeys, headers = {} }) {
  return fetch(subscription.endpoint, {
    method: "POST",
    redirect: "manual",
    body: encrypt(payload, subscription),
    headers: {
      authorization: vapidKeys.sign(claimsFor(subscription.endpoint)),
      "content-encoding": "aes128gcm",
      "content-type": "application/octet-stream",
      ttl: "3600",
      ...headers,
    },
  });
}
