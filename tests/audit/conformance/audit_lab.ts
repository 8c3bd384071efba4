/** Audits of the lab in this process, for the tests of checks. @module */

import type { AuditResult } from "../../../src/audit/run/audit_result.ts";
import { type AuditDeps, auditServer } from "../../../src/audit/run/audit_server.ts";
import { createHeadlessDriver } from "../../../src/audit/drivers/headless_driver.ts";
import type { ConsentDriver } from "../../../src/audit/context/consent_driver.ts";
import type { ResidueEntry } from "../../../src/audit/run/residue.ts";
import type { AuditPlan } from "../../../src/audit/context/audit.ts";
import { cancelledFailure } from "../../../src/core/failure.ts";
import { commandText } from "../../../src/core/command_text.ts";
import type { Clock } from "../../../src/core/system.ts";
import type { Emit } from "../../../src/core/events.ts";
import { createHttpClient } from "../../../src/http/client/create_http_client.ts";
import { readServerCertificate } from "../../../src/http/guard/tls_facts.ts";
import type { ClientCertificate } from "../../../src/oauth/client/client_certificate.ts";
import { readClientCertificate } from "../../../src/flow/client/certificate_files.ts";
import { createRecorder } from "../../../src/trace/recorder.ts";
import { type Browser, openBrowser } from "../../lab/person.ts";
import { createSecrets } from "../../../src/trace/secrets.ts";
import { fixturePath } from "../../lab/mtls_lab.ts";

export interface AuditRun {
  readonly result: AuditResult;
  /** The last state of the residue file. */
  readonly residue: readonly ResidueEntry[];
}

const REDIRECT_URI = "http://127.0.0.1:33418/callback";

interface AuditObserver {
  readonly onEvent?: Emit;
  readonly onResidue?: (entries: readonly ResidueEntry[]) => void;
}

export interface AuditSetting extends AuditObserver {
  readonly signal?: AbortSignal;
  readonly clock?: Clock;
  readonly onCancel?: NonNullable<AuditDeps["onCancel"]>;
  /** By default headless. */
  readonly openConsent?: AuditDeps["openConsent"];
  /** PEM text of further trusted certificates. */
  readonly caCerts?: readonly string[];
}

/** A clock whose waits end at once, and that then shows the later time. */
export function skippingClock(): Required<Clock> {
  let skipped = 0;
  return {
    now: () => Date.now() + skipped,
    sleep(ms) {
      skipped += ms;
      return Promise.resolve();
    },
  };
}

/** A client certificate that the lab accepts. */
export function clientCertificate(): Promise<ClientCertificate> {
  const files = { certFile: fixturePath("client.crt"), keyFile: fixturePath("client.key") };
  return readClientCertificate(files, "usage", () => Promise.resolve(undefined));
}

/** Audits a server that consents without a person. */
export async function audit(
  serverUrl: string,
  changes: Partial<AuditPlan> = {},
  {
    signal = new AbortController().signal,
    clock = { now: () => Date.now() },
    openConsent = (it) => Promise.resolve(createHeadlessDriver(it, REDIRECT_URI)),
    caCerts = [],
    onEvent,
    onResidue,
    onCancel,
  }: AuditSetting = {},
): Promise<AuditRun> {
  const recorder = createRecorder();
  const emit: Emit = (event) => {
    recorder.emit(event);
    onEvent?.(event);
  };
  const secrets = createSecrets();
  let exchanges = 0;
  const settings = {
    nextExchange: () => ++exchanges,
    serverUrl,
    customHeaders: [],
    stepTimeoutMs: 10_000,
    caCerts,
    emit,
    secrets,
    clock,
    env: { get: () => undefined, toObject: () => ({}) },
  };
  const http = createHttpClient({ ...settings, signal });
  const lastingHttp = createHttpClient({ ...settings, signal: new AbortController().signal });
  let residue: readonly ResidueEntry[] = [];
  try {
    const result = await auditServer({
      serverUrl,
      revision: undefined,
      safe: false,
      only: [],
      skip: [],
      groups: [],
      consents: 3,
      registrations: 200,
      maxWaitSeconds: 0,
      browserClients: false,
      ...changes,
    }, {
      http,
      lastingHttp,
      secrets,
      clock,
      emit,
      signal,
      recorder,
      command: (flags) => ({ line: commandText("login", { url: serverUrl, ...flags }) }),
      choices: {},
      writeResidue: (entries) => {
        residue = entries;
        onResidue?.(entries);
        return Promise.resolve();
      },
      readCertificate: (url) => readServerCertificate({ url, caCerts, timeoutMs: 10_000, signal }),
      openConsent,
      ...onCancel === undefined ? {} : { onCancel },
    });
    return { result, residue };
  } finally {
    await http.close();
    await lastingHttp.close();
  }
}

/** A person who decides as asked, with a browser for each session. */
export function openDecidingDriver(redirectUri = REDIRECT_URI): Promise<ConsentDriver> {
  const browsers = new Map<string, Browser>();
  return Promise.resolve({
    redirectUri,
    asksPerson: false,
    decides: true,
    async obtain({ authorizationUrl, redirectUri: stopAt, decision, session }) {
      const browser = browsers.get(session) ?? openBrowser({ stopAt });
      browsers.set(session, browser);
      const first = await browser.visit(authorizationUrl);
      if (first.status === 0) {
        return { url: first.url, status: null, exchangeId: null, pages: [] };
      }
      const { url } = await browser.press(first, decision);
      const pages = [{ url: first.url, title: "Consent" }];
      return { url, status: null, exchangeId: null, pages };
    },
    close: () => Promise.resolve(),
  });
}

/** Audits a server, and interrupts at an event: the start or the end of a request. */
export async function auditUntil(
  serverUrl: string,
  at: number,
): Promise<Pick<AuditRun, "residue"> & { readonly soFar: AuditResult | undefined }> {
  const stop = new AbortController();
  let events = 0;
  let residue: readonly ResidueEntry[] = [];
  const onEvent: Emit = ({ type }) => {
    if (type === "request_started" || type === "exchange") events += 1;
    if (events === at) stop.abort(cancelledFailure());
  };
  const onResidue = (entries: readonly ResidueEntry[]) => residue = entries;
  let soFar: AuditResult | undefined;
  const onCancel = (result: AuditResult) => {
    soFar = result;
    return Promise.resolve();
  };
  const observer = { onEvent, onResidue, onCancel };
  await audit(serverUrl, {}, { signal: stop.signal, ...observer }).catch((error) => {
    if (!stop.signal.aborted) throw error;
  });
  return { residue, soFar };
}

/** `id verdict: message` of each check that did not pass. */
export function deviations({ checks }: AuditResult): string[] {
  return checks.filter(({ verdict }) => verdict !== "passed" && verdict !== "skipped")
    .map(({ id, verdict, message }) => `${id} ${verdict}: ${message}`);
}
