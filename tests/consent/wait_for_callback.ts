/** Waits for a callback in a process of its own, until standard input ends; prints how that ended. */

import { toFailure } from "../../src/core/failure.ts";
import { consentRequest, fakeIo, interactiveOptions, withConsent } from "./support.ts";

const say = (text: string) => Deno.stdout.writeSync(new TextEncoder().encode(`${text}\n`));

const io = fakeIo();

await withConsent(interactiveOptions({ io }), async (consent) => {
  const stop = new AbortController();
  const obtaining = consent.obtain(consentRequest({ signal: stop.signal }));
  say(consent.redirectUri);
  new Response(Deno.stdin.readable).text().then(() => stop.abort());
  try {
    await obtaining;
  } catch (error) {
    say(toFailure(error).code);
    say(
      /listener for the callback has ended .*paste the final URL/.exec(io.written())
        ? "warned"
        : "",
    );
  }
});
