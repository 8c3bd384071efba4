/**
 * Checks of the token in use. Its claims are decoded and not verified; only the server decides whether
 * it is valid.
 * @module
 */

import { isObject, type JsonObject, member, stringMember } from "../../core/json.ts";
import { quoted } from "../../core/text.ts";
import { canonicalResource } from "../../oauth/mcp/resource.ts";
import { parseScope } from "../../oauth/mcp/scope.ts";
import { type Check, error, ok, type Outcome, skipped, warning } from "../check.ts";
import type { Facts, TokenFacts } from "../facts.ts";
import { formatPeriod } from "../../core/quantities.ts";

const NO_TOKEN = "there is no token";

/** Smaller differences are due to rounding. */
const SAME_MS = 60_000;

/** The outcome for a claim that does not match: only a warning if the server accepted the token. */
function mismatch(facts: Facts, detail: string, remedy: string, reference: string): Outcome {
  if (facts.connection !== null) {
    return warning(`${detail}; the server takes it all the same`, remedy, reference);
  }
  return facts.connectionError?.code === "token_rejected"
    ? error(detail, remedy, reference, true)
    : warning(detail, remedy, reference);
}

function seconds(claims: JsonObject | null, name: string): number | undefined {
  const value = claims === null ? undefined : member(claims, name);
  return typeof value === "number" && Math.abs(value) < 8e12 ? value * 1000 : undefined;
}

const CREDENTIALS: Check<Facts> = {
  id: "credentials",
  title: "Credentials",
  run({ token, probe, loginCommand }) {
    if (token !== null) {
      const from = {
        token: "a given token",
        file: "a credentials file",
        store: "a stored sign-in",
      };
      const issuer = token.issuer === null ? "" : ` of ${token.issuer}`;
      const account = token.account === null ? "" : `, account ${quoted(token.account, 60)}`;
      return ok(`${from[token.kind]}${issuer}${account}`);
    }
    if (probe.authorizationRequired !== true) return skipped("none, and none is needed");
    return error(
      "none were given, and none are stored for this server",
      `Sign in: ${loginCommand}`,
      null,
      true,
    );
  },
};

const EXPIRY: Check<Facts> = {
  id: "token_expiry",
  title: "Token expiry",
  run({ token, now, loginCommand }) {
    if (token === null) return skipped(NO_TOKEN);
    const claimed = seconds(token.unverifiedClaims, "exp");
    const announcedEnd = token.expiresAt === null ? undefined : Date.parse(token.expiresAt);
    const end = announcedEnd ?? claimed;
    if (end === undefined) {
      return skipped("neither the token endpoint nor the token says when it expires");
    }
    const at = new Date(end).toISOString();
    if (end <= now) {
      return error(
        `it expired at ${at}, ${formatPeriod((now - end) / 1000)} ago`,
        `Sign in: ${loginCommand}`,
        "RFC 6749 §5.1",
        true,
      );
    }
    const valid = `valid for ${formatPeriod((end - now) / 1000)}, until ${at}` +
      (token.renewed ? "; it was renewed just now" : "");
    if (
      announcedEnd !== undefined && claimed !== undefined &&
      Math.abs(announcedEnd - claimed) > SAME_MS
    ) {
      return warning(
        `${valid}; the token itself says ${new Date(claimed).toISOString()}`,
        'Authorization server: let "expires_in" and "exp" agree',
        "RFC 9068 §2.2",
      );
    }
    return ok(valid);
  },
};

function audiencesOf(claims: JsonObject): string[] {
  const audience = claims["aud"];
  return (Array.isArray(audience) ? audience : [audience])
    .filter((value) => typeof value === "string");
}

const AUDIENCE: Check<Facts> = {
  id: "token_audience",
  title: "Token audience",
  run(facts) {
    const { token, serverUrl, probe } = facts;
    if (token === null) return skipped(NO_TOKEN);
    if (token.unverifiedClaims === null) {
      return skipped("only the server can tell: the token is not readable");
    }
    const due = [token.resource, probe.resourceMetadata?.resource, canonicalResource(serverUrl)]
      .filter((value) => typeof value === "string");
    const found = audiencesOf(token.unverifiedClaims);
    if (found.some((value) => due.includes(value))) return ok(found.join(" "));
    const remedy =
      'Authorization server: put the "resource" that was asked for into "aud". A token ' +
      "for another server: sign in to this one";
    return mismatch(
      facts,
      found.length === 0
        ? `the token has no audience, and ${quoted(due[0] ?? "")} is due`
        : `the token is for ${quoted(found.join(" "))}, not for ${quoted(due[0] ?? "")}`,
      remedy,
      "RFC 8707 §2; MCP authorization, Token Audience Binding and Validation",
    );
  },
};

