/**
 * Validates the JSON documents that tests make commands write, whatever the tests are about.
 *
 * @module
 */

import assert from "node:assert/strict";
import type * as z from "zod";
import { COMMANDS } from "../../src/cli/app/commands.ts";
import { resolveCommand } from "../../src/cli/app/resolve_command.ts";
import { isObject } from "../../src/core/json.ts";
import { COMMAND_SCHEMAS } from "../../src/cli/schemas/table.ts";

/** The issues of the alternative that fits best, one line each. */
function issueLines(issues: readonly z.core.$ZodIssue[]): string[] {
  return issues.flatMap((issue) => {
    const { path, message } = issue;
    if (issue.code === "invalid_union" && issue.errors.length > 0) {
      const depth = (list: readonly z.core.$ZodIssue[]) =>
        Math.max(...list.map((it) => it.path.length));
      const [best = []] = [...issue.errors].sort((a, b) =>
        depth(b) - depth(a) || a.length - b.length
      );
      return issueLines(best.map((it) => ({ ...it, path: [...path, ...it.path] })));
    }
    return [`${path.join(".")}: ${message}`];
  });
}

type Document = Readonly<Record<string, unknown>>;

const hasError = ({ findings }: Document) =>
  Array.isArray(findings) && findings.some(({ severity }) => severity === "error");

/** What a schema does not say about members of one document: the fault, and where it is found. */
const CONTRADICTIONS: readonly (readonly [fault: string, isIn: (it: Document) => boolean])[] = [
  [
    "completed and ok must be equal",
    ({ completed, ok }) => completed !== undefined && ok !== undefined && completed !== ok,
  ],
  ["valid and ok must be equal", ({ valid, ok }) => valid !== undefined && valid !== ok],
  ["without a document, ok must be false", ({ document, ok }) => document === null && ok === true],
];

/** Commands that fail if they report a finding with the severity error. */
const FAILS_WITH_FINDING = ["oauth metadata"];

function contradictions(command: string, document: Document): string[] {
  const found = CONTRADICTIONS.filter(([, isIn]) => isIn(document)).map(([fault]) => fault);
  const passes = document["ok"] === true && hasError(document);
  return passes && FAILS_WITH_FINDING.includes(command)
    ? [...found, "with an error among the findings, ok must be false"]
    : found;
}

/** Where a document differs from the schema of its command, or contradicts itself; empty if nowhere. */
export function documentFaults(command: string, document: unknown): string[] {
  const schema = COMMAND_SCHEMAS.get(command);
  if (schema === undefined) return [`mcpass ${command} has no row in src/cli/schemas/table.ts`];
  return [
    ...issueLines(schema.safeParse(document).error?.issues ?? []),
    ...isObject(document) ? contradictions(command, document) : [],
  ];
}

/** Commands whose exit status does not follow from the document: it is written before they end. */
const RUNS_ON = ["oauth client-metadata serve"];

/** The name of the command; `version` stands for one that does not exist: its failure is like any. */
async function commandOf(args: readonly string[]): Promise<string> {
  try {
    const { entry } = resolveCommand(COMMANDS, args);
    return (await entry?.load())?.name ?? "version";
  } catch {
    return "version";
  }
}

/** The faults of what a command line has written to standard output, if that is its document. */
export async function outputFaults(
  args: readonly string[],
  { stdout, status, isTerminal }: {
    readonly stdout: string;
    readonly status: number;
    readonly isTerminal: boolean;
  },
): Promise<string[]> {
  const line = args.join(" ");
  const isJson = /--(format|as)[= ]json/.test(line);
  const isHelp = args.some((word) => /^--help\b|^-h$/.test(word));
  const isOther = (isTerminal || isHelp) && !isJson ||
    args.some((word) => /^--(field|curl)\b/.test(word)) ||
    /--format[= ](human|har)/.test(line);
  if (isOther || !stdout.startsWith("{")) return [];
  const name = isHelp ? "help" : await commandOf(args);
  if (name === "bridge" && !line.includes("--listen")) {
    const isMessage = (text: string) => JSON.parse(text).jsonrpc === "2.0";
    return stdout.trim().split("\n").every(isMessage) ? [] : ["a line is no JSON-RPC message"];
  }
  // Its value is a file there, and standard output has only an error.
  if (args.includes("--watch") && name !== "oauth token") {
    return stdout.trim().split("\n").flatMap((line) => documentFaults(name, JSON.parse(line)));
  }
  const document = JSON.parse(stdout);
  // In the credential protocol, `ok` is the result.
  const contradicts = typeof document.ok === "boolean" && document.ok !== (status === 0);
  return [
    ...documentFaults(name, document),
    ...contradicts && !RUNS_ON.includes(name)
      ? [`ok is ${document.ok}, and the exit status is ${status}`]
      : [],
  ];
}

/** Fails if a process of the program, without a terminal, wrote a document that differs from its schema. */
export async function assertDocument(
  args: readonly string[],
  { code, stdout }: { readonly code: number; readonly stdout: string | Uint8Array },
): Promise<void> {
  const text = typeof stdout === "string" ? stdout : new TextDecoder().decode(stdout);
  const faults = await outputFaults(args, { stdout: text, status: code, isTerminal: false });
  assert.deepEqual(faults, [], `${args.join(" ")}\n${text}`);
}
