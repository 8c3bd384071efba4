/**
 * Servers that want one thing after another, and sign-ins that can no longer be repeated.
 *
 * @module
 */

import { exportPKCS8, generateKeyPair } from "jose";
import type { Home } from "../cli/real_run.ts";
import type { FakeLab, FakeLabOptions } from "../lab/fake_lab.ts";
import { headerOf } from "../lab/journal.ts";
import type { Answer } from "../lab/scripted_server.ts";
import type { StoredEntry } from "../../src/store/stored_entry.ts";
import type { BrokenServer } from "./row.ts";

const VERIFY = ["--verify-tools"];
const TOKEN = ["oauth", "token", "--url", "{url}"];
const AS_METADATA = "/.well-known/oauth-authorization-server";

/** Signed in, the token over, and what is kept changed. */
const kept = (change: (lab: FakeLab, home: Home) => Partial<StoredEntry>) =>
async (
  lab: FakeLab,
  home: Home,
) => {
  await home.signIn(lab);
  await home.expire(lab);
  const [summary] = await home.store.find(lab.mcpUrl);
  const entry = summary && await home.store.read(summary.key);
  if (entry === undefined) throw new Error("nothing is kept");
  await home.store.write({ ...entry, ...change(lab, home) });
};

/** The resource metadata names the authorization server under another issuer once it has a token. */
function moving(): FakeLabOptions {
  let moved = false;
  return {
    prm: {
      document: (it) =>
        moved
          ? { ...it, authorization_servers: [`${String(it["authorization_servers"])}/moved`] }
          : it,
    },
    token: ({ status, body }) => {
      moved = true;
      return { status, body, headers: [["cache-control", "no-store"]] };
    },
    protection: { verify: () => "no" },
  };
}

/** Serves the metadata of the issuer that {@link moving} names. */
function movedTo(lab: FakeLab): void {
  lab.asServer.routes[`GET ${AS_METADATA}/moved`] = async () => {
    const document = await (await fetch(lab.issuer + AS_METADATA)).json();
    return { body: { ...document, issuer: `${lab.issuer}/moved` } };
  };
}

/** A scope more in each 401. */
function insatiable(): FakeLabOptions {
  let asked = 0;
  return {
    scopes: ["s1", "s2", "s3", "s4"],
    mcp: {
      intercept: (request): Answer | undefined =>
        headerOf(request, "authorization") === undefined ? undefined : {
          status: 401,
          headers: [["WWW-Authenticate", `Bearer error="invalid_token", scope="s${++asked}"`]],
        },
    },
  };
}

const refusingMember: FakeLabOptions = {
  registrationResponse: ({ status, body }, request) =>
    request.body.includes("client_name")
      ? {
        status: 400,
        body: {
          error: "invalid_client_metadata",
          error_description: "client_name is not allowed",
        },
      }
      : { status, body },
};

async function ellipticKey(_lab: FakeLab, home: Home): Promise<void> {
  const { privateKey } = await generateKeyPair("ES256", { extractable: true });
  await Deno.writeTextFile(`${home.path}/key.pem`, await exportPKCS8(privateKey), { mode: 0o600 });
}

