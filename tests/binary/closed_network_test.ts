import { assertDocument } from "../cli/document_faults.ts";
import assert from "node:assert/strict";
import { ROOT } from "../../scripts/shell.ts";
import { ADDRESSES, type Answers, type Scene, type StepResult } from "./closed_network_program.ts";

/** Sets the namespace up: addresses, hosts file and name server of its own. */
const SET_UP =
  'ip link set lo up && for address in $1; do ip addr add "$address/32" dev lo; done ' +
  '&& mount --bind "$2" /etc/hosts && mount --bind "$3" /etc/resolv.conf && shift 3 && exec "$@"';

/** Plays a scene in namespaces of its own; everything that was started has ended with it. */
async function play(scene: Scene): Promise<StepResult[]> {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(
      `${folder}/hosts`,
      ["127.0.0.1 localhost", ...scene.hosts ?? []].map((line) => `${line}\n`).join(""),
    );
    await Deno.writeTextFile(
      `${folder}/resolv.conf`,
      "nameserver 127.0.0.1\noptions attempts:1 timeout:2\n",
    );
    const output = await new Deno.Command("unshare", {
      args: [
        ...["--mount", "--net", "sh", "-c", SET_UP, "sh", Object.values(ADDRESSES).join(" ")],
        ...[`${folder}/hosts`, `${folder}/resolv.conf`, Deno.execPath(), "run", "-A", "--quiet"],
        ...[`${ROOT}tests/binary/closed_network_program.ts`, JSON.stringify(scene)],
        `${ROOT}dist/mcpass`,
      ],
      // Deno would look up where its own newest version is.
      env: { DENO_NO_UPDATE_CHECK: "1" },
    }).output();
    const said = new TextDecoder().decode(output.stderr);
    assert.ok(output.success, `openssl, util-linux, iproute2? ${said}`);
    const results: StepResult[] = JSON.parse(new TextDecoder().decode(output.stdout));
    for (const [at, result] of results.entries()) {
      await assertDocument(scene.steps[at]?.args ?? [], result);
    }
    return results;
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const LOGIN = [
  ...["oauth", "login", "--auth-mode", "headless", "--registration", "dcr", "--verify-tools"],
  ...["--format", "json", "--url", "MCP_URL"],
];
const REFRESH = ["oauth", "refresh", "--url", "MCP_URL"];

/** A public MCP server, and its authorization server at a public address of another name. */
const PUBLIC_SCENE = {
  mcp: { host: "mcp.example", address: ADDRESSES.mcp },
  as: { host: "as.example", address: ADDRESSES.as },
  traps: [ADDRESSES.inside, "127.0.0.1"],
} as const;

const MCP: Answers = [ADDRESSES.mcp];
const AS: Answers = [ADDRESSES.as];
const INSIDE: Answers = [ADDRESSES.inside];

// deno-lint-ignore no-explicit-any
function documentOf({ stdout, stderr }: StepResult): any {
  return stdout === "" ? assert.fail(stderr) : JSON.parse(stdout);
}

async function one(scene: Scene): Promise<StepResult> {
  const [result] = await play(scene);
  assert.ok(result);
  return result;
}

function assertSignedIn(result: StepResult): void {
  assert.equal(result.code, 0, result.stdout + result.stderr);
  assert.equal(documentOf(result).verification.listTools.passed, true);
  assert.equal(result.trapped, 0);
}

const fromAs = ({ received }: StepResult) => received.filter((line) => line.startsWith("as "));

Deno.test("a login at public servers of two names asks once for each connection to the second", async () => {
  const result = await one({
    ...PUBLIC_SCENE,
    steps: [{ args: LOGIN, dns: { "mcp.example": MCP, "as.example": AS } }],
  });
  assertSignedIn(result);
  const asked = result.questions.filter((it) => it === "A as.example");
  assert.ok(asked.length > 0 && asked.length <= fromAs(result).length, String(asked.length));
});

const ATTACKS: readonly (readonly [what: string, hosts: string[], as: Answers, codes: RegExp])[] = [
  ["is private in the hosts file only", [`${ADDRESSES.inside} as.example`], [], /^private_/],
  ["is loopback in the hosts file only", ["127.0.0.1 as.example"], [], /^private_/],
  [
    "is public in DNS and private in the hosts file",
    [`${ADDRESSES.inside} as.example`],
    AS,
    /^pri/,
  ],
  ["is private", [], INSIDE, /^private_/],
  ["becomes private after the first lookup", [], [...AS, ...INSIDE], /^private_/],
  ["fails at first and is private then", [], ["SERVFAIL", ...INSIDE], /^(private_|network_dns)/],
  [
    "has no address at first and a private one then",
    [],
    ["none", ...INSIDE],
    /^(private|network_dns)/,
  ],
  ["always fails", [], ["SERVFAIL"], /^network_dns$/],
];

for (const [what, hosts, answers, codes] of ATTACKS) {
  Deno.test(`a public server reaches no private network through an authorization server whose name ${what}`, async () => {
    const result = await one({
      ...PUBLIC_SCENE,
      hosts,
      steps: [{ args: LOGIN, dns: { "mcp.example": MCP, "as.example": answers } }],
    });
    assert.equal(result.trapped, 0);
    assert.equal(result.code, 1, result.stdout + result.stderr);
    const { error, findings } = documentOf(result);
    const named = [error, ...findings].map(({ code }) => code);
    assert.ok(named.some((code) => codes.test(code)), JSON.stringify(named));
  });
}

Deno.test("a stored sign-in follows no endpoint into a private network: refresh, token, logout", async () => {
  const moved = { "mcp.example": MCP, "as.example": INSIDE };
  const [login, refresh, token, logout] = await play({
    ...PUBLIC_SCENE,
    steps: [
      { args: LOGIN, dns: { "mcp.example": MCP, "as.example": AS } },
      { args: [...REFRESH, "--format", "json"], dns: moved },
      { args: ["oauth", "token", "--min-validity", "999999999", "--url", "MCP_URL"] },
      { args: ["oauth", "logout", "--format", "json", "--url", "MCP_URL"] },
    ],
  });
  assert.ok(login && refresh && token && logout);
  assertSignedIn(login);
  for (const result of [refresh, token, logout]) {
    assert.equal(result.trapped, 0);
    assert.deepEqual(fromAs(result), []);
    assert.notEqual(result.code, 0, result.stdout + result.stderr);
  }
  assert.equal(documentOf(refresh).error.code, "private_address_refused");
});

Deno.test("a private server may name another private one, also for later refreshes and the logout", async () => {
  const [login, refresh] = await play({
    mcp: { host: "mcp.example", address: ADDRESSES.inside },
    as: { host: "as.example", address: ADDRESSES.alsoInside },
    hosts: [`${ADDRESSES.alsoInside} as.example`],
    traps: [],
    steps: [{ args: LOGIN, dns: { "mcp.example": INSIDE } }, { args: REFRESH }],
  });
  assert.ok(login && refresh);
  assertSignedIn(login);
  assert.equal(refresh.code, 0, refresh.stdout + refresh.stderr);
  assert.ok(fromAs(refresh).length > 0);
});

Deno.test("a private authorization server that the person named is reached, also by a refresh", async () => {
  const [login, refresh] = await play({
    ...PUBLIC_SCENE,
    as: { host: "as.example", address: ADDRESSES.inside },
    traps: [ADDRESSES.as],
    steps: [
      {
        args: [...LOGIN, "--authorization-server", "ISSUER"],
        dns: { "mcp.example": MCP, "as.example": INSIDE },
      },
      { args: REFRESH },
    ],
  });
  assert.ok(login && refresh);
  assertSignedIn(login);
  assert.equal(refresh.code, 0, refresh.stdout + refresh.stderr);
});

Deno.test("a server that points its own name into a private network opens no way there", async () => {
  const result = await one({
    ...PUBLIC_SCENE,
    as: { host: "as.example", address: ADDRESSES.alsoInside },
    hosts: [`${ADDRESSES.alsoInside} as.example`],
    steps: [{ args: LOGIN, dns: { "mcp.example": [...MCP, ...INSIDE] } }],
  });
  assert.equal(result.code, 1, result.stdout + result.stderr);
  assert.deepEqual(fromAs(result), []);
});

Deno.test("localhost and the names below it are this machine, whatever the hosts file and DNS say", async () => {
  const result = await one({
    plain: true,
    hosts: [`${ADDRESSES.as} localhost`, `${ADDRESSES.mcp} mcp.localhost`],
    mcp: { host: "mcp.localhost", address: "127.0.0.1" },
    as: { host: "mcp.localhost", address: "127.0.0.1" },
    traps: [ADDRESSES.as, ADDRESSES.mcp],
    steps: [{ args: LOGIN, dns: { "mcp.localhost": MCP, localhost: AS } }],
  });
  assertSignedIn(result);
  assert.deepEqual(result.questions, []);
});

const PROXIED = { ...PUBLIC_SCENE, env: { HTTPS_PROXY: "PROXY" } };

const askedFor = ({ proxied }: StepResult, host: string) =>
  proxied.filter((line) => line.startsWith(`CONNECT ${host}:`)).length;

Deno.test("behind a proxy, names that mean nothing here are the proxy's", async () => {
  const result = await one({ ...PROXIED, steps: [{ args: LOGIN }] });
  assertSignedIn(result);
  assert.ok(askedFor(result, "mcp.example") > 0 && askedFor(result, "as.example") > 0);
});

for (const noProxy of ["as.example", "other.test, .example"]) {
  Deno.test(`NO_PROXY=${noProxy} connects to the authorization server directly, at the checked address`, async () => {
    const env = { ...PROXIED.env, NO_PROXY: noProxy };
    const dns = { "mcp.example": MCP, "as.example": AS };
    const result = await one({ ...PROXIED, env, steps: [{ args: LOGIN, dns }] });
    assertSignedIn(result);
    assert.equal(askedFor(result, "as.example"), 0);
    const moved = { ...dns, "as.example": INSIDE };
    const refused = await one({ ...PROXIED, env, steps: [{ args: LOGIN, dns: moved }] });
    assert.deepEqual([refused.code, refused.trapped, fromAs(refused)], [1, 0, []]);
  });
}

Deno.test("behind a proxy, a public server leads to no name that is private here", async () => {
  for (const hosts of [[], [`${ADDRESSES.inside} as.example`]]) {
    const dns = { "as.example": hosts.length === 0 ? INSIDE : [] };
    const result = await one({ ...PROXIED, hosts, steps: [{ args: LOGIN, dns }] });
    assert.equal(result.code, 1, result.stdout + result.stderr);
    assert.deepEqual([result.trapped, askedFor(result, "as.example")], [0, 0]);
    assert.ok(askedFor(result, "mcp.example") > 0);
  }
});
