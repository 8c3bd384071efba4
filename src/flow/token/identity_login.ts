import type { Consent } from "../../consent/consent.ts";
import { Failure } from "../../core/failure.ts";
import { quoted } from "../../core/text.ts";
import { randomValue } from "../../oauth/authorization/authorization.ts";
import { chooseAuthMethod } from "../../oauth/client/client_auth.ts";
import { judgeIdToken } from "../../oauth/token/id_token.ts";
import { obtainCode } from "./code_grant.ts";
import { findIdentityServer, type Identity } from "./identity_provider.ts";
import type { IdentityProvider } from "../context/login_plan.ts";
import type { LoginContext } from "../context/login_context.ts";
import { requestToken } from "./request_token.ts";

/**
 * Obtains an ID token.
 *
 * @throws Failure `identity_provider_metadata_missing`, `id_token_missing`, `id_token_invalid`, and
 * as `obtainCode` and `requestToken`.
 */
export async function identityOf(
  context: LoginContext,
  provider: IdentityProvider,
  consent: Consent | undefined,
): Promise<Identity> {
  if (provider.idToken !== undefined) {
    return { idToken: provider.idToken.text, refreshToken: null };
  }
  if (consent === undefined) throw new RangeError("the sign-in needs a consent");
  return await context.step("identity_login", async (detail) => {
    detail(provider.issuer);
    const found = await findIdentityServer(context.deps, provider, "identity_login");
    const server = { ...found, tokenEndpoint: provider.tokenEndpoint ?? found.tokenEndpoint };
    if (server.authorizationEndpoint === undefined) {
      throw new Failure(
        "identity_provider_metadata_missing",
        `the metadata of the identity provider ${quoted(provider.issuer)} names no ` +
          "authorization_endpoint to sign in at",
        {
          remedy: "Give an ID token that was had another way: --id-token-file <path>",
          reference: "RFC 8414 §2",
        },
      );
    }
    const { clientId, clientSecret } = provider;
    const credentials = { clientId, clientSecret, issuer: server.issuer };
    const method = chooseAuthMethod(credentials, server.tokenEndpointAuthMethods);
    const client = { ...credentials, method };
    const offline = server.scopesSupported?.includes("offline_access") === true;
    const nonce = randomValue();
    const body = await obtainCode(context, {
      server,
      client,
      consent,
      nonce,
      resource: null,
      scopes: offline ? ["openid", "offline_access"] : ["openid"],
    });
    const token = await requestToken(context.deps, server.tokenEndpoint ?? "", client, body);
    context.judge(token.judgements);
    const idToken = judgeIdToken(token.idToken, {
      issuer: server.issuer,
      clientId,
      nonce,
      now: context.deps.clock.now(),
    });
    return { idToken, refreshToken: token.refreshToken };
  });
}
