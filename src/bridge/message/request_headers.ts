/** Headers that repeat members of a request (MCP 2026-07-28, transports, *Request Metadata*). @module */

import { isObject, type JsonObject, member } from "../../core/json.ts";
import type { ParameterHeader } from "./parameter_headers.ts";
import { PROTOCOL_VERSION } from "./stateless_meta.ts";

/** The parameter that `Mcp-Name` repeats. Those of tasks are in the extension of that name. */
const NAMES: ReadonlyMap<string, string> = new Map([
  ["tools/call", "name"],
  ["prompts/get", "name"],
  ["resources/read", "uri"],
  ["tasks/get", "taskId"],
  ["tasks/update", "taskId"],
  ["tasks/cancel", "taskId"],
]);

/** A header value, encoded if it is not plain ASCII or could be taken for an encoded one. */
export function encodeHeaderValue(value: string): string {
  const isPlain = /^[\x21-\x7e](?:[\t\x20-\x7e]*[\x21-\x7e])?$/.test(value);
  if (isPlain && !/^=\?base64\?.*\?=$/.test(value)) return value;
  return `=?base64?${new TextEncoder().encode(value).toBase64()}?=`;
}

function headerText(value: unknown): string | undefined {
  if (typeof value === "string") return encodeHeaderValue(value);
  if (typeof value === "boolean") return String(value);
  const isWritable = typeof value === "number" &&
    (Number.isSafeInteger(value) || (Number.isFinite(value) && !Number.isInteger(value)));
  return isWritable ? String(value) : undefined;
}

function valueAt(root: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (value, name) => isObject(value) ? member(value, name) : undefined,
    root,
  );
}

/** The headers of a message: those of a notification name its method only. */
export function requestHeaders(
  method: string,
  params: JsonObject,
  parameters: readonly ParameterHeader[] = [],
): [name: string, value: string][] {
  const headers: [string, unknown][] = [
    ["mcp-protocol-version", valueAt(params, ["_meta", PROTOCOL_VERSION])],
    ["mcp-method", method],
    ["mcp-name", member(params, NAMES.get(method) ?? "")],
  ];
  if (method === "tools/call") {
    for (const { header, path } of parameters) {
      headers.push([`mcp-param-${header}`, valueAt(params["arguments"], path)]);
    }
  }
  return headers.flatMap(([name, value]) => {
    const text = headerText(value);
    return text === undefined ? [] : [[name, text]];
  });
}
