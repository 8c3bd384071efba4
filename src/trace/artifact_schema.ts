/** Validates artifacts. It loads zod, which code that writes artifacts does not need. @module */

import * as z from "zod";
import { PURPOSES } from "../core/exchange.ts";
import { STEPS } from "../core/step.ts";
import { MAX_BODY_CHARACTERS } from "./redactor.ts";

/** No artifact that mcpass wrote has longer lists, and a report on them would take long. */
const MAX_ITEMS = 4000;

const text = z.string().max(MAX_BODY_CHARACTERS);
const listOf = <T extends z.ZodType>(item: T) => z.array(item).max(MAX_ITEMS);

const step = z.enum(STEPS);
const headers = listOf(z.tuple([text, text]));
const milliseconds = z.number().nonnegative();

export const EXCHANGE = z.strictObject({
  id: z.int().positive(),
  step,
  purpose: z.enum(PURPOSES),
  startedAt: z.iso.datetime(),
  durationMs: milliseconds,
  request: z.strictObject({
    method: text,
    url: text,
    headers,
    body: text.nullable(),
    certificate: z.strictObject({ certFile: text, keyFile: text }).optional(),
  }),
  response: z.strictObject({
    status: z.int(),
    statusText: text,
    headers,
    body: text,
    bodyBytes: z.int().nonnegative(),
    truncated: z.boolean(),
  }).nullable(),
  fault: z.strictObject({ code: text, message: text }).nullable(),
  redirectOf: z.int().positive().nullable(),
}).describe("The file of --debug-out, secrets masked");

export const ARTIFACT = z.strictObject({
  schemaVersion: z.literal(2),
  generatedAt: z.iso.datetime(),
  tool: z.strictObject({ name: z.literal("mcpass"), version: text, runtime: text }),
  command: z.strictObject({ name: text, options: z.record(text, z.unknown()) }),
  outcome: z.strictObject({
    completed: z.boolean(),
    exitStatus: z.int().nullable(),
    error: z.strictObject({
      code: text,
      message: text,
      remedy: text.optional(),
      reference: text.optional(),
      stack: text.optional(),
    }).nullable(),
    result: z.unknown().optional(),
  }),
  steps: listOf(z.strictObject({
    step,
    status: z.enum(["running", "done", "failed", "skipped"]),
    startedAt: z.iso.datetime(),
    durationMs: milliseconds.nullable(),
    detail: text.optional(),
  })),
  exchanges: listOf(EXCHANGE),
  tokens: listOf(z.strictObject({
    exchange: z.int().positive(),
    member: text.nullable(),
    header: z.record(text, z.unknown()),
    claims: z.record(text, z.unknown()).nullable(),
    times: z.record(text, text),
  })),
  findings: listOf(z.strictObject({
    code: text,
    severity: z.enum(["error", "warning", "info"]),
    step,
    message: text,
    remedy: text,
    reference: text,
  })),
  notes: listOf(text),
  environment: z.strictObject({
    os: text,
    arch: text,
    terminal: z.strictObject({ stdin: z.boolean(), stdout: z.boolean(), stderr: z.boolean() }),
    networkVariables: listOf(text),
  }),
}).describe("The file of --debug-out, secrets masked");

/** One line for each difference from version 2 of the artifact. */
export function artifactFaults(document: unknown): string[] {
  const { error } = ARTIFACT.safeParse(document);
  return (error?.issues ?? []).map(({ path, message }) => `${path.join(".")}: ${message}`);
}
