// SPDX-License-Identifier: EUPL-1.2
// Opportunities of every kind and in every state of their dates, with all that their pages can show, and enough of them
// for a second page of the list. They are imported as a register would be; nobody is told of them.

import { mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";

const DAY = 86_400_000;
const day = (days) => new Date(Date.now() + days * DAY).toISOString().slice(0, 10);

const CALL = {
  kind: "bando",
  summary: "Fino a 8.000 euro per rinnovare vetrine, insegne e ingressi dei negozi.",
  body: "## A chi si rivolge\n\nAlle piccole imprese del commercio.\n\n- vetrine\n- insegne\n\n## Come si chiede\n\nIn linea, con un preventivo.",
  publisher: "Comune di esempio",
  opens: day(-20),
  closes: day(60),
  amount: { total: 150_000, min: 1_000, max: 8_000 },
  beneficiaries: ["Impresa"],
  company_sizes: ["Microimpresa"],
  topics: ["Sostegno investimenti"],
  ateco: ["47.1"],
  url: "https://www.example.org/bando",
  documents: [{ title: "Il bando", url: "https://www.example.org/bando.pdf" }],
  territory: { level: "municipal", regions: ["Lombardia"], comuni: ["Bergamo"], istat: ["016024"] },
};

/** Each with the name by which tests ask for its page. */
const SAMPLES = [
  { name: "open", title: "Vetrine nuove" },
  { name: "closing", title: "Insegne e dehors", closes: day(3) },
  { name: "announced", title: "Botteghe storiche", opens: day(12) },
  { name: "undated", title: "Sportello sempre aperto", opens: null, closes: null },
  { name: "event", kind: "event", title: "Fiera dei mestieri", opens: day(5), closes: day(6), start_time: "10:00", end_time: "18:00", place: "Piazza Vecchia" },
  { name: "alert", kind: "alert", title: "Allerta per vento forte", opens: null, closes: day(1) },
  { name: "news", kind: "news", title: "Riaprono i sentieri", opens: null, closes: null, amount: undefined },
  { name: "service", kind: "service", title: "Prenotare le vaccinazioni", opens: null, closes: null, amount: undefined },
  { name: "long", title: `Unaparolasola${"lunghissima".repeat(20)}` },
  ...Array.from({ length: 20 }, (_, number) => ({ title: `Contributo numero ${number + 1}` })),
];

/** Imports them; the paths of their pages by name. */
export async function addSamples(program) {
  const folder = await mkdtemp(path.join(os.tmpdir(), "informa-samples-"));
  const file = path.join(folder, "samples.jsonl");
  const lines = SAMPLES.map(({ name: _, ...own }, number) =>
    JSON.stringify({ source: "samples", source_id: String(number), ...CALL, ...own }),
  );
  await writeFile(file, `${lines.join("\n")}\n`);
  await program.run("import", file, "--publish");
  await rm(folder, { recursive: true });
  const paths = {};
  for (const { name, title } of SAMPLES.filter(({ name }) => name)) {
    const list = await (await fetch(`${program.publicUrl}/opportunita?q=${encodeURIComponent(title)}`)).text();
    paths[name] = list.match(/class="it-card-title"><a href="(\/opportunita\/[^"]+)"/)[1];
  }
  return paths;
}
