/** The signing keys of the authorization server (RFC 7517). @module */

import type { JWK } from "jose";
import { type JsonObject, member, stringMember } from "../../core/json.ts";
import { counted } from "../../core/quantities.ts";
import { quoted } from "../../core/text.ts";
import type { Audit } from "../context/audit.ts";
import type { AuditCheck, CheckGroup } from "../context/check.ts";
import { keysIn, requestKeySet } from "../judge/documents.ts";
import { deviates, passed, skipped } from "../context/outcome.ts";
import { noJudgement, observed } from "../judge/refusal.ts";

const PRIVATE_MEMBERS = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

const MIN_RSA_BITS = 2048;

async function publishedKeys(audit: Audit): Promise<readonly JsonObject[]> {
  return keysIn(await requestKeySet(audit)) ?? [];
}

const nameOf = (key: JsonObject, at: number): string =>
  `key ${quoted(stringMember(key, "kid") ?? String(at + 1), 80)}`;

/** Bits of a modulus; undefined if it cannot be read. */
function rsaBits(key: JsonObject): number | undefined {
  try {
    const bytes = Uint8Array.fromBase64(stringMember(key, "n") ?? "", { alphabet: "base64url" });
    const start = bytes.findIndex((byte) => byte !== 0);
    return start < 0 ? 0 : (bytes.length - start - 1) * 8 + 32 - Math.clz32(bytes[start] ?? 0);
  } catch {
    return undefined;
  }
}

/** True if one of the keys verifies the signature of a JWT. */
async function verifiesWith(token: string, alg: string, keys: readonly JsonObject[]) {
  const { compactVerify, importJWK } = await import("jose");
  for (const key of keys) {
    try {
      const { kty, crv, n, e, x, y } = key as JWK;
      await compactVerify(token, await importJWK({ kty, crv, n, e, x, y } as JWK, alg));
      return true;
    } catch {
      // Another key may verify it.
    }
  }
  return false;
}

const CHECKS: readonly AuditCheck[] = [
  {
    id: "jwks_served",
    severity: "error",
    cost: { requests: 1 },
    async run(audit) {
      const response = await requestKeySet(audit);
      const nothing = noJudgement(response);
      if (nothing !== undefined) return nothing;
      const keys = keysIn(response);
      const url = quoted(response.url);
      if (keys === undefined) return deviates(`${url} is not a key set: ${observed(response)}`);
      return keys.length > 0 ? passed(counted(keys.length, "key")) : deviates(`${url} has no keys`);
    },
  },
  {
    id: "jwks_public",
    severity: "error",
    attacker: "A1",
    cost: { requests: 1 },
    async run(audit) {
      const faults = (await publishedKeys(audit)).flatMap((key, at) => {
        const names = PRIVATE_MEMBERS.filter((name) => member(key, name) !== undefined);
        if (names.length > 0) return [`${nameOf(key, at)} has ${names.join(", ")}`];
        return member(key, "kty") === "oct" ? [`${nameOf(key, at)} is symmetric`] : [];
      });
      return faults.length === 0 ? passed("all keys are public keys") : deviates(faults.join("; "));
    },
  },
  {
    id: "jwks_kid",
    severity: "warning",
    cost: { requests: 1 },
    async run(audit) {
      const keys = await publishedKeys(audit);
      if (keys.length < 2) return passed("there is only one key");
      const ids = keys.map((key) => stringMember(key, "kid"));
      const repeated = ids.find((id, at) => id !== undefined && ids.indexOf(id) < at);
      if (repeated !== undefined) return deviates(`more than one key has kid ${quoted(repeated)}`);
      const unnamed = ids.filter((id) => id === undefined).length;
      return unnamed === 0
        ? passed("each key has its own kid")
        : deviates(`${unnamed} of ${counted(keys.length, "key")} have no kid`);
    },
  },
  {
    id: "jwks_strength",
    severity: "error",
    attacker: "A2",
    cost: { requests: 1 },
    async run(audit) {
      const weak = (await publishedKeys(audit)).flatMap((key, at) => {
        const bits = member(key, "kty") === "RSA" ? rsaBits(key) : undefined;
        return bits === undefined || bits >= MIN_RSA_BITS
          ? []
          : [`${nameOf(key, at)} has ${bits} bits`];
      });
      return weak.length === 0
        ? passed(`no RSA key has less than ${MIN_RSA_BITS} bits`)
        : deviates(weak.join("; "));
    },
  },
  {
    id: "jwks_verifies",
    severity: "error",
    // By then, other checks have obtained a token.
    last: true,
    requires: ["asm_endpoints"],
    cost: { requests: 1 },
    async run(audit) {
      const keys = await publishedKeys(audit);
      const { accessToken } = await audit.grants.first();
      const parts = accessToken.split(".");
      if (parts.length !== 3) {
        return skipped("opaque_token", "the access token is not a signed JWT");
      }
      const { decodeProtectedHeader } = await import("jose");
      let header: ReturnType<typeof decodeProtectedHeader>;
      try {
        header = decodeProtectedHeader(accessToken);
      } catch {
        return skipped("opaque_token", "the access token is not a signed JWT");
      }
      const { alg = "", kid } = header;
      if (alg.startsWith("HS") || alg === "none") {
        return deviates(`the access token has alg ${quoted(alg)}, which no published key verifies`);
      }
      const named = keys.filter((key) => kid === undefined || stringMember(key, "kid") === kid);
      if (named.length === 0) return deviates(`no published key has kid ${quoted(kid ?? "")}`);
      return await verifiesWith(accessToken, alg, named)
        ? passed(`the key ${quoted(kid ?? alg)} verifies the access token`)
        : deviates(`the key ${quoted(kid ?? alg)} does not verify the access token`);
    },
  },
];

export const JWKS_GROUP: CheckGroup = {
  id: "jwks",
  title: "Key set",
  requires: ["jwks_served"],
  checks: CHECKS,
};
