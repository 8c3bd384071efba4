/** `mcpass bridge --listen`: an HTTP endpoint for each server. @module */

import { openHttpListener } from "../../../bridge/listen/http_listener.ts";
import type { ForwardTarget } from "../../../bridge/listen/forward.ts";
import type { ListenAddress } from "../../../bridge/listen/listen_address.ts";
import {
  createServerSessions,
  type ServerSessions,
} from "../../../bridge/listen/server_sessions.ts";
import { bridgeErrorResponse } from "../../../bridge/message/bridge_error.ts";
import type { Message } from "../../../bridge/message/message.ts";
import type { ClientFacts, PersonSignIn } from "../../../bridge/sign_in/client_facts.ts";
import { usageFailure } from "../../../core/failure.ts";
import { canonicalServer } from "../../../store/entry_key.ts";
import { derivedName, freeName } from "../../../store/sign_in_name.ts";
import { DEFAULT_ACCOUNT } from "../../../store/stored_entry.ts";
import type { Command, Invocation } from "../../command/command.ts";
import type { Runtime } from "../../command/runtime.ts";
import { type CommandSession, openCommandSession } from "../../shared/command_session.ts";
import { readSecret } from "../../shared/input_files.ts";
import { storedSignIns } from "../../shared/sign_in/required_server.ts";
import { resolveServer } from "../../shared/sign_in/server_argument.ts";
import { HIDES_STEPS } from "../../shared/token_command_flags.ts";
import type { BRIDGE_FLAGS } from "./bridge_flags.ts";
import type { SignInContext } from "./keep_answer.ts";
import { openControl, RECORDED_TEXT } from "./open_control.ts";
import { type BridgeFetch, openBridgeFetch } from "./open_fetch.ts";

type BridgeInvocation = Invocation<typeof BRIDGE_FLAGS>;

/** Sessions of clients are deleted within this time: the command ends within a second. */
const CLOSE_MS = 300;

const MIN_TOKEN = 16;

async function readBearerToken(path: string | undefined, runtime: Runtime) {
  if (path === undefined) return undefined;
  const { secret } = await readSecret("--listen-token-file", path, runtime.io);
  if (secret.length >= MIN_TOKEN && /^[\x21-\x7e]+$/.test(secret)) return secret;
  throw usageFailure(
    "secret_empty",
    `--listen-token-file: the token must have at least ${MIN_TOKEN} characters, visible ASCII only`,
    "Make one: openssl rand -hex 32",
  );
}

/** One invocation for each server of the command line. */
async function serverInvocations(
  command: Command<typeof BRIDGE_FLAGS>,
  invocation: BridgeInvocation,
  runtime: Runtime,
): Promise<BridgeInvocation[]> {
  const others: BridgeInvocation[] = [];
  for (const url of invocation.operands) {
    const alone = {
      ...invocation,
      operands: [],
      options: { ...invocation.options, url },
      texts: new Map(invocation.texts).set("url", [url]),
      sources: new Map(invocation.sources).set("url", "flag" as const),
    };
    const parsed = command.flags.url.read([url]);
    if ("problem" in parsed) {
      throw usageFailure("invalid_value", `<server>: ${parsed.problem}`, parsed.remedy);
    }
    others.push(await resolveServer(command as never, alone as never, runtime) as never);
  }
  return [{ ...invocation, operands: [] }, ...others];
}

/** The names that the paths have: those of the sign-ins, else from the hosts. */
async function serverNames(
  invocations: readonly BridgeInvocation[],
  runtime: Runtime,
): Promise<string[]> {
  const [first] = invocations;
  const stored = await storedSignIns(first?.options ?? {}, runtime).catch(() => []);
  const names: string[] = [];
  for (const { options: { url = "", account = DEFAULT_ACCOUNT } } of invocations) {
    const found = stored.find((it) =>
      canonicalServer(it.serverUrl) === canonicalServer(url) && it.account === account
    );
    names.push(freeName(found?.name ?? derivedName(url, account), (it) => names.includes(it)));
  }
  return names;
}

function assertOneServer({ options }: BridgeInvocation): void {
  const { header, accessToken, oauthAccessToken, credentialsFile } = options;
  const debugOut = options.record ?? options.debugOut;
  const given = [
    ...header.length > 0 ? ["--header"] : [],
    ...(accessToken ?? oauthAccessToken) === undefined ? [] : ["--access-token"],
    ...credentialsFile === undefined ? [] : ["--credentials-file"],
    ...debugOut === undefined ? [] : ["--debug-out"],
  ];
  if (given.length === 0) return;
  throw usageFailure(
    "impossible_combination",
    `${given.join(" and ")} is for one server, and several were given`,
    "Start one mcpass bridge --listen for each server",
  );
}

interface Listened {
  readonly session: CommandSession;
  readonly target: ForwardTarget;
  readonly sessions: ServerSessions;
  /** Ends all connections to the server. */
  readonly closed: AbortController;
  readonly settled: BridgeFetch["settled"];
}

