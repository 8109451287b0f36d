// SPDX-License-Identifier: EUPL-1.2
// Where the program is killed: each stage brings it there and kills one process, or says why it did not.

import { setTimeout as sleep } from "node:timers/promises";
import { AT_ONCE, DAILY } from "./world.mjs";

export const LEASE_SECONDS = 2;
const STOP_SECONDS = 20;
/** How long a process takes to start and to come to the digest that is due. */
const COMPOSED_WITHIN_MILLISECONDS = 1_500;
/** How long after that was logged an edition is folded and owed. */
const FOLDED_WITHIN_MILLISECONDS = 40;

const RESTART = "not killed: SIGTERM and started again";
export const STAGES = [
  ["before the claim", killBeforeClaim],
  ["after the claim, web push", (world) => killOnRequest(world, "push", false)],
  ["after the claim, e-mail", (world) => killOnRequest(world, "mail", false)],
  ["accepted and not committed, web push", (world) => killOnRequest(world, "push", true)],
  ["accepted and not committed, e-mail", (world) => killOnRequest(world, "mail", true)],
  ["during reclaim", killDuringReclaim],
  ["during fan-out", killDuringFanOut],
  ["while a digest is composed", killWhileComposing],
  ["while a digest is sent, web push", (world) => killWhileSendingDigest(world, "push")],
  ["while a digest is sent, e-mail", (world) => killWhileSendingDigest(world, "mail")],
  ["at any time", killAtAnyTime],
  [RESTART, restartInGoodOrder],
];

/** How many processes are killed at a stage; two where one is killed again. */
export function processesKilled(stage) {
  if (stage === RESTART) return 0;
  return stage === "during reclaim" ? 2 : 1;
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
  await killAmong(world, channel, AT_ONCE[channel], accepted, () => world.publish());
}

/** Kills at a random one of `count` messages that follow from `begin`. */
async function killAmong(world, channel, count, accepted, begin) {
  const hook = channel === "push" ? "onPush" : "onMail";
  let ahead = Math.floor(Math.random() * count * 0.8);
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
  await begin();
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

/**
 * The digest is due by the cron table while the workers run. Killed at any time around that, or, as the log tells when an
 * edition was opened, between that and its last commit.
 */
async function killWhileComposing(world) {
  await world.bringDigest(Math.random() * 1_000);
  const opened = world.workers.saying("compose-daily-digest");
  await world.workers.start();
  if (Math.random() < 0.3) {
    await sleep(Math.random() * COMPOSED_WITHIN_MILLISECONDS);
  } else {
    await Promise.race([opened, sleep(20_000)]);
    await sleep(Math.random() * FOLDED_WITHIN_MILLISECONDS);
  }
  world.workers.kill();
}

/** Killed when the other side has accepted a message of the digest and nobody has recorded it. */
async function killWhileSendingDigest(world, channel) {
  await world.bringDigest(500);
  await killAmong(world, channel, DAILY[channel], true, () => world.workers.start());
}
