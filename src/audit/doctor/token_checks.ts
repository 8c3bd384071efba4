/** Checks of the token in use. Its claims are decoded; only the server decides whether it is valid. @module */

import { commandText, withCommand } from "../../core/command_text.ts";
import { formatPeriod } from "../../core/quantities.ts";
import { quoted } from "../../core/text.ts";
import type { CheckId } from "../../findings/mod.ts";
import { audiencesOf } from "../../oauth/common/jwt_claims.ts";
import {
  claimedScopes,
  claimObjections,
  type Objection,
  timeOf,
} from "../../oauth/token/access_token_claims.ts";
import { canonicalResource } from "../../oauth/mcp/resource.ts";
import { missingScopes, parseScope, unionScopes } from "../../oauth/mcp/scope.ts";
import {
  type DoctorCheck,
  type Facts,
  fail,
  failWith,
  type Outcome,
  pass,
  skip,
  type TokenFacts,
  warn,
} from "./doctor_check.ts";
import { accountFlag } from "../../store/stored_entry.ts";

/** Smaller differences are due to rounding. */
const ROUNDING_MS = 60_000;

/** What a command ends with if the server may not accept the token. */
const REFUSALS: readonly unknown[] = ["token_rejected", "access_refused", "token_may_be_refused"];

/** A claim that does not match is only a warning, unless the server rejected the token. */
function mismatch(
  { connection, connectionError }: Facts,
  detail: string,
  remedy: string,
  reference: string,
): Outcome {
  if (connection !== null) {
    return warn(`${detail}; the server accepts it anyway`, remedy, reference);
  }
  return REFUSALS.includes(connectionError?.code)
    ? fail(detail, remedy, reference, connectionError?.code === "token_rejected")
    : warn(detail, remedy, reference);
}

/** Why a readable token may be refused, except its expiry and audience. */
function unusualClaim({ now, probe }: Facts, token: TokenFacts): Objection | undefined {
  const { unverifiedClaims: claims, issuer, clientId, sendsProof } = token;
  const issuers = [issuer, probe.authorizationServer?.issuer]
    .filter((value) => typeof value === "string");
  return claims === null
    ? undefined
    : claimObjections(claims, { issuers, clientId, sendsProof }, now)[0];
}

function grantedScopes({ grantedScope, unverifiedClaims }: TokenFacts) {
  return grantedScope === null ? claimedScopes(unverifiedClaims) : parseScope(grantedScope);
}

const FORMATS = {
  jwt: "a JWT (decoded, not verified)",
  jwe: "an encrypted JWT",
  opaque: "opaque to clients",
};

export const REFRESH_FAILURES: readonly string[] = [
  "refresh_token_refused",
  "refresh_refused",
  "client_refused",
  "token_error",
  "token_answer_invalid",
  "tokens_gone",
];

function tokenCheck(
  id: CheckId,
  title: string,
  judge: (token: TokenFacts, facts: Facts) => Outcome,
): DoctorCheck {
  return {
    id,
    title,
    run: (facts) => facts.token === null ? skip("there is no token") : judge(facts.token, facts),
  };
}

