import assert from "node:assert/strict";
import { isOutsideRegistration } from "../../../src/flow/context/client.ts";
import {
  decideForbidden,
  decideUnauthorized,
  type Decision,
  type RefusedSession,
} from "../../../src/flow/login/session.ts";

const TOKEN = { accessToken: "token", refreshToken: null, scope: "read" };

function session(changes: Partial<RefusedSession> = {}): RefusedSession {
  return {
    authorizations: 1,
    isExpanded: false,
    acceptedToken: "token",
    requested: ["read"],
    client: { approach: "dcr", registeredScope: "read" },
    token: TOKEN,
    ...changes,
  };
}

const stop = (code: string) => ({ action: "stop", code });
const retry = (scopes: readonly string[] | undefined, expand = false) => ({
  action: "retry",
  scopes,
  expand,
});

interface Unauthorized {
  readonly state?: Partial<RefusedSession>;
  readonly challenged?: readonly string[];
  readonly isUnbound?: boolean;
  readonly decision: object;
}

const UNAUTHORIZED: Readonly<Record<string, Unauthorized>> = {
  "a token that was accepted before is replaced, with the same scope": {
    decision: retry(["read"]),
  },
  "a token that was accepted before is replaced, also without a scope": {
    state: { requested: undefined },
    decision: retry(undefined),
  },
  "a new token that is refused stops": {
    state: { acceptedToken: undefined },
    decision: stop("fresh_token_rejected"),
  },
  "a new token is replaced if the challenge names more scope": {
    state: { acceptedToken: "older" },
    challenged: ["write"],
    decision: retry(["read", "write"]),
  },
  "a new token is replaced if it has to be bound to a key": {
    state: { acceptedToken: undefined },
    isUnbound: true,
    decision: retry(["read"]),
  },
  "the same scope is requested twice at most": {
    state: { authorizations: 2 },
    decision: stop("token_rejected"),
  },
  "more scope is requested also after two authorizations": {
    state: { authorizations: 2 },
    challenged: ["read", "write"],
    decision: retry(["read", "write"]),
  },
};

for (const [name, row] of Object.entries(UNAUTHORIZED)) {
  Deno.test(`401: ${name}`, () => {
    const { state, challenged = [], isUnbound = false, decision } = row;
    assert.deepEqual(decideUnauthorized(session(state), challenged, isUnbound), decision);
  });
}

interface Forbidden {
  readonly state?: Partial<RefusedSession>;
  readonly challenge?: { readonly error?: string; readonly scope?: readonly string[] } | undefined;
  readonly usable?: readonly string[];
  readonly hasStepUp?: boolean;
  readonly decision: object;
}

const WRITE = { error: "insufficient_scope", scope: ["write"] };
const READ = { error: "insufficient_scope", scope: ["read"] };
const REDUCED = {
  requested: ["read", "write"],
  token: TOKEN,
} as const;
const BOTH = { error: "insufficient_scope", scope: ["read", "write"] };

const FORBIDDEN: Readonly<Record<string, Forbidden>> = {
  "no challenge stops": { challenge: undefined, decision: stop("access_refused") },
  "another error stops": {
    challenge: { error: "invalid_token" },
    decision: stop("access_refused"),
  },
  "another error with a scope that the token has stops": {
    challenge: { error: "invalid_token", scope: ["read"] },
    decision: stop("access_refused"),
  },
  "another error with a scope that is missing requests it": {
    challenge: { error: "invalid_token", scope: ["write"] },
    decision: retry(["read", "write"]),
  },
  "a scope without an error is requested": {
    challenge: { scope: ["write"] },
    decision: retry(["read", "write"]),
  },
  "another error with a scope that was requested and not granted requests it": {
    state: REDUCED,
    challenge: { error: "invalid_token", scope: ["write"] },
    decision: retry(["read", "write"], true),
  },
  "a revision without step-up stops": {
    hasStepUp: false,
    decision: stop("step_up_not_in_revision"),
  },
  "a challenge without a scope stops": {
    challenge: { error: "insufficient_scope" },
    decision: stop("insufficient_scope_unnamed"),
  },
  "a challenge with an empty scope stops": {
    challenge: { error: "insufficient_scope", scope: [] },
    decision: stop("insufficient_scope_unnamed"),
  },
  "the union of scopes is requested": { decision: retry(["read", "write"]) },
  "a scope that may not be requested is left out": {
    challenge: { error: "insufficient_scope", scope: ["write", "secret"] },
    usable: ["write"],
    decision: retry(["read", "write"]),
  },
  "more scope is requested in three authorizations at most": {
    state: { authorizations: 3 },
    decision: stop("step_up_limit"),
  },
  "the same scope is requested twice at most": {
    state: { authorizations: 2 },
    challenge: READ,
    decision: stop("step_up_limit"),
  },
  "the same scope is requested once more after the first authorization": {
    challenge: READ,
    decision: retry(["read"]),
  },
  "a registration that excludes the scope is expanded": {
    state: { ...REDUCED, authorizations: 2 },
    challenge: BOTH,
    decision: retry(["read", "write"], true),
  },
  "a registration is expanded once": {
    state: { ...REDUCED, authorizations: 2, isExpanded: true },
    challenge: BOTH,
    decision: stop("step_up_limit"),
  },
  "a registration is not expanded if the server did not name the granted scope": {
    state: { ...REDUCED, token: { accessToken: "token", refreshToken: null, scope: null } },
    challenge: BOTH,
    decision: retry(["read", "write"]),
  },
  "a registration is not expanded if the scope was granted": {
    state: { ...REDUCED, token: { accessToken: "token", refreshToken: null, scope: "read write" } },
    challenge: BOTH,
    decision: retry(["read", "write"]),
  },
  "a preregistered client is not expanded": {
    state: { ...REDUCED, client: { approach: "preregistered" } },
    challenge: BOTH,
    decision: retry(["read", "write"]),
  },
};

for (const [name, row] of Object.entries(FORBIDDEN)) {
  Deno.test(`403: ${name}`, () => {
    const challenge = "challenge" in row ? row.challenge : WRITE;
    const { state, usable = challenge?.scope ?? [], hasStepUp = true, decision } = row;
    const decided: Decision = decideForbidden(session(state), challenge, usable, hasStepUp);
    assert.deepEqual(decided, decision);
  });
}

Deno.test("only the scope of a dynamic registration excludes scopes", () => {
  const registered = { approach: "dcr", registeredScope: "read" } as const;
  assert.equal(isOutsideRegistration(registered, ["read", "write"]), true);
  assert.equal(isOutsideRegistration(registered, ["read"]), false);
  assert.equal(isOutsideRegistration(registered, undefined), false);
  assert.equal(isOutsideRegistration({ approach: "dcr" }, ["read"]), true);
  assert.equal(isOutsideRegistration({ approach: "dcr" }, []), false);
  assert.equal(isOutsideRegistration({ approach: "cimd" }, ["read"]), false);
});
