/** An artifact's exchanges as curl commands, with shell variables for secrets. @module */

import { mapWork, type Work } from "../core/work.ts";
import type { Exchange } from "../core/exchange.ts";
import { printable } from "../core/text.ts";
import type { Artifact } from "./artifact.ts";

/** A mask, in parentheses so that `split` keeps it. */
const MASK = /(\[masked(?: sha256:[0-9a-f]{8})?\])/;

interface Variable {
  readonly name: string;
  readonly mask: string;
  readonly origin: string;
}

/** Names that become names of variables, the most specific first. */
const NAMES = ("access_token refresh_token id_token registration_access_token client_secret code " +
  "code_verifier state client_assertion assertion subject_token device_code user_code request_uri " +
  "mcp_session_id dpop bearer basic").split(" ");

const RENAMED: ReadonlyMap<string, string> = new Map(Object.entries({
  code: "AUTHORIZATION_CODE",
  dpop: "DPOP_PROOF",
  bearer: "ACCESS_TOKEN",
  basic: "CLIENT_CREDENTIALS",
}));

interface Occurrence {
  readonly mask: string;
  readonly name: string;
  readonly exchange: number;
}

/** The text before a mask: `name=`, `"name":"`, or a scheme such as `Bearer`. */
const BEFORE = /(?:\b(Bearer|DPoP|Basic) +|([\w.-]{1,60})["'\\]*\s*(?:=|%3D|:)\s*["'\\]*)$/i;

function findOccurrences(text: string, exchange: number, name = ""): Occurrence[] {
  const parts = text.split(MASK);
  return parts.flatMap((mask, at) => {
    if (at % 2 === 0) return [];
    const [, scheme, own] = BEFORE.exec((parts[at - 1] ?? "").slice(-120)) ?? [];
    return [{ mask, exchange, name: (scheme ?? own ?? name).toLowerCase().replace(/[.-]/g, "_") }];
  });
}

function occurrencesIn({ id, request, response }: Exchange): Occurrence[] {
  const fields = [...request.headers, ...response?.headers ?? []];
  return [
    ...findOccurrences(request.url, id),
    ...findOccurrences(request.body ?? "", id),
    ...fields.flatMap(([name, value]) => findOccurrences(value, id, name)),
    ...findOccurrences(response?.body ?? "", id),
  ];
}

/** A name that has no meaning for shells and programs. */
function shellVariable(occurrence: string): string {
  if (NAMES.includes(occurrence)) return RENAMED.get(occurrence) ?? occurrence.toUpperCase();
  const words = occurrence.toUpperCase().split(/[^A-Z0-9]+/).filter((part) => part !== "").join(
    "_",
  );
  return words === "" ? "SECRET" : `SECRET_${words.slice(0, 40)}`;
}

function rankOf({ name }: Occurrence): number {
  return NAMES.includes(name) ? NAMES.indexOf(name) : NAMES.length;
}

/** The secrets of the requests, in the order of their first use. */
function* variablesOf(exchanges: readonly Exchange[]): Work<Variable[]> {
  const first = new Map<string, Occurrence>();
  const best = new Map<string, Occurrence>();
  const sent = new Set<string>();
  for (const exchange of exchanges) {
    for (const occurrence of occurrencesIn(exchange)) {
      const { mask } = occurrence;
      if (!first.has(mask)) first.set(mask, occurrence);
      const previous = best.get(mask);
      if (previous === undefined || rankOf(occurrence) < rankOf(previous)) {
        best.set(mask, occurrence);
      }
    }
    const { id, request: { url, headers, body } } = exchange;
    for (const text of [url, ...headers.map(([, value]) => value), body ?? ""]) {
      for (const { mask } of findOccurrences(text, id)) sent.add(mask);
    }
    yield;
  }
  const used = new Set<string>();
  return [...sent].map((mask) => {
    const place = best.get(mask);
    const plain = shellVariable(place?.name ?? "");
    let name = plain;
    for (let count = 2; used.has(name); count++) name = `${plain}_${count}`;
    used.add(name);
    const origin = `${place?.name || "a secret"}, seen in ${first.get(mask)?.exchange}`;
    return { name, mask, origin };
  });
}

/** Characters that a shell or a terminal could interpret. */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u;

/** Quotes a text; characters that could move the cursor become escapes. */
function literal(text: string): string {
  if (!UNSAFE.test(text)) return `'${text.replaceAll("'", "'\\''")}'`;
  const escape = (byte: number) =>
    byte < 0x20 || byte > 0x7e || byte === 0x27 || byte === 0x5c
      ? `\\x${byte.toString(16).padStart(2, "0")}`
      : String.fromCharCode(byte);
  return `$'${[...new TextEncoder().encode(text)].map(escape).join("")}'`;
}

type Names = ReadonlyMap<string, Variable>;

/** One shell word. A mask in it becomes its variable, which must be set. */
function word(text: string, names: Names): string {
  const parts = text.split(MASK).map((part) => {
    const variable = names.get(part);
    if (variable !== undefined) return `"\${${variable.name}:?}"`;
    return part === "" ? "" : literal(part);
  });
  return parts.join("") || "''";
}

function bodyOptions({ headers, body }: Exchange["request"], names: Names): string[] {
  if (body === null) return [];
  const isForm = headers.some(([name, value]) =>
    name.toLowerCase() === "content-type" && /x-www-form-urlencoded/i.test(value)
  );
  if (!isForm || body.search(MASK) === -1) return [`--data-raw ${word(body, names)}`];
  return body.split("&").map((part) => {
    const isSecret = names.has(part.slice(part.indexOf("=") + 1));
    return `${isSecret ? "--data-urlencode" : "--data-raw"} ${word(part, names)}`;
  });
}

function commandOf(exchange: Exchange, names: Names): string {
  const { id, step, request, response, fault, redirectOf } = exchange;
  const ended = response === null ? fault?.message ?? "no response" : `HTTP ${response.status}`;
  const from = redirectOf === null ? "" : `, after a redirect of ${redirectOf}`;
  const streams = request.method === "GET" &&
    response?.headers.some(([, value]) => value.includes("text/event-stream"));
  const lines = [
    // --globoff: brackets in a URL are not patterns of curl.
    "curl --globoff --silent --show-error --include --path-as-is",
    // The server may keep the stream open.
    ...streams ? ["--no-buffer --max-time 30"] : [],
    ...request.method === "HEAD" ? ["--head"] : [`--request ${word(request.method, names)}`],
    // For an empty value curl requires a semicolon; otherwise it leaves the field out.
    ...request.headers.map(([name, value]) =>
      `--header ${word(value === "" ? `${name};` : `${name}: ${value}`, names)}`
    ),
    ...bodyOptions(request, names),
    `--url ${word(request.url, names)}`,
  ];
  return `# ${id} ${step}${from}: ${printable(ended)}\n${lines.join(" \\\n  ")}\n`;
}

export function* curlOf({ exchanges, command }: Artifact): Work<string> {
  const variables = yield* variablesOf(exchanges);
  const names = new Map(variables.map((variable) => [variable.mask, variable]));
  const head = [
    `# The requests of mcpass ${printable(command.name)}, for bash or zsh.`,
    ...variables.length === 0 ? [] : [
      "# Secrets are masked: put each back between the quotes. A command stops where one is missing.",
      "# Copy single-use values (a code, a proof) from the previous response.",
      ...variables.map(({ name, mask, origin }) =>
        `${name}='' # ${printable(origin, 80)}: ${mask}`
      ),
    ],
    "",
  ].join("\n");
  const commands = yield* mapWork(exchanges, (exchange) => commandOf(exchange, names));
  return [head, ...commands].join("\n");
}
