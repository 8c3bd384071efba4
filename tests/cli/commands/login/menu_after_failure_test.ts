import assert from "node:assert/strict";
import type { FakeLabOptions } from "../../../lab/fake_lab.ts";
import { type Lab, type LabOptions, startFakeLab, startLab } from "../../../lab/shapes.ts";
import { type Guided, guided } from "../../guided_login.ts";
import { flat, type Home, openHome } from "../../real_run.ts";

const FIXED = "http://127.0.0.1/callback";
const CONFIDENTIAL = { clientId: "conf-1", clientSecret: "canary-secret", redirectUris: [FIXED] };

function line(stderr: string): string {
  return /Equivalent command[^\n]*\n {2}(.*)\n/.exec(stderr)?.[1] ?? "";
}

const ownIssuer = ({ issuer }: Record<string, unknown>) => `${issuer}/tenant`;

/** Servers to which nobody signs in without the answer yes. */
const QUESTIONS: readonly {
  readonly about: string;
  readonly lab: FakeLabOptions;
  /** Of the question, in which `ISSUER` is the issuer. */
  readonly message: string;
  readonly risk: RegExp;
  readonly flag: RegExp;
  readonly stored: (issuer: string) => object;
}[] = [
  {
    about: "an authorization server that does not announce PKCE",
    lab: { metadata: ({ code_challenge_methods_supported: _, ...document }) => document },
    message: "Sign in at ISSUER although it does not announce PKCE?",
    risk: /PKCE makes a stolen authorization code useless/,
    flag: / --trust-pkce http:\S+/,
    stored: (issuer) => ({ trustPkce: issuer }),
  },
  {
    about: "metadata with another issuer",
    lab: {
      metadata: ({ authorization_response_iss_parameter_supported: _, ...document }) => ({
        ...document,
        issuer: ownIssuer(document),
      }),
      authorizationResponse: ({ iss: _, ...parameters }) => parameters,
    },
    message: "Accept the issuer ISSUER/tenant for ISSUER?",
    risk: /another server answers for this one/,
    flag: / --trust-issuer http:\S+=http:\S+\/tenant/,
    stored: (issuer) => ({ trustIssuer: { expected: issuer, announced: `${issuer}/tenant` } }),
  },
  {
    about: "an authorization server that refuses the resource parameter",
    lab: { resourceParameter: "refused" },
    message: 'Sign in without the "resource" parameter?',
    risk: /the token may also be valid at other servers/,
    flag: / --resource none/,
    stored: () => ({ resource: "none" }),
  },
  {
    about: "a resource that is not a URL",
    lab: {
      prm: { document: (document) => ({ ...document, resource: "api://mcp-app" }) },
      protection: { resource: "api://mcp-app" },
    },
    message: "Request a token for the resource api://mcp-app?",
    risk: /names a resource that is not its own URL/,
    flag: / --resource api:\/\/mcp-app/,
    stored: () => ({ resource: "api://mcp-app" }),
  },
];

for (const { about, lab: options, message, risk, flag, stored } of QUESTIONS) {
  for (const answer of ["yes", "no", null] as const) {
    Deno.test(`${about}: one question, default no, answer ${answer}`, async () => {
      await using lab = await startFakeLab(options);
      await using home = await openHome();
      const ran = await guided(home, ["login", lab.mcpUrl], [answer], {
        stdoutIsTerminal: false,
      });
      assert.deepEqual(ran.questions, [message.replaceAll("ISSUER", lab.issuer)], ran.stderr);
      assert.deepEqual(ran.offered[0], ["no", "yes"]);
      assert.match(ran.before.join(" "), risk);
      const [entry] = (await home.store.find(lab.mcpUrl)).filter((it) => !it.registeredOnly);
      if (answer === "yes") {
        assert.equal(ran.status, 0, ran.stderr);
        assert.match(line(ran.stderr), flag);
        assert.deepEqual(entry?.relaxations, stored(lab.issuer));
        const token = await home.run(["token", lab.mcpUrl]);
        assert.equal(token.status, 0, token.stderr);
        return;
      }
      assert.equal(entry, undefined);
      assert.equal(line(ran.stderr), "");
      assert.equal(ran.status, answer === null ? 130 : 1);
      const { error } = JSON.parse(ran.stdout);
      assert.equal(error.code === "cancelled", answer === null);
      if (answer === "no") assert.match(ran.stderr, flag);
    });
  }
}

const CIMD = "https://client.example/metadata.json";

interface MenuRow {
  readonly row: string;
  readonly lab: LabOptions | FakeLabOptions;
  readonly isFake?: true;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** After the choice of the row. */
  readonly answers?: (home: Home) => Promise<readonly string[]>;
  readonly line: RegExp;
  readonly check?: (ran: Guided, lab: Pick<Lab, "requests">) => void;
}

