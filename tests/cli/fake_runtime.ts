/**
 * A runtime in memory: runs whole commands in process and keeps what they wrote.
 *
 * @module
 */

import { EXIT_LIMIT_MS } from "../../src/core/abort.ts";
import type { Consent } from "../../src/consent/consent.ts";
import { outputFaults } from "./document_faults.ts";
import { runCli } from "../../src/cli/app/run_cli.ts";
import { COMMANDS } from "../../src/cli/app/commands.ts";
import type { Question, Runtime, Selection } from "../../src/cli/command/runtime.ts";
import { cancelledFailure, Failure } from "../../src/core/failure.ts";
import type { Finding } from "../../src/core/finding.ts";
import type { Code } from "../../src/findings/mod.ts";
import type { LoginOutcome } from "../../src/flow/login/login.ts";
import type { LoginPlan } from "../../src/flow/context/login_plan.ts";
import type { Credentials, LoginResult } from "../../src/flow/context/login_result.ts";
import type { LoginDeps } from "../../src/flow/login/login.ts";
import { LATEST } from "../../src/oauth/mcp/revision.ts";
import type { Session } from "../../src/flow/login/session.ts";
import type { HttpClientOptions } from "../../src/http/http_client.ts";
import { openNoStore } from "../../src/store/file/open_store.ts";

/** What a test sets up. */
export interface Setup {
  readonly env?: Readonly<Record<string, string>>;
  /** True for a person at a terminal on all three streams. */
  readonly terminal?: boolean;
  readonly stdinIsTerminal?: boolean;
  readonly stdoutIsTerminal?: boolean;
  readonly stderrIsTerminal?: boolean;
  readonly columns?: number;
  readonly stdin?: string;
  /** Standard input where bytes are asked for; `stdin` by default. */
  readonly stdinBytes?: Uint8Array<ArrayBuffer>;
  /** Standard input as a stream; by default `stdin`. */
  readonly pipeInput?: ReadableStream<Uint8Array>;
  /** Gets what a command writes to its pipe; by default that is part of its output. */
  readonly pipeOutput?: (bytes: Uint8Array) => Promise<void>;
  readonly clientEnded?: AbortSignal;
  /** Answers to questions, in order; `null` cancels. */
  readonly answers?: readonly (string | null)[];
  readonly signal?: AbortSignal;
  /** Milliseconds since the epoch; a fixed day unless a test stands in. */
  readonly now?: () => number;
  /** In place of waiting in real time. */
  readonly sleep?: (ms: number, signal: AbortSignal) => Promise<void>;
  /** Sees what stands on stderr each time something is written there. */
  readonly reads?: (stderr: string) => void;
  /** Sees each text for standard output. */
  readonly prints?: (text: string) => void;
  /** What the login does. */
  readonly login?: (plan: LoginPlan, deps: LoginDeps) => Promise<LoginOutcome> | LoginOutcome;
  /** Where the command puts its work for the end of the process. */
  readonly beforeExit?: Runtime["beforeExit"];
  /** True to use the real store, network and consent. */
  readonly real?: boolean;
  /** Functions that replace those of the same name in the modules that a command loads. */
  readonly replacements?: Replacements;
}

/** Functions that a test can replace. */
export type Replacements = Partial<
  & typeof import("../../src/cli/shared/login_parts.ts")
  & typeof import("../../src/cli/commands/proxy/proxy_parts.ts")
  & typeof import("../../src/bridge/sign_in/start_login.ts")
  & typeof import("../../src/consent/background_consent.ts")
  & typeof import("../../src/http/client/create_http_client.ts")
  & typeof import("../../src/store/file/open_store.ts")
  & typeof import("../../src/trace/output_file.ts")
>;

/** What a run left behind. */
export interface Ran {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
  /** What was written to standard output as bytes. */
  readonly bytes: Uint8Array;
  /** The plan the login was called with. */
  readonly plan: LoginPlan | undefined;
  readonly httpOptions: HttpClientOptions | undefined;
  /** The questions that were asked. */
  readonly questions: readonly string[];
  /** Those of them whose answer is not shown. */
  readonly hiddenQuestions: readonly string[];
  /** What there was to choose from, for each question with choices. */
  readonly offered: readonly (readonly string[])[];
  /** The hints beside these choices. */
  readonly hints: readonly string[];
  /** Their texts on screen, where these are not the values. */
  readonly labels: readonly string[];
  /** What was ticked at first in the last selection. */
  readonly ticked: readonly string[];
  /** Lines that were shown before questions. */
  readonly before: readonly string[];
  /** The texts to edit that questions began with. */
  readonly initials: readonly string[];
  /** For each question, the options that answer it. */
  readonly answerable: readonly (readonly string[])[];
  /** Whether a module with effects was loaded. */
  readonly loaded: boolean;
  readonly httpClosed: boolean;
}

