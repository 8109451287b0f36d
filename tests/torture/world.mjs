// SPDX-License-Identifier: EUPL-1.2
// The world around the program under torture: who is to be told of what, the time of day, and what has arrived since the
// round began. Everybody is concerned by every call; some are told at once, some by the daily digest, some never.

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { decrypt } from "../peers/push_store.mjs";

/** How many are told at once, by push and by mail. */
export const AT_ONCE = { push: 400, mail: 250 };
/** How many read a daily digest. */
export const DAILY = { push: 200, mail: 120 };
// They are matched and folded and told nothing, having no browser: they make fan-outs long enough to be hit.
const SILENT = Number(process.env.INFORMA_TORTURE_SILENT ?? 4_000);
const PATIENCE_SECONDS = 90;
/** How many calls an edition lists. */
const LISTED = 15;
const HALF_AN_HOUR = 30 * 60 * 1000;

export class World {
  #atOnce;
  #readers;
  #untold = [];
  #isDigest = false;
  #owedBefore = 0;

  constructor({ workers, clock, push, smtp, folder }) {
    Object.assign(this, { workers, clock, push, smtp, folder });
    this.rounds = 0;
    this.onPush = null;
    this.onMail = null;
    this.received = new Map();
    this.#listen();
  }

  /** Every message passes here: a hook may kill the sender, and decide whether the message still counts as accepted. */
  #listen() {
    const answer = this.push.delivery.answer.bind(this.push.delivery);
    this.push.delivery.answer = (request, response) => {
      if (this.onPush?.() === "cut") return request.socket.destroy();
      return answer(request, response);
    };
    const accept = this.push.store.accept.bind(this.push.store);
    this.push.store.accept = (subscription, message) => {
      this.#note(`push ${subscription.endpoint}`);
      return accept(subscription, message);
    };
    const keep = this.smtp.mailbox.keep.bind(this.smtp.mailbox);
    this.smtp.mailbox.keep = async (message) => {
      if (this.onMail?.() === "cut") throw Object.assign(new Error("4.3.0 cut"), { responseCode: 451 });
      this.#note(`mail ${message.to[0]}`);
      return keep(message);
    };
  }

  #note(target) {
    this.received.set(target, (this.received.get(target) ?? 0) + 1);
  }

  /** Imports them all. */
  async people() {
    const consent = { at: "2026-01-01T00:00:00Z", source: "torture", text: "Sì." };
    const person = { kind: "operator", areas: ["IT"], topics: ["everything"], consent };
    const subscribed = (how, { push, mail }, name) => [
      ...Array.from({ length: push }, () => ({ ...person, ...how, push_subscriptions: [this.push.store.subscribeVirtually()] })),
      ...Array.from({ length: mail }, (_, at) => ({ ...person, ...how, email: `${name}${at}@example.org` })),
    ];
    const atOnce = subscribed({}, AT_ONCE, "told");
    const readers = subscribed({ frequency: "daily" }, DAILY, "reader");
    const silent = subscribed({ frequency: "daily", channels: ["web_push"] }, { push: 0, mail: SILENT }, "silent");
    const file = join(this.folder, "people.jsonl");
    writeFileSync(file, [...atOnce, ...readers, ...silent].map((line) => JSON.stringify(line)).join("\n"));
    await this.workers.command("import-subscribers", file);
    const target = ({ email, push_subscriptions: browsers }) => (email ? `mail ${email}` : `push ${browsers[0].endpoint}`);
    this.#atOnce = new Set(atOnce.map(target));
    this.#readers = new Set(readers.map(target));
  }

  /** Publishes one call that concerns everybody. */
  async publish() {
    this.rounds += 1;
    this.#untold.push(this.rounds);
    this.#isDigest = false;
    this.forget();
    const file = join(this.folder, "call.jsonl");
    const call = {
      source: "torture",
      source_id: String(this.rounds),
      kind: "bando",
      title: `Bando numero ${this.rounds}`,
      topics: ["Sostegno investimenti"],
      territory: { level: "national", regions: [] },
    };
    writeFileSync(file, `${JSON.stringify(call)}\n`);
    await this.workers.command("import", file, "--publish", "--notify");
  }

  /** A call is told to whom it is told at once; then it is `lead` milliseconds before the digest, and no process runs. */
  async bringDigest(lead) {
    await this.publish();
    await this.untilPaid();
    await this.workers.stop();
    this.#owedBefore = (await this.workers.status()).owed;
    this.#isDigest = true;
    this.forget();
    this.clock.moveTo(nextTime("08:30", this.clock.now()) - lead);
    await this.#setPushClock();
  }

  async #setPushClock() {
    const body = JSON.stringify({ now: this.clock.setting });
    await fetch(`${this.push.controlUrl}/clock`, { method: "POST", body });
  }

  forget() {
    this.received.clear();
    this.push.store.forgetMessages();
    this.smtp.mailbox.forget();
  }

  /** Waits until nothing is owed, and a digest that is due has been owed; how long that took, in milliseconds. */
  async untilPaid() {
    const started = Date.now();
    let status;
    while (Date.now() - started < PATIENCE_SECONDS * 1000) {
      status = await this.workers.status();
      const isOwed = !this.#isDigest || status.owed >= this.#owedBefore + this.#readers.size;
      if (status.unmatched === 0 && status.open === 0 && isOwed) return Date.now() - started;
      await sleep(50);
    }
    if (status.unmatched === 0 && status.open === 0) return Date.now() - started;
    throw new Error(`after ${PATIENCE_SECONDS} s something is still owed: ${JSON.stringify(status)}`);
  }

  /** Who missed what was owed, or was told what was not; and how much was sent twice. */
  async result() {
    const owed = this.#isDigest ? this.#readers : this.#atOnce;
    const lost = [...owed].filter((target) => !this.received.has(target)).length;
    const strangers = [...this.received.keys()].filter((target) => !owed.has(target)).length;
    const incomplete = this.#isDigest ? await this.#incomplete() : 0;
    const duplicates = { push: 0, mail: 0 };
    for (const [target, count] of this.received) duplicates[target.split(" ")[0]] += count - 1;
    return { lost: lost + incomplete, strangers, duplicates };
  }

  /** How many messages of this digest leave out a call that was published since the one before. */
  async #incomplete() {
    const calls = this.#untold.splice(0);
    let incomplete = 0;
    for await (const { text } of this.smtp.mailbox.parsed()) {
      const listed = calls.filter((number) => new RegExp(`Bando numero ${number}$`, "m").test(text));
      if (listed.length !== Math.min(calls.length, LISTED)) incomplete += 1;
    }
    const title = calls.length === 1 ? "Un nuovo avviso per te" : `${calls.length} nuovi avvisi per te`;
    for (const message of this.push.store.messages()) {
      if (JSON.parse(decrypt(message).payload).notification.title !== title) incomplete += 1;
    }
    return incomplete;
  }
}

const WALL_CLOCK = new Intl.DateTimeFormat("en-GB", {
  timeZone: "Europe/Rome",
  hour: "2-digit",
  minute: "2-digit",
  hourCycle: "h23",
});

/** When clocks in Rome next show a full or half hour, in milliseconds. */
export function nextTime(time, after) {
  let at = (Math.floor(after / HALF_AN_HOUR) + 1) * HALF_AN_HOUR;
  while (WALL_CLOCK.format(at) !== time) at += HALF_AN_HOUR;
  return at;
}
