/**
 * What the steps of a login share: the plan, the effects, and how steps and findings are reported.
 * @module
 */

import {
  commandText,
  type LoginCommand,
  type OptionTexts,
  remedyText,
} from "../../core/command_text.ts";
import { Failure, toFailure } from "../../core/failure.ts";
import type { Finding, Judgement } from "../../core/finding.ts";
import type { JsonObject } from "../../core/json.ts";
import type { StepId } from "../../core/step.ts";
import { printable } from "../../core/text.ts";
import type { HttpResponse } from "../../http/http_client.ts";
import type { ClientCertificate } from "../../oauth/client/client_certificate.ts";
import {
  LATEST,
  type RegistrationApproach,
  type Revision,
  revision,
} from "../../oauth/mcp/revision.ts";
import type { ResourceMetadataCandidate } from "../../oauth/mcp/well_known.ts";
import type { SoughtDocument } from "../../oauth/metadata/metadata_response.ts";
import type { ServerMetadata } from "../../oauth/metadata/server_metadata.ts";
import type { Secrets } from "../../trace/secrets.ts";
import type { Client } from "./client.ts";
import type { StepDeps } from "./effects.ts";
import type { LoginPlan } from "./login_plan.ts";

/** A client that a login registered, and where. */
export interface Registration {
  readonly client: Client;
  readonly server: ServerMetadata;
}

interface LoginState {
  step: StepId;
  client: {
    readonly approach: RegistrationApproach;
    readonly redirectUri: string | null;
    readonly server: ServerMetadata;
  } | undefined;
  registrations: number;
  /** The last client that this login registered. */
  registered: Registration | undefined;
  /** True if TLS with the MCP server requires the client certificate. */
  presentsCertificate: boolean;
  /** Why the steps repeat earlier ones; set by {@link LoginContext.repeating}. */
  repeatReason: string | undefined;
  /** Why the login would end, in a dry run: it continues, to report every such reason. */
  refusals: StepJudgement[];
}

/** Says why the caller repeats a step that failed; undefined if it does not. */
export type Repeats = (failure: Failure) => string | undefined | Promise<string | undefined>;

/** A URL where a metadata document was expected, and what was there. */
export interface MetadataAttempt {
  readonly kind: SoughtDocument;
  /** The identifier that the document must have: the MCP server URL, or an issuer. */
  readonly identifier: string;
  /** `origin`: nobody named the issuer. */
  readonly source: ResourceMetadataCandidate["source"] | "issuer" | "origin";
  readonly url: string;
  readonly answer: HttpResponse;
  readonly document: JsonObject | undefined;
  /** Why the document is not used. */
  readonly objection: string | undefined;
}

export interface LoginContext {
  readonly plan: LoginPlan;
  readonly deps: StepDeps;
  /** The revision whose checks apply. */
  readonly rules: Revision;
  /** True if the login may use the request sequence and protocol of an older revision. */
  readonly auto: boolean;
  readonly state: LoginState;
  /**
   * Runs a step and reports its beginning and end; `detail` sets the text of its outcome. A step that
   * is repeated has not failed: its text is the reason.
   */
  step<T>(
    id: StepId,
    work: (detail: (text: string) => void) => Promise<T>,
    repeats?: Repeats,
  ): Promise<T>;
  /** Runs steps that repeat earlier ones; each says why. */
  repeating<T>(reason: string, work: () => Promise<T>): Promise<T>;
  /**
   * Reports findings; throws the first one with severity `error` as a {@link Failure}. A dry run adds
   * it to `state.refusals`.
   */
  judge(judgements: readonly (Judgement | StepJudgement)[]): void;
  /** Reports `state.refusals`, and returns the first one. */
  reportRefusals(): Failure | undefined;
  note(message: string): void;
  readonly command: LoginCommand;
  /** The certificate for a request, if it goes to the MCP server and TLS requires it there. */
  certificateAt(url: string): ClientCertificate | undefined;
  /** Is called for each URL where a metadata document was expected. */
  recordAttempt?(place: MetadataAttempt): void;
}

export interface StepJudgement extends Judgement {
  readonly step: StepId;
}

export function failureOf({ code, message, ...rest }: Judgement): Failure {
  const { remedy, loginFlags, commandFlags, reference, observed } = rest;
  return new Failure(code, message, { remedy, loginFlags, commandFlags, reference, observed });
}

export function findingFrom(judgement: Judgement, step: StepId, command: LoginCommand): Finding {
  const { code, severity, message, reference } = judgement;
  return { code, severity, step, message, remedy: remedyText(judgement, command), reference };
}

export function judgementOf({ code, message, ...failure }: Failure): Judgement {
  const {
    loginFlags,
    commandFlags,
    remedy = "Run again with --verbose or --debug-out to see every exchange",
    reference = "mcpass",
    observed,
  } = failure;
  const advice = { remedy, loginFlags, commandFlags };
  return { code, severity: "error", message, ...advice, reference, observed };
}

/** The finding for a failure, so that every end is explained in one place. */
export function findingOf(failure: Failure, step: StepId, command: LoginCommand): Finding {
  return findingFrom(judgementOf(failure), step, command);
}

/** Characters of a message, at most. Secrets are masked before the text is cut. */
const MAX_MESSAGE = 2000;

