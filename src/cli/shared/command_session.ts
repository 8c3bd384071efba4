import { cancelIfStuck, exitLimitMs } from "../../core/abort.ts";
import { CA_STORES } from "../../core/certificate_authorities.ts";
import {
  commandText,
  type LoginCommand,
  type OptionTexts,
  remedyText,
} from "../../core/command_text.ts";
import type { Emit, FlowEvent } from "../../core/events.ts";
import type { HeaderList } from "../../core/exchange.ts";
import { cancelledFailure, Failure, toFailure } from "../../core/failure.ts";
import { MEBIBYTE } from "../../core/response_limit.ts";
import type { RefreshEffects } from "../../flow/context/effects.ts";
import type { HttpClient, HttpClientOptions } from "../../http/http_client.ts";
import type { PublicEntry, StoredFlags } from "../../store/stored_entry.ts";
import { createRecorder, type Recorder } from "../../trace/recorder.ts";
import type { OutputFile } from "../../trace/output_file.ts";
import { createSecrets, type Secrets } from "../../trace/secrets.ts";
import { isSecretText } from "../args/url_value.ts";
import { commandLine } from "../args/command_line.ts";
import type { Invocation } from "../command/command.ts";
import type { Flag, FlagTable } from "../command/flag.ts";
import type { Runtime } from "../command/runtime.ts";
import type { View } from "../terminal/finding_text.ts";
import { openProgress, type ProgressFlags } from "../terminal/open_progress.ts";
import type { Progress } from "../terminal/progress.ts";
import { styleFor } from "../terminal/style.ts";
import { readAuthorities } from "./input_files.ts";
import { httpClients, storedAuthorities } from "./session_http.ts";
import {
  type Ending,
  type OpenOutputs,
  openOutputs,
  writeArtifact,
  type WrittenArtifact,
} from "./output_files.ts";

export interface SessionOptions extends ProgressFlags {
  readonly caFile?: string | undefined;
  readonly caStore?: string | undefined;
  readonly proxy?: string | undefined;
  readonly stepTimeout?: number | undefined;
  readonly maxResponseSize?: number | undefined;
  readonly debugOut?: string | undefined;
  readonly credentialsOut?: string | undefined;
  readonly header?: HeaderList | undefined;
}

export interface SessionNeeds {
  readonly command: { readonly name: string; readonly flags: FlagTable };
  /** The command line, for one to print with more flags. */
  readonly invocation?: {
    readonly texts: Invocation<FlagTable>["texts"];
    readonly operands: readonly string[];
  };
  /** MCP server URL; custom headers go only to this server. */
  readonly serverUrl: string;
  /** By default those of `--header`. */
  readonly headers?: HeaderList;
  readonly warnings?: readonly string[];
  /** Secrets of the command line; by default the values of secret flags. */
  readonly secrets?: readonly string[];
  /** The options as the artifact shows them; by default all, without the secret ones. */
  readonly shownOptions?: Readonly<Record<string, unknown>>;
  readonly http?: (caCerts: readonly string[]) => Promise<Partial<HttpClientOptions>>;
  /** False if the command sends no request, so that no debug artifact is written. */
  readonly writesArtifact?: boolean;
  /** Characters of requests and responses that are recorded, for a command that may run for days. */
  readonly recordedText?: number;
  /** Which events a person sees; by default all. */
  readonly shows?: (event: FlowEvent) => boolean;
}

