/**
 * The pages of the authorization server.
 *
 * @module
 */

import { escapeHtml } from "./responses.ts";
import type { LabResponse } from "./responses.ts";
import { switchesOf } from "./state.ts";
import type { AuditClient, AuditState } from "./state.ts";

/** Switches about pages. */
export const PAGE_SWITCHES = [
  "authorize_framing",
  "authorize_referrer",
  "authorize_reflection",
] as const;

export interface Pages {
  /** What went wrong, with the value that is the cause. */
  error(title: string, value: string): LabResponse;
  /** Asks a person for consent. */
  consent(client: AuditClient, scopes: readonly string[]): LabResponse;
}

export function openPages(state: AuditState): Pages {
  const breaks = switchesOf(state, PAGE_SWITCHES);

  function page(status: number, title: string, content: string): LabResponse {
    const policy = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'";
    const framing = breaks("authorize_framing") ? [["content-security-policy", policy]] as const : [
      ["content-security-policy", `${policy}; frame-ancestors 'none'`],
      ["x-frame-options", "DENY"],
    ] as const;
    const referrer = breaks("authorize_referrer")
      ? []
      : [["referrer-policy", "no-referrer"] as const];
    return {
      status,
      headers: [
        ["content-type", "text/html; charset=utf-8"],
        ["cache-control", "no-store"],
        ["x-content-type-options", "nosniff"],
        ...framing,
        ...referrer,
      ],
      body: `<!doctype html><html lang="en"><meta charset="utf-8"><title>${title}</title>` +
        `<h1>${title}</h1>${content}</html>`,
    };
  }

  return {
    error(title, value) {
      const shown = breaks("authorize_reflection") ? value : escapeHtml(value);
      return page(400, title, `<p>${shown}</p>`);
    },
    consent(client, scopes) {
      const name = escapeHtml(String(client.metadata["client_name"] ?? client.id));
      const rows = scopes.map((scope) => `<li>${escapeHtml(scope)}</li>`).join("");
      return page(
        200,
        "Sign in",
        `<p>Allow ${name} to use the audit lab?</p><ul>${rows}</ul><form method="post">` +
          `<button name="decision" value="allow">Allow</button>` +
          `<button name="decision" value="deny">Deny</button></form>`,
      );
    },
  };
}
