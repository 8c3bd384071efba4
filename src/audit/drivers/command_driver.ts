/** Consent by a command that drives a browser. @module */

import { unlessAborted } from "../../core/abort.ts";
import { findProgram, searchPath } from "../../core/programs.ts";
import { isObject, parseJson, stringMember } from "../../core/json.ts";
import { splitCommand } from "../../consent/browser.ts";
import { startListener } from "../../consent/callback_listener.ts";
import { CALLBACK_PAGES } from "../../consent/callback_page.ts";
import { loopbackRedirect } from "../../consent/redirect_url.ts";
import type { Env } from "../../core/system.ts";
import { usageFailure } from "../../core/failure.ts";
import { quoted } from "../../core/text.ts";
import { callbackUrl, type ConsentDriver, type ShownPage } from "../context/consent_driver.ts";
import { doubtCheck } from "../context/end_check.ts";

export interface CommandOptions {
  /** Program and arguments; no shell reads it. */
  readonly command: string;
  /** Names of environment variables for the command, in addition to `PATH` and `HOME`. */
  readonly passes: readonly string[];
  readonly redirectUrl?: string | undefined;
  readonly timeoutMs: number;
  readonly env: Env;
  readonly signal: AbortSignal;
}

/** Pages in the report that a command wrote; undefined if it wrote none. */
async function reportedPages(path: string): Promise<readonly ShownPage[] | undefined> {
  const text = await Deno.readTextFile(path).catch(() => undefined);
  const document = text === undefined ? undefined : parseJson(text);
  const pages = isObject(document) ? document["pages"] : undefined;
  if (!Array.isArray(pages)) return undefined;
  return pages.filter(isObject).map((page) => ({
    url: stringMember(page, "url") ?? "",
    title: stringMember(page, "title") ?? "",
  }));
}

/** @throws Failure `invalid_value` (usage), `port_taken`, `port_unavailable`. */
export async function openCommandDriver(options: CommandOptions): Promise<ConsentDriver> {
  const { command, env, passes, timeoutMs, signal } = options;
  const [program, ...args] = splitCommand(command, Deno.build.os);
  if (program === undefined) {
    throw usageFailure("invalid_value", "--consent-command is empty", "Name a program");
  }
  const variables = Object.fromEntries(
    ["PATH", "HOME", ...passes].flatMap((name) => {
      const value = env.get(name);
      return value === undefined ? [] : [[name, value] as const];
    }),
  );
  const listener = await startListener({
    redirect: loopbackRedirect(options.redirectUrl),
    os: Deno.build.os,
  });
  const folder = await Deno.makeTempDir({ prefix: "mcpass-consent-" });
  let count = 0;
  return {
    redirectUri: listener.redirectUri,
    asksPerson: false,
    decides: true,
    async obtain({ authorizationUrl, redirectUri, accepts, decision, session, label }) {
      count += 1;
      const sessionFolder = `${folder}/session-${session}`;
      const report = `${folder}/report-${count}.json`;
      await Deno.mkdir(sessionFolder, { recursive: true, mode: 0o700 });
      const done = new AbortController();
      const timer = setTimeout(() => {
        const seconds = Math.round(timeoutMs / 1000);
        done.abort(doubtCheck("consent_failed", `no callback within ${seconds} s`));
      }, timeoutMs);
      const received = listener.expect(
        (parameters) => accepts(parameters) ? "accept" : "ignore",
        redirectUri,
      );
      const child = new Deno.Command(findProgram(program, searchPath(env.toObject())), {
        args,
        clearEnv: true,
        env: {
          ...variables,
          MCPASS_CONSENT_URL: authorizationUrl,
          MCPASS_CONSENT_REDIRECT: redirectUri,
          MCPASS_CONSENT_DECISION: decision,
          MCPASS_CONSENT_SESSION: sessionFolder,
          MCPASS_CONSENT_LABEL: label,
          MCPASS_CONSENT_REPORT: report,
        },
        stdin: "null",
        stdout: "null",
        stderr: "inherit",
      }).spawn();
      const failed = child.status.then(({ code }) => {
        if (code !== 0) {
          throw doubtCheck("consent_failed", `${quoted(program)}: exit status ${code}`);
        }
        return new Promise<never>(() => {});
      });
      failed.catch(() => {});
      const onAbort = () => done.abort(signal.reason);
      signal.addEventListener("abort", onAbort);
      try {
        const parameters = await unlessAborted(Promise.race([received, failed]), done.signal);
        listener.showPage(CALLBACK_PAGES.received);
        const { code } = await unlessAborted(child.status, done.signal);
        if (code !== 0) {
          throw doubtCheck("consent_failed", `${quoted(program)}: exit status ${code}`);
        }
        return {
          url: callbackUrl(redirectUri, parameters),
          status: null,
          exchangeId: null,
          pages: await reportedPages(report),
        };
      } finally {
        clearTimeout(timer);
        signal.removeEventListener("abort", onAbort);
        listener.ignore();
        endChild(child);
        await child.status;
      }
    },
    async close() {
      await listener.close();
      await Deno.remove(folder, { recursive: true }).catch(() => {});
    },
  };
}

/** Its work is over, and one that ignores SIGTERM would hold up the audit. One that has ended cannot be killed. */
function endChild(child: Deno.ChildProcess): void {
  try {
    child.kill("SIGKILL");
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
  }
}
