import assert from "node:assert/strict";
import { openOutput } from "../../../src/cli/app/output_stream.ts";
import { finishBeforeExit } from "../../../src/cli/app/run_cli.ts";
import type { Io } from "../../../src/core/system.ts";

/** Two streams that record what is written to them, together. */
function recorded(options: { isTerminal?: boolean; accept?: number } = {}) {
  const written: string[] = [];
  const stream = (name: string) => {
    const take = (bytes: Uint8Array) => {
      const part = bytes.subarray(0, options.accept ?? bytes.length);
      written.push(`${name}:${new TextDecoder().decode(part)}`);
      return part.length;
    };
    return {
      write: (bytes: Uint8Array) => Promise.resolve(take(bytes)),
      writeSync: take,
      isTerminal: () => options.isTerminal ?? false,
    };
  };
  return { written, out: stream("out"), err: stream("err") };
}

const bytes = (text: string) => new TextEncoder().encode(text);
const fail = (error: unknown) => {
  throw error;
};

Deno.test("texts for a pipe that follow each other are one write, in the order of the calls", async () => {
  const { written, out, err } = recorded();
  const output = openOutput();
  output.write(err, bytes("Reading ..."), fail);
  output.write(err, bytes(" done\n"), fail);
  output.write(out, bytes("{}"), fail);
  output.write(err, bytes("end\n"), fail);
  assert.deepEqual(written, []);
  await output.flush();
  assert.deepEqual(written, ["err:Reading ... done\n", "out:{}", "err:end\n"]);
});

Deno.test("a text for a pipe is written without a flush", async () => {
  const { written, err } = recorded();
  const arrived = Promise.withResolvers<void>();
  const stream = {
    ...err,
    async write(part: Uint8Array) {
      const length = await err.write(part);
      arrived.resolve();
      return length;
    },
  };
  openOutput().write(stream, bytes("Waiting ..."), fail);
  await arrived.promise;
  assert.deepEqual(written, ["err:Waiting ..."]);
});

Deno.test("a pipe that takes a part of a text gets the rest, and after it what came later", async () => {
  const { written, err } = recorded({ accept: 4 });
  const output = openOutput();
  output.write(err, bytes("abc"), fail);
  output.write(err, bytes("def"), fail);
  const flushed = output.flush();
  output.write(err, bytes("gh"), fail);
  await flushed;
  await output.flush();
  assert.deepEqual(written, ["err:abcd", "err:ef", "err:gh"]);
});

Deno.test("a text for a terminal is written at once", () => {
  const { written, err } = recorded({ isTerminal: true });
  openOutput().write(err, bytes("Question?"), fail);
  assert.deepEqual(written, ["err:Question?"]);
});

Deno.test("a warning of the last work before the end reaches a pipe", async () => {
  const { written, err } = recorded();
  const output = openOutput();
  const { signal } = new AbortController();
  const io = {
    err: (text: string) => output.write(err, bytes(text), fail),
    flush: () => output.flush(),
  } as Io;
  await finishBeforeExit({
    signal,
    io,
    beforeExit: [
      () => Promise.reject(new Error("the listener has ended")),
      async () => {
        await Promise.resolve();
        io.err("warning: the listener has ended\n");
      },
    ],
  });
  assert.deepEqual(written, ["err:warning: the listener has ended\n"]);
});
