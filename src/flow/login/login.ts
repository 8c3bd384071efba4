/**
 * `oauth login`: the whole handshake as a sequence of steps.
 *
 * @module
 */

import type { Consent } from "../../consent/consent.ts";
import type { FlowEvent } from "../../core/events.ts";
import { cancelledFailure, Failure, toFailure } from "../../core/failure.ts";
import type { Finding } from "../../core/finding.ts";
import { AUTH_MODES } from "../../oauth/authorization/auth_mode.ts";
import { LATEST, revision } from "../../oauth/mcp/revision.ts";
import { createRecorder } from "../../trace/recorder.ts";
import { judgeClientSecret } from "../../trace/weak_secrets.ts";
import { reportableFailure, type Run, startRun, type StepDeps } from "../context/login_context.ts";
import { givenSecrets, type LoginPlan } from "../context/login_plan.ts";
import type {
  Credentials,
  LoginResult,
  PlannedLogin,
  Verification,
} from "../context/login_result.ts";
import type { Begun } from "../discovery/find_endpoint.ts";
import { firstPost } from "../discovery/unauthenticated_request.ts";
import type { Contact } from "../discovery/unauthenticated_response.ts";
import type { Decide } from "./discovered_server.ts";
import type { Session, SessionHolder } from "./session.ts";
import type { PickTool } from "./verify.ts";

/** What a login is handed: what its steps need, and the hooks of the login itself. */
export interface LoginDeps extends StepDeps {
  /** Opens a way to consent: binds the listener, or chooses the headless redirect URI. */
  readonly openConsent: (redirectUrl: string | undefined) => Promise<Consent>;
  /** A first step that was taken already. */
  readonly begun?: Begun | undefined;
  /** Decides what is open once the server is known; absent: the plan says everything. */
  readonly decide?: Decide | undefined;
  /** Picks a tool to call when the plan names none. */
  readonly pickTool?: PickTool | undefined;
}

/** Outcome of a login. */
export interface LoginOutcome {
  /** The document for stdout. */
  readonly result: LoginResult;
  /** Null when everything that was asked for succeeded. */
  readonly failure: Failure | null;
  /** What was signed in, for keeping; null when no token was obtained. */
  readonly session: Session | null;
  /** The plan that was carried out. */
  readonly plan: LoginPlan;
  /** The tools as a verification listed them. */
  readonly tools?: readonly unknown[] | undefined;
}

function credentialsOf(session: Session): Credentials {
  const { token, client, discovery } = session;
  const { expiresIn } = token;
  return {
    accessToken: token.accessToken,
    refreshToken: token.refreshToken,
    ...(token.idToken === undefined ? {} : { idToken: token.idToken }),
    tokenType: token.tokenType,
    expiresIn,
    expiresAt: expiresIn === null
      ? null
      : new Date(session.obtainedAt + expiresIn * 1000).toISOString(),
    scope: token.scope ?? session.requested?.join(" ") ?? null,
    clientId: client.clientId,
    ...(client.clientSecret === undefined || client.clientSecretSource !== "issued"
      ? {}
      : { clientSecret: client.clientSecret }),
    issuer: discovery.server.issuer,
    resource: discovery.resource,
  };
}

/** True when a person or a machine is sent to an authorization endpoint. */
function needsConsent({ authMode, identityProvider }: LoginPlan): boolean {
  return AUTH_MODES[authMode].codeGrant ||
    (identityProvider !== undefined && identityProvider.idToken === undefined);
}

/** A way to consent at the redirect URI of the kept registration, else at any. */
async function openConsent(plan: LoginPlan, deps: LoginDeps): Promise<Consent> {
  const registered = deps.knownClient?.redirectUri ?? undefined;
  if (plan.redirectUrl === undefined && registered !== undefined) {
    try {
      return await deps.openConsent(registered);
    } catch {
      // Its port may be taken by now, or its host not be this machine's.
    }
  }
  return await deps.openConsent(plan.redirectUrl);
}

type Steps = typeof import("./login_steps.ts");

/** Asks the server without a token, unless that was done already, and loads the steps that follow. */
async function begin(run: Run, begun: Begun | undefined): Promise<readonly [Contact, Steps]> {
  const load = () => import("./login_steps.ts");
  if (begun !== undefined) {
    if (begun.presented) run.presentToServer();
    if (begun.met instanceof Failure) throw begun.met;
    return [begun.met, await load()];
  }
  return await run.step("request_without_token", async (detail) => {
    const [answer, steps] = await whileWaiting(firstPost(run), load);
    return [await steps.contactFrom(run, answer, detail), steps] as const;
  });
}

/**
 * Signs in to an MCP server.
 *
 * Never throws: every end is an outcome, and what was obtained before a failure is in it.
 */