/** Credentials whose secrets are canaries. */
export const CREDENTIALS: Credentials = {
  accessToken: "canary-access-token",
  refreshToken: "canary-refresh-token",
  idToken: "canary-id-token",
  tokenType: "Bearer",
  expiresIn: 3600,
  expiresAt: "2026-08-01T01:00:00.000Z",
  scope: "read write",
  clientId: "client-1",
  clientSecret: "canary-client-secret",
  issuer: "https://as.example",
  resource: "https://mcp.example/mcp",
};

/** The secrets of {@link CREDENTIALS}. */
export const CANARIES: readonly string[] = [
  "canary-access-token",
  "canary-refresh-token",
  "canary-id-token",
  "canary-client-secret",
];

/** A finding of this severity. */
export function finding(severity: Finding["severity"], code: Code): Finding {
  return {
    code,
    severity,
    step: "authorization_server_metadata",
    message: `something about "${code}" is not as it should be`,
    remedy: `Server: change what makes ${code} arise`,
    reference: "RFC 8414 §3.3",
  };
}

/** The session that belongs to {@link CREDENTIALS}. */
export function session(): Session {
  return {
    discovery: {
      response: {
        challenge: undefined,
        url: CREDENTIALS.resource ?? "",
        protocol: LATEST,
        blockedBy: undefined,
        isMcp: true,
      },
      resourceMetadata: undefined,
      resource: CREDENTIALS.resource,
      server: {
        issuer: CREDENTIALS.issuer,
        authorizationEndpoint: "https://as.example/authorize",
        tokenEndpoint: "https://as.example/token",
        registrationEndpoint: undefined,
        revocationEndpoint: undefined,
        introspectionEndpoint: undefined,
        tokenEndpointAuthMethods: undefined,
        scopesSupported: undefined,
        issParameter: true,
        clientIdMetadataDocument: false,
        pushedRequestsRequired: false,
      },
    },
    client: {
      issuer: CREDENTIALS.issuer,
      approach: "dcr",
      redirectUri: null,
      clientId: CREDENTIALS.clientId,
      clientSecret: CREDENTIALS.clientSecret,
      clientSecretSource: "issued",
      method: "client_secret_basic",
    },
    requested: ["read", "write"],
    token: {
      accessToken: CREDENTIALS.accessToken,
      refreshToken: CREDENTIALS.refreshToken,
      idToken: CREDENTIALS.idToken,
      tokenType: "Bearer",
      expiresIn: 3600,
      scope: CREDENTIALS.scope,
    } as Session["token"],
    obtainedAt: Date.parse("2026-08-01T00:00:00.000Z"),
    expiresAt: CREDENTIALS.expiresAt,
  };
}

/** A login that succeeded. */
export function succeeded(plan: LoginPlan, changes: Partial<LoginResult> = {}): LoginOutcome {
  return {
    plan,
    failure: null,
    session: session(),
    result: {
      completed: true,
      serverUrl: plan.serverUrl,
      protocolVersion: "2026-07-28",
      registrationStrategy: "dcr",
      authMode: plan.authMode,
      redirectUrl: "http://127.0.0.1:5000/callback",
      currentStep: "complete",
      steps: [{
        step: "token",
        status: "done",
        startedAt: "2026-08-01T00:00:00.000Z",
        durationMs: 12,
      }],
      findings: [],
      credentials: CREDENTIALS,
      verification: null,
      ...changes,
    },
  };
}

/** A login that ended with this failure, before a token was obtained unless `changes` holds one. */
export function ended(
  plan: LoginPlan,
  failure: Failure,
  changes: Partial<LoginResult> = {},
): LoginOutcome {
  const { code, message, remedy } = failure;
  const outcome = succeeded(plan, {
    completed: false,
    currentStep: "registration",
    credentials: null,
    error: { code, message, ...(remedy === undefined ? {} : { remedy }) },
    ...changes,
  });
  return { ...outcome, failure, session: changes.credentials ? outcome.session : null };
}

const CONSENT: Consent = {
  redirectUri: "http://127.0.0.1:5000/callback",
  obtain: () => Promise.reject(new Error("nobody consents here")),
  showOutcome() {},
  close: () => Promise.resolve(),
};

