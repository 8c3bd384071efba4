/** Which header fields a request carries to which origin. @module */

import type { HeaderList } from "../../core/exchange.ts";
import { VERSION } from "../../core/version.ts";
import type { HttpPolicy } from "../policy.ts";

/** Fields that belong to the origin they were meant for. */
const CREDENTIAL_FIELDS = new Set(["authorization", "cookie", "proxy-authorization", "dpop"]);

const named = (fields: HeaderList): Set<string> =>
  new Set(fields.map(([name]) => name.toLowerCase()));

const without = (fields: HeaderList, names: ReadonlySet<string>): HeaderList =>
  fields.filter(([name]) => !names.has(name.toLowerCase()));

/** The fields of a redirected request that may go to another origin. */
export function withoutCredentials(fields: HeaderList): HeaderList {
  return without(fields, CREDENTIAL_FIELDS);
}

export interface RequestHeaderOptions {
  readonly policy: HttpPolicy;
  readonly url: URL;
  readonly serverUrl: string;
  /** They replace other fields of the same name, except `Authorization`. */
  readonly customHeaders: HeaderList;
}

/** The defaults, the request's own fields, and the custom ones if they may be sent to this URL. */
export function requestHeaders(own: HeaderList, options: RequestHeaderOptions): HeaderList {
  const { policy, url, serverUrl } = options;
  const isPermitted = policy.customHeaders && url.origin === new URL(serverUrl).origin;
  const custom = isPermitted ? without(options.customHeaders, new Set(["authorization"])) : [];
  const defaults: HeaderList = [["accept", policy.accept], ["user-agent", `mcpass/${VERSION}`]];
  return [
    ...without(without(defaults, named(own)), named(custom)),
    ...without(own, named(custom)),
    ...custom,
  ];
}
