/**
 * What the parts of a login share: the plan, the effects, and how steps and findings are reported.
 *
 * @module
 */

import type { DevicePrompt } from "../../consent/device_prompt.ts";
import { Failure } from "../../core/failure.ts";
import type { Finding, Judgement } from "../../core/finding.ts";
import type { StepId } from "../../core/step.ts";
import { printable } from "../../core/text.ts";
import type { ClientCertificate } from "../../oauth/client/client_certificate.ts";
import type { RegistrationApproach, Revision } from "../../oauth/mcp/revision.ts";
import type { ServerMetadata } from "../../oauth/metadata/server_metadata.ts";
import type { Secrets } from "../../trace/secrets.ts";
import type { Client } from "./client.ts";
import type { LoginEffects } from "./effects.ts";
import type { IssuerConfirmation } from "./issuer_confirmation.ts";
import type { LoginPlan } from "./login_plan.ts";
import type { MetadataAttempt } from "./metadata_attempt.ts";

/** What the steps of a login need: effects, and what the caller of the login knows or can ask. */
export interface StepDeps extends LoginEffects {
  /** A stored client; used if it still fits. */
  readonly storedClient?: Client | undefined;
  /** Stores what the server changed about that client, before the login continues. */
  readonly clientChanged?: (client: Client) => Promise<void>;
  /** How the issuer of given credentials is determined; absent: only by the plan. */
  readonly issuers?: IssuerConfirmation | undefined;
  /**
   * Shows a person the code of a device, for the grant that has one.
   *
   * @returns Findings about the addresses.
   * @throws Failure `verification_uri_refused`.
   */
  readonly showDevice?: (prompt: DevicePrompt) => Promise<readonly Judgement[]>;
}

/** How and where a client is identified. */
export interface ClientInUse {
  /** The approach. */
  readonly approach: RegistrationApproach;
  /** The redirect URI; null for a grant without one. */
  readonly redirectUri: string | null;
  /** The authorization server. */
  readonly server: ServerMetadata;
}

/** A login under way. */
export interface LoginContext {
  /** What was asked for. */
  readonly plan: LoginPlan;
  /** The effects. */
  readonly deps: StepDeps;
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
  useClient(registered: ClientInUse): void;
  /**
   * Counts a registration that is about to be sent.
   *
   * @throws Failure `registration_limit`.
   */
  countRegistration(): void;
  /** How and where the client is identified; null before that. */
  clientInUse(): ClientInUse | null;
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
  recordAttempt?(place: MetadataAttempt): void;
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

/** Makes a {@link LoginContext}. */
export function createLoginContext(
  plan: LoginPlan,
  deps: StepDeps,
  rules: Revision,
  auto: boolean,
): LoginContext {
  let current: StepId = "plan";
  let registered: ClientInUse | null = null;
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
    useClient: (client) => {
      registered = client;
    },
    clientInUse: () => registered,
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
