// SPDX-License-Identifier: EUPL-1.2
// Notifications through a faulty world: push services and a relay that misbehave in every way, and a healthy push service
// beside them. Every notification must end in exactly one final state, what was accepted must be known as sent, and the
// healthy service must not suffer: its 95th percentile within twice that of a run in which the same people are told over
// services and a relay that are all in good health.
//
// `make faulty-world` sends 100,000; INFORMA_FAULTY_NOTIFICATIONS asks for another number. The clock of the program starts
// shortly before the deadline of the call: what the sick ones never take ends with its use.

import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { startPushService } from "../peers/push_service.mjs";
import { EVERY_MANNER, startSickPushService } from "./sick_push_service.mjs";
import { startSickRelay } from "./sick_relay.mjs";
import { Workers } from "./workers.mjs";

const NOTIFICATIONS = Number(process.env.INFORMA_FAULTY_NOTIFICATIONS ?? 100_000);
const MINUTES = Number(process.env.INFORMA_FAULTY_MINUTES ?? 4);
const POSTGRES = process.env.INFORMA_TEST_POSTGRES_URL;
// A call that closes on a day is of use until 23:59 in Rome.
const DEADLINE = Date.parse("2026-07-01T21:59:00Z");
const CLOCK = new Date(DEADLINE - MINUTES * 60_000).toISOString();
const HEALTHY_SHARE = 0.1;
// With fewer, what is compared is the start of the program.
const ENOUGH_TO_COMPARE = 20_000;

