import assert from "node:assert/strict";
import { isScopeToken } from "../../../src/core/text.ts";
import {
  endpointScopes,
  initialScopes,
  missingScopes,
  parseScope,
  sameScopes,
  type ScopeSources,
  unionScopes,
} from "../../../src/oauth/mcp/scope.ts";

const FIRST: readonly [
  behaviour: string,
  sources: Partial<ScopeSources>,
  choice: readonly string[] | undefined,
][] = [
  ["nothing is known: the parameter is left out", {}, undefined],
  ["the challenge's scope wins", { challenge: ["b", "a"], resourceMetadata: ["c"] }, ["b", "a"]],
  ["without it, all of the resource metadata's", { resourceMetadata: ["c", "d"] }, ["c", "d"]],
  ["an empty scope in the challenge names none", { challenge: [], resourceMetadata: ["c"] }, ["c"]],
  ["an empty list in the resource metadata leaves it out", { resourceMetadata: [] }, undefined],
  ["the authorization server's list is no request list", { authorizationServer: ["x"] }, undefined],
  ["what the person gave replaces everything", { given: ["z"], challenge: ["a"] }, ["z"]],
  ["a given set gets no offline_access", {
    given: ["z"],
    authorizationServer: ["offline_access"],
    mayAddOfflineAccess: true,
  }, ["z"]],
  ["an empty given set leaves the parameter out", { given: [], challenge: ["a"] }, undefined],
  ["offline_access is added where the authorization server lists it", {
    challenge: ["a"],
    authorizationServer: ["openid", "offline_access"],
    mayAddOfflineAccess: true,
  }, ["a", "offline_access"]],
  ["it is not added where it is unlisted", {
    challenge: ["a"],
    authorizationServer: ["openid"],
    mayAddOfflineAccess: true,
  }, ["a"]],
  ["it is not added where no list is published", { challenge: ["a"], mayAddOfflineAccess: true }, [
    "a",
  ]],
  ["it is not added before 2026-07-28", {
    challenge: ["a"],
    authorizationServer: ["offline_access"],
  }, ["a"]],
  ["it is not added twice", {
    challenge: ["offline_access", "a"],
    authorizationServer: ["offline_access"],
    mayAddOfflineAccess: true,
  }, ["offline_access", "a"]],
  ["it is never asked for alone", {
    authorizationServer: ["offline_access"],
    mayAddOfflineAccess: true,
  }, undefined],
  ["a list with repeated items asks for each once", { resourceMetadata: ["a", "b", "a"] }, [
    "a",
    "b",
  ]],
  ["items that are no scope tokens are left out", {
    resourceMetadata: ["a", "", "b c", 'd"', "e\\f", "g\u202e", "h\n", "i"],
  }, ["a", "i"]],
  ["a list without any scope token leaves it out", { resourceMetadata: ["", " "] }, undefined],
  ["a challenge without any scope token names none", {
    challenge: ["\u202e"],
    resourceMetadata: ["c"],
  }, ["c"]],
];

for (const [behaviour, sources, choice] of FIRST) {
  Deno.test(`first scope: ${behaviour}`, () => {
    assert.deepEqual(initialScopes({ mayAddOfflineAccess: false, ...sources }), choice);
  });
}

Deno.test("step-up asks for the union, in order of first appearance, without repeats", () => {
  assert.deepEqual(unionScopes(["a", "b"], ["b", "c"]), ["a", "b", "c"]);
  assert.deepEqual(unionScopes(undefined, ["c", "c"]), ["c"]);
  assert.deepEqual(unionScopes(["a"], undefined), ["a"]);
  assert.deepEqual(unionScopes(), []);
  assert.deepEqual(unionScopes(["__proto__"], ["constructor"]), ["__proto__", "constructor"]);
});

const SAME: readonly [a: string, b: string, same: boolean][] = [
  ["a b", "b a", true],
  ["a a b", "b a", true],
  ["", "", true],
  ["a", "A", false],
  ["a", "a b", false],
  ["a b", "a", false],
  ["a a", "a b", false],
];

for (const [a, b, same] of SAME) {
  Deno.test(`scope sets "${a}" and "${b}" are ${same ? "the same" : "different"}`, () => {
    assert.equal(sameScopes(parseScope(a), parseScope(b)), same);
  });
}

Deno.test("a scope token has no space, quote, backslash, control or letter beyond ASCII", () => {
  for (const token of ["a", "files:read", "https://x/y", "!", "#[", "]~", "a,b"]) {
    assert.equal(isScopeToken(token), true, token);
  }
  for (const token of ["", " ", "a b", '"', "\\", "\x7f", "\x1f", "é", "a\n", "\ud83d\ude00"]) {
    assert.equal(isScopeToken(token), false, JSON.stringify(token));
  }
});

Deno.test("the tokens of a scope are what is between spaces", () => {
  for (const scope of ["a b", " a  b ", "a\n\tb"]) assert.deepEqual(parseScope(scope), ["a", "b"]);
  for (const scope of ["", " "]) assert.deepEqual(parseScope(scope), []);
});

const GRANTS: readonly [
  behaviour: string,
  requested: string,
  granted: string,
  hasRefreshToken: boolean,
  missing: string,
][] = [
  ["a scope that was not granted is missing", "a b", "a", true, "b"],
  ["a refresh token shows offline_access", "a offline_access openid", "a", true, ""],
  ["without one, offline_access is missing", "a offline_access", "a", false, "offline_access"],
  ["the short name of a scope is the scope", "api://x/mcp.read a", "mcp.read a", false, ""],
  ["and the other way round", "mcp.read", "https://api.example/mcp.read", false, ""],
  ["a path in a scope that is not a URL is no name", "a/b", "b", false, "a/b"],
];

for (const [behaviour, requested, granted, hasRefreshToken, missing] of GRANTS) {
  Deno.test(`granted scopes: ${behaviour}`, () => {
    const found = missingScopes(parseScope(requested), parseScope(granted), hasRefreshToken);
    assert.equal(found.join(" "), missing);
  });
}

Deno.test("the scopes in the query of an authorization endpoint are read", () => {
  assert.deepEqual(endpointScopes("https://a.example/x?scope=a%20b&scope=c&x=y"), ["a", "b", "c"]);
  assert.deepEqual(endpointScopes("https://a.example/x"), []);
  assert.deepEqual(endpointScopes("not a URL"), []);
});
