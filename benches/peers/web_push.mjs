// SPDX-License-Identifier: EUPL-1.2
// npm `web-push` as its documentation uses it, with connections that are kept.
//
// usage: node web_push.mjs JOB.json

import { readFileSync } from 'node:fs';
import https from 'node:https';
import webPush from 'web-push';

const job = JSON.parse(readFileSync(process.argv[2], 'utf8'));
webPush.setVapidDetails(job.subject, job.public_key, job.private_key);
const agent = new https.Agent({ keepAlive: true, maxSockets: job.at_once });

let next = 0;
let sent = 0;

async function sendInTurn() {
    while (next < job.subscriptions.length) {
        const { endpoint, p256dh, auth } = job.subscriptions[next];
        next += 1;
        const subscription = { endpoint, keys: { p256dh, auth } };
        await webPush.sendNotification(subscription, job.payload, { agent, TTL: 3600 });
        sent += 1;
    }
}

const begun = performance.now();
await Promise.all(Array.from({ length: job.at_once }, sendInTurn));
console.log(JSON.stringify({ sent, seconds: (performance.now() - begun) / 1000 }));
agent.destroy();
