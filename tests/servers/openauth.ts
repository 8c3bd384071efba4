/** OpenAuth with its page for a code by email: it announces no PKCE and registers no clients. @module */

import { issuer } from "@openauthjs/openauth";
import { CodeProvider } from "@openauthjs/openauth/provider/code";
import { MemoryStorage } from "@openauthjs/openauth/storage/memory";
import { createSubjects } from "@openauthjs/openauth/subject";
import { CodeUI } from "@openauthjs/openauth/ui/code";
import { fetchHandler } from "./fetch_handler.ts";
import type { RealServer, RunningApp, StartOptions } from "./real_server.ts";
import { byKeys, withMcp } from "./resource_server.ts";

const EMAIL = "person@example.com";

/** A schema that accepts every value. */
const ANY = {
  "~standard": { version: 1, vendor: "test", validate: (value: unknown) => ({ value }) },
} as const;

/** The codes that were sent, by address. */
const mails = new Map<string, string>();

function startApp({ origin, tokenSeconds }: StartOptions): RunningApp {
  const app = issuer({
    providers: {
      code: CodeProvider(CodeUI({
        mode: "email",
        sendCode: ({ email = "" }, code) => Promise.resolve(void mails.set(email + origin, code)),
      })),
    },
    storage: MemoryStorage(),
    subjects: createSubjects({ user: ANY }),
    ttl: { access: tokenSeconds },
    success: (context, { claims: { email } }) => context.subject("user", { email }),
  });
  const answer = fetchHandler(origin, (request) => app.fetch(request));
  return { handler: withMcp(origin, answer, byKeys(origin, "/.well-known/jwks.json")) };
}

export const OPENAUTH: readonly RealServer[] = [{
  name: "OpenAuth",
  start: (options) => Promise.resolve(startApp(options)),
  flags: ["--client-id", "any-client"],
  announcesPkce: false,
  person: async (browser, page) => {
    const next = await browser.submit(page, { action: "request", email: EMAIL });
    const code = mails.get(EMAIL + new URL(page.url).origin) ?? "";
    return await browser.submit(next, { action: "verify", code });
  },
  warnings: ["pkce_not_advertised_trusted"],
  metadataWarnings: [
    "registration_unavailable",
    "pkce_not_advertised_tolerated",
    "pkce_not_advertised",
  ],
  loginWarnings: ["token_cacheable", "token_type_missing"],
  without: ["registration", "revocation"],
}];
