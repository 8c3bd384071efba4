/** `oauth login`: the steps in their order. @module */

import type { Consent } from "../../consent/consent.ts";
import type { OptionTexts } from "../../core/command_text.ts";
import type { FlowEvent } from "../../core/events.ts";
import { cancelledFailure, Failure, toFailure } from "../../core/failure.ts";
import { FIXED_REDIRECT_URI } from "../../oauth/common/redirect_uri.ts";
import { AUTH_MODES } from "../../oauth/authorization/auth_mode.ts";
import { createRecorder } from "../../trace/recorder.ts";
import { judgeClientSecret } from "../../trace/weak_secrets.ts";
import type { StepDeps } from "../context/effects.ts";
import {
  createLoginContext,
  findingOf,
  judgementOf,
  type LoginContext,
  type Registration,
  reportableFailure,
} from "../context/login_context.ts";
import { givenSecrets, type LoginPlan } from "../context/login_plan.ts";
import type { LoginResult, PlannedLogin, Verification } from "../context/login_result.ts";
import type { Discovery } from "../discovery/discover.ts";
import type { FirstStep } from "../discovery/find_endpoint.ts";
import { sendFirstRequest } from "../discovery/unauthenticated_request.ts";
import type { UnauthenticatedResponse } from "../discovery/unauthenticated_response.ts";
import type { BegunLogin } from "./begin_login.ts";
import type { ChooseOptions } from "./discovered_server.ts";
import type { Session, SessionHolder } from "./session.ts";
import { credentialsOf } from "./session_credentials.ts";
import type { AskForInput } from "../../mcp/input_request.ts";
import type { PickTool } from "./verify.ts";

export interface LoginDeps extends StepDeps {
  /** Opens the listener, or chooses the headless redirect URI. */
  readonly openConsent: (redirectUrl: string | undefined) => Promise<Consent>;
  readonly firstStep?: FirstStep | undefined;
  /** True: a login that nobody can complete sends one request, since the server may be open. */
  readonly asksOpenServer?: boolean | undefined;
  /** Absent: the plan has all options. */
  readonly chooseOptions?: ChooseOptions | undefined;
  /** True: the login ends before a browser opens, for another process to finish. */
  readonly begins?: true | undefined;
  /** The login that another process began. `firstStep` has its discovery, `pending` its request. */
  readonly begun?: BegunLogin | undefined;
  /** Chooses a tool to call if the plan names none. */
  readonly pickTool?: PickTool | undefined;
  /** Asks for input that a tool needs; absent if nobody can be asked. */
  readonly askForInput?: AskForInput | undefined;
}

export interface LoginOutcome {
  readonly result: LoginResult;
  /** Null if everything that was requested succeeded. */
  readonly failure: Failure | null;
  readonly session: Session | null;
  /** Set if the login ended before a browser was opened. */
  readonly begun?: BegunLogin | undefined;
  /** The client that this login registered, if nobody signed in with it. */
  readonly registered?: Registration | undefined;
  /** The plan with the chosen options. */
  readonly plan: LoginPlan;
  /** The tools that the verification listed. */
  readonly tools?: readonly unknown[] | undefined;
  /** The flags that the remedy of the failure adds. */
  readonly loginFlags?: OptionTexts | undefined;
  /** What another attempt need not repeat: the first step, then that with the discovery. */
  readonly reached?: readonly FirstStep[];
}

/** True if the user, or a headless client, is sent to an authorization endpoint. */
function needsConsent({ authMode, identityProvider }: LoginPlan): boolean {
  return AUTH_MODES[authMode].codeGrant ||
    (identityProvider !== undefined && identityProvider.idToken === undefined);
}

/** The redirect URI of a dry run, which opens no listener. */
function plannedRedirectUri(plan: LoginPlan): string | null {
  const isPlanned = plan.dryRun && needsConsent(plan);
  return isPlanned ? plan.redirectUrl ?? FIXED_REDIRECT_URI : null;
}

