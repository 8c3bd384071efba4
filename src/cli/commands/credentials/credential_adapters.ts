/** The credential for callers with a protocol of their own. @module */

import { Failure, usageFailure } from "../../../core/failure.ts";
import { isObject, parseJson } from "../../../core/json.ts";
import { quoted } from "../../../core/text.ts";
import type { Invocation } from "../../command/command.ts";
import type { Runtime } from "../../command/runtime.ts";
import { jsonLine } from "../../terminal/json_text.ts";
import { credentialFor } from "./credential_answer.ts";
import { type Call, type CredentialFlags, withSignIn } from "./credential_call.ts";
import type { CredentialDocument } from "./credential_response.ts";

export const ADAPTERS = ["headers", "token", "kubernetes"] as const;
export type Adapter = typeof ADAPTERS[number];

/** `ExecCredential` of the client that called, which has to have the same version. */
function kubernetesRequest({ env }: Runtime): { apiVersion: string; server: string | undefined } {
  const text = env.get("KUBERNETES_EXEC_INFO") || "{}";
  const info = parseJson(text);
  const member = (object: unknown, name: string) =>
    isObject(object) && Object.hasOwn(object, name) ? object[name] : undefined;
  const apiVersion = member(info, "apiVersion") ?? "client.authentication.k8s.io/v1";
  const isKnown = typeof apiVersion === "string" &&
    /^client\.authentication\.k8s\.io\/v1(?:beta1)?$/.test(apiVersion);
  if (!isObject(info) || !isKnown) {
    throw usageFailure(
      "credential_request_invalid",
      `KUBERNETES_EXEC_INFO is not an ExecCredential of client.authentication.k8s.io/v1 or v1beta1`,
      "Set apiVersion: client.authentication.k8s.io/v1 in the exec section of the kubeconfig",
    );
  }
  const server = member(member(member(info, "spec"), "cluster"), "server");
  return { apiVersion, server: typeof server === "string" ? server : undefined };
}

/** The server of an adapter: the command line, what the caller passes, `MCPASS_URL`. */
function serverOf(
  { options, operands, sources }: Invocation<CredentialFlags>,
  passed: string | undefined,
): string {
  const url = sources.get("url") === "flag" ? options.url : passed ?? options.url;
  if (url !== undefined) return url;
  throw usageFailure(
    "missing_options",
    `missing <url> of the server: mcpass credential ${operands[0]} <url>`,
    `Add the URL as the last argument, or set MCPASS_URL`,
  );
}

function assertPlain(document: CredentialDocument): CredentialDocument {
  if (document.cache !== "never" && document.clientCertificate === undefined) return document;
  const what = document.cache === "never" ? "a key (DPoP)" : "a client certificate (RFC 8705)";
  throw new Failure(
    "credential_bound",
    `the token for ${quoted(document.url)} is bound to ${what}, so it is not enough for a request`,
    {
      remedy: 'Use the JSON protocol, with "request" for a DPoP proof:\n  mcpass help credential',
    },
  );
}

/** A credential for a caller that cannot send a proof. */
async function plainCredential(
  call: Call,
  url: string,
): Promise<{ readonly document: CredentialDocument; readonly token: string }> {
  const document = await withSignIn(
    call,
    url,
    undefined,
    async (found, session) => {
      const entry = await found.repository.read();
      const isBound = /^dpop$/i.test(entry?.tokens?.tokenType ?? "");
      const request = isBound ? { request: { method: "POST", url: found.serverUrl } } : {};
      return assertPlain(await credentialFor({ action: "get", ...request }, found, session));
    },
  );
  return { document, token: (document.headers["Authorization"] ?? "").replace(/^\S+ /, "") };
}

/** What each adapter prints. */
export const OUTPUTS: Readonly<Record<Adapter, (call: Call) => Promise<string>>> = {
  async headers(call) {
    const { env } = call.runtime;
    const url = serverOf(call.invocation, env.get("CLAUDE_CODE_MCP_SERVER_URL"));
    return jsonLine((await plainCredential(call, url)).document.headers);
  },
  async token(call) {
    const url = serverOf(call.invocation, undefined);
    return `${(await plainCredential(call, url)).token}\n`;
  },
  async kubernetes(call) {
    const { apiVersion, server } = kubernetesRequest(call.runtime);
    const url = serverOf(call.invocation, server);
    const { token, document } = await plainCredential(call, url);
    const { expiresAt } = document;
    // Kubernetes reads RFC 3339; JSON leaves an undefined member out.
    const expirationTimestamp = expiresAt?.replace(/\.\d+Z$/, "Z");
    const status = { token, expirationTimestamp };
    return jsonLine({ apiVersion, kind: "ExecCredential", status });
  },
};
