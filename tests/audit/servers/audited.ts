/** Published servers that are audited, and what is known about the result. @module */

import type { AuditPlan } from "../../../src/audit/context/audit.ts";
import type { ConsentDriver } from "../../../src/audit/context/consent_driver.ts";
import type { AuditResult } from "../../../src/audit/run/audit_result.ts";
import { type Browser, openBrowser } from "../../lab/person.ts";
import { startLab } from "../../lab/shapes.ts";
import { BETTER_AUTH } from "../../servers/better_auth.ts";
import { FASTMCP } from "../../servers/fastmcp.ts";
import { GLEWLWYD, hasGlewlwyd, PUBLIC_CLIENTS } from "../../servers/glewlwyd.ts";
import { JMONDI } from "../../servers/jmondi.ts";
import { NODE_OAUTH } from "../../servers/node_oauth.ts";
import { OAUTH2_MOCK_SERVER } from "../../servers/oauth2_mock_server.ts";
import { OPENAUTH } from "../../servers/openauth.ts";
import { hasPythonSdk, PYTHON_SDK } from "../../servers/python_sdk.ts";
import { type RealServer, startRealServer } from "../../servers/real_server.ts";
import { TYPESCRIPT_SDK } from "../../servers/typescript_sdk.ts";
import { startSdk2 } from "../../servers/typescript_sdk_2.ts";
import { WORKERS_OAUTH_PROVIDER } from "../../servers/workers_oauth_provider.ts";
import { audit } from "../conformance/audit_lab.ts";
import type { Explanations } from "./explanation.ts";
import { GLEWLWYD as GLEWLWYD_EXPLANATIONS } from "./glewlwyd.ts";
import * as libraries from "./libraries.ts";
import { STRICT } from "./oidc_provider.ts";
import * as providers from "./providers.ts";
import * as python from "./python_sdk.ts";
import * as sdk from "./typescript_sdk.ts";

export interface AuditedServer {
  readonly name: string;
  /** Its page in docs/audits. */
  readonly page: string;
  /** The packages whose versions the page shows. */
  readonly packages: readonly string[];
  /** How it is configured, for the page. */
  readonly setup: string;
  readonly start: () => Promise<AsyncDisposable & { readonly mcpUrl: string }>;
  readonly person?: RealServer["person"];
  readonly plan?: Partial<AuditPlan>;
  /** Default: it is. */
  readonly isInstalled?: () => Promise<boolean>;
  readonly explanations: Explanations;
}

type Row = Omit<AuditedServer, "start" | "person">;

function published(server: RealServer | undefined, row: Omit<Row, "name">): AuditedServer {
  if (server === undefined) throw new TypeError("no such server");
  const { name, person } = server;
  return { name, start: () => startRealServer(server), person, ...row };
}

/** A client that nobody has to register. */
const ANY_CLIENT: Partial<AuditPlan> = {
  client: { clientId: "any-client", method: "none" },
};

const SDK = "@modelcontextprotocol/sdk";

/** Without what is about the MCP server of the tests. */
function ofAuthorizationServer(explanations: Explanations): Explanations {
  const { challenge_scope: _, cors_documents: __, ...others } = explanations;
  return others;
}

