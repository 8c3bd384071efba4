/**
 * Wrong requests to the audit lab, and how one switch changes its response.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { AuditLab } from "./audit_lab.ts";
import { authorize, call, Hand, post, REDIRECT_URI, register, send } from "./by_hand.ts";
import type { Seen } from "./by_hand.ts";

/** Status and error of a response. */
export const said = ({ status, body, redirect }: Seen): string =>
  `${status} ${redirect?.get("error") ?? (redirect?.has("code") ? "code" : body.error ?? "")}`
    .trim();

/** A wrong request, and the responses of the lab without and with the switch. */
export interface Case {
  readonly broken: string;
  readonly strict: string;
  readonly lenient: string;
  readonly opaque?: boolean;
  run(lab: AuditLab, hand: Hand): Promise<Seen>;
}

/** A code that was exchanged. */
export async function used(hand: Hand): Promise<string> {
  const code = await hand.code();
  await hand.exchange(code);
  return code;
}

export const CASES: readonly Case[] = [
  {
    broken: "dcr_http_refused",
    strict: "400 invalid_redirect_uri",
    lenient: "201",
    run: (lab) => register(lab, { redirect_uris: ["http://client.invalid/cb"] }),
  },
  {
    broken: "dcr_lookalike_refused",
    strict: "400 invalid_redirect_uri",
    lenient: "201",
    run: (lab) => register(lab, { redirect_uris: ["http://127.0.0.1.client.invalid/cb"] }),
  },
  {
    broken: "dcr_manage_protected",
    strict: "401 invalid_token",
    lenient: "200",
    run: async (lab) => await send((await register(lab)).body.registration_client_uri),
  },
  {
    broken: "dcr_manage_foreign",
    strict: "401 invalid_token",
    lenient: "200",
    async run(lab) {
      const [one, two] = [(await register(lab)).body, (await register(lab)).body];
      const headers = { authorization: `Bearer ${two.registration_access_token}` };
      return await send(one.registration_client_uri, { headers });
    },
  },
  {
    broken: "dcr_deleted_dead",
    strict: "400",
    lenient: "302 code",
    async run(lab) {
      const { body } = await register(lab);
      const headers = { authorization: `Bearer ${body.registration_access_token}` };
      const { status } = await send(body.registration_client_uri, { method: "DELETE", headers });
      assert.equal(status, 204);
      return await authorize(lab, body.client_id);
    },
  },
  {
    broken: "authorize_foreign_redirect",
    strict: "400",
    lenient: "302 code",
    run: (lab, { client }) => authorize(lab, client, { redirect_uri: `${REDIRECT_URI}/other` }),
  },
  {
    broken: "authorize_redirect_tricks",
    strict: "400",
    lenient: "302 code",
    run: (lab, { client }) => authorize(lab, client, { redirect_uri: `${REDIRECT_URI}?a=1` }),
  },
  {
    broken: "authorize_port_free",
    strict: "302 code",
    lenient: "400",
    run: (lab, { client }) =>
      authorize(lab, client, { redirect_uri: "http://127.0.0.1:8/callback" }),
  },
  {
    broken: "authorize_pkce",
    strict: "302 invalid_request",
    lenient: "302 code",
    run: (lab, { client }) =>
      authorize(lab, client, { code_challenge: undefined, code_challenge_method: undefined }),
  },
  {
    broken: "authorize_resource_unknown",
    strict: "302 invalid_target",
    lenient: "302 code",
    run: (lab, { client }) => authorize(lab, client, { resource: "https://other.invalid/mcp" }),
  },
  {
    broken: "exchange_wrong_client",
    strict: "400 invalid_grant",
    lenient: "200",
    async run(lab, hand) {
      const other = await Hand.register(lab);
      return await other.exchange(await hand.code());
    },
  },
  {
    broken: "exchange_wrong_verifier",
    strict: "400 invalid_grant",
    lenient: "200",
    run: async (_lab, hand) =>
      await hand.exchange(await hand.code(), { code_verifier: "w".repeat(43) }),
  },
  {
    broken: "exchange_no_verifier",
    strict: "400 invalid_grant",
    lenient: "200",
    run: async (_lab, hand) => await hand.exchange(await hand.code(), { code_verifier: undefined }),
  },
  {
    broken: "exchange_wrong_redirect",
    strict: "400 invalid_grant",
    lenient: "200",
    run: async (_lab, hand) =>
      await hand.exchange(await hand.code(), { redirect_uri: `${REDIRECT_URI}2` }),
  },
  {
    broken: "exchange_other_resource",
    strict: "400 invalid_target",
    lenient: "200",
    run: async (lab, hand) =>
      await hand.exchange(await hand.code(), { resource: lab.otherResourceUrl }),
  },
  {
    broken: "exchange_single_use",
    strict: "400 invalid_grant",
    lenient: "200",
    run: async (_lab, hand) => await hand.exchange(await used(hand)),
  },
  {
    broken: "exchange_client_auth",
    strict: "401 invalid_client",
    lenient: "200",
    async run(lab) {
      const hand = await Hand.register(lab, { token_endpoint_auth_method: "client_secret_post" });
      return await hand.exchange(await hand.code(), { client_secret: "wrong" });
    },
  },
  {
    broken: "refresh_wrong_client",
    strict: "400 invalid_grant",
    lenient: "200",
    async run(lab, hand) {
      const other = await Hand.register(lab);
      return await other.refresh((await hand.signIn()).refresh);
    },
  },
  {
    broken: "refresh_no_widening",
    strict: "400 invalid_scope",
    lenient: "200",
    run: async (_lab, hand) =>
      await hand.refresh((await hand.signIn()).refresh, { scope: "mcp:read mcp:write" }),
  },
  {
    broken: "refresh_old_refused",
    strict: "400 invalid_grant",
    lenient: "200",
    async run(_lab, hand) {
      const { refresh } = await hand.signIn();
      await hand.refresh(refresh);
      return await hand.refresh(refresh);
    },
  },
  {
    broken: "refresh_reuse_ends_family",
    strict: "400 invalid_grant",
    lenient: "200",
    async run(_lab, hand) {
      const { refresh } = await hand.signIn();
      const { body } = await hand.refresh(refresh);
      await hand.refresh(refresh);
      return await hand.refresh(body.refresh_token);
    },
  },
  {
    broken: "revoke_foreign",
    strict: "200",
    lenient: "401 invalid_token",
    async run(lab, hand) {
      const { access } = await hand.signIn();
      const { client } = await Hand.register(lab);
      await post(`${lab.issuer}/revoke`, { token: access, client_id: client });
      return await call(lab, access);
    },
  },
  {
    broken: "revoke_cascades",
    strict: "401 invalid_token",
    lenient: "200",
    async run(lab, hand) {
      const { access, refresh } = await hand.signIn();
      await post(`${lab.issuer}/revoke`, { token: refresh, client_id: hand.client });
      return await call(lab, access);
    },
  },
  {
    broken: "introspect_protected",
    strict: "401 invalid_client",
    lenient: "200",
    run: async (lab, hand) =>
      await post(`${lab.issuer}/introspect`, { token: (await hand.signIn()).access }),
  },
  {
    broken: "rs_wrong_audience",
    strict: "401 invalid_token",
    lenient: "200",
    run: async (lab, hand) =>
      await call(lab, (await hand.signIn({ resource: lab.otherResourceUrl })).access),
  },
  {
    broken: "rs_wrong_audience",
    opaque: true,
    strict: "401 invalid_token",
    lenient: "200",
    run: async (lab, hand) =>
      await call(lab, (await hand.signIn({ resource: lab.otherResourceUrl })).access),
  },
  {
    broken: "rs_signature",
    strict: "401 invalid_token",
    lenient: "200",
    async run(lab, hand) {
      const [head, body, signature = ""] = (await hand.signIn()).access.split(".");
      const other = signature[40] === "A" ? "B" : "A";
      const changed = signature.slice(0, 40) + other + signature.slice(41);
      return await call(lab, `${head}.${body}.${changed}`);
    },
  },
  {
    broken: "rs_alg_none",
    strict: "401 invalid_token",
    lenient: "200",
    async run(lab, hand) {
      const [, body] = (await hand.signIn()).access.split(".");
      const head = btoa(JSON.stringify({ alg: "none", typ: "at+jwt" })).replace(/=+$/, "");
      return await call(lab, `${head}.${body}.`);
    },
  },
  {
    broken: "rs_refresh_token",
    strict: "401 invalid_token",
    lenient: "200",
    run: async (lab, hand) => await call(lab, (await hand.signIn()).refresh),
  },
  {
    broken: "rs_invented",
    strict: "401 invalid_token",
    lenient: "403 invalid_token",
    run: (lab) => call(lab, "invented"),
  },
  {
    broken: "rs_scheme_case",
    strict: "200",
    lenient: "401 unauthorized",
    async run(lab, hand) {
      const authorization = `BEARER ${(await hand.signIn()).access}`;
      return await call(lab, undefined, { headers: { authorization } });
    },
  },
  {
    broken: "rs_malformed",
    strict: "400 invalid_request",
    lenient: "500 Internal server error",
    run: (lab) => call(lab, undefined, { headers: { authorization: "Bearer a b" } }),
  },
  {
    broken: "rs_origin",
    strict: "403",
    lenient: "200",
    async run(lab, hand) {
      const { access } = await hand.signIn();
      return await call(lab, access, { headers: { origin: "https://other.invalid" } });
    },
  },
  {
    broken: "scope_enforced",
    strict: "403 insufficient_scope",
    lenient: "200",
    run: async (lab, hand) =>
      await call(lab, (await hand.signIn()).access, {
        method: "tools/call",
        params: { name: "write-thing", arguments: {} },
      }),
  },
  {
    broken: "proxy_headers_ignored",
    strict: "401 unauthorized",
    lenient: "200",
    run: (lab) => call(lab, undefined, { headers: { "x-forwarded-user": "audit" } }),
  },
];
