/**
 * The exchange of a code.
 *
 * @module
 */

import { empty, json, OAuthError } from "./responses.ts";
import { resourceNamed } from "./resources.ts";
import { endTokens, pkceRules, sha256, switchesOf } from "./state.ts";
import type { AuditState, CodeRecord } from "./state.ts";
import { BrokenResponse, inventedTokens } from "./token_request.ts";
import type { GrantType, TokenRequest } from "./token_request.ts";
import type { Tokens } from "./tokens.ts";

/** Switches about the exchange of a code. */
export const CODE_SWITCHES = [
  "exchange_invented_code",
  "exchange_wrong_client",
  "exchange_wrong_verifier",
  "exchange_no_verifier",
  "exchange_wrong_redirect",
  "exchange_other_resource",
  "exchange_good",
  "exchange_single_use",
  "exchange_replay_revokes",
] as const;

/** Opens the grant. What a wrong request names is compared before the code is spent. */
export function openCodeGrant(state: AuditState, tokens: Tokens): GrantType {
  const breaks = switchesOf(state, CODE_SWITCHES);
  const refuse = (why: string) => new OAuthError("invalid_grant", why);

  function find({ form, client }: TokenRequest): CodeRecord {
    const value = form.get("code");
    if (value === null) throw new OAuthError("invalid_request", "code is missing");
    const code = state.codes.get(value);
    if (code !== undefined) return code;
    if (client.method === "none" && breaks("exchange_invented_code")) {
      throw new BrokenResponse(json(inventedTokens()));
    }
    throw refuse("Unknown code");
  }

  function checkOwner(code: CodeRecord, { client, form }: TokenRequest): void {
    if (code.client.id !== client.id && !breaks("exchange_wrong_client")) {
      throw refuse("The code was issued to another client");
    }
    const redirectUri = form.get("redirect_uri");
    if (redirectUri !== code.redirectUri && !breaks("exchange_wrong_redirect")) {
      throw refuse("redirect_uri differs from the authorization request");
    }
  }

  function checkSpent(code: CodeRecord): void {
    if (code.used && !breaks("exchange_single_use")) {
      if (!breaks("exchange_replay_revokes")) {
        endTokens(state, ({ family }) => family === code.family);
      }
      throw refuse("The code was used before");
    }
    if (code.expiresAt <= state.now()) throw refuse("The code has expired");
  }

  async function verifierFits(code: CodeRecord, verifier: string): Promise<boolean> {
    if (code.challengeMethod === "plain") return verifier === code.challenge;
    return /^[A-Za-z0-9._~-]{43,128}$/.test(verifier) && await sha256(verifier) === code.challenge;
  }

  async function checkVerifier(code: CodeRecord, form: URLSearchParams): Promise<void> {
    const verifier = form.get("code_verifier");
    const { optional, unaskedRefused } = pkceRules(state);
    if (code.challenge === undefined) {
      const accepted = verifier === null ? optional : !unaskedRefused;
      if (!accepted) throw refuse("The code has no challenge");
      return;
    }
    if (verifier === null) {
      if (breaks("exchange_no_verifier")) return;
      throw refuse("code_verifier is missing");
    }
    if (!await verifierFits(code, verifier) && !breaks("exchange_wrong_verifier")) {
      throw refuse("code_verifier does not fit the challenge");
    }
  }

  function checkResource(code: CodeRecord, form: URLSearchParams): void {
    const named = form.getAll("resource");
    if (named.length === 0 || resourceNamed(state, named)?.id === code.resource) return;
    if (code.resource === undefined && resourceNamed(state, named) === state.resource) return;
    if (!breaks("exchange_other_resource")) {
      throw new OAuthError("invalid_target", "The code is for another resource");
    }
  }

  return async (request) => {
    const code = find(request);
    checkOwner(code, request);
    await checkVerifier(code, request.form);
    checkResource(code, request.form);
    checkSpent(code);
    const { jkt, certificate } = request;
    if (code.jkt !== undefined && code.jkt !== jkt) throw refuse("The code is bound to a key");
    if (breaks("exchange_good")) throw new BrokenResponse(empty(500));
    code.used = true;
    return await tokens.issue({
      grant: {
        ...code,
        client: request.client,
        ...jkt !== undefined && { jkt },
        ...certificate !== undefined && { certificate },
      },
      by: "code",
    });
  };
}