async function live(engine, databaseUrl, { sick }) {
  const folder = mkdtempSync(join(tmpdir(), "informa-faulty-"));
  const healthy = await startPushService({ clock: CLOCK });
  const relay = await startSickRelay({ sick });
  const services = await pushServices(sick);
  const environment = {
    ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("INFORMA_"))),
    INFORMA_DATABASE_URL: databaseUrl ?? `sqlite://${join(folder, "informa.db")}`,
    INFORMA_DATA_FOLDER: folder,
    INFORMA_CLOCK: CLOCK,
    INFORMA_PUSH_ALLOW_LOOPBACK: "true",
    INFORMA_SMTP_URL: relay.smtpUrl,
    INFORMA_SMTP_CONNECTIONS: "16",
    INFORMA_RETRY_FIRST_SECONDS: "1",
    INFORMA_RETRY_LONGEST_SECONDS: "4",
    INFORMA_RETRY_ATTEMPTS: "5",
    INFORMA_QUIET_HOURS: "none",
    INFORMA_LOG: "off",
  };
  const workers = new Workers({ environment, command: databaseUrl ? "work" : "serve", count: databaseUrl ? 2 : 1 });
  try {
    await workers.command("migrate");
    const counts = writePeople(folder, healthy, services);
    await workers.command("import-subscribers", join(folder, "people.jsonl"));
    const arrivals = noteArrivals(healthy);
    await publish(folder, workers);
    const started = Date.now();
    await workers.start();
    const status = await untilAllIsFinal(workers, counts.owed);
    const accepted = services.reduce((sum, service) => sum + service.accepted.size, 0);
    const p95 = percentile(arrivals.map((at) => at - started), 0.95);
    return { engine, counts, status, arrived: arrivals.length, accepted, mailed: relay.accepted.size, p95 };
  } finally {
    workers.killAll();
    await healthy.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

function pushServices(sick) {
  const sicknesses = [
    { manners: EVERY_MANNER },
    { manners: ["answer", "reset", "retryAfter"], refuses: 0.5 },
    { manners: ["silence", "halfAnswer"] },
    { manners: ["answer"] },
  ];
  return Promise.all(sicknesses.map((sickness) => startSickPushService(sick ? sickness : { manners: ["accept"] })));
}

/** Half of what is owed are pushes, half mails; a tenth goes to the healthy service. */
function writePeople(folder, healthy, services) {
  const consent = { at: "2026-01-01T00:00:00Z", source: "faulty world", text: "Sì." };
  const person = { kind: "operator", areas: ["IT"], topics: ["everything"], consent };
  const well = Math.round(NOTIFICATIONS * HEALTHY_SHARE);
  const ill = Math.round(NOTIFICATIONS * (0.5 - HEALTHY_SHARE));
  const mails = NOTIFICATIONS - well - ill;
  const lines = [];
  for (let at = 0; at < well; at += 1) lines.push({ ...person, push_subscriptions: [healthy.store.subscribeVirtually()] });
  for (let at = 0; at < ill; at += 1) {
    const { keys } = healthy.store.subscribeVirtually();
    const endpoint = `${services[at % services.length].origin}/push/${at}`;
    lines.push({ ...person, push_subscriptions: [{ endpoint, keys }] });
  }
  for (let at = 0; at < mails; at += 1) lines.push({ ...person, email: `person${at}@example.org` });
  writeFileSync(join(folder, "people.jsonl"), lines.map((line) => JSON.stringify(line)).join("\n"));
  return { well, ill, mails, owed: lines.length };
}

function noteArrivals(healthy) {
  const arrivals = [];
  const accept = healthy.store.accept.bind(healthy.store);
  healthy.store.accept = (...message) => {
    arrivals.push(Date.now());
    return accept(...message);
  };
  return arrivals;
}

async function publish(folder, workers) {
  const file = join(folder, "call.jsonl");
  const call = {
    source: "faulty-world",
    source_id: "1",
    kind: "bando",
    title: "Bando per tutti",
    closes: "2026-07-01",
    topics: ["Sostegno investimenti"],
    territory: { level: "national", regions: [] },
  };
  writeFileSync(file, `${JSON.stringify(call)}\n`);
  await workers.command("import", file, "--publish", "--notify");
}

async function untilAllIsFinal(workers, owed) {
  const patience = Date.now() + (MINUTES * 60 + 180) * 1000;
  while (Date.now() < patience) {
    await sleep(1000);
    const status = JSON.parse(await workers.command("status", "--json"));
    const all = Object.values(status.notifications);
    const sum = (states) => all.reduce((total, its) => total + states.reduce((some, state) => some + (its[state] ?? 0), 0), 0);
    const final = sum(["sent", "failed", "expired", "suppressed"]);
    if (status.unmatched === 0 && final === owed && sum(["open"]) === 0) return status.notifications;
  }
  throw new Error("not every notification came to an end");
}

function percentile(numbers, share) {
  const sorted = [...numbers].sort((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}

function report(undisturbed, faulty) {
  const { counts, status } = faulty;
  const seconds = (milliseconds) => (milliseconds / 1000).toFixed(2);
  console.log(`${faulty.engine}: ${counts.owed} notifications (${counts.well} to a healthy push service, ${counts.ill} to sick ones, ${counts.mails} to a sick relay)`);
  console.log(`  final states: ${JSON.stringify(status)}`);
  const sent = (channel) => status[channel]?.sent ?? 0;
  const known = sent("web_push") === faulty.arrived + faulty.accepted && sent("email") === faulty.mailed;
  console.log(`  accepted by the other sides: pushes ${faulty.arrived + faulty.accepted}, mails ${faulty.mailed}; known as sent: ${known ? "exactly these" : "NOT THESE"}`);
  const unharmed = faulty.p95 <= 2 * undisturbed.p95;
  console.log(`  healthy push service, 95th percentile: beside healthy ones ${seconds(undisturbed.p95)} s, beside the sick ones ${seconds(faulty.p95)} s (${(faulty.p95 / undisturbed.p95).toFixed(2)} times)`);
  const whole = known && faulty.arrived === counts.well;
  console.log(`  each in exactly one final state: yes; the healthy service got all: ${faulty.arrived === counts.well ? "yes" : "NO"}; unharmed: ${unharmed ? "yes" : "NO"}`);
  return whole && (unharmed || NOTIFICATIONS < ENOUGH_TO_COMPARE);
}

async function onDatabase(engine, make) {
  const first = make();
  const undisturbed = await live(engine, first?.url, { sick: false });
  first?.drop();
  const second = make();
  const faulty = await live(engine, second?.url, { sick: true });
  second?.drop();
  return report(undisturbed, faulty);
}

let made = 0;
function createDatabase() {
  made += 1;
  const name = `faulty_${process.pid}_${made}`;
  const psql = (statement) => execFileSync("psql", [POSTGRES, "-qc", statement], { stdio: ["ignore", "ignore", "inherit"] });
  psql(`create database ${name}`);
  return { url: POSTGRES.replace(/\/[^/?]*(\?|$)/, `/${name}$1`), drop: () => psql(`drop database ${name} with (force)`) };
}

let whole = await onDatabase("SQLite", () => undefined);
if (POSTGRES) whole = (await onDatabase("PostgreSQL, two workers", createDatabase)) && whole;
else console.log("SKIPPED on PostgreSQL: INFORMA_TEST_POSTGRES_URL is not set");
process.exit(whole ? 0 : 1);
