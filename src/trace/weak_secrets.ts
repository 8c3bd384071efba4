import type { Judgement } from "../core/finding.ts";
import { maskOf } from "./fingerprint.ts";

/** Shorter secrets occur in other text by chance. */
const MIN_STRONG = 8;

/** No word of the messages of mcpass is longer. */
const MAX_WORD = 16;

/** The words in identifiers, flags and enum values of mcpass. */
const WORDS =
  "aborted absent absolute accept accepted access account accounts actor added address " +
  "addresses admin advertised after again age agent agree alg algorithm algs aliases alive " +
  "all allow allowed alone also always ambiguous an and another answer api applicable " +
  "application args argument arguments aria artifact as asm assertion at attempt attempts " +
  "audience audiences audit auth authenticate authorisation authorization authorize back bad " +
  "bare base baseline basic be bearer before begin between binary binding binds blank " +
  "blocked bodies body bound break bridge bridges broken browser budget buffer busy by ca " +
  "cache cacheable caching call callback cancelled capability cascades case cert certificate " +
  "chain chains challenge changed charset check checked cimd claim claims clean client " +
  "clients clock closed code codes color combination comma command commas common compared " +
  "complete config configuration configured confirmed conflict conflicting conformance " +
  "conformant confusion connected connection connections consent content context control cookie cookies " +
  "copied copies copy corrupt cors count counts credential credentials current damaged data database dcr dead " +
  "debug decision declined default definition delete deleted demanded denied deny " +
  "description deviates device devices dial dialed different differs direct disable " +
  "discovery disk dns document documentation documents done down dpop dry duplicate during " +
  "each early echo empty encoding end ended endpoint endpoints ends enforced enough entropy " +
  "entry env era error errors event events exact exchange exists exit expected expired expires " +
  "expiry export exported expose exposed failed family fault faults field fields file files find finding " +
  "findings first fits flag flow folder folders for forbidden foreign form format formats " +
  "found fragment framing free fresh full generic get given gone good grant grants group " +
  "gzip handle has header headers hidden hide hint home hop hops host hosted hosts hsts http https " +
  "id identical identifier identity idle idp ietf if ignored implicit import impossible in " +
  "inactive incomplete info input inputs insecure installed installer instead insufficient " +
  "interaction internal interval introspect introspection invalid invented is iss issued " +
  "issuer issuers jkt json jsonrpc jwks jwt keep key keyring keys kid kind known language " +
  "large last late left length lifetime limit limited limits line lines link links list " +
  "listed listen listener lists literal live local lock locked log login logo logout logs long " +
  "look lookalike loop loopback loops lost malformed manage manageable management many map " +
  "maps match max may mcp mcpass media meets member members message metadata method methods " +
  "migrated milliseconds min mismatch missing misspelt mode modes modest modified moved msg " +
  "ms mtls my name names narrow native needed needless needs network networks never new newer " +
  "no nonce none not number numbers oauth object odd of offered offline oidc old older " +
  "omitted on once only op opaque open opened openid option optional options origin other " +
  "out output outputs over own owner page par param parameter params parent part partial " +
  "passed passphrase password path paths pending people permissions person phase phases " +
  "pinned pipe pkce place plain plan policy port ports positive post preferred preflight " +
  "present print printed private prm process profile prompt prompts proof protected protocol " +
  "provider proxy public published pushed query quote quotes rate raw reachable read " +
  "readable redirect redirected redirects reduced referrer reflection refresh refusal " +
  "refused registration regular rejected relative relaxations removed renewed repeated " +
  "repeats replaced replay report reports req request requested requests require required " +
  "reset residue resource resources response result retries retry reuse revision revocable " +
  "revocation revoke revokes root rotate rotates route rs rules run running s256 safe same schema " +
  "scheme scope scopes script seal sealed sec second seconds secret secrets selected " +
  "selection self sensible sequence served server servers service services session set sets " +
  "several severity sha256 shape shaped shared short shorter show shown sign signal signals " +
  "signature signed signing since single site sites size sizes skipped slash slow socket " +
  "software soon source space special spent sql sse stack stage stages stale started startup " +
  "state statement status stderr stdin stdout step steps stopped store stored stores stream " +
  "streamable strength string strong subject sudo suite summary supported symlink syntax " +
  "taken target template templates temporarily tenant terminal time timed timeout tls token " +
  "to tokens told tolerated too tool tools tos trace traces trailing transfer transport tricks " +
  "tried trust trusted twice type types unapproved unasked unauthorized unavailable uncached " +
  "unchanged unchecked unclear unconfirmed under unexpected uniform unknown unlisted unlocked " +
  "unmappable unnamed unquoted unreachable unreadable unrecognized unregister unsafe " +
  "unsealed unsendable unsupported untrusted unusable unusual unverified unwritable up " +
  "update updated upstream uri uris url urlencode urlencoded urn usable use used user " +
  "userinfo username users valid validation validity value values var vendor verdict verification " +
  "verified verifier verifies verify version wait waiting warning warnings way weak web well " +
  "when while widened widening wildcard wire with withdrawn without works world writable " +
  "write written wrong www x xdg ";

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