export async function login(plan: LoginPlan, deps: LoginDeps): Promise<LoginOutcome> {
  const recorder = createRecorder();
  deps.begun?.events.forEach(recorder.emit);
  const emit = (event: FlowEvent): void => {
    recorder.emit(event);
    deps.emit(event);
  };
  const auto = plan.protocolVersion === "auto";
  const rules = plan.protocolVersion === "auto" ? LATEST : revision(plan.protocolVersion);
  let run = startRun(plan, { ...deps, emit }, rules, auto);
  let consent: Consent | undefined;
  let holder: SessionHolder | undefined;
  let verification: Verification | null = null;
  let tools: readonly unknown[] | undefined;
  let plannedLogin: PlannedLogin | undefined;
  let failure: Failure | null = null;
  try {
    // The first response could repeat them.
    for (const secret of givenSecrets(plan)) deps.secrets.add(secret);
    run.judge([...plan.inputFindings ?? [], ...judgeClientSecret(plan.clientSecret)]);
    if (needsConsent(plan) && !plan.dryRun) {
      consent = await openConsent(plan, deps);
    }
    const [contact, steps] = await begin(run, deps.begun);
    const redirectUri = consent?.redirectUri ?? null;
    const discovery = await steps.discover(run, contact, steps.usableServer(run, redirectUri));
    if (deps.decide !== undefined && !plan.dryRun) {
      run = {
        ...run,
        plan: await deps.decide(steps.sightOf(run, contact, discovery, redirectUri)),
      };
      for (const secret of givenSecrets(run.plan)) deps.secrets.add(secret);
      if (plan.clientSecret === undefined) run.judge(judgeClientSecret(run.plan.clientSecret));
      if (!needsConsent(run.plan)) {
        await consent?.close();
        consent = undefined;
      }
    }
    if (plan.dryRun) {
      const { describePlan } = await import("./planned_login.ts");
      plannedLogin = await describePlan(run, contact, discovery);
    } else {
      holder = await steps.establishSession(run, contact, discovery, consent);
      if (run.plan.verifyTools || run.plan.verifyCallTool !== undefined) {
        const { verify } = await import("./verify.ts");
        const outcome = await verify(run, contact, holder, deps.pickTool);
        ({ verification, tools } = outcome);
        failure = outcome.failure && reportableFailure(outcome.failure, deps.secrets);
      }
    }
  } catch (error) {
    failure = deps.signal.aborted
      ? cancelledFailure()
      : reportableFailure(toFailure(error), deps.secrets);
  } finally {
    await consent?.close();
  }
  if (isUnexplained(failure, recorder.findings())) {
    emit({ type: "finding", finding: findingOf(failure, run) });
  }
  const session = holder?.current();
  const registered = run.registered();
  const strategy = registered?.approach ?? plannedLogin?.registration ?? null;
  return {
    failure,
    session: session ?? null,
    plan: run.plan,
    tools,
    result: {
      completed: failure === null,
      serverUrl: plan.serverUrl,
      protocolVersion: rules.id,
      registrationStrategy: strategy,
      authMode: run.plan.authMode,
      redirectUrl: registered?.redirectUri ?? consent?.redirectUri ?? null,
      currentStep: failure === null ? "complete" : run.currentStep(),
      steps: recorder.steps(),
      findings: recorder.findings(),
      credentials: session === undefined ? null : credentialsOf(session),
      verification,
      ...(plannedLogin === undefined ? {} : { plan: plannedLogin }),
      ...(failure === null ? {} : {
        error: {
          code: failure.code,
          message: failure.message,
          ...(failure.remedy === undefined ? {} : { remedy: failure.remedy }),
        },
      }),
    },
  };
}

/** True for a failure that no error finding explains; a person who cancels needs no explanation. */
function isUnexplained(failure: Failure | null, findings: readonly Finding[]): failure is Failure {
  return failure !== null && failure.kind !== "cancelled" &&
    !findings.some((finding) => finding.severity === "error");
}

/** The finding that a failure leaves, so that every end is explained in one place. */
function findingOf(failure: Failure, run: Run): Finding {
  return {
    code: failure.code,
    severity: "error",
    step: run.currentStep(),
    message: failure.message,
    remedy: failure.remedy ?? "Run again with --verbose or --debug-out to see every exchange",
    reference: failure.reference ?? "mcpass",
  };
}

/**
 * Loads a module once the request that `work` begins with has left, and gives both results. Rejects as
 * `work` does, and else as `load` does.
 */
export async function whileWaiting<T, M>(
  work: Promise<T>,
  load: () => Promise<M>,
): Promise<[result: T, module: M]> {
  const left = new Promise((resolve) => setTimeout(resolve, 0));
  const loading = left.then(load);
  await Promise.allSettled([work, loading]);
  return [await work, await loading];
}
