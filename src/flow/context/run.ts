/**
 * What the parts of a login share: the plan, the effects, and how steps and findings are reported.
 *
 * @module
 */

import type { Consent } from "../../consent/consent.ts";
import type { DevicePrompt } from "../../consent/device_prompt.ts";
import type { Clock } from "../../core/deps.ts";
import type { Emit } from "../../core/events.ts";
import { Failure } from "../../core/failure.ts";
import type { Finding, Judgement } from "../../core/finding.ts";
import { printable } from "../../core/text.ts";
import type { StepId } from "../../core/step.ts";
import type { Http } from "../../http/http.ts";
import type { SecretSource } from "../../oauth/client/client_auth.ts";
import type { ClientCertificate } from "../../oauth/client/client_certificate.ts";
import type { RegistrationApproach, Revision } from "../../oauth/mcp/revision.ts";
import { SHORTEST_SECRET } from "../../oauth/mcp/scope.ts";
import type { ServerMetadata } from "../../oauth/metadata/server_metadata.ts";
import type { Secrets } from "../../trace/secrets.ts";
import type { JsonObject } from "../../core/json.ts";
import type { Client } from "../client/client_registration.ts";
import type { IssuerConfirmation } from "../client/confirm_issuer.ts";
import type { Begun } from "../discovery/find_endpoint.ts";
import type { LoginPlan } from "./login_plan.ts";
import type { Decide } from "./sight.ts";
import type { Tried } from "../discovery/tried.ts";

/** The effects a login is handed. */
export interface LoginDeps {
  /** The door to the network. */
  readonly http: Http;
  /** A client that was registered before and is kept; used where it still fits. */
  readonly knownClient?: Client | undefined;
  /** Keeps what the server changed about that client, before anything else is done with it. */
  readonly clientChanged?: (client: Client) => Promise<void>;
  /** Makes a way to consent ready: binds the listener, or picks the headless redirect URI. */
  readonly openConsent: (redirectUrl: string | undefined) => Promise<Consent>;
  /** A first step that was taken already. */
  readonly begun?: Begun | undefined;
  /** How the issuer of given credentials is determined; absent: only by the plan. */
  readonly issuers?: IssuerConfirmation | undefined;
  /** Decides what is open once the server is known; absent: the plan says everything. */
  readonly decide?: Decide | undefined;
  /** Picks a tool to call when the plan names none; undefined calls none. */
  readonly pickTool?: PickTool | undefined;
  /**
   * Shows a person the code of a device, for the grant that has one.
   *
   * @returns What is to be said about the addresses.
   * @throws Failure `verification_uri_refused`.
   */
  readonly showDevice?: (prompt: DevicePrompt) => Promise<readonly Judgement[]>;
  /** Receives every report. */
  readonly emit: Emit;
  /** Learns every secret as it arises. */
  readonly secrets: Secrets;
  /** Time. */
  readonly clock: Clock;
  /** Ctrl-C. */
  readonly signal: AbortSignal;
}

/** Every secret that the person gave for a login. */
export function givenSecrets(plan: LoginPlan): readonly string[] {
  const { assertion, certificate, clientSecret, headers, identityProvider, privateKey } = plan;
  return [
    clientSecret,
    privateKey,
    assertion?.text,
    plan.registrationToken,
    plan.softwareStatement,
    identityProvider?.clientSecret,
    identityProvider?.idToken?.text,
    ...headers.map(([, value]) => value).filter((it) => it.length >= SHORTEST_SECRET),
    ...certificate?.secrets ?? [],
  ].filter((secret) => secret !== undefined);
}

/**
 * Where a secret in a response of the authorization server comes from. A server that only returns the
 * secret that it was sent did not issue it.
 */
export function secretSourceOf(secret: string | undefined, plan: LoginPlan): SecretSource {
  return secret !== undefined && givenSecrets(plan).includes(secret) ? "given" : "issued";
}

/** A tool to call, and with what. */
export type PickTool = (tools: readonly JsonObject[]) => Promise<
  { readonly name: string; readonly args: Readonly<Record<string, unknown>> } | undefined
>;

/** How and where a client is identified. */
export interface ClientRegistration {
  /** The approach. */
  readonly approach: RegistrationApproach;
  /** The redirect URI; null for a grant without one. */
  readonly redirectUri: string | null;
  /** The authorization server. */
  readonly server: ServerMetadata;
}