export interface CommandSession extends RefreshEffects {
  readonly runtime: Runtime;
  readonly serverUrl: string;
  readonly stepTimeoutMs: number;
  /** PEM text of further trusted certificates. */
  readonly caCerts: readonly string[];
  /** Trusts what the stored sign-in for this server trusted, unless a flag says otherwise. */
  trustAsStored(flags: StoredFlags | undefined): void;
  readonly emit: Emit;
  readonly recorder: Recorder;
  readonly progress: Progress;
  readonly view: (isTerminal: boolean) => View;
  readonly outputs: OpenOutputs;
  /** Opens the client now, so that an unusable `--proxy` or `--ca-file` fails at once. */
  openHttp(): Promise<void>;
  /**
   * The client for another server URL that the person named instead. Ctrl-C ends its requests, unless
   * `until` does that.
   */
  httpAt(serverUrl: string, until?: AbortSignal): HttpClient;
  /** An HTTP client for the server of a stored sign-in; connections are made at the first request. */
  httpFor(signIn: Pick<PublicEntry, "serverUrl" | "loginFlags">): HttpClient;
  /** Closes all connections; a later request opens new ones. */
  closeHttp(): Promise<void>;
  /** The lines that remedies print: that of the login, and that of this command. */
  commands(login: LoginCommand): LoginCommand;
  /** @param file By default that of `--debug-out`. */
  writeArtifact(ending: Ending, file?: OutputFile): Promise<WrittenArtifact>;
  /**
   * Does the work, then closes all and writes the artifact, also after a failure, which it masks. The work
   * has some time after Ctrl-C; `abandoned` is aborted at its end.
   */
  run<T extends object>(
    work: (abandoned: AbortSignal) => Promise<T & Ending>,
  ): Promise<T & Ending>;
}

/** After the time limit for the work, the artifact is written: so long before the process ends. */
const WRITING_MS = 550;

const STEP_TIMEOUT_MS = 30_000;

function commandsOf(
  { command, invocation: { texts, operands } = { texts: new Map(), operands: [] } }: SessionNeeds,
  login: LoginCommand,
): LoginCommand {
  const own: LoginCommand = (add) =>
    Object.keys(add).every((name) => Object.hasOwn(command.flags, name))
      ? commandLine(command, [...texts], { add, operands })
      : login(add);
  return Object.assign((flags: OptionTexts) => login(flags), { own });
}

/** Masks the texts of a failure: a server may have echoed a secret. */
function maskedFailure(failure: Failure, needs: SessionNeeds, secrets: Secrets): Failure {
  const { serverUrl: url } = needs;
  const { code, kind, message, reference, detail, observed, cause } = failure;
  const login = (flags: OptionTexts) => ({ line: commandText("login", { url, ...flags }) });
  const remedy = remedyText(failure, commandsOf(needs, login));
  const masked = (text: string | undefined) => text === undefined ? undefined : secrets.mask(text);
  return new Failure(code, secrets.mask(message), {
    kind,
    reference,
    cause,
    detail: masked(detail),
    observed: masked(observed),
    remedy: masked(remedy),
  });
}

function secretOptions(flags: FlagTable, options: object): string[] {
  return Object.entries(options).flatMap(([name, value]) => {
    const flag = flags[name];
    return flag && typeof value === "string" && isSecretText(flag, value) ? [value] : [];
  });
}

function shownOptions(flags: FlagTable, options: object): Readonly<Record<string, unknown>> {
  const values = new Map<string, unknown>(Object.entries(options));
  return Object.fromEntries(
    Object.entries<Flag<unknown>>(flags).filter(([name, { absent }]) => {
      const value = values.get(name);
      return value !== absent && !(Array.isArray(value) && value.length === 0);
    }).map(([name, { secret }]) => [name, secret ? "[secret]" : values.get(name)]),
  );
}

interface RunningCommand<T> {
  readonly work: (abandoned: AbortSignal) => Promise<T & Ending>;
  readonly writeTrace: (ending: Ending) => ReturnType<typeof writeArtifact>;
  readonly closeHttp: () => Promise<void>;
  readonly progress: Progress;
  readonly secrets: Secrets;
  readonly runtime: Runtime;
  readonly needs: SessionNeeds;
}

/** Does the work of a command, closes its connections, and writes the artifact. */
async function runToEnd<T extends object>(
  { work, writeTrace, closeHttp, progress, secrets, runtime, needs }: RunningCommand<T>,
): Promise<T & Ending> {
  const { signal } = runtime;
  let ending: (T & Ending) | undefined;
  let failure: Failure | undefined;
  try {
    ending = await cancelIfStuck(work, signal, () => exitLimitMs(runtime) - WRITING_MS).finally(
      closeHttp,
    );
    failure = ending.failure;
  } catch (error) {
    failure = signal.aborted ? cancelledFailure() : toFailure(error);
  }
  try {
    const written = await writeTrace({ ...ending, failure });
    if (written.failure !== failure) ending = undefined;
    failure = written.failure;
  } catch (error) {
    const unwritten = toFailure(error);
    if (failure !== undefined && unwritten.kind !== "cancelled") {
      progress.io.err(`warning: ${secrets.mask(unwritten.message)}\n`);
    }
    failure = signal.aborted ? cancelledFailure() : failure ?? unwritten;
    ending = undefined;
  }
  progress.finish();
  if (ending !== undefined) return ending;
  throw maskedFailure(failure ?? cancelledFailure(), needs, secrets);
}

