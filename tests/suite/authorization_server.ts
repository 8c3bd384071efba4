/** The official suite's scenarios for authorization servers, run at a server of the tests. @module */

import { openBrowser } from "../lab/person.ts";
import { freePort } from "../servers/program.ts";
import { SUITE } from "./one_run.ts";

/** Statuses by check id. */
export type SuiteVerdicts = Readonly<Record<string, string>>;

const LIMIT_MS = 60_000;

async function registrationEndpoint(issuer: string): Promise<string> {
  const { origin, pathname } = new URL(issuer);
  const path = pathname === "/" ? "" : pathname;
  const metadata = await fetch(`${origin}/.well-known/oauth-authorization-server${path}`);
  return (await metadata.json()).registration_endpoint;
}

/** Registers a client for this redirect URI. */
async function registerClient(endpoint: string, redirectUri: string): Promise<string> {
  const response = await fetch(endpoint, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({
      redirect_uris: [redirectUri],
      application_type: "native",
      token_endpoint_auth_method: "none",
      grant_types: ["authorization_code", "refresh_token"],
    }),
  });
  return (await response.json()).client_id;
}

/**
 * Runs both scenarios at a server that consents without a person.
 *
 * @param registration Default: as the metadata says.
 */
export async function suiteVerdicts(
  issuer: string,
  resource: string,
  registration?: string,
): Promise<SuiteVerdicts> {
  const port = freePort();
  const endpoint = registration ?? await registrationEndpoint(issuer);
  const client = await registerClient(endpoint, `http://127.0.0.1:${port}/callback`);
  const folder = await Deno.makeTempDir({ prefix: "mcpass-suite-" });
  const args = [...SUITE, "authorization", "--url", issuer, "--client-id", client];
  args.push("--resource", resource, "--port", String(port), "-o", folder, "--verbose");
  const child = new Deno.Command(Deno.execPath(), {
    args,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
    signal: AbortSignal.timeout(LIMIT_MS),
  }).spawn();
  let text = "";
  const visited = new Set<string>();
  const read = async (stream: ReadableStream<Uint8Array>) => {
    for await (const part of stream.pipeThrough(new TextDecoderStream())) {
      text += part;
      // It prints the URL before it listens.
      if (!text.includes("Callback server started")) continue;
      for (const [url] of text.matchAll(/https?:\/\/\S+code_challenge=\S+(?=\s)/g)) {
        if (visited.has(url)) continue;
        visited.add(url);
        openBrowser().visit(url).catch(() => {});
      }
    }
  };
  try {
    await Promise.all([read(child.stdout), read(child.stderr), child.status]);
    const verdicts: Record<string, string> = {};
    for (const entry of await filesNamed(folder, "checks.json")) {
      for (const { id, status } of JSON.parse(await Deno.readTextFile(entry))) {
        verdicts[id] = status;
      }
    }
    if (Object.keys(verdicts).length === 0) throw new Error(`the suite has no result: ${text}`);
    return verdicts;
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function filesNamed(folder: string, name: string): Promise<string[]> {
  const found: string[] = [];
  for await (const entry of Deno.readDir(folder)) {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory) found.push(...await filesNamed(path, name));
    else if (entry.name === name) found.push(path);
  }
  return found;
}
