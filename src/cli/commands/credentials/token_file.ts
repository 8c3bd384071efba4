/** The file of `oauth token --watch`: it has a valid token, or does not exist. @module */

import { toFailure } from "../../../core/failure.ts";
import type { Clock } from "../../../core/system.ts";
import { wait } from "../../../core/wait.ts";
import { openOutputFile } from "../../../trace/output_file.ts";
import { earlierToken } from "./earlier_token.ts";

export interface TokenFile {
  readonly path: string;
  /** True while the file has the token that was written, and it has not expired. */
  isValid(): boolean;
  /** ISO 8601; null if the token does not expire, or there is none. */
  expiresAt(): string | null;
  /**
   * Writes the text if the file does not have it. It is removed at that time unless it is replaced.
   *
   * @param validMs Milliseconds; null if the token does not expire.
   * @returns True if it was written. @throws Failure `output_not_written`.
   */
  write(text: string, validMs: number | null): Promise<boolean>;
  /** Removes the token of an earlier run if its expiry is unknown. */
  removeUnproved(): void;
  /** Stops the timer. The file remains if its token is known to be valid. */
  close(): void;
}

/** A longer timer would fire at once. */
const MAX_TIMER_MS = 2_000_000_000;

/** How long the token of an earlier run may remain while its expiry is unknown. */
const UNPROVED_MS = 5000;

/** A temporary file that is older than this belongs to a process that was killed. */
const ABANDONED_MS = 60_000;

function split(path: string): readonly [folder: string, name: string] {
  const name = path.split(/[\\/]/).at(-1) ?? "";
  return [path.slice(0, path.length - name.length) || ".", name];
}

/** A process that was killed while it wrote has left a file with a token. */
async function removeAbandoned(path: string, now: number): Promise<void> {
  const [folder, name] = split(path);
  const prefix = `.${name.slice(0, 64)}.`;
  for await (const { name: found, isFile } of Deno.readDir(folder)) {
    if (!isFile || !found.startsWith(prefix)) continue;
    if (!/^[\da-f]{16}\.tmp$/.test(found.slice(prefix.length))) continue;
    const temporary = `${folder}/${found}`;
    const { mtime } = await Deno.stat(temporary);
    if (now - (mtime?.getTime() ?? now) > ABANDONED_MS) await Deno.remove(temporary);
  }
}

const encoder = new TextEncoder();

/** False also for a file of another process, or one that somebody has changed. */
function hasText(path: string, text: string): boolean {
  try {
    const { isFile, size } = Deno.lstatSync(path);
    return isFile && size === encoder.encode(text).length && Deno.readTextFileSync(path) === text;
  } catch {
    return false;
  }
}

/** False if another process has written a newer token there. */
function removeExpired(path: string, text: string): boolean {
  try {
    if (!hasText(path, text)) return false;
    Deno.removeSync(path);
  } catch {
    // Nobody can use an expired token.
  }
  return true;
}

interface Content {
  readonly text: string;
  /** Milliseconds since 1970. */
  readonly until: number;
  /** False for a token of an earlier run that may have expired. */
  readonly isProved: boolean;
}

/** @param isExpired False if it is only unknown whether the token is valid. */
type OnRemoved = (path: string, isExpired: boolean) => void;

/**
 * A token of an earlier run remains while its text shows that it is valid. If the text does not show
 * it, {@link TokenFile.write} must replace it soon.
 *
 * @param onRemoved Called after the file was removed.
 * @throws Failure `unwritable_output` (usage).
 */
export async function openTokenFile(
  path: string,
  clock: Clock,
  onRemoved: OnRemoved,
): Promise<TokenFile> {
  const output = await openOutputFile(path);
  // Another process may have removed them first.
  await removeAbandoned(path, Date.now()).catch(() => {});
  let content: Content | undefined;
  let timer = new AbortController();

  async function removeAtExpiry(
    { until }: Pick<Content, "until">,
    { signal }: AbortController,
  ): Promise<void> {
    for (let left = until - clock.now(); left > 0; left = until - clock.now()) {
      await wait(clock, Math.min(left, MAX_TIMER_MS), signal);
    }
    if (!signal.aborted) removeContent();
  }

  function removeContent(): void {
    const { text = "", isProved = true } = content ?? {};
    content = undefined;
    timer.abort();
    if (removeExpired(path, text)) onRemoved(path, isProved);
  }

  function startTimer(): void {
    if (content === undefined || content.until === Infinity) return;
    timer = new AbortController();
    removeAtExpiry(content, timer).catch((error) => {
      if (toFailure(error).kind !== "cancelled") throw error;
    });
  }

  const earlier = await earlierToken(path);
  if (earlier !== undefined) {
    const { text, expiry } = earlier;
    const until = expiry ?? clock.now() + UNPROVED_MS;
    content = { text, until, isProved: expiry !== undefined };
    if (until > clock.now()) startTimer();
    else removeContent();
  }

  return {
    path,
    isValid: () =>
      content?.isProved === true && clock.now() < content.until && hasText(path, content.text),
    expiresAt: () =>
      content?.isProved !== true || content.until === Infinity
        ? null
        : new Date(content.until).toISOString(),
    async write(text, validMs) {
      const until = validMs === null ? Infinity : clock.now() + validMs;
      const isNew = text !== content?.text || !hasText(path, text);
      timer.abort();
      try {
        if (isNew) await output.write(text);
        content = { text, until, isProved: true };
      } finally {
        startTimer();
      }
      return isNew;
    },
    removeUnproved() {
      if (content?.isProved === false) removeContent();
    },
    close() {
      if (content?.isProved === false) removeContent();
      timer.abort();
    },
  };
}
