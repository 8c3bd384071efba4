import type { Credentials } from "../context/login_result.ts";
import type { Session } from "./session.ts";

export function credentialsOf(session: Session): Credentials {
  const { token, client, discovery, requested, obtainedAt } = session;
  const { accessToken, refreshToken, idToken, tokenType, expiresIn } = token;
  const expiresAt = session.expiresAt ??
    (expiresIn === null ? null : new Date(obtainedAt + expiresIn * 1000).toISOString());
  const { clientId, clientSecret, clientSecretSource } = client;
  const isIssued = clientSecret !== undefined && clientSecretSource === "issued";
  return {
    accessToken,
    refreshToken,
    ...(idToken === undefined ? {} : { idToken }),
    tokenType,
    expiresIn,
    expiresAt,
    scope: token.scope ?? requested?.join(" ") ?? null,
    clientId,
    ...(isIssued ? { clientSecret } : {}),
    issuer: discovery.server.issuer,
    resource: discovery.resource,
  };
}
