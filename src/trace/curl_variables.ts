/**
 * Shell variables for the secrets of an artifact, named after the places where their masks are.
 * @module
 */

import type { Pieces } from "../core/pieces.ts";
import type { Exchange } from "../core/exchange.ts";

/** A mask, in parentheses so that `split` keeps it. */
export const MASK = /(\[masked(?: sha256:[0-9a-f]{8})?\])/;

export interface Variable {
  readonly name: string;
  readonly mask: string;
  /** Where it was seen first. */
  readonly origin: string;
}

/** Variables by the plain name of the member, the parameter or the field that holds the secret. */
const NAMES: ReadonlyMap<string, string> = new Map(Object.entries({
  access_token: "ACCESS_TOKEN",
  refresh_token: "REFRESH_TOKEN",
  id_token: "ID_TOKEN",
  registration_access_token: "REGISTRATION_ACCESS_TOKEN",
  client_secret: "CLIENT_SECRET",
  code: "AUTHORIZATION_CODE",
  code_verifier: "CODE_VERIFIER",
  state: "STATE",
  client_assertion: "CLIENT_ASSERTION",
  assertion: "ASSERTION",
  subject_token: "SUBJECT_TOKEN",
  device_code: "DEVICE_CODE",
  user_code: "USER_CODE",
  request_uri: "REQUEST_URI",
  mcp_session_id: "MCP_SESSION_ID",
  dpop: "DPOP_PROOF",
  bearer: "ACCESS_TOKEN",
  basic: "CLIENT_CREDENTIALS",
}));

/** The names of places, the most specific first. */
const MOST_SPECIFIC: readonly string[] = [...NAMES.keys()];

/** Where a mask is. */
interface Place {
  readonly mask: string;
  /** Name of the member, the parameter or the field. */
  readonly name: string;
  readonly exchange: number;
}

/** What is before a mask: `name=`, `"name":"`, or a scheme such as `Bearer`. */
const BEFORE = /(?:\b(Bearer|DPoP|Basic) +|([\w.-]{1,60})["'\\]*\s*(?:=|%3D|:)\s*["'\\]*)$/i;

function placesIn(text: string, exchange: number, name = ""): Place[] {
  const pieces = text.split(MASK);
  return pieces.flatMap((mask, at) => {
    if (at % 2 === 0) return [];
    const [, scheme, own] = BEFORE.exec((pieces[at - 1] ?? "").slice(-120)) ?? [];
    return [{ mask, exchange, name: (scheme ?? own ?? name).toLowerCase().replace(/[.-]/g, "_") }];
  });
}

function placesOf({ id, request, response }: Exchange): Place[] {
  const fields = [...request.headers, ...response?.headers ?? []];
  return [
    ...placesIn(request.url, id),
    ...placesIn(request.body ?? "", id),
    ...fields.flatMap(([name, value]) => placesIn(value, id, name)),
    ...placesIn(response?.body ?? "", id),
  ];
}

/** A name that no shell and no program uses: one of the table, or `SECRET_…`. */
function variableName(place: string): string {
  const plain = place.toUpperCase().split(/[^A-Z0-9]+/).filter((part) => part !== "").join("_");
  return NAMES.get(place) ?? (plain === "" ? "SECRET" : `SECRET_${plain.slice(0, 40)}`);
}

function rankOf({ name }: Place): number {
  return MOST_SPECIFIC.includes(name) ? MOST_SPECIFIC.indexOf(name) : MOST_SPECIFIC.length;
}

/** The secrets that the requests need, in the order in which they do. */
export function* variablesOf(exchanges: readonly Exchange[]): Pieces<Variable[]> {
  const first = new Map<string, Place>();
  const best = new Map<string, Place>();
  const sent = new Set<string>();
  for (const exchange of exchanges) {
    for (const place of placesOf(exchange)) {
      const { mask } = place;
      if (!first.has(mask)) first.set(mask, place);
      const known = best.get(mask);
      if (known === undefined || rankOf(place) < rankOf(known)) best.set(mask, place);
    }
    const { id, request: { url, headers, body } } = exchange;
    for (const text of [url, ...headers.map(([, value]) => value), body ?? ""]) {
      for (const { mask } of placesIn(text, id)) sent.add(mask);
    }
    yield;
  }
  const used = new Set<string>();
  return [...sent].map((mask) => {
    const place = best.get(mask);
    const plain = variableName(place?.name ?? "");
    let name = plain;
    for (let count = 2; used.has(name); count++) name = `${plain}_${count}`;
    used.add(name);
    const origin = `${place?.name || "a secret"}, seen in ${first.get(mask)?.exchange}`;
    return { name, mask, origin };
  });
}
