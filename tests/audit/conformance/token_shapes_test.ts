/** What real authorization servers answer: no check may call a deliberate answer a failure. */

import assert from "node:assert/strict";
import type { AuditCheckId } from "../../../src/findings/mod.ts";
import type { FakeAsBehaviour, JsonAnswer } from "../../lab/fake_as_options.ts";
import { formOf } from "../../lab/journal.ts";
import type { Answer } from "../../lab/scripted_server.ts";
import { startFakeLab } from "../../lab/shapes.ts";
import { audit, skippingClock } from "./audit_lab.ts";

/** Verdict and a part of the message of a check. */
type Expected = readonly [verdict: string, message: RegExp];

interface ShapeRow {
  readonly name: string;
  readonly behaviour: FakeAsBehaviour;
  /** Refuses a refresh before the refresh token is used. */
  readonly refusesRefresh?: (form: URLSearchParams) => JsonAnswer | undefined;
  readonly expected: Partial<Readonly<Record<AuditCheckId, Expected>>>;
  /** Checks that deviate too. */
  readonly others?: readonly AuditCheckId[];
}

const NO_STORE = [["cache-control", "no-store"]] as const;
const send = ({ status, body }: JsonAnswer): Answer => ({ status, headers: NO_STORE, body });
const isRefused = ({ status }: JsonAnswer) => status >= 400;

/** Changes the refusals of the token endpoint. */
const refusals = (change: (answer: JsonAnswer) => Answer): FakeAsBehaviour => ({
  token: (answer) => isRefused(answer) ? change(answer) : send(answer),
});

/** Changes the members of tokens. */
const tokens = (change: (body: JsonAnswer["body"]) => object): FakeAsBehaviour => ({
  token: (answer) =>
    isRefused(answer) ? send(answer) : { ...send(answer), body: change(answer.body) },
});

const error = (code: string, description: string, status = 400): JsonAnswer => ({
  status,
  body: { error: code, error_description: description },
});

/** Accepts refresh tokens that were replaced, for some seconds. */
function graceWindow(seconds: number, now: () => number): FakeAsBehaviour {
  const replaced = new Map<string, number>();
  return {
    token(answer, form) {
      const value = form.get("refresh_token") ?? "";
      const since = replaced.get(value);
      if (form.get("grant_type") !== "refresh_token") return send(answer);
      if (!isRefused(answer)) replaced.set(value, now());
      const isGrace = since !== undefined && now() - since < seconds * 1000;
      return send(
        isGrace
          ? {
            status: 200,
            body: { access_token: `grace-${crypto.randomUUID()}`, token_type: "Bearer" },
          }
          : answer,
      );
    },
  };
}

/** Returns the client of the first registration to each one with the same members. */
function sameClient(members: readonly string[]): FakeAsBehaviour {
  const known = new Map<string, JsonAnswer>();
  return {
    registrationResponse(answer, request) {
      const body = JSON.parse(request.body) as Record<string, unknown>;
      const key = JSON.stringify(members.map((name) => body[name]));
      if (!known.has(key)) known.set(key, answer);
      return known.get(key) ?? answer;
    },
  };
}

const clock = skippingClock();

