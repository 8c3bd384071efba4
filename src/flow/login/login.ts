/** `oauth login`: the steps in their order. @module */

import type { Consent } from "../../consent/consent.ts";
import type { FlowEvent } from "../../core/events.ts";
import { cancelledFailure, Failure, toFailure } from "../../core/failure.ts";
import type { Finding } from "../../core/finding.ts";
import { AUTH_MODES } from "../../oauth/authorization/auth_mode.ts";
import { LATEST, revision } from "../../oauth/mcp/revision.ts";
import { createRecorder } from "../../trace/recorder.ts";
import { judgeClientSecret } from "../../trace/weak_secrets.ts";
import {
  createLoginContext,
  findingOf,
  type LoginContext,
  reportableFailure,
  type StepDeps,
} from "../context/login_context.ts";
import { givenSecrets, type LoginPlan } from "../context/login_plan.ts";
import type {
  Credentials,
  LoginResult,
  PlannedLogin,
  Verification,
} from "../context/login_result.ts";
import type { FirstStep } from "../discovery/find_endpoint.ts";
import { sendFirstRequest } from "../discovery/unauthenticated_request.ts";
import type { UnauthenticatedResponse } from "../discovery/unauthenticated_response.ts";
import type { ChooseOptions } from "./discovered_server.ts";
import type { Session, SessionHolder } from "./session.ts";
import type { PickTool } from "./verify.ts";

/** What a login needs: the needs of its steps, and its own hooks. */
export interface LoginDeps extends StepDeps {
  /** Opens the listener, or chooses the headless redirect URI. */
  readonly openConsent: (redirectUrl: string | undefined) => Promise<Consent>;
  /** The first step, if it is already done. */
  readonly firstStep?: FirstStep | undefined;
  readonly chooseOptions?: ChooseOptions | undefined;
  /** Chooses a tool to call if the plan names none. */
  readonly pickTool?: PickTool | undefined;
}

export interface LoginOutcome {
  readonly result: LoginResult;
  /** Null if everything that was requested succeeded. */
  readonly failure: Failure | null;
  /** Null if no token was obtained. */
  readonly session: Session | null;
  readonly plan: LoginPlan;
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

/** True if the user, or a headless client, is sent to an authorization endpoint. */
function needsConsent({ authMode, identityProvider }: LoginPlan): boolean {
  return AUTH_MODES[authMode].codeGrant ||
    (identityProvider !== undefined && identityProvider.idToken === undefined);
}

/** Prefers the redirect URI of the stored registration. */
async function openConsent(plan: LoginPlan, deps: LoginDeps): Promise<Consent> {
  const registered = deps.storedClient?.redirectUri ?? undefined;
  if (plan.redirectUrl === undefined && registered !== undefined) {
    try {
      return await deps.openConsent(registered);
    } catch {
      // Its port may be in use, or its host may belong to another machine.
    }
  }
  return await deps.openConsent(plan.redirectUrl);
}

type Steps = typeof import("./login_steps.ts");

/** Sends the first request unless that is already done, and loads the next steps meanwhile. */
async function begin(
  context: LoginContext,
  firstStep: FirstStep | undefined,
): Promise<readonly [UnauthenticatedResponse, Steps]> {
  const load = () => import("./login_steps.ts");
  if (firstStep !== undefined) {
    if (firstStep.presentsCertificate) context.presentToServer();
    if (firstStep.outcome instanceof Failure) throw firstStep.outcome;
    return [firstStep.outcome, await load()];
  }
  return await context.step("request_without_token", async (detail) => {
    const [answer, steps] = await whileWaiting(sendFirstRequest(context), load);
    return [await steps.describeUnauthenticated(context, answer, detail), steps] as const;
  });
}

/**
 * Signs in to an MCP server.
 *
 * Never throws: every end is an outcome, with everything that was obtained before a failure.
 */
export async function login(plan: LoginPlan, deps: LoginDeps): Promise<LoginOutcome> {
  const recorder = createRecorder();
  deps.firstStep?.events.forEach(recorder.emit);
  const emit = (event: FlowEvent): void => {
    recorder.emit(event);
    deps.emit(event);
  };
  const auto = plan.protocolVersion === "auto";
  const rules = plan.protocolVersion === "auto" ? LATEST : revision(plan.protocolVersion);
  let context = createLoginContext(plan, { ...deps, emit }, rules, auto);
  let consent: Consent | undefined;
  let holder: SessionHolder | undefined;
  let verification: Verification | null = null;
  let tools: readonly unknown[] | undefined;
  let plannedLogin: PlannedLogin | undefined;
  let failure: Failure | null = null;
  try {
    // The first response could repeat them.
    for (const secret of givenSecrets(plan)) deps.secrets.add(secret);
    context.judge([...plan.inputFindings ?? [], ...judgeClientSecret(plan.clientSecret)]);
    if (needsConsent(plan) && !plan.dryRun) {
      consent = await openConsent(plan, deps);
    }
    const [response, steps] = await begin(context, deps.firstStep);
    const redirectUri = consent?.redirectUri ?? null;
    const discovery = await steps.discover(
      context,
      response,
      steps.usableServer(context, redirectUri),
    );
    if (deps.chooseOptions !== undefined && !plan.dryRun) {
      context = {
        ...context,
        plan: await deps.chooseOptions(
          steps.discoveredServer(context, response, discovery, redirectUri),
        ),
      };
      for (const secret of givenSecrets(context.plan)) deps.secrets.add(secret);
      if (plan.clientSecret === undefined) {
        context.judge(judgeClientSecret(context.plan.clientSecret));
      }
      if (!needsConsent(context.plan)) {
        await consent?.close();
        consent = undefined;
      }
    }
    if (plan.dryRun) {
      const { describePlan } = await import("./planned_login.ts");
      plannedLogin = await describePlan(context, response, discovery);
    } else {
      holder = await steps.establishSession(context, response, discovery, consent);
      if (context.plan.verifyTools || context.plan.verifyCallTool !== undefined) {
        const { verify } = await import("./verify.ts");
        const outcome = await verify(context, response, holder, deps.pickTool);
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
    emit({ type: "finding", finding: findingOf(failure, context.currentStep()) });
  }
  const session = holder?.current();
  const registered = context.clientInUse();
  const strategy = registered?.approach ?? plannedLogin?.registration ?? null;
  return {
    failure,
    session: session ?? null,
    plan: context.plan,
    tools,
    result: {
      completed: failure === null,
      serverUrl: plan.serverUrl,
      protocolVersion: rules.id,
      registrationStrategy: strategy,
      authMode: context.plan.authMode,
      redirectUrl: registered?.redirectUri ?? consent?.redirectUri ?? null,
      currentStep: failure === null ? "complete" : context.currentStep(),
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

/** True if no finding explains the failure. Cancelling needs no explanation. */
function isUnexplained(failure: Failure | null, findings: readonly Finding[]): failure is Failure {
  return failure !== null && failure.kind !== "cancelled" &&
    !findings.some((finding) => finding.severity === "error");
}

/**
 * Loads a module after the request of `work` has been sent, and returns both results. Rejects like
 * `work`, else like `load`.
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
