import assert from "node:assert/strict";
import fc from "fast-check";
import {
  firstRequest,
  jsonRpcMessage,
  jsonRpcMessageArrives,
  judgeFirstResponse,
  sessionRequest,
} from "../../../src/oauth/mcp/first_request.ts";
import { REVISIONS } from "../../../src/oauth/mcp/revision.ts";
import { answerOf, deepJson } from "../support.ts";

const CLIENT = { name: "mcpass", version: "0.0.0" };

Deno.test("the first stateless request carries version, method and _meta", () => {
  const { headers, body } = firstRequest("stateless", "2026-07-28", CLIENT);
  assert.deepEqual(Object.fromEntries(headers), {
    "content-type": "application/json",
    accept: "application/json, text/event-stream",
    "mcp-protocol-version": "2026-07-28",
    "mcp-method": "tools/list",
  });
  assert.deepEqual(JSON.parse(body), {
    jsonrpc: "2.0",
    id: 1,
    method: "tools/list",
    params: {
      _meta: {
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientInfo": CLIENT,
        "io.modelcontextprotocol/clientCapabilities": {},
      },
    },
  });
});

Deno.test("the first request of the older revisions is initialize, with their date", () => {
  for (const { id, era } of REVISIONS) {
    if (era !== "initialize") continue;
    const { headers, body } = firstRequest(era, id, CLIENT);
    assert.deepEqual(Object.fromEntries(headers), {
      "content-type": "application/json",
      accept: "application/json, text/event-stream",
    });
    assert.deepEqual(JSON.parse(body), {
      jsonrpc: "2.0",
      id: 1,
      method: "initialize",
      params: { protocolVersion: id, capabilities: {}, clientInfo: CLIENT },
    });
  }
});

Deno.test("a session's requests carry its version and id", () => {
  const message = { id: 2, method: "tools/list", params: {} };
  const { headers, body } = sessionRequest(message, { version: "2025-06-18", id: "s" });
  assert.equal(Object.fromEntries(headers)["mcp-session-id"], "s");
  assert.equal(Object.fromEntries(headers)["mcp-protocol-version"], "2025-06-18");
  assert.deepEqual(JSON.parse(body), { jsonrpc: "2.0", ...message });
  const none = sessionRequest({ method: "notifications/initialized" }, { version: "x", id: null });
  assert.equal(Object.fromEntries(none.headers)["mcp-session-id"], undefined);
});

Deno.test("a version that no header can carry is not sent", () => {
  for (const version of ["2025\r\nx-evil: 1", "", "ä", "\u0000", " "]) {
    const { headers } = sessionRequest({ method: "x" }, { version, id: null });
    assert.deepEqual(headers.filter(([name]) => name === "mcp-protocol-version"), []);
    new Headers(headers.map(([name, value]): [string, string] => [name, value]));
  }
});

const RESULT = '{"jsonrpc":"2.0","id":1,"result":{"tools":[]}}';
const SPLIT = ['{"jsonrpc":"2.0",', '"id":1,', '"result":{"tools":[]}}'];
const NOTE = '{"jsonrpc":"2.0","method":"notifications/message","params":{}}';
const SSE = "text/event-stream";