/** Starts the login that all bridges share, and waits for the person. */
function signInOf(context: SignInContext): ForwardTarget["signIn"] {
  const client: ClientFacts = { initialize: undefined, isInitialized: false };
  let loading: Promise<PersonSignIn> | undefined;

  async function load(): Promise<PersonSignIn> {
    const { hasBrowser, openPersonSignIn } = await import("./open_sign_in.ts");
    const { onAuth = "auto" } = context.options;
    const opens = onAuth === "auto" ? await hasBrowser(context.session.runtime) : onAuth === "wait";
    // Elicitation and stored answers need a bridge that reads every message.
    return await openPersonSignIn(context, client, {
      onAuth: opens ? "wait" : "fail",
      keptAnswer: () => undefined,
    });
  }

  return async (message, failure) => {
    if (message.method === "initialize") client.initialize = message;
    const person = await (loading ??= load());
    let answer: Message | undefined;
    const isSignedIn = await person.signIn(message, failure, {
      toServer: () => Promise.resolve(),
      toClient(next) {
        if (next.kind === "response") answer = next;
        return Promise.resolve();
      },
    });
    if (isSignedIn) return undefined;
    return answer ?? bridgeErrorResponse(message, "login_required", failure.message);
  };
}

async function openTarget(
  invocation: BridgeInvocation,
  runtime: Runtime,
  closing: AbortSignal,
): Promise<Listened> {
  const { options } = invocation;
  const debugOut = options.record ?? options.debugOut;
  const session = await openCommandSession(runtime, { ...options, debugOut }, {
    ...HIDES_STEPS,
    command: { name: "bridge", flags: (await import("./bridge_flags.ts")).BRIDGE_FLAGS },
    invocation,
    serverUrl: options.url ?? "",
    recordedText: debugOut === undefined ? 0 : RECORDED_TEXT,
  });
  const closed = new AbortController();
  const http = session.httpAt(session.serverUrl, closed.signal);
  const bridgeFetch = await openBridgeFetch({ session, invocation, http, closed: closed.signal });
  const { fetch } = bridgeFetch;
  const { serverUrl, secrets, clock } = session;
  const sessions = createServerSessions(serverUrl, fetch);
  const mask = (text: string) => secrets.mask(text);
  const startedAt = clock.now();
  const { allowTool: allow, denyTool: deny } = options;
  const tools = allow.length + deny.length === 0 ? undefined : { allow, deny };
  const signIn = signInOf({ options, session, fetch: bridgeFetch, startedAt, signal: closing });
  return {
    session,
    closed,
    sessions,
    settled: bridgeFetch.settled,
    target: { serverUrl, fetch, sessions, signIn, mask, tools, closing },
  };
}

/** Resolves when a signal, the end of the parent or `--idle-timeout` ends the listener. */
function ended(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener("abort", () => resolve());
  });
}

export async function listen(
  command: Command<typeof BRIDGE_FLAGS>,
  invocation: BridgeInvocation,
  address: ListenAddress,
  runtime: Runtime,
): Promise<number> {
  const { options } = invocation;
  const { io } = runtime;
  const invocations = await serverInvocations(command, invocation, runtime);
  if (invocations.length > 1) assertOneServer(invocation);
  const names = await serverNames(invocations, runtime);
  const bearerToken = await readBearerToken(options.listenTokenFile, runtime);
  const isOpen = address.kind === "tcp" && bearerToken === undefined;
  const pathSecret = isOpen
    ? crypto.getRandomValues(new Uint8Array(32)).toBase64({
      alphabet: "base64url",
      omitPadding: true,
    })
    : undefined;
  const closing = new AbortController();
  const opened = await Promise.all(
    invocations.map((it) => openTarget(it, runtime, closing.signal)),
  );
  for (const { session } of opened) {
    session.secrets.add(pathSecret);
    session.secrets.add(bearerToken);
  }
  const [{ session: first } = { session: undefined }] = opened;
  if (first === undefined) return 0;
  const { idleTimeout: _, ...others } = options;
  const control = await openControl({ ...others, idleTimeout: undefined }, first);
  const idleEnd = new AbortController();
  const idle = options.idleTimeout === undefined ? undefined : await openIdleTimer(
    options.idleTimeout,
    () => idleEnd.abort(),
  );
  const { clientEnded } = runtime.openPipe();
  const stop = AbortSignal.any([control.signal, clientEnded, idleEnd.signal]);
  const routes = names.map((name) => names.length === 1 ? "mcp" : `${name}/mcp`);
  const targets = new Map(opened.map(({ target }, at) => [routes[at] ?? "", target]));
  const listener = await openHttpListener({
    address,
    pathSecret,
    bearerToken,
    targets,
    idle,
    log: control.log,
    uid: Deno.uid(),
  });
  io.out(
    listener.urls.map((url, at) => names.length === 1 ? `${url}\n` : `${names[at]} ${url}\n`).join(
      "",
    ),
  );
  await io.flush?.();
  if (io.stderrIsTerminal && !options.quiet) io.err("Press Ctrl-C to stop\n");
  await ended(stop);
  idle?.close();
  closing.abort();
  const quickly = AbortSignal.timeout(CLOSE_MS);
  await Promise.all([listener.close(), ...opened.map(({ sessions }) => sessions.close(quickly))]);
  await Promise.all(opened.map(({ settled }) => settled(AbortSignal.timeout(CLOSE_MS))));
  for (const { closed } of opened) closed.abort();
  await control.close();
  await Promise.all(opened.map(({ session }) => session.run(() => Promise.resolve({}))));
  return 0;
}

async function openIdleTimer(ms: number, onIdle: () => void) {
  const { createIdleTimer } = await import("../../../bridge/control/idle_limit.ts");
  return createIdleTimer(ms, onIdle);
}
