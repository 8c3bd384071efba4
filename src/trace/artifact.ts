/**
 * The debug artifact: a complete account of one command, without secrets.
 *
 * @module
 */

import { finish, type Pieces } from "../core/abort.ts";
import type { Clock } from "../core/deps.ts";
import type { Exchange } from "../core/exchange.ts";
import type { Finding } from "../core/finding.ts";
import { isObject } from "../core/json.ts";
import type { StepRecord } from "../core/step.ts";
import { VERSION } from "../core/version.ts";
import { type DecodedToken, decodedTokens } from "./decoded_tokens.ts";
import type { Environment } from "./environment.ts";
import type { Recorder } from "./recorder.ts";
import { createRedactor, MAX_BODY_CHARACTERS } from "./redact.ts";
import type { Secrets } from "./secrets.ts";

/** Version of the artifact's shape; it grows with every change that a reader could trip over. */
export const ARTIFACT_SCHEMA_VERSION = 2;

export { MAX_BODY_CHARACTERS };

/** How the command ended. */
export interface ArtifactOutcome {
  /** True when everything that was asked for succeeded. */
  readonly completed: boolean;
  /** Exit status; null when the process was about to be ended from outside. */
  readonly exitStatus: number | null;
  /** What ended it, or null. */
  readonly error: {
    readonly code: string;
    readonly message: string;
    readonly remedy?: string | undefined;
    readonly reference?: string | undefined;
    /** Stack of an unexpected error; `deno task stack` leads to the lines of the source. */
    readonly stack?: string | undefined;
  } | null;
  /** The command's result; `steps`, `findings` and `error` in it are left out here. */
  readonly result?: unknown;
  /** True when the result is another party's document, so that every part of it is masked. */
  readonly isForeign?: boolean;
}

/** What an artifact is made from. */
export interface ArtifactInput {
  /** The command and its options by name; secret options may be in it, they are masked. */
  readonly command: { readonly name: string; readonly options: Readonly<Record<string, unknown>> };
  /** How it ended. */
  readonly outcome: ArtifactOutcome;
  /** What it did. */
  readonly recorder: Recorder;
  /** Where it ran. */
  readonly environment: Environment;
  /** What must not be in it. */
  readonly secrets: Secrets;
  /** Names of the header fields that the person gave. */
  readonly secretFields: readonly string[];
  /** Time. */
  readonly clock: Clock;
  /** True when the document has to be written at once. */
  readonly isLate?: () => boolean;
}

/** The document. */
export interface Artifact {
  /** {@link ARTIFACT_SCHEMA_VERSION}. */
  readonly schemaVersion: 2;
  /** ISO 8601. */
  readonly generatedAt: string;
  /** Which program wrote it. */
  readonly tool: { readonly name: "mcpass"; readonly version: string; readonly runtime: string };
  /** What was asked. */
  readonly command: ArtifactInput["command"];
  /** How it ended. */
  readonly outcome: ArtifactOutcome;
  /** The account. */
  readonly steps: readonly StepRecord[];
  /** Every attempt, in the order of sending. */
  readonly exchanges: readonly Exchange[];
  /** What the tokens in them say: decoded, unverified, without the tokens themselves. */
  readonly tokens: readonly DecodedToken[];
  /** What was noticed. */
  readonly findings: readonly Finding[];
  /** What was said beside. */
  readonly notes: readonly string[];
  /** Where it ran. */
  readonly environment: Environment;
}

function leftOut(exchanges: number): string {
  return `incomplete trace: the command was cancelled before mcpass had masked ${exchanges} ` +
    `exchange${exchanges === 1 ? "" : "s"} and the result, so they are left out`;
}

const TOLD_ELSEWHERE = new Set(["steps", "findings", "error", "completed"]);

function withoutRepetition(result: unknown): unknown {
  if (!isObject(result)) return result;
  return Object.fromEntries(Object.entries(result).filter(([name]) => !TOLD_ELSEWHERE.has(name)));
}

/** {@link artifactPieces} without a pause. */
export function buildArtifact(input: ArtifactInput): Artifact {
  return finish(artifactPieces(input));
}

/** Builds the document, with pauses; nothing in it shares a value with `secrets`. */
export function* artifactPieces(input: ArtifactInput): Pieces<Artifact> {
  const { recorder, secrets, secretFields, outcome, isLate = () => false } = input;
  const { pieces } = createRedactor({ secrets, secretFields });
  const { result, isForeign = false, ...ending } = outcome;
  const exchanges = recorder.exchanges().toSorted((a, b) => a.id - b.id);
  const masked: Exchange[] = [];
  const more: { tokens: DecodedToken[]; result?: unknown } = { tokens: [] };
  function* maskForeign(): Pieces<void> {
    // A secret may be written in an earlier exchange than the one that shows it to be a secret.
    for (const exchange of exchanges) yield* pieces.exchange(exchange);
    for (const exchange of exchanges) masked.push(yield* pieces.exchange(exchange));
    if (result !== undefined) {
      more.result = yield* isForeign
        ? pieces.foreign(result)
        : pieces.json(withoutRepetition(result));
    }
    more.tokens = (yield* pieces.foreign(yield* decodedTokens(exchanges))) as DecodedToken[];
  }
  const work = maskForeign();
  let isComplete = false;
  while (!isComplete && !isLate()) {
    isComplete = work.next().done === true;
    yield;
  }
  const notes = isComplete
    ? recorder.notes()
    : [...recorder.notes(), leftOut(exchanges.length - masked.length)];
  return {
    schemaVersion: ARTIFACT_SCHEMA_VERSION,
    generatedAt: new Date(input.clock.now()).toISOString(),
    tool: { name: "mcpass", version: VERSION, runtime: `deno ${Deno.version.deno}` },
    command: {
      ...(yield* pieces.json({ options: input.command.options })) as Artifact["command"],
      name: input.command.name,
    },
    outcome: {
      ...(yield* pieces.json(ending)) as ArtifactOutcome,
      ...more.result === undefined ? {} : { result: more.result },
    },
    steps: (yield* pieces.json(recorder.steps())) as StepRecord[],
    exchanges: masked,
    tokens: more.tokens,
    findings: (yield* pieces.json(recorder.findings())) as Finding[],
    notes: (yield* pieces.json(notes)) as string[],
    environment: input.environment,
  };
}