/** @throws Failure of kind `usage` for a file that cannot be used. */
export async function openCommandSession(
  runtime: Runtime,
  options: SessionOptions,
  needs: SessionNeeds,
): Promise<CommandSession> {
  const { io, env, clock, signal } = runtime;
  const { command, serverUrl } = needs;
  const { stepTimeout: stepTimeoutMs = STEP_TIMEOUT_MS, maxResponseSize, proxy } = options;
  const maxResponseBytes = maxResponseSize && maxResponseSize * MEBIBYTE;
  const headers = needs.headers ?? options.header ?? [];
  const caCerts = await readAuthorities(options.caFile, io);
  const secrets = createSecrets();
  for (const secret of needs.secrets ?? secretOptions(command.flags, options)) secrets.add(secret);
  const debugOut = needs.writesArtifact === false ? undefined : options.debugOut;
  const outputs = await openOutputs(runtime, debugOut, options.credentialsOut);
  const recorder = createRecorder(needs.recordedText);
  const progress = await openProgress(runtime, options, secrets);
  if (!options.quiet) {
    for (const warning of needs.warnings ?? []) progress.io.err(`warning: ${warning}\n`);
  }
  const emit: Emit = (event) => {
    recorder.emit(event);
    if (needs.shows?.(event) ?? true) progress.emit(event);
  };
  const note = (message: string) => emit({ type: "note", at: clock.now(), message });
  let stored: StoredFlags | undefined;
  const keepsPartialBodies = debugOut !== undefined;
  const settings = {
    stepTimeoutMs,
    maxResponseBytes,
    keepsPartialBodies,
    caCerts,
    proxy,
    emit,
    secrets,
  };
  const { openClient, closeHttp } = httpClients(runtime, settings);
  const own = { customHeaders: headers, ...await needs.http?.(caCerts) };
  const httpAt = (url: string, until?: AbortSignal) =>
    openClient(url, async () => {
      caCerts.push(...await storedAuthorities(stored, options, io, note));
      return until === undefined ? own : { ...own, signal: until };
    });
  const http = httpAt(serverUrl);

  const shown = needs.shownOptions ?? shownOptions(command.flags, options);
  const trace = {
    command: { name: command.name, options: shown },
    recorder,
    secrets,
    secretFields: headers.map(([name]) => name),
  };
  const writeTrace = (ending: Ending, file = outputs.debug) =>
    writeArtifact(file, ending, runtime, trace);

  return {
    runtime,
    serverUrl,
    stepTimeoutMs,
    caCerts,
    trustAsStored(flags = {}) {
      stored = flags;
      const store = CA_STORES.find((it) => it === flags["caStore"]);
      if (store !== undefined && options.caStore === undefined) {
        runtime.chooseAuthorities?.(store, serverUrl);
      }
    },
    secrets,
    signal,
    clock,
    emit,
    recorder,
    progress,
    outputs,
    http,
    httpAt,
    openHttp: async () => void await http.open(),
    httpFor: ({ serverUrl, loginFlags }) =>
      openClient(serverUrl, async () => ({
        caCerts: [...caCerts, ...await storedAuthorities(loginFlags, options, io, note)],
      })),
    closeHttp,
    note,
    view: (isTerminal) => ({
      width: isTerminal ? io.columns() : 80,
      style: styleFor(isTerminal, env, options.noColor),
      mask: (text) => secrets.mask(text),
    }),
    commands: (login) => commandsOf(needs, login),
    writeArtifact: writeTrace,
    run: (work) => runToEnd({ work, writeTrace, closeHttp, progress, secrets, runtime, needs }),
  };
}
