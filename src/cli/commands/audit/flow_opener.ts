/** Opens the flows of a suite: each has its own recorder, HTTP clients and consent driver. @module */

import type { SuiteFlow } from "../../../audit/suite/expand_flows.ts";
import type { OpenFlow } from "../../../audit/suite/run_suite.ts";
import type { Emit } from "../../../core/events.ts";
import { pickDefined } from "../../../core/pick_defined.ts";
import { signInCommand } from "../../../flow/context/sign_in_needed.ts";
import { createRecorder } from "../../../trace/recorder.ts";
import type { CommandSession } from "../../shared/command_session.ts";
import { openConsent } from "./conformance_consent.ts";
import { openResidueFile } from "./residue_file.ts";
import { usesProxy } from "../../../http/proxy_choice.ts";
import { readServerCertificate } from "../../../http/guard/tls_facts.ts";

interface OpenerOptions {
  readonly only: readonly string[];
  readonly skip: readonly string[];
  readonly noInput: boolean;
  readonly noColor: boolean;
  readonly debugOut?: string | undefined;
  readonly proxy?: string | undefined;
}

export interface FlowOpener {
  open(flow: SuiteFlow, signal: AbortSignal): Promise<OpenFlow>;
  /** Path of the residue file of each flow that ran. */
  readonly residues: ReadonlyMap<SuiteFlow, string>;
}

/** Each flow that it opens has its own recorder, HTTP clients and consent driver. */
export async function flowOpener(
  session: CommandSession,
  options: OpenerOptions,
  beforeExit: Parameters<typeof openConsent>[2]["beforeExit"],
): Promise<FlowOpener> {
  const { planOfFlow } = await import("../../../audit/suite/expand_flows.ts");
  const { createSharedDiscovery } = await import("../../../audit/suite/shared_discovery.ts");
  const { createHttpClient } = await session.runtime.load(() =>
    import("../../../http/client/create_http_client.ts")
  );
  const { runtime: { env, clock }, secrets, stepTimeoutMs, caCerts } = session;
  const isProxied = usesProxy({ env, proxy: options.proxy });
  const isTraced = options.debugOut !== undefined;
  const residues = new Map<SuiteFlow, string>();
  const shareDiscovery = createSharedDiscovery();
  let exchanges = 0;

  async function open(flow: SuiteFlow, signal: AbortSignal): Promise<OpenFlow> {
    const { serverUrl, settings } = flow;
    const { authorizationServer, trustPkce, headers, authMode, consentCommand } = settings;
    const recorder = createRecorder();
    const emit: Emit = (event) => {
      recorder.emit(event);
      if (isTraced) session.emit(event);
    };
    let own = 0;
    // One trace has the exchanges of all flows.
    const nextExchange = () => isTraced ? ++exchanges : ++own;
    const clientUntil = (signal: AbortSignal) =>
      createHttpClient({
        serverUrl,
        namedUrls: authorizationServer ? [authorizationServer] : [],
        customHeaders: Object.entries(headers ?? {}),
        stepTimeoutMs,
        caCerts,
        proxy: options.proxy,
        emit,
        secrets,
        clock,
        env,
        signal,
        keepsPartialBodies: isTraced,
        nextExchange,
      });
    const http = clientUntil(signal);
    const lastingHttp = clientUntil(new AbortController().signal);
    const residue = await openResidueFile(undefined, serverUrl, env);
    residues.set(flow, residue.path);
    const signIn = (flags: Parameters<typeof signInCommand>[1]) =>
      signInCommand({ serverUrl, headerNames: Object.keys(headers ?? {}) }, flags);
    const plan = planOfFlow(flow, options);
    const consent = {
      ...options,
      consents: plan.consents,
      authMode: consentCommand
        ? undefined
        : authMode === "client_credentials"
        ? "none" as const
        : authMode ?? "headless",
      consentCommand: consentCommand ?? undefined,
      consentEnv: [],
      consentTimeout: undefined,
      redirectUrl: settings.redirectUrl ?? undefined,
      printUrl: false,
      browser: undefined,
    };
    return {
      plan,
      http,
      discovery: shareDiscovery(JSON.stringify([serverUrl, headers]), {
        ...{ http, recorder, signal, nextExchange },
      }),
      lastingHttp,
      recorder,
      secrets,
      clock,
      emit,
      signal,
      command: signIn,
      choices: pickDefined({
        authorizationServer: authorizationServer ?? undefined,
        trustPkce: trustPkce ?? undefined,
      }),
      writeResidue: residue.write,
      readCertificate: isProxied
        ? undefined
        : (url) => readServerCertificate({ url, caCerts, timeoutMs: stepTimeoutMs, signal }),
      openConsent: (audit) =>
        openConsent(audit, consent, {
          session: { ...session, serverUrl, signal },
          command: signIn({}),
          beforeExit,
        }),
      async close() {
        await http.close();
        await lastingHttp.close();
      },
    };
  }

  return { open, residues };
}