/** A login under way. */
export interface Run {
  /** What was asked for. */
  readonly plan: LoginPlan;
  /** The effects. */
  readonly deps: LoginDeps;
  /** The revision whose checks hold. */
  readonly rules: Revision;
  /** True when an older server may be met with the older sequence and wire. */
  readonly auto: boolean;
  /** Runs one step and reports its beginning and end; `detail` becomes its outcome in words. */
  step<T>(id: StepId, work: (detail: (text: string) => void) => Promise<T>): Promise<T>;
  /** The step under way. */
  currentStep(): StepId;
  /** Reports judgements; the first with severity `error` is thrown as a {@link Failure}. */
  judge(judgements: readonly Judgement[]): void;
  /** Remembers how and where the client is identified. */
  register(registered: ClientRegistration): void;
  /**
   * Counts a registration that is about to be sent.
   *
   * @throws Failure `registration_limit`.
   */
  countRegistration(): void;
  /** How and where the client is identified; null before that. */
  registered(): ClientRegistration | null;
  /** Tells the person something that is no finding. */
  note(message: string): void;
  /**
   * The certificate to present to the MCP server, where its handshake wanted one; undefined for any
   * other origin.
   */
  certificateAt(url: string): ClientCertificate | undefined;
  /** Takes note that the handshake with the MCP server wants the certificate. */
  presentToServer(): void;
  /** Takes note of each place where a document was looked for. */
  tried?(place: Tried): void;
}

/** The {@link Failure} that an `error` judgement amounts to. */
export function failureOf(judgement: Judgement): Failure {
  return new Failure(judgement.code, judgement.message, {
    remedy: judgement.remedy,
    reference: judgement.reference,
  });
}

/** Registrations in one login, at most. */
const MAX_REGISTRATIONS = 3;

/** Characters of one message, at most; cut only after secrets were masked. */
const MAX_MESSAGE = 2000;

/** Text that may quote a server, made fit to be reported: secrets masked, then cut. */
export function reportable(text: string, secrets: Secrets): string {
  return printable(secrets.mask(text), MAX_MESSAGE);
}

/** {@link reportable} advice; its own line ends stay. */
function reportableLines(text: string, secrets: Secrets): string {
  return text.split("\n").map((line) => reportable(line, secrets)).join("\n");
}

/** A failure with {@link reportable} text. */
export function reportableFailure(failure: Failure, secrets: Secrets): Failure {
  const { code, kind, remedy, reference, detail, cause } = failure;
  return new Failure(code, reportable(failure.message, secrets), {
    kind,
    remedy: remedy === undefined ? undefined : reportableLines(remedy, secrets),
    reference,
    detail: detail === undefined ? undefined : reportable(detail, secrets),
    cause,
  });
}

/** Makes a {@link Run}. */
export function startRun(
  plan: LoginPlan,
  deps: LoginDeps,
  rules: Revision,
  auto: boolean,
): Run {
  let current: StepId = "plan";
  let registered: ClientRegistration | null = null;
  let registrations = 0;
  let presented = false;
  const reported = new Set<string>();
  const { emit, clock } = deps;
  return {
    plan,
    deps,
    rules,
    auto,
    currentStep: () => current,
    async step(id, work) {
      const outer = current;
      current = id;
      let detail: string | undefined;
      const end = (status: "done" | "failed") =>
        emit({
          type: "step_ended",
          step: id,
          at: clock.now(),
          status,
          ...(detail === undefined ? {} : { detail: reportable(detail, deps.secrets) }),
        });
      emit({ type: "step_started", step: id, at: clock.now() });
      try {
        const result = await work((text) => detail = text);
        end("done");
        if (outer === "verify_list_tools" || outer === "verify_call_tool") current = outer;
        return result;
      } catch (error) {
        end("failed");
        throw error;
      }
    },
    judge(judgements) {
      for (const judgement of judgements) {
        const finding: Finding = {
          ...judgement,
          step: current,
          message: reportable(judgement.message, deps.secrets),
          remedy: reportableLines(judgement.remedy, deps.secrets),
        };
        const said = `${finding.code} ${finding.message}`;
        if (reported.has(said)) continue;
        reported.add(said);
        emit({ type: "finding", finding });
      }
      const fatal = judgements.find((judgement) => judgement.severity === "error");
      if (fatal !== undefined) throw failureOf(fatal);
    },
    certificateAt: (url) =>
      presented && URL.parse(url)?.origin === new URL(plan.serverUrl).origin
        ? plan.certificate
        : undefined,
    presentToServer: () => {
      presented = true;
    },
    register: (client) => {
      registered = client;
    },
    registered: () => registered,
    countRegistration() {
      registrations += 1;
      if (registrations <= MAX_REGISTRATIONS) return;
      throw new Failure(
        "registration_limit",
        `${MAX_REGISTRATIONS} registrations were made in this login, and another one is wanted`,
        {
          remedy: "Server: name one authorization server, and accept its clients",
          reference: "MCP authorization, Client Registration Approaches",
        },
      );
    },
    note: (message) =>
      emit({ type: "note", at: clock.now(), message: reportable(message, deps.secrets) }),
  };
}
