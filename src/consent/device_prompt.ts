/**
 * What a person reads who approves on another device: address, code, and what is being authorized.
 *
 * @module
 */

import { childEnvironment } from "../core/child_environment.ts";
import type { Env, Io } from "../core/deps.ts";
import type { Judgement } from "../core/finding.ts";
import { Failure } from "../core/failure.ts";
import { printable, quoted } from "../core/text.ts";
import { urlFault } from "./authorization_url.ts";
import { browserCommands, openBrowser, type Spawn, spawnDetached } from "./browser.ts";
import { lookAround, readLocalText } from "./surroundings.ts";

/** One approval to be asked for. */
export interface DevicePrompt {
  /** What the person types. */
  readonly userCode: string;
  /** Where, as the server said it. */
  readonly verificationUri: string;
  /** The same with the code in it. */
  readonly verificationUriComplete: string | undefined;
  /** Issuer of the authorization server. */
  readonly issuer: string;
  /** What the token is for. */
  readonly resource: string;
  /** Scope asked for; undefined for the server's default. */
  readonly scopes: readonly string[] | undefined;
  /** The client that asks. */
  readonly clientId: string;
  /** Milliseconds until the wait ends. */
  readonly timeoutMs: number;
}

/** Where a prompt is shown. */
export interface DevicePromptOptions {
  /** The terminal, or what stands in its place. */
  readonly io: Io;
  /** Environment variables. */
  readonly env: Env;
  /** `--no-color`. */
  readonly noColor: boolean;
  /** `--browser`: open the address with this program; nothing is opened without it. */
  readonly browser: string | undefined;
  /** Starts it. */
  readonly spawn?: Spawn;
}

/** Most characters of a code that is shown. */
const LONGEST_CODE = 64;

/** Most characters of an address that a square is drawn for; the largest one holds 2953 bytes. */
const LONGEST_DRAWN = 1000;

function checked(uri: string, name: string): string | Failure {
  const fault = urlFault(uri);
  return fault === undefined ? new URL(uri).href : new Failure(
    "verification_uri_refused",
    `the "${name}" ${quoted(uri.replace(/[?#].*$/s, ""), 200)} ${fault}, so nobody is sent there`,
    {
      remedy: `Authorization server: announce an https URL as "${name}"`,
      reference: "RFC 8628 §3.2",
    },
  );
}

/** A square for a camera, of half blocks; undefined where there is no room or no terminal for it. */
async function square(url: string, { io, env, noColor }: DevicePromptOptions) {
  if (!io.stderrIsTerminal || env.get("TERM") === "dumb") return undefined;
  if (url.length > LONGEST_DRAWN) return undefined;
  const { renderUnicodeCompact } = await import("uqr");
  const lines = renderUnicodeCompact(url, { border: 2 }).split("\n");
  if (lines.some((line) => line.length > io.columns())) return undefined;
  // Dark on light is what cameras expect, whatever the terminal's own colours are.
  const coloured = !noColor && !env.get("NO_COLOR");
  return lines.map((line) => coloured ? `\x1b[97;40m${line}\x1b[0m` : line).join("\n");
}

/** The text of a prompt whose addresses were checked. */
function promptText(prompt: DevicePrompt, uri: string, complete: string | undefined): string {
  const { userCode, issuer, resource, scopes, clientId, timeoutMs } = prompt;
  const asked = scopes === undefined || scopes.length === 0
    ? "its default scope"
    : `the scope ${quoted(scopes.join(" "), 300)}`;
  return [
    "To sign in, open this address in a browser on any device:",
    "",
    uri,
    "",
    `and enter the code: ${printable(userCode, LONGEST_CODE)}`,
    "",
    ...complete === undefined
      ? []
      : ["Or open this address, which has the code in it:", "", complete, ""],
    `It gives the client ${quoted(clientId, 100)} access to ${
      quoted(resource, 300)
    } with ${asked}, ` +
    `granted by ${quoted(issuer, 300)}.`,
    "Approve it only if you began this sign-in yourself; give the code to nobody.",
    `Waiting for the approval, at most ${Math.ceil(timeoutMs / 1000)} s (Ctrl-C cancels).`,
    "",
  ].join("\n");
}

/**
 * Shows a prompt on standard error. The codes are secrets everywhere else.
 *
 * @returns What is to be said about the addresses.
 * @throws Failure `verification_uri_refused` unless it is https, or http on loopback, without user
 * info, control characters and undue length.
 */
export async function showDevicePrompt(
  options: DevicePromptOptions,
  prompt: DevicePrompt,
): Promise<readonly Judgement[]> {
  const { io, env, browser, spawn = spawnDetached } = options;
  const uri = checked(prompt.verificationUri, "verification_uri");
  if (typeof uri !== "string") throw uri;
  const complete = prompt.verificationUriComplete === undefined
    ? undefined
    : checked(prompt.verificationUriComplete, "verification_uri_complete");
  const usable = typeof complete === "string" ? complete : undefined;
  io.err(promptText(prompt, uri, usable));
  const drawn = usable === undefined ? undefined : await square(usable, options);
  if (drawn !== undefined) io.err(`${drawn}\n`);
  if (browser !== undefined) {
    const where = lookAround({ os: Deno.build.os, env, readText: readLocalText });
    const commands = browserCommands(usable ?? uri, { browser, env, where });
    openBrowser(commands, childEnvironment(env), spawn).then((outcome) => {
      if (outcome.opened) return;
      io.err(`No browser could be opened (${outcome.tried.join("; ")}): open it yourself.\n`);
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
