import assert from "node:assert/strict";
import { denoRuntime } from "../../../src/cli/app/deno_runtime.ts";

Deno.test("standard input is not waited for by a program that is to stop already", async () => {
  const { io } = denoRuntime(AbortSignal.abort());
  await assert.rejects(io.readStdin(), { code: "cancelled" });
});
