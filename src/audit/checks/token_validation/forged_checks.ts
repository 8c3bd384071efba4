/** Forged JSON Web Tokens (RFC 8725, RFC 9068 §4). @module */

import { isLoopbackHost } from "../../../core/url.ts";
import type { JsonObject } from "../../../core/json.ts";
import { Failure } from "../../../core/failure.ts";
import { serveLoopback } from "../../../consent/loopback_server.ts";
import type { Audit } from "../../context/audit.ts";
import type { AuditCheck } from "../../context/check.ts";
import { skipCheck } from "../../context/end_check.ts";
import {
  createOwnKey,
  type JwtParts,
  jwtParts,
  type OwnKey,
  signedWithSecret,
  textsOfKey,
  unsigned,
  withClaims,
  withOtherSignature,
} from "../../judge/forged_jwt.ts";
import { keysIn, requestKeySet } from "../../judge/documents.ts";
import { bearer } from "../../judge/mcp_request.ts";
import { deviates, skipped, worstOf } from "../../context/outcome.ts";
import { refusesEach } from "../../judge/token_attempt.ts";
import type { Outcome } from "../../context/verdict.ts";
import { INVENTED_ORIGIN } from "../../judge/invented.ts";

const DAY_SECONDS = 24 * 60 * 60;

/** Published keys that are tried: most authorization servers have one or two. */
const MAX_KEYS = 3;

const NOT_VERIFIED = { first: "rs_signature", title: "signatures are not verified" } as const;

/** @throws CheckEnd `opaque_token`. */
async function realToken({ grants }: Audit): Promise<JwtParts> {
  const { accessToken } = await grants.first();
  const parts = jwtParts(accessToken);
  if (parts !== undefined) return parts;
  throw skipCheck("opaque_token", "the access token is not a signed JWT: it cannot be forged");
}

const row = (what: string, token: string) => ({ what, credentials: bearer(token) });

async function publicKeys(audit: Audit): Promise<readonly JsonObject[]> {
  const response = await requestKeySet(audit);
  const found = (keysIn(response) ?? []).slice(0, MAX_KEYS);
  if (found.length === 0) throw skipCheck("not_advertised", `${response.url} has no keys`);
  return found;
}

interface KeyListener {
  readonly origin: string;
  /** Paths that the server requested. */
  readonly hits: readonly string[];
  close(): Promise<void>;
}

/** Serves the key where the server can reach it; undefined for a server on another machine. */
async function listenForKey(audit: Audit, { publicJwk }: OwnKey): Promise<KeyListener | undefined> {
  if (!isLoopbackHost(new URL(audit.plan.serverUrl).hostname)) return undefined;
  const hits: string[] = [];
  let origin = "";
  const server = await serveLoopback({
    port: 0,
    requiresIpv6: false,
    handler(request) {
      const { pathname } = new URL(request.url);
      hits.push(pathname);
      return Response.json(
        pathname.startsWith("/.well-known/")
          ? { issuer: origin, jwks_uri: `${origin}/jwks.json` }
          : { keys: [publicJwk] },
      );
    },
    failure: (hostname, error) =>
      new Failure("port_unavailable", `mcpass cannot listen at ${hostname}: ${String(error)}`),
  });
  origin = `http://127.0.0.1:${server.port}`;
  return { origin, hits, close: () => server.close() };
}

/** Runs with a key of our own and, if the server is on this machine, a listener that serves it. */
async function withOwnKey(
  audit: Audit,
  run: (
    parts: JwtParts,
    key: OwnKey,
    listener: KeyListener | undefined,
  ) => Promise<Outcome>,
): Promise<Outcome> {
  const parts = await realToken(audit);
  const key = await createOwnKey(parts.header["alg"]);
  const listener = await listenForKey(audit, key);
  try {
    return await run(parts, key, listener);
  } finally {
    await listener?.close();
  }
}

export const FORGED_CHECKS: readonly AuditCheck[] = [
  {
    id: "rs_signature",
    severity: "error",
    attacker: "A5",
    cluster: NOT_VERIFIED,
    cost: { requests: 1 },
    async run(audit) {
      const token = withOtherSignature(await realToken(audit));
      return await refusesEach(audit, [
        row("a token with one changed bit in its signature", token),
      ]);
    },
  },
  {
    id: "rs_claims",
    severity: "error",
    attacker: "A5",
    cluster: NOT_VERIFIED,
    cost: { requests: 1 },
    async run(audit) {
      const parts = await realToken(audit);
      const { exp } = parts.claims;
      const later = (typeof exp === "number" ? exp : audit.clock.now() / 1000) + DAY_SECONDS;
      const token = withClaims(parts, { ...parts.claims, exp: Math.floor(later) });
      return await refusesEach(audit, [row('a token with a changed "exp"', token)]);
    },
  },
  {
    id: "rs_alg_none",
    severity: "error",
    attacker: "A5",
    cost: { requests: 3 },
    async run(audit) {
      const { header, claims } = await realToken(audit);
      const variants = ["none", "None", "NONE"].map((alg) =>
        row(`an unsigned token with "alg": "${alg}"`, unsigned(alg, header, claims))
      );
      return await refusesEach(audit, variants);
    },
  },
  {
    id: "rs_alg_confusion",
    severity: "error",
    attacker: "A5",
    cost: { requests: 13 },
    async run(audit) {
      const { header, claims } = await realToken(audit);
      if (String(header["alg"]).startsWith("HS")) {
        return skipped("not_applicable", "the token is signed with a secret, not with a key pair");
      }
      const variants = [];
      for (const key of await publicKeys(audit)) {
        const named = typeof key["kid"] === "string" ? { ...header, kid: key["kid"] } : header;
        for (const [form, secret] of await textsOfKey(key)) {
          const token = await signedWithSecret(named, claims, secret);
          variants.push(row(`a token signed with HS256 and the public key (${form})`, token));
        }
      }
      return await refusesEach(audit, variants);
    },
  },
  {
    id: "rs_own_key",
    severity: "error",
    attacker: "A5",
    cluster: NOT_VERIFIED,
    cost: { requests: 3 },
    run: (audit) =>
      withOwnKey(audit, async ({ header, claims }, key, listener) => {
        const { alg: _, kid: __, ...rest } = header;
        const sign = (more: JsonObject) => key.sign({ ...rest, ...more }, claims);
        const { publicJwk: jwk } = key;
        const variants = [row('a token with its own key in "jwk"', await sign({ jwk }))];
        for (const name of listener === undefined ? [] : ["jku", "x5u"]) {
          const token = await sign({ kid: "mcpass-audit", [name]: `${listener?.origin}/${name}` });
          variants.push(row(`a token with the URL of its own key in "${name}"`, token));
        }
        const outcome = await refusesEach(audit, variants);
        const [hit] = listener?.hits ?? [];
        return hit === undefined ? outcome : worstOf([
          deviates(`the server requests the URL that the token names in "${hit.slice(1)}"`),
          outcome,
        ]);
      }),
  },
  {
    id: "rs_foreign_issuer",
    severity: "error",
    attacker: "A5",
    cluster: NOT_VERIFIED,
    cost: { requests: 2 },
    run: (audit) =>
      withOwnKey(audit, async ({ header, claims }, key, listener) => {
        const variants = [];
        for (const iss of [INVENTED_ORIGIN, listener?.origin].filter((it) => it !== undefined)) {
          const token = await key.sign({ ...header, kid: "mcpass-audit" }, { ...claims, iss });
          variants.push(row(`a token of the issuer "${iss}"`, token));
        }
        return await refusesEach(audit, variants);
      }),
  },
];