/** Rows. */
export const KEPT_ROWS: readonly BrokenServer[] = [
  {
    code: "authorization_limit",
    fault: "each token brings another 401, with other scopes",
    lab: insatiable,
    more: [...VERIFY, "--scopes", "s4"],
    first: /still 401 after several sign-ins/,
    remedy: /accept the token that its own challenge asked for/,
  },
  {
    code: "issuer_changed",
    fault: "the server moves to another authorization server, and the client was given",
    lab: () => ({
      ...moving(),
      clients: [{
        clientId: "own",
        redirectUris: ["http://127.0.0.1/callback"],
        authMethod: "none",
        grantTypes: ["authorization_code", "refresh_token"],
      }],
    }),
    before: movedTo,
    more: [...VERIFY, "--registration", "preregistered", "--client-id", "own"],
    first: /now names another authorization server/,
    remedy: /credentials for the new one/,
  },
  {
    code: "registration_limit",
    fault: "the server moves, and each registration takes two requests",
    lab: () => ({ ...moving(), ...refusingMember }),
    before: movedTo,
    more: VERIFY,
    first: /one registration after another|registrations in this login/,
    remedy: /name one authorization server/,
  },
  {
    code: "no_common_signing_algorithm",
    fault: "assertions have to be signed with RSA, and the key is another",
    lab: {
      metadata: (document) => ({
        ...document,
        token_endpoint_auth_methods_supported: ["private_key_jwt"],
        token_endpoint_auth_signing_alg_values_supported: ["RS256"],
      }),
    },
    before: ellipticKey,
    more: [
      ...["--registration", "preregistered", "--client-id", "own"],
      ...["--private-key-file", "{home}/key.pem"],
    ],
    first: /accepts no algorithm of this key|RS256/,
    remedy: /key of a type that the server accepts/,
  },
  {
    code: "challenge_failed",
    fault: "a firewall answers 403, and doctor is asked",
    lab: { prm: false, mcp: { intercept: () => ({ status: 403, body: "forbidden" }) } },
    args: ["server", "doctor", "--url", "{url}"],
    first: /sends no challenge/,
    remedy: /answer 401/,
  },
  {
    code: "list_too_large",
    fault: "the list of tools has no end",
    lab: {
      mcp: {
        intercept(request) {
          if (!request.body.includes('"tools/list"') || !headerOf(request, "authorization")) {
            return undefined;
          }
          const description = "x".repeat(2_000_000);
          const tool = { name: "t", description, inputSchema: { type: "object" } };
          return {
            body: {
              jsonrpc: "2.0",
              id: JSON.parse(request.body).id,
              result: {
                resultType: "complete",
                tools: [tool],
                nextCursor: crypto.randomUUID(),
                ttlMs: 0,
                cacheScope: "private",
              },
            },
          };
        },
      },
    },
    before: (lab, home) => home.signIn(lab),
    args: ["tools", "list", "--url", "{url}"],
    first: /tools\/list has more than 64 MB, a limit of mcpass/,
    remedy: /nextCursor/,
  },
  {
    code: "account_ambiguous",
    fault: "two accounts are signed in to",
    before: async (lab, home) => {
      await home.signIn(lab, "--account", "one");
      await home.signIn(lab, "--account", "two");
    },
    args: TOKEN,
    status: 2,
    first: /several|2 sign-ins|accounts/,
    remedy: /--account/,
  },
  {
    code: "assertion_gone",
    fault: "the workload's assertion has gone",
    before: kept((_, home) => ({
      authMode: "jwt_bearer",
      grant: { file: `${home.path}/missing.jwt` },
    })),
    args: TOKEN,
    status: 4,
    first: /the assertion of this sign-in cannot be read again/,
    remedy: /mcpass login http/,
  },
  {
    code: "assertion_refused",
    fault: "the workload's assertion is no longer trusted",
    before: async (lab, home) => {
      await Deno.writeTextFile(`${home.path}/a.jwt`, "eyJhbGciOiJFUzI1NiJ9.e30.x");
      await kept(() => ({ authMode: "jwt_bearer", grant: { file: `${home.path}/a.jwt` } }))(
        lab,
        home,
      );
      lab.asServer.routes["POST /token"] = { status: 400, body: { error: "invalid_grant" } };
    },
    args: TOKEN,
    status: 4,
    first: /refused the assertion/,
    remedy: /mcpass login http/,
  },
  {
    code: "store_entry_incomplete",
    fault: "what was kept of an enterprise sign-in lacks the identity provider",
    before: kept(() => ({ authMode: "enterprise" })),
    args: TOKEN,
    first: /identity provider was not stored/,
    remedy: /Sign in again/,
  },
  {
    code: "identity_provider_metadata_missing",
    fault: "the identity provider publishes nothing",
    before: async (lab, home) => {
      await Deno.writeTextFile(`${home.path}/id.jwt`, "eyJhbGciOiJFUzI1NiJ9.e30.x");
      await kept(() => ({
        authMode: "enterprise",
        grant: {
          file: `${home.path}/id.jwt`,
          identityProvider: { issuer: lab.mcp.origin, clientId: "idp-client" },
        },
      }))(lab, home);
    },
    args: TOKEN,
    first: /identity provider's token endpoint is not known/,
    remedy: /--idp-issuer/,
  },
];