/** For each row of the menu: a server to which it signs in. */
const ROWS: readonly MenuRow[] = [
  {
    row: "secret",
    lab: { as: { clients: [CONFIDENTIAL] } },
    args: ["--client-id", "conf-1"],
    env: { MCPASS_CLIENT_SECRET: "canary-other" },
    answers: () => Promise.resolve(["canary-secret"]),
    line: /--client-id conf-1/,
    check: (ran) => assert.deepEqual(ran.hiddenQuestions.length, 1),
  },
  {
    row: "preregistered",
    lab: { as: { clients: [CONFIDENTIAL], registration: { initialAccessToken: "needed" } } },
    answers: () => Promise.resolve(["conf-1", "canary-secret"]),
    line: /--registration preregistered --client-id conf-1/,
  },
  {
    row: "token",
    lab: { as: { registration: { initialAccessToken: "needed" } } },
    answers: async ({ path }) => {
      await Deno.writeTextFile(`${path}/token.txt`, "needed");
      return [`${path}/token.txt`];
    },
    line: /--registration-token-file \S+token\.txt/,
  },
  {
    row: "dcr",
    lab: {},
    isFake: true,
    args: ["--client-id", "nobody"],
    line: /--registration dcr$/,
  },
  {
    row: "cimd",
    lab: {
      clientDocuments: {
        [CIMD]: { client_id: CIMD, client_name: "test", redirect_uris: [FIXED] },
      },
    },
    isFake: true,
    args: ["--client-id", "nobody"],
    answers: () => Promise.resolve([CIMD]),
    line: /--registration cimd --client-metadata-url https:\S+/,
  },
  {
    row: "device",
    lab: {
      device: ["approved"],
      authorizationResponse: ({ state = "", iss = "" }) => ({ error: "access_denied", state, iss }),
    },
    isFake: true,
    line: /--auth-mode device$/,
    check: (_, { requests }) => assert.ok(requests.some(({ path }) => /device/.test(path))),
  },
  {
    row: "scopes",
    lab: {},
    isFake: true,
    args: ["--scopes", "unknown"],
    answers: () => Promise.resolve(["mcp:read"]),
    line: /--scopes mcp:read$/,
  },
];

for (const { row, lab: options, isFake, args = [], env = {}, ...expected } of ROWS) {
  const start = () => isFake ? startFakeLab(options as FakeLabOptions) : startLab(options);
  Deno.test(`after a failure, the row ${row} ends signed in, with its command`, async () => {
    await using lab = await start();
    await using home = await openHome();
    const more = await expected.answers?.(home) ?? [];
    const ran = await guided(home, ["login", lab.mcpUrl, ...args], [row, ...more], {
      env,
      replacements: { showDevicePrompt: () => Promise.resolve([]) },
    });
    assert.equal(ran.status, 0, ran.stderr);
    assert.equal(ran.questions[0], "What next?");
    assert.equal(ran.questions.filter((it) => it === "What next?").length, 1);
    assert.match(line(ran.stderr), expected.line);
    assert.equal((ran.stdout + ran.stderr).includes("canary-secret"), false);
    const [entry] = (await home.store.find(lab.mcpUrl)).filter((it) => !it.registeredOnly);
    assert.ok(entry?.tokens);
    expected.check?.(ran, lab);
  });

  Deno.test(`Ctrl-C at the questions of the row ${row} stores no sign-in`, async () => {
    await using lab = await start();
    await using home = await openHome();
    const more = await expected.answers?.(home) ?? [];
    const all = [row, ...more];
    for (let at = 0; at < all.length; at++) {
      const ran = await guided(home, ["login", lab.mcpUrl, ...args], [...all.slice(0, at), null], {
        env,
        stdoutIsTerminal: false,
      });
      assert.equal(ran.status, 130, ran.stderr);
      assert.equal(ran.questions.length, at + 1);
      assert.equal(JSON.parse(ran.stdout).error.code, "cancelled");
      assert.match(flat(ran.stderr), /cancelled at the question|cancelled/);
      const stored = (await home.store.find(lab.mcpUrl)).filter((it) => !it.registeredOnly);
      assert.deepEqual(stored, []);
    }
  });
}

Deno.test("the menu offers nothing that needs a client after a refused registration", async () => {
  await using lab = await startLab({
    as: { device: true, registration: { initialAccessToken: "needed" } },
  });
  await using home = await openHome();
  const ran = await guided(home, ["login", lab.mcpUrl], ["stop"]);
  assert.deepEqual(ran.offered[0], ["token", "preregistered", "again", "trace", "stop"]);
});
