// SPDX-License-Identifier: EUPL-1.2
// Kills the program with SIGKILL at every stage of its work and counts what that cost. Nothing may be lost; what was
// accepted by the other side and not yet recorded is sent again, at most what the killed process had under way.
//
// Each round publishes a call that concerns everybody, kills a process at the stage of the round, starts it again, waits
// until nothing is owed, and compares what arrived with what was owed. `make torture` does at least 200 rounds; `make
// test` does fewer (INFORMA_TORTURE_KILLS). PostgreSQL where INFORMA_TEST_POSTGRES_URL names a server.

import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { startPushService } from "../peers/push_service.mjs";
import { startSmtpReceiver } from "../peers/smtp_receiver.mjs";
import { Workers } from "./workers.mjs";

const KILLS = Number(process.env.INFORMA_TORTURE_KILLS ?? 200);
const POSTGRES = process.env.INFORMA_TEST_POSTGRES_URL;
const PUSHED = 400;
const MAILED = 250;
// They are matched and told nothing: they make the fan-out long enough to be hit.
const SILENT = Number(process.env.INFORMA_TORTURE_SILENT ?? 4_000);
const LEASE_SECONDS = 2;
const PATIENCE_SECONDS = 90;
// What one process has sent and not recorded at most: under way, waiting to be recorded, being recorded.
const UNDER_WAY = { push: 64 + 64 + 64, mail: 4 + 64 + 64 };
const STOP_SECONDS = 20;

const RESTART = "not killed: SIGTERM and started again";
const STAGES = [
  ["before the claim", killBeforeClaim],
  ["after the claim, web push", (world) => killOnRequest(world, "push", false)],
  ["after the claim, e-mail", (world) => killOnRequest(world, "mail", false)],
  ["accepted and not committed, web push", (world) => killOnRequest(world, "push", true)],
  ["accepted and not committed, e-mail", (world) => killOnRequest(world, "mail", true)],
  ["during reclaim", killDuringReclaim],
  ["during fan-out", killDuringFanOut],
  ["at any time", killAtAnyTime],
  [RESTART, restartInGoodOrder],
];