const MESSAGES: readonly [behaviour: string, body: string, type: string, found: boolean][] = [
  ["JSON", RESULT, "application/json", true],
  ["JSON under another type", RESULT, "text/plain", true],
  ["JSON with another id", RESULT.replace(":1,", ":2,"), "application/json", false],
  ["JSON with the id as a string", RESULT.replace(":1,", ':"1",'), "application/json", false],
  ["JSON of another protocol", RESULT.replace("2.0", "1.0"), "application/json", false],
  ["a batch", `[${RESULT}]`, "application/json", false],
  [
    "an error without id",
    '{"jsonrpc":"2.0","id":null,"error":{"code":-32700}}',
    "application/json",
    true,
  ],
  ["a result without id", '{"jsonrpc":"2.0","result":{}}', "application/json", false],
  ["one event", `data: ${RESULT}\n\n`, SSE, true],
  ["one event without a blank", `data:${RESULT}\n\n`, SSE, true],
  ["one event with a name", `event: message\nid: 1\nretry: 5\ndata: ${RESULT}\n\n`, SSE, true],
  ["a comment and an event", `: hello\n\ndata: ${RESULT}\n\n`, SSE, true],
  ["a priming event first", `id: 1\ndata:\n\ndata: ${RESULT}\n\n`, SSE, true],
  ["a bare data line first", `id: 1\ndata\n\ndata: ${RESULT}\n\n`, SSE, true],
  ["a notification first", `data: ${NOTE}\n\ndata: ${RESULT}\n\n`, SSE, true],
  ["only a notification", `data: ${NOTE}\n\n`, SSE, false],
  ["data over several lines", `${SPLIT.map((line) => `data: ${line}`).join("\n")}\n\n`, SSE, true],
  ["CRLF", `event: message\r\ndata: ${RESULT}\r\n\r\n`, SSE, true],
  [
    "CRLF and several lines",
    `${SPLIT.map((line) => `data: ${line}`).join("\r\n")}\r\n\r\n`,
    SSE,
    true,
  ],
  ["CR alone", `data: ${NOTE}\r\rdata: ${RESULT}\r\r`, SSE, true],
  ["line ends of several kinds", `data: ${NOTE}\n\r\ndata: ${RESULT}\r\n\n`, SSE, true],
  ["CR before CRLF", `data: ${NOTE}\r\r\ndata: ${RESULT}\r\r\n`, SSE, true],
  ["a byte order mark", `\ufeffdata: ${RESULT}\n\n`, SSE, true],
  [
    "a number over several lines",
    `data: ${RESULT.replace('"tools":[]', '"a":1')}\n\n`.replace(":1}", ":1\ndata: 2}"),
    SSE,
    false,
  ],
  ["an event that is not ended yet", `data: ${RESULT}`, SSE, true],
  ["half an event", `data: ${RESULT.slice(0, 20)}`, SSE, false],
  ["a field that only looks like data", `database: ${RESULT}\n\n`, SSE, false],
  ["data within another field", `event${RESULT.replace('"tools"', '"data:"')}\n\n`, SSE, false],
  ["an indented field", ` data: ${RESULT}\n\n`, SSE, false],
  ["nothing", "", SSE, false],
  ["HTML", "<h1>hello</h1>", "text/html", false],
  ["deeply nested JSON", deepJson(), "application/json", false],
  ["a prototype", '{"__proto__":{"jsonrpc":"2.0","id":1,"result":{}}}', "application/json", false],
];

for (const [behaviour, body, type, found] of MESSAGES) {
  Deno.test(`${behaviour} ${found ? "holds" : "does not hold"} the answer`, async () => {
    assert.equal(await jsonRpcMessage(body, type) !== undefined, found);
  });
}

Deno.test("an event stream is read the same however its lines end", async () => {
  const end = fc.constantFrom("\n", "\r\n", "\r");
  const lines = [
    ": x",
    "",
    "event: message",
    `data: ${NOTE}`,
    "",
    ...SPLIT.map((text) => `data: ${text}`),
    "",
  ];
  await fc.assert(
    fc.asyncProperty(
      fc.array(end, { minLength: lines.length, maxLength: lines.length }),
      async (ends) => {
        const text = lines.map((line, index) => line + ends[index]).join("");
        // A CR followed by an LF is one line end, where two were meant.
        fc.pre(text.split(/\r\n|\n|\r/).length === lines.length + 1);
        assert.ok(await jsonRpcMessage(text, SSE));
      },
    ),
  );
});

