/**
 * What the commands that talk to an MCP server have in common: the rooms wired together, one result,
 * one exit status.
 *
 * @module
 */

import { runInPieces } from "../../core/abort.ts";
import type { FlowEvent } from "../../core/events.ts";
import { cancelledFailure, type Failure, toFailure, usageFailure } from "../../core/failure.ts";
import type { RefreshEffects } from "../../flow/context/effects.ts";
import { maskDocument, maskDocumentPieces, maskForeignObject } from "../../trace/own_document.ts";
import type { Recorder } from "../../trace/recorder.ts";
import { exitStatus, openAccount, shownOptions } from "./account.ts";
import type { Context, Given } from "../command/command.ts";
import { errorDocument } from "../terminal/error_document.ts";
import { partsOf } from "../terminal/failure_parts.ts";
import { failureText, type View } from "../terminal/finding_text.ts";
import type { Flag, FlagTable } from "../command/flag.ts";
import { readAuthorities } from "./input_files.ts";
import { jsonText } from "../terminal/json_text.ts";
import { openOutputs } from "./outputs.ts";
import type { Progress } from "../terminal/progress.ts";
import { requiredUrl, type ServerOptions } from "./server_flags.ts";
import type { LoginParts } from "../commands/login/login_parts.ts";
import type { Runtime } from "../command/runtime.ts";

/** What a command works with. */
export interface Workplace extends RefreshEffects {
  /** MCP server URL, as typed. */
  readonly serverUrl: string;
  /** Milliseconds a request may take. */
  readonly stepTimeoutMs: number;
  /** Takes reports. */
  readonly emit: (event: FlowEvent) => void;
  /** Everything so far. */
  readonly recorder: Recorder;
  /** The rooms of a login. */
  readonly parts: LoginParts;
  /** Progress, for what talks to a person meanwhile. */
  readonly progress: Progress;
  /** PEM text of further trusted certificates. */
  readonly caCerts: readonly string[];
  /** Everything outside. */
  readonly runtime: Runtime;
}

/** What a command came to. */
export interface Report {
  /** The document for format json. */
  readonly document: object;
  /** The same for people; `shown` is the document with its secrets masked. */
  text(view: View, shown: object): string;
  /** Why it is no success although there is a result. */
  readonly failure?: Failure | undefined;
  /** True when the text for people says so itself; else stderr does. */
  readonly selfExplaining?: boolean;
  /** True when the document is the server's, so that no part of it is this program's own. */
  readonly isForeign: boolean;
}

/** A command line and where it runs. */
export interface ServerRun<F extends FlagTable> {
  /** The command's name. */
  readonly name: string;
  /** Its flags. */
  readonly flags: F;
  /** What was asked for. */
  readonly given: Given<F> & { readonly options: ServerOptions };
  /** Where it runs. */
  readonly context: Context;
  /** What is to be said about the command line. */
  readonly warnings: readonly string[];
  /** As it follows `error:`: `could not list the tools of`; the URL follows. */
  readonly attempted: string;
}

/**
 * Runs the work, then writes artifact and result. What the work throws becomes the result.
 *
 * @returns The exit status.
 * @throws Failure of kind `usage` before the first request.
 */
export async function runOnServer<F extends FlagTable>(
  run: ServerRun<F>,
  work: (place: Workplace) => Promise<Report>,
): Promise<number> {
  const { context: { runtime, format } } = run;
  const options: ServerOptions = run.given.options;
  const { io, env, clock, signal } = runtime;
  if (options.quiet && options.verbose) {
    throw usageFailure(
      "impossible_combination",
      "--quiet and --verbose contradict each other",
      "Give one of them",
    );
  }
  const serverUrl = requiredUrl(options);
  const caCerts = await readAuthorities(options.caFile, io);
  const parts = await runtime.load("login", () => import("../commands/login/login_parts.ts"));
  const secrets = parts.createSecrets();
  for (const [name, flag] of Object.entries<Flag<unknown>>(run.flags)) {
    const given: unknown = (options as Readonly<Record<string, unknown>>)[name];
    if (flag.secret && typeof given === "string") secrets.add(given);
  }
  const outputs = await openOutputs(runtime, options.debugOut);
  const account = await openAccount({
    ...{ runtime, parts, options, secrets },
    command: { name: run.name, options: shownOptions(run.flags, options) },
    secretFields: options.header.map(([name]) => name),
    // Steps are an account of a login; here the result tells the same.
    shows: ({ type }) => type !== "step_started" && type !== "step_ended",
  });
  const { emit, recorder, progress, view } = account;
  if (!options.quiet) {
    for (const warning of run.warnings) io.err(`warning: ${warning}\n`);
  }
  const stepTimeoutMs = options.stepTimeout ?? 30_000;
  const http = parts.createHttpClient({
    ...{ serverUrl, stepTimeoutMs, caCerts, emit, secrets, clock, env, signal },
    customHeaders: options.header,
    ...(options.proxy === undefined ? {} : { proxy: options.proxy }),
  });

  let report: Report | undefined;
  let failure: Failure | undefined;
  try {
    report = await work({
      ...{
        serverUrl,
        stepTimeoutMs,
        http,
        secrets,
        clock,
        signal,
        emit,
        recorder,
        parts,
        progress,
      },
      ...{ caCerts, runtime },
      note: (message) => emit({ type: "note", at: clock.now(), message }),
    });
    failure = report.failure;
  } catch (error) {
    failure = signal.aborted ? cancelledFailure() : toFailure(error);
  } finally {
    await http.close();
  }

  const fail = (error: unknown) => {
    failure = signal.aborted ? cancelledFailure() : failure ?? toFailure(error);
    report = undefined;
  };
  const isForeign = report?.isForeign ?? false;
  let shown: object | undefined;
  try {
    if (report !== undefined) {
      const { document } = report;
      shown = await runInPieces(
        isForeign ? maskForeignObject(document, secrets) : maskDocumentPieces(document, secrets),
        signal,
      );
    }
  } catch (error) {
    fail(error);
  }
  try {
    const result = report?.document ?? null;
    const written = await account.writeArtifact(outputs, failure ?? null, result, isForeign);
    if (written.failure !== null && written.failure !== failure) fail(written.failure);
  } catch (error) {
    fail(error);
  }
  progress.finish();

  if (report === undefined && failure !== undefined) {
    const attempted = failure.kind === "usage" || failure.kind === "cancelled"
      ? undefined
      : `${run.attempted} ${serverUrl}`;
    io.err(
      `${failureText(attempted, await partsOf(failure), view(io.stderrIsTerminal)).join("\n")}\n`,
    );
    shown = maskDocument(errorDocument(failure) as object, secrets);
  }
  const explained = report?.selfExplaining === true && format === "human";
  if (report !== undefined && failure !== undefined && !explained) {
    const lines = failureText(undefined, await partsOf(failure), view(io.stderrIsTerminal));
    io.err(`${lines.join("\n")}\n`);
  }
  if (format === "json") io.out(jsonText(shown));
  else if (report !== undefined && shown !== undefined) {
    io.out(report.text(view(io.stdoutIsTerminal), shown));
  }
  return exitStatus(failure);
}
