/** What `oauth login --begin` prints. @module */

import type { Finding } from "../../../../core/finding.ts";
import { nextLines, type View } from "../../../terminal/finding_text.ts";
import { type Field, fields, wrap } from "../../../terminal/layout.ts";

/** Only the handle is secret. Times are ISO 8601 by the clock of the store. */
export interface BegunDocument {
  readonly completed: true;
  /** The page to open in a browser. */
  readonly url: string;
  readonly expiresAt: string;
  /** Until when the page must be opened, if the server says so (RFC 9126 §2.2). */
  readonly urlExpiresAt?: string;
  readonly handle?: string;
  /** The file of `--handle-out`. */
  readonly handleFile?: string;
  readonly redirectUrl: string;
  readonly serverUrl: string;
  readonly account: string;
  readonly issuer: string;
  readonly clientId: string;
  readonly scope: string | null;
  readonly resource: string | null;
  /** The command lines that finish the login, and that wait for it. */
  readonly finish: string;
  readonly wait: string;
  readonly findings: readonly Finding[];
}

export function begunText(document: BegunDocument, view: View): string {
  const { url, expiresAt, urlExpiresAt, handle, handleFile, redirectUrl, finish, wait } = document;
  const lines = (text: string) => wrap(text, view.width);
  const rows: Field[] = [
    ["Finish before", `${expiresAt}`],
    ...urlExpiresAt === undefined ? [] : [["Open before", urlExpiresAt] as const],
    ["Handle", handle ?? `in ${handleFile}`, "exact"],
  ];
  return [
    ...lines("1. Open this page in a browser, on any machine, and sign in:"),
    "",
    url,
    "",
    ...lines(
      `2. The browser ends at a URL that starts with ${redirectUrl}, and may show an error, ` +
        "because nothing listens there. Copy the complete URL.",
    ),
    "",
    ...nextLines([
      handle === undefined
        ? "3. Give it to this command, here or on a machine with the same store"
        : "3. Give it and the handle to this command, here or on a machine with the same store",
      { line: finish },
    ], view),
    "",
    ...nextLines(["A program that waits for the sign-in", { line: wait }], view),
    "",
    ...fields(rows, view.width),
    "",
    ...lines(
      "Do not share the handle or the URL: anyone who has both can sign in as you. If somebody else " +
        "sent you the page to open, do not give them the URL.",
    ),
    "",
  ].join("\n");
}
