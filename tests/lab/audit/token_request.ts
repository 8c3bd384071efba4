/**
 * A token request that was read, for the grant types.
 *
 * @module
 */

import type { LabResponse } from "./responses.ts";
import { randomValue } from "./state.ts";
import type { AuditClient, Site } from "./state.ts";
import type { TokenBody } from "./tokens.ts";

/** A token request. */
export interface TokenRequest {
  readonly form: URLSearchParams;
  readonly client: AuditClient;
  readonly site: Site;
  /** Thumbprint of the DPoP key that was proved. */
  readonly jkt: string | undefined;
  /** Thumbprint of the certificate that the tokens are bound to. */
  readonly certificate: string | undefined;
}

/** One grant type. */
export type GrantType = (request: TokenRequest) => Promise<TokenBody>;

/** A response that a broken server gives and no error describes. */
export class BrokenResponse extends Error {
  readonly response: LabResponse;

  /** Ends the request with it. */
  constructor(response: LabResponse) {
    super("broken");
    this.response = response;
  }
}

/** A token response whose tokens nobody knows. */
export function inventedTokens(): TokenBody {
  return { access_token: randomValue(), token_type: "Bearer", expires_in: 3600 };
}
