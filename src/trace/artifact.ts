import type { Clock, Env, Io } from "../core/system.ts";
import type { Exchange } from "../core/exchange.ts";
import type { Finding } from "../core/finding.ts";
import { isObject } from "../core/json.ts";
import type { Work } from "../core/work.ts";
import type { StepRecord } from "../core/step.ts";
import { VERSION } from "../core/version.ts";
import { type DecodedToken, decodedTokens } from "./decoded_tokens.ts";
import type { Recorder } from "./recorder.ts";
import { createRedactor, maskExchanges } from "./redactor.ts";
import type { Secrets } from "./secrets.ts";

export const ARTIFACT_SCHEMA_VERSION = 2;

interface Environment {
  readonly os: string;
  readonly arch: string;
  readonly terminal: Readonly<Record<"stdin" | "stdout" | "stderr", boolean>>;
  /** Names of variables that are set, never their values. */
  readonly networkVariables: readonly string[];
}

const NETWORK_VARIABLES =
  "HTTP_PROXY HTTPS_PROXY ALL_PROXY NO_PROXY http_proxy https_proxy all_proxy no_proxy DENO_CERT " +
  "DENO_TLS_CA_STORE SSL_CERT_FILE SSL_CERT_DIR";

/** The parts of the environment that may explain a failure and are not secret. */
export function describeEnvironment(
  io: Pick<Io, "stdinIsTerminal" | "stdoutIsTerminal" | "stderrIsTerminal">,
  env: Env,
): Environment {
  return {
    os: Deno.build.os,
    arch: Deno.build.arch,
    terminal: {
      stdin: io.stdinIsTerminal,
      stdout: io.stdoutIsTerminal,
      stderr: io.stderrIsTerminal,
    },
    networkVariables: NETWORK_VARIABLES.split(" ").filter((name) => env.get(name) !== undefined),
  };
}

export interface ArtifactOutcome {
  readonly completed: boolean;
  /** Null if the process was being ended from outside. */
  readonly exitStatus: number | null;
  readonly error: {
    readonly code: string;
    readonly message: string;
    readonly remedy?: string | undefined;
    readonly reference?: string | undefined;
    /** Stack of an unexpected error; `deno task stack` maps it to source lines. */
    readonly stack?: string | undefined;
  } | null;
  /** The command's result; `steps`, `findings` and `error` in it are left out here. */
  readonly result?: unknown;
  /** True if another party wrote the result, so that every part of it is masked. */
  readonly isForeign?: boolean;
}

export interface ArtifactInput {
  /** Secret options are masked. */
  readonly command: { readonly name: string; readonly options: Readonly<Record<string, unknown>> };
  readonly outcome: ArtifactOutcome;
  readonly recorder: Recorder;
  readonly environment: Environment;
  readonly secrets: Secrets;
  readonly secretFields: readonly string[];
  readonly clock: Clock;
  /** True if the artifact must be written now. */
  readonly isLate?: () => boolean;
}

export interface Artifact {
  readonly schemaVersion: 2;
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

function withoutRepetition(result: unknown): unknown {
  if (!isObject(result)) return result;
  return Object.fromEntries(Object.entries(result).filter(([name]) => !OTHER_MEMBERS.has(name)));
}

/** The trace of a command, masked. When `isLate`, everything that is not masked yet is left out. */
export function* buildArtifact(input: ArtifactInput): Work<Artifact> {
  const { command, recorder, secrets, secretFields, outcome, isLate = () => false } = input;
  const redactor = createRedactor({ secrets, secretFields });
  const { result, isForeign = false, ...ending } = outcome;
  const exchanges = recorder.exchanges().toSorted((a, b) => a.id - b.id);
  const masked: Exchange[] = [];
  const more: { tokens: DecodedToken[]; result?: unknown } = { tokens: [] };
  function* maskForeign(): Work<void> {
    yield* maskExchanges(exchanges, redactor, (exchange) => masked.push(exchange));
    if (result !== undefined) {
      more.result = yield* isForeign
        ? redactor.foreign(result)
        : redactor.document(withoutRepetition(result));
    }
    more.tokens = yield* redactor.foreign(yield* decodedTokens(exchanges));
  }
  const work = maskForeign();
  let isComplete = false;
  while (!isComplete && !isLate()) {
    isComplete = work.next().done === true;
    yield;
  }
  const notes = recorder.notes();
  if (!isComplete) notes.push(leftOut(exchanges.length - masked.length));
  return {
    schemaVersion: ARTIFACT_SCHEMA_VERSION,
    generatedAt: new Date(input.clock.now()).toISOString(),
    tool: { name: "mcpass", version: VERSION, runtime: `deno ${Deno.version.deno}` },
    command: { ...yield* redactor.document({ options: command.options }), name: command.name },
    outcome: { ...yield* redactor.document(ending), result: more.result },
    steps: yield* redactor.document(recorder.steps()),
    exchanges: masked,
    tokens: more.tokens,
    findings: yield* redactor.document(recorder.findings()),
    notes: yield* redactor.document(notes),
    environment: input.environment,
  };
}
