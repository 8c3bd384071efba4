import assert from "node:assert/strict";
import { openCommandDriver } from "../../src/audit/drivers/command_driver.ts";
import { audit } from "../audit/conformance/audit_lab.ts";
import { startAuditLab } from "../lab/audit/audit_lab.ts";

const ROOT = new URL("../../", import.meta.url).pathname;

/** The example of the guide, with the browser of this machine. */
async function guideExample(): Promise<string> {
  const guide = await Deno.readTextFile(`${ROOT}docs/audit.md`);
  const [, example = ""] = /```js\n([\s\S]*?)```/.exec(guide) ?? [];
  const path = Deno.env.get("CHROMIUM") ?? "/usr/bin/chromium";
  const launch = `{ headless: true, executablePath: ${JSON.stringify(path)}, ` +
    'args: ["--no-sandbox"] }';
  return example.replace('"playwright"', JSON.stringify(import.meta.resolve("playwright-core")))
    .replace("{ headless: true }", launch)
    .replace(/^/, 'import process from "node:process";\n');
}

Deno.test({
  name: "the consent command of the guide consents and denies in a browser",
  sanitizeOps: false,
  sanitizeResources: false,
  async fn() {
    await using lab = await startAuditLab({ consent: "page" });
    const path = await Deno.makeTempFile({ suffix: ".mjs" });
    try {
      await Deno.writeTextFile(path, await guideExample());
      const { result } = await audit(lab.mcpUrl, { only: ["callback_denied", "exchange_good"] }, {
        openConsent: () =>
          openCommandDriver({
            command: `${Deno.execPath()} run -A --no-lock ${path}`,
            passes: ["DENO_DIR"],
            timeoutMs: 60_000,
            env: { get: (name) => Deno.env.get(name), toObject: () => Deno.env.toObject() },
            signal: new AbortController().signal,
          }),
      });
      const verdicts = result.checks
        .filter(({ id }) => ["callback_denied", "exchange_good"].includes(id))
        .map(({ id, verdict, message }) =>
          `${id} ${verdict}${verdict === "passed" ? "" : message}`
        );
      assert.deepEqual(verdicts.sort(), ["callback_denied passed", "exchange_good passed"]);
    } finally {
      await Deno.remove(path);
    }
  },
});
