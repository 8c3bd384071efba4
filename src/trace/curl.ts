/** An artifact's exchanges as curl commands, with secrets masked. @module */

import { mapPieces, type Pieces } from "../core/pieces.ts";
import type { Exchange } from "../core/exchange.ts";
import { printable } from "../core/text.ts";
import type { Artifact } from "./artifact.ts";
import { MASK, type Variable, variablesOf } from "./curl_variables.ts";

/** Characters that a shell or a terminal could interpret. */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u;

/** A text in quotes; what could move a cursor is written as an escape. */
function literal(text: string): string {
  if (!UNSAFE.test(text)) return `'${text.replaceAll("'", "'\\''")}'`;
  const escape = (byte: number) =>
    byte < 0x20 || byte > 0x7e || byte === 0x27 || byte === 0x5c
      ? `\\x${byte.toString(16).padStart(2, "0")}`
      : String.fromCharCode(byte);
  return `$'${[...new TextEncoder().encode(text)].map(escape).join("")}'`;
}

type Names = ReadonlyMap<string, Variable>;

/** One word of a shell; a mask in it becomes its variable, which has to be set. */
function word(text: string, names: Names): string {
  const pieces = text.split(MASK).map((piece) => {
    const variable = names.get(piece);
    if (variable !== undefined) return `"\${${variable.name}:?}"`;
    return piece === "" ? "" : literal(piece);
  });
  return pieces.join("") || "''";
}

/** A body as curl's options; curl encodes the secrets of a form. */
function bodyOptions({ headers, body }: Exchange["request"], names: Names): string[] {
  if (body === null) return [];
  const isForm = headers.some(([name, value]) =>
    name.toLowerCase() === "content-type" && /x-www-form-urlencoded/i.test(value)
  );
  if (!isForm || body.search(MASK) === -1) return [`--data-raw ${word(body, names)}`];
  return body.split("&").map((part) => {
    const value = part.slice(part.indexOf("=") + 1);
    return names.has(value)
      ? `--data-urlencode ${word(part, names)}`
      : `--data-raw ${word(part, names)}`;
  });
}

function commandOf(exchange: Exchange, names: Names): string {
  const { id, step, request, response, fault, redirectOf } = exchange;
  const ended = response === null ? fault?.message ?? "no response" : `HTTP ${response.status}`;
  const from = redirectOf === null ? "" : `, after a redirect of ${redirectOf}`;
  const streams = request.method === "GET" &&
    response?.headers.some(([, value]) => value.includes("text/event-stream"));
  const lines = [
    // Brackets in an address are not curl's patterns; @ in a body names no file.
    "curl --globoff --silent --show-error --include --path-as-is",
    // A stream that the server keeps open has to be ended here.
    ...streams ? ["--no-buffer --max-time 30"] : [],
    ...request.method === "HEAD" ? ["--head"] : [`--request ${word(request.method, names)}`],
    // An empty value takes a semicolon, or curl would leave the field out.
    ...request.headers.map(([name, value]) =>
      `--header ${word(value === "" ? `${name};` : `${name}: ${value}`, names)}`
    ),
    ...bodyOptions(request, names),
    `--url ${word(request.url, names)}`,
  ];
  return `# ${id} ${step}${from}: ${printable(ended)}\n${lines.join(" \\\n  ")}\n`;
}

function setting({ name, mask, origin }: Variable): string {
  return `${name}='' # ${printable(origin, 80)}: ${mask}`;
}

/** Every exchange as a command, in order; each secret is a variable that has to be set before. */
export function* curlOf({ exchanges, command }: Artifact): Pieces<string> {
  const variables = yield* variablesOf(exchanges);
  const names = new Map(variables.map((variable) => [variable.mask, variable]));
  const head = [
    `# The requests of mcpass ${printable(command.name)}, for bash or zsh.`,
    ...variables.length === 0 ? [] : [
      "# Secrets are masked: put each back between the quotes. A command stops where one is missing.",
      "# Single-use values (a code, a proof) are in the response before.",
      ...variables.map(setting),
    ],
    "",
  ].join("\n");
  return [head, ...yield* mapPieces(exchanges, (exchange) => commandOf(exchange, names))].join(
    "\n",
  );
}
