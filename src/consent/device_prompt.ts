/** The prompt for a person who approves a sign-in on another device (RFC 8628 §3.3). @module */

import type { Env, Io } from "../core/system.ts";
import type { Judgement } from "../core/finding.ts";
import { Failure } from "../core/failure.ts";
import { printable, quoted } from "../core/text.ts";
import { quotedWithoutQuery, urlFault } from "./authorization_url.ts";
import { browserCommands, openBrowser, type Spawn, spawnDetached } from "./browser.ts";
import { detectHostEnvironment } from "./host_environment.ts";

/** The URIs are as the server sent them. */
export interface DevicePrompt {
  readonly userCode: string;
  readonly verificationUri: string;
  readonly verificationUriComplete: string | undefined;
  readonly issuer: string;
  readonly resource: string;
  /** Undefined for the server's default. */
  readonly scopes: readonly string[] | undefined;
  readonly clientId: string;
  readonly timeoutMs: number;
}

export interface DevicePromptOptions {
  readonly io: Io;
  readonly env: Env;
  readonly noColor: boolean;
  /** From `--browser`. Absent: no browser is opened. */
  readonly browser: string | undefined;
  readonly spawn?: Spawn;
  /** Writes the prompt for a program. */
  readonly announce?: ((prompt: DevicePrompt) => void) | undefined;
  /** True if no person reads the text. */
  readonly isForProgram?: boolean;
}

/** The QR code of a longer URL does not fit a terminal. */
const MAX_QR_URL_LENGTH = 1000;

function checkUri(uri: string, name: string): string | Failure {
  const fault = urlFault(uri);
  if (fault === undefined) return new URL(uri).href;
  const message = `the "${name}" ${quotedWithoutQuery(uri)} ${fault}, so mcpass does not show it`;
  return new Failure("verification_uri_refused", message, {
    remedy: `Authorization server: announce an https URL as "${name}"`,
    reference: "RFC 8628 §3.2",
  });
}

/** A QR code in half blocks; undefined if it does not fit. */
async function qrCode(url: string, { io, env, noColor }: DevicePromptOptions) {
  const isDumb = !io.stderrIsTerminal || env.get("TERM") === "dumb";
  if (isDumb || url.length > MAX_QR_URL_LENGTH) return undefined;
  const { renderUnicodeCompact } = await import("uqr");
  const lines = renderUnicodeCompact(url, { border: 2 }).split("\n");
  if (lines.some((line) => line.length > io.columns())) return undefined;
  // Cameras expect dark on light, so the colours of the terminal are not used.
  const isColoured = !noColor && !env.get("NO_COLOR");
  return lines.map((line) => isColoured ? `\x1b[97;40m${line}\x1b[0m` : line).join("\n");
}

function promptText(prompt: DevicePrompt, uri: string, complete: string | undefined): string {
  const { userCode, issuer, resource, scopes, clientId, timeoutMs } = prompt;
  const requested = scopes === undefined || scopes.length === 0
    ? "its default scope"
    : `the scope ${quoted(scopes.join(" "), 300)}`;
  return [
    "To sign in, open this address in a browser on any device:",
    "",
    uri,
    "",
    `and enter the code: ${printable(userCode, 64)}`,
    "",
    ...complete === undefined
      ? []
      : ["Or open this address, which has the code in it:", "", complete, ""],
    `It gives the client ${quoted(clientId, 100)} access to ${quoted(resource, 300)} with ` +
    `${requested}, granted by ${quoted(issuer, 300)}.`,
    "Approve it only if you started this sign-in. Do not share the code.",
    `Waiting for the approval, at most ${Math.ceil(timeoutMs / 1000)} s (Ctrl-C cancels).`,
    "",
  ].join("\n");
}

/**
 * Shows the prompt on standard error. All other output masks the code and the complete URI.
 *
 * @returns Findings about the URIs.
 * @throws Failure `verification_uri_refused` for a `urlFault` of `verification_uri`.
 */
export async function showDevicePrompt(
  options: DevicePromptOptions,
  prompt: DevicePrompt,
): Promise<readonly Judgement[]> {
  const { io, env, browser, spawn = spawnDetached } = options;
  const uri = checkUri(prompt.verificationUri, "verification_uri");
  if (typeof uri !== "string") throw uri;
  const complete = prompt.verificationUriComplete === undefined
    ? undefined
    : checkUri(prompt.verificationUriComplete, "verification_uri_complete");
  const usable = typeof complete === "string" ? complete : undefined;
  const shown = { ...prompt, verificationUri: uri, verificationUriComplete: usable };
  if (options.isForProgram !== true) {
    io.err(promptText(prompt, uri, usable));
    const code = usable === undefined ? undefined : await qrCode(usable, options);
    if (code !== undefined) io.err(`${code}\n`);
  }
  options.announce?.(shown);
  if (browser !== undefined) {
    const host = detectHostEnvironment(env);
    const commands = browserCommands(usable ?? uri, { browser, env, host });
    openBrowser(commands, env, spawn).then((failures) => {
      if (failures === undefined) return;
      io.err(`No browser could be opened (${failures.join("; ")}): open it yourself.\n`);
    });
  }
  if (!(complete instanceof Failure)) return [];
  return [{
    code: "verification_uri_complete_unusable",
    severity: "warning",
    message: complete.message,
    remedy: complete.remedy ?? "",
    reference: "RFC 8628 §3.3.1",
  }];
}
