import { ROOT } from "../shell.ts";

const program = (count: number) => `
import { startAuditLab } from ${JSON.stringify(`${ROOT}tests/lab/audit/audit_lab.ts`)};
const labs = await Promise.all(Array.from({ length: ${count} }, () => startAuditLab()));
console.log(JSON.stringify(labs.map(({ mcpUrl }) => mcpUrl)));
await new Promise(() => {});
`;

/** Labs of audits in a process of their own. */
export async function startLabs(
  count: number,
): Promise<{ readonly urls: readonly string[]; stop(): Promise<void> }> {
  const file = await Deno.makeTempFile({ suffix: ".ts" });
  await Deno.writeTextFile(file, program(count));
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--quiet", "--config", `${ROOT}deno.json`, file],
    stdout: "piped",
  }).spawn();
  let text = "";
  for await (const part of child.stdout.pipeThrough(new TextDecoderStream())) {
    text += part;
    if (text.includes("\n")) break;
  }
  return {
    urls: JSON.parse(text),
    async stop() {
      child.kill("SIGTERM");
      await child.status;
      await Deno.remove(file);
    },
  };
}
