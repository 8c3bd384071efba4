/** Grants of an audit by device code (RFC 8628). @module */

import { Failure } from "../../core/failure.ts";
import { deviceLimit, pollUntilDecided } from "../../flow/token/device_grant.ts";
import {
  deviceGrant,
  deviceRequest,
  judgeDeviceResponse,
  offersDevice,
} from "../../oauth/token/device.ts";
import type { Audit } from "../context/audit.ts";
import type { AuditClient } from "../context/clients.ts";
import type { DeviceConsent } from "../context/consent_driver.ts";
import { type CheckEnd, doubtCheck, skipCheck } from "../context/end_check.ts";
import type { Grant } from "../context/grants.ts";
import type { TokenRequests } from "./token_requests.ts";

export interface DeviceGrantRequest {
  readonly client: AuditClient;
  readonly scopes: readonly string[] | undefined;
  /** What the grant is for, as a person reads it. */
  readonly label: string;
}

/** Returns a function that obtains a grant. After a refusal, nobody is asked again. */
export function createDeviceGrants(
  { discovery, plan, secrets, clock, signal }: Audit,
  { post, token, read }: TokenRequests,
  { show, timeoutMs }: DeviceConsent,
): (request: DeviceGrantRequest) => Promise<Grant> {
  let refusal: CheckEnd | undefined;

  async function obtain({ client, scopes, label }: DeviceGrantRequest): Promise<Grant> {
    const { metadata, resourceParameter: resource = null } = discovery;
    const endpoint = metadata?.deviceEndpoint;
    if (metadata === undefined || endpoint === undefined || !offersDevice(metadata)) {
      throw skipCheck("not_advertised", "the metadata does not offer device codes");
    }
    const form = Object.fromEntries(deviceRequest(scopes, resource));
    const device = judgeDeviceResponse(await post(endpoint, form, client));
    const { deviceCode, userCode, verificationUri, verificationUriComplete, interval } = device;
    for (const secret of [deviceCode, userCode, verificationUriComplete]) secrets.add(secret);
    const polling = { clock, signal, timeoutMs, note: () => {} };
    const limit = deviceLimit(polling, device);
    await show({
      userCode,
      verificationUri,
      verificationUriComplete,
      issuer: metadata.issuer,
      resource: resource ?? plan.serverUrl,
      scopes,
      clientId: client.clientId,
      timeoutMs: limit.at - clock.now(),
    }, label);
    const body = Object.fromEntries(deviceGrant(deviceCode, resource));
    const response = await pollUntilDecided(polling, interval, limit, () => token(body, client));
    return { ...await read(response, client), requestedScopes: scopes ?? [] };
  }

  return async (request) => {
    if (refusal !== undefined) throw refusal;
    try {
      return await obtain(request);
    } catch (error) {
      const isAnswer = error instanceof Failure && error.kind !== "cancelled" &&
        !error.code.startsWith("network_");
      if (!isAnswer) throw error;
      refusal = skipCheck("needs_consent", `no further device code after: ${error.message}`, "1");
      throw doubtCheck("consent_failed", error.message);
    }
  };
}
