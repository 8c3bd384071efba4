import assert from "node:assert/strict";
import {
  expandFlows,
  merge,
  planOfFlow,
  selectFlows,
} from "../../../src/audit/suite/expand_flows.ts";
import { readSuite, type Suite } from "../../../src/audit/suite/suite_file.ts";
import { Failure } from "../../../src/core/failure.ts";

interface Given {
  readonly path?: string;
  readonly variables?: Readonly<Record<string, string>>;
  readonly files?: Readonly<Record<string, string>>;
  readonly allowsLiteralSecrets?: boolean;
}

function read(content: object | string, given: Given = {}): Promise<Suite> {
  const { path = "suite.json", variables = {}, files = {}, allowsLiteralSecrets = false } = given;
  return readSuite({
    path,
    text: typeof content === "string" ? content : JSON.stringify(content),
    allowsLiteralSecrets,
    variable: (name) => new Map(Object.entries(variables)).get(name),
    file: (name) => Promise.resolve(new Map(Object.entries(files)).get(name)),
  });
}

async function faultOf(content: object | string, given?: Given): Promise<string> {
  try {
    await read(content, given);
  } catch (error) {
    assert.ok(error instanceof Failure);
    assert.deepEqual([error.code, error.kind], ["suite_file_invalid", "usage"]);
    return error.message;
  }
  throw new Error("the file was accepted");
}

const SERVER = { id: "notes", url: "https://notes.example/mcp" };
const suite = (server: object, more: object = {}) => ({
  version: 1,
  servers: [{ ...SERVER, ...server }],
  ...more,
});
const names = async (content: object, given?: Given) =>
  expandFlows((await read(content, given)).file).map(({ name }) => name);

Deno.test("a suite file can have comments, trailing commas, or be YAML", async () => {
  const jsonc =
    `{ // a comment\n"version": 1, "servers": [\n{ "id": "notes", "url": "https://n/mcp", },\n],}`;
  assert.equal((await read(jsonc)).lineOf("notes"), 3);
  const yaml = "version: 1\nservers:\n  - id: notes\n    url: https://n/mcp\n";
  const { file, lineOf } = await read(yaml, { path: "suite.yml" });
  assert.equal(file.servers[0]?.id, "notes");
  assert.equal(lineOf("notes"), 3);
  assert.match(await faultOf("{", {}), /not a JSON object/);
  assert.match(await faultOf("a: [", { path: "a.yaml" }), /not a YAML object/);
});

Deno.test("each fault of a suite file is named, and a mistyped member with a suggestion", async () => {
  const message = await faultOf(suite({ revison: ["2026-07-28"], consents: 0 }));
  assert.match(message, /servers\[0\]\.revison: unknown member\. Did you mean revisions\?/);
  assert.match(message, /servers\[0\]\.consents/);
  assert.match(
    await faultOf(suite({}, { concurency: 3 })),
    /concurency: unknown member\. Did you mean concurrency\?/,
  );
  const twice = { version: 1, servers: [SERVER, SERVER] };
  assert.match(await faultOf(twice), /the id "notes" is used twice/);
});

Deno.test("references are replaced after parsing, and their values are secrets", async () => {
  const { file, secrets } = await read(
    suite({
      headers: {
        a: "${env:KEY}",
        b: "Bearer ${file:token.txt}",
        c: "${env:NONE:-standard}",
        d: "$${env:KEY} ${env:KEY}",
      },
    }),
    { variables: { KEY: '","x":"' }, files: { "token.txt": "from-file\n" } },
  );
  assert.deepEqual(file.servers[0]?.headers, {
    a: '","x":"',
    b: "Bearer from-file",
    c: "standard",
    d: '${env:KEY} ","x":"',
  });
  assert.ok(secrets.includes('","x":"') && secrets.includes("from-file"), `${secrets}`);
});

Deno.test("all references without a value are named at once", async () => {
  const message = await faultOf(suite({
    url: "https://${env:HOST}/mcp",
    headers: { a: "${file:no.txt}" },
    redirectUrl: "${password:x}",
  }));
  assert.match(message, /\$\{env:HOST\} \(servers\[0\]\.url\) has no value/);
  assert.match(message, /\$\{file:no\.txt\} \(servers\[0\]\.headers\.a\) has no value/);
  assert.match(message, /\$\{password:x\} \(servers\[0\]\.redirectUrl\) has no value/);
});

Deno.test("a secret in the file is refused, unless literal secrets are allowed", async () => {
  const pinned = { authorizationServer: "https://id.example" };
  const cases: readonly (readonly [object, RegExp])[] = [
    [
      { client: { id: "x", secret: "s3cret" } },
      /servers\[0\]\.client\.secret is a secret in plain text/,
    ],
    [{ headers: { "X-Key": "s3cret" } }, /servers\[0\]\.headers\.X-Key is a secret in plain text/],
    [{ accessToken: "s3cret" }, /accessToken is a secret/],
    [{ tokens: { expired: "s3cret" } }, /tokens\.expired is a secret/],
  ];
  for (const [settings, expected] of cases) {
    const message = await faultOf(suite({ ...pinned, ...settings }));
    assert.match(message, expected);
    assert.doesNotMatch(message, /s3cret/);
    await read(suite({ ...pinned, ...settings }), { allowsLiteralSecrets: true });
  }
});

