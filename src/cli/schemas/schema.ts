/**
 * Schemas of the JSON documents. They load zod, so only `mcpass schema`, `--field`, the documents and the
 * tests import them.
 *
 * @module
 */

import * as z from "zod";
import { STEPS } from "../../core/step.ts";
import type { Finding } from "../../core/finding.ts";
import type { Code } from "../../findings/mod.ts";
import { REVISION_IDS } from "../../oauth/mcp/revision.ts";
import type { StoredRelaxations } from "../../store/stored_entry.ts";
import type { ErrorMember } from "../terminal/error_document.ts";

/** A type as JSON has it: members that can be undefined are optional, nothing is read-only. */
type Json<T> = T extends string | number | boolean | null | undefined ? T
  : unknown extends T ? unknown
  : T extends readonly (infer Item)[] ? Json<Item>[]
  :
    & { [K in keyof T as undefined extends T[K] ? never : K]: Json<T[K]> }
    & {
      [K in keyof T as undefined extends T[K] ? K : never]?: Json<Exclude<T[K], undefined>>;
    } extends infer Members ? { -readonly [K in keyof Members]: Members[K] }
  : never;

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends (<T>() => T extends B ? 1 : 2) ? true
  : false;

type Differs<A, B> = { readonly schemaHas: A; readonly documentHas: B };

/** Does not fit where a member of the schema differs from the member of the document's type. */
type MembersOf<D, S extends z.ZodRawShape> =
  & {
    [K in keyof S]: K extends keyof D ? Same<Json<z.output<S[K]>>, Json<D[K]>> extends true ? S[K]
      : Differs<Json<z.output<S[K]>>, Json<D[K]>>
      : never;
  }
  & { [K in Exclude<keyof D, keyof S>]: z.ZodType };

/** The schema of an object of the type `D`; it compiles only if they have the same members. */
export function object<D extends object>(): <S extends z.ZodRawShape>(
  about: string,
  shape: S & MembersOf<D, S>,
) => z.ZodObject<S, z.core.$strict> {
  return ((about: string, shape: z.ZodRawShape) => z.strictObject(shape).describe(about)) as never;
}

export const text = z.string();
export const url = z.string().describe("URL");
export const time = z.iso.datetime().describe("ISO 8601, UTC");
export const milliseconds = z.number().nonnegative().describe("milliseconds");
export const count = z.int().nonnegative();
export const status = z.int().min(100).max(999).describe("HTTP status");
export const step = z.enum(STEPS);
export const revision = z.enum(REVISION_IDS).describe("MCP revision");
export const registration = z.enum(["cimd", "dcr", "preregistered", "none"]);
export const code: z.ZodType<Code> = z.string().regex(/^[a-z0-9_]+$/)
  .describe("stable code; mcpass explain <code>") as never;
/** JSON of another party, with secrets masked. */
export const foreign = z.record(z.string(), z.unknown());

export const error = object<ErrorMember>()("Why the command failed", {
  code,
  message: text.min(1).describe("what was attempted and what was observed"),
  remedy: text.min(1).optional().describe("what to do; several lines are possible"),
  fixes: z.array(z.strictObject({
    party: z.enum(["server", "authorization_server", "identity_provider", "you"])
      .describe("who makes the change; server: the MCP server, you: the person who runs mcpass"),
    text: text.min(1),
    commands: z.array(text.min(1)).optional().describe(
      "commands that are not complete, or of which you choose one",
    ),
  })).describe("the remedy, by party"),
  try: text.min(1).optional().describe("a command of the remedy that runs as printed"),
}).meta({ id: "error" });

export const finding = object<Finding>()("Something that was noticed about a server", {
  code,
  severity: z.enum(["error", "warning", "info"]),
  step,
  message: text.min(1),
  remedy: text.min(1),
  reference: text.min(1).describe("RFC or MCP section"),
}).meta({ id: "finding" });

export const findings = z.array(finding);

export const relaxations = object<StoredRelaxations>()("Checks that the user turned off", {
  trustIssuer: z.strictObject({ expected: text, announced: text }).optional()
    .describe("--trust-issuer"),
  trustPkce: text.optional().describe("issuer of --trust-pkce"),
  resource: text.optional().describe("--resource"),
});

export const failure = z.strictObject({
  ok: z.literal(false),
  completed: z.literal(false),
  error,
}).describe("The command ended before it had a result").meta({ id: "failure" });

/** In JSON Schema: `error` is there exactly when `ok` is false. */
const OUTCOME = {
  if: { properties: { ok: { const: true } } },
  then: { not: { required: ["error"] } },
  else: { required: ["error"] },
};

type Own<D> = Omit<D, "error" | "ok">;

/** The schema of a command's document: the members of `D`, `ok`, and after a failure `error`. */
export function result<D extends object>(): <S extends z.ZodRawShape>(
  about: string,
  shape: S & MembersOf<Own<D>, S>,
) => z.ZodType {
  return (about: string, shape: z.ZodRawShape) => {
    const complete = z.strictObject({
      ok: z.boolean().describe("true exactly when the exit status is 0"),
      ...shape,
      error: error.optional(),
    });
    const consistent = complete.refine(
      (it) => it["ok"] === (it["error"] === undefined),
      "error must be there exactly when ok is false",
    ).meta(OUTCOME);
    return z.union([consistent, failure]).describe(about);
  };
}
