import assert from "node:assert/strict";
import fc from "fast-check";
import { parsePaste } from "../../src/consent/pasted_callback.ts";
import { editLine, type RawInput, terminalPrompt } from "../../src/consent/paste_prompt.ts";
import { cancelledFailure } from "../../src/core/failure.ts";
import {
  consentRequest,
  desktop,
  fakeIo,
  fakePrompt,
  get,
  interactiveOptions,
  status,
  withConsent,
} from "./support.ts";

const REDIRECT = "http://127.0.0.1:4711/callback";

Deno.test("a redirect URL, a query, code#state and a bare code are understood", () => {
  const both = { parameters: [["code", "a/b"], ["state", "s1"]], bare: false };
  const cases: [string, unknown][] = [
    [`${REDIRECT}?code=a%2Fb&state=s1`, both],
    [`  "${REDIRECT}?code=a%2Fb&state=s1"\n`, both],
    [`<${REDIRECT}?code=a%2Fb&state=s1>`, both],
    [`HTTP://127.0.0.1:4711/callback?code=a%2Fb&state=s1#_=_`, both],
    [`127.0.0.1:4711/callback?code=a%2Fb&state=s1`, both],
    [`?code=a%2Fb&state=s1`, both],
    [`code=a%2Fb&state=s1`, both],
    [`/callback?code=a%2Fb&state=s1`, both],
    [`a%2Fb#s1`, both],
    [`a/b#s1`, both],
    [`a"b"`, { parameters: [["code", 'a"b"']], bare: true }],
    [`"a"b`, { parameters: [["code", '"a"b']], bare: true }],
    [`a%2Fb`, { parameters: [["code", "a/b"]], bare: true }],
    [`eyJ.x.y==`, { parameters: [["code", "eyJ.x.y=="]], bare: true }],
    [`100%`, { parameters: [["code", "100%"]], bare: true }],
    [`?error=access_denied&state=s1`, {
      parameters: [["error", "access_denied"], ["state", "s1"]],
      bare: false,
    }],
    [REDIRECT, { parameters: [], bare: false }],
    [`?code=a&code=b`, { parameters: [["code", "a"], ["code", "b"]], bare: false }],
  ];
  for (const [pasted, expected] of cases) {
    assert.deepEqual(parsePaste(pasted, REDIRECT), expected, pasted);
  }
});

