import type { HeaderList } from "../../core/exchange.ts";
import { VERSION } from "../../core/version.ts";
import type { Attempt } from "../exchange_log.ts";
import type { HttpClientOptions } from "../http_client.ts";
import { POLICY } from "../policy.ts";

const CREDENTIAL_FIELDS = new Set(["authorization", "cookie", "proxy-authorization", "dpop"]);

const fieldNames = (fields: HeaderList): Set<string> =>
  new Set(fields.map(([name]) => name.toLowerCase()));

const without = (fields: HeaderList, names: ReadonlySet<string>): HeaderList =>
  fields.filter(([name]) => !names.has(name.toLowerCase()));

export function withoutCredentials(fields: HeaderList): HeaderList {
  return without(fields, CREDENTIAL_FIELDS);
}

/** Adds cookies to those of the person. */
export function withCookie(fields: HeaderList, cookie: string | null): HeaderList {
  if (cookie === null) return fields;
  const name = "cookie";
  const own = fields.filter(([it]) => it.toLowerCase() === name).map(([, value]) => value);
  return [...without(fields, new Set([name])), [name, [...own, cookie].join("; ")]];
}

/**
 * The defaults, the request's own fields, and the custom ones if they may be sent to this URL: these
 * replace other fields of the same name, except `Authorization`.
 */
export function requestHeaders(
  { purpose, headers: own }: Pick<Attempt, "purpose" | "headers">,
  url: URL,
  { serverUrl, customHeaders }: Pick<HttpClientOptions, "serverUrl" | "customHeaders">,
): HeaderList {
  const policy = POLICY[purpose];
  const isPermitted = policy.customHeaders && url.origin === new URL(serverUrl).origin;
  const custom = isPermitted ? without(customHeaders, new Set(["authorization"])) : [];
  const defaults: HeaderList = [["accept", policy.accept], ["user-agent", `mcpass/${VERSION}`]];
  return [
    ...without(without(defaults, fieldNames(own)), fieldNames(custom)),
    ...without(own, fieldNames(custom)),
    ...custom,
  ];
}
