/**
 * Guided logins in process: the real modules, real servers, a person who answers from a list.
 *
 * @module
 */

import * as realParts from "../../src/cli/shared/login_parts.ts";
import type { Consent } from "../../src/consent/consent.ts";
import { openBrowser } from "../lab/person.ts";
import type { Ran, Setup } from "./fake_runtime.ts";
import type { Home } from "./real_run.ts";

/** A guided login and how the person was sent to sign in. */
export interface Guided extends Ran {
  /** Authorization URLs that were shown, with `printUrl` as it was then. */
  readonly sent: readonly { readonly url: URL; readonly printUrl: boolean }[];
  /** For each of them, the name of the client. */
  readonly clientNames: readonly (string | undefined)[];
  /** Redirect URI of the listener, when one was opened. */
  readonly redirectUri: string | undefined;
  /** Whether it was closed. */
  readonly closed: boolean;
}

/** Runs a command line with these answers; consent is given in a browser of the test's own. */
export async function guided(
  home: Home,
  args: readonly string[],
  answers: readonly (string | null)[],
  setup: Setup = {},
): Promise<Guided> {
  const sent: { url: URL; printUrl: boolean }[] = [];
  const clientNames: (string | undefined)[] = [];
  let redirectUri: string | undefined;
  let closed = false;
  const ran = await home.run(args, {
    terminal: true,
    answers,
    ...setup,
    replacements: {
      async openInteractiveConsent(options) {
        const consent = await realParts.openInteractiveConsent(options);
        redirectUri = consent.redirectUri;
        const own: Consent = {
          ...consent,
          async obtain({ authorizationUrl, clientName }) {
            clientNames.push(clientName);
            sent.push({ url: new URL(authorizationUrl), printUrl: options.printUrl });
            const browser = openBrowser({ stopAt: consent.redirectUri });
            const page = await browser.visit(authorizationUrl);
            const parameters = [...new URL(page.url).searchParams];
            return { parameters, via: "listener", bare: false };
          },
          async close() {
            closed = true;
            await consent.close();
          },
        };
        return own;
      },
      ...setup.replacements,
    },
  });
  return { ...ran, sent, clientNames, redirectUri, closed };
}
