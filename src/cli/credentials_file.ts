/**
 * The credentials file that `--credentials-out` writes.
 *
 * @module
 */

import type { LoginPlan } from "../flow/login_plan.ts";
import type { Credentials, LoginResult } from "../flow/login_result.ts";
import type { Session } from "../flow/session.ts";

/** Version 1 of the file: one login, with everything that using and refreshing it needs. */
export interface CredentialsFile {
  /** Version of this shape. */
  readonly version: 1;
  /** MCP server URL, as typed. */
  readonly serverUrl: string;
  /** Issuer of the authorization server; the credentials are good for no other. */
  readonly issuer: string;
  /** Client identifier. */
  readonly clientId: string;
  /** Client secret, when there is one. */
  readonly clientSecret?: string;
  /** The access token. */
  readonly accessToken: string;
  /** The refresh token, or null. */
  readonly refreshToken: string | null;
  /** The ID token, when one came. */
  readonly idToken?: string;
  /** `Bearer`, as the server spelled it. */
  readonly tokenType: string;
  /** ISO 8601, or null when unknown. */
  readonly expiresAt: string | null;
  /** Granted scope, or null. */
  readonly scope: string | null;
  /** Value of the `resource` parameter, or null. */
  readonly resource: string | null;
  /** Token endpoint, where a refresh goes. */
  readonly tokenEndpoint?: string;
  /** How the client authenticates there. */
  readonly tokenAuthMethod?: string;
  /** MCP revision whose checks applied. */
  readonly protocolVersion: string;
  /** The relaxations that this login used; a refresh needs them again. */
  readonly relaxed?: {
    readonly trustIssuer?: { readonly expected: string; readonly announced: string };
    readonly trustPkce?: string;
    readonly resource?: string;
  };
}

/** The file's content for a login that obtained a token. */
export function credentialsFile(
  result: Pick<LoginResult, "serverUrl" | "protocolVersion">,
  { expiresIn: _, ...credentials }: Credentials,
  session: Session,
  plan: LoginPlan,
): CredentialsFile {
  const { discovery: { server: { tokenEndpoint } }, client } = session;
  const relaxed = {
    ...(plan.trustIssuer === undefined ? {} : { trustIssuer: plan.trustIssuer }),
    ...(plan.trustPkce === undefined ? {} : { trustPkce: plan.trustPkce }),
    ...(plan.resource === undefined ? {} : { resource: plan.resource }),
  };
  return {
    version: 1,
    serverUrl: result.serverUrl,
    ...credentials,
    ...(tokenEndpoint === undefined ? {} : { tokenEndpoint }),
    tokenAuthMethod: client.method,
    protocolVersion: result.protocolVersion,
    ...(Object.keys(relaxed).length === 0 ? {} : { relaxed }),
  };
}
