import assert from "node:assert/strict";
import { createPrivateKey } from "node:crypto";
import { ROOT } from "../../../scripts/shell.ts";
import { formOf, headerOf, type RecordedRequest } from "../../lab/journal.ts";
import { type FakeLabOptions, startFakeLab } from "../../lab/fake_lab.ts";
import { AUTHORITY, fixturePath, TLS } from "../../lab/mtls_lab.ts";

const MAIN = `${ROOT}main.ts`;
const CONFIG = `${ROOT}deno.json`;

const CLIENT_SECRET = "canary-client/secret+with=reserved&characters";
const HEADER_VALUE = "canary-header-value";
const PROXY_PASSWORD = "canary-proxy-password";

interface Left {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly artifact: string;
}

async function run(mcpUrl: string, flags: readonly string[]): Promise<Left> {
  const preregistered = flags.includes("preregistered");
  const folder = await Deno.makeTempDir();
  try {
    const output = await new Deno.Command(Deno.execPath(), {
      args: [
        ...["run", "-A", "--quiet", "--no-check", "--config", CONFIG, MAIN, "oauth", "login"],
        ...["--url", mcpUrl, "--auth-mode", "headless", "--no-store", "--verbose"],
        ...["--debug-out", `${folder}/debug.json`, "--credentials-out", `${folder}/kept.json`],
        ...["--header", `X-Api-Key: ${HEADER_VALUE}`, ...flags],
        // Loopback is never asked through a proxy.
        ...["--proxy", `http://someone:${PROXY_PASSWORD}@127.0.0.1:9`],
      ],
      env: {
        MCPASS_HOME: folder,
        HTTP_PROXY: `http://someone:${PROXY_PASSWORD}@127.0.0.1:9`,
        ...(preregistered ? { MCPASS_CLIENT_SECRET: CLIENT_SECRET } : {}),
      },
      stdin: "null",
    }).output();
    const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
    return {
      status: output.code,
      stdout: decode(output.stdout),
      stderr: decode(output.stderr),
      artifact: await Deno.readTextFile(`${folder}/debug.json`),
    };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Every secret that a login's requests carried, as the servers received them. */
function secretsSeen(requests: readonly RecordedRequest[]): string[] {
  const seen = new Set<string>([CLIENT_SECRET, HEADER_VALUE, PROXY_PASSWORD]);
  const names = ["code", "code_verifier", "state", "client_secret", "refresh_token"];
  for (const request of requests) {
    for (const name of names) {
      for (const value of [request.query.get(name), formOf(request).get(name)]) {
        if (value) seen.add(value);
      }
    }
    const authorization = headerOf(request, "authorization")?.replace(/^\w+ /, "");
    for (const value of [authorization, headerOf(request, "mcp-session-id")]) {
      if (value) seen.add(value);
    }
  }
  return [...seen];
}

function assertNoneLeft(left: Left, secrets: readonly string[]): void {
  for (const secret of secrets) {
    const spellings = [secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1)];
    for (const [place, text] of Object.entries(left)) {
      for (const spelling of spellings) {
        const at = String(text).indexOf(spelling);
        assert.equal(at, -1, `${place}: …${String(text).slice(Math.max(0, at - 60), at + 60)}…`);
      }
    }
  }
}

const PREREGISTERED = ["--registration", "preregistered", "--client-id", "c1"];
const clients: FakeLabOptions["clients"] = [
  { clientId: "c1", clientSecret: CLIENT_SECRET, authMethod: "client_secret_basic" },
];

Deno.test("no secret of a login that succeeds is in stdout, stderr, verbose lines or artifact", async () => {
  await using lab = await startFakeLab({ clients, mcp: { era: "legacy" } });
  const left = await run(lab.mcpUrl, [...PREREGISTERED, "--verify-call-tool", "test-tool"]);
  assert.equal(left.status, 0, left.stderr);
  const secrets = [...secretsSeen(lab.requests), ...lab.as.accessTokens];
  assert.ok(secrets.length >= 8, `${secrets.length} secrets`);
  assertNoneLeft(left, secrets);
  assert.match(left.artifact, /masked sha256:/);
});

Deno.test("no secret of a registered client is left anywhere", async () => {
  const issued: string[] = [];
  await using lab = await startFakeLab({
    authMethods: ["client_secret_post"],
    registrationResponse: ({ status, body }) => {
      const withManagement = {
        ...body,
        registration_access_token: "canary-registration-token",
        registration_client_uri: "https://as.example/register/1",
      };
      issued.push("canary-registration-token", String(body["client_secret"]));
      return { status, body: withManagement };
    },
    token: ({ status, body }) => {
      const more = { ...body, id_token: "canary-id.token.value" };
      for (const name of ["access_token", "refresh_token", "id_token"] as const) {
        issued.push(String((more as Record<string, unknown>)[name]));
      }
      return { status, headers: [["cache-control", "no-store"]], body: more };
    },
  });
  const left = await run(lab.mcpUrl, []);
  assert.equal(left.status, 0, left.stderr);
  assert.equal(issued.length, 5);
  assertNoneLeft(left, [...issued, ...secretsSeen(lab.requests)]);
});

Deno.test("a server that echoes every secret it was sent into its error does not get them shown", async () => {
  await using lab = await startFakeLab({
    clients,
    token: (_answer, form, request) => ({
      status: 400,
      body: {
        error: "invalid_grant",
        error_description: `you sent ${form} with ${headerOf(request, "authorization")} and ${
          [...form.values()].join(" ")
        } ${CLIENT_SECRET}`,
      },
    }),
  });
  const left = await run(lab.mcpUrl, PREREGISTERED);
  assert.equal(left.status, 1);
  assertNoneLeft(left, secretsSeen(lab.requests));
  assert.match(left.stderr, /invalid_grant/);
});

Deno.test("a server that echoes the token and the header in its refusal does not get them shown", async () => {
  await using lab = await startFakeLab({
    clients,
    mcp: {
      intercept: (request) => {
        const token = headerOf(request, "authorization");
        if (token === undefined) return undefined;
        const said = `${token} ${headerOf(request, "x-api-key")}`;
        return {
          status: 403,
          headers: [["www-authenticate", `Bearer error="${said}", error_description="${said}"`]],
          body: said,
        };
      },
    },
  });
  const left = await run(lab.mcpUrl, [...PREREGISTERED, "--verify-tools"]);
  assert.equal(left.status, 1);
  assertNoneLeft(left, [...secretsSeen(lab.requests), ...lab.as.accessTokens]);
});

/** Files with the secrets of the flags that name files, and those secrets line by line. */
async function secretFiles(folder: string): Promise<{ flags: string[]; secrets: string[] }> {
  const passphrase = "canary-passphrase-of-the-key";
  const plain = await Deno.readTextFile(fixturePath("client.key"));
  const encrypted = createPrivateKey(plain)
    .export({ type: "pkcs8", format: "pem", cipher: "aes-256-cbc", passphrase }).toString();
  const files = {
    "--client-key": encrypted,
    "--client-key-passphrase-file": passphrase,
    "--registration-token-file": "canary-initial-access-token",
    "--software-statement-file": "eyJhbGciOiJFUzI1NiJ9.canary-software-statement.canary",
  };
  const flags = ["--client-cert", fixturePath("client.crt")];
  for (const [flag, content] of Object.entries(files)) {
    const path = `${folder}/${flag.slice(2)}`;
    await Deno.writeTextFile(path, content, { mode: 0o600 });
    flags.push(flag, path);
  }
  const lines = [plain, ...Object.values(files)].flatMap((text) => text.split("\n"));
  return { flags, secrets: lines.filter((line) => line !== "" && !line.startsWith("-----")) };
}

for (const registered of [true, false]) {
  Deno.test(`no secret of a file is left by a registration that ${registered ? "succeeds" : "is refused in its own words"}`, async () => {
    const folder = await Deno.makeTempDir();
    try {
      const { flags, secrets } = await secretFiles(folder);
      const issued = ["canary-registration-access-token"];
      await using lab = await startFakeLab({
        tls: TLS,
        registrationResponse: (answer, request) => {
          const said = `${request.body} ${headerOf(request, "authorization")}`;
          if (!registered) {
            return {
              status: 400,
              body: { error: "invalid_client_metadata", error_description: said },
            };
          }
          const management = {
            registration_access_token: issued[0],
            registration_client_uri: `${lab.issuer}/manage`,
          };
          return { status: 201, body: { ...answer.body, ...management, said } };
        },
      });
      const left = await run(lab.mcpUrl, ["--ca-file", AUTHORITY, ...flags]);
      assert.equal(left.status, registered ? 0 : 1, left.stderr);
      assert.ok(lab.requests.some((request) => request.body.includes("canary-software-statement")));
      assertNoneLeft(left, [...secrets, ...issued, ...secretsSeen(lab.requests)]);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });
}
