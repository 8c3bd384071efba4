/**
 * An artifact's exchanges as curl commands, with secrets masked.
 *
 * @module
 */

import type { Exchange } from "../core/exchange.ts";
import { printable } from "../core/text.ts";
import type { Artifact } from "./artifact.ts";

/** One word of a shell, whatever is in it; what could move a cursor is written as an escape. */
function word(text: string): string {
  if (/[\p{Cc}\p{Cf}]/u.test(text)) {
    const escape = (byte: number) =>
      byte < 0x20 || byte > 0x7e || byte === 0x27 || byte === 0x5c
        ? `\\x${byte.toString(16).padStart(2, "0")}`
        : String.fromCharCode(byte);
    return `$'${[...new TextEncoder().encode(text)].map(escape).join("")}'`;
  }
  return `'${text.replaceAll("'", "'\\''")}'`;
}

function commandOf({ id, step, request, response, fault, redirectOf }: Exchange): string {
  const ended = response === null ? fault?.message ?? "no answer" : `HTTP ${response.status}`;
  const from = redirectOf === null ? "" : `, after a redirect of ${redirectOf}`;
  const lines = [
    // Brackets in a mask or an address are not curl's patterns; @ in a body names no file.
    "curl --globoff --silent --show-error --include --path-as-is",
    ...request.method === "HEAD" ? ["--head"] : [`--request ${word(request.method)}`],
    // An empty value takes a semicolon, or curl would leave the field out.
    ...request.headers.map(([name, value]) =>
      `--header ${word(value === "" ? `${name};` : `${name}: ${value}`)}`
    ),
    ...request.body === null ? [] : [`--data-raw ${word(request.body)}`],
    ...request.certificate === undefined ? [] : [
      `--cert ${word(request.certificate.certFile)}`,
      `--key ${word(request.certificate.keyFile)}`,
    ],
    `--url ${word(request.url)}`,
  ];
  return `# ${id} ${step}${from}: ${printable(ended)}\n${lines.join(" \\\n  ")}\n`;
}

/** Every exchange as a command, in order; what is masked has to be put back before it is run. */
export function curlOf({ exchanges }: Artifact): string {
  const head = "# Secrets are masked: put them back where [masked sha256:…] stands.\n";
  return [head, ...exchanges.map(commandOf)].join("\n");
}
