/** Waits for a callback in a process of its own, until standard input ends; prints how that ended. */

import { toFailure } from "../../src/core/failure.ts";
import { consentRequest, interactiveOptions, withConsent } from "./support.ts";

const say = (text: string) => Deno.stdout.writeSync(new TextEncoder().encode(`${text}\n`));

await withConsent(interactiveOptions(), async (consent) => {
  const stop = new AbortController();
  const obtaining = consent.obtain(consentRequest({ signal: stop.signal }));
  say(consent.redirectUri);
  new Response(Deno.stdin.readable).text().then(() => stop.abort());
  try {
    await obtaining;
  } catch (error) {
    say(toFailure(error).code);
  }
});
