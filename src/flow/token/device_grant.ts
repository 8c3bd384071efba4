/**
 * The device authorization grant (RFC 8628): a code for the user, and polls until the user has
 * decided. @module
 */

import type { Clock } from "../../core/system.ts";
import { wait } from "../../core/wait.ts";
import { Failure, toFailure } from "../../core/failure.ts";
import type { HttpResponse } from "../../http/http_client.ts";
import {
  codeExpired,
  type DeviceAuthorization,
  deviceGrant,
  deviceRequest,
  judgeDeviceResponse,
  judgePoll,
  POLL_STEP_S,
  type PollVerdict,
} from "../../oauth/token/device.ts";
import type { LoginContext } from "../context/login_context.ts";
import type { GrantRequest, TokenRequest } from "./grant_request.ts";
import { postAsClient } from "./post_as_client.ts";

/** Faults after which the same poll may succeed. */
const PASSING_FAULTS: readonly string[] = [
  "network_timeout",
  "network_dns",
  "network_connection_refused",
  "network_connection_reset",
  "network_unreachable",
];

export interface Limit {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly failure: () => Failure;
}

export interface DevicePolling {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Time limit for the approval. */
  readonly timeoutMs: number;
  note(text: string): void;
}

/** @throws Failure `device_interval_too_long`. */
export function deviceLimit(
  { clock, timeoutMs }: DevicePolling,
  device: DeviceAuthorization,
): Limit {
  const limit = limitOf(clock.now(), timeoutMs, device);
  assertPollable(device, limit.at - clock.now());
  return limit;
}

function limitOf(
  now: number,
  consentTimeoutMs: number,
  { expiresIn }: DeviceAuthorization,
): Limit {
  if (expiresIn !== null && expiresIn * 1000 <= consentTimeoutMs) {
    const failure = () => codeExpired(`it was valid for ${expiresIn} s`);
    return { at: now + expiresIn * 1000, failure };
  }
  return {
    at: now + consentTimeoutMs,
    failure: () =>
      new Failure(
        "consent_timeout",
        `nobody approved the sign-in within ${Math.round(consentTimeoutMs / 1000)} s`,
        { remedy: "Run the login again for a new code; for more time: --consent-timeout <ms>" },
      ),
  };
}

/** Fails now if the first poll would come after the deadline. */
function assertPollable({ interval }: DeviceAuthorization, leftMs: number): void {
  if (interval * 1000 < leftMs) return;
  throw new Failure(
    "device_interval_too_long",
    `the authorization server requires ${interval} s between two polls, and mcpass waits ` +
      `${leftMs / 1000} s at most, so it could never ask whether the sign-in was approved`,
    {
      remedy: 'Authorization server: announce an "interval" of some seconds\n' +
        "Wait longer, while the code is valid: --consent-timeout <ms>",
      reference: "RFC 8628 §3.2, §3.5",
    },
  );
}

/** The response that decides; else why there is none yet. */
async function poll(
  { note }: DevicePolling,
  post: () => Promise<HttpResponse>,
): Promise<HttpResponse | Exclude<PollVerdict, "decided">> {
  try {
    const answer = await post();
    const verdict = judgePoll(answer);
    return verdict === "decided" ? answer : verdict;
  } catch (error) {
    const { code, message } = toFailure(error);
    if (!PASSING_FAULTS.includes(code)) throw error;
    note(`the token endpoint did not respond (${message}); mcpass asks again later`);
    return "failing";
  }
}

/**
 * `slow_down` adds to the interval, a fault doubles it (RFC 8628 §3.5).
 *
 * @throws Failure `device_denied`, `device_code_expired`, `consent_timeout`, `cancelled`, and as
 * the HTTP client.
 */
export async function pollUntilDecided(
  polling: DevicePolling,
  interval: number,
  limit: Limit,
  post: () => Promise<HttpResponse>,
): Promise<HttpResponse> {
  const { clock, signal } = polling;
  let intervalMs = interval * 1000;
  for (;;) {
    const left = limit.at - clock.now();
    if (left <= 0) throw limit.failure();
    await wait(clock, Math.min(intervalMs, left), signal);
    if (clock.now() >= limit.at) throw limit.failure();
    const answer = await poll(polling, post);
    if (typeof answer !== "string") return answer;
    if (answer === "slow_down") intervalMs += POLL_STEP_S * 1000;
    if (answer === "failing") intervalMs *= 2;
  }
}

/**
 * @throws Failure `device_request_refused`, `device_answer_invalid`, `device_interval_too_long`,
 * `verification_uri_refused`, and as the HTTP client.
 */
export async function deviceTokenRequest(
  context: LoginContext,
  request: GrantRequest,
): Promise<TokenRequest> {
  const { discovery: { server, resource }, client, scopes } = request;
  const { deps, plan } = context;
  const { clock, secrets, showDevice } = deps;
  if (showDevice === undefined) throw new RangeError("nobody shows the device code");
  const endpoint = server.deviceEndpoint ?? "";
  const form = deviceRequest(scopes, resource);
  const device = judgeDeviceResponse(
    await postAsClient(deps, endpoint, client, form, "authorization"),
  );
  const { deviceCode, userCode, verificationUri, verificationUriComplete } = device;
  for (const secret of [deviceCode, userCode, verificationUriComplete]) secrets.add(secret);
  context.judge(device.judgements);
  const polling = {
    clock,
    signal: deps.signal,
    timeoutMs: plan.consentTimeoutMs,
    note: (text: string) => context.note(text),
  };
  const limit = deviceLimit(polling, device);
  const judgements = await showDevice({
    userCode,
    verificationUri,
    verificationUriComplete,
    issuer: server.issuer,
    resource: resource ?? plan.serverUrl,
    scopes,
    clientId: client.clientId,
    timeoutMs: limit.at - clock.now(),
  });
  context.judge(judgements);
  return {
    body: deviceGrant(deviceCode, resource),
    send(post) {
      deps.emit({ type: "waiting", at: clock.now(), until: limit.at });
      return pollUntilDecided(polling, device.interval, limit, post);
    },
  };
}
