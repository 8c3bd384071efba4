/**
 * Secrets that cannot be told from ordinary words.
 *
 * @module
 */

import type { Judgement } from "../core/finding.ts";

/** Shorter secrets occur in other text by chance. */
const SHORTEST_STRONG = 8;

/** The longest single word of this program's messages is shorter. */
const LONGEST_WORD = 16;

/** The words that identifiers, flags and enum values of this program are made of. */
const WORDS =
  "aborted absent accept access account actor address advertised after age agent alg algorithm " +
  "algs aliases alive all allow ambiguous an and answer api application args argument aria " +
  "artifact as assertion at audience auth authenticate authorisation authorization back bare " +
  "basic bearer binary binding blocked body bound break bridge broken browser buffer by ca " +
  "cache cacheable caching call callback cancelled cert certificate chain challenge changed " +
  "cimd claims client clients clock closed code codes color combination comma command commas " +
  "common compared complete configuration confirmed conflict conflicting conformance connection " +
  "consent content control cookie credentials current damaged data dead debug decision default " +
  "delete denied description deviates device differs discovery dns document documentation done " +
  "down dpop dry echo empty encoding ended endpoint endpoints entry error event events exchange " +
  "exit expected expired expires expiry exposed failed file find finding findings flow form " +
  "found fragment fresh generic given gone good grant grants gzip has header hide hint home " +
  "host hosted http https id identifier identity idp ietf if impossible in incomplete info " +
  "input insecure installed insufficient interaction internal interval introspection invalid is " +
  "iss issued issuer jkt json jsonrpc jwks jwt keep key keyring keys kind known language large " +
  "last late length lifetime limit lines link list listed listener local locked login logo " +
  "logout long look loop loopback lost malformed manageable management many match max mcp media " +
  "meets member members metadata method methods migrated milliseconds min mismatch missing " +
  "misspelt mode modes modified mtls my name needed needless needs network newer no nonce none " +
  "not oauth object of offered offline oidc older omitted on op open opened openid option " +
  "options other out output over owner page parameter params parent passed passphrase password " +
  "path pending permissions person pinned pkce place plain plan policy port positive post " +
  "preflight print private proof protected protocol provider proxy public published pushed " +
  "query quote quotes raw reachable read redirect redirected redirects reduced referrer refresh " +
  "refused registration rejected relative relaxations renewed repeated repeats replaced report " +
  "req request requests require required reset resource resources response result retry " +
  "revision revocable revocation root run running s256 same scheme scope scopes sealed seconds " +
  "secret secrets selection self sensible sequence server servers session set sets several " +
  "severity sha256 short show sign signed signing since single size skipped slash slow software " +
  "sse started state statement status stdin step steps store streamable string subject " +
  "supported symlink taken target template templates temporarily tenant terminal time timeout " +
  "tls token tokens tolerated too tool tools tos trailing transfer transport trust trusted type " +
  "types unauthorized unavailable unchecked unclear unexpected unknown unlisted unnamed " +
  "unquoted unreachable unreadable unregister unsafe unsendable unsupported untrusted unusable " +
  "unusual unwritable up uri uris url urlencode urlencoded urn usable use user userinfo " +
  "validity value values vendor verdict verification verified verifier verify version warning " +
  "weak web well when widened wire withdrawn without written wrong www x xdg ";

let words: ReadonlySet<string> | undefined;

/** The words of `clientSecretPost`, `client-secret-post` and `client_secret_post`. */
function wordsOf(value: string): string[] {
  return value.replace(/([a-z])([A-Z])/g, "$1_$2").toLowerCase().split(/[_.:/ -]/);
}

/**
 * True for a secret that masking by value would also find in this program's own text: it is shorter
 * than 8 characters, one word, a date, or made of the words of this program's identifiers alone.
 */
export function isWeakSecret(value: string): boolean {
  if (value.length < SHORTEST_STRONG) return true;
  if (/^\d{4}-\d{2}-\d{2}$/.test(value)) return true;
  if (!/^[A-Za-z0-9_.:/ -]{8,64}$/.test(value)) return false;
  if (value.length <= LONGEST_WORD && /^(?:[A-Z]?[a-z]+|[A-Z]+)$/.test(value)) return true;
  words ??= new Set(WORDS.split(" "));
  return wordsOf(value).every((word) => words?.has(word));
}

/** What is reported about a weak client secret: neither the secret nor which words it is made of. */
export const WEAK_CLIENT_SECRET: Judgement = {
  code: "weak_client_secret",
  severity: "warning",
  message:
    "the client secret is short or made of common words: mcpass masks it only where a server " +
    "repeats it as a complete word",
  remedy:
    "Operator: issue a long random client secret. Until then, read a trace before you share it",
  reference: "RFC 6749 §10.10",
};

/** The warning about a client secret that masking cannot recognize everywhere; empty for others. */
export function judgeClientSecret(secret: string | undefined): readonly Judgement[] {
  return secret !== undefined && isWeakSecret(secret) ? [WEAK_CLIENT_SECRET] : [];
}
