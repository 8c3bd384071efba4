import assert from "node:assert/strict";
import type { AuditDeps } from "../../../src/audit/run/audit_server.ts";
import { openPersonDriver } from "../../../src/audit/drivers/person_driver.ts";
import { startAuditLab } from "../../lab/audit/audit_lab.ts";
import { openBrowser } from "../../lab/person.ts";
import { audit } from "./audit_lab.ts";

interface Tab {
  /** How often a browser was started. */
  readonly opened: () => number;
  /** How often a page asked for consent. */
  readonly asked: () => number;
  readonly open: AuditDeps["openConsent"];
}

/** A person with one browser, who presses the same button on every page. */
function tab(decision: "allow" | "deny"): Tab {
  let [opened, asked] = [0, 0];
  const browser = openBrowser();
  const show = async (url: string) => {
    let page = await browser.visit(url);
    while (page.body.includes("<form")) {
      asked += 1;
      page = await browser.press(page, decision);
    }
  };
  return {
    opened: () => opened,
    asked: () => asked,
    open: () =>
      openPersonDriver({
        serverUrl: "http://127.0.0.1/mcp",
        io: {
          stdinIsTerminal: false,
          stderrIsTerminal: false,
          stdoutIsTerminal: false,
          columns: () => 80,
          err: () => {},
          out: () => {},
        } as never,
        noInput: true,
        printUrl: false,
        browser: "browser %s",
        command: { line: "mcpass oauth conformance" },
        env: { get: () => undefined, toObject: () => ({}) },
        timeoutMs: 10_000,
        signal: new AbortController().signal,
        consents: 3,
        machine: {
          spawn: async ({ args }) => {
            opened += 1;
            await show(args.at(-1) ?? "");
            return 0;
          },
        },
      }),
  };
}

Deno.test("all consents of a person are in one tab", async () => {
  await using lab = await startAuditLab({ consent: "page" });
  const person = tab("allow");
  const { result } = await audit(lab.mcpUrl, {}, { openConsent: person.open });
  assert.equal(person.opened(), 1);
  assert.ok(person.asked() >= 2, String(person.asked()));
  assert.equal(result.checks.find(({ id }) => id === "exchange_good")?.verdict, "passed");
});

Deno.test("a person who denies a request is not asked again, and gets the result", async () => {
  await using lab = await startAuditLab({ consent: "page" });
  const person = tab("deny");
  const { result } = await audit(lab.mcpUrl, {}, { openConsent: person.open });
  assert.equal(person.asked(), 1);
  const passed = result.checks.filter(({ verdict }) => verdict === "passed");
  assert.ok(passed.length > 80, String(passed.length));
  assert.ok(result.checks.some(({ reason }) => reason?.startsWith("needs_consent")));
});
