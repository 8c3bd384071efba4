/**
 * The audit lab behind servers that may change each response: a server that works, and is hostile.
 *
 * @module
 */

import { startAuditLab } from "../lab/audit/audit_lab.ts";
import type { RecordedRequest } from "../lab/journal.ts";
import type { Handler, RawReply } from "../lab/scripted_server.ts";
import { startScriptedServer } from "../lab/scripted_server.ts";

export interface ChangeableResponse {
  status: number;
  headers: [name: string, value: string][];
  body: string;
}

/** Changes the response, or writes one of its own to `raw` and returns true. */
export type Attack = (
  response: ChangeableResponse,
  request: RecordedRequest,
  raw: RawReply,
) => void | boolean | Promise<void | boolean>;

export interface HostileServer extends AsyncDisposable {
  readonly mcpUrl: string;
  readonly origins: { readonly mcp: string; readonly as: string };
  /** What a client has to keep secret: of its requests, and of the responses. */
  readonly secrets: ReadonlySet<string>;
  readonly requests: readonly RecordedRequest[];
}

const SECRET_MEMBERS =
  /"(access_token|refresh_token|id_token|client_secret|registration_access_token)" ?: ?"([^"]+)"/g;

const SECRET_PARAMETERS = ["code", "code_verifier", "refresh_token", "client_secret", "token"];

/** Values that the audit makes up for wrong requests are not secrets. */
function collect(
  secrets: Set<string>,
  request: RecordedRequest,
  { status, body, headers }: ChangeableResponse,
): void {
  for (const [, , value = ""] of body.matchAll(SECRET_MEMBERS)) secrets.add(value);
  const location = headers.find(([name]) => name === "location")?.[1] ?? "";
  const code = URL.parse(location)?.searchParams.get("code");
  if (code) secrets.add(code);
  if (!request.path.endsWith("/token") || status >= 300) return;
  const verifier = new URLSearchParams(request.body).get("code_verifier");
  if (verifier) secrets.add(verifier);
}

/** What a response would have to repeat to leak it. */
export function echoOf({ headers, query, body }: RecordedRequest): string {
  const form = new URLSearchParams(body);
  const values = SECRET_PARAMETERS.flatMap((name) => [form.get(name), query.get(name)]);
  const authorization = headers.filter(([name]) => /^(authorization|x-gateway-key)$/i.test(name));
  return [...values, ...authorization.map(([, value]) => value)].filter((it) => it).join(" ");
}

export async function startHostileServer(attack: Attack): Promise<HostileServer> {
  const lab = await startAuditLab();
  const secrets = new Set<string>();
  const targets = { mcp: new URL(lab.mcpUrl).origin, as: new URL(lab.issuer).origin };
  const origins = { mcp: "", as: "" };

  const swapped = (text: string, from: typeof targets, to: typeof targets): string =>
    (["mcp", "as"] as const).reduce(
      (all, it) =>
        all.replaceAll(from[it], to[it])
          .replaceAll(encodeURIComponent(from[it]), encodeURIComponent(to[it])),
      text,
    );

  const handler = (kind: "mcp" | "as"): Handler => async (request, raw) => {
    const forwarded = await fetch(targets[kind] + swapped(request.target, origins, targets), {
      method: request.method,
      headers: request.headers.filter(([name]) =>
        !/^(host|content-length|connection|accept-encoding)$/i.test(name)
      ) as [string, string][],
      redirect: "manual",
      signal: raw.gone,
      ...request.body === "" ? {} : { body: swapped(request.body, origins, targets) },
    });
    const response: ChangeableResponse = {
      status: forwarded.status,
      headers: [...forwarded.headers]
        .filter(([name]) => !/^(content-length|transfer-encoding|connection)$/i.test(name))
        .map(([name, value]) => [name, swapped(value, targets, origins)]),
      body: forwarded.status === 204 ? "" : swapped(await forwarded.text(), targets, origins),
    };
    collect(secrets, request, response);
    if (await attack(response, request, raw) === true) return;
    const { status, headers, body } = response;
    return { status, headers, ...body === "" ? {} : { body } };
  };

  const mcp = await startScriptedServer({ name: "mcp", routes: { "*": handler("mcp") } });
  const as = await startScriptedServer({ name: "as", routes: { "*": handler("as") } });
  Object.assign(origins, { mcp: mcp.origin, as: as.origin });
  return {
    mcpUrl: `${mcp.origin}/mcp`,
    origins,
    secrets,
    get requests() {
      return [...mcp.requests, ...as.requests];
    },
    async [Symbol.asyncDispose]() {
      await Promise.allSettled([mcp.close(), as.close()]);
      await lab.close();
    },
  };
}
