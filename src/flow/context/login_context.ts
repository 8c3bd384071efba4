/**
 * What the steps of a login share: the plan, the effects, and how steps and findings are reported.
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

/** What the steps of a login need: effects, and what its caller knows or can ask. */
export interface StepDeps extends LoginEffects {
  /** Used if it still fits. */
  readonly storedClient?: Client | undefined;
  /** Stores what the server changed about that client, before the login continues. */
  readonly clientChanged?: (client: Client) => Promise<void>;
  /** Absent: only the plan names the issuer. */
  readonly issuers?: IssuerConfirmation | undefined;
  /**
   * Shows the device code.
   *
   * @returns Findings about the URLs.
   * @throws Failure `verification_uri_refused`.
   */
  readonly showDevice?: (prompt: DevicePrompt) => Promise<readonly Judgement[]>;
}

/** The client of a login, and where it is used. */
export interface ClientInUse {
  readonly approach: RegistrationApproach;
  /** Null for a grant without one. */
  readonly redirectUri: string | null;
  readonly server: ServerMetadata;
}

export interface LoginContext {
  readonly plan: LoginPlan;
  readonly deps: StepDeps;
  readonly rules: Revision;
  /** True if the login may use the request sequence and protocol of an older revision. */
  readonly auto: boolean;
  /** Runs a step and reports its beginning and end; `detail` sets the text of its outcome. */
  step<T>(id: StepId, work: (detail: (text: string) => void) => Promise<T>): Promise<T>;
  currentStep(): StepId;
  /** Reports findings; throws the first one with severity `error` as a {@link Failure}. */
  judge(judgements: readonly Judgement[]): void;
  useClient(registered: ClientInUse): void;
  /** @throws Failure `registration_limit`. */
  countRegistration(): void;
  /** Null before the registration. */
  clientInUse(): ClientInUse | null;
  /** Shows a note that is not a finding. */
  note(message: string): void;
  /**
   * The certificate for requests to the MCP server if TLS requires it; undefined for any other
   * origin.
   */
  certificateAt(url: string): ClientCertificate | undefined;
  /** Remembers that TLS with the MCP server requires the certificate. */
  presentToServer(): void;
  /** Is called for each URL where a metadata document was expected. */
  recordAttempt?(place: MetadataAttempt): void;
}

/** The failure for a finding with severity `error`. */
export function failureOf(judgement: Judgement): Failure {
  return new Failure(judgement.code, judgement.message, {
    remedy: judgement.remedy,
    reference: judgement.reference,
  });
}

/** The finding for a failure, so that every end is explained in one place. */
export function findingOf(failure: Failure, step: StepId): Finding {
  return {
    code: failure.code,
    severity: "error",
    step,
    message: failure.message,
    remedy: failure.remedy ?? "Run again with --verbose or --debug-out to see every exchange",
    reference: failure.reference ?? "mcpass",
  };
}

const MAX_REGISTRATIONS = 3;

/** Characters of a message, at most. Secrets are masked before the text is cut. */
const MAX_MESSAGE = 2000;

/** Text that may quote a server, with secrets masked, and cut. */
export function reportable(text: string, secrets: Secrets): string {
  return printable(secrets.mask(text), MAX_MESSAGE);
}

/** {@link reportable} text of several lines. */
function reportableLines(text: string, secrets: Secrets): string {
  return text.split("\n").map((line) => reportable(line, secrets)).join("\n");
}

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
