/** The token of a stored sign-in, or a given one, for commands that use it. @module */

import { commandText } from "../../core/command_text.ts";
import { quoted } from "../../core/text.ts";
import type { ClientCertificate } from "../../oauth/client/client_certificate.ts";
import { parseScope, unionScopes } from "../../oauth/mcp/scope.ts";
import type { StoredEntry } from "../../store/stored_entry.ts";
import type { TokenHolder } from "../mcp/authorized_fetch.ts";
import { judgeChallenge } from "../discovery/challenge_findings.ts";
import type { RefreshEffects } from "../context/effects.ts";
import type { CredentialRepository } from "./credential_repository.ts";
import type { DpopSigner } from "../token/dpop_signer.ts";
import { freshSignIn } from "./refresh.ts";
import { POLICY_REMEDY, type Refusal, type ReportRefusal, serverText } from "../mcp/refusal.ts";
import { signInRemedy } from "../context/sign_in_needed.ts";
import { certificateOf, tokenSigner } from "./stored_client.ts";

/** The requested and the granted scopes: a step-up must not lose them. */
function scopesOf(entry: StoredEntry | undefined): readonly string[] {
  return unionScopes(entry?.requestedScopes ?? [], parseScope(entry?.grantedScope ?? ""));
}

async function refusal(
  response: Response,
  refreshed: boolean,
  held: readonly string[],
): Promise<Refusal> {
  const { status } = response;
  const { challenge } = judgeChallenge(response.headers.get("www-authenticate"), true);
  const said = challenge?.error === undefined ? "" : ` ${quoted(challenge.error)}` +
    (challenge.errorDescription === undefined ? "" : ` (${quoted(challenge.errorDescription)})`);
  const scope = challenge?.scope?.join(" ");
  if (status === 403 && challenge?.error === "insufficient_scope") {
    const required = scope === undefined ? "" : `; it requires ${quoted(scope)}`;
    const scopes = scope === undefined ? "<a b>" : unionScopes(held, challenge.scope).join(" ");
    return {
      code: "insufficient_scope",
      severity: "error",
      message: `the server answered 403${said}${required}`,
      remedy: (signIn) => signInRemedy(signIn, "Sign in with more scope", { scopes }),
      reference: "MCP authorization, Step-Up Authorization Flow",
    };
  }
  const after = refreshed ? ", also after a refresh" : "";
  return {
    code: status === 401 ? "token_rejected" : "access_refused",
    severity: "error",
    message: `the server answered ${status}${said} to the token${after}` +
      (status === 403 ? await serverText(response) : ""),
    remedy: (signIn) =>
      status === 401
        ? `${signInRemedy(signIn, "Sign in again")}\nTo see more about the token, run:\n  ` +
          commandText("server doctor", { url: signIn.serverUrl })
        : POLICY_REMEDY,
    reference: "MCP authorization, Error Handling",
  };
}

/** A token of the command line, which cannot be refreshed. */
export function givenToken(token: string, report: ReportRefusal): TokenHolder {
  return {
    token: () => Promise.resolve(token),
    async refused(response) {
      report(await refusal(response, false, []));
      return false;
    },
  };
}

export interface StoredTokenOptions {
  readonly deps: RefreshEffects;
  readonly repository: CredentialRepository;
  readonly serverUrl: string;
  readonly report: ReportRefusal;
  /**
   * Signs the user in again with these scopes and stores the outcome; undefined if nobody can be
   * asked.
   */
  readonly stepUp:
    | ((entry: StoredEntry, scopes: readonly string[]) => Promise<boolean>)
    | undefined;
}

/**
 * The token of a stored sign-in. It is refreshed before it expires, once more after 401, and after
 * 403 `insufficient_scope` the user can approve more scope once.
 */
export function storedToken(options: StoredTokenOptions): TokenHolder {
  const { deps, repository, serverUrl, report } = options;
  let current: StoredEntry | undefined;
  let signer: DpopSigner | undefined;
  let proven: StoredEntry | undefined;
  let certificate: ClientCertificate | undefined;
  let renewed = false;
  let widened = false;

  async function widen(response: Response): Promise<boolean> {
    const { challenge } = judgeChallenge(response.headers.get("www-authenticate"), true);
    const wanted = challenge?.error === "insufficient_scope" ? challenge.scope : undefined;
    const { stepUp } = options;
    if (!stepUp || wanted === undefined || current === undefined || widened) return false;
    widened = true;
    if (!await stepUp(current, unionScopes(scopesOf(current), wanted))) return false;
    current = await freshSignIn(deps, repository, serverUrl);
    return true;
  }

  async function renew(token: string): Promise<boolean> {
    if (renewed) return false;
    renewed = true;
    current = await freshSignIn(deps, repository, serverUrl, { refused: token });
    return true;
  }

  let busy: Promise<unknown> = Promise.resolve();
  return {
    async token() {
      current ??= await freshSignIn(deps, repository, serverUrl);
      if (current !== proven) {
        const next = await tokenSigner(current, deps.secrets);
        // A signer with the same key already has the server's nonces.
        if (next?.key !== signer?.key) signer = next;
        proven = current;
      }
      if (current.certificateAtServer === true) certificate ??= await certificateOf(current);
      return current.tokens?.accessToken ?? "";
    },
    signer: () => signer,
    certificate: () => certificate,
    refused(response, token) {
      const answer = busy.then(async () => {
        if (token !== current?.tokens?.accessToken) return true;
        const mended = response.status === 401 ? await renew(token) : await widen(response);
        if (!mended) report(await refusal(response, renewed, scopesOf(current)));
        return mended;
      });
      busy = answer.catch(() => {});
      return answer;
    },
  };
}
