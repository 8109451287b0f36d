// SPDX-License-Identifier: EUPL-1.2
// Lets a peer be both a library and a command: when its file is the one that node was asked to run, the peer starts,
// says on one JSON line where it listens, and stops cleanly on SIGTERM or SIGINT.

import { realpathSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** `start` returns `{ addresses, close }`. Does nothing when the file at `moduleUrl` was only imported. */
export async function runAsCommand(moduleUrl, start) {
  const asked = process.argv[1];
  if (!asked || realpathSync(asked) !== fileURLToPath(moduleUrl)) return;
  const { addresses, close } = await start();
  console.log(JSON.stringify(addresses));
  for (const signal of ["SIGTERM", "SIGINT"]) {
    process.once(signal, async () => {
      await close();
      process.exit(0);
    });
  }
}
