/** Reads the result document of an audit. @module */

import * as z from "zod";
import { isObject } from "../../core/json.ts";
import { EXCHANGE } from "../../trace/artifact_schema.ts";
import { VERDICTS } from "../context/verdict.ts";
import type { ComparedFlow, ComparedResult } from "./compare_results.ts";

const text = z.string();

/** What the comparison reads; a later version may add members. */
const RESULT = z.looseObject({
  serverUrl: text,
  revision: text,
  startedAt: text,
  checks: z.array(z.looseObject({
    id: text,
    title: text,
    group: text,
    verdict: z.enum(VERDICTS),
    reason: text.nullable(),
    clause: text.nullable(),
    message: text,
    remedy: text.nullable(),
    evidence: z.array(z.int()),
  })),
  discovered: z.looseObject({
    challenge: text.nullable(),
    resourceMetadata: z.record(text, z.unknown()),
    authorizationServerMetadata: z.record(text, z.unknown()),
  }),
  exchanges: z.array(z.looseObject(EXCHANGE.shape)),
});

const isResult = (it: unknown): it is ComparedResult => RESULT.safeParse(it).success;

/** The flows of a result document of `oauth conformance` or `oauth conformance-suite`. */
export function flowsOfDocument(document: unknown): ComparedFlow[] {
  if (!isObject(document) || document["schemaVersion"] !== 1) return [];
  if (isResult(document)) return [[document.serverUrl, document]];
  const flows = Array.isArray(document["flows"]) ? document["flows"].filter(isObject) : [];
  return flows.flatMap(({ flow, result }): ComparedFlow[] =>
    typeof flow === "string" && isResult(result) ? [[flow, result]] : []
  );
}
