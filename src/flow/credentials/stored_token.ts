/** The token of a stored sign-in, or a given one, for commands that use it. @module */

import { toFailure } from "../../core/failure.ts";
import { withCommand } from "../../core/command_text.ts";
import { quoted } from "../../core/text.ts";
import type { Code } from "../../findings/mod.ts";
import type { ClientCertificate } from "../../oauth/client/client_certificate.ts";
import { asksForScope, type BearerChallenge } from "../../oauth/mcp/challenge.ts";
import { parseScope, unionScopes } from "../../oauth/mcp/scope.ts";
import type { StoredEntry } from "../../store/stored_entry.ts";
import type { TokenHolder } from "../mcp/authorized_fetch.ts";
import { judgeChallenge } from "../discovery/challenge_findings.ts";
import type { RefreshEffects } from "../context/effects.ts";
import type { CredentialRepository } from "./credential_repository.ts";
import type { DpopSigner } from "../token/dpop_signer.ts";
import { freshSignIn } from "./refresh.ts";
import { isGoodFor } from "./token_validity.ts";
import {
  ACCESS_REMEDY,
  type Commands,
  diagnosis,
  type Refusal,
  type ReportRefusal,
  serverText,
  tokenRefusedRemedy,
} from "../mcp/refusal.ts";
import type { AnswerWithoutToken, AskWithoutToken } from "../mcp/without_token.ts";
import { signInRemedy } from "../context/sign_in_needed.ts";
import { certificateOf, tokenSigner } from "./stored_client.ts";
import { bindingOf } from "../../oauth/token/token_hints.ts";
import type { Secrets } from "../../trace/secrets.ts";

/** The requested and the granted scopes: a step-up must not lose them. */
function scopesOf(entry: StoredEntry | undefined): readonly string[] {
  return unionScopes(entry?.requestedScopes ?? [], parseScope(entry?.grantedScope ?? ""));
}

function needsScope(
  challenge: BearerChallenge | undefined,
  entry: StoredEntry | undefined,
): challenge is BearerChallenge {
  return asksForScope(challenge, entry?.grantedScope ?? null, entry?.requestedScopes ?? []);
}

interface RefusedToken {
  readonly response: Response;
  /** Undefined if it was sent with a proof. */
  readonly bearer: string | undefined;
  /** The response to the same request without a token. */
  readonly withoutToken: AnswerWithoutToken | undefined;
  readonly refreshed: boolean;
  readonly entry: StoredEntry | undefined;
  readonly secrets: Secrets;
}

/** What to do after a 403 without a challenge that asks for a scope. */
function forbiddenRemedy(
  { withoutToken, refreshed, entry }: RefusedToken,
  { refresh, ...commands }: Commands,
  words: string,
): string {
  if (withoutToken?.asksForToken === true) {
    if (!/\bscopes?\b/i.test(words)) return tokenRefusedRemedy(commands);
    const scopes = [...scopesOf(entry), "<scope>"].join(" ");
    const intro = "Request the scope that the server's message names";
    return [signInRemedy(commands.signIn, intro, { scopes }), ...diagnosis(commands)].join("\n");
  }
  if (refreshed || refresh === undefined) return ACCESS_REMEDY;
  return `${ACCESS_REMEDY}\n${withCommand("If the token may have expired, refresh it", refresh)}`;
}

async function refusal(refused: RefusedToken): Promise<Refusal> {
  const { response, bearer, withoutToken, refreshed, entry, secrets } = refused;
  const { status } = response;
  const { challenge } = judgeChallenge(response.headers.get("www-authenticate"), true);
  const said = challenge?.error === undefined ? "" : ` ${quoted(challenge.error)}` +
    (challenge.errorDescription === undefined ? "" : ` (${quoted(challenge.errorDescription)})`);
  const scope = challenge?.scope?.join(" ");
  const isScopeMissing = needsScope(challenge, entry);
  const scopes = scope === undefined
    ? "<a b>"
    : unionScopes(scopesOf(entry), challenge?.scope).join(" ");
  if (status === 403 && isScopeMissing) {
    const required = scope === undefined ? "" : `; it requires ${quoted(scope)}`;
    return {
      code: "insufficient_scope",
      severity: "error",
      message: `the server answered 403${said}${required}`,
      remedy: ({ signIn }) => signInRemedy(signIn, "Sign in with more scope", { scopes }),
      reference: "MCP authorization, Step-Up Authorization Flow",
    };
  }
  const after = refreshed ? ", also after a refresh" : "";
  const compared = status === 403 && withoutToken !== undefined
    ? ` (${withoutToken.status} without it)`
    : "";
  const isAboutToken = status === 401 || withoutToken?.asksForToken === true;
  const binding = isAboutToken ? bindingOf(bearer ?? "") : undefined;
  const words = await serverText(response, said, secrets);
  return {
    code: status === 401 ? "token_rejected" : "access_refused",
    severity: "error",
    message: `the server answered ${status}${said} to the token${compared}${after}${words}` +
      (binding === undefined ? "" : `; unverified, the token says: ${binding.found}`),
    remedy: (commands) => {
      if (binding !== undefined) return [binding.remedy, ...diagnosis(commands)].join("\n");
      if (status === 403) return forbiddenRemedy(refused, commands, words);
      const more = isScopeMissing ? { scopes } : {};
      const again = signInRemedy(commands.signIn, "Sign in again", more);
      return [again, ...diagnosis(commands)].join("\n");
    },
    reference: binding?.reference ?? "MCP authorization, Error Handling",
  };
}

