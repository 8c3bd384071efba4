/**
 * What commands beside the login reach the network with: the door is made when the first request is.
 *
 * @module
 */

import { Failure, toFailure } from "../../core/failure.ts";
import type { RefreshEffects } from "../../flow/context/effects.ts";
import type { HttpClient } from "../../http/http_client.ts";
import { createSecrets, type Secrets } from "../../trace/secrets.ts";
import { openProgress, type TalkOptions } from "./account.ts";
import { readAuthorities } from "./input_files.ts";
import type { Progress } from "../terminal/progress.ts";
import type { Runtime } from "../command/runtime.ts";

/** The options that shape a door. */
export interface DoorOptions extends TalkOptions {
  /** `--ca-file`. */
  readonly caFile: string | undefined;
  /** `--proxy`. */
  readonly proxy: string | undefined;
  /** `--step-timeout`. */
  readonly stepTimeout?: number | undefined;
}

/** Milliseconds of a request where `--step-timeout` says nothing. */
const STEP_TIMEOUT_MS = 30_000;

/** A door, with all that a renewal needs, and the talk on stderr. */
export interface Door {
  /** For renewals and requests. */
  readonly deps: RefreshEffects;
  /** What a person sees meanwhile. */
  readonly progress: Progress;
}

/** A failure whose words hold no secret: a server may have echoed one. */
function masked(error: unknown, secrets: Secrets): Failure {
  const { code, kind, message, remedy, reference, detail, cause } = toFailure(error);
  return new Failure(code, secrets.mask(message), {
    kind,
    reference,
    cause,
    detail: detail === undefined ? undefined : secrets.mask(detail),
    remedy: remedy === undefined ? undefined : secrets.mask(remedy),
  });
}

/**
 * Works with a door for one MCP server. No custom header leaves it for an authorization server,
 * whatever its address, and no secret that is known to it leaves in a failure.
 *
 * @throws Failure of kind `usage` for a `--ca-file` that cannot be used, and what the work throws.
 */
export async function withDoor<T>(
  serverUrl: string,
  options: DoorOptions,
  runtime: Runtime,
  work: (door: Door) => Promise<T>,
): Promise<T> {
  const { io, env, clock, signal } = runtime;
  const secrets = createSecrets();
  const progress = await openProgress(runtime, options, secrets);
  const caCerts = await readAuthorities(options.caFile, io);

  let made: Promise<HttpClient> | undefined;
  const make = async (): Promise<HttpClient> => {
    const { createHttpClient } = await import("../../http/client/create_http_client.ts");
    return createHttpClient({
      serverUrl,
      customHeaders: [],
      stepTimeoutMs: options.stepTimeout ?? STEP_TIMEOUT_MS,
      caCerts,
      ...(options.proxy === undefined ? {} : { proxy: options.proxy }),
      ...{ emit: progress.emit, secrets, clock, env, signal },
    });
  };
  const http: HttpClient = {
    send: async (request) => await (await (made ??= make())).send(request),
    streaming: (step) => async (input, init) =>
      await (await (made ??= make())).streaming(step)(input, init),
    close: async () => await (await made)?.close(),
  };
  const note = (message: string) => progress.emit({ type: "note", at: clock.now(), message });
  try {
    return await work({ deps: { http, secrets, signal, clock, note }, progress });
  } catch (error) {
    throw masked(error, secrets);
  } finally {
    progress.finish();
    await http.close();
  }
}
