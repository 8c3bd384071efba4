/** The prompt for a person who approves a sign-in on another device (RFC 8628 §3.3). @module */

import type { Env, Io } from "../core/system.ts";
import type { Judgement } from "../core/finding.ts";
import { Failure } from "../core/failure.ts";
import { printable, quoted } from "../core/text.ts";
import { wrap } from "../core/width.ts";
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
  /** Receives the prompt as an event, for a program. */
  readonly announce?: ((event: object) => void) | undefined;
  readonly now: () => number;
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

/** URLs are on lines of their own that are not wrapped, so they can be copied. */
function promptText(
  prompt: DevicePrompt,
  uri: string,
  complete: string | undefined,
  hasImage: boolean,
  { stderrIsTerminal, columns }: Io,
): string {
  const { userCode, issuer, resource, scopes, clientId, timeoutMs } = prompt;
  const prose = (text: string) => wrap(text, stderrIsTerminal ? columns() : Infinity);
  const requested = scopes === undefined || scopes.length === 0
    ? "the default scope"
    : `the scope ${quoted(scopes.join(" "), 300)}`;
  const seconds = Math.ceil(timeoutMs / 1000);
  return [
    ...prose(
      `The client ${quoted(clientId, 100)} requests access to ${quoted(resource, 300)} with ` +
        `${requested} from ${quoted(issuer, 300)}.`,
    ),
    ...complete === undefined ? [] : [
      `${hasImage ? "Scan the QR code, or open" : "Open"} this URL, which contains the code:`,
      "",
      complete,
      "",
    ],
    ...prose(`${complete === undefined ? "Open" : "Or open"} this URL on any device:`),
    "",
    uri,
    "",
    `and enter the code: ${printable(userCode, 64)}`,
    "",
    ...prose("Approve only if you started this sign-in. Do not share the code."),
    ...prose(`Waiting for the approval, at most ${seconds} s (Ctrl-C cancels).`),
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
  if (options.isForProgram !== true) {
    // The QR code is first: a small window still shows the URL and the code.
    const image = usable === undefined ? undefined : await qrCode(usable, options);
    if (image !== undefined) io.err(`${image}\n`);
    const text = promptText(prompt, uri, usable, image !== undefined, io);
    io.err(text);
  }
  options.announce?.({
    event: "device_code",
    userCode: prompt.userCode,
    verificationUri: uri,
    verificationUriComplete: usable ?? null,
    until: new Date(options.now() + prompt.timeoutMs).toISOString(),
  });
  if (browser !== undefined) {
    const host = detectHostEnvironment(env);
    const commands = browserCommands(usable ?? uri, { browser, env, host });
    openBrowser(commands, env, spawn).then((failures) => {
      if (failures === undefined) return;
      io.err(`No browser could be opened (${failures.join("; ")}). Open the URL yourself.\n`);
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
