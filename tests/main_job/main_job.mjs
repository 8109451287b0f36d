// SPDX-License-Identifier: EUPL-1.2
// The main job on real input: imports calls.jsonl with `--publish --notify` at the clock 2026-07-01 together with
// made-up subscribers, matches, and delivers to a local push service that decrypts and a local SMTP receiver, on SQLite
// and on PostgreSQL. Prints what there was and fails unless each notification was received exactly once and both
// engines agree. `make main-job` runs it; INFORMA_TEST_DATA names the folder with calls.jsonl.

import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startPushService } from "../peers/push_service.mjs";
import { startSmtpReceiver } from "../peers/smtp_receiver.mjs";

const CLOCK = "2026-07-01T08:00:00Z";
const SUBSCRIBERS = Number(process.env.INFORMA_MAIN_JOB_SUBSCRIBERS ?? 10_000);
const BINARY = process.env.INFORMA_BINARY ?? "target/debug/informa";
const DATA = process.env.INFORMA_TEST_DATA ?? "../shared/data";
const LONGEST_SECONDS = 900;
const POSTGRES = process.env.INFORMA_TEST_POSTGRES_URL;

const calls = join(DATA, "calls.jsonl");
if (!existsSync(calls)) {
  console.log(`SKIPPED the main job: ${calls} is not there; INFORMA_TEST_DATA names the folder with the real calls`);
  process.exit(0);
}

/** Runs one command of the program and answers with what it printed. Exit code 3 is success in part. */
function informa(environment, ...parameters) {
  return new Promise((resolve, reject) => {
    const child = spawn(BINARY, parameters, { env: { ...process.env, ...environment }, stdio: ["ignore", "pipe", "pipe"] });
    let printed = "";
    let told = "";
    child.stdout.on("data", (text) => (printed += text));
    child.stderr.on("data", (text) => (told += text));
    child.on("close", (code) => {
      if (code === 0 || code === 3) resolve(printed);
      else reject(new Error(`informa ${parameters.join(" ")} ended with ${code}:\n${told}`));
    });
  });
}

/** A port that was free a moment ago. */
async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  return port;
}

function timed(what, work) {
  const started = Date.now();
  return work().then((result) => {
    console.log(`  ${what}: ${((Date.now() - started) / 1000).toFixed(1)} s`);
    return result;
  });
}

/** Works as the service does, until nothing is owed any more. */
async function workUntilDone(environment) {
  const server = spawn(BINARY, ["serve"], { env: { ...process.env, ...environment }, stdio: ["ignore", "ignore", "inherit"] });
  const ended = new Promise((resolve) => server.on("close", resolve));
  try {
    for (let second = 0; second < LONGEST_SECONDS; second += 1) {
      await new Promise((resolve) => setTimeout(resolve, 1000));
      const status = JSON.parse(await informa(environment, "status", "--json"));
      const open = Object.values(status.notifications).map((states) => states.open ?? 0);
      if (status.unmatched === 0 && open.every((count) => count === 0)) return status;
    }
    throw new Error(`notifications are still open after ${LONGEST_SECONDS} seconds`);
  } finally {
    server.kill("SIGTERM");
    await ended;
  }
}

/** How many messages arrived, and how many different ones: the same number when each arrived once. */
function receivedOnce(keys) {
  return { received: keys.length, different: new Set(keys).size };
}

async function runOn(engine, databaseUrl) {
  console.log(`${engine}:`);
  const folder = mkdtempSync(join(tmpdir(), "informa-main-job-"));
  const push = await startPushService({ clock: CLOCK });
  const smtp = await startSmtpReceiver();
  const environment = {
    INFORMA_DATABASE_URL: databaseUrl ?? `sqlite://${join(folder, "informa.db")}`,
    INFORMA_DATA_FOLDER: folder,
    INFORMA_CLOCK: CLOCK,
    INFORMA_PUSH_ALLOW_LOOPBACK: "true",
    INFORMA_SMTP_URL: smtp.smtpUrl,
    INFORMA_LISTEN: `127.0.0.1:${await freePort()}`,
    INFORMA_LOG: process.env.INFORMA_LOG ?? "warn",
  };
  try {
    await informa(environment, "migrate");
    const browsers = join(folder, "browsers.jsonl");
    const given = await fetch(`${push.controlUrl}/subscriptions`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ count: SUBSCRIBERS }),
    });
    writeFileSync(browsers, await given.text());
    const people = join(folder, "subscribers.jsonl");
    await informa(environment, "generate-subscribers", String(SUBSCRIBERS), "--seed", "1", "--output", people, "--push-subscriptions", browsers);
    await timed("importing subscribers", () => informa(environment, "import-subscribers", people));
    const imported = await timed("importing calls", () => informa(environment, "import", calls, "--publish", "--notify"));
    const status = await timed("matching and delivering", () => workUntilDone(environment));
    const pushes = (await (await fetch(`${push.controlUrl}/messages`)).text()).split("\n").filter(Boolean).map(JSON.parse);
    const undecrypted = pushes.filter((message) => !message.payload);
    const pushed = receivedOnce(pushes.map((message) => `${message.endpoint} ${message.topic}`));
    const mails = (await (await fetch(`${smtp.controlUrl}/envelopes`)).text()).split("\n").filter(Boolean).map(JSON.parse);
    const mailed = receivedOnce(mails.map((mail) => mail.message_id));
    return { imported, status, pushed, mailed, undecrypted: undecrypted.length };
  } finally {
    await Promise.all([push.close(), smtp.close()]);
    rmSync(folder, { recursive: true, force: true });
  }
}

function report(result) {
  const { status, pushed, mailed } = result;
  const sent = (channel) => status.notifications[channel]?.sent ?? 0;
  console.log(`  ${result.imported.split("\n").slice(0, 3).join("\n  ")}`);
  console.log(`  matches: ${status.matches}`);
  console.log(`  web_push: sent ${sent("web_push")}, received ${pushed.received}, different ${pushed.different}, not decrypted ${result.undecrypted}`);
  console.log(`  email: sent ${sent("email")}, received ${mailed.received}, different ${mailed.different}; states ${JSON.stringify(status.notifications.email)}`);
  const once = (channel, got) => sent(channel) === got.received && got.received === got.different && got.received > 0;
  const exact = once("web_push", pushed) && once("email", mailed) && result.undecrypted === 0;
  console.log(`  each received exactly once: ${exact ? "yes" : "NO"}`);
  return exact;
}

function createDatabase(admin) {
  const name = `main_job_${process.pid}`;
  const run = (statement) => execFileSync("psql", [admin, "-qc", statement], { stdio: ["ignore", "ignore", "inherit"] });
  run(`create database ${name}`);
  const url = admin.replace(/\/[^/?]*(\?|$)/, `/${name}$1`);
  return { url, drop: () => run(`drop database ${name}`) };
}

const results = [await runOn("SQLite")];
if (POSTGRES) {
  const database = createDatabase(POSTGRES);
  try {
    results.push(await runOn("PostgreSQL", database.url));
  } finally {
    database.drop();
  }
} else {
  console.log("SKIPPED on PostgreSQL: INFORMA_TEST_POSTGRES_URL is not set (tests/peers/postgres.sh sets it)");
}
let passed = true;
for (const result of results) passed = report(result) && passed;
const same = new Set(results.map((result) => JSON.stringify(result.status))).size === 1;
if (results.length === 2) console.log(`the same numbers on both engines: ${same ? "yes" : "NO"}`);
process.exit(passed && same ? 0 : 1);