/** What the killed program speaks to, and what it has received since the last round. */
class World {
  constructor({ engine, workers, push, smtp, folder }) {
    Object.assign(this, { engine, workers, push, smtp, folder });
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

  /** Publishes one call that concerns everybody. */
  async publish() {
    this.rounds += 1;
    this.received.clear();
    this.push.store.forgetMessages();
    this.smtp.mailbox.forget();
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

  /** Waits until nothing is owed; how long that took, in milliseconds. */
  async untilPaid() {
    const started = Date.now();
    while (Date.now() - started < PATIENCE_SECONDS * 1000) {
      const { unmatched, open } = await this.workers.status();
      if (unmatched === 0 && open === 0) return Date.now() - started;
      await sleep(50);
    }
    throw new Error(`after ${PATIENCE_SECONDS} s something is still owed: ${JSON.stringify(await this.workers.status())}`);
  }

  result() {
    const duplicates = { push: 0, mail: 0 };
    for (const [target, count] of this.received) duplicates[target.split(" ")[0]] += count - 1;
    return { lost: PUSHED + MAILED - this.received.size, duplicates };
  }
}

/** Rows are due, a process starts, and is killed before or as it claims. */
async function killBeforeClaim(world) {
  world.workers.killAll();
  await world.publish();
  await world.workers.command("run-job", "fan-out");
  await world.workers.start();
  await sleep(Math.random() * 60);
  world.workers.kill();
}

/** Killed when a message arrives at the other side: refused at that moment, or accepted and never recorded. */
async function killOnRequest(world, channel, accepted) {
  const hook = channel === "push" ? "onPush" : "onMail";
  const ofChannel = channel === "push" ? PUSHED : MAILED;
  let ahead = Math.floor(Math.random() * ofChannel * 0.8);
  const killed = new Promise((resolve) => {
    let down = false;
    world[hook] = () => {
      ahead -= 1;
      if (ahead >= 0) return "take";
      if (!down) {
        down = true;
        world.workers.kill();
        setTimeout(resolve, 20);
      }
      return accepted ? "take" : "cut";
    };
  });
  await world.publish();
  await Promise.race([killed, sleep(20_000)]);
  world[hook] = null;
}

/** Killed under way, and again when the lease of the first kill runs out and its rows are being given back. */
async function killDuringReclaim(world) {
  await killOnRequest(world, Math.random() < 0.5 ? "push" : "mail", true);
  await world.workers.start();
  await sleep(LEASE_SECONDS * 1000 - 100 + Math.random() * 1_100);
  world.workers.kill();
}

async function killDuringFanOut(world) {
  await world.publish();
  for (let look = 0; look < 200; look += 1) {
    if ((await world.workers.status()).unmatched > 0) break;
    await sleep(2);
  }
  await sleep(Math.random() * 30);
  world.workers.kill();
}

async function killAtAnyTime(world) {
  await world.publish();
  await sleep(Math.random() * 1_500);
  world.workers.kill();
}

/** A rolling restart: nothing may be lost, and nothing sent twice either. */
async function restartInGoodOrder(world) {
  await world.publish();
  await sleep(Math.random() * 1_500);
  const took = await world.workers.stop();
  if (took > STOP_SECONDS * 1000) throw new Error(`stopping took ${took} ms`);
}

async function torture(engine, databaseUrl, kills) {
  const folder = mkdtempSync(join(tmpdir(), "informa-torture-"));
  const push = await startPushService();
  const smtp = await startSmtpReceiver();
  const environment = {
    ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("INFORMA_"))),
    INFORMA_DATABASE_URL: databaseUrl ?? `sqlite://${join(folder, "informa.db")}`,
    INFORMA_DATA_FOLDER: folder,
    INFORMA_PUSH_ALLOW_LOOPBACK: "true",
    INFORMA_SMTP_URL: smtp.smtpUrl,
    INFORMA_LEASE_SECONDS: String(LEASE_SECONDS),
    INFORMA_RETRY_FIRST_SECONDS: "1",
    INFORMA_QUIET_HOURS: "none",
    INFORMA_WEEKLY_PUSHES: "0",
    INFORMA_LOG: "off",
  };
  const onPostgres = databaseUrl !== undefined;
  const workers = new Workers({ environment, command: onPostgres ? "work" : "serve", count: onPostgres ? 2 : 1 });
  const world = new World({ engine, workers, push, smtp, folder });
  try {
    await workers.command("migrate");
    await people(world);
    await workers.start();
    await world.untilPaid();
    return await rounds(world, kills);
  } finally {
    workers.killAll();
    await Promise.all([push.close(), smtp.close()]);
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Some with a browser, some with a mailbox, and many who are matched and told once a week. */
async function people({ push, workers, folder }) {
  const consent = { at: "2026-01-01T00:00:00Z", source: "torture", text: "Sì." };
  const person = { kind: "operator", areas: ["IT"], topics: ["everything"], consent };
  const browsers = Array.from({ length: PUSHED }, () => push.store.subscribeVirtually());
  const lines = [
    ...browsers.map((browser) => ({ ...person, push_subscriptions: [browser] })),
    ...Array.from({ length: MAILED }, (_, at) => ({ ...person, email: `told${at}@example.org` })),
    ...Array.from({ length: SILENT }, (_, at) => ({ ...person, email: `silent${at}@example.org`, frequency: "weekly" })),
  ];
  const file = join(folder, "people.jsonl");
  writeFileSync(file, lines.map((line) => JSON.stringify(line)).join("\n"));
  await workers.command("import-subscribers", file);
}

async function rounds(world, kills) {
  const results = new Map(STAGES.map(([stage]) => [stage, []]));
  for (let kill = 0; kill < kills; kill += 1) {
    const [stage, strike] = STAGES[kill % STAGES.length];
    await strike(world);
    await world.workers.start();
    const recovered = await world.untilPaid();
    const result = { ...world.result(), recovered };
    results.get(stage).push(result);
    if (result.lost !== 0) console.log(`  LOST ${result.lost} in round ${kill + 1}, ${stage}`);
    if (!isAllowed(stage, result)) console.log(`  ${JSON.stringify(result.duplicates)} DUPLICATES in round ${kill + 1}, ${stage}`);
  }
  return results;
}

/** Whether a round sent no more twice than was under way; two processes are killed where one is killed again. */
function isAllowed(stage, { duplicates }) {
  const processes = stage === RESTART ? 0 : stage === "during reclaim" ? 2 : 1;
  return Object.entries(duplicates).every(([channel, count]) => count <= processes * UNDER_WAY[channel]);
}

function median(numbers) {
  const sorted = [...numbers].sort((one, other) => one - other);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}

/** Prints the table; whether nothing was lost and nothing sent twice but what was under way. */
function report(engine, results) {
  let whole = true;
  for (const [stage, rounds] of results) {
    if (rounds.length === 0) continue;
    const lost = rounds.reduce((sum, { lost }) => sum + Math.abs(lost), 0);
    const seconds = rounds.map(({ recovered }) => recovered / 1000);
    const sums = rounds.map(({ duplicates }) => duplicates.push + duplicates.mail);
    const sum = sums.reduce((one, other) => one + other, 0);
    const most = ["push", "mail"].map((channel) => Math.max(...rounds.map(({ duplicates }) => duplicates[channel]))).join(" / ");
    const times = `${median(seconds).toFixed(1)} / ${Math.max(...seconds).toFixed(1)}`;
    console.log(`| ${stage} | ${engine} | ${rounds.length} | ${lost} | ${sum} | ${most} | ${times} |`);
    whole &&= lost === 0 && rounds.every((round) => isAllowed(stage, round));
  }
  return whole;
}

function createDatabase() {
  const name = `torture_${process.pid}`;
  const psql = (statement) => execFileSync("psql", [POSTGRES, "-qc", statement], { stdio: ["ignore", "ignore", "inherit"] });
  psql(`create database ${name}`);
  return { url: POSTGRES.replace(/\/[^/?]*(\?|$)/, `/${name}$1`), drop: () => psql(`drop database ${name} with (force)`) };
}

console.log(`${PUSHED} pushes and ${MAILED} mails are owed in each round; leases of ${LEASE_SECONDS} s.`);
console.log("| killed | engine | rounds | lost | duplicates | most in a round: pushes / mails | recovery, s: median / longest |");
console.log("|---|---|---|---|---|---|---|");
let whole = report("SQLite", await torture("SQLite", undefined, Math.ceil(KILLS / 2)));
if (POSTGRES) {
  const database = createDatabase();
  try {
    whole = report("PostgreSQL, two workers", await torture("PostgreSQL", database.url, Math.floor(KILLS / 2))) && whole;
  } finally {
    database.drop();
  }
} else {
  console.log("SKIPPED on PostgreSQL: INFORMA_TEST_POSTGRES_URL is not set");
}
console.log(whole ? "Nothing was lost, and nothing sent twice but what was under way." : "SOMETHING WAS LOST OR SENT TOO OFTEN.");
process.exitCode = whole ? 0 : 1;
