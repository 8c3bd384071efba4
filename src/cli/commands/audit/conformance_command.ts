import type { AuditPlan } from "../../../audit/context/audit.ts";
import type { AuditResult } from "../../../audit/run/audit_result.ts";
import type { AuditCosts, PlannedCheck } from "../../../audit/run/plan.ts";
import { cancelledFailure, Failure, usageFailure } from "../../../core/failure.ts";
import { commandText } from "../../../core/command_text.ts";
import { counted } from "../../../core/quantities.ts";
import { quoted } from "../../../core/text.ts";
import { readServerCertificate } from "../../../http/guard/tls_facts.ts";
import { usesProxy } from "../../../http/proxy_choice.ts";
import { signInCommand } from "../../../flow/context/sign_in_needed.ts";
import { AUDIT_FORMATS, reportText } from "../../../report/audit/formats.ts";
import { maskDocument } from "../../../trace/mask_document.ts";
import type { Command, RequiredOption } from "../../command/command.ts";
import { choicesOf, namedHosts, withChoices } from "../../shared/discovery_choices.ts";
import { REQUIRED_SERVER } from "../../shared/sign_in/required_server.ts";
import { sessionCommand } from "../../shared/session_command.ts";
import { tokenNeeds } from "../../shared/token_command_flags.ts";
import type { View } from "../../terminal/finding_text.ts";
import { logText } from "../../terminal/workflow_commands.ts";
import { verdictPrinter } from "../../terminal/marks.ts";
import { AUDIT_CLIENT_RULES, clientPlan } from "./conformance_clients.ts";
import { openConsent } from "./conformance_consent.ts";
import { CONFORMANCE_FLAGS, type ConformanceOptions } from "./conformance_flags.ts";
import { openReports, renderedReport, reportOf } from "./conformance_reports.ts";
import {
  conformanceText,
  CONSENT_REMEDY,
  outlineLine,
  outlineText,
  type ShownRemoval,
} from "./conformance_text.ts";
import { cleanUpReport } from "./conformance_clean_up.ts";
import { openResidueFile } from "./residue_file.ts";
import { AUDIT_TOKEN_RULES, findTokens, tokenPlan } from "./conformance_tokens.ts";

const DEFAULT_REGISTRATIONS = 20;
const DEFAULT_CONSENTS = 3;
const DEFAULT_MAX_WAIT_SECONDS = 60;

/** Time limit for the removal after Ctrl-C; a second Ctrl-C ends it. */
export const REMOVAL_LIMIT_MS = 30_000;

function removalNote(count: number, path: string): string {
  const command = commandText("oauth conformance", { cleanUp: path });
  const what = count === 1 ? "one client or token" : `${count} clients and tokens`;
  return `Removing ${what} of the audit. ` +
    `To stop, press Ctrl-C again; to remove them later, run:\n  ${command}\n`;
}

/** With --list and --plan, only `plan` and `listed`; with --clean-up, only `removal`. */
export interface ConformanceDocument extends Partial<Omit<AuditResult, "removal">> {
  readonly plan?: AuditCosts;
  readonly listed?: readonly PlannedCheck[];
  readonly removal?: ShownRemoval;
}

function planOf(serverUrl: string, options: ConformanceOptions): AuditPlan {
  return {
    serverUrl,
    revision: options.revision,
    safe: options.safe,
    only: options.only,
    skip: options.skip,
    groups: options.group,
    consents: options.consents ?? DEFAULT_CONSENTS,
    registrations: options.registrations ?? DEFAULT_REGISTRATIONS,
    maxWaitSeconds: options.maxWait ?? DEFAULT_MAX_WAIT_SECONDS,
    browserClients: options.browserClients,
    scopes: options.scopes,
    documentBase: options.cimdBase,
    documentPort: options.cimdPort,
  };
}

