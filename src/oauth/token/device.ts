/** The device authorization grant (RFC 8628). @module */

import { remedyOf } from "../../core/command_text.ts";
import { Failure } from "../../core/failure.ts";
import type { Judgement } from "../../core/finding.ts";
import { type JsonObject, stringMember, textMember } from "../../core/json.ts";
import { printable, quoted } from "../../core/text.ts";
import { type EndpointResponse, isSuccess } from "../common/endpoint_response.ts";
import { errorResponse, retryRemedy } from "../common/error_response.ts";
import { INVALID_REQUEST, remediesWith } from "../common/error_remedies.ts";
import { judgeNumbers } from "../common/judgement.ts";
import { DEVICE_CODE } from "../authorization/auth_mode.ts";
import type { ServerMetadata } from "../metadata/server_metadata.ts";
import { TokenEndpointError } from "../common/issued_token.ts";
import { tokenRequest } from "./token_grant.ts";

/** The default interval (§3.2), and what `slow_down` adds (§3.5). */
export const POLL_STEP_S = 5;

export function offersDevice({ deviceEndpoint, grantTypes }: Partial<ServerMetadata>): boolean {
  return deviceEndpoint !== undefined && (grantTypes?.includes(DEVICE_CODE) ?? true);
}

export function deviceRequest(
  scopes: readonly string[] | undefined,
  resource: string | null,
): URLSearchParams {
  return tokenRequest({}, resource, scopes);
}

export function deviceGrant(deviceCode: string, resource: string | null): URLSearchParams {
  return tokenRequest({ grant_type: DEVICE_CODE, device_code: deviceCode }, resource);
}

/** The addresses are not checked yet. */
export interface DeviceAuthorization {
  readonly deviceCode: string;
  readonly userCode: string;
  readonly verificationUri: string;
  readonly verificationUriComplete: string | undefined;
  /** Seconds until both codes end; null when unknown. */
  readonly expiresIn: number | null;
  /** Seconds between two polls. */
  readonly interval: number;
  readonly judgements: readonly Judgement[];
}

const REFUSAL_REMEDIES = remediesWith({
  unauthorized_client: {
    remedy: `Authorization server: add "${DEVICE_CODE}" to the grant types of the client\n` +
      "Sign in with a browser",
    loginFlags: { authMode: "interactive" },
  },
});

function seconds(value: unknown): number | undefined {
  const number = typeof value === "string" && /^\d+$/.test(value) ? Number(value) : value;
  return typeof number === "number" && number > 0 && number <= 1e8 ? number : undefined;
}

/** A fraction of a second is an invitation to flood the server. */
function pollInterval(value: unknown): number | undefined {
  const interval = seconds(value);
  return interval !== undefined && interval >= 1 ? interval : undefined;
}

function deviationsOf(members: JsonObject): Judgement[] {
  const { interval } = members;
  const messages = [
    members["verification_uri"] === undefined &&
    'has "verification_url" instead of "verification_uri"',
    seconds(members["expires_in"]) === undefined &&
    'has no valid "expires_in"; the lifetime of the code is unknown',
    interval !== undefined && pollInterval(interval) === undefined &&
    `has the interval ${printable(JSON.stringify(interval), 60)}; mcpass uses ${POLL_STEP_S} s`,
  ];
  return messages.filter((message) => message !== false).map((message) => ({
    code: "device_answer_deviates",
    severity: "warning",
    message: `the device authorization response ${message}`,
    remedy: "Authorization server: send the members of RFC 8628",
    reference: "RFC 8628 §3.2",
  }));
}

export function judgeDeviceResponse(response: EndpointResponse): DeviceAuthorization {
  const { members, error, summary, said } = errorResponse(response);
  const endpoint = quoted(response.url);
  if (error !== undefined || !isSuccess(response)) {
    const remedy = REFUSAL_REMEDIES.get(error ?? "") ?? retryRemedy(response) ??
      INVALID_REQUEST;
    throw new Failure(
      "device_request_refused",
      `the device authorization endpoint ${endpoint} issued no code: ${summary}`,
      { ...remedyOf(remedy), reference: "RFC 8628 §3.2", cause: new TokenEndpointError(response) },
    );
  }
  const deviceCode = textMember(members, "device_code") ?? "";
  const userCode = textMember(members, "user_code") ?? "";
  const verificationUri = stringMember(members, "verification_uri") ??
    stringMember(members, "verification_url") ?? "";
  const missing = Object.entries({
    device_code: deviceCode,
    user_code: userCode,
    verification_uri: verificationUri,
  }).filter(([, value]) => value.trim() === "").map(([name]) => `"${name}"`);
  if (missing.length > 0) {
    throw new Failure(
      "device_answer_invalid",
      `the response of the device authorization endpoint ${endpoint} has no ${missing.join(", ")}` +
        said,
      {
        remedy: "Authorization server: send device_code, user_code and verification_uri",
        reference: "RFC 8628 §3.2",
      },
    );
  }
  return {
    deviceCode,
    userCode,
    verificationUri,
    verificationUriComplete: stringMember(members, "verification_uri_complete"),
    expiresIn: seconds(members["expires_in"]) ?? null,
    interval: pollInterval(members["interval"]) ?? POLL_STEP_S,
    judgements: [
      ...judgeNumbers(members, ["device_code", "user_code"], "RFC 8628 §3.2"),
      ...deviationsOf(members),
    ],
  };
}

export type PollVerdict = "decided" | "pending" | "slow_down" | "failing";

/** Judges a poll (RFC 8628 §3.5); a server that fails is asked again, more slowly. */
export function judgePoll(response: EndpointResponse): PollVerdict {
  const { error, summary } = errorResponse(response);
  if (error === "authorization_pending") return "pending";
  if (error === "slow_down") return "slow_down";
  if (error === "expired_token") throw codeExpired(summary);
  if (error === "access_denied") {
    const message = `the sign-in was denied at the authorization server: ${summary}`;
    const remedy = "Run the login again, and approve it with an account that may use the server";
    throw new Failure("device_denied", message, { remedy, reference: "RFC 8628 §3.5" });
  }
  return response.status === 429 || response.status >= 500 ? "failing" : "decided";
}

export function codeExpired(how: string): Failure {
  const message = `the code was not approved before it expired: ${how}`;
  const remedy = "Run the login again for a new code, and approve it sooner";
  return new Failure("device_code_expired", message, { remedy, reference: "RFC 8628 §3.5" });
}
