// SPDX-License-Identifier: EUPL-1.2
// The control interface that every peer offers to the tests: a table of routes over HTTP, answered with JSON or
// JSON Lines. It reads the request, runs the handler whose route fits, and writes the answer; a handler that throws
// `Refusal` is answered with its status and sentence.

/** An answer that is not success: a status and a sentence for whoever reads the test's output. */
export class Refusal extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

/** What a handler returns when its answer is a list: one JSON document a line, written as the client reads. */
export class JsonLines {
  constructor(documents) {
    this.documents = documents;
  }
}

/**
 * Answers `request` by the handler under `"METHOD /path"` in `routes`.
 * A handler gets `{ query, body }` (the body parsed from JSON, `{}` when empty).
 */
export async function answerControl(routes, request, response) {
  const url = new URL(request.url, "http://control.invalid");
  try {
    const handler = routes[`${request.method} ${url.pathname}`];
    if (!handler) throw new Refusal(404, `no such control route; there are: ${Object.keys(routes).join(", ")}`);
    const body = parseJson(await readBody(request));
    await writeAnswer(response, await handler({ query: Object.fromEntries(url.searchParams), body }));
  } catch (error) {
    writeJson(response, error.status ?? 500, { error: error.message });
  }
}

/** The whole body of a request. */
export async function readBody(request) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks);
}

export function writeJson(response, status, document, headers = {}) {
  response.writeHead(status, { "content-type": "application/json", ...headers });
  response.end(JSON.stringify(document));
}

function parseJson(body) {
  if (body.length === 0) return {};
  try {
    return JSON.parse(body.toString("utf8"));
  } catch {
    throw new Refusal(400, "the body is not JSON");
  }
}

async function writeAnswer(response, answer) {
  if (!(answer instanceof JsonLines)) {
    writeJson(response, 200, answer ?? {});
    return;
  }
  response.writeHead(200, { "content-type": "application/jsonl" });
  for await (const document of answer.documents) {
    const fits = response.write(`${JSON.stringify(document)}\n`);
    if (!fits) await new Promise((resolve) => response.once("drain", resolve));
  }
  response.end();
}