/** A token of the command line, which cannot be refreshed. */
export function givenToken(
  token: string,
  report: ReportRefusal,
  secrets: Secrets,
): TokenHolder {
  return {
    token: () => Promise.resolve(token),
    async refused(response, _token, ask) {
      const withoutToken = response.status === 403 ? await ask() : undefined;
      const refused = { response, bearer: token, withoutToken, secrets };
      report(await refusal({ ...refused, refreshed: false, entry: undefined }));
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

/** Between refreshes after refusals, at least. */
const REFRESH_PAUSE_MS = 5_000;

/** The failures of a refresh for which no request was sent. */
const NOT_REFRESHABLE: readonly Code[] = ["no_refresh_token", "no_token_endpoint", "tokens_gone"];

/**
 * The token of a stored sign-in. It is refreshed before it expires, and once more after 401, or after
 * 403 if the same request without a token is answered with 401. After a 403 that asks for more scope,
 * the user can approve it once.
 */
export function storedToken(options: StoredTokenOptions): TokenHolder {
  const { deps, repository, serverUrl, report } = options;
  let current: StoredEntry | undefined;
  let signer: DpopSigner | undefined;
  let proven: StoredEntry | undefined;
  let certificate: ClientCertificate | undefined;
  let mayRefresh = true;
  let refreshed = false;
  let hasSteppedUp = false;

  async function stepUpOnce({ scope }: BearerChallenge): Promise<boolean> {
    const { stepUp } = options;
    if (!stepUp || scope === undefined || current === undefined || hasSteppedUp) return false;
    hasSteppedUp = true;
    if (!await stepUp(current, unionScopes(scopesOf(current), scope))) return false;
    current = await freshSignIn(deps, repository, serverUrl);
    return true;
  }

  /** @param isCertain False if another reason than the token is possible. */
  async function refresh(token: string, isCertain: boolean): Promise<boolean> {
    if (!mayRefresh) return false;
    mayRefresh = false;
    try {
      current = await freshSignIn(deps, repository, serverUrl, { refused: token });
      mayRefreshAt = deps.clock.now() + REFRESH_PAUSE_MS;
    } catch (error) {
      mayRefresh = toFailure(error).kind === "operation";
      if (isCertain || !NOT_REFRESHABLE.includes(toFailure(error).code)) throw error;
      return false;
    }
    return refreshed = true;
  }

  let withoutToken: AnswerWithoutToken | undefined;

  /** True if there is another token to send. */
  async function obtain(response: Response, token: string, ask: AskWithoutToken) {
    if (response.status === 401) return await refresh(token, true);
    const { challenge } = judgeChallenge(response.headers.get("www-authenticate"), true);
    if (needsScope(challenge, current)) return await stepUpOnce(challenge);
    withoutToken ??= await ask();
    return withoutToken?.asksForToken === true && await refresh(token, false);
  }

  /** A new token that the server refuses is not refreshed again and again. */
  let mayRefreshAt = Infinity;

  let busy: Promise<unknown> = Promise.resolve();
  return {
    async token() {
      if (current !== undefined && !isGoodFor(current.tokens, {}, deps.clock.now())) {
        current = undefined;
      }
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
    accepted() {
      if (deps.clock.now() < mayRefreshAt) return;
      mayRefreshAt = Infinity;
      mayRefresh = true;
      refreshed = false;
      withoutToken = undefined;
    },
    refused(response, token, ask) {
      const answer = busy.then(async () => {
        if (token !== current?.tokens?.accessToken) return true;
        if (await obtain(response, token, ask)) return true;
        const { secrets } = deps;
        const bearer = signer ?? certificate ? undefined : token;
        const refused = { response, bearer, withoutToken, refreshed, entry: current, secrets };
        report(await refusal(refused));
        return false;
      });
      busy = answer.catch(() => {});
      return answer;
    },
  };
}
