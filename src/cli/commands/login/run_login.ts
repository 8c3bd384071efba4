/**
 * Runs one login, from its plan to its exit status.
 * @module
 */

import type { Consent } from "../../../consent/consent.ts";
import type { Finding } from "../../../core/finding.ts";
import { namedUrls } from "../../../core/named_hosts.ts";
import type {
  IssuerConfirmation,
  IssuerQuestion,
} from "../../../flow/context/issuer_confirmation.ts";
import type { LoginPlan } from "../../../flow/context/login_plan.ts";
import type { FirstStep } from "../../../flow/discovery/find_endpoint.ts";
import type { LoginDeps, LoginOutcome } from "../../../flow/login/login.ts";
import { canAsk } from "../../prompt/missing_options.ts";
import { type CommandSession, openCommandSession } from "../../shared/command_session.ts";
import { LOGIN_FLAGS, type LoginOptions } from "./login_flags.ts";
import { LOGIN_REQUIRED_OPTIONS } from "./login_required.ts";
import type { LoginStore } from "./login_store.ts";
import type { LoginRun } from "./plan_login.ts";

type LoginParts = typeof import("../../shared/login_parts.ts");

function consentOpener(
  run: LoginRun,
  parts: LoginParts,
  { progress, http, secrets }: CommandSession,
  now: () => LoginOptions,
): (redirectUrl: string | undefined) => Promise<Consent> {
  const { invocation: { options }, planned: { plan }, runtime } = run;
  const modes = {
    interactive: (redirectUrl: string | undefined) =>
      parts.openInteractiveConsent({
        redirectUrl,
        io: progress.io,
        env: runtime.env,
        noInput: options.noInput,
        noColor: options.noColor,
        // A getter, because the port is bound before a person chooses how to sign in.
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

function withFindings(outcome: LoginOutcome, reported: readonly Finding[]): LoginOutcome {
  const { findings } = outcome.result;
  const more = reported.filter((it) => !findings.includes(it));
  return { ...outcome, result: { ...outcome.result, findings: [...findings, ...more] } };
}

function personParts(
  run: LoginRun,
  session: CommandSession,
  guided: boolean,
  decided: (options: LoginOptions) => void,
): Pick<LoginDeps, "chooseOptions" | "pickTool"> {
  const { invocation, answers, runtime } = run;
  if (!canAsk(invocation.options, runtime.io)) return {};
  const options = { invocation, answers, runtime, session, guided, decided };
  return {
    async chooseOptions(discovered) {
      const open = discovered.approach === undefined ||
        LOGIN_REQUIRED_OPTIONS.some((required) => required.missing(invocation.options, []));
      if (!guided && !open) return discovered.plan;
      return await (await import("./guide.ts")).guide(options, discovered);
    },
    ...(guided
      ? {
        pickTool: async (tools) => await (await import("./guide.ts")).toolPicker(options)(tools),
      }
      : {}),
  };
}

function issuerParts(
  run: LoginRun,
  { progress }: CommandSession,
  now: () => LoginOptions,
): IssuerConfirmation {
  const load = () => import("./login_issuers.ts");
  const { invocation, runtime } = run;
  return {
    stored: async (client) => await (await load()).storedIssuers(run, client),
    command: async (issuer) => (await load()).pinnedCommand(run, now(), issuer),
    ...(canAsk(invocation.options, runtime.io)
      ? {
        ask: async (question: IssuerQuestion) =>
          await (await load()).askIssuer(run, () => progress.finish(), question),
      }
      : {}),
  };
}

/** True if the server's URL was an answer, not a flag: then every open option is asked for. */
function isGuided({ invocation: { sources } }: LoginRun): boolean {
  return sources.get("url") === "answer";
}

async function signIn(
  run: LoginRun,
  session: CommandSession,
  initialStore: LoginStore,
  openStore: (plan: LoginPlan) => Promise<LoginStore>,
): Promise<{ readonly outcome: LoginOutcome; readonly store: LoginStore }> {
  const { invocation: { options }, runtime } = run;
  const { clock, emit, http, progress, recorder, secrets, signal } = session;
  const guided = isGuided(run);
  let { plan } = run.planned;
  let store = initialStore;
  let firstStep: FirstStep | undefined;
  try {
    await session.openHttp();
    if (guided) {
      const { endpointCandidates, findEndpoint } = await import(
        "../../../flow/discovery/find_endpoint.ts"
      );
      const urls = endpointCandidates(plan.serverUrl);
      const found = await findEndpoint(plan, { http, emit, secrets, clock, signal }, urls);
      if (found.plan.serverUrl !== plan.serverUrl) store = await openStore(found.plan);
      [plan, firstStep] = [found.plan, found];
      run.answers.set("url", [plan.serverUrl]);
    }
    secrets.add(store.storedClient?.clientSecret);
    secrets.add(store.storedClient?.registrationToken);
    secrets.add(plan.identityProvider?.clientSecret);
    let now = options;
    const parts = await runtime.load(() => import("../../shared/login_parts.ts"));
    const outcome = await parts.login(plan, {
      http,
      emit,
      secrets,
      clock,
      signal,
      firstStep: firstStep,
      openConsent: consentOpener(run, parts, session, () => now),
      ...personParts(run, session, guided, (decided) => now = decided),
      storedClient: store.storedClient,
      clientChanged: (client) => store.clientChanged(client),
      issuers: issuerParts(run, session, () => now),
      showDevice: (prompt) =>
        parts.showDevicePrompt({
          io: progress.io,
          env: runtime.env,
          noColor: options.noColor,
          browser: options.browser,
        }, prompt),
    });
    return { outcome: withFindings(outcome, recorder.findings()), store };
  } finally {
    await session.closeHttp();
  }
}

/**
 * Signs in, stores the sign-in and writes the requested files.
 *
 * @returns The exit status.
 * @throws Failure before the first request: of kind `usage` when an output file cannot be written,
 * `store_…` or `keyring_…` if nothing could be stored.
 */
export async function runLogin(run: LoginRun): Promise<number> {
  const { invocation: { options, sources }, planned: { plan, warnings }, runtime } = run;
  const session = await openCommandSession(runtime, options, {
    command: { name: "oauth login", flags: LOGIN_FLAGS },
    serverUrl: plan.serverUrl,
    http: () => Promise.resolve({ namedUrls: namedUrls(plan) }),
    warnings,
  });
  session.secrets.add(plan.clientSecret);
  const { openLoginStore } = await runtime.load(() => import("./login_store.ts"));
  const openStore = (plan: LoginPlan) => openLoginStore({ options, sources, plan, runtime });
  const initialStore = await openStore(plan);
  const { outcome, store } = await signIn(run, session, initialStore, openStore);
  const { endLogin } = await import("./end_login.ts");
  return await endLogin({ run, session, store }, outcome);
}
