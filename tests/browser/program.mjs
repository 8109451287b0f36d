// SPDX-License-Identifier: EUPL-1.2
// Runs the program under test as its users do: the built binary, configured by environment variables alone, in a data
// folder of its own that is removed afterwards. What it prints is kept, and shown when it does not start or stop well.

import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import net from "node:net";
import os from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const BUILT = fileURLToPath(new URL("../../target/debug/informa", import.meta.url));
const START_MILLISECONDS = 30_000;
const STOP_MILLISECONDS = 15_000;

/** Makes a data folder and starts `serve` in it, sending to these peers; returns when pages are answered. */
export async function startProgram({ pushService, smtpReceiver, environment = {} }) {
  const port = await freePort();
  const folder = await mkdtemp(path.join(os.tmpdir(), "informa-program-"));
  const program = new Program(port, folder, {
    INFORMA_DATABASE_URL: `sqlite://${folder}/informa.db`,
    INFORMA_LISTEN: `127.0.0.1:${port}`,
    INFORMA_PUBLIC_URL: `http://localhost:${port}`,
    INFORMA_SMTP_URL: smtpReceiver.smtpUrl,
    INFORMA_MAIL_FROM: "Informa <informa@informa.example>",
    INFORMA_VAPID_SUBJECT: "mailto:informa@informa.example",
    INFORMA_PUSH_HOSTS: new URL(pushService.origin).hostname,
    INFORMA_PUSH_ALLOW_LOOPBACK: "true",
    INFORMA_QUIET_HOURS: "none",
    ...environment,
  });
  try {
    await program.start();
  } catch (error) {
    await program.remove();
    throw error;
  }
  return program;
}

export class Program {
  #binary = process.env.INFORMA_BINARY ?? BUILT;
  #environment;
  #folder;
  #child;
  #printed = "";

  constructor(port, folder, environment) {
    this.publicUrl = `http://localhost:${port}`;
    this.#folder = folder;
    // Settings of the person who runs the tests must not leak into the program under test.
    const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith("INFORMA_"));
    this.#environment = { ...Object.fromEntries(inherited), ...environment };
  }

  /** Starts `serve`, also again after `stop()`, on the same data; `changes` are settings that differ from then on. */
  async start(changes = {}) {
    Object.assign(this.#environment, changes);
    this.#child = spawn(this.#binary, ["serve"], this.#options());
    await once(this.#child, "spawn");
    for (const output of [this.#child.stdout, this.#child.stderr]) {
      output.on("data", (text) => {
        this.#printed += text;
      });
    }
    await this.#answers();
  }

  /** Runs another command of the program on the same data; returns what it prints, or throws if it fails. */
  async run(...commandArguments) {
    const { stdout } = await promisify(execFile)(this.#binary, commandArguments, this.#options());
    return stdout;
  }

  /** As `run`, with `input` on the command's standard input. */
  async runWithInput(input, ...commandArguments) {
    const running = promisify(execFile)(this.#binary, commandArguments, this.#options());
    running.child.stdin.end(input);
    const { stdout } = await running;
    return stdout;
  }

  /** Asks the program to stop, as a service manager does, and waits until it has. */
  async stop() {
    if (this.#hasEnded()) return;
    const ended = once(this.#child, "exit");
    this.#child.kill("SIGTERM");
    const patience = new AbortController();
    const late = sleep(STOP_MILLISECONDS, "late", { signal: patience.signal }).catch(() => {});
    const first = await Promise.race([ended, late]);
    patience.abort();
    if (first === "late") {
      this.#child.kill("SIGKILL");
      throw new Error(`the program did not stop within ${STOP_MILLISECONDS} ms; it printed:\n${this.#printed}`);
    }
  }

  /** What the program has printed so far. */
  printed() {
    return this.#printed;
  }

  async remove() {
    await this.stop();
    await rm(this.#folder, { recursive: true, force: true });
  }

  #options() {
    return { cwd: this.#folder, env: this.#environment };
  }

  #hasEnded() {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  async #answers() {
    const deadline = Date.now() + START_MILLISECONDS;
    while (Date.now() < deadline && !this.#hasEnded()) {
      const response = await fetch(this.publicUrl).catch(() => null);
      await response?.body?.cancel();
      if (response?.ok) return;
      await sleep(50);
    }
    const what = this.#hasEnded() ? "ended" : `gave no page within ${START_MILLISECONDS} ms`;
    throw new Error(`the program ${what}; it printed:\n${this.#printed}`);
  }
}

/** A port that was free a moment ago: the program's public address must be known before it starts. */
async function freePort() {
  const server = net.createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");
  return port;
}
