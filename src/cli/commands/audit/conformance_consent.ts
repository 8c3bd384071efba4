/** The flags for consent, and the consent driver that they choose. @module */

import type { Audit } from "../../../audit/context/audit.ts";
import type { ConsentDriver } from "../../../audit/context/consent_driver.ts";
import { usageFailure } from "../../../core/failure.ts";
import type { BeforeExit } from "../../../core/system.ts";
import type { PrintedCommand } from "../../../core/command_text.ts";
import { redirectUrl } from "../../args/url_value.ts";
import { choice, milliseconds, program, scopes, text } from "../../args/values.ts";
import { flagGroup, list, type OptionsOf, toggle, value } from "../../command/flag.ts";
import type { CommandSession } from "../../shared/command_session.ts";

const MODES = ["interactive", "headless", "device", "client_credentials", "none"] as const;

export const CONSENT_FLAGS = flagGroup("Consent:", {
  authMode: value(
    "<m>",
    "who consents: interactive (a person in a browser), headless, device (a person on another " +
      "device), client_credentials (nobody: the client itself) or none (default: headless, and a " +
      "person on a terminal if the authorization server shows a page)",
    choice(MODES),
  ),
  consentCommand: value(
    "<cmd>",
    "program that opens MCPASS_CONSENT_URL and consents, without a shell",
    program,
    { env: false },
  ),
  consentEnv: list(
    "<name>",
    "environment variable to pass to --consent-command (repeatable)",
    text,
  ),
  consentTimeout: value(
    "<ms>",
    "time limit for each consent (default: 300000)",
    milliseconds,
  ),
  scopes: value(
    "<scopes>",
    "scopes to request, separated by spaces (default: what the server asks for)",
    scopes,
  ),
  redirectUrl: value(
    "<url>",
    "redirect URI of the audit's clients (default: http://127.0.0.1:<free port>/callback)",
    redirectUrl,
  ),
  printUrl: toggle("print each authorization URL instead of opening a browser"),
  browser: value("<cmd>", "program that opens the authorization URL", program),
});

interface ConsentOptions extends Omit<OptionsOf<typeof CONSENT_FLAGS>, "scopes"> {
  readonly consents: number;
  readonly noInput: boolean;
  readonly noColor: boolean;
}

interface Caller {
  readonly session: CommandSession;
  readonly command: PrintedCommand;
  readonly beforeExit: BeforeExit | undefined;
}

const CONSENT_TIMEOUT_MS = 300_000;

/** The redirect URI when mcpass follows redirects itself, so that nothing listens there. */
const HEADLESS_REDIRECT_URI = "http://127.0.0.1:33418/callback";

/**
 * Opens the consent driver; undefined if nobody can consent.
 *
 * @throws Failure `sign_in_needed` (exit 4), `redirect_url_invalid`, `port_taken`, `port_unavailable`.
 */
export async function openConsent(
  audit: Pick<Audit, "send" | "plan">,
  options: ConsentOptions,
  { session, command, beforeExit }: Caller,
): Promise<ConsentDriver | undefined> {
  const { authMode, consentCommand, consentTimeout: timeoutMs = CONSENT_TIMEOUT_MS } = options;
  const { runtime: { env, io }, signal, serverUrl } = session;
  const isGiven = audit.plan.accessToken !== undefined && authMode === undefined &&
    consentCommand === undefined;
  if (authMode === "none" || authMode === "client_credentials" || audit.plan.safe || isGiven) {
    return undefined;
  }
  if (consentCommand !== undefined) {
    if (authMode !== undefined) {
      throw usageFailure(
        "impossible_combination",
        "--consent-command and --auth-mode cannot be used together",
        "Use one of them",
      );
    }
    const { openCommandDriver } = await import("../../../audit/drivers/command_driver.ts");
    return await openCommandDriver({
      command: consentCommand,
      passes: options.consentEnv,
      redirectUrl: options.redirectUrl,
      timeoutMs,
      env,
      signal,
    });
  }
  const openPerson = async () => {
    const { openPersonDriver } = await import("../../../audit/drivers/person_driver.ts");
    return await openPersonDriver({
      serverUrl,
      io: session.progress.io,
      env,
      noInput: options.noInput,
      noColor: options.noColor,
      printUrl: options.printUrl,
      browser: options.browser,
      redirectUrl: options.redirectUrl,
      announce: (url, limitMs) => {
        const until = new Date(session.clock.now() + limitMs).toISOString();
        session.progress.announce?.({ event: "authorization_url", url, until });
        return session.progress.announce !== undefined;
      },
      command,
      beforeExit,
      timeoutMs,
      signal,
      consents: options.consents,
    });
  };
  if (authMode === "interactive") return await openPerson();
  if (authMode === "device") {
    const { createDeviceDriver } = await import("../../../audit/drivers/device_driver.ts");
    const { announce } = session.progress;
    return createDeviceDriver({
      io: session.progress.io,
      env,
      noColor: options.noColor,
      browser: options.browser,
      announce,
      isForProgram: announce !== undefined,
      now: session.clock.now,
      redirectUri: options.redirectUrl ?? HEADLESS_REDIRECT_URI,
      timeoutMs,
      consents: options.consents,
    });
  }
  const { createHeadlessDriver } = await import("../../../audit/drivers/headless_driver.ts");
  const hasPerson = options.printUrl || options.browser !== undefined ||
    io.stdinIsTerminal && io.stderrIsTerminal && !options.noInput;
  if (authMode === "headless" || !hasPerson) {
    return createHeadlessDriver(audit, options.redirectUrl ?? HEADLESS_REDIRECT_URI);
  }
  const { createAutoDriver } = await import("../../../audit/drivers/auto_driver.ts");
  const person = await openPerson();
  return createAutoDriver(createHeadlessDriver(audit, person.redirectUri), person);
}
