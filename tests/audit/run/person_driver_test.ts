import assert from "node:assert/strict";
import { openPersonDriver, type PersonOptions } from "../../../src/audit/drivers/person_driver.ts";
import type { ConsentDriver } from "../../../src/audit/context/consent_driver.ts";
import { CheckEnd } from "../../../src/audit/context/end_check.ts";
import { cancelledFailure } from "../../../src/core/failure.ts";
import {
  AUTHORIZATION_URL,
  desktop,
  type FakeIo,
  fakeIo,
  interactiveOptions,
} from "../../consent/support.ts";

interface Person extends AsyncDisposable {
  readonly driver: ConsentDriver;
  readonly io: FakeIo;
  consent(label: string): Promise<unknown>;
}

async function openPerson(choices: Partial<PersonOptions> = {}): Promise<Person> {
  const io = fakeIo(choices.io?.stderrIsTerminal ?? true);
  const driver = await openPersonDriver({
    ...interactiveOptions(choices),
    timeoutMs: 60_000,
    signal: new AbortController().signal,
    consents: 3,
    ...choices,
    io,
  });
  return {
    driver,
    io,
    consent: (label) =>
      driver.obtain({
        authorizationUrl: AUTHORIZATION_URL,
        redirectUri: driver.redirectUri,
        accepts: () => true,
        decision: "allow",
        session: "main",
        label,
      }),
    [Symbol.asyncDispose]: () => driver.close(),
  };
}

/** Ctrl-C at the prompt, where it is a key and not a signal. */
const cancellingPrompt = () =>
  desktop({
    prompt: () => ({
      read: () => Promise.reject(cancelledFailure()),
      around: (write) => write(),
    }),
  });

Deno.test("Ctrl-C at a consent ends the consents, and the audit continues", async () => {
  await using person = await openPerson({ machine: cancellingPrompt() });
  for (const label of ["most checks of tokens", "revocation"]) {
    await assert.rejects(person.consent(label), (error) => {
      assert.ok(error instanceof CheckEnd);
      assert.deepEqual(
        [error.outcome.kind, "reason" in error.outcome && error.outcome.reason],
        ["skipped", "needs_consent"],
      );
      return true;
    });
  }
  const written = person.io.written();
  assert.match(
    written,
    /consent up to 3 times, in one tab\. This one is for: most checks of tokens/,
  );
  assert.match(written, /Ctrl-C skips the checks that need consent/);
  assert.match(written, /No further consents\. The other checks continue/);
  assert.ok(!written.includes("revocation"));
});

Deno.test("a signal ends the audit, not only the consents", async () => {
  const stop = new AbortController();
  await using person = await openPerson({ signal: stop.signal });
  const consent = person.consent("revocation");
  stop.abort();
  await assert.rejects(consent, { code: "cancelled" });
});

Deno.test("a printed URL is text for a person, and one line for a program", async () => {
  for (
    const [isTerminal, expected] of [
      [true, /^Consent 1 of 3 \(revocation\): open this URL in a browser:\n\nhttps:/],
      [false, /^MCPASS_CONSENT_URL 1\/3: https:/],
    ] as const
  ) {
    const stop = new AbortController();
    await using person = await openPerson({
      io: fakeIo(isTerminal),
      printUrl: true,
      signal: stop.signal,
    });
    const consent = person.consent("revocation");
    stop.abort();
    await assert.rejects(consent, { code: "cancelled" });
    assert.match(person.io.written(), expected);
  }
});