export const AUDITED: readonly AuditedServer[] = [
  {
    name: "oidc-provider",
    page: "oidc-provider",
    packages: ["oidc-provider"],
    setup:
      "The authorization server of `tests/lab` with registration and its management, PKCE and resource indicators required, rotation of refresh tokens, JWT access tokens, introspection, revocation and DPoP; the MCP server is the lab's.",
    start: () => startLab({ as: { dpop: true } }),
    explanations: STRICT,
  },
  published(BETTER_AUTH[0], {
    page: "better-auth",
    packages: ["better-auth", "@better-auth/mcp", "@better-auth/oauth-provider"],
    setup:
      "`tests/servers/better_auth.ts`: the plugin `mcp` with registration for everybody, a page to sign in with a password, and a consent page.",
    explanations: providers.BETTER_AUTH,
  }),
  published(WORKERS_OAUTH_PROVIDER[0], {
    page: "workers-oauth-provider",
    packages: ["@cloudflare/workers-oauth-provider"],
    setup:
      "`tests/servers/workers_oauth_provider.ts`: one Worker with the consent page of its documentation, in this process, with a KV namespace in memory.",
    explanations: providers.WORKERS,
  }),
  published(TYPESCRIPT_SDK[0], {
    page: "typescript-sdk",
    packages: [SDK],
    setup:
      "`tests/servers/typescript_sdk.ts`: `mcpAuthRouter` with a provider in memory that checks what the SDK leaves to it, and `requireBearerAuth` with `expectedResource`.",
    explanations: sdk.WITH_PROVIDER,
  }),
  published(TYPESCRIPT_SDK[1], {
    page: "typescript-sdk-example",
    packages: [SDK],
    setup:
      "`tests/servers/typescript_sdk.ts`: the same with `DemoInMemoryAuthProvider`, which the SDK calls an example that is not for production.",
    explanations: sdk.WITH_EXAMPLE,
  }),
  {
    name: "TypeScript SDK 2",
    page: "typescript-sdk-2",
    packages: ["@modelcontextprotocol/server", "oidc-provider"],
    setup:
      "`tests/servers/typescript_sdk_2.ts`: `requireBearerAuth` with `expectedResource` and `oauthMetadataResponse`; the authorization server is oidc-provider, because version 2 has none.",
    start: startSdk2,
    explanations: { ...ofAuthorizationServer(STRICT), ...sdk.VERSION_2 },
  },
  published(PYTHON_SDK, {
    page: "python-sdk",
    packages: [],
    setup:
      "`tests/servers/python_sdk_program.py`: `mcp` 2.3.0 with a provider in memory that checks what the SDK leaves to it. It runs where Python has the package (`pip install mcp`).",
    isInstalled: hasPythonSdk,
    explanations: python.PYTHON,
  }),
  published(GLEWLWYD, {
    page: "glewlwyd",
    packages: [],
    setup:
      "`tests/servers/glewlwyd.ts`: Glewlwyd 2.7.5 of Debian with its OpenID Connect plugin: PKCE required, registration with management, resource indicators, DPoP, and refresh tokens that are replaced; the MCP server is one of the TypeScript SDK. It runs where the Debian package `glewlwyd` is installed.",
    isInstalled: hasGlewlwyd,
    plan: {
      client: { clientId: PUBLIC_CLIENTS[0], method: "none" },
      secondClient: { clientId: PUBLIC_CLIENTS[1], method: "none" },
    },
    explanations: GLEWLWYD_EXPLANATIONS,
  }),
  published(FASTMCP[0], {
    page: "fastmcp",
    packages: ["fastmcp", "mcp-proxy"],
    setup:
      "`tests/servers/fastmcp.ts`: `OAuthProvider`, the OAuth proxy of FastMCP, in front of the server of the TypeScript SDK.",
    explanations: providers.FASTMCP,
  }),
  published(NODE_OAUTH[0], {
    page: "node-oauth",
    packages: ["@node-oauth/oauth2-server", "@node-oauth/express-oauth-server", SDK],
    setup:
      "`tests/servers/node_oauth.ts`: a model in memory and registration by the test; the MCP server is one of the TypeScript SDK.",
    explanations: libraries.NODE_OAUTH,
  }),
  published(JMONDI[0], {
    page: "jmondi-oauth2-server",
    packages: ["@jmondi/oauth2-server", SDK],
    setup:
      "`tests/servers/jmondi.ts`: repositories in memory and registration by the test; the MCP server is one of the TypeScript SDK, which asks the introspection endpoint.",
    explanations: libraries.JMONDI,
  }),
  published(OPENAUTH[0], {
    page: "openauth",
    packages: ["@openauthjs/openauth", SDK],
    setup:
      "`tests/servers/openauth.ts`: the page for a code by email; the MCP server is one of the TypeScript SDK. It has no registration: the audit has `--client-id`.",
    plan: ANY_CLIENT,
    explanations: providers.OPENAUTH,
  }),
  published(OAUTH2_MOCK_SERVER[0], {
    page: "oauth2-mock-server",
    packages: ["oauth2-mock-server", SDK],
    setup:
      "`tests/servers/oauth2_mock_server.ts`: a server for tests, which accepts every client; the MCP server is one of the TypeScript SDK. It has no registration: the audit has `--client-id`.",
    plan: ANY_CLIENT,
    explanations: providers.MOCK,
  }),
];

const REDIRECT_URI = "http://127.0.0.1:33418/callback";

/** A person who allows everything, with a browser for each session. */
function openPerson(act: NonNullable<RealServer["person"]>): Promise<ConsentDriver> {
  const browsers = new Map<string, Browser>();
  return Promise.resolve({
    redirectUri: REDIRECT_URI,
    asksPerson: false,
    decides: false,
    async obtain({ authorizationUrl, redirectUri, session }) {
      const browser = browsers.get(session) ?? openBrowser({ stopAt: redirectUri });
      browsers.set(session, browser);
      const first = await browser.visit(authorizationUrl);
      const { url } = first.status === 0 ? first : await act(browser, first);
      return { url, status: null, exchangeId: null };
    },
    close: () => Promise.resolve(),
  });
}

export async function auditPublished(row: AuditedServer): Promise<AuditResult> {
  const { person } = row;
  await using server = await row.start();
  const setting = person === undefined ? {} : { openConsent: () => openPerson(person) };
  return (await audit(server.mcpUrl, row.plan ?? {}, setting)).result;
}
