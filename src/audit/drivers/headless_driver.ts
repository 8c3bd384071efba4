/** Consent of an authorization server that consents automatically: mcpass follows its redirects. @module */

import { createCookieJar } from "../../http/cookie_jar.ts";
import { locationOf, redirectObjection } from "../../http/request_url.ts";
import { matchesRedirectUri } from "../../consent/redirect_url.ts";
import type { Audit } from "../context/audit.ts";
import type { ConsentDriver } from "../context/consent_driver.ts";
import { doubtCheck } from "../context/end_check.ts";
import { observed } from "../judge/refusal.ts";

const MAX_HOPS = 10;

export function createHeadlessDriver(
  { send, plan }: Pick<Audit, "send" | "plan">,
  redirectUri: string,
): ConsentDriver {
  return {
    redirectUri,
    asksPerson: false,
    decides: false,
    async obtain({ authorizationUrl, redirectUri: expected }) {
      const cookies = createCookieJar();
      const hops = [authorizationUrl];
      for (let url = authorizationUrl; hops.length <= MAX_HOPS;) {
        const cookie = cookies.header(url);
        const headers = cookie === null ? [] : [["cookie", cookie] as const];
        const response = await send({ purpose: "authorization", url, headers });
        const target = locationOf(response, url);
        if (target === undefined || target === null) {
          const isPage = response.status < 400;
          throw isPage
            ? doubtCheck(
              "sign_in_first",
              "the authorization server shows a page: a person has to sign in",
            )
            : doubtCheck(
              "consent_failed",
              `the authorization request is refused: ${observed(response)}`,
            );
        }
        if (matchesRedirectUri(target, expected)) {
          const { status, exchangeId } = response;
          return { url: target.href, status, exchangeId, pages: [] };
        }
        const objection = await redirectObjection(target, hops, plan.serverUrl);
        if (objection !== undefined) {
          throw doubtCheck("consent_failed", `a redirect was not followed: ${objection}`);
        }
        cookies.store(url, response.headers);
        url = target.href;
        hops.push(url);
      }
      throw doubtCheck("consent_failed", `more than ${MAX_HOPS} redirects before the callback`);
    },
    close: () => Promise.resolve(),
  };
}
