import type { Judgement } from "../core/finding.ts";
import { maskOf } from "./fingerprint.ts";

/** Shorter secrets occur in other text by chance. */
const MIN_STRONG = 8;

/** No word of the messages of mcpass is longer. */
const MAX_WORD = 16;

/** The words in identifiers, flags and enum values of mcpass. */
const WORDS =
  "aborted absent accept accepted access account accounts actor added address addresses admin " +
  "advertised after again age agent alg algorithm algs aliases alive all allow allowed also " +
  "always ambiguous an and another answer api application args argument arguments aria artifact as " +
  "assertion at attempt attempts audience audiences auth authenticate authorisation " +
  "authorization authorize back bare basic be bearer before begin between binary binding blank " +
  "blocked " +
  "bodies body bound break bridge broken browser budget buffer busy by ca cache cacheable " +
  "caching call callback cancelled capability cert certificate chain chains challenge changed charset cimd " +
  "claim claims client clients clock closed code codes color combination comma command commas " +
  "common compared complete configuration confirmed conflict conflicting conformance connection " +
  "consent content context control cookie cookies corrupt count counts credentials current damaged data " +
  "dead debug decision default definition delete deleted denied description deviates device devices dial " +
  "dialed different differs disable discovery disk dns document documentation done down dpop dry " +
  "duplicate during early echo empty encoding end ended endpoint endpoints ends entry era error " +
  "errors event events exchange exit expected expired expires expiry exposed failed fault " +
  "faults field fields file files find finding findings first flow folder folders forbidden " +
  "foreign form format formats found fragment fresh full generic given gone good grant grants " +
  "group gzip has header headers hidden hide hint home hop hops host hosted hosts http https id " +
  "identifier identity idle idp ietf if impossible import in incomplete info input inputs insecure " +
  "installed instead insufficient interaction internal interval introspection invalid is iss issued " +
  "issuer issuers jkt json jsonrpc jwks jwt keep key keyring keys kind known language large " +
  "last late length lifetime limit limits line lines link links list listed listener local " +
  "locked log login logo logout logs long look loop loopback loops lost malformed manageable " +
  "management many map maps match max may mcp media meets member members message metadata method " +
  "methods " +
  "migrated milliseconds min mismatch missing misspelt mode modes modified moved msg mtls my name " +
  "names needed needless needs network networks never new newer no nonce none not number " +
  "numbers oauth object of offered offline oidc old older omitted on once only op open opened " +
  "openid option optional options other out output outputs over own owner page param parameter params " +
  "parent part partial passed passphrase password path paths pending people permissions person " +
  "phase phases pinned pipe pkce place plain plan policy port ports positive post preferred preflight " +
  "present print printed private prompt prompts proof protected protocol provider proxy public published " +
  "pushed query quote quotes rate raw reachable read readable redirect redirected redirects " +
  "reduced referrer refresh refused registration regular rejected relative relaxations removed " +
  "renewed repeated repeats replaced report reports req request requested requests require required reset " +
  "resource resources response result retries retry revision revocable revocation root run " +
  "running s256 same schema scheme scope scopes seal sealed seconds secret secrets selection self " +
  "sensible sequence server servers service services session set sets several severity sha256 " +
  "short shorter show shown sign signal signals signed signing since single site sites size sizes " +
  "skipped slash slow software source space special sse stack stage stages stale started state " +
  "statement status stderr stdin stdout step steps stopped store stored stores streamable " +
  "string strong subject sudo summary supported symlink taken target template templates temporarily " +
  "tenant terminal time timeout tls token tokens tolerated too tool tools tos trace traces " +
  "trailing transfer transport tried trust trusted twice type types unauthorized unavailable " +
  "unchanged unchecked unclear unconfirmed unexpected unknown unlisted unlocked unnamed " +
  "unquoted unreachable unreadable unregister unsafe unsealed unsendable unsupported untrusted " +
  "unusable unusual unverified unwritable up updated uri uris url urlencode urlencoded urn " +
  "usable use user userinfo username users valid validity value values vendor verdict verification " +
  "verified verifier verify version waiting warning warnings weak web well when while widened " +
  "wire withdrawn without world writable written wrong www x xdg ";

/** True for a secret that may occur in any text by chance, or be an identifier of mcpass. */
export function isWeakSecret(value: string): boolean {
  if (value.length < MIN_STRONG) return true;
  if (/^\d{4}-\d{2}-\d{2}$/.test(value)) return true;
  if (!/^[A-Za-z0-9_.:/ -]{8,64}$/.test(value)) return false;
  // `clientSecretPost`, `client-secret-post` and `client_secret_post` have the same words.
  const words = value.replace(/([a-z])([A-Z])/g, "$1_$2").toLowerCase().split(/[_.:/ -]/);
  // For a random secret this ends at the first part, so creating a set would cost more than it saves.
  return words.every((word) => ` ${WORDS}`.includes(` ${word} `));
}

/** True for a secret that may be a word in messages of mcpass. */
export function isOneWord(value: string): boolean {
  return value.length <= MAX_WORD && /^(?:[A-Z]?[a-z]+|[A-Z]+)$/.test(value);
}

/** A weak secret gets no fingerprint, because that could be looked up. */
export function maskOfAny(secret: string): string {
  return isWeakSecret(secret) ? "[masked]" : maskOf(secret);
}

/** The warning repeats nothing of the secret. */
export function judgeClientSecret(secret: string | undefined): readonly Judgement[] {
  return secret === undefined || !isWeakSecret(secret) ? [] : [{
    code: "weak_client_secret",
    severity: "warning",
    message:
      "the client secret is short or made of common words: mcpass masks it only where a server " +
      "repeats it as a complete word",
    remedy:
      "Authorization server: issue a long random client secret. Until then, check a trace for the " +
      "secret before you share it",
    reference: "RFC 6749 §10.10",
  }];
}
