/** The debug artifact: a complete trace of one command, without secrets. @module */

import type { Clock } from "../core/deps.ts";
import type { Exchange } from "../core/exchange.ts";
import type { Finding } from "../core/finding.ts";
import { isObject } from "../core/json.ts";
import type { Pieces } from "../core/pieces.ts";
import type { StepRecord } from "../core/step.ts";
import { VERSION } from "../core/version.ts";
import { type DecodedToken, decodedTokens } from "./decoded_tokens.ts";
import type { Environment } from "./environment.ts";
import type { Recorder } from "./recorder.ts";
import { createRedactor } from "./redactor.ts";
import type { Secrets } from "./secrets.ts";

export const ARTIFACT_SCHEMA_VERSION = 2;

export interface ArtifactOutcome {
  /** True when everything that was requested succeeded. */
  readonly completed: boolean;
  /** Null when the process was about to be ended from outside. */
  readonly exitStatus: number | null;
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

export interface ArtifactInput {
  /** The command and its options by name; secret options may be in it, they are masked. */
  readonly command: { readonly name: string; readonly options: Readonly<Record<string, unknown>> };
  readonly outcome: ArtifactOutcome;
  readonly recorder: Recorder;
  readonly environment: Environment;
  readonly secrets: Secrets;
  /** Names of the header fields of `--header`. */
  readonly secretFields: readonly string[];
  readonly clock: Clock;
  /** True when the document has to be written at once. */
  readonly isLate?: () => boolean;
}

export interface Artifact {
  readonly schemaVersion: 2;
  /** ISO 8601. */
  readonly generatedAt: string;
  readonly tool: { readonly name: "mcpass"; readonly version: string; readonly runtime: string };
  readonly command: ArtifactInput["command"];
  readonly outcome: ArtifactOutcome;
  readonly steps: readonly StepRecord[];
  readonly exchanges: readonly Exchange[];
  readonly tokens: readonly DecodedToken[];
  readonly findings: readonly Finding[];
  readonly notes: readonly string[];
  readonly environment: Environment;
}

function leftOut(exchanges: number): string {
  const what = exchanges === 0 ? "" : `${exchanges} exchange${exchanges === 1 ? "" : "s"} and `;
  return `incomplete trace: the command was cancelled before mcpass had masked ${what}the result`;
}

const OTHER_MEMBERS = new Set(["steps", "findings", "error", "completed"]);

/** A result without what other members of the artifact have. */
function withoutRepetition(result: unknown): unknown {
  if (!isObject(result)) return result;
  return Object.fromEntries(Object.entries(result).filter(([name]) => !OTHER_MEMBERS.has(name)));
}

/** Builds the document, in which no secret is; what is not masked when it is late is left out. */
export function* buildArtifact(input: ArtifactInput): Pieces<Artifact> {
  const { recorder, secrets, secretFields, outcome, isLate = () => false } = input;
  const redactor = createRedactor({ secrets, secretFields });
  const { result, isForeign = false, ...ending } = outcome;
  const exchanges = recorder.exchanges().toSorted((a, b) => a.id - b.id);
  const masked: Exchange[] = [];
  const more: { tokens: DecodedToken[]; result?: unknown } = { tokens: [] };
  function* maskForeign(): Pieces<void> {
    // A secret may be written in an earlier exchange than the one that shows it to be a secret.
    for (const exchange of exchanges) yield* redactor.exchangePieces(exchange);
    for (const exchange of exchanges) masked.push(yield* redactor.exchangePieces(exchange));
    if (result !== undefined) {
      more.result = yield* isForeign
        ? redactor.foreign(result)
        : redactor.document(withoutRepetition(result));
    }
    more.tokens = (yield* redactor.foreign(yield* decodedTokens(exchanges))) as DecodedToken[];
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
      ...(yield* redactor.document({ options: input.command.options })) as Artifact["command"],
      name: input.command.name,
    },
    outcome: {
      ...(yield* redactor.document(ending)) as ArtifactOutcome,
      ...more.result === undefined ? {} : { result: more.result },
    },
    steps: (yield* redactor.document(recorder.steps())) as StepRecord[],
    exchanges: masked,
    tokens: more.tokens,
    findings: (yield* redactor.document(recorder.findings())) as Finding[],
    notes: (yield* redactor.document(notes)) as string[],
    environment: input.environment,
  };
}
