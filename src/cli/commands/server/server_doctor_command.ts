import type { DoctorResult } from "../../../audit/doctor/doctor.ts";
import { Failure } from "../../../core/failure.ts";
import { commandText, type OptionTexts, type PrintedCommand } from "../../../core/command_text.ts";
import { signInCommand } from "../../../flow/context/sign_in_needed.ts";
import { usesProxy } from "../../../http/proxy_choice.ts";
import type { Command } from "../../command/command.ts";
import { flagGroup, toggle, value } from "../../command/flag.ts";
import type { NextCommand, View } from "../../terminal/finding_text.ts";
import { partsOf } from "../../terminal/failure_text.ts";
import { verdictPrinter } from "../../terminal/marks.ts";
import { DISCOVERY_FLAGS } from "../../args/discovery_flags.ts";
import { choice, seconds } from "../../args/values.ts";
import {
  choicesOf,
  namedHosts,
  pinnedRevision,
  withChoices,
} from "../../shared/discovery_choices.ts";
import { TOKEN_COMMAND_FLAGS, TOKEN_NOTES, tokenNeeds } from "../../shared/token_command_flags.ts";
import { REQUIRED_SIGN_IN } from "../../shared/sign_in/required_server.ts";
import { explainCommand } from "./server_probe_command.ts";
import { sessionCommand } from "../../shared/session_command.ts";
import { credentialOptions, credentialsFor, startAuthorizedSession } from "../../mcp/mcp_access.ts";
import { type CheckChange, checkChanges } from "./doctor_changes.ts";
import { changeLines, doctorText, doctorVerdict } from "./server_doctor_text.ts";

export interface DoctorDocument extends DoctorResult {
  /** The command line of the next step. */
  readonly next: string | null;
  /** With `--watch`: what is different from the last document. */
  readonly changes?: readonly Omit<CheckChange, "at">[];
}

type FailOn = "warning" | "error" | "never";

/** The first finding that ends the command with a failure. */
function doctorFailure(
  { status, checks, serverUrl }: DoctorResult,
  failOn: FailOn,
): Failure | undefined {
  if (failOn === "never") return undefined;
  const needsSignIn = status === "sign_in_needed";
  const first =
    checks.find((check) => check.status === "error" && (needsSignIn || check.signIn !== true)) ??
      (failOn === "warning" ? checks.find((check) => check.status === "warning") : undefined);
  if (first === undefined) return undefined;
  const { id, title, detail, remedy, reference } = first;
  return new Failure(
    needsSignIn ? "sign_in_needed" : `${id}_failed`,
    `${serverUrl}: ${title}: ${detail}`,
    {
      kind: needsSignIn ? "sign_in_needed" : "operation",
      remedy: remedy ?? undefined,
      reference: reference ?? undefined,
    },
  );
}

function nextStep(
  { status, probe }: DoctorResult,
  login: PrintedCommand,
  options: OptionTexts,
): NextCommand | undefined {
  if (probe.status === "unreachable" || probe.status === "not_mcp") return explainCommand(probe);
  if (status === "sign_in_needed") return ["Sign in", login];
  if (status === "error") return undefined;
  return ["Use it", { line: commandText("tools list", options) }];
}

const DOCTOR_FLAGS = {
  ...TOKEN_COMMAND_FLAGS,
  ...DISCOVERY_FLAGS,
  ...flagGroup("Result:", {
    failOn: value(
      "<severity>",
      "lowest severity that sets exit status 1: warning, error or never (default: error)",
      choice(["warning", "error", "never"] as const),
    ),
    watch: toggle("repeat the checks until Ctrl-C, and show what changed"),
    interval: value("<seconds>", "pause between the checks of --watch (default: 5)", seconds),
  }),
};

const DEFAULT_INTERVAL_SECONDS = 5;

/** The last changes that a terminal shows. */
const MAX_SHOWN_CHANGES = 12;

interface DoctorHistory {
  readonly result: DoctorResult;
  readonly changes: readonly CheckChange[];
}

