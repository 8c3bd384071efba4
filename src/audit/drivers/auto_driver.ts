/** Consent without --auth-mode: headless, and by a person if a page is shown. @module */

import type { ConsentDriver } from "../context/consent_driver.ts";
import { CheckEnd } from "../context/end_check.ts";

/**
 * Tries headless once. If the authorization server shows a page, the person consents to this and all
 * later requests.
 *
 * @param person Undefined if nobody can be asked.
 */
export function createAutoDriver(
  headless: ConsentDriver,
  person: ConsentDriver | undefined,
): ConsentDriver {
  if (person === undefined) return headless;
  let current = headless;
  return {
    redirectUri: person.redirectUri,
    get asksPerson() {
      return current.asksPerson;
    },
    decides: false,
    async obtain(request) {
      try {
        return await current.obtain(request);
      } catch (error) {
        const asks = error instanceof CheckEnd && error.outcome.kind === "inconclusive" &&
          error.outcome.reason === "sign_in_first";
        if (!asks || current === person) throw error;
        current = person;
        return await person.obtain(request);
      }
    },
    async close() {
      await headless.close();
      await person.close();
    },
  };
}