/** Text that may quote a server, with secrets masked, and cut. */
export function reportable(text: string, secrets: Secrets): string {
  return printable(secrets.mask(text), MAX_MESSAGE);
}

/** A command line is not cut: a part of it would be another command. */
function reportableLines(text: string, secrets: Secrets): string {
  return text.split("\n").map((line) =>
    line.startsWith("  mcpass ") ? printable(secrets.mask(line)) : reportable(line, secrets)
  ).join("\n");
}

/** The failure with a complete remedy. */
export function completeFailure(failure: Failure, command: LoginCommand): Failure {
  const { code, message, kind, reference, detail, observed, cause } = failure;
  if ((failure.loginFlags ?? failure.commandFlags) === undefined) return failure;
  const remedy = remedyText(failure, command);
  return new Failure(code, message, { kind, remedy, reference, detail, observed, cause });
}

export function reportableFailure(
  failure: Failure,
  secrets: Secrets,
  command: LoginCommand,
): Failure {
  const { code, kind, remedy, reference, detail, observed, cause } = completeFailure(
    failure,
    command,
  );
  return new Failure(code, reportable(failure.message, secrets), {
    kind,
    remedy: remedy && reportableLines(remedy, secrets),
    reference,
    detail: detail && reportable(detail, secrets),
    observed: observed && reportable(observed, secrets),
    cause,
  });
}

/** True for a refusal that flags of this login turn into a warning. */
export function isAcceptable({ code, severity, loginFlags }: Judgement): boolean {
  const isRefusal = severity === "error" || code === "registration_unavailable";
  return isRefusal && loginFlags !== undefined && loginFlags["url"] === undefined;
}

/** What one login needs to accept everything that was refused. */
export function neededFlags(judgements: readonly Judgement[]): OptionTexts {
  return Object.assign({}, ...judgements.filter(isAcceptable).map(({ loginFlags }) => loginFlags));
}

/** One command line accepts everything that was refused; another URL needs a login of its own. */
export function withAllFlags<Kind extends Judgement>(judgements: readonly Kind[]): Kind[] {
  const loginFlags = neededFlags(judgements);
  return judgements.map((it) => isAcceptable(it) ? { ...it, loginFlags } : it);
}

export function createLoginContext(plan: LoginPlan, deps: StepDeps): LoginContext {
  const { clock, emit, secrets } = deps;
  const { certificate, protocolVersion, serverUrl } = plan;
  const auto = protocolVersion === "auto";
  const state: LoginState = {
    step: "plan",
    client: undefined,
    registrations: 0,
    registered: undefined,
    presentsCertificate: false,
    repeatReason: undefined,
    refusals: [],
  };
  const reported = new Set<string>();
  const command: LoginCommand = deps.command ??
    ((flags) => ({ line: commandText("login", { url: serverUrl, ...flags }) }));
  const report = ({ step, ...judgement }: StepJudgement) => {
    const raw = findingFrom(judgement, step, command);
    const finding: Finding = {
      ...raw,
      message: reportable(raw.message, secrets),
      remedy: reportableLines(raw.remedy, secrets),
    };
    const said = `${finding.code} ${finding.message}`;
    if (!reported.has(said)) emit({ type: "finding", finding });
    reported.add(said);
  };
  return {
    plan,
    deps,
    command,
    rules: auto ? LATEST : revision(protocolVersion),
    auto,
    state,
    async step(id, work, repeats) {
      const outer = state.step;
      const { repeatReason } = state;
      state.step = id;
      let detail = repeatReason && `repeated: ${repeatReason}`;
      const end = (status: "done" | "failed") => {
        // Secrets that the step learned after it set the text are masked too.
        const shown = detail === undefined ? {} : { detail: reportable(detail, secrets) };
        emit({ type: "step_ended", step: id, at: clock.now(), status, ...shown });
      };
      emit({ type: "step_started", step: id, at: clock.now() });
      try {
        const result = await work((text) => {
          detail = repeatReason === undefined ? text : `${text}; repeated: ${repeatReason}`;
        });
        end("done");
        if (outer === "verify_list_tools" || outer === "verify_call_tool") state.step = outer;
        return result;
      } catch (error) {
        let reason: string | undefined;
        try {
          reason = await repeats?.(toFailure(error));
        } finally {
          if (reason !== undefined) detail = reason;
          end(reason === undefined ? "failed" : "done");
        }
        throw error;
      }
    },
    async repeating(reason, work) {
      state.repeatReason = reason;
      try {
        return await work();
      } finally {
        state.repeatReason = undefined;
      }
    },
    judge(judgements) {
      const complete = withAllFlags(judgements);
      for (const judgement of complete) {
        const inStep = { step: state.step, ...judgement };
        if (judgement.severity === "error" && plan.dryRun) state.refusals.push(inStep);
        else report(inStep);
      }
      const fatal = complete.find(({ severity }) => severity === "error");
      if (fatal !== undefined && !plan.dryRun) throw failureOf(fatal);
    },
    reportRefusals() {
      const refusals = withAllFlags(state.refusals);
      refusals.forEach(report);
      return refusals[0] && failureOf(refusals[0]);
    },
    certificateAt(url) {
      const isServer = URL.parse(url)?.origin === new URL(serverUrl).origin;
      return state.presentsCertificate && isServer ? certificate : undefined;
    },
    note: (message) =>
      emit({ type: "note", at: clock.now(), message: reportable(message, secrets) }),
  };
}
