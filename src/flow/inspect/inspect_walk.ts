/** The discovery of a login, without a sign-in. @module */

import { cancelledFailure, expectedFailure, Failure } from "../../core/failure.ts";
import type { HttpClient, HttpRequest, HttpResponse } from "../../http/http_client.ts";
import type { RevisionId } from "../../oauth/mcp/revision.ts";
import type { ServerMetadata } from "../../oauth/metadata/server_metadata.ts";
import { chooseApproach } from "../client/client_registration.ts";
import type { LoginEffects, StepDeps } from "../context/effects.ts";
import {
  createLoginContext,
  type LoginContext,
  type MetadataAttempt,
  type StepJudgement,
} from "../context/login_context.ts";
import { discover } from "../discovery/discover.ts";
import { acceptMetadata, findServerMetadata } from "../discovery/fetch_metadata.ts";
import { sendFirstRequest } from "../discovery/unauthenticated_request.ts";
import {
  requestUnauthenticated,
  type UnauthenticatedResponse,
} from "../discovery/unauthenticated_response.ts";
import type { InspectPlan } from "./inspection.ts";

type Send = HttpClient["send"];

export interface InspectDeps extends Omit<LoginEffects, "http">, Pick<StepDeps, "command"> {
  /** Sends requests under the rules of a login, or under the hosted ones. */
  readonly http: Pick<HttpClient, "send">;
}

export interface Sent {
  readonly request: HttpRequest;
  readonly answer: HttpResponse | undefined;
  /** Why there is no response. */
  readonly failure: Failure | undefined;
}

interface InspectionContext {
  readonly context: LoginContext;
  readonly judged: readonly StepJudgement[];
  readonly attempts: readonly MetadataAttempt[];
  readonly sent: readonly Sent[];
}

/** A discovery that has ended. */
export interface Walk extends InspectionContext {
  /** Why no authorization server was found. */
  readonly failure: Failure | null;
  /** The response to a request without a token; undefined if none was sent. */
  readonly response: UnauthenticatedResponse | undefined;
  readonly server?: ServerMetadata;
  /** `resource` for the authorization server; undefined if none is sent. */
  readonly resource?: string | undefined;
}

/**
 * Sends each request once: the walks of several revisions send the same ones, and a POST that
 * differs only in the version counts as the same.
 */
export function sendOnce(send: Send): () => Send {
  const requestsByUrl = new Map<string, Promise<HttpResponse>[]>();
  return () => {
    const countByUrl = new Map<string, number>();
    return (request) => {
      const { purpose, method, url, headers, body } = request;
      const versions = /\b20\d\d-\d\d-\d\d\b/g;
      const key = JSON.stringify([purpose, method, url, headers, body]);
      const question = method === "POST" ? key.replaceAll(versions, "") : key;
      const count = countByUrl.get(question) ?? 0;
      countByUrl.set(question, count + 1);
      const answers = requestsByUrl.get(question) ?? [];
      requestsByUrl.set(question, answers);
      return answers[count] ??= send(request);
    };
  };
}

/** Errors of the server are not thrown, nothing is registered, and every request is recorded. */
export function createInspectionContext(
  { url, protocolVersion: _, pinnedRevision: __, ...given }: InspectPlan,
  deps: InspectDeps,
  protocolVersion: RevisionId | "auto",
): InspectionContext {
  const judged: StepJudgement[] = [];
  const attempts: MetadataAttempt[] = [];
  const sent: Sent[] = [];
  const http: HttpClient = {
    async send(request) {
      try {
        const answer = await deps.http.send(request);
        sent.push({ request, answer, failure: undefined });
        return answer;
      } catch (error) {
        if (error instanceof Failure) sent.push({ request, answer: undefined, failure: error });
        throw error;
      }
    },
    streaming: () => () => Promise.reject(new TypeError("an inspection only looks")),
    close: () => Promise.resolve(),
  };
  const plan = {
    serverUrl: url,
    protocolVersion,
    registration: "auto",
    authMode: "interactive",
    clientName: "mcpass",
    consentTimeoutMs: given.stepTimeoutMs,
    verifyTools: false,
    toolArgs: {},
    dryRun: true,
    ...given,
  } as const;
  const base = createLoginContext(plan, { ...deps, http });
  const context: LoginContext = {
    ...base,
    judge(judgements) {
      // That a client ID is missing is a warning here, of the checks of the complete document.
      const found = judgements.filter(({ code }) => code !== "registration_unavailable");
      judged.push(...found.map((it) => ({ ...it, step: base.state.step })));
    },
    recordAttempt: (attempt) => attempts.push(attempt),
  };
  return { context, judged, attempts, sent };
}

/** True if no response was received, or the request was not sent. */
export function isUnreachable({ code }: Failure): boolean {
  return /^(network_|address_refused$|url_refused$|unsendable_url$)/.test(code);
}

/** The first step of a login; a response that would end it is part of the result. */
async function firstResponse(context: LoginContext): Promise<UnauthenticatedResponse> {
  try {
    return await context.step("request_without_token", async (detail) => {
      return await requestUnauthenticated(context, await sendFirstRequest(context), detail);
    });
  } catch (error) {
    const blockedBy = expectedFailure(error);
    if (blockedBy.kind === "cancelled" || isUnreachable(blockedBy)) throw blockedBy;
    const { plan, rules } = context;
    return { challenge: undefined, url: plan.serverUrl, protocol: rules, blockedBy, isMcp: true };
  }
}

function assertRegistrable(context: LoginContext, server: ServerMetadata): void {
  chooseApproach(context, server, null);
}

function failedWalk(error: unknown, { deps: { signal } }: LoginContext): Failure {
  if (signal.aborted) throw cancelledFailure();
  return expectedFailure(error);
}

interface WalkChoices {
  /** Sends the requests without a token; by default those of a login. */
  readonly respond?: typeof firstResponse;
  /** Judges an authorization server; by default, whether a login can register a client. */
  readonly usable?: (context: LoginContext, server: ServerMetadata) => void;
}

/** @throws Failure `cancelled`. */
export async function walkServer(
  plan: InspectPlan,
  deps: InspectDeps,
  version: RevisionId | "auto",
  { respond = firstResponse, usable = assertRegistrable }: WalkChoices = {},
): Promise<Walk> {
  const watched = createInspectionContext(plan, deps, version);
  const { context } = watched;
  let response: UnauthenticatedResponse | undefined;
  try {
    response = await respond(context);
    const { server, resource } = await discover(context, response, (it) => usable(context, it));
    return { ...watched, failure: null, response, server, resource: resource ?? undefined };
  } catch (error) {
    return { ...watched, failure: failedWalk(error, context), response };
  }
}

/** @throws Failure `cancelled`. */
export async function walkIssuer(
  plan: InspectPlan,
  deps: InspectDeps,
  version: RevisionId,
  issuer: string,
): Promise<Walk> {
  const watched = createInspectionContext(plan, deps, version);
  const { context } = watched;
  let failure: Failure | null = null;
  try {
    await context.step("authorization_server_metadata", async (detail) => {
      detail(acceptMetadata(context, await findServerMetadata(context, issuer)).issuer);
    });
  } catch (error) {
    failure = failedWalk(error, context);
  }
  return { ...watched, failure, response: undefined };
}
