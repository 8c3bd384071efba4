import type { Consent } from "../../../consent/consent.ts";
import { namedUrls } from "../../../core/named_hosts.ts";
import type { IssuerConfirmation } from "../../../flow/context/effects.ts";
import type { LoginPlan } from "../../../flow/context/login_plan.ts";
import type { EndpointAttempt } from "../../../flow/discovery/find_endpoint.ts";
import type { LoginDeps, LoginOutcome } from "../../../flow/login/login.ts";
import { canAsk } from "../../prompt/missing_options.ts";
import { type CommandSession, openCommandSession } from "../../shared/command_session.ts";
import { LOGIN_FLAGS, type LoginOptions } from "./options/login_flags.ts";
import { LOGIN_REQUIRED_OPTIONS } from "./options/login_required_options.ts";
import type { LoginStore } from "./login_store.ts";
import type { LoginAttempt } from "./retry/next_attempt.ts";
import { type LoginRun, secretWarnings } from "./plan_login.ts";

type LoginParts = typeof import("../../shared/login_parts.ts");

/**
 * Writes what a person needs as a JSON line, where a program reads it; true if no text is needed.
 *
 * @param isForProgram Whether `--format json` is enough; `--progress json` always is.
 */
function announcer(
  { format, runtime: { io } }: LoginRun,
  { progress }: CommandSession,
  isForProgram: () => boolean = () => true,
): (document: object) => boolean {
  return (document) => {
    if (progress.announce !== undefined) {
      progress.announce(document);
      return true;
    }
    if (format === "json" && isForProgram() && !io.stderrIsTerminal) {
      io.err(`${JSON.stringify(document)}\n`);
    }
    return false;
  };
}

function consentOpener(
  run: LoginRun,
  parts: LoginParts,
  session: CommandSession,
  currentOptions: () => LoginOptions,
): (redirectUrl: string | undefined) => Promise<Consent> {
  const { invocation: { options }, plan, runtime, commandLine } = run;
  const { progress, http } = session;
  const printUrl = () => currentOptions().printUrl || currentOptions().noBrowser;
  const announce = announcer(run, session, printUrl);
  if (plan.authMode === "headless") {
    const interactiveCommand = commandLine({ without: ["authMode"] });
    return (redirectUrl) =>
      parts.openHeadlessConsent({
        serverUrl: plan.serverUrl,
        redirectUrl,
        http,
        interactiveCommand,
      });
  }
  return (redirectUrl) =>
    parts.openInteractiveConsent({
      serverUrl: plan.serverUrl,
      redirectUrl,
      io: progress.io,
      env: runtime.env,
      noInput: options.noInput,
      noColor: options.noColor,
      // A getter, because the port is bound before a person chooses how to sign in.
      get printUrl() {
        return printUrl();
      },
      browser: options.browser,
      announce: (url, timeoutMs) =>
        announce({
          event: "authorization_url",
          url,
          until: new Date(session.clock.now() + timeoutMs).toISOString(),
        }),
      command: commandLine(),
      beforeExit: runtime.beforeExit,
    });
}

function personParts(
  { run: { invocation, answers, format, runtime }, answered, reopened }: LoginAttempt,
  session: CommandSession,
  guided: boolean,
  onDecided: (options: LoginOptions) => void,
): Pick<LoginDeps, "askForInput" | "chooseOptions" | "pickTool"> {
  if (!canAsk(invocation.options, runtime.io)) return {};
  const load = () => import("./guide/guided_login.ts");
  const earlierFindings = session.recorder.findings().length;
  const asking = { guided, answered, reopened, earlierFindings, onDecided };
  const options = { invocation, answers, format, runtime, session, ...asking };
  return {
    async chooseOptions(discovered, fixRedirectUri) {
      const open = reopened.size > 0 || discovered.approach === undefined ||
        LOGIN_REQUIRED_OPTIONS.some((required) => required.missing(invocation.options, []));
      return guided || open
        ? await (await load()).guide(options, discovered, fixRedirectUri)
        : discovered.plan;
    },
    async askForInput(params) {
      const { askForInput } = await import("../../mcp/ask_for_input.ts");
      return await askForInput(session, params);
    },
    pickTool: guided ? async (tools) => await (await load()).pickTool(tools, options) : undefined,
  };
}

function issuerParts(
  run: LoginRun,
  { progress }: CommandSession,
): IssuerConfirmation {
  const load = () => import("./guide/login_issuers.ts");
  const { invocation, runtime } = run;
  return {
    stored: async (client) => await (await load()).storedIssuers(run, client),
    ask: canAsk(invocation.options, runtime.io)
      ? async (question) => await (await load()).askIssuer(runtime, progress, question)
      : undefined,
  };
}

interface SignInEnding {
  readonly outcome: LoginOutcome;
  readonly store: LoginStore;
  readonly tried: readonly EndpointAttempt[];
}