export const SERVER_DOCTOR_COMMAND: Command<typeof DOCTOR_FLAGS> = sessionCommand({
  name: "server doctor",
  summary: "Diagnose a server, a token, or the network",
  examples: [
    ["with the stored sign-in", "mcpass server doctor https://server.example/mcp"],
    [
      "with a token",
      'MCPASS_ACCESS_TOKEN="$TOKEN" \\\n  mcpass server doctor https://server.example/mcp',
    ],
    ["while you fix a server", "mcpass server doctor https://server.example/mcp --watch"],
    [
      "a CI job that fails on warnings too",
      "mcpass server doctor https://server.example/mcp --fail-on warning",
    ],
    [
      "the errors, for a script",
      "mcpass server doctor https://server.example/mcp --format json \\\n" +
      `  | jq -r '.checks[] | select(.status == "error") | .id'`,
    ],
  ],
  flags: DOCTOR_FLAGS,
  requiredOptions: [REQUIRED_SIGN_IN],
  notes: [
    "Checks the connection, TLS, clocks, metadata, the token (expiry, audience, scopes, refresh), " +
    "the protocol, and what the server offers. --verbose shows every check and every exchange.",
    ...TOKEN_NOTES,
    "--watch with --format json writes one JSON line for each change; its member changes has the " +
    "checks that changed: fixed, new, changed or unchecked.",
    "Exit status: 0 no error (warnings are possible), 1 an error, or a warning with --fail-on warning, " +
    "2 usage, 4 a person has to sign in, 130 Ctrl-C. With --fail-on never: 0 whatever was found.",
  ],
  needs: (invocation, { runtime }) => ({
    ...tokenNeeds(invocation),
    http: () => namedHosts(invocation.options.url ?? "", invocation.options, runtime),
  }),
  async report(session, invocation, { runtime }, previous) {
    const { env, io } = runtime;
    const { options } = invocation;
    const found = await credentialsFor(session, invocation);
    await session.openHttp();
    const { source } = found;
    const signIn = withChoices(found.signIn, options);
    await using mcp = startAuthorizedSession(session, invocation, found, true);
    const givenToken = options.accessToken ?? options.oauthAccessToken;
    const { diagnose } = await import("../../../audit/doctor/doctor.ts");
    const { result, login } = await diagnose(session.serverUrl, {
      ...session,
      credentials: source && { ...source, token: source.kind === "token" ? givenToken : undefined },
      mcp,
      command: session.commands((flags) => signInCommand(signIn, flags)),
      choices: {
        protocolVersion: options.protocolVersion ?? pinnedRevision(signIn),
        ...await choicesOf(signIn, io),
      },
      proxied: usesProxy({ env, proxy: options.proxy }),
    });
    const next = nextStep(result, login({}), credentialOptions(session.serverUrl, found));
    const { failOn = "error", interval = DEFAULT_INTERVAL_SECONDS, watch } = options;
    const failure = doctorFailure(result, failOn);
    const fault = failure ?? doctorFailure(result, "error");
    const verdict = doctorVerdict(result, fault && (await partsOf(fault)).title);
    const printer = verdictPrinter(runtime);
    const history = previous?.watch?.memory as DoctorHistory | undefined;
    const changes = history === undefined
      ? []
      : checkChanges(history.result.checks, result.checks, Date.parse(result.checkedAt));
    const memory: DoctorHistory = { result, changes: [...history?.changes ?? [], ...changes] };
    const watchText = (view: View) => {
      if (history !== undefined && !io.stdoutIsTerminal) {
        return [
          ...changeLines(changes, view),
          ...printer.lines(verdict.mark, verdict.text, view),
          "",
        ]
          .join("\n");
      }
      return [
        doctorText(result, { verdict, printer, next, everything: options.verbose, view }),
        ...changeLines(memory.changes.slice(-MAX_SHOWN_CHANGES), view),
        "",
      ].join("\n");
    };
    return {
      document: {
        ...result,
        next: next?.[1].line ?? null,
        ...watch ? { changes: changes.map(({ at: _, ...change }) => change) } : {},
      } satisfies DoctorDocument,
      text: (view) =>
        watch
          ? watchText(view)
          : doctorText(result, { verdict, printer, next, everything: options.verbose, view }),
      statesFailure: true,
      failure,
      exitStatus: failOn === "never" ? 0 : undefined,
      watch: {
        everyMs: interval * 1000,
        memory,
        fingerprint: String(memory.changes.at(-1)?.at),
      },
    };
  },
});