const ROWS: readonly ShapeRow[] = [
  {
    name: "errors with status 200",
    behaviour: refusals(({ body }) => ({ headers: NO_STORE, body })),
    expected: {
      exchange_invented_code: ["passed", /refused: HTTP 200, "invalid_grant"/],
      exchange_single_use: ["passed", /refused/],
      exchange_error_shape: ["warning", /HTTP 200 with "invalid_grant", expected HTTP 400/],
      refresh_invented: ["warning", /with a success status/],
    },
  },
  {
    name: "error codes of its own",
    behaviour: refusals(({ status, body }) => ({
      status,
      body: { error: body["error"] === "invalid_grant" ? "bad_verification_code" : body["error"] },
    })),
    expected: {
      exchange_invented_code: ["passed", /bad_verification_code/],
      exchange_wrong_verifier: ["passed", /bad_verification_code/],
      exchange_error_shape: ["warning", /"bad_verification_code", which no RFC defines/],
    },
  },
  {
    name: "401 for invalid_grant",
    behaviour: refusals(({ body }) => ({ status: 401, body })),
    expected: {
      exchange_invented_code: ["passed", /HTTP 401, "invalid_grant"/],
      exchange_unknown_grant: ["passed", /unsupported_grant_type/],
      exchange_error_shape: ["warning", /HTTP 401 with "invalid_grant", expected HTTP 400/],
      refresh_invented: ["warning", /HTTP 401, expected 400/],
    },
  },
  {
    name: "422 with a validation error",
    behaviour: refusals(() => ({
      status: 422,
      body: { detail: [{ loc: ["body", "code"], msg: "value is not valid", type: "value_error" }] },
    })),
    expected: {
      exchange_invented_code: ["passed", /HTTP 422/],
      exchange_wrong_client: ["passed", /HTTP 422/],
      exchange_single_use: ["passed", /HTTP 422/],
      exchange_error_shape: ["warning", /no "error"/],
      refresh_invented: ["warning", /HTTP 422, expected 400/],
    },
  },
  {
    name: "the token type in lower case",
    behaviour: tokens((body) => ({ ...body, token_type: "bearer" })),
    expected: { exchange_answer: ["passed", /bearer/] },
  },
  {
    name: "a token type that no RFC defines",
    behaviour: tokens((body) => ({ ...body, token_type: "user" })),
    expected: { exchange_answer: ["failed", /the type "user"/] },
  },
  {
    name: "tokens in a member of their own",
    behaviour: tokens((body) => ({ ok: true, authed_user: body })),
    expected: {
      exchange_good: ["passed", /HTTP 200/],
      exchange_answer: ["failed", /members: "ok", "authed_user"/],
      exchange_no_store: ["skipped", /no access token/],
      exchange_single_use: ["skipped", /no access token/],
      refresh_good: ["skipped", /no access token/],
    },
  },
  {
    name: "a refresh that needs its scope",
    behaviour: { resourceParameter: "optional" },
    refusesRefresh: (form) =>
      form.has("scope") ? undefined : error("invalid_request", "AADSTS90009: scope is required"),
    expected: {
      refresh_good: ["passed", /accepts/],
      refresh_bare: ["warning", /AADSTS90009.*it is accepted with resource and scope/],
      refresh_wrong_client: ["passed", /refused/],
    },
  },
  {
    name: "a refresh that refuses scope",
    behaviour: { resourceParameter: "optional" },
    refusesRefresh: (form) =>
      form.has("scope") ? error("invalid_request", "scope parameter not supported") : undefined,
    expected: {
      refresh_good: ["passed", /accepts/],
      refresh_bare: ["passed", /without scope and resource/],
      refresh_narrow: ["warning", /scope parameter not supported/],
    },
  },
  {
    name: "a refresh that refuses resource",
    behaviour: { resourceParameter: "optional" },
    refusesRefresh: (form) =>
      form.has("resource") ? error("invalid_request", "Unknown parameter: resource") : undefined,
    expected: {
      refresh_good: ["passed", /accepts/],
      refresh_bare: ["warning", /with resource is refused, but one without it is accepted/],
      refresh_other_resource: ["passed", /Unknown parameter/],
    },
  },
  {
    name: "a grace window of 30 s for replaced refresh tokens",
    behaviour: graceWindow(30, clock.now),
    expected: {
      refresh_old_refused: ["warning", /accepted at first, and refused only after 35 s/],
    },
  },
  {
    name: "a grace window of 60 s",
    behaviour: graceWindow(60, clock.now),
    expected: { refresh_old_refused: ["warning", /refused only after 65 s/] },
  },
  {
    name: "replaced refresh tokens that never end",
    behaviour: graceWindow(1e6, clock.now),
    expected: { refresh_old_refused: ["failed", /still accepted after 65 s/] },
  },
  {
    name: "access tokens that cannot be revoked",
    behaviour: {
      token(answer, form) {
        const isAccess = form.get("token_type_hint") === "access_token";
        return send(isAccess ? error("unsupported_token_type", "JWTs are not revoked") : answer);
      },
    },
    expected: { revoke_access: ["passed", /access tokens is reported as unsupported/] },
  },
  {
    name: "revocation by confidential clients only",
    behaviour: {
      token(answer, form) {
        const isRevocation = form.has("token_type_hint");
        return send(isRevocation ? error("invalid_client", "no credentials", 401) : answer);
      },
    },
    expected: {
      revoke_unknown: ["inconclusive", /is refused to this client/],
      revoke_access: ["inconclusive", /is refused to this client/],
      revoke_refresh: ["inconclusive", /is refused to this client/],
    },
  },
  {
    name: "identity scopes that the response does not name",
    behaviour: {
      scopes: ["mcp:read", "mcp:write", "offline_access", "openid"],
      ...tokens((body) => ({ ...body, scope: "mcp:read mcp:write" })),
    },
    expected: { exchange_scope_told: ["passed", /names the scope "mcp:read mcp:write"/] },
  },
  {
    name: "the same client for the same metadata",
    behaviour: sameClient(["client_name", "token_endpoint_auth_method"]),
    expected: {
      exchange_wrong_client: ["passed", /refused/],
      refresh_wrong_client: ["passed", /refused/],
    },
  },
  {
    name: "the same client for every registration",
    behaviour: sameClient(["token_endpoint_auth_method"]),
    expected: {
      exchange_wrong_client: ["skipped", /the same client_id/],
      refresh_wrong_client: ["skipped", /the same client_id/],
      revoke_foreign: ["skipped", /the same client_id/],
    },
  },
  {
    name: "a limit of requests",
    behaviour: refusals(() => ({ status: 429, headers: [["retry-after", "5"]] })),
    expected: {
      exchange_invented_code: ["inconclusive", /limits requests/],
      exchange_wrong_client: ["inconclusive", /limits requests/],
      exchange_error_shape: ["skipped", /no token request was refused/],
      refresh_invented: ["inconclusive", /limits requests/],
      exchange_client_auth: ["inconclusive", /limits requests/],
    },
  },
  {
    name: "an outage",
    behaviour: refusals(() => ({ status: 503, body: "unavailable" })),
    expected: {
      exchange_unknown_client: ["inconclusive", /not available/],
      exchange_no_verifier: ["inconclusive", /not available/],
      exchange_single_use: ["inconclusive", /not available/],
    },
  },
  {
    name: "a crash",
    behaviour: refusals(() => ({ status: 500, body: "oops" })),
    expected: {
      exchange_invented_code: ["warning", /causes a server error/],
      exchange_no_verifier: ["warning", /causes a server error/],
      refresh_wrong_client: ["warning", /causes a server error/],
      exchange_unknown_grant: ["warning", /causes a server error/],
    },
  },
  {
    name: "a page instead of a token endpoint",
    behaviour: {
      token: () => ({ status: 404, headers: [["content-type", "text/html"]], body: "<p>No</p>" }),
    },
    expected: {
      exchange_good: ["failed", /HTTP 404 text\/html/],
      exchange_invented_code: ["inconclusive", /no valid request has succeeded/],
      exchange_unknown_client: ["inconclusive", /no valid request has succeeded/],
      exchange_password: ["inconclusive", /no valid request has succeeded/],
      exchange_wrong_verifier: ["skipped", /exchange_good has not passed/],
    },
  },
];

for (const { name, behaviour, refusesRefresh, expected } of ROWS) {
  Deno.test(`checks of tokens, at a server with ${name}`, async () => {
    const challenge = { scope: "mcp:read mcp:write" };
    await using lab = await startFakeLab({ challenge, ...behaviour });
    const { routes } = lab.asServer;
    const token = routes["POST /token"];
    assert(typeof token === "function");
    routes["POST /token"] = async (request, reply) => {
      const form = formOf(request);
      const refusal = form.get("grant_type") === "refresh_token"
        ? refusesRefresh?.(form)
        : undefined;
      return refusal === undefined ? await token(request, reply) : send(refusal);
    };
    const groups = ["token_endpoint", "refresh", "revocation"] as const;
    const plan = { groups, maxWaitSeconds: 60 };
    const { result } = await audit(lab.mcpUrl, plan, { clock });
    for (const [id, [verdict, message]] of Object.entries(expected)) {
      const check = result.checks.find((it) => it.id === id);
      assert.equal(check?.verdict, verdict, `${id}: ${check?.message}`);
      assert.match(check?.message ?? "", message, id);
    }
  });
}