export const TOKEN_CHECKS: readonly DoctorCheck[] = [
  {
    id: "credentials",
    title: "Credentials",
    run({ token, probe, login, canSignIn, connectionError }) {
      if (token !== null) {
        const from = {
          token: "a given token",
          file: "a credentials file",
          store: "a stored sign-in",
        }[token.kind];
        const issuer = token.issuer === null ? "" : ` of ${token.issuer}`;
        const account = token.account === null ? "" : `, account ${quoted(token.account, 60)}`;
        return pass(`${from}${issuer}${account}`);
      }
      if (connectionError?.kind === "sign_in_needed") return failWith(connectionError);
      const detail = "no token was given, and no sign-in is stored for this server";
      if (!canSignIn) return skip(`${detail}; fix the error before you sign in`);
      if (probe.authorizationRequired === true) {
        return fail(detail, withCommand("Sign in", login({})), null, true);
      }
      const partly = probe.findings.find(({ code }) => code === "open_without_token");
      if (partly === undefined) return skip(`${detail}; no request of this check required a token`);
      const remedy = withCommand("Sign in, if something that you need does not work", login({}));
      return warn(`${detail}: ${partly.message}`, remedy, partly.reference);
    },
  },
  tokenCheck("token_expiry", "Token expiry", (token, { connectionError, now, login }) => {
    const claimed = timeOf(token.unverifiedClaims, "exp");
    const announced = token.expiresAt === null ? undefined : Date.parse(token.expiresAt);
    const end = announced ?? claimed;
    if (end === undefined) {
      return skip("neither the token endpoint nor the token says when it expires");
    }
    const at = new Date(end).toISOString();
    if (end <= now) {
      const detail = `it expired at ${at}, ${formatPeriod((now - end) / 1000)} ago`;
      if (REFRESH_FAILURES.includes(connectionError?.code ?? "")) {
        return skip(`${detail}; see the refresh check`);
      }
      return fail(detail, withCommand("Sign in", login({})), "RFC 6749 §5.1", true);
    }
    const renewed = token.renewed ? "; it was refreshed just now" : "";
    const valid = `valid for ${formatPeriod((end - now) / 1000)}, until ${at}${renewed}`;
    if (claimed === undefined || Math.abs(end - claimed) <= ROUNDING_MS) return pass(valid);
    return warn(
      `${valid}; the token's own expiry is ${new Date(claimed).toISOString()}`,
      'Authorization server: make "expires_in" and "exp" agree',
      "RFC 9068 §2.2",
    );
  }),
  tokenCheck("token_audience", "Token audience", (token, facts) => {
    if (token.unverifiedClaims === null) {
      return skip("unknown: only the server can read this token");
    }
    const { serverUrl, probe } = facts;
    const known = [token.resource, probe.resourceMetadata?.resource, canonicalResource(serverUrl)];
    const expected = known.filter((value) => typeof value === "string");
    const found = audiencesOf(token.unverifiedClaims);
    if (found.some((value) => expected.includes(value))) return pass(found.join(" "));
    const first = quoted(expected[0] ?? "");
    const remedy = token.resource === null
      ? 'Server: accept this audience if the token is for this server: the sign-in sent no "resource"'
      : 'Authorization server: put the "resource" of the request into "aud". A token for another ' +
        "server: sign in to this one";
    return mismatch(
      facts,
      found.length === 0
        ? `the token has no audience; expected ${first}`
        : `the token is for ${quoted(found.join(" "))}, not for ${first}`,
      remedy,
      "RFC 8707 §2; MCP authorization, Token Audience Binding and Validation",
    );
  }),
  tokenCheck("token_form", "Token", (token, facts) => {
    const unusual = unusualClaim(facts, token);
    if (unusual === undefined) return pass(FORMATS[token.format]);
    return mismatch(facts, unusual.detail, unusual.remedy, unusual.reference);
  }),
  tokenCheck("token_scopes", "Scopes", (token, { connectionError, lists }) => {
    const refused = [connectionError, ...Object.values(lists ?? {}).map((it) => it.error)]
      .find((failure) => failure?.code === "insufficient_scope");
    if (refused) return failWith(refused);
    const granted = grantedScopes(token);
    if (granted === undefined) {
      return skip("unknown: neither the token nor its response lists them");
    }
    const hasRefreshToken = token.renewal === "refresh_token";
    const missing = missingScopes(token.requestedScopes ?? [], granted, hasRefreshToken);
    const grantedText = granted.length === 0 ? "none" : granted.join(" ");
    return missing.length === 0 ? pass(grantedText) : warn(
      `granted: ${grantedText}; requested but not granted: ${missing.join(" ")}`,
      "Nothing to fix if what you need works. If not, ask the operator to allow the scope",
      "RFC 6749 §3.3",
    );
  }),
  tokenCheck("token_refresh", "Refresh", (token, { connectionError, login, probe, serverUrl }) => {
    if (token.renewal === undefined) {
      return skip("mcpass refreshes only tokens of its own sign-ins");
    }
    if (connectionError !== null && REFRESH_FAILURES.includes(connectionError.code)) {
      const outcome = failWith(connectionError, withCommand("Sign in", login({})));
      return { ...outcome, reference: "RFC 6749 §6" };
    }
    if (token.renewed) return pass("it was refreshed just now");
    if (token.renewal === "same_grant") return pass("mcpass repeats the grant that issued it");
    if (token.renewal === "refresh_token") {
      return pass("there is a refresh token; it was not used now");
    }
    if (token.renewal === "refused") {
      return warn(
        "the authorization server refused to refresh: you have to sign in again at each expiry",
        withCommand(
          "Authorization server: support the grant refresh_token for this client\nTry to refresh again",
          {
            line: commandText("refresh", {
              url: serverUrl,
              account: accountFlag(token.account),
              credentialsFile: token.kind === "file" ? token.where : undefined,
            }),
          },
        ),
        "RFC 6749 §6",
      );
    }
    const scopes = token.requestedScopes ?? [];
    const isGranted = grantedScopes(token)?.includes("offline_access") === true;
    const isListed = probe.authorizationServer?.scopesSupported?.includes("offline_access");
    const detail = "no refresh token was issued: you have to sign in again at each expiry";
    const reference = "OAuth 2.1 §4.3.1";
    if (isGranted || scopes.includes("offline_access")) {
      const fix = "Authorization server: issue refresh tokens to this client";
      const consent = login({ authorizeParam: ["prompt=consent"] });
      const wasAsked = consent.line === login({}).line;
      return warn(
        `offline_access was ${isGranted ? "granted" : "requested"}, and ${detail}`,
        wasAsked ? fix : withCommand(
          `${fix}\nAsk for consent again: some servers issue one only then`,
          consent,
        ),
        reference,
      );
    }
    return warn(
      detail,
      isListed
        ? withCommand(
          "Request offline_access",
          login({ scopes: unionScopes(scopes, ["offline_access"]).join(" ") }),
        )
        : "Authorization server: issue refresh tokens to native clients",
      reference,
    );
  }),
];
