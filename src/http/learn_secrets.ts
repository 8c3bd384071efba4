import type { HeaderList } from "../core/exchange.ts";
import type { Secrets } from "../trace/secrets.ts";

/** Shorter cookies and session ids (`1`, `en`, `dark`) would mask ordinary words everywhere. */
const MIN_LEARNED = 8;

/** `Bearer abc` holds the secret `abc`. */
function withoutScheme(value: string): string {
  return value.replace(/^[A-Za-z]+ +/, "");
}

/** A scheme without credentials holds none. */
function credentials(value: string): string[] {
  return /^(?:bearer|basic|dpop)$/i.test(value) ? [] : [withoutScheme(value)];
}

function cookieValues(value: string): string[] {
  return value.split(";").map((pair) => pair.slice(pair.indexOf("=") + 1).trim());
}

const longEnough = (values: readonly string[]): string[] =>
  values.filter((value) => value.length >= MIN_LEARNED);

const REQUEST_FIELDS: ReadonlyMap<string, (value: string) => string[]> = new Map([
  ["authorization", credentials],
  ["proxy-authorization", credentials],
  ["cookie", (value) => longEnough(cookieValues(value))],
  ["dpop", (value) => [value]],
  ["mcp-session-id", (value) => longEnough([value])],
]);

export function learnCustomHeaders(fields: HeaderList, secrets: Secrets): void {
  for (const [, value] of fields) {
    secrets.add(value);
    secrets.add(withoutScheme(value));
  }
}

export function learnRequestHeaders(fields: HeaderList, secrets: Secrets): void {
  for (const [name, value] of fields) {
    REQUEST_FIELDS.get(name.toLowerCase())?.(value).forEach((secret) => secrets.add(secret));
  }
}

/** @param fields Their names are in lower case. */
export function learnResponseHeaders(fields: HeaderList, secrets: Secrets): void {
  for (const [name, value] of fields) {
    const values = name === "set-cookie"
      ? cookieValues(value.split(";", 1)[0] ?? "")
      : name === "mcp-session-id"
      ? [value]
      : [];
    for (const secret of longEnough(values)) secrets.learn(secret);
  }
}
