import assert from "node:assert/strict";
import fc from "fast-check";
import { parameterHeaders } from "../../../src/bridge/message/parameter_headers.ts";
import { encodeHeaderValue, requestHeaders } from "../../../src/bridge/message/request_headers.ts";

const STRING = { type: "string", "x-mcp-header": "Region" };

const properties = (members: object) => ({ type: "object", properties: members });

Deno.test("annotations: names and paths of the headers, or undefined for a tool to hide", () => {
  const cases: [schema: unknown, expected: string[] | undefined][] = [
    [undefined, []],
    [properties({ a: { type: "string" } }), []],
    [properties({ a: STRING }), ["Region=a"]],
    [properties({ a: properties({ b: { ...STRING, type: "integer" } }) }), ["Region=a.b"]],
    [properties({ a: STRING, b: { ...STRING, "x-mcp-header": "Other" } }), [
      "Region=a",
      "Other=b",
    ]],
    // Data, and the names of properties, are no annotations.
    [properties({ "x-mcp-header": STRING }), ["Region=x-mcp-header"]],
    [properties({ a: { type: "object", default: { "x-mcp-header": "A B" } } }), []],
    [properties({ a: { enum: [{ "x-mcp-header": 1 }] } }), []],
    [properties({ a: { ...STRING, type: "boolean" } }), ["Region=a"]],
    [properties({ a: { ...STRING, type: "number" } }), undefined],
    [properties({ a: { ...STRING, type: "object" } }), undefined],
    [properties({ a: { ...STRING, type: ["string", "null"] } }), undefined],
    [properties({ a: { "x-mcp-header": "Region" } }), undefined],
    [properties({ a: { ...STRING, "x-mcp-header": "" } }), undefined],
    [properties({ a: { ...STRING, "x-mcp-header": "A B" } }), undefined],
    [properties({ a: { ...STRING, "x-mcp-header": "A\r\nB" } }), undefined],
    [properties({ a: { ...STRING, "x-mcp-header": 1 } }), undefined],
    [properties({ a: { ...STRING, "x-mcp-header": null } }), undefined],
    [properties({ a: STRING, b: { ...STRING, "x-mcp-header": "rEGION" } }), undefined],
    [{ ...properties({}), "x-mcp-header": "Root" }, undefined],
    [properties({ a: { type: "array", items: STRING } }), undefined],
    [properties({ a: { anyOf: [{ type: "null" }, STRING] } }), undefined],
    [{ ...properties({}), $defs: { region: STRING } }, undefined],
    [{ ...properties({}), allOf: [{ if: properties({ a: STRING }) }] }, undefined],
  ];
  for (const [schema, expected] of cases) {
    const found = parameterHeaders(schema)?.map(({ header, path }) =>
      `${header}=${path.join(".")}`
    );
    assert.deepEqual(found, expected, JSON.stringify(schema));
  }
});

Deno.test("header values of the specification, and values that are encoded", () => {
  const values: Record<string, string> = {
    "us-west1": "us-west1",
    "a b\tc": "a b\tc",
    "Hello, 世界": "=?base64?SGVsbG8sIOS4lueVjA==?=",
    " padded ": "=?base64?IHBhZGRlZCA=?=",
    "line1\nline2": "=?base64?bGluZTEKbGluZTI=?=",
    "=?base64?literal?=": "=?base64?PT9iYXNlNjQ/bGl0ZXJhbD89?=",
    "=?BASE64?literal?=": "=?BASE64?literal?=",
    "": "=?base64??=",
  };
  for (const [value, expected] of Object.entries(values)) {
    assert.equal(encodeHeaderValue(value), expected);
  }
});

Deno.test("each value is a valid header, and can be decoded", () => {
  fc.assert(fc.property(fc.oneof(fc.string({ unit: "grapheme" }), fc.string()), (value) => {
    const written = new Headers({ "mcp-name": encodeHeaderValue(value) }).get("mcp-name") ?? "";
    const encoded = /^=\?base64\?(.*)\?=$/.exec(written)?.[1];
    const read = encoded === undefined
      ? written
      : new TextDecoder("utf-8", { ignoreBOM: true }).decode(Uint8Array.fromBase64(encoded));
    assert.equal(read, value.toWellFormed());
  }));
});

Deno.test("headers of a request", () => {
  const _meta = { "io.modelcontextprotocol/protocolVersion": "2026-07-28" };
  const parameters = ["Text", "Count", "Flag", "Null", "Absent", "Object", "Huge"].map((
    header,
  ) => ({
    header,
    path: ["in", header.toLowerCase()],
  }));
  const args = {
    in: { text: "é", count: -7, flag: false, null: null, object: {}, huge: 2 ** 53 },
    absent: "not at this path",
  };
  const call = requestHeaders("tools/call", { _meta, name: "t", arguments: args }, parameters);
  assert.deepEqual(call, [
    ["mcp-protocol-version", "2026-07-28"],
    ["mcp-method", "tools/call"],
    ["mcp-name", "t"],
    ["mcp-param-Text", "=?base64?w6k=?="],
    ["mcp-param-Count", "-7"],
    ["mcp-param-Flag", "false"],
  ]);
  const names = (method: string, params: object) =>
    requestHeaders(method, { ...params, _meta }).slice(2);
  assert.deepEqual(names("resources/read", { uri: "a:b" }), [["mcp-name", "a:b"]]);
  assert.deepEqual(names("prompts/get", { name: "p" }), [["mcp-name", "p"]]);
  assert.deepEqual(names("tools/list", { name: "p", uri: "u" }), []);
  assert.deepEqual(requestHeaders("x", {}), [["mcp-method", "x"]]);
});
