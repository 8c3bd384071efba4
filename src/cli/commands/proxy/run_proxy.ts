import type { HeaderList } from "../../../core/exchange.ts";
import { runAtOnce, runWithPauses } from "../../../core/work.ts";
import { Failure, usageFailure } from "../../../core/failure.ts";
import type { GuardRules } from "../../../http/guard/ssrf_guard.ts";
import type { GuardedRequest } from "../../../http/guard/guarded_request.ts";
import type { GuardedOutcome, StreamReading } from "../../../http/guard/guarded_send.ts";
import { maskDocument, maskDocumentWork, maskForeignValue } from "../../../trace/mask_document.ts";
import { createSecrets, type Secrets } from "../../../trace/secrets.ts";
import { type CommandSession, openCommandSession } from "../../shared/command_session.ts";
import { exitStatusOf } from "../../shared/output_files.ts";
import { isHosted } from "../../shared/hosted_rules.ts";
import type { Context } from "../../command/command.ts";
import { errorDocument, errorMember } from "../../terminal/error_document.ts";
import type { View } from "../../terminal/finding_text.ts";
import { documentText } from "../../terminal/json_text.ts";
import type { ProxyOptions } from "./proxy_flags.ts";
import { curlCommand, isHarmless, proxyRequest } from "./proxy_request.ts";

type ProxyParts = typeof import("./proxy_parts.ts");

export interface ProxyResult {
  readonly outcome: GuardedOutcome;
  readonly request: GuardedRequest;
  readonly rules: GuardRules;
  readonly session: CommandSession;
  /** The secrets of the command line, which are masked in the shown response. */
  readonly ownSecrets: Secrets;
  readonly parts: ProxyParts;
}

export interface ProxyKind {
  readonly name: string;
  readonly stream?: StreamReading;
  /** Undefined if there is only the error. A failure may have observations. */
  document(result: ProxyResult): Promise<object | undefined>;
  /** @param headers Header fields of the response, with the secrets of the request masked. */
  text(
    document: object,
    headers: HeaderList,
    view: View,
    failure: Failure | null,
  ): string | undefined;
}

function checkOptions(options: ProxyOptions, { runtime }: Context, name: string): void {
  if (options.allowPrivate && isHosted(runtime.env)) {
    throw usageFailure(
      "private_when_hosted",
      "--allow-private is refused while MCPASS_HOSTED is set",
      "A hosted service must not send requests into its own network",
    );
  }
  if (options.proxy !== undefined) {
    throw usageFailure(
      "proxy_refused",
      `--proxy (or MCPASS_PROXY) cannot be used with mcpass ${name}`,
      "A proxy would resolve the name itself, so the address could not be checked. Omit --proxy",
    );
  }
}

/** The options for the artifact: no body, and of headers with secrets only the names. */
function recordedOptions({ header, body, ...options }: ProxyOptions): Record<string, unknown> {
  const plain = Object.entries(options).filter(([, value]) =>
    value !== undefined && value !== false
  );
  return {
    ...Object.fromEntries(plain),
    ...header.length === 0 ? {} : {
      header: header.map(([name, value]) => [name, isHarmless(name) ? value : "[secret]"]),
    },
    ...body === undefined ? {} : { body: /^(@|-$)/.test(body) ? body : "[inline]" },
  };
}

/** @throws Failure of kind `usage` before anything was sent. */
export async function runProxy(
  options: ProxyOptions,
  context: Context,
  kind: ProxyKind,
): Promise<number> {
  const { runtime } = context;
  const { io, clock, signal } = runtime;
  checkOptions(options, context, kind.name);
  const { url = "" } = options;
  const rules: GuardRules = { allowPrivate: options.allowPrivate };
  const parts = await runtime.load(() => import("./proxy_parts.ts"));
  parts.guardedUrl(url, rules);
  const request = await proxyRequest(options, runtime);
  const secretHeaders = options.header.filter(([name]) => !isHarmless(name));
  const secretFields = secretHeaders.map(([name]) => name);
  const secretValues = secretHeaders.map(([, value]) => value);
  const ownSecrets = createSecrets();
  parts.learnCustomHeaders(secretHeaders, ownSecrets);
  if (options.curl) {
    const secrets = createSecrets();
    for (const value of secretValues) secrets.add(value);
    const redactor = parts.createRedactor({ secrets, secretFields });
    io.out(curlCommand(request, options, (text) => redactor.text(text)));
    return 0;
  }

  const session = await openCommandSession(runtime, options, {
    command: { name: kind.name, flags: {} },
    serverUrl: url,
    headers: secretHeaders,
    secrets: secretValues,
    shownOptions: recordedOptions(options),
    shows: ({ type }) => type === "exchange",
  });
  const { caCerts, emit, secrets, stepTimeoutMs } = session;
  // Masking finds the secrets by the names of parameters and members, and adds them to `ownSecrets`.
  const ownRequest = parts.createRedactor({ secrets: ownSecrets, secretFields });
  for (const text of [url, new TextDecoder().decode(request.body ?? undefined)]) {
    ownRequest.text(text);
  }
  const { result, shown, failure } = await session.run(async () => {
    emit({ type: "step_started", step: "request", at: clock.now() });
    const outcome = await parts.sendGuarded(request, {
      rules,
      resolve: parts.resolver,
      caCerts,
      stepTimeoutMs,
      stream: kind.stream,
      emit,
      secrets,
      clock,
      signal,
    });
    const status = outcome.head?.status ?? 0;
    emit({
      type: "step_ended",
      step: "request",
      at: clock.now(),
      status: outcome.failure === null ? "done" : "failed",
    });
    const result: ProxyResult = { outcome, request, rules, session, ownSecrets, parts };
    const document = await kind.document(result);
    const statusFailure = options.fail && status >= 400
      ? new Failure("http_status", `the server responded with HTTP ${status} (--fail)`, {
        remedy: "See the body of the response",
      })
      : undefined;
    return {
      result,
      shown: options.raw || document === undefined
        ? undefined
        : await runWithPauses(maskDocumentWork(document, ownSecrets), signal),
      failure: outcome.failure ?? statusFailure,
      // The exchange has the body already.
      document: document && { ...document, body: undefined },
    };
  });
  await write(options, context, kind, result, shown, failure);
  return exitStatusOf({ failure });
}

async function write(
  options: ProxyOptions,
  { runtime: { io, bytes }, format }: Context,
  kind: ProxyKind,
  result: ProxyResult,
  document: object | undefined,
  failure: Failure | undefined,
): Promise<void> {
  const { outcome, ownSecrets, session } = result;
  if (outcome.failure !== null) {
    const { writeFailure } = await import("../../terminal/failure_text.ts");
    await writeFailure(outcome.failure, io, session.view(io.stderrIsTerminal));
  }
  if (options.raw) {
    if (outcome.body !== null) bytes.out(outcome.body);
    return;
  }
  if (format === "json") {
    const error = failure === undefined ? {} : { error: errorMember(failure) };
    const output = document === undefined && failure !== undefined
      ? maskDocument(errorDocument(failure), ownSecrets)
      : { ...document, ...maskDocument(error, ownSecrets) };
    return io.out(documentText(output));
  }
  if (document === undefined) return;
  const view = { ...session.view(io.stdoutIsTerminal), mask: ownSecrets.maskForeign };
  const headers = runAtOnce(
    maskForeignValue(outcome.head?.headers ?? [], ownSecrets),
  ) as HeaderList;
  const text = kind.text(document, headers, view, outcome.failure);
  if (text !== undefined) io.out(text);
}
