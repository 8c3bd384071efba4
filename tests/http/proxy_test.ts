import { ok } from "node:assert/strict";
// What is tested here is found by the modules of the cases.
import type {} from "./proxy_cases.ts";

Deno.test("clients with proxies, in a process of their own", async () => {
  const inherited = Object.entries(Deno.env.toObject()).filter(([name]) => !/_proxy$/i.test(name));
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["test", "-A", "--no-check", "--quiet", "--preload=../deadline.ts", "proxy_cases.ts"],
    cwd: new URL(".", import.meta.url),
    env: { ...Object.fromEntries(inherited), NO_COLOR: "1", TEST_DEADLINE_MS: "30000" },
    clearEnv: true,
  }).output();
  const decoder = new TextDecoder();
  ok(success, decoder.decode(stdout) + decoder.decode(stderr));
});
