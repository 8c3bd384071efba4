/** oauth2-mock-server: an OpenID provider for tests that accepts every client and every refresh. @module */

import { OAuth2Issuer, OAuth2Service } from "oauth2-mock-server";
import type { RealServer, RunningApp, StartOptions } from "./real_server.ts";
import { byKeys, withMcp } from "./resource_server.ts";

async function startApp({ origin, tokenSeconds }: StartOptions): Promise<RunningApp> {
  const issuer = new OAuth2Issuer();
  issuer.url = origin;
  await issuer.keys.generate("RS256");
  const service = new OAuth2Service(issuer);
  service.on("beforeTokenSigning", ({ payload }) => {
    payload["exp"] = Math.floor(Date.now() / 1000) + tokenSeconds;
  });
  return { handler: withMcp(origin, service.requestHandler, byKeys(origin, "/jwks")) };
}

export const OAUTH2_MOCK_SERVER: readonly RealServer[] = [{
  name: "oauth2-mock-server",
  start: startApp,
  flags: ["--client-id", "any-client"],
  // The second one is for 2025-06-18, which has no OpenID Connect discovery.
  metadataWarnings: ["registration_unavailable", "server_metadata_missing"],
  without: ["registration", "revocation", "forgotten client"],
}];
