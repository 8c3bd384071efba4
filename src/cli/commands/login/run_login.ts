/**
 * One login from its plan to its exit status: the rooms wired together, files and result written.
 *
 * @module
 */

import type { Consent } from "../../../consent/consent.ts";
import type { Finding } from "../../../core/finding.ts";
import { namedUrls } from "../../../core/named_hosts.ts";
import type { FirstStep } from "../../../flow/discovery/find_endpoint.ts";
import type {
  IssuerConfirmation,
  IssuerQuestion,
} from "../../../flow/context/issuer_confirmation.ts";
import type { LoginOutcome } from "../../../flow/login/login.ts";
import type { LoginPlan } from "../../../flow/context/login_plan.ts";
import type { LoginDeps } from "../../../flow/login/login.ts";
import type { Secrets } from "../../../trace/secrets.ts";
import { type Account, openAccount, shownOptions } from "../../shared/account.ts";
import type { Format, Given } from "../../command/command.ts";
import type { Changes } from "../../args/command_line.ts";
import { LOGIN_FLAGS, type LoginOptions } from "./login_flags.ts";
import { LOGIN_REQUIRED_OPTIONS } from "./login_required.ts";
import type { LoginStore } from "./login_store.ts";
import { canAsk } from "../../prompt/missing_options.ts";
import { openOutputs } from "../../shared/outputs.ts";
import type { PlannedRun } from "./plan_login.ts";
import type { LoginParts } from "./login_parts.ts";
import type { Runtime } from "../../command/runtime.ts";

/** What a login runs with. */
export interface LoginRun {
  /** What was given: complete, as far as it can be known, and free of contradictions. */
  readonly given: Given<typeof LOGIN_FLAGS>;
  /** What was answered so far. */
  readonly answers: Map<string, readonly string[]>;
  /** The plan made from them. */
  readonly planned: PlannedRun;
  /** Everything outside. */
  readonly runtime: Runtime;
  /** How the result is written. */
  readonly format: Format;
  /** This command line again, with changes; without secrets. */
  commandLine(changes?: Changes): string;
}

/** The consent that the plan's mode needs. */
function consentOpener(
  run: LoginRun,
  parts: LoginParts,
  { progress }: Account,
  http: ReturnType<LoginParts["createHttpClient"]>,
  secrets: Secrets,
  now: () => LoginOptions,
): (redirectUrl: string | undefined) => Promise<Consent> {
  const { given: { options }, planned: { plan }, runtime } = run;
  const modes = {
    interactive: (redirectUrl: string | undefined) =>
      parts.openInteractiveConsent({
        redirectUrl,
        io: progress.io,
        env: runtime.env,
        noInput: options.noInput,
        noColor: options.noColor,
        // The port is bound before a person can say how to sign in.
        get printUrl() {
          return now().printUrl || now().noBrowser;
        },
        browser: options.browser,
        command: run.commandLine(),
        beforeExit: runtime.beforeExit,
      }),
    headless: (redirectUrl: string | undefined) =>
      parts.openHeadlessConsent({
        serverUrl: plan.serverUrl,
        redirectUrl,
        http,
        secrets,
        interactiveCommand: run.commandLine({ without: ["authMode"] }),
      }),
  };
  return modes[plan.authMode === "headless" ? "headless" : "interactive"];
}

/** What the network found stands beside what the flow found. */
function withFindings(outcome: LoginOutcome, reported: readonly Finding[]): LoginOutcome {
  const { findings } = outcome.result;
  const more = reported.filter((it) => !findings.includes(it));
  return { ...outcome, result: { ...outcome.result, findings: [...findings, ...more] } };
}

type Door = ReturnType<LoginParts["createHttpClient"]>;

/** Opens the door to the network. */
function openDoor(
  { planned: { plan, caCerts }, given: { options: { proxy } }, runtime }: LoginRun,
  parts: LoginParts,
  { emit }: Account,
  secrets: Secrets,
): Door {
  const { env, clock, signal } = runtime;
  return parts.createHttpClient({
    serverUrl: plan.serverUrl,
    namedUrls: namedUrls(plan),
    customHeaders: plan.headers,
    stepTimeoutMs: plan.stepTimeoutMs,
    caCerts,
    ...(proxy === undefined ? {} : { proxy }),
    ...{ emit, secrets, clock, env, signal },
  });
}

