/** What a bridge needs when a person has to sign in; loaded then. @module */

import { createLoginGate, type LoginRequest } from "../../../bridge/sign_in/login_gate.ts";
import { keptAnswer } from "../../../bridge/sign_in/kept_answer.ts";
import type { ClientFacts, PersonSignIn } from "../../../bridge/sign_in/client_facts.ts";
import { createPersonSignIn, type PersonOptions } from "../../../bridge/sign_in/person_sign_in.ts";
import { cancelledFailure } from "../../../core/failure.ts";
import { variableName } from "../../command/flag.ts";
import type { Runtime } from "../../command/runtime.ts";
import {
  newestFirst,
  obtainedAt,
  openStoreAs,
  storeMode,
} from "../../shared/sign_in/store_options.ts";
import { BRIDGE_FLAGS } from "./bridge_flags.ts";
import { accountOf, filesOf, type SignInContext } from "./keep_answer.ts";

/** A login writes no file of the bridge. */
const NOT_FOR_LOGIN = ["MCPASS_DEBUG_OUT", "MCPASS_CREDENTIALS_OUT"];

/** The login process has the flags of the bridge; secrets are in its environment. */
function loginProcess(context: SignInContext, { mode, scopes }: LoginRequest) {
  const { options, session: { runtime: { env }, serverUrl } } = context;
  const { caFile, caStore, header, proxy, store, stepTimeout } = options;
  const flags: readonly (readonly [flag: string, value: string | undefined])[] = [
    ["--account", accountOf(context)],
    ["--store", store],
    ["--ca-file", caFile],
    ["--ca-store", caStore],
    ["--step-timeout", stepTimeout === undefined ? undefined : String(stepTimeout)],
    ["--scopes", scopes?.join(" ")],
  ];
  const secrets = {
    [variableName(BRIDGE_FLAGS.header)]: header.map(([name, value]) => `${name}: ${value}`).join(
      "\n",
    ),
    [variableName(BRIDGE_FLAGS.proxy)]: proxy,
  };
  const all = { ...env.toObject(), ...secrets };
  return {
    args: [
      ...["oauth", "login", "--for-bridges", "--url", serverUrl],
      ...mode === "page" ? ["--no-browser"] : [],
      ...flags.flatMap(([flag, value]) => value === undefined ? [] : [flag, value]),
    ],
    env: Object.fromEntries(
      Object.entries(all).filter((it): it is [string, string] =>
        it[1] !== undefined && it[1] !== "" && !NOT_FOR_LOGIN.includes(it[0])
      ),
    ),
  };
}

function realSleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(cancelledFailure());
    const timer = setTimeout(() => {
      signal.removeEventListener("abort", onAbort);
      resolve();
    }, ms);
    const onAbort = () => {
      clearTimeout(timer);
      reject(cancelledFailure());
    };
    signal.addEventListener("abort", onAbort, { once: true });
  });
}

/** True if a browser can be opened here. */
export async function hasBrowser({ env }: Runtime): Promise<boolean> {
  const { browserCommands } = await import("../../../consent/browser.ts");
  const { detectHostEnvironment } = await import("../../../consent/host_environment.ts");
  const host = detectHostEnvironment(env);
  return browserCommands("http://127.0.0.1/", { env, host }).length > 0;
}

/** @param own Instead of what the flags and the store say. */
export async function openPersonSignIn(
  context: SignInContext,
  client: ClientFacts,
  own: Partial<Pick<PersonOptions, "onAuth" | "keptAnswer">> = {},
): Promise<PersonSignIn> {
  const { options, session, fetch, signal, startedAt } = context;
  const { runtime, serverUrl } = session;
  const { clock, io } = runtime;
  const files = filesOf(context);
  const sleep = clock.sleep ?? realSleep;
  const store = await openStoreAs(storeMode(options), runtime, options);
  const { startLogin } = await runtime.load(() => import("../../../bridge/sign_in/start_login.ts"));
  const kind = fetch.source()?.kind ?? (
    (options.accessToken ?? options.oauthAccessToken ?? options.credentialsFile) === undefined
      ? "store"
      : "token"
  );
  const gate = files === undefined || kind !== "store" ? undefined : createLoginGate({
    files,
    async newest() {
      const { entries } = await store.list(serverUrl, accountOf(context));
      const [newest] = newestFirst(entries);
      return newest === undefined ? "" : obtainedAt(newest);
    },
    start: (request) => startLogin(loginProcess(context, request)),
    now: () => clock.now(),
    sleep,
    signal,
  });
  const random = crypto.getRandomValues(new Uint8Array(4)).toHex();
  let ids = 0;
  return createPersonSignIn({
    client,
    serverUrl,
    onAuth: options.onAuth ?? "auto",
    initTimeoutMs: options.initTimeout,
    gate,
    hasBrowser: () => hasBrowser(runtime),
    since: () => fetch.source()?.obtainedAt ?? "",
    keptAnswer: (request) => files && keptAnswer(files, request),
    say: (line) => io.err(`${session.secrets.mask(line)}\n`),
    now: () => clock.now(),
    startedAt,
    sleep,
    signal,
    newId: () => `mcpass-${random}-${ids += 1}`,
    ...own,
  });
}