/** Runs one command line in a fake runtime. */
export async function run(args: readonly string[], setup: Setup = {}): Promise<Ran> {
  let stdout = "";
  let stderr = "";
  let plan: LoginPlan | undefined;
  let httpOptions: HttpClientOptions | undefined;
  let loaded = false;
  let httpClosed = false;
  let bytes = new Uint8Array();
  const questions: string[] = [];
  const hiddenQuestions: string[] = [];
  const offered: string[][] = [];
  const hints: string[] = [];
  const labels: string[] = [];
  const before: string[] = [];
  const initials: string[] = [];
  const answerable: string[][] = [];
  let shownTicks: readonly string[] = [];
  const note = (asked: Question | Selection): string | null => {
    const { message, choices = [], option } = asked;
    // A person whose next answer is none of these chooses the settings one by one.
    const [next] = answers;
    const isOffered = choices.some(({ value }) => value === next);
    if (choices.some(({ value }) => value === "choose") && next !== null && !isOffered) {
      return "choose";
    }
    questions.push(message);
    before.push(...asked.before ?? []);
    if ("initial" in asked && asked.initial !== undefined) initials.push(asked.initial);
    if (choices.length > 0) offered.push(choices.map(({ value }) => value));
    hints.push(...choices.flatMap(({ hint }) => hint ?? []));
    labels.push(...choices.flatMap(({ label }) => label ?? []));
    const sets = choices.flatMap((choice) => Object.keys(choice.sets ?? {}));
    answerable.push([...option === undefined ? [] : [option], ...sets]);
    // After a failed login, a person without further answers stops.
    const last = choices.find(({ value }) => value === "stop" || value === "no");
    const answer = answers.length === 0 && last !== undefined ? last.value : answers.shift();
    if (answer === undefined) throw new Error(`nobody answers "${message}"`);
    const known = answer === null || answer === "as ticked" || choices.length === 0 ||
      answer.split("preselected" in asked ? " " : "\n")
        .every((part) => choices.some(({ value }) => value === part));
    if (!known) throw new Error(`"${answer}" is not offered for "${message}": ${offered.at(-1)}`);
    return answer;
  };
  const answers = [...setup.answers ?? []];
  const { terminal = false } = setup;
  const offline: Replacements = {
    openStore: openNoStore,
    createHttpClient: (options) => {
      httpOptions = options;
      return {
        send: () => Promise.reject(new Error("no network here")),
        streaming: () => () => Promise.reject(new Error("no network here")),
        close: () => {
          httpClosed = true;
          return Promise.resolve();
        },
      };
    },
    openInteractiveConsent: () => Promise.resolve(CONSENT),
    openHeadlessConsent: () => Promise.resolve(CONSENT),
    showDevicePrompt: () => Promise.resolve([]),
    login: async (asked, deps) => {
      plan = asked;
      return await (setup.login?.(asked, deps) ?? succeeded(asked));
    },
  };
  const replacements = { ...setup.real ? {} : offline, ...setup.replacements };
  const runtime: Runtime = {
    io: {
      out: (text) => {
        stdout += text;
        setup.prints?.(text);
      },
      err: (text) => {
        stderr += text;
        setup.reads?.(stderr);
      },
      stdinIsTerminal: setup.stdinIsTerminal ?? terminal,
      stdoutIsTerminal: setup.stdoutIsTerminal ?? terminal,
      stderrIsTerminal: setup.stderrIsTerminal ?? terminal,
      columns: () => setup.columns ?? 80,
      readStdin: () => Promise.resolve(setup.stdin ?? ""),
    },
    openPipe: () => ({
      input: setup.pipeInput ?? new Blob([setup.stdin ?? ""]).stream(),
      async write(more) {
        if (setup.pipeOutput === undefined) stdout += new TextDecoder().decode(more);
        else await setup.pipeOutput(more);
      },
      clientEnded: setup.clientEnded ?? new AbortController().signal,
    }),
    bytes: {
      out: (more) => bytes = new Uint8Array([...bytes, ...more]),
      readStdin: () =>
        Promise.resolve(setup.stdinBytes ?? new TextEncoder().encode(setup.stdin ?? "")),
    },
    env: {
      get: (name) => setup.env?.[name],
      toObject: () => ({ ...setup.env }),
    },
    clock: {
      now: setup.now ?? (() => Date.parse("2026-08-01T00:00:00.000Z")),
      ...(setup.sleep === undefined ? {} : { sleep: setup.sleep }),
    },
    signal: setup.signal ?? new AbortController().signal,
    exitLimit: { ms: EXIT_LIMIT_MS },
    ...(setup.beforeExit === undefined ? {} : { beforeExit: setup.beforeExit }),
    prompter: () =>
      Promise.resolve({
        ask(question) {
          if (question.secret) hiddenQuestions.push(question.message);
          const answer = note(question);
          if (answer === null) throw cancelledFailure();
          const complaint = question.check?.(answer);
          if (complaint !== undefined) throw new Error(`refused: ${complaint}`);
          return Promise.resolve(answer);
        },
        askMany(selection) {
          shownTicks = selection.preselected;
          const answer = note(selection);
          if (answer === null) throw cancelledFailure();
          return Promise.resolve(answer === "as ticked" ? [...shownTicks] : answer.split(" "));
        },
      }),
    load: async (module) => {
      loaded = true;
      return { ...await module(), ...replacements };
    },
  };
  const status = await runCli(COMMANDS, args, runtime);
  const faults = await outputFaults(args, {
    stdout,
    status,
    isTerminal: runtime.io.stdoutIsTerminal,
  });
  if (faults.length > 0) throw new Error(`${args.join(" ")}\n${faults.join("\n")}\n${stdout}`);
  const asked = {
    questions,
    hiddenQuestions,
    offered,
    hints,
    labels,
    before,
    initials,
    answerable,
    ticked: shownTicks,
  };
  return { status, stdout, stderr, bytes, plan, httpOptions, ...asked, loaded, httpClosed };
}

export { Failure };
