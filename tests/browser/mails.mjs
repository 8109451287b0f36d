// SPDX-License-Identifier: EUPL-1.2
// What the mail receiver of a test was sent, and the links in it.

import { setTimeout as sleep } from "node:timers/promises";

/** The mails to an address so far, the first first. */
export async function mailsTo(smtpReceiver, address) {
  const answer = await fetch(`${smtpReceiver.controlUrl}/messages?to=${encodeURIComponent(address)}`);
  const lines = (await answer.text()).split("\n").filter(Boolean);
  return lines.map((line) => JSON.parse(line));
}

/** Waits for the latest mail to an address with a link to a path such as `/conferma/`; returns the link. */
export async function linkTo(smtpReceiver, address, path) {
  const link = new RegExp(`http://localhost:\\d+${path}\\S+`);
  for (let attempt = 0; attempt < 200; attempt += 1) {
    const mails = await mailsTo(smtpReceiver, address);
    const found = mails.map((mail) => mail.text.match(link)?.[0]).filter(Boolean);
    if (found.length > 0) return found.at(-1);
    await sleep(100);
  }
  throw new Error(`no mail to ${address} has a link to ${path}`);
}

/** From now on the receiver refuses every mail to an address, as one that has no such mailbox. */
export async function refuseMailTo(smtpReceiver, address) {
  const answer = { address, stage: "rcpt", code: 550, message: "5.1.1 no such mailbox here", times: 0 };
  const response = await fetch(`${smtpReceiver.controlUrl}/answers`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(answer),
  });
  if (!response.ok) throw new Error(`the receiver took no answer: ${await response.text()}`);
}
