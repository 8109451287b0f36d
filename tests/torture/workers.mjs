// SPDX-License-Identifier: EUPL-1.2
// The program under torture: its working processes, which are killed without warning and started again, and the
// commands that run beside them, at the time of a clock where one is given. On SQLite one `serve`; on PostgreSQL two
// `work`.

import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import net from "node:net";
import { createInterface } from "node:readline";
import { promisify } from "node:util";

const BINARY = process.env.INFORMA_BINARY ?? "target/debug/informa";
const run = promisify(execFile);

/** The time that the program believes in: it runs as ours does, and is moved forward while no process runs. */
export class Clock {
  #ahead;

  constructor(start) {
    this.moveTo(start);
  }

  moveTo(milliseconds) {
    this.#ahead = milliseconds - Date.now();
  }

  now() {
    return Date.now() + this.#ahead;
  }

  /** What a process that starts now is given. */
  get setting() {
    return new Date(this.now()).toISOString();
  }
}

export class Workers {
  #environment;
  #clock;
  #command;
  #running = [];
  #listeners = new Set();

  constructor({ environment, clock, command, count }) {
    this.#environment = environment;
    this.#clock = clock;
    this.#command = command;
    this.#running = new Array(count).fill(null);
  }

  /** Starts every process that is not running. */
  async start() {
    for (const [place, child] of this.#running.entries()) {
      if (!child) this.#running[place] = await this.#spawn();
    }
  }

  /** Kills one process, any of them, as a power cut would. */
  kill() {
    const alive = [...this.#running.keys()].filter((place) => this.#running[place]);
    const place = alive[Math.floor(Math.random() * alive.length)];
    this.#running[place]?.kill("SIGKILL");
    if (place !== undefined) this.#running[place] = null;
  }

  killAll() {
    for (let left = this.#running.length; left > 0; left -= 1) this.kill();
  }

  /** Asks every process to stop, as a service manager does; answers with how long the slowest took, in milliseconds. */
  async stop() {
    const started = Date.now();
    const ended = this.#running.filter(Boolean).map((child) => {
      const exit = once(child, "exit");
      child.kill("SIGTERM");
      return exit;
    });
    this.#running.fill(null);
    await Promise.all(ended);
    return Date.now() - started;
  }

  /** Resolves when some process logs a line with these words. */
  saying(words) {
    return new Promise((resolve) => {
      const listen = (line) => {
        if (!line.includes(words)) return;
        this.#listeners.delete(listen);
        resolve();
      };
      this.#listeners.add(listen);
    });
  }

  /** Runs another command of the program on the same data. */
  async command(...parameters) {
    const { stdout } = await run(BINARY, parameters, { env: this.#timed(), maxBuffer: 1e9 });
    return stdout;
  }

  async status() {
    const status = JSON.parse(await this.command("status", "--json"));
    const sum = (state) => Object.values(status.notifications).reduce((sum, counts) => sum + (counts[state] ?? 0), 0);
    return { unmatched: status.unmatched, open: sum("open"), owed: sum("owed") };
  }

  #timed() {
    return this.#clock ? { ...this.#environment, INFORMA_CLOCK: this.#clock.setting } : this.#environment;
  }

  async #spawn() {
    const port = await freePort();
    const environment = { ...this.#timed(), INFORMA_LISTEN: `127.0.0.1:${port}` };
    const child = spawn(BINARY, [this.#command], { env: environment, stdio: ["ignore", "ignore", "pipe"] });
    const lines = createInterface({ input: child.stderr });
    lines.on("line", (line) => this.#listeners.forEach((listen) => listen(line)));
    return child;
  }
}

async function freePort() {
  const server = net.createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  return port;
}
