/**
 * The servers of `deno task lab`: what each shows, and commands to try there.
 *
 * @module
 */

import { startMcpServer } from "../../tests/lab/mcp_server.ts";
import { type FakeLab, type Lab, startFakeLab, startLab } from "../../tests/lab/shapes.ts";

/** A running server; one that requires no sign-in has no issuer. */
export type RunningServer = Pick<Lab | FakeLab, "mcpUrl" | "issuer" | "close">;

/** One row of the table. */
export interface LabRow {
  /** Short name. */
  readonly name: string;
  /** What it is good for. */
  readonly about: string;
  /** Starts it. */
  start(): Promise<RunningServer>;
  /** Command lines, and the exit status that each ends with; undefined if a person has to act. */
  commands(server: RunningServer): readonly (readonly [line: string, status: number | undefined])[];
}

const CLIENT = { clientId: "nightly-job", clientSecret: "lab-secret" };

/** The rows. */
export const LAB_ROWS: readonly LabRow[] = [
  {
    name: "browser",
    about: "sign in with a browser (DCR)",
    start: () => startLab({ mcp: { features: true } }),
    commands: ({ mcpUrl }) => [
      [`mcpass login ${mcpUrl}`, 0],
      [`mcpass tools list ${mcpUrl}`, 0],
      [`mcpass tools call add_numbers a=1 b=2 --url ${mcpUrl}`, 0],
      [`mcpass status`, 0],
    ],
  },
  {
    name: "device",
    about: "sign in on another device",
    start: () =>
      startLab({
        as: { device: true, consent: "page" },
        // oidc-provider denies a device code without a scope.
        protection: { metadata: { scopesSupported: ["mcp:read"] } },
      }),
    commands: ({ mcpUrl }) => [
      [`mcpass login ${mcpUrl} --auth-mode device`, undefined],
    ],
  },
  {
    name: "program",
    about: "client credentials",
    start: () =>
      startLab({
        as: { clients: [{ ...CLIENT, grantTypes: ["client_credentials"], redirectUris: [] }] },
      }),
    commands: ({ mcpUrl, issuer }) => [
      [
        `MCPASS_CLIENT_SECRET=${CLIENT.clientSecret} mcpass login ${mcpUrl} ` +
        `--auth-mode client_credentials --client-id ${CLIENT.clientId} --authorization-server ${issuer}`,
        0,
      ],
    ],
  },
  {
    name: "refresh",
    about: "tokens are valid for 10 seconds",
    start: () => startLab({ as: { accessTokenTtl: 10 } }),
    commands: ({ mcpUrl }) => [
      [`mcpass login ${mcpUrl}`, 0],
      [`mcpass token ${mcpUrl}`, 0],
    ],
  },
  {
    name: "scope",
    about: "a tool that requires one more scope",
    start: () => startLab(),
    commands: ({ mcpUrl }) => [
      [`mcpass login ${mcpUrl} --verify-call-tool write-thing`, 0],
    ],
  },
  {
    name: "open",
    about: "no sign-in required",
    start: async () => {
      const server = await startMcpServer();
      return { mcpUrl: server.url, issuer: "", close: () => server.close() };
    },
    commands: ({ mcpUrl }) => [
      [`mcpass tools list ${mcpUrl}`, 0],
      [`mcpass login ${mcpUrl}`, 1],
    ],
  },
  {
    name: "pkce",
    about: "faulty: PKCE is not announced",
    start: () =>
      startFakeLab({
        metadata: ({ code_challenge_methods_supported: _, ...published }) => published,
      }),
    commands: ({ mcpUrl, issuer }) => [
      [`mcpass login ${mcpUrl}`, 1],
      [`mcpass explain pkce_not_advertised`, 0],
      [`mcpass login ${mcpUrl} --trust-pkce ${issuer}`, 0],
    ],
  },
  {
    name: "resource",
    about: "faulty: metadata of another resource",
    start: () =>
      startFakeLab({
        prm: { document: (document) => ({ ...document, resource: "https://mcp.example.com/" }) },
      }),
    commands: ({ mcpUrl }) => [
      [`mcpass server doctor ${mcpUrl}`, 1],
      [`mcpass login ${mcpUrl} --debug-out debug.json`, 1],
      [`mcpass oauth report debug.json`, 0],
    ],
  },
];