Deno.test("a paste that cannot be the answer is explained without a value from it", () => {
  const cases: [string, RegExp][] = [
    ["", /nothing was pasted/],
    ["   ", /nothing was pasted/],
    ["https://as.example/authorize?state=MARK", /begins with http:\/\/127/],
    ["http://127.0.0.1:4712/callback?code=MARK&state=s1", /this one does not/],
    ["http://127.0.0.1:4711/callback/?code=MARK&state=s1", /this one does not/],
    ["http://localhost:4711/callback?code=MARK&state=s1", /this one does not/],
    ["https://127.0.0.1:4711/callback?code=MARK&state=s1", /this one does not/],
    ["http://u@127.0.0.1:4711/callback?code=MARK&state=s1", /this one does not/],
    ["http://127.0.0.1:4711/callback#code=MARK&state=s1", /after #/],
    ["http://[?code=MARK", /not a complete URL/],
    ["the code is MARK", /spaces/],
  ];
  for (const [pasted, expected] of cases) {
    const paste = parsePaste(pasted, REDIRECT);
    assert.ok("problem" in paste, pasted);
    assert.match(paste.problem, expected);
    assert.doesNotMatch(paste.problem, /MARK/);
  }
});

Deno.test("whatever is pasted, the answer is parameters or a reason", () => {
  fc.assert(fc.property(fc.string({ unit: "binary" }), (text) => {
    const paste = parsePaste(text, REDIRECT);
    assert.ok("problem" in paste ? paste.problem.length > 0 : paste.parameters.length >= 0);
  }));
});

Deno.test("a paste wins the race, and a wrong one is explained and asked for again", async () => {
  const io = fakeIo();
  const { prompt, paste } = fakePrompt(io);
  const options = interactiveOptions({ io, machine: desktop({ prompt: () => prompt }) });
  await withConsent(options, async (consent, port) => {
    const request = consentRequest();
    const obtaining = consent.obtain(request);
    paste(request.authorizationUrl);
    await io.shown(`Not accepted: the URL of the final page begins with ${consent.redirectUri}`);
    paste(`${consent.redirectUri}?code=MARK&state=other`);
    await io.shown('its "state" is not the one of this sign-in');
    paste("?code=MARK");
    await io.shown('it has no "state"');
    paste(`${consent.redirectUri}?code=MARK&state=s1`);
    assert.deepEqual(await obtaining, {
      parameters: [["code", "MARK"], ["state", "s1"]],
      via: "paste",
      bare: false,
    });
    assert.equal(request.judged.length, 3);
    assert.doesNotMatch(io.written(), /MARK/);
    assert.equal(status(await get(port, "/callback?code=c&state=s1")), 404);
    consent.showOutcome("success");
  });
});

Deno.test("a paste that was cut is explained, and the complete one is used", async () => {
  const io = fakeIo();
  const { prompt, paste } = fakePrompt(io);
  const options = interactiveOptions({ io, machine: desktop({ prompt: () => prompt }) });
  await withConsent(options, async (consent) => {
    const obtaining = consent.obtain(consentRequest({
      incomplete: (parameters) =>
        parameters.some(([name]) => name === "iss") ? undefined : 'it has no "iss"',
    }));
    const cut = `${consent.redirectUri}?code=MARK&state=s1`;
    paste(cut);
    await io.shown('Not accepted: it has no "iss". Paste the full URL');
    paste(`${cut}&iss=x`);
    const { parameters, via } = await obtaining;
    assert.deepEqual([parameters.length, via], [3, "paste"]);
    assert.doesNotMatch(io.written(), /MARK/);
  });
});

Deno.test("a bare code is handed on as such", async () => {
  const { prompt, paste } = fakePrompt();
  const options = interactiveOptions({ machine: desktop({ prompt: () => prompt }) });
  await withConsent(options, async (consent) => {
    const obtaining = consent.obtain(consentRequest());
    paste("c0de");
    assert.deepEqual(await obtaining, {
      parameters: [["code", "c0de"]],
      via: "paste",
      bare: true,
    });
  });
});

Deno.test("the listener goes on when input ends or cannot be read", async () => {
  const broken = {
    read: () => Promise.reject(new Error("ENOTTY")),
    around: <T>(write: () => T) => write(),
  };
  const ended = fakePrompt();
  ended.paste(null);
  for (const prompt of [broken, ended.prompt]) {
    const options = interactiveOptions({ machine: desktop({ prompt: () => prompt }) });
    await withConsent(options, async (consent, port) => {
      const obtaining = consent.obtain(consentRequest());
      const page = get(port, "/callback?code=c&state=s1");
      assert.equal((await obtaining).via, "listener");
      consent.showOutcome("success");
      await page;
    });
  }
});

Deno.test("Ctrl-C at the prompt cancels", async () => {
  const prompt = {
    read: () => Promise.reject(cancelledFailure()),
    around: <T>(write: () => T) => write(),
  };
  const options = interactiveOptions({ machine: desktop({ prompt: () => prompt }) });
  await withConsent(options, async (consent) => {
    await assert.rejects(consent.obtain(consentRequest()), { kind: "cancelled" });
  });
});

Deno.test("nothing is read with --no-input or without a terminal", async () => {
  let reads = 0;
  const prompt = {
    read: () => {
      reads++;
      return Promise.resolve(false);
    },
    around: <T>(write: () => T) => write(),
  };
  for (const parts of [{ noInput: true }, { io: fakeIo(false), printUrl: true }]) {
    const options = interactiveOptions({ machine: desktop({ prompt: () => prompt }), ...parts });
    await withConsent(options, async (consent, port) => {
      const obtaining = consent.obtain(consentRequest());
      const page = get(port, "/callback?code=c&state=s1");
      await obtaining;
      consent.showOutcome("success");
      await page;
    });
  }
  assert.equal(reads, 0);
});

Deno.test("keys edit the line; breaks inside a paste do not end it", () => {
  assert.deepEqual(editLine("", "abc\r"), { line: "abc", end: "line" });
  assert.deepEqual(editLine("", "http://x/\r\n  "), { line: "http://x/" });
  assert.deepEqual(editLine("", "http://x/\r\n"), { line: "http://x/", end: "line" });
  assert.deepEqual(editLine("abc", "\x7f"), { line: "ab" });
  assert.deepEqual(editLine("abc", "\b\b"), { line: "a" });
  assert.deepEqual(editLine("abc", "\x15"), { line: "" });
  assert.deepEqual(editLine("", "a\x01\x1f b"), { line: "a b" });
  const full = "x".repeat(64 * 1024 - 1);
  assert.deepEqual(editLine(full, "yz"), { line: `${full}y` });
  assert.deepEqual(editLine("ab", "\x7fc\b\x15xy"), { line: "xy" });
  assert.deepEqual(editLine("", "http://x/\r\n  y?code=1\n"), {
    line: "http://x/y?code=1",
    end: "line",
  });
  assert.deepEqual(editLine("a", "\x1b[200~b\x1b[201~\x1b[A\x1bOB"), { line: "ab" });
  assert.deepEqual(editLine("secret", "\x03"), { line: "", end: "cancel" });
  assert.deepEqual(editLine("", "\x04"), { line: "", end: "eof" });
  assert.deepEqual(editLine("a", "\x04"), { line: "a" });
});

/** A terminal of which every call is recorded. */
function fakeInput() {
  const calls: string[] = [];
  const listeners = new Set<(chunk: Uint8Array) => void>();
  const ends = new Set<(chunk: Uint8Array) => void>();
  const listenersOf = (event: "data" | "end") => event === "data" ? listeners : ends;
  const input: RawInput = {
    setRawMode: (raw) => calls.push(`raw ${raw}`),
    pause: () => {},
    resume: () => calls.push("resume"),
    on: (event, listener) => listenersOf(event).add(listener),
    off: (event, listener) => listenersOf(event).delete(listener),
  };
  return {
    input,
    calls,
    type(keys: string) {
      for (const listener of listeners) listener(new TextEncoder().encode(keys));
    },
    end() {
      for (const listener of ends) listener(new Uint8Array());
    },
    listening: () => listeners.size + ends.size,
  };
}

Deno.test("the prompt shows the length of a paste only, and restores the terminal", async () => {
  const io = fakeIo();
  const { input, calls, type } = fakeInput();
  const prompt = terminalPrompt({
    input: () => Promise.resolve(input),
    write: io.err,
    columns: () => 80,
    redraws: true,
  });
  const never = new AbortController().signal;
  const lines: string[] = [];
  const accepted = prompt.read((line) => {
    lines.push(line);
    return line.endsWith("2") ? null : "wrong one";
  }, never);
  await io.shown("Or paste");
  type("SECRET-PART-1");
  type("\r");
  await io.shown("\r\x1b[2Kwrong one\nOr paste");
  assert.deepEqual(calls, ["raw true", "resume"]);
  type("SECRET-PART-2\r");
  assert.equal(await accepted, true);
  assert.deepEqual(lines, ["SECRET-PART-1", "SECRET-PART-2"]);
  assert.match(io.written(), /13 characters/);
  assert.doesNotMatch(io.written(), /SECRET|PART/);
  assert.ok(io.written().endsWith("\r\x1b[2K"));
  assert.deepEqual(calls, ["raw true", "resume", "raw false"]);

  const restored = ["raw true", "resume", "raw false"];
  const endings: [(reading: Promise<boolean>) => Promise<void>, string][] = [
    [(reading) => assert.rejects(reading, { kind: "cancelled" }), "abc\x03"],
    [(reading) => assert.rejects(reading, /from the judge/), "throw\r"],
    [async (reading) => assert.equal(await reading, false), "\x04"],
  ];
  for (const [check, keys] of endings) {
    calls.length = 0;
    const reading = prompt.read(() => {
      throw new Error("from the judge");
    }, never);
    await Promise.resolve();
    await Promise.resolve();
    type(keys);
    await check(reading);
    assert.deepEqual(calls, restored);
  }
  calls.length = 0;
  const abort = new AbortController();
  const stopped = prompt.read(() => null, abort.signal);
  await Promise.resolve();
  await Promise.resolve();
  abort.abort();
  await assert.rejects(stopped, { name: "AbortError" });
  assert.deepEqual(calls, restored);
});

Deno.test("a wait that ended while the terminal was opened leaves it as it was", async () => {
  const io = fakeIo();
  const { input, calls } = fakeInput();
  const prompt = terminalPrompt({
    input: () => Promise.resolve(input),
    write: io.err,
    columns: () => 80,
    redraws: true,
  });
  await assert.rejects(prompt.read(() => null, AbortSignal.abort()), { name: "AbortError" });
  assert.deepEqual([calls, io.written()], [[], ""]);
});

Deno.test("why a paste is not accepted is broken between words", async () => {
  const io = fakeIo();
  const { input, type } = fakeInput();
  const prompt = terminalPrompt({
    input: () => Promise.resolve(input),
    write: io.err,
    columns: () => 40,
    redraws: true,
  });
  const why = "Not accepted: the pasted text has no code at all.";
  const reading = prompt.read((line) => line === "" ? why : null, new AbortController().signal);
  await io.shown("Paste: ");
  type("\r");
  await io.shown("Not accepted: the pasted text has no\ncode at all.\nPaste: ");
  type("x\r");
  assert.equal(await reading, true);
});

Deno.test("what others write while the prompt stands does not share its line", async () => {
  const io = fakeIo();
  const { input, type } = fakeInput();
  const prompt = terminalPrompt({
    input: () => Promise.resolve(input),
    write: io.err,
    columns: () => 40,
    redraws: true,
  });
  prompt.around(() => io.err("before\n"));
  assert.equal(io.written(), "before\n");
  const accepted = prompt.read(() => null, new AbortController().signal);
  await io.shown("Paste: ");
  prompt.around(() => io.err("note\n"));
  assert.ok(io.written().endsWith("Paste: \r\x1b[2Knote\nPaste: "));
  type("\r");
  assert.equal(await accepted, true);
});

/** Timers that repeat when the test says so. */
function holdIntervals() {
  const { setInterval, clearInterval } = globalThis;
  const held = new Map<number, () => void>();
  Object.assign(globalThis, {
    setInterval: (callback: () => void) => held.set(held.size + 1, callback).size,
    clearInterval: (id?: number) => held.delete(id ?? 0),
  });
  return {
    fire: () => held.forEach((callback) => callback()),
    get waiting() {
      return held.size;
    },
    [Symbol.dispose]: () => void Object.assign(globalThis, { setInterval, clearInterval }),
  };
}

for (const redraws of [true, false]) {
  Deno.test(`a terminal that ${redraws ? "redraws" : "cannot redraw"} is shown the time left ${redraws ? "each second" : "never"}`, async () => {
    using seconds = holdIntervals();
    const io = fakeIo();
    const { input, type } = fakeInput();
    const prompt = terminalPrompt({
      input: () => Promise.resolve(input),
      write: io.err,
      columns: () => 79,
      redraws,
    });
    const never = new AbortController().signal;
    const accepted = prompt.read(() => null, never, Date.now() + 3_600_000);
    await io.shown("Or paste");
    const before = io.written();
    assert.equal(/ left\. Or paste/.test(before), redraws);
    assert.equal(seconds.waiting, redraws ? 1 : 0);
    seconds.fire();
    const drawn = io.written().slice(before.length);
    assert.equal(drawn.startsWith("\r\x1b[2K") && / left\. Or paste/.test(drawn), redraws);
    if (!redraws) assert.equal(drawn, "");
    type("ab");
    const typed = io.written().slice(before.length + drawn.length);
    assert.equal(typed.endsWith("2 characters"), redraws);
    if (!redraws) assert.equal(typed, "");
    type("\r");
    assert.equal(await accepted, true);
    assert.equal(seconds.waiting, 0);
    assert.equal(io.written().includes("\x1b"), redraws);
    assert.ok(io.written().endsWith(redraws ? "\r\x1b[2K" : "\n"));
  });
}

Deno.test("a terminal that cannot redraw gets a wrong paste explained on lines of their own", async () => {
  const io = fakeIo();
  const { input, type } = fakeInput();
  const prompt = terminalPrompt({
    input: () => Promise.resolve(input),
    write: io.err,
    columns: () => 78,
    redraws: false,
  });
  const reading = prompt.read(
    (line) => line === "2" ? null : "wrong one",
    new AbortController().signal,
  );
  await io.shown("Paste: ");
  type("1\r");
  type("2\r");
  assert.equal(await reading, true);
  assert.equal(io.written(), "Paste: \nwrong one\nPaste: \n");
});

Deno.test("the end of the input ends the prompt, which leaves no listener behind", async () => {
  const io = fakeIo();
  const { input, calls, end, listening } = fakeInput();
  const prompt = terminalPrompt({
    input: () => Promise.resolve(input),
    write: io.err,
    columns: () => 80,
    redraws: true,
  });
  const reading = prompt.read(() => null, new AbortController().signal);
  await io.shown("Or paste");
  end();
  assert.equal(await reading, false);
  assert.deepEqual([calls, listening()], [["raw true", "resume", "raw false"], 0]);
});