Deno.test("a message is found as soon as it arrived, in whatever pieces", async () => {
  const pieces = fc.array(fc.nat({ max: 12 }), { minLength: 1, maxLength: 30 });
  const end = fc.constantFrom("\n", "\r\n", "\r");
  await fc.assert(
    fc.asyncProperty(pieces, end, fc.boolean(), async (sizes, newline, isEnded) => {
      const stream = [": x", "", `data: ${NOTE}`, "", ...SPLIT.map((text) => `data: ${text}`)]
        .join(newline) + (isEnded ? newline + newline : "");
      const arrives = await jsonRpcMessageArrives(1);
      let at = 0;
      for (let turn = 0; at < stream.length; turn += 1) {
        const soFar = stream.slice(0, at += sizes[turn % sizes.length] || 1);
        const isThere = soFar.length >= stream.trimEnd().length;
        assert.equal(arrives(soFar), isThere, soFar);
        if (isThere) return;
      }
    }),
  );
});

Deno.test("a stream that arrives in many pieces is not read from its start for each", async () => {
  const parse = JSON.parse;
  let read = 0;
  JSON.parse = (text: string) => {
    read += text.length;
    return parse(text);
  };
  try {
    for (const piece of ["\r", "data: {}\n\n", 'data: {"a":"}', "data: }\n"]) {
      const arrives = await jsonRpcMessageArrives(1);
      read = 0;
      let stream = "data: {\n";
      for (let count = 0; count < 3000; count += 1) arrives(stream += piece);
      assert.ok(read <= 70 * stream.length / 10, `${piece}: ${read} of ${stream.length}`);
    }
  } finally {
    JSON.parse = parse;
  }
});

const JSON_TYPE = { "content-type": "application/json" };

function rpcError(code: unknown, message = "x", id: unknown = 1) {
  return { jsonrpc: "2.0", id, error: { code, message } };
}

const ANSWERS: readonly [
  behaviour: string,
  status: number,
  body: unknown,
  headers: Record<string, string>,
  stateless: string,
  initialize: string,
][] = [
  ["401", 401, "", {}, "unauthorized", "unauthorized"],
  ["401 with a JSON-RPC error", 401, rpcError(-32022), JSON_TYPE, "unauthorized", "unauthorized"],
  ["403", 403, "", {}, "forbidden", "forbidden"],
  ["a result", 200, RESULT, JSON_TYPE, "open", "open"],
  [
    "a result in a stream",
    200,
    `data: ${RESULT}\n\n`,
    { "content-type": `${SSE}; charset=utf-8` },
    "open",
    "open",
  ],
  [
    "a result after a notification",
    200,
    `data: ${NOTE}\r\n\r\ndata: ${RESULT}\r\n\r\n`,
    { "content-type": SSE },
    "open",
    "open",
  ],
  [
    "a result that is no object",
    200,
    '{"jsonrpc":"2.0","id":1,"result":7}',
    JSON_TYPE,
    "unexpected",
    "unexpected",
  ],
  ["HTML", 200, "<!doctype html>", { "content-type": "text/html" }, "unexpected", "unexpected"],
  ["an empty 202", 202, "", {}, "unexpected", "unexpected"],
  ["302 to a login page", 302, "", { location: "/login" }, "unexpected", "unexpected"],
  ["method not found in 200", 200, rpcError(-32601), JSON_TYPE, "other_era", "unexpected"],
  ["not initialized in 200", 200, rpcError(-32000), JSON_TYPE, "other_era", "unexpected"],
  [
    "an error without id in 200",
    200,
    rpcError(-32600, "x", null),
    JSON_TYPE,
    "other_era",
    "unexpected",
  ],
  ["plain 400", 400, "Bad Request", { "content-type": "text/plain" }, "other_era", "unexpected"],
  ["plain 404", 404, "", {}, "other_era", "unexpected"],
  ["plain 405", 405, "", {}, "other_era", "unexpected"],
  ["plain 406", 406, "", {}, "other_era", "unexpected"],
  ["plain 415", 415, "", {}, "other_era", "unexpected"],
  ["plain 500", 500, "", {}, "other_era", "unexpected"],
  ["plain 501", 501, "", {}, "other_era", "unexpected"],
  ["plain 429", 429, "", {}, "unexpected", "unexpected"],
  ["plain 502", 502, "", {}, "unexpected", "unexpected"],
  ["plain 503", 503, "", {}, "unexpected", "unexpected"],
  [
    "400 no session",
    400,
    rpcError(-32000, "Bad Request: no session"),
    JSON_TYPE,
    "other_era",
    "unexpected",
  ],
  [
    "400 with a server's own id",
    400,
    rpcError(-32600, "x", "server-error"),
    JSON_TYPE,
    "other_era",
    "unexpected",
  ],
  [
    "400 invalid params",
    400,
    rpcError(-32602, "Invalid request parameters"),
    JSON_TYPE,
    "other_era",
    "unexpected",
  ],
  ["400 header mismatch", 400, rpcError(-32020), JSON_TYPE, "unexpected", "unexpected"],
  ["400 missing capability", 400, rpcError(-32021), JSON_TYPE, "unexpected", "unexpected"],
  ["400 unsupported version", 400, rpcError(-32022), JSON_TYPE, "other_era", "unexpected"],
  ["unsupported version in 200", 200, rpcError(-32022), JSON_TYPE, "other_era", "unexpected"],
  ["404 method not found", 404, rpcError(-32601), JSON_TYPE, "unexpected", "unexpected"],
  [
    "400 about _meta",
    400,
    rpcError(-32602, "missing _meta"),
    JSON_TYPE,
    "unexpected",
    "unexpected",
  ],
  ["400 with a code in a string", 400, rpcError("-32020"), JSON_TYPE, "other_era", "unexpected"],
  ["400 with deeply nested JSON", 400, deepJson(), JSON_TYPE, "other_era", "unexpected"],
];

