/**
 * One inspection from its options to its exit status.
 *
 * @module
 */

import { runInPieces } from "../../../core/abort.ts";
import { EXIT_STATUS, Failure, usageFailure } from "../../../core/failure.ts";
import type { Finding } from "../../../core/finding.ts";
import type { HttpClientOptions } from "../../../http/http_client.ts";
import { openProgress, viewsOf } from "../../shared/account.ts";
import type { Context } from "../../command/command.ts";
import { partsOf } from "../../terminal/failure_parts.ts";
import { failureText } from "../../terminal/finding_text.ts";
import { readAuthorities } from "../../shared/input_files.ts";
import { jsonText } from "../../terminal/json_text.ts";
import { metadataDocument } from "./metadata_document.ts";
import type { MetadataOptions } from "./metadata_flags.ts";
import { metadataText } from "./metadata_text.ts";
import { isHosted } from "../proxy/run_proxy.ts";

type Parts = typeof import("./metadata_parts.ts");

/** How requests are sent inside a service: under the guard, and past every proxy. */
function hostedDoor(
  parts: Parts,
  url: string,
  { proxy }: MetadataOptions,
  caCerts: readonly string[],
): Pick<HttpClientOptions, "fetch" | "followRedirects"> {
  if (proxy !== undefined) {
    throw usageFailure(
      "proxy_refused",
      "--proxy (or MCPASS_PROXY) cannot be used while MCPASS_HOSTED is set",
      "A proxy would resolve names itself, so addresses could not be checked; leave it out",
    );
  }
  const rules = { allowPrivate: false };
  parts.guardedUrl(url, rules);
  return {
    fetch: parts.guardedFetch({ rules, resolve: parts.createResolver(), caCerts }),
    followRedirects: false,
  };
}

/** The first error as a failure. */
function faultOf(findings: readonly Finding[]): Failure | undefined {
  const first = findings.find((it) => it.severity === "error");
  return first && new Failure(first.code, first.message, first);
}

/**
 * Looks at a URL and writes what was found.
 *
 * @returns The exit status.
 * @throws Failure of kind `usage` before anything was sent; `cancelled`.
 */
export async function runMetadata(
  url: string,
  options: MetadataOptions,
  { runtime, format }: Context,
): Promise<number> {
  const { io, env, clock, signal } = runtime;
  const caCerts = await readAuthorities(options.caFile, io);
  const parts = await import("./metadata_parts.ts");
  const { proxy } = options;
  const connection = isHosted(env)
    ? hostedDoor(parts, url, options, caCerts)
    : proxy === undefined
    ? {}
    : { proxy };
  const secrets = parts.createSecrets();

  const view = viewsOf(runtime, options, (text) => secrets.mask(text));
  const progress = await openProgress(runtime, options, secrets);
  const { emit } = progress;
  const stepTimeoutMs = options.stepTimeout ?? 30_000;
  const http = parts.createHttpClient({
    ...{ serverUrl: url, customHeaders: options.header, stepTimeoutMs, caCerts },
    ...{ emit, secrets, clock, env, signal },
    ...connection,
  });
  const { protocolVersion = "auto" } = options;
  const plan = {
    ...{ url, headers: options.header, stepTimeoutMs },
    protocolVersion: protocolVersion === "auto" ? undefined : protocolVersion,
  };
  try {
    const send = (request: Parameters<typeof http.send>[0]) => http.send(request);
    const inspection = await parts.inspect(plan, { send, emit, secrets, clock, signal });
    progress.finish();
    const document = await runInPieces(metadataDocument(url, inspection, secrets), signal);
    const { failure } = inspection;
    const shows = format === "human" && (document.chain ?? document.document ?? null) !== null;
    if (failure !== null && !(shows && io.stdoutIsTerminal)) {
      const lines = failureText(undefined, await partsOf(failure), view(io.stderrIsTerminal));
      io.err(`${lines.join("\n")}\n`);
    }
    if (format === "json") io.out(jsonText(document));
    else if (shows) {
      const first = failure ?? faultOf(document.findings);
      io.out(metadataText(document, {
        ...view(io.stdoutIsTerminal),
        everything: options.verbose,
        fault: first && await partsOf(first),
      }));
    }
    return document.error === undefined ? 0 : EXIT_STATUS.operation;
  } finally {
    progress.finish();
    await http.close();
  }
}
