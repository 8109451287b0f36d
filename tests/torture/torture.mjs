// SPDX-License-Identifier: EUPL-1.2
// Kills the program with SIGKILL at every stage of its work and counts what that cost. Nothing may be lost; what was
// accepted by the other side and not yet recorded is sent again, at most what the killed process had under way.
//
// Each round publishes a call that concerns everybody, kills a process at the stage of the round, starts it again, waits
// until nothing is owed, and compares what arrived with what was owed: to whoever is told at once, or, where the round is
// about a digest, to its readers, who are told of every call since the last. `make torture` does at least 200 rounds; `make
// test` does fewer (INFORMA_TORTURE_KILLS). INFORMA_TORTURE_STAGES names stages by a part of their name. PostgreSQL where
// INFORMA_TEST_POSTGRES_URL names a server.

import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startPushService } from "../peers/push_service.mjs";
import { startSmtpReceiver } from "../peers/smtp_receiver.mjs";
import { LEASE_SECONDS, processesKilled, STAGES } from "./stages.mjs";
import { Clock, Workers } from "./workers.mjs";
import { AT_ONCE, DAILY, nextTime, World } from "./world.mjs";

const KILLS = Number(process.env.INFORMA_TORTURE_KILLS ?? 200);
const WANTED = STAGES.filter(([stage]) => stage.includes(process.env.INFORMA_TORTURE_STAGES ?? ""));
const POSTGRES = process.env.INFORMA_TEST_POSTGRES_URL;
// What one process has sent and not recorded at most: under way, waiting to be recorded, being recorded.
const UNDER_WAY = { push: 64 + 64 + 64, mail: 4 + 64 + 64 };

async function torture(databaseUrl, kills) {
  const folder = mkdtempSync(join(tmpdir(), "informa-torture-"));
  const clock = new Clock(nextTime("12:00", Date.now()));
  const push = await startPushService({ clock: clock.setting });
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
    // What the stages of the digest wait for.
    INFORMA_LOG: "informa::jobs=info",
  };
  const onPostgres = databaseUrl !== undefined;
  const workers = new Workers({ environment, clock, command: onPostgres ? "work" : "serve", count: onPostgres ? 2 : 1 });
  const world = new World({ workers, clock, push, smtp, folder });
  try {
    await workers.command("migrate");
    await world.people();
    await workers.start();
    await world.untilPaid();
    return await rounds(world, kills);
  } finally {
    workers.killAll();
    await Promise.all([push.close(), smtp.close()]);
    rmSync(folder, { recursive: true, force: true });
  }
}

async function rounds(world, kills) {
  const results = new Map(WANTED.map(([stage]) => [stage, []]));
  for (let kill = 0; kill < kills; kill += 1) {
    const [stage, strike] = WANTED[kill % WANTED.length];
    await strike(world);
    await world.workers.start();
    const recovered = await world.untilPaid();
    const result = { ...(await world.result()), recovered };
    results.get(stage).push(result);
    if (result.lost !== 0) console.log(`  LOST ${result.lost} in round ${kill + 1}, ${stage}`);
    if (result.strangers !== 0) console.log(`  ${result.strangers} TOLD WHO WERE OWED NOTHING in round ${kill + 1}, ${stage}`);
    if (!isAllowed(stage, result)) console.log(`  ${JSON.stringify(result.duplicates)} DUPLICATES in round ${kill + 1}, ${stage}`);
  }
  return results;
}

/** Whether a round told nobody else, and sent no more twice than was under way. */
function isAllowed(stage, { strangers, duplicates }) {
  const processes = processesKilled(stage);
  return strangers === 0 && Object.entries(duplicates).every(([channel, count]) => count <= processes * UNDER_WAY[channel]);
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

console.log(`In each round ${AT_ONCE.push} pushes and ${AT_ONCE.mail} mails are owed at once, or in a digest ${DAILY.push} and ${DAILY.mail}; leases of ${LEASE_SECONDS} s.`);
console.log("| killed | engine | rounds | lost | duplicates | most in a round: pushes / mails | recovery, s: median / longest |");
console.log("|---|---|---|---|---|---|---|");
let whole = report("SQLite", await torture(undefined, Math.ceil(KILLS / 2)));
if (POSTGRES) {
  const database = createDatabase();
  try {
    whole = report("PostgreSQL, two workers", await torture(database.url, Math.floor(KILLS / 2))) && whole;
  } finally {
    database.drop();
  }
} else {
  console.log("SKIPPED on PostgreSQL: INFORMA_TEST_POSTGRES_URL is not set");
}
console.log(whole ? "Nothing was lost, and nothing sent twice but what was under way." : "SOMETHING WAS LOST OR SENT TOO OFTEN.");
process.exitCode = whole ? 0 : 1;
