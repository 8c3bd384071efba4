import assert from "node:assert/strict";
import { judgeDefinitions } from "../../../src/oauth/mcp/item_definitions.ts";
import { hasEndpointEvent } from "../../../src/oauth/mcp/http_sse.ts";

const region = (more: object = {}) => ({ type: "string", "x-mcp-header": "Region", ...more });

const tool = (inputSchema: unknown) => ({ name: "t", inputSchema });

/** Schemas of a tool, and what is wrong with them. */
const SCHEMAS: readonly (readonly [schema: unknown, fault: RegExp | undefined])[] = [
  [{ type: "object" }, undefined],
  [{ type: "object", properties: { a: region() } }, undefined],
  [
    { type: "object", properties: { a: { type: "object", properties: { b: region() } } } },
    undefined,
  ],
  [{ type: "object", properties: { a: region(), b: region() } }, /"Region" is not valid/],
  [{ type: "object", properties: { a: region({ type: "array" }) } }, /"Region" is not valid/],
  [{ type: "object", properties: { a: region({ "x-mcp-header": "a b" }) } }, /"a b" is not valid/],
  [{ type: "object", properties: { a: region({ "x-mcp-header": 7 }) } }, /x-mcp-header 7 is/],
  [{ type: "object", anyOf: [{ properties: { a: region() } }] }, /"Region" is not valid/],
  [region({ type: "object" }), /"Region" is not valid/],
  [{ type: "string" }, /has "type": "string" instead of "object"/],
  [null, /is not an object/],
];

Deno.test("the schema of a tool is judged as strict clients do", () => {
  for (const [schema, fault] of SCHEMAS) {
    const [finding] = judgeDefinitions("tools", [tool(schema)]);
    if (fault === undefined) assert.equal(finding, undefined, JSON.stringify(schema));
    else assert.match(finding?.message ?? "", fault, JSON.stringify(schema));
  }
});

Deno.test("many definitions are one finding, which names the first ones, printable and short", () => {
  const items = Array.from(
    { length: 30 },
    (_, at) => ({ name: `tool\u001b${at}${"x".repeat(500)}` }),
  );
  const findings = judgeDefinitions("tools", items);
  assert.equal(findings.length, 1);
  const message = findings[0]?.message ?? "";
  assert.match(message, /^the definition of 30 tools is not valid: "tool\\x1b0x+…"/);
  assert.match(message, /; and 20 more$/);
  assert.ok(message.length < 2000);
  assert.deepEqual(judgeDefinitions("prompts", [{ name: "p" }]), []);
});

Deno.test("an endpoint event is one with this name, and not data with these words", () => {
  const streams = {
    "event: endpoint\ndata: /m\n\n": true,
    ": hello\r\n\r\nevent:endpoint\r\ndata: /m\r\n\r\n": true,
    "data: event: endpoint\n\n": false,
    "event: endpoints\n": false,
    "event: endpoint": false,
  };
  for (const [stream, expected] of Object.entries(streams)) {
    assert.equal(hasEndpointEvent(stream), expected, stream);
  }
});
