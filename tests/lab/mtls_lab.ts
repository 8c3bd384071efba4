/**
 * A lab with mutual TLS: an authorization server whose aliases ask for client certificates, and an MCP
 * server that takes a token only beside the certificate it is bound to.
 *
 * @module
 */

import type { IncomingMessage, ServerResponse } from "node:http";
import { ROOT } from "../../scripts/shell.ts";
import { certificateFacts } from "../../src/flow/client/certificate_files.ts";
import { boundThumbprint } from "../../src/oauth/client/client_certificate.ts";
import type { AuthorizationServerOptions, LabClient } from "./authorization_server_options.ts";
import { headerOf, type RecordedRequest } from "./journal.ts";
import { startNodeServer } from "./node_server.ts";
import { peerCertificate } from "./oidc_configuration.ts";
import type { LabTls } from "./scripted_server.ts";
import { type Lab, startLab } from "./shapes.ts";

const fixture = (name: string) =>
  Deno.readTextFileSync(new URL(`../http/fixtures/${name}`, import.meta.url));

/** Path of a file with a certificate or a key. */
export const fixturePath = (name: string): string => `${ROOT}tests/http/fixtures/${name}`;

/** The authority behind every server here. */
export const AUTHORITY: string = fixturePath("ca.crt");

/** Certificate and key of every server here. */
export const TLS: LabTls = { cert: fixture("server.crt"), key: fixture("server.key") };
const CLIENT_CA = fixture("client_ca.crt");

/** What a test can say. */
export interface MtlsLabOptions {
  /** The authorization server's. */
  readonly as?: AuthorizationServerOptions;
  /** Clients known beforehand. */
  readonly clients?: readonly LabClient[];
  /** Ends handshakes without a good certificate: at the aliases, at the MCP server, or nowhere. */
  readonly require?: "aliases" | "mcp";
}

/** A request and the certificate that came with it. */
export interface CertifiedRequest {
  /** Method and path. */
  readonly line: string;
  /** Whether it carried a token. */
  readonly withToken: boolean;
  /** Thumbprint of the certificate; undefined for none. */
  readonly thumbprint: string | undefined;
}

/** A running lab. */
export interface MtlsLab extends AsyncDisposable {
  /** The MCP endpoint, https. */
  readonly mcpUrl: string;
  /** The parts behind it. */
  readonly lab: Lab;
  /** Requests to the MCP server, in order. */
  readonly atServer: CertifiedRequest[];
  /** Paths of requests to the aliases, which ask for a certificate. */
  aliased(): string[];
  /** Paths of requests to the first origin, which asks for none. */
  plain(): string[];
}

const THUMBPRINT = "x-lab-thumbprint";

async function thumbprintOf(req: IncomingMessage): Promise<string | undefined> {
  const pem = peerCertificate(req);
  return pem === undefined ? undefined : (await certificateFacts(pem)).thumbprint;
}

/** Starts one. */
export async function startMtlsLab(options: MtlsLabOptions = {}): Promise<MtlsLab> {
  const { require } = options;
  const lab = await startLab({
    as: {
      tls: TLS,
      mtls: { clientCa: CLIENT_CA, requireClient: require === "aliases" },
      authMethods: [
        "none",
        "client_secret_basic",
        "tls_client_auth",
        "self_signed_tls_client_auth",
      ],
      ...options.as,
      clients: options.clients ?? [],
    },
    mcp: {
      intercept(request: RecordedRequest) {
        const [, token = ""] = headerOf(request, "authorization")?.split(" ") ?? [];
        const bound = boundThumbprint(token);
        if (!bound || bound === headerOf(request, THUMBPRINT)) return undefined;
        return { status: 401, headers: [["www-authenticate", 'Bearer error="invalid_token"']] };
      },
    },
  });
  const front = await startNodeServer({
    name: "front",
    tls: { ...TLS, clientCa: CLIENT_CA, requireClient: require === "mcp" },
  });
  const inner = new URL(lab.mcpUrl).origin;
  const atServer: CertifiedRequest[] = [];

  async function pass(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const thumbprint = await thumbprintOf(req);
    const { method = "GET", url = "/" } = req;
    const withToken = req.headers.authorization !== undefined;
    atServer.push({ line: `${method} ${url}`, withToken, thumbprint });
    let body = "";
    for await (const chunk of req) body += new TextDecoder().decode(chunk);
    const headers = new Headers(
      Object.entries(req.headers).flatMap(([name, value]) =>
        typeof value === "string" && !["host", "connection", "content-length"].includes(name)
          ? [[name, value] as [string, string]]
          : []
      ),
    );
    if (thumbprint !== undefined) headers.set(THUMBPRINT, thumbprint);
    const hasBody = method === "POST";
    const answer = await fetch(inner + url, {
      ...{ method, headers, redirect: "manual" },
      ...(hasBody ? { body } : {}),
    });
    const fields = [...answer.headers].filter(([name]) => name !== "content-length");
    res.writeHead(answer.status, Object.fromEntries(fields));
    res.end(new Uint8Array(await answer.arrayBuffer()));
  }
  front.handle((req, res) => {
    pass(req, res).catch(() => res.destroy());
  });

  const mcpUrl = `${front.origin}/mcp`;
  const metadata = `${front.origin}/.well-known/oauth-protected-resource/mcp`;
  lab.mcp.protect({
    authorizationServers: [lab.as.issuer],
    verify: lab.as.verify,
    resource: mcpUrl,
    challenge: { resourceMetadata: metadata },
  });
  lab.as.addResource(mcpUrl);
  const paths = (server: string) =>
    lab.requests.filter((request) => request.server === server).map((request) => request.path);
  return {
    mcpUrl,
    lab,
    atServer,
    aliased: () => paths("mtls"),
    plain: () => paths("as"),
    async [Symbol.asyncDispose]() {
      await front.close();
      await lab.close();
    },
  };
}
