/**
 * Responses of the audit lab.
 *
 * @module
 */

import type { HeaderList } from "../../../src/core/exchange.ts";

/** A response that says what it will be until it is sent. */
export interface LabResponse {
  readonly status: number;
  readonly headers: HeaderList;
  readonly body: string;
}

/** An OAuth error. */
export class OAuthError extends Error {
  readonly code: string;
  readonly status: number;

  /** The message becomes `error_description`. */
  constructor(code: string, message: string, status = 400) {
    super(message);
    this.code = code;
    this.status = status;
  }
}

/** A header field of a response. */
export function fieldOf(response: LabResponse, name: string): string | undefined {
  return response.headers.find(([key]) => key.toLowerCase() === name)?.[1];
}

/** The same response with other header fields; undefined removes one. */
export function withFields(
  response: LabResponse,
  fields: Readonly<Record<string, string | undefined>>,
): LabResponse {
  const kept = response.headers.filter(([name]) => !Object.hasOwn(fields, name.toLowerCase()));
  const added = Object.entries(fields).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value] as const]
  );
  return { ...response, headers: [...kept, ...added] };
}

export function json(body: object, status = 200, headers: HeaderList = []): LabResponse {
  return {
    status,
    headers: [["content-type", "application/json"], ...headers],
    body: JSON.stringify(body),
  };
}

/** An OAuth error as JSON. */
export function errorResponse(error: OAuthError): LabResponse {
  return json({ error: error.code, error_description: error.message }, error.status, [
    ["cache-control", "no-store"],
  ]);
}

/** A response without a body. */
export function empty(status: number, headers: HeaderList = []): LabResponse {
  return { status, headers, body: "" };
}

/** HTTP 404. */
export const NOT_FOUND: LabResponse = {
  status: 404,
  headers: [["content-type", "text/plain"]],
  body: "Not found",
};

/** Escapes text for HTML. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
