import assert from "node:assert/strict";
import { createBlock } from "../../../src/cli/terminal/progress_block.ts";
import { PLAIN } from "../../../src/cli/terminal/style.ts";
import type { FlowEvent } from "../../../src/core/events.ts";
import { createSecrets } from "../../../src/trace/secrets.ts";
import { type Screen, screenOf } from "../../pty/screen.ts";

/** A block on a screen; time stands still unless it is moved, and beats come when they are wanted. */
async function onScreen(
  columns: number,
  work: (at: {
    readonly emit: (event: FlowEvent) => void;
    readonly write: (text: string) => void;
    readonly beat: () => Promise<string[]>;
    readonly shot: () => Promise<string[]>;
    readonly move: (ms: number) => void;
    readonly resize: (columns: number) => void;
    readonly finish: () => Promise<string[]>;
  }) => Promise<void>,
): Promise<void> {
  const screen: Screen = screenOf(columns, 24);
  let width = columns;
  let now = 0;
  const block = createBlock({
    io: {
      out: () => {},
      err: (text) => screen.write(text.replaceAll("\n", "\r\n")),
      stdinIsTerminal: true,
      stdoutIsTerminal: true,
      stderrIsTerminal: true,
      columns: () => width,
      readStdin: () => Promise.resolve(""),
    },
    style: PLAIN,
    quiet: false,
    secrets: createSecrets(),
    exchangeLine: () => "-> GET https://as.example/  200",
    now: () => now,
    unicode: true,
    frameMs: 1,
  });
  try {
    await work({
      emit: block.emit,
      write: (text) => block.io.err(text),
      shot: () => screen.lines(),
      move: (ms) => now += ms,
      resize: (to) => {
        width = to;
        screen.resize(to, 24);
      },
      async beat() {
        await block.drawn();
        return await screen.lines();
      },
      async finish() {
        block.finish();
        return await screen.lines();
      },
    });
  } finally {
    block.finish();
    screen.close();
  }
}

const started = (step: "token" | "registration", at = 0): FlowEvent => ({
  type: "step_started",
  step,
  at,
});
const asking = (url: string): FlowEvent => ({ type: "request_started", at: 0, method: "GET", url });

/** Lines without the turning sign before them. */
function still(lines: readonly string[]): string[] {
  return lines.map((line) => line.replace(/^[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏]/, "*"));
}

Deno.test("the step under way is a block, a step that ended is a line", async () => {
  await onScreen(80, async ({ emit, beat, move, finish }) => {
    emit(started("registration"));
    emit(asking("https://as.example/register"));
    assert.deepEqual(still(await beat()), [
      "* Obtaining a client ID",
      "  GET as.example/register",
    ]);
    move(2500);
    assert.deepEqual(still(await beat()), [
      "* Obtaining a client ID · 2.5 s",
      "  GET as.example/register",
    ]);
    const detail = "dcr: client";
    emit({ type: "step_ended", step: "registration", at: 2600, status: "done", detail });
    emit(started("token", 2600));
    assert.deepEqual(still(await beat()), [
      "✓ Obtaining a client ID · as.example · 2.6 s",
      "  dcr: client",
      "* Requesting the token",
    ]);
    emit({ type: "step_ended", step: "token", at: 2700, status: "failed" });
    assert.deepEqual((await finish()).slice(2), ["✗ Requesting the token · 100 ms"]);
  });
});

Deno.test("notes and lines of --verbose stay above the block", async () => {
  await onScreen(80, async ({ emit, beat, write }) => {
    emit(started("token"));
    await beat();
    emit({ type: "note", at: 0, message: "a note" });
    emit({ type: "exchange", exchange: {} as never });
    write("somebody else\n");
    assert.deepEqual(still(await beat()), [
      "  a note",
      "  -> GET https://as.example/  200",
      "somebody else",
      "* Requesting the token",
    ]);
  });
});

Deno.test("while somebody holds the line open the block stays away", async () => {
  await onScreen(80, async ({ emit, beat, write }) => {
    emit(started("token"));
    await beat();
    write("Paste: ");
    assert.deepEqual(await beat(), ["Paste: "]);
    write("\r\x1b[2K");
    assert.deepEqual(still(await beat()), ["* Requesting the token"]);
  });
});

Deno.test("the wait for a person is counted down", async () => {
  await onScreen(80, async ({ emit, beat, move }) => {
    emit(started("token"));
    emit({ type: "waiting", at: 0, until: 300_000 });
    assert.deepEqual(still(await beat()), ["* Waiting for you to sign in · 5:00 left"]);
    move(240_500);
    assert.deepEqual(still(await beat()), ["* Waiting for you to sign in · 1:00 left"]);
  });
});

Deno.test("forty columns hold the block, also of wide characters, and a narrower terminal is wiped clean", async () => {
  await onScreen(40, async ({ emit, beat, shot, finish, resize }) => {
    emit(started("registration"));
    emit(asking(`https://as.example/${"x".repeat(60)}`));
    const [, asked = "", ...more] = await beat();
    assert.deepEqual([asked.length, asked.at(-1), more], [39, "…", []]);
    const detail = "名前 ".repeat(20) + "🔑 ".repeat(10);
    emit({ type: "step_ended", step: "registration", at: 1, status: "done", detail });
    assert.equal((await shot())[2], `  ${Array(7).fill("名前").join(" ")}`);
    emit(started("token"));
    emit(asking(`https://as.example/${"x".repeat(60)}`));
    await beat();
    resize(20);
    emit({ type: "step_ended", step: "token", at: 9, status: "done" });
    const lines = await finish();
    assert.doesNotMatch(lines.join("\n"), /xxx|[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏]/);
    assert.ok(lines.includes("✓ Requesting the"), lines.join("\n"));
  });
});

Deno.test("what a server says cannot move the cursor", async () => {
  await onScreen(80, async ({ emit, finish }) => {
    emit(started("token"));
    const detail = "evil \x1b[2J\x1b[H \u202e text";
    emit({ type: "step_ended", step: "token", at: 1, status: "done", detail });
    emit({ type: "note", at: 1, message: "\x1b]0;title\x07" });
    assert.deepEqual(await finish(), [
      "✓ Requesting the token · 1 ms",
      "  evil \\x1b[2J\\x1b[H \\u202e text",
      "  \\x1b]0;title\\x07",
    ]);
  });
});

Deno.test("requests of no step are shown while they last, and leave nothing", async () => {
  await onScreen(80, async ({ emit, beat, finish }) => {
    emit(asking("https://mcp.example/mcp"));
    assert.deepEqual(still(await beat()), ["* GET mcp.example/mcp"]);
    assert.deepEqual(await finish(), []);
  });
});