async function openConsent(plan: LoginPlan, deps: LoginDeps): Promise<Consent> {
  const byHand = (plan.clientId ?? plan.clientMetadataUrl) !== undefined;
  const registered = deps.storedClient?.redirectUri ?? (byHand ? FIXED_REDIRECT_URI : undefined);
  if (plan.redirectUrl === undefined && registered !== undefined) {
    try {
      return await deps.openConsent(registered);
    } catch {
      // Its port may be in use, or its host may belong to another machine.
    }
  }
  return await deps.openConsent(plan.redirectUrl);
}

/**
 * Ends a login that nobody can complete. An open server needs no sign-in, which is the better answer.
 */
async function endWithoutPerson(
  context: LoginContext,
  { asksOpenServer, firstStep }: LoginDeps,
  failure: Failure,
): Promise<never> {
  const mayAsk = asksOpenServer === true && AUTH_MODES[context.plan.authMode].codeGrant;
  if (failure.kind !== "sign_in_needed" || !mayAsk) throw failure;
  const [response, { discover }] = await begin(context, firstStep).catch(() =>
    Promise.reject(failure)
  );
  if (response.blockedBy?.code === "authorization_not_required") {
    await discover(context, response, () => {});
  }
  throw failure;
}

/** The consent with the redirect URI for clients that are registered by hand, if its port is free. */
async function fixedConsent(consent: Consent, plan: LoginPlan, deps: LoginDeps): Promise<Consent> {
  if (plan.redirectUrl !== undefined || consent.redirectUri === FIXED_REDIRECT_URI) return consent;
  const fixed = await deps.openConsent(FIXED_REDIRECT_URI).catch(() => undefined);
  if (fixed !== undefined) await consent.close();
  return fixed ?? consent;
}

/** A dry run that fails reports what it refused before, too. */
function firstRefusal(context: LoginContext, failure: Failure): Failure {
  if (failure.kind !== "operation" || context.state.refusals.length === 0) return failure;
  context.judge([judgementOf(failure)]);
  return context.reportRefusals() ?? failure;
}

type Steps = typeof import("./login_steps.ts");

/** Sends the first request unless that is already done, and loads the next steps meanwhile. */
async function begin(
  context: LoginContext,
  firstStep: FirstStep | undefined,
): Promise<readonly [UnauthenticatedResponse, Steps]> {
  const load = () => import("./login_steps.ts");
  if (firstStep !== undefined) {
    if (firstStep.presentsCertificate) context.state.presentsCertificate = true;
    if (firstStep.outcome instanceof Failure) throw firstStep.outcome;
    return [firstStep.outcome, await load()];
  }
  return await context.step("request_without_token", async (detail) => {
    const [answer, steps] = await whileWaiting(sendFirstRequest(context), load);
    return [await steps.requestUnauthenticated(context, answer, detail), steps] as const;
  });
}

