/** Texts that both forms of progress share. @module */

import { printable } from "../../core/text.ts";
import type { Secrets } from "../../trace/secrets.ts";

const MOST = 2;

/** A text of another party: masked, made safe to print, and cut. */
export function shownText(text: string, secrets: Secrets): string {
  return printable(secrets.mask(text), 500);
}

export function hostsText(hosts: ReadonlySet<string>): string {
  const named = [...hosts].slice(0, MOST).join(", ");
  const more = hosts.size - MOST;
  return more > 0 ? `${named} and ${more} more` : named;
}