/** @throws Failure `unknown_check` (usage). */
export async function assertKnownChecks(
  { only, skip }: Pick<ConformanceOptions, "only" | "skip">,
): Promise<void> {
  const { GROUPS } = await import("../../../audit/checks/groups.ts");
  const { matchesGlob } = await import("../../../core/glob.ts");
  const { nearest } = await import("../../../core/edit_distance.ts");
  const ids = GROUPS.flatMap(({ checks }) => checks.map(({ id }) => id as string));
  const unknown = [...only, ...skip].find((glob) => !ids.some((id) => matchesGlob(glob, id)));
  if (unknown === undefined) return;
  const suggestion = nearest(unknown, ids);
  throw usageFailure(
    "unknown_check",
    `no check matches ${quoted(unknown, 100)}`,
    suggestion === undefined
      ? "To list the checks, run:\n  mcpass oauth conformance --list"
      : `Did you mean ${suggestion}?`,
  );
}

function auditFailure(
  { checks, counts, serverUrl, verdict, cancelled }: AuditResult,
  { failOn = "error" }: ConformanceOptions,
): Failure | undefined {
  if (cancelled) return cancelledFailure();
  if (failOn === "never") return undefined;
  const failed = checks.find((it) => it.verdict === "failed") ??
    (failOn === "warning"
      ? checks.find((it) => it.verdict === "warning" && it.severity !== "info")
      : undefined);
  if (failed !== undefined) {
    const count = failed.verdict === "failed" ? counts.failed : counts.warning;
    const message = `${serverUrl}: ${counted(count, "check")} with the verdict ` +
      `${failed.verdict}, the first is ${failed.id}: ${failed.message}`;
    return new Failure("not_conformant", message, {
      remedy: failed.remedy ?? undefined,
      reference: failed.clause ?? undefined,
    });
  }
  if (verdict !== "incomplete") return undefined;
  const open = checks.filter((it) => it.verdict === "inconclusive" && it.severity === "error");
  if (open.length > 0 && open.every(({ reason }) => reason === "sign_in_first")) {
    return new Failure(
      "sign_in_needed",
      `${serverUrl}: the authorization server shows a page, and nobody can be asked`,
      { kind: "sign_in_needed", remedy: CONSENT_REMEDY },
    );
  }
  const message = `${serverUrl}: ${counted(open.length, "check")} inconclusive: ` +
    open.map(({ id }) => id).join(", ");
  return new Failure("audit_incomplete", message, { kind: "incomplete" });
}

/** Without a verdict: a failure says nothing about whether the server is conformant. */
function withoutVerdict(error: unknown): never {
  if (!(error instanceof Failure) || error.kind !== "operation") throw error;
  throw new Failure(error.code, error.message, { ...error, kind: "incomplete" });
}

const REQUIRED: RequiredOption<typeof CONFORMANCE_FLAGS> = {
  ...REQUIRED_SERVER,
  missing: (options, operands) =>
    !options.list && options.cleanUp === undefined && REQUIRED_SERVER.missing(options, operands),
};