async function signIn(
  attempt: LoginAttempt,
  session: CommandSession,
  openStore: (plan: LoginPlan) => Promise<LoginStore>,
): Promise<SignInEnding> {
  const { run, searches } = attempt;
  const { invocation: { options, sources }, runtime } = run;
  const { clock, emit, progress, recorder, secrets, signal } = session;
  const isSameServer = run.plan.serverUrl === session.serverUrl;
  const http = isSameServer ? session.http : session.httpAt(run.plan.serverUrl);
  // If the URL was an answer and not a flag, mcpass asks for every open option.
  const guided = sources.get("url") === "answer";
  let { plan } = run;
  let { firstStep } = attempt;
  let store = await openStore(plan);
  let tried: readonly EndpointAttempt[] = [];
  const before = recorder.findings().length;
  try {
    await session.openHttp();
    if (searches) {
      const { endpointCandidates, findEndpoint } = await import(
        "../../../flow/discovery/find_endpoint.ts"
      );
      const urls = endpointCandidates(plan.serverUrl);
      const found = await findEndpoint(plan, { http, emit, secrets, clock, signal }, urls);
      if (found.plan.serverUrl !== plan.serverUrl) store = await openStore(found.plan);
      [plan, firstStep] = [found.plan, found];
      ({ tried } = found);
      run.answers.set("url", [plan.serverUrl]);
    }
    const storedClient = attempt.registered?.client ?? store.storedClient;
    secrets.add(storedClient?.clientSecret);
    secrets.add(storedClient?.registrationToken);
    secrets.add(plan.identityProvider?.clientSecret);
    let currentOptions = options;
    const parts = await runtime.load(() => import("../../shared/login_parts.ts"));
    const { env } = runtime;
    const { noColor, browser } = options;
    const outcome = await parts.login(plan, {
      http,
      emit,
      secrets,
      clock,
      signal,
      firstStep,
      asksOpenServer: sources.has("noInput"),
      openConsent: run.background?.openConsent ??
        consentOpener(run, parts, session, () => currentOptions),
      pending: run.background?.pending?.(store),
      ...await run.background?.deps?.(session),
      ...personParts(attempt, session, guided, (decided) => currentOptions = decided),
      storedClient,
      command: (add) => run.commandLine({ add }),
      clientChanged: (client) => store.clientChanged(client),
      issuers: issuerParts(run, session),
      showDevice: (prompt) =>
        parts.showDevicePrompt({
          io: progress.io,
          env,
          noColor,
          browser,
          now: clock.now,
          announce: announcer(run, session),
          isForProgram: progress.announce !== undefined,
        }, prompt),
    });
    const { result } = outcome;
    const more = recorder.findings().slice(before).filter((it) => !result.findings.includes(it));
    const complete = { ...result, findings: [...result.findings, ...more] };
    return { outcome: { ...outcome, result: complete }, store, tried };
  } finally {
    await session.closeHttp();
  }
}

/** Returns the exit status; throws before the first request if the result cannot be written. */
export async function runLogin(run: LoginRun): Promise<number> {
  const { invocation, plan, runtime } = run;
  const { options, sources } = invocation;
  const session = await openCommandSession(runtime, options, {
    command: { name: "oauth login", flags: LOGIN_FLAGS },
    serverUrl: plan.serverUrl,
    http: () => Promise.resolve({ namedUrls: namedUrls(plan) }),
    warnings: secretWarnings(invocation),
  });
  session.secrets.add(plan.clientSecret);
  const { background } = run;
  session.trustAsStored(background?.begunFlags);
  const { openLoginStore } = await runtime.load(() => import("./login_store.ts"));
  const openStore = (plan: LoginPlan) => openLoginStore({ options, sources, plan, runtime });
  const isGuided = sources.get("url") === "answer";
  let attempt: LoginAttempt = {
    run,
    searches: isGuided || sources.get("url") === "host",
    answered: new Set(),
    reopened: new Set(),
  };
  for (;;) {
    let { outcome, store, tried } = await signIn(attempt, session, openStore);
    let isReported = false;
    if (outcome.failure !== null && background === undefined && canAsk(options, runtime.io)) {
      const { nextAttempt } = await import("./retry/next_attempt.ts");
      const found = await nextAttempt({ attempt, session, store, outcome, tried });
      if (found.next !== undefined) {
        attempt = found.next;
        continue;
      }
      ({ outcome, isReported } = found);
    }
    background?.ended?.(outcome);
    if (outcome.begun !== undefined && background?.endBegun !== undefined) {
      return await background.endBegun(session, store, outcome);
    }
    const { endLogin } = await import("./result/end_login.ts");
    return await endLogin({ run: attempt.run, session, store, isReported }, outcome);
  }
}