/** Never throws: every end is an outcome, with everything that was obtained before a failure. */
export async function login(plan: LoginPlan, deps: LoginDeps): Promise<LoginOutcome> {
  const { secrets, signal } = deps;
  const recorder = createRecorder();
  const events = [...deps.firstStep?.events ?? []];
  events.forEach(recorder.emit);
  const emit = (event: FlowEvent): void => {
    events.push(event);
    recorder.emit(event);
    deps.emit(event);
  };
  let context = createLoginContext(plan, { ...deps, emit });
  let consent: Consent | undefined;
  let holder: SessionHolder | undefined;
  let verification: Verification | null = null;
  let tools: readonly unknown[] | undefined;
  let begun: BegunLogin | undefined;
  let plannedLogin: PlannedLogin | undefined;
  let failure: Failure | null = null;
  let loginFlags: OptionTexts | undefined;
  const reached: FirstStep[] = [];
  try {
    // The first response could repeat them.
    for (const secret of givenSecrets(plan)) secrets.add(secret);
    context.judge([...plan.inputFindings ?? [], ...judgeClientSecret(plan.clientSecret)]);
    if (needsConsent(plan) && !plan.dryRun) {
      consent = await openConsent(plan, deps)
        .catch((error) => endWithoutPerson(context, deps, toFailure(error)));
    }
    const [response, steps] = await begin(context, deps.firstStep);
    const redirectUri = consent?.redirectUri ?? plannedRedirectUri(plan);
    const { presentsCertificate } = context.state;
    const reach = (discovery?: Discovery) =>
      reached.push({ outcome: response, events: [...events], presentsCertificate, discovery });
    if (deps.firstStep?.discovery === undefined) reach();
    const discovery = deps.firstStep?.discovery ??
      await steps.discover(context, response, (server) => {
        steps.chooseApproach(context, server, redirectUri);
      });
    reach(discovery);
    if (plan.dryRun) {
      const { describePlan } = await import("./planned_login.ts");
      const planned = await describePlan(context, discovery, redirectUri);
      const refusal = context.reportRefusals();
      if (refusal !== undefined) throw refusal;
      plannedLogin = planned;
    } else {
      if (deps.chooseOptions !== undefined) {
        const found = steps.discoveredServer(context, discovery, redirectUri);
        const chosen = await deps.chooseOptions(found, async () => {
          const opened = consent && await fixedConsent(consent, plan, deps);
          consent = opened;
          return opened?.redirectUri ?? null;
        });
        context = { ...context, plan: chosen };
        for (const secret of givenSecrets(chosen)) secrets.add(secret);
        if (plan.clientSecret === undefined) context.judge(judgeClientSecret(chosen.clientSecret));
        if (!needsConsent(chosen)) {
          await consent?.close();
          consent = undefined;
        }
      }
      if (deps.begins) {
        const { beginLogin } = await import("./begin_login.ts");
        begun = await beginLogin(context, discovery, consent);
      } else {
        holder = await steps.establishSession(context, discovery, consent, deps.begun);
      }
      const { verifyTools, verifyCallTool } = context.plan;
      if (holder !== undefined && (verifyTools || verifyCallTool !== undefined)) {
        const { verify } = await import("./verify.ts");
        const outcome = await verify(context, response, holder, deps);
        ({ verification, tools } = outcome);
        failure = outcome.failure &&
          reportableFailure(outcome.failure, secrets, context.command);
      }
    }
  } catch (error) {
    const refusal = firstRefusal(context, toFailure(error));
    ({ loginFlags } = refusal);
    failure = signal.aborted
      ? cancelledFailure()
      : reportableFailure(refusal, secrets, context.command);
  } finally {
    await consent?.close();
  }
  const isExplained = recorder.findings().some(({ severity }) => severity === "error");
  // Cancelling needs no explanation.
  if (failure !== null && failure.kind !== "cancelled" && !isExplained) {
    emit({ type: "finding", finding: findingOf(failure, context.state.step, context.command) });
  }
  const session = holder?.current() ?? null;
  const { client, step } = context.state;
  return {
    failure,
    session,
    begun,
    registered: session === null ? context.state.registered : undefined,
    plan: context.plan,
    tools,
    loginFlags,
    reached,
    result: {
      completed: failure === null,
      serverUrl: plan.serverUrl,
      protocolVersion: context.rules.id,
      registrationStrategy: (client ?? deps.begun?.client)?.approach ??
        plannedLogin?.registration ?? null,
      authMode: context.plan.authMode,
      redirectUrl: client?.redirectUri ?? consent?.redirectUri ?? null,
      currentStep: failure === null ? "complete" : step,
      steps: recorder.steps(),
      findings: recorder.findings(),
      credentials: session && credentialsOf(session),
      verification,
      ...(plannedLogin === undefined ? {} : { plan: plannedLogin }),
      ...(failure === null ? {} : { error: errorOf(failure) }),
    },
  };
}

/** The member `error` of the result. */
export function errorOf({ code, message, remedy }: Failure): NonNullable<LoginResult["error"]> {
  return { code, message, ...(remedy === undefined ? {} : { remedy }) };
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