export const CONFORMANCE_COMMAND: Command<typeof CONFORMANCE_FLAGS> = sessionCommand({
  name: "oauth conformance",
  summary: "Audit the OAuth of a server: requests, evidence, and what to change",
  examples: [
    ["a server", "mcpass oauth conformance https://server.example/mcp"],
    ["without side effects", "mcpass oauth conformance https://server.example/mcp --safe"],
    [
      "the failed checks, for a script",
      "mcpass oauth conformance https://server.example/mcp --format json \\\n" +
      `  | jq -r '.checks[] | select(.verdict == "failed") | .id'`,
    ],
    [
      "with a token, without signing in",
      'MCPASS_ACCESS_TOKEN="$TOKEN" \\\n  mcpass oauth conformance https://server.example/mcp --safe',
    ],
    [
      "in CI: test results and code scanning",
      "mcpass oauth conformance https://server.example/mcp \\\n" +
      "  --report junit=conformance.xml --report sarif=conformance.sarif",
    ],
  ],
  flags: CONFORMANCE_FLAGS,
  rules: [...AUDIT_CLIENT_RULES, ...AUDIT_TOKEN_RULES],
  requiredOptions: [REQUIRED],
  notes: [
    "Sends valid requests of a client, and wrong ones that a server has to refuse. Registers " +
    'clients with the name "mcpass conformance audit", and removes them at the end.',
    "With --access-token (or MCPASS_ACCESS_TOKEN), --credentials-file or --account, the checks of " +
    "the MCP server use that token. A stored sign-in is used where nobody can consent. Checks that " +
    "need a new sign-in never use them.",
    "Exit status: 0 conformant, 1 not conformant, 2 usage, 3 no verdict: the server was not " +
    "reached, or an important check is inconclusive, 4 a person has to consent, 130 Ctrl-C.",
  ],
  needs: (invocation, { runtime }) => ({
    ...tokenNeeds(invocation),
    http: () => namedHosts(invocation.options.url ?? "", invocation.options, runtime),
  }),
  async report(session, invocation, { runtime, format }) {
    const { serverUrl, signal } = session;
    const { options } = invocation;
    if (options.cleanUp !== undefined) return await cleanUpReport(session, options.cleanUp);
    await assertKnownChecks(options);
    const usual = { ...planOf(serverUrl, options), ...await clientPlan(session, options) };
    const { outlineOf } = await import("../../../audit/run/plan.ts");
    const outline = outlineOf(usual);
    if (options.list || options.plan) {
      return {
        document: { plan: outline.costs, listed: outline.checks } satisfies ConformanceDocument,
        text: (view) => outlineText(outline, options.list, view),
      };
    }
    const reports = await openReports(options.report);
    session.note(outlineLine(outline));
    const source = await findTokens(session, invocation);
    await session.openHttp();
    const plan: AuditPlan = {
      ...usual,
      ...await tokenPlan(session, options, source),
    };
    const headerNames = options.header.map(([name]) => name);
    const signIn = withChoices({ serverUrl, headerNames }, options);
    const { auditServer } = await import("../../../audit/run/audit_server.ts");
    const residue = await openResidueFile(options.residue, serverUrl, runtime.env);
    const ended = Promise.withResolvers<void>();
    runtime.beforeExit?.push(() => ended.promise);
    if (runtime.exitLimit !== undefined) runtime.exitLimit.ms = REMOVAL_LIMIT_MS;
    const textOf = (shown: AuditResult) => (view: View) =>
      conformanceText(shown, verdictPrinter(runtime), view, options.verbose);
    let isShown = false;
    const isProxied = usesProxy({ env: runtime.env, proxy: options.proxy });
    const { caCerts, stepTimeoutMs: timeoutMs } = session;
    const result = await auditServer(plan, {
      ...session,
      readCertificate: isProxied
        ? undefined
        : (url) => readServerCertificate({ url, caCerts, timeoutMs, signal }),
      command: session.commands((flags) => signInCommand(signIn, flags)),
      choices: await choicesOf(signIn, runtime.io),
      writeResidue: residue.write,
      lastingHttp: session.httpAt(serverUrl, new AbortController().signal),
      onRemoval: (count) => {
        if (signal.aborted) session.progress.io.err(removalNote(count, residue.path));
      },
      async onCancel(soFar) {
        // A second Ctrl-C ends the removal, so nothing waits for it.
        const shown = maskDocument(soFar, session.secrets);
        await reports.write(shown, (format) => reportText(format, reportOf(shown)));
        if (format !== "human" || !runtime.io.stdoutIsTerminal) return;
        isShown = true;
        runtime.io.out(logText(textOf(shown)(session.view(true)), runtime.env));
      },
      onResult: ({ id, verdict, message }) =>
        session.progress.announce?.(
          maskDocument({ event: "check_ended", id, verdict, message }, session.secrets),
        ),
      openConsent: (audit) =>
        openConsent(audit, { ...options, consents: plan.consents }, {
          session,
          command: session.commands((flags) => signInCommand(signIn, flags))({}),
          beforeExit: runtime.beforeExit,
        }),
    }).finally(ended.resolve).catch(withoutVerdict);
    const file = result.removal.left.length === 0 ? null : residue.path;
    const removal: ShownRemoval = { ...result.removal, file };
    const shown = maskDocument({ ...result, removal }, session.secrets);
    await reports.write(shown, (format) => reportText(format, reportOf(shown)));
    return {
      document: { ...result, removal, plan: outline.costs } satisfies ConformanceDocument,
      text: (view) => isShown ? undefined : textOf(shown)(view),
      ...await renderedReport(
        options.format,
        AUDIT_FORMATS,
        (format) => reportText(format, reportOf(shown)),
      ),
      statesFailure: !result.cancelled,
      failure: auditFailure(result, options),
    };
  },
});