/** What a person is asked once the server is known. */
function personParts(
  run: LoginRun,
  account: Account,
  guided: boolean,
  decided: (options: LoginOptions) => void,
): Pick<LoginDeps, "chooseOptions" | "pickTool"> {
  const { given, answers, runtime } = run;
  if (!canAsk(given.options, runtime.io)) return {};
  const options = { given, answers, runtime, account, guided, decided };
  return {
    async chooseOptions(sight) {
      const open = sight.approach === undefined ||
        LOGIN_REQUIRED_OPTIONS.some((need) => need.missing(given.options, []));
      if (!guided && !open) return sight.plan;
      return await (await import("./guide.ts")).guide(options, sight);
    },
    ...(guided
      ? {
        pickTool: async (tools) => await (await import("./guide.ts")).toolPicker(options)(tools),
      }
      : {}),
  };
}

/** How the issuer of given credentials is determined. */
function issuerParts(
  run: LoginRun,
  parts: LoginParts,
  { progress }: Account,
  now: () => LoginOptions,
): IssuerConfirmation {
  const load = () => import("./login_issuers.ts");
  const { given, runtime } = run;
  return {
    stored: async (client) => await (await load()).storedIssuers(run, parts, client),
    command: async (issuer) => (await load()).pinnedCommand(run, now(), issuer),
    ...(canAsk(given.options, runtime.io)
      ? {
        ask: async (question: IssuerQuestion) =>
          await (await load()).askIssuer(run, () => progress.finish(), question),
      }
      : {}),
  };
}

/** True when the server's address was answered and not given: then everything open is asked. */
function isGuided({ given: { sources } }: LoginRun): boolean {
  return sources.get("url") === "answer";
}

async function signIn(
  run: LoginRun,
  parts: LoginParts,
  account: Account,
  secrets: Secrets,
  opened: LoginStore,
  openStore: (plan: LoginPlan) => Promise<LoginStore>,
): Promise<{ readonly outcome: LoginOutcome; readonly store: LoginStore }> {
  const { given: { options }, runtime } = run;
  const { clock, signal } = runtime;
  const { emit } = account;
  const guided = isGuided(run);
  let { plan } = run.planned;
  let store = opened;
  let begun: FirstStep | undefined;
  const http = openDoor(run, parts, account, secrets);
  try {
    if (guided) {
      const { endpointCandidates, findEndpoint } = await import(
        "../../../flow/discovery/find_endpoint.ts"
      );
      const urls = endpointCandidates(plan.serverUrl);
      const found = await findEndpoint(plan, { http, emit, secrets, clock, signal }, urls);
      if (found.plan.serverUrl !== plan.serverUrl) store = await openStore(found.plan);
      [plan, begun] = [found.plan, found];
      run.answers.set("url", [plan.serverUrl]);
    }
    secrets.add(store.known?.clientSecret);
    secrets.add(store.known?.registrationToken);
    secrets.add(plan.identityProvider?.clientSecret);
    let now = options;
    const person = personParts(run, account, guided, (decided) => now = decided);
    const openConsent = consentOpener(run, parts, account, http, secrets, () => now);
    const outcome = await parts.login(plan, {
      ...{ http, openConsent, emit, secrets, clock, signal, firstStep: begun },
      ...person,
      storedClient: store.known,
      clientChanged: (client) => store.clientChanged(client),
      issuers: issuerParts(run, parts, account, () => now),
      showDevice: (prompt) =>
        parts.showDevicePrompt({
          io: account.progress.io,
          env: runtime.env,
          noColor: options.noColor,
          browser: options.browser,
        }, prompt),
    });
    return { outcome: withFindings(outcome, account.recorder.findings()), store };
  } finally {
    await http.close();
  }
}

/**
 * Signs in and writes everything that was asked for.
 *
 * @returns The exit status.
 * @throws Failure before the first request: of kind `usage` when an output file cannot be written,
 * `store_…` or `keyring_…` when nothing could be kept.
 */
export async function runLogin(run: LoginRun): Promise<number> {
  const { given: { options, sources }, planned: { plan }, runtime } = run;
  const parts = await runtime.load("login", () => import("./login_parts.ts"));
  const secrets = parts.createSecrets();
  secrets.add(plan.clientSecret);
  const openStore = (plan: LoginPlan) =>
    parts.openLoginStore(parts, { options, sources, plan, runtime });
  const opened = await openStore(plan);
  const outputs = await openOutputs(runtime, options.debugOut, options.credentialsOut);

  const account = await openAccount({
    ...{ runtime, parts, options, secrets },
    command: { name: "oauth login", options: shownOptions(LOGIN_FLAGS, options) },
    secretFields: plan.headers.map(([name]) => name),
  });

  const { outcome: ended, store } = await signIn(run, parts, account, secrets, opened, openStore);
  const { endLogin } = await import("./end_login.ts");
  const given = parts.createSecrets();
  const openHttp = () => openDoor(run, parts, account, secrets);
  return await endLogin({ run, secrets, given, account, store, outputs, openHttp }, ended);
}
