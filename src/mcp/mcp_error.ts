/** What the client library throws, as one line for a person. @module */

import { SdkError, SdkErrorCode, SdkHttpError } from "@modelcontextprotocol/client";
import type { Remedy } from "../core/command_text.ts";
import { Failure } from "../core/failure.ts";
import { isObject, type JsonObject, parseJson } from "../core/json.ts";
import { excerpt, printable, quoted } from "../core/text.ts";
import { errorCode, parsedBody, serverWords } from "../oauth/common/server_words.ts";
import type { RevisionId } from "../oauth/mcp/revision.ts";

/** What to do if the connection failed with a given revision. */
export function otherEraRemedy(version: RevisionId): Remedy {
  return {
    remedy: `The server may not support MCP revision ${version}. Let mcpass choose the revision`,
    commandFlags: { protocolVersion: "auto" },
  };
}

/** A message of a server can be as long as a body. */
const MAX_ERROR_LENGTH = 16 * 1024;

const MAX_SHOWN_ISSUES = 3;

/** `serverInfo.version is missing`, from an issue of a schema check. */
function issueText({ path, message }: JsonObject): string {
  const where = Array.isArray(path) && path.length > 0 ? path.join(".") : "it";
  const text = String(message).replace(/^Invalid input: /, "");
  const [, due, found] = /^expected (\S+), received (\S+)$/.exec(text) ?? [];
  if (found === "undefined") return `${where} is missing`;
  return due === undefined
    ? `${where}: ${text}`
    : `${where} has the type ${found} instead of ${due}`;
}

function issuesIn(text: string): string {
  const issues = parseJson(text);
  if (!Array.isArray(issues)) return text;
  const shown = issues.filter(isObject).slice(0, MAX_SHOWN_ISSUES).map(issueText);
  return `${shown.join("; ")}${issues.length > MAX_SHOWN_ISSUES ? "; …" : ""}`;
}

function messageOf(error: Error): string {
  if (error instanceof SdkHttpError) {
    const { status, text } = error.data;
    const body = typeof text === "string" ? text : "";
    const response = { status, headers: new Headers(), body, mask: undefined };
    const words = serverWords(response) ?? errorCode(parsedBody(response));
    return `HTTP ${status}${words === undefined ? "" : `; it says ${quoted(words)}`}`;
  }
  if (error.name === "ZodError") return "the response is not a JSON-RPC message";
  if (error.name === "SyntaxError") return "the response is not JSON";
  if (!(error instanceof SdkError)) return error.message;
  if (error.code === SdkErrorCode.ConnectionClosed) return "the server closed the connection";
  if (error.code === SdkErrorCode.ClientHttpUnexpectedContent) {
    return `the response is ${error.message.replace(/^.*: /, "")}, not JSON or an event stream`;
  }
  const { timeout } = isObject(error.data) ? error.data : {};
  if (error.code === SdkErrorCode.RequestTimeout && typeof timeout === "number") {
    return `the server did not answer within ${timeout / 1000} s`;
  }
  const [, method, found] = /^Invalid result for (\S+): (.*)$/s.exec(error.message) ?? [];
  if (method !== undefined && found !== undefined) {
    return `the result of ${method} is not valid: ${issuesIn(found)}`;
  }
  const [, attempted, dump = ""] = /^([^[]*): (\[.*)$/s.exec(error.message) ?? [];
  if (attempted !== undefined && Array.isArray(parseJson(dump))) {
    return `${attempted}: the response is not a JSON-RPC message`;
  }
  return issuesIn(error.message);
}

/** True if the time limit ended the request. */
export function isTimeout(error: unknown): boolean {
  return error instanceof Error &&
    (error.name === "TimeoutError" || isTimeout(error.cause) ||
      error instanceof SdkError && error.code === SdkErrorCode.RequestTimeout);
}

/** One line about anything the client library throws, safe to show. */
export function describeMcpError(error: unknown): string {
  if (error instanceof Failure) return error.message;
  const parts: string[] = [];
  let current: unknown = error;
  while (current instanceof Error && parts.length < 3) {
    parts.push(messageOf(current));
    current = current.cause;
  }
  // A wrapper often repeats the message of its cause.
  const distinct = parts.filter((part, at) =>
    !parts.slice(0, at).some((more) => more.includes(part))
  );
  const text = distinct.join(": ") || String(error);
  return printable(excerpt(text, MAX_ERROR_LENGTH).replace(/\s+/g, " ").trim());
}
