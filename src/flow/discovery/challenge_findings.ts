import { Failure } from "../../core/failure.ts";
import type { Judgement } from "../../core/finding.ts";
import { quoted } from "../../core/text.ts";
import { isSecureFrom, parseUrl } from "../../core/url.ts";
import type { Code } from "../../findings/mod.ts";
import {
  type BearerChallenge,
  type ChallengeFault,
  chooseChallenge,
  parseChallenges,
} from "../../oauth/mcp/challenge.ts";
import { BEHIND_PROXY } from "../../oauth/common/judgement.ts";
import {
  type ResourceMetadataCandidate,
  resourceMetadataCandidates,
} from "../../oauth/mcp/well_known.ts";
import type { LoginContext } from "../context/login_context.ts";

const FAULTS: Readonly<Record<ChallengeFault, string>> = {
  scheme_missing: "it names no scheme",
  bare_url: "it is a bare URL",
  unquoted_value: "a value that needs quotes has none",
  single_quotes: "a value is in single quotes",
  comma_missing: "parameters are not separated by commas",
  quote_not_closed: "a quoted value is not closed",
  json: "it contains JSON",
  unreadable: "part of it cannot be read",
};

interface JudgedChallenge {
  /** Undefined if there is none to follow. */
  readonly challenge: BearerChallenge | undefined;
  readonly judgements: readonly Judgement[];
}

/** @param tokenSent Without a token, the response must not have `error` (OAuth 2.1 §5.3.2). */
export function judgeChallenge(header: string | null, tokenSent: boolean): JudgedChallenge {
  const judgements: Judgement[] = [];
  const warn = (code: Code, message: string, remedy: string, reference: string) =>
    judgements.push({ code, severity: "warning", message, remedy, reference });
  if (header === null) {
    warn(
      "challenge_missing",
      "the server answered 401 without a WWW-Authenticate header",
      'Server: send WWW-Authenticate: Bearer resource_metadata="<url>" with every 401',
      "RFC 9110 §15.5.2",
    );
    return { challenge: undefined, judgements };
  }
  const { challenges, faults } = parseChallenges(header);
  const challenge = chooseChallenge(challenges);
  if (faults.length > 0) {
    const listed = faults.map((fault) => FAULTS[fault]).join(", ");
    warn(
      "challenge_malformed",
      `the challenge ${quoted(header)} has invalid syntax: ${listed}`,
      'Server: send WWW-Authenticate: Bearer resource_metadata="<url>", scope="<a b>"',
      "RFC 9110 §11.6.1",
    );
  }
  if (challenge === undefined) {
    const schemes = challenges.map((item) => item.scheme).join(", ");
    warn(
      "challenge_not_oauth",
      `the server's challenge is ${quoted(schemes || header)}, which is not an OAuth scheme`,
      "Server: offer Bearer. If a gateway is in front of the server, this may be the gateway's " +
        "own sign-in",
      "RFC 6750 §3",
    );
    return { challenge, judgements };
  }
  const { error, resourceMetadata: { length }, scopeCommas } = challenge;
  if (length > 1) {
    warn(
      "challenge_repeats_metadata",
      `the challenge names ${length} resource metadata URLs; they are tried in order`,
      "Server: name one resource_metadata URL",
      "RFC 9110 §11.2",
    );
  }
  if (scopeCommas) {
    warn(
      "challenge_scope_commas",
      "the scopes of the challenge are separated by commas; they are read as a list",
      "Server: separate scopes with spaces",
      "RFC 6750 §3",
    );
  }
  if (!tokenSent && error !== undefined) {
    judgements.push({
      code: "challenge_error_without_token",
      severity: "info",
      message: `the challenge has the error ${quoted(error)}, but the request had no token`,
      remedy: "Server: omit error from a challenge to a request without a token",
      reference: "OAuth 2.1 §5.3.2",
    });
  }
  return { challenge, judgements };
}

export function givenMetadataMissing(url: string, why: string): Failure {
  return new Failure(
    "resource_metadata_missing",
    `--resource-metadata names ${quoted(url)}, but no resource metadata can be read there: ${why}`,
    {
      remedy: "Compare it with resource_metadata in the server's challenge, or omit it: mcpass " +
        "then tries the challenge and the well-known URLs",
      reference: "RFC 9728 §3.2",
    },
  );
}

/** The URL of `--resource-metadata`. It may be copied from a challenge, so the same rule holds. */
export function givenCandidate(url: string, serverUrl: string): ResourceMetadataCandidate {
  if (isSecureFrom(new URL(url), new URL(serverUrl))) return { url, source: "challenge" };
  throw givenMetadataMissing(url, "it is not https, and the MCP server is not on this machine");
}

/** The metadata URLs of a challenge, resolved; those that are not secure are skipped. */
export function challengeCandidates(
  { judge, plan }: LoginContext,
  challenge: BearerChallenge | undefined,
  base: string,
): ResourceMetadataCandidate[] {
  const server = new URL(plan.serverUrl);
  const warn = (code: Code, message: string) =>
    judge([{
      code,
      severity: "warning",
      message,
      remedy: `Server: put an absolute https URL into resource_metadata. ${BEHIND_PROXY}`,
      reference: "RFC 9728 §5.1",
    }]);
  return (challenge?.resourceMetadata ?? []).flatMap((value) => {
    const url = URL.parse(value, base);
    const named = `the challenge names ${quoted(value)} as resource metadata`;
    if (url === null || !isSecureFrom(url, server) || url.username !== "") {
      const message = `${named}, which is not an https URL; it is skipped`;
      warn("challenge_metadata_url_invalid", message);
      return [];
    }
    const { href } = url;
    if (parseUrl(value) !== undefined) return [{ url: value, source: "challenge" }];
    warn(
      "challenge_metadata_url_relative",
      `the challenge names the relative URL ${quoted(value)}; it is resolved to ${quoted(href)}`,
    );
    return [{ url: href, source: "challenge" }];
  });
}

/** The first metadata URL of a challenge that a login would not find at a well-known place. */
export function namedMetadata(
  { resourceMetadata }: BearerChallenge,
  base: string,
  serverUrl: string,
): string | undefined {
  const server = new URL(serverUrl);
  const wellKnown = resourceMetadataCandidates(serverUrl).map(({ url }) => url);
  const urls = resourceMetadata.map((value) => URL.parse(value, base))
    .filter((url) => url !== null && isSecureFrom(url, server) && url.username === "");
  const first = urls[0]?.href;
  return first === undefined || wellKnown.includes(first) ? undefined : first;
}

/** The finding if the server did not answer 401, and it is known anyway where to sign in. */
export function challengeExpected(message: string): Judgement {
  return {
    code: "challenge_expected",
    severity: "warning",
    message,
    remedy: "Server: answer 401 with a challenge to requests that need a token",
    reference: "MCP authorization, Error Handling",
  };
}
