/** Begins a login that another process finishes: everything up to the page in the browser. @module */

import type { Consent } from "../../consent/consent.ts";
import type { LoginContext } from "../context/login_context.ts";
import type { Discovery } from "../discovery/discover.ts";
import { type PreparedRequest, prepareRequest } from "../token/code_grant.ts";
import type { DpopSigner } from "../token/dpop_signer.ts";
import { type AuthorizationRequest, firstAuthorization, type RunningLogin } from "./authorize.ts";
import { keyBindingFor, newKeyBinding, requiresKeyBinding } from "./token_binding.ts";

/** What a process needs to finish the login: nothing is discovered or registered again. */
export interface BegunLogin
  extends PreparedRequest, Pick<AuthorizationRequest, "discovery" | "client" | "scopes"> {
  /** The key that the code is bound to. */
  readonly signer: DpopSigner | undefined;
}

async function beginOnce(login: RunningLogin, request: AuthorizationRequest): Promise<BegunLogin> {
  const { context, consent, state } = login;
  const { client, discovery, scopes, repeats } = request;
  if (consent === undefined) throw new RangeError("the code grant needs a consent");
  // As in a login that continues in this process.
  if (client.dpop === true) state.signer ??= await newKeyBinding(context, discovery);
  const { signer } = state;
  state.authorizations += 1;
  return await context.step("authorization", async (detail) => {
    const { server, resource } = discovery;
    const prepared = await prepareRequest(context, {
      ...{ server, consent, resource, scopes },
      client: { ...client, signer },
      redirectUri: client.redirectUri ?? undefined,
    });
    detail("prepared");
    return { ...prepared, discovery, client, scopes, signer };
  }, repeats);
}

/** @throws Failure as a login does before it opens a browser. */
export async function beginLogin(
  context: LoginContext,
  discovery: Discovery,
  consent: Consent | undefined,
): Promise<BegunLogin> {
  const state = {
    authorizations: 0,
    isExpanded: false,
    acceptedToken: undefined,
    isBindingRequired: requiresKeyBinding(discovery),
    signer: await keyBindingFor(context, discovery),
    identity: undefined,
  };
  return await firstAuthorization({ context, consent, state }, discovery, beginOnce);
}
