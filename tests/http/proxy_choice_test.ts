import { equal } from "node:assert/strict";
import { proxyFor, usesProxy } from "../../src/http/proxy_choice.ts";

type Variables = Readonly<Record<string, string>>;

const envOf = (variables: Variables) => ({
  get: (name: string) => Object.entries(variables).find(([it]) => it === name)?.[1],
  toObject: () => ({ ...variables }),
});

const [A, B, C] = ["http://a.test:1", "http://b.test:2", "http://c.test:3"] as const;

const CHOICES: readonly (readonly [
  url: string,
  variables: Variables,
  flag: string | undefined,
  expected: string | undefined,
])[] = [
  ["https://mcp.example/", {}, undefined, undefined],
  ["https://mcp.example/", {}, A, A],
  ["https://mcp.example/", { HTTPS_PROXY: B, ALL_PROXY: C }, A, A],
  ["https://mcp.example/", { HTTPS_PROXY: B }, undefined, B],
  ["https://mcp.example/", { https_proxy: B }, undefined, B],
  ["https://mcp.example/", { HTTP_PROXY: B, http_proxy: B }, undefined, undefined],
  ["http://mcp.example/", { HTTP_PROXY: B }, undefined, B],
  ["http://mcp.example/", { http_proxy: B }, undefined, B],
  ["http://mcp.example/", { HTTPS_PROXY: B, https_proxy: B }, undefined, undefined],
  ["https://mcp.example/", { ALL_PROXY: C }, undefined, C],
  ["http://mcp.example/", { all_proxy: C }, undefined, C],
  ["https://mcp.example/", { HTTPS_PROXY: B, ALL_PROXY: C }, undefined, C],
  ["https://mcp.example/", { HTTPS_PROXY: "", https_proxy: B }, undefined, B],
  ["https://127.0.0.1/", { HTTPS_PROXY: B }, undefined, undefined],
  ["https://localhost/", {}, A, undefined],
];

for (const [url, variables, flag, expected] of CHOICES) {
  const given = JSON.stringify({ ...variables, ...(flag === undefined ? {} : { flag }) });
  Deno.test(`the proxy for ${url} with ${given} is ${expected}`, () => {
    equal(proxyFor(new URL(url), { proxy: flag, env: envOf(variables) }), expected);
  });
}

const WITHOUT_PROXY: readonly (readonly [list: string, host: string, direct: boolean])[] = [
  ["mcp.example", "mcp.example", true],
  ["mcp.example", "as.mcp.example", true],
  ["mcp.example", "notmcp.example", false],
  ["mcp.example", "mcp.example.test", false],
  ["mcp.example", "as.mcp.example.test", false],
  ["other.test, MCP.Example ", "mcp.example", true],
  [".example", "mcp.example", true],
  ["*.example", "mcp.example", true],
  ["*", "mcp.example", true],
  ["other.test,*", "mcp.example", true],
  ["a.*.example", "mcp.example", false],
  [",", "mcp.example.", false],
];

for (const [list, host, direct] of WITHOUT_PROXY) {
  Deno.test(`NO_PROXY="${list}": ${host} is reached ${direct ? "directly" : "through a proxy"}`, () => {
    for (const name of ["NO_PROXY", "no_proxy"]) {
      const env = envOf({ [name]: list });
      const expected = direct ? undefined : A;
      equal(proxyFor(new URL(`https://${host}/`), { proxy: A, env }), expected, name);
    }
  });
}

Deno.test("of both spellings of NO_PROXY, the upper case decides unless it is empty", () => {
  const at = (variables: Variables) =>
    proxyFor(new URL("https://mcp.example/"), { proxy: A, env: envOf(variables) });
  equal(at({ NO_PROXY: "other.test", no_proxy: "mcp.example" }), A);
  equal(at({ NO_PROXY: "", no_proxy: "mcp.example" }), undefined);
});

Deno.test("a proxy is in use with the flag or with any of the variables", () => {
  equal(usesProxy({ env: envOf({ NO_PROXY: "*", NOT_A_PROXY: A }) }), false);
  equal(usesProxy({ proxy: A, env: envOf({}) }), true);
  for (const name of ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"]) {
    equal(usesProxy({ env: envOf({ [name]: A }) }), true, name);
    equal(usesProxy({ env: envOf({ [name.toLowerCase()]: A }) }), true, name.toLowerCase());
    equal(usesProxy({ env: envOf({ [name]: "" }) }), false, `an empty ${name}`);
  }
});