for (const [behaviour, status, body, headers, stateless, initialize] of ANSWERS) {
  Deno.test(`first answer ${behaviour}: ${stateless}; on the older wire: ${initialize}`, async () => {
    const answer = answerOf(status, body, headers);
    const verdicts = await Promise.all(
      (["stateless", "initialize"] as const).map((era) => judgeFirstResponse(answer, era)),
    );
    assert.deepEqual(verdicts.map(({ kind }) => kind), [stateless, initialize]);
  });
}

Deno.test("a content type is made safe before it is shown", async () => {
  const verdict = await judgeFirstResponse(
    answerOf(200, "", { "content-type": "text/\u009b2J" }),
    "stateless",
  );
  assert.equal(verdict.kind, "unexpected");
  assert.ok(!JSON.stringify(verdict).includes("\u009b"));
});

Deno.test("a success that is no JSON-RPC message is named with its type", async () => {
  for (const wire of ["stateless", "initialize"] as const) {
    const why = (headers: Record<string, string>) =>
      judgeFirstResponse(answerOf(200, "<p>", headers), wire);
    assert.deepEqual(await why({ "content-type": "text/html; charset=utf-8" }), {
      kind: "unexpected",
      why: "HTTP 200 text/html",
    });
    assert.deepEqual(await why({}), { kind: "unexpected", why: "HTTP 200 no type" });
    const json = { "content-type": "application/json" };
    const message = JSON.stringify({ jsonrpc: "2.0", id: 1, result: 7 });
    assert.deepEqual(await judgeFirstResponse(answerOf(200, message, json), wire), {
      kind: "unexpected",
      why: "HTTP 200",
    });
  }
});

Deno.test("an event that has not ended is read 64 times, and then at its end", async () => {
  const message = 'data: {"jsonrpc":"2.0","id":1,"result":{}}';
  for (const [reads, atOnce] of [[63, true], [64, false]] as const) {
    const arrives = await jsonRpcMessageArrives(1);
    for (let read = 0; read < reads; read++) assert.equal(arrives("data: }"), false);
    assert.equal(arrives(`data: }\n\n${message}`), atOnce);
    assert.equal(arrives(`data: }\n\n${message}\n\n`), true);
  }
});