/** Why a readable token may be refused, except its expiry and audience. */
function unusualClaim({ token, now, probe }: Facts): readonly [string, string, string] | undefined {
  const claims = token?.unverifiedClaims ?? null;
  if (token === null || claims === null) return undefined;
  const confirmation = claims["cnf"];
  if (isObject(confirmation)) {
    return [
      `the token is bound to a key (${
        Object.keys(confirmation).join(", ")
      }), and is sent as Bearer`,
      "Authorization server: issue Bearer tokens to this client, or a client that proves the key",
      "RFC 9449 §7; RFC 8705 §3",
    ];
  }
  if (claims["nonce"] !== undefined && audiencesOf(claims).includes(token.clientId ?? "\0")) {
    return ["this is an ID token, which no server takes", "Use the access token", "RFC 9068 §1"];
  }
  const issuers = [token.issuer, probe.authorizationServer?.issuer]
    .filter((value) => typeof value === "string");
  const issuer = stringMember(claims, "iss");
  if (issuer !== undefined && issuers.length > 0 && !issuers.includes(issuer)) {
    return [
      `the token's issuer is ${quoted(issuer)}, not ${quoted(issuers[0] ?? "")}`,
      "Authorization server: use one issuer in metadata and tokens. Else sign in to this server",
      "RFC 9068 §4",
    ];
  }
  for (const name of ["nbf", "iat"]) {
    const start = seconds(claims, name);
    if (start !== undefined && start > now + 5000) {
      return [
        `the token's "${name}" lies ${
          formatPeriod((start - now) / 1000)
        } in the future by this clock`,
        "Compare the clocks of this machine and of the authorization server",
        "RFC 7519 §4.1.5",
      ];
    }
  }
  return undefined;
}

const FORM: Check<Facts> = {
  id: "token_form",
  title: "Token",
  run(facts) {
    const { token } = facts;
    if (token === null) return skipped(NO_TOKEN);
    const odd = unusualClaim(facts);
    if (odd !== undefined) return mismatch(facts, ...odd);
    const known = {
      jwt: "a JWT, read and not verified",
      jwe: "an encrypted JWT",
      opaque: "opaque to clients",
    };
    return ok(known[token.format]);
  },
};

function grantedScopes(token: TokenFacts): readonly string[] | undefined {
  if (token.grantedScope !== null) return parseScope(token.grantedScope);
  const claimed = token.unverifiedClaims?.["scope"] ?? token.unverifiedClaims?.["scp"];
  if (Array.isArray(claimed)) return claimed.filter((value) => typeof value === "string");
  return typeof claimed === "string" ? parseScope(claimed) : undefined;
}

const SCOPES: Check<Facts> = {
  id: "token_scopes",
  title: "Scopes",
  run({ token, connectionError, lists }) {
    if (token === null) return skipped(NO_TOKEN);
    const refused = [connectionError, ...Object.values(lists ?? {}).map((it) => it.error)]
      .find((failure) => failure?.code === "insufficient_scope");
    if (refused) {
      return error(refused.message, refused.remedy ?? "", refused.reference ?? null, true);
    }
    const granted = grantedScopes(token);
    if (granted === undefined) return skipped("nobody says which were granted");
    const missing = (token.requestedScopes ?? []).filter((scope) => !granted.includes(scope));
    const grantedText = granted.length === 0 ? "none" : granted.join(" ");
    return missing.length === 0 ? ok(grantedText) : warning(
      `granted: ${grantedText}; asked for and not granted: ${missing.join(" ")}`,
      "Nothing, if what you need works; else ask the operator to allow the scope",
      "RFC 6749 §3.3",
    );
  },
};

const RENEWAL_FAILED: readonly string[] = [
  "refresh_token_refused",
  "client_refused",
  "token_error",
  "token_answer_invalid",
  "tokens_gone",
];

const REFRESH: Check<Facts> = {
  id: "token_refresh",
  title: "Renewal",
  run({ token, connectionError, probe, loginCommand }) {
    if (token === null) return skipped(NO_TOKEN);
    if (token.renewal === undefined) return skipped("a given token is used as it is");
    if (connectionError !== null && RENEWAL_FAILED.includes(connectionError.code)) {
      const { message, remedy, kind } = connectionError;
      return error(
        message,
        remedy ?? `Sign in: ${loginCommand}`,
        "RFC 6749 §6",
        kind === "sign_in_needed",
      );
    }
    if (token.renewed) return ok("it was renewed just now");
    if (token.renewal === "same_grant") {
      return ok("by the grant that it came from");
    }
    if (token.renewal === "refresh_token") {
      return ok("there is a refresh token; it was not used now");
    }
    const offline = probe.authorizationServer?.scopesSupported?.includes("offline_access") ?? false;
    return warning(
      "no refresh token was issued: a person has to sign in at each expiry",
      offline
        ? `Ask for it: ${loginCommand} --scopes "offline_access <others>"`
        : "Authorization server: issue refresh tokens to native clients",
      "OAuth 2.1 §4.3.1",
    );
  },
};

export const TOKEN_CHECKS: readonly Check<Facts>[] = [
  CREDENTIALS,
  EXPIRY,
  AUDIENCE,
  FORM,
  SCOPES,
  REFRESH,
];
