/**
 * The debug artifact: a complete account of one command, without secrets.
 *
 * @module
 */

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

const TOLD_ELSEWHERE = new Set(["steps", "findings", "error", "completed"]);

function withoutRepetition(result: unknown): unknown {
  if (!isObject(result)) return result;
  return Object.fromEntries(Object.entries(result).filter(([name]) => !TOLD_ELSEWHERE.has(name)));
}

/** Builds the document; nothing in it shares a value with `secrets`. */
export function buildArtifact(input: ArtifactInput): Artifact {
  const pieces = buildArtifactInPieces(input);
  for (;;) {
    const piece = pieces.next();
    if (piece.done === true) return piece.value;
  }
}

/** {@link buildArtifact} that stops after each exchange: masking many large bodies takes long. */
export function* buildArtifactInPieces(input: ArtifactInput): Generator<undefined, Artifact> {
  const { recorder, secrets, secretFields, outcome } = input;
  const redactor = createRedactor({ secrets, secretFields });
  const { result, isForeign = false, ...ending } = outcome;
  const exchanges = recorder.exchanges().toSorted((a, b) => a.id - b.id);
  // A secret may be spelled out in an earlier exchange than the one that shows it to be a secret.
  for (const exchange of exchanges) {
    redactor.exchange(exchange);
    yield;
  }
  const masked: Exchange[] = [];
  for (const exchange of exchanges) {
    masked.push(redactor.exchange(exchange));
    yield;
  }
  const document: Artifact = {
    schemaVersion: ARTIFACT_SCHEMA_VERSION,
    generatedAt: new Date(input.clock.now()).toISOString(),
    tool: { name: "mcpass", version: VERSION, runtime: `deno ${Deno.version.deno}` },
    command: {
      ...redactor.json({ options: input.command.options }) as Artifact["command"],
      name: input.command.name,
    },
    outcome: {
      ...redactor.json(ending) as ArtifactOutcome,
      ...result === undefined ? {} : {
        result: isForeign ? redactor.foreign(result) : redactor.json(withoutRepetition(result)),
      },
    },
    steps: redactor.json(recorder.steps()) as StepRecord[],
    exchanges: masked,
    tokens: redactor.foreign(decodedTokens(exchanges)) as DecodedToken[],
    findings: redactor.json(recorder.findings()) as Finding[],
    notes: redactor.json(recorder.notes()) as string[],
    environment: input.environment,
  };
  return document;
}
