/** The HTTP clients of a command. @module */

import { toFailure } from "../../core/failure.ts";
import { isStandardInput } from "../../core/input_file.ts";
import type { HttpClient, HttpClientOptions } from "../../http/http_client.ts";
import type { StoredFlags } from "../../store/stored_entry.ts";
import type { Runtime } from "../command/runtime.ts";
import { readAuthorities } from "./input_files.ts";

interface OpenableClient extends HttpClient {
  open(): Promise<HttpClient>;
}

/** Opened at the first request, and again at the first request after `close`. */
function lazyHttp(
  maxResponseBytes: number | undefined,
  create: () => Promise<HttpClient>,
): OpenableClient {
  let created: Promise<HttpClient> | undefined;
  const open = () => created ??= create();
  return {
    maxResponseBytes,
    open,
    send: async (request) => await (await open()).send(request),
    streaming: (step) => async (input, init) => await (await open()).streaming(step)(input, init),
    async close() {
      const closing = created;
      created = undefined;
      await (await closing?.catch(() => undefined))?.close();
    },
  };
}

interface HttpClients {
  /** A client whose connections are made at the first request; `choose` is called then. */
  openClient(serverUrl: string, choose: () => Promise<Partial<HttpClientOptions>>): OpenableClient;
  closeHttp(): Promise<void>;
}

/** HTTP clients with one numbering of exchanges. */
export function httpClients(
  { load, clock, env, signal }: Runtime,
  settings: Pick<
    HttpClientOptions,
    | "stepTimeoutMs"
    | "maxResponseBytes"
    | "keepsPartialBodies"
    | "caCerts"
    | "proxy"
    | "emit"
    | "secrets"
  >,
): HttpClients {
  let exchanges = 0;
  const effects = { clock, env, signal, nextExchange: () => ++exchanges };
  const clients: HttpClient[] = [];
  return {
    openClient(serverUrl: string, choose: () => Promise<Partial<HttpClientOptions>>) {
      const client = lazyHttp(settings.maxResponseBytes, async () => {
        const more = await choose();
        const { createHttpClient } = await load(() =>
          import("../../http/client/create_http_client.ts")
        );
        return createHttpClient({ ...settings, ...effects, serverUrl, customHeaders: [], ...more });
      });
      clients.push(client);
      return client;
    },
    async closeHttp() {
      for (const client of clients) await client.close();
    },
  };
}

/** The authorities of a stored sign-in, unless a flag names others. */
export async function storedAuthorities(
  flags: StoredFlags | undefined,
  options: { readonly caFile?: string | undefined },
  io: Runtime["io"],
  note: (message: string) => void,
): Promise<string[]> {
  const caFile = flags?.["caFile"];
  if (options.caFile !== undefined || typeof caFile !== "string" || isStandardInput(caFile)) {
    return [];
  }
  try {
    return await readAuthorities(caFile, io);
  } catch (error) {
    note(`the certificates that the sign-in trusted are not used: ${toFailure(error).message}`);
    return [];
  }
}