Deno.test("a client secret needs the authorization server that it is for", async () => {
  const given = { variables: { S: "s3cret" } };
  const server = { client: { id: "x", secret: "${env:S}" } };
  assert.match(await faultOf(suite(server), given), /but no authorizationServer/);
  await read(suite({ ...server, authorizationServer: "https://id.example" }), given);
});

Deno.test("defaults are merged: objects deeply, lists replaced, null removes", () => {
  assert.deepEqual(
    merge(
      { headers: { a: "1", b: "2" }, skip: ["x"], safe: true, consents: 3 },
      { headers: { b: "3" }, skip: ["y"], safe: null },
    ),
    { headers: { a: "1", b: "3" }, skip: ["y"], consents: 3 },
  );
});

Deno.test("flows are servers × revisions × registrations × clients, without what is excluded", async () => {
  assert.deepEqual(
    await names({
      version: 1,
      defaults: { revisions: ["2025-11-25", "2026-07-28"] },
      servers: [
        {
          ...SERVER,
          registrations: ["dcr", "preregistered"],
          clients: { one: { id: "1" }, two: { id: "2" } },
          exclude: [
            { revision: "2025-11-25", registration: "preregistered" },
            { client: "two" },
          ],
        },
        { id: "mail", url: "https://mail.example/mcp", revisions: null },
      ],
    }),
    [
      "notes/2025-11-25/dcr",
      "notes/2026-07-28/dcr",
      "notes/2026-07-28/preregistered/one",
      "mail/newest/dcr",
    ],
  );
});

Deno.test("flows can be filtered by name, and split into parts", async () => {
  const { file } = await read({
    version: 1,
    servers: ["a", "b", "c"].map((id) => ({ id, url: `https://${id}.example/mcp` })),
  });
  const flows = expandFlows(file);
  const chosen = (
    ...given: Parameters<typeof selectFlows> extends [unknown, ...infer R] ? R : never
  ) => selectFlows(flows, ...given).map(({ serverId }) => serverId);
  assert.deepEqual(chosen(["b/*", "c/newest/dcr"], undefined), ["b", "c"]);
  assert.deepEqual(chosen([], { index: 1, count: 2 }), ["a", "c"]);
  assert.deepEqual(chosen([], { index: 2, count: 2 }), ["b"]);
});

Deno.test("a flow's plan has what the file says, and the checks of the command line", async () => {
  const { file } = await read(
    suite({
      client: { id: "ci", secret: "${env:S}" },
      authorizationServer: "https://id.example",
      safe: true,
      skip: ["cors_*"],
      stepUp: { tool: "add" },
      scopes: "notes:read notes:write",
      secondAccount: { accessToken: "${file:second}" },
    }),
    { variables: { S: "s3cret" }, files: { second: "t0ken" } },
  );
  const [flow] = expandFlows(file);
  assert.ok(flow);
  assert.equal(flow.name, "notes/newest/preregistered");
  const plan = planOfFlow(flow, { only: ["asm_*"], skip: ["tls_*"] });
  assert.deepEqual(plan.client, {
    clientId: "ci",
    clientSecret: "s3cret",
    method: "client_secret_basic",
  });
  assert.deepEqual([plan.only, plan.skip, plan.safe], [["asm_*"], ["cors_*", "tls_*"], true]);
  assert.deepEqual(plan.scopes, ["notes:read", "notes:write"]);
  assert.equal(plan.tokens?.secondAccount, "t0ken");
  assert.deepEqual(plan.stepUp, { tool: "add", arguments: {}, scope: undefined });
});

Deno.test("a suite file of the MCPJam CLI becomes one flow for each of its flows", async () => {
  const content = {
    name: "theirs",
    serverUrl: "https://notes.example/mcp",
    defaults: { registrationStrategy: "dcr", auth: { mode: "headless" } },
    flows: [
      { label: "new one", protocolVersion: "2026-07-28" },
      {
        protocolVersion: "2025-11-25",
        registrationStrategy: "preregistered",
        client: { preregistered: { clientId: "ci" } },
        customHeaders: { "X-Key": "${env:KEY}" },
        scopes: "notes:read",
      },
    ],
  };
  const given = { variables: { KEY: "k" } };
  assert.deepEqual(await names(content, given), [
    "new-one/2026-07-28/dcr",
    "flow-2/2025-11-25/preregistered",
  ]);
  const { file } = await read(content, given);
  assert.equal(file.name, "theirs");
  assert.deepEqual(file.servers.map(({ scopes }) => scopes), [undefined, "notes:read"]);
});
