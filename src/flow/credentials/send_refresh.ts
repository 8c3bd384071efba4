/** The request of a refresh, repeated after a lost response or with an alternative after a refusal. @module */

import { type Failure, toFailure } from "../../core/failure.ts";
import { quoted } from "../../core/text.ts";
import type { Code } from "../../findings/mod.ts";
import { repeatsGrant } from "../../oauth/authorization/auth_mode.ts";
import type { TokenResponse } from "../../oauth/common/issued_token.ts";
import { audiencesOf, unverifiedClaims } from "../../oauth/common/jwt_claims.ts";
import { parseScope } from "../../oauth/mcp/scope.ts";
import { refreshGrant } from "../../oauth/token/token_grant.ts";
import type { HttpClient } from "../../http/http_client.ts";
import type { RefreshEffects } from "../context/effects.ts";
import { requestToken, type TokenClient } from "../token/post_as_client.ts";
import { isEntryChanged } from "./change_sign_in.ts";
import { alternativesTo, isRefreshTokenInvalid } from "./refresh_refusals.ts";
import type { StoreChanges } from "./repeat_grant.ts";
import { prolongJournal, type RunningRefresh } from "./running_refresh.ts";
import { clientOf, storedSigner } from "./stored_client.ts";

/** Faults in which the request cannot have reached the server. */
const NOT_SENT: readonly Code[] = [
  "network_dns",
  "network_connection_refused",
  "network_tls_untrusted",
  "network_tls_expired",
  "network_tls_name",
  "network_tls_certificate_required",
  "network_tls_certificate_refused",
  "network_tls_other",
  "network_unreachable",
  "network_blocked_port",
  "network_proxy",
];

/** True if the request was sent and its effect is unknown. */
export function isUnanswered({ code, kind }: Failure): boolean {
  if (kind === "cancelled") return true;
  return code === "response_too_large" || code.startsWith("network_") && !NOT_SENT.includes(code);
}

/** Of the time after Ctrl-C in which the process ends; the rest is for storing the tokens. */
const CANCEL_GRACE_MS = 250;

/** The server may have replaced the refresh token already: without the response, it is lost. */
function finishing({ http, ...deps }: RefreshEffects): RefreshEffects {
  const send: HttpClient["send"] = (request) =>
    http.send({ ...request, cancelGraceMs: CANCEL_GRACE_MS });
  return { ...deps, http: { ...http, send } };
}

/** Sends the request; a second time if no response was received. */
async function sendOnce(refresh: RunningRefresh, client: TokenClient): Promise<TokenResponse> {
  const { deps, entry: { authMode, endpoints, grantedScope, refresh: how, resource, tokens } } =
    refresh;
  const keep: StoreChanges = async (changes) => {
    const { storeIdentity } = await import("./store_refreshed.ts");
    await storeIdentity(refresh, changes);
  };
  const once = async () => {
    const body = repeatsGrant(authMode)
      ? await (await import("./repeat_grant.ts")).repeatedGrant(deps, refresh.entry, keep)
      : refreshGrant(
        tokens?.refreshToken ?? "",
        how?.withoutResource ? null : resource,
        how?.withScope ? parseScope(grantedScope ?? "") : undefined,
      );
    const effects = repeatsGrant(authMode) ? deps : finishing(deps);
    return await requestToken(effects, endpoints.token, client, body);
  };
  try {
    return await once();
  } catch (error) {
    const failure = toFailure(error);
    if (failure.kind === "cancelled" || !isUnanswered(failure)) throw error;
    refresh.lost = "the response to the first request was lost";
    deps.note(
      `the token endpoint sent no response (${failure.message}); mcpass sends the request again`,
    );
    await prolongJournal(refresh);
    return await once();
  }
}

/** The audiences that a readable token has in addition to those of the token before. */
function addedAudiences(before: string, after: string): string[] {
  const [old, next] = [before, after].map((token) => audiencesOf(unverifiedClaims(token) ?? {}));
  return next?.filter((it) => old?.length !== 0 && !old?.includes(it)) ?? [];
}

/** Sends the request. After a refusal, sends it once for each alternative; stores what worked. */
export async function sendRefresh(refresh: RunningRefresh): Promise<TokenResponse> {
  const { deps, entry } = refresh;
  const signer = await storedSigner(entry, deps.secrets);
  const client = { ...await clientOf(entry, deps.note), signer };
  const { attempts } = client;
  try {
    return await sendOnce(refresh, client);
  } catch (error) {
    const failure = toFailure(error);
    const alternatives = repeatsGrant(entry.authMode) ? [] : alternativesTo(failure, entry);
    for (const [index, { how, change }] of alternatives.entries()) {
      deps.note(`refreshing again ${how}` + (index === 0 ? `: ${failure.message}` : ""));
      refresh.entry = { ...entry, refresh: { ...entry.refresh, ...change } };
      try {
        await prolongJournal(refresh);
        const answer = await sendOnce(refresh, client);
        const added = addedAudiences(entry.tokens?.accessToken ?? "", answer.accessToken);
        if (added.length === 0) return answer;
        // The MCP server must not receive a token for other servers.
        deps.note(
          `mcpass does not use the new token: it is also for ${quoted(added.join(" "), 300)}`,
        );
        refresh.entry = entry;
      } catch (next) {
        refresh.entry = entry;
        const { kind } = toFailure(next);
        if (
          kind === "cancelled" || isRefreshTokenInvalid(toFailure(next)) ||
          isUnanswered(toFailure(next)) || isEntryChanged(next)
        ) {
          throw next;
        }
      }
    }
    throw error;
  } finally {
    if (attempts.accepted !== undefined) {
      const { method: tokenAuthMethod, audienceIsEndpoint, clientIdInForm } = attempts.accepted;
      const { entry: current } = refresh;
      refresh.entry = {
        ...current,
        client: { ...current.client, tokenAuthMethod, audienceIsEndpoint, clientIdInForm },
      };
    }
  }
}
