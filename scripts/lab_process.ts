/**
 * Starts the lab in a process of its own, so that its CPU time and memory are not measured as the
 * client's.
 *
 * @module
 */

import { ROOT } from "./shell.ts";

/** A running lab; ends with the block that it is used in. */
export interface LabProcess extends AsyncDisposable {
  /** The MCP server's URL. */
  readonly url: string;
}

/** Time limit for the lab to print its URL, which needs about a second. */
const START_LIMIT_MS = 60_000;

/** Starts the lab. Throws when it prints no URL. */
export async function startLabProcess(): Promise<LabProcess> {
  const lab = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--quiet", `${ROOT}scripts/lab_server.ts`],
    stdin: "piped",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const tooLate = setTimeout(() => lab.kill("SIGKILL"), START_LIMIT_MS);
  const url = await firstLine(lab.stdout).finally(() => clearTimeout(tooLate));
  return {
    url,
    async [Symbol.asyncDispose]() {
      await lab.stdin.close();
      await lab.status;
    },
  };
}

async function firstLine(stream: ReadableStream<Uint8Array>): Promise<string> {
  let text = "";
  for await (
    const chunk of stream.pipeThrough(new TextDecoderStream()).values({
      preventCancel: true,
    })
  ) {
    text += chunk;
    if (text.includes("\n")) break;
  }
  if (text === "") {
    throw new Error("the lab did not start; run scripts/lab_server.ts to see why");
  }
  return text.trim();
}
