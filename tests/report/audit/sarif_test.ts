import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import { Ajv } from "ajv/dist/ajv.js";
import schema from "@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json" with { type: "json" };
import { sarifText } from "../../../src/report/audit/sarif.ts";
import { type AuditReport, unexpected } from "../../../src/report/audit/audit_report.ts";
import { reportOf, reports } from "./results.ts";

const { $schema: _draft, id: _id, ...rules } = schema as Record<string, unknown>;
const validate = new Ajv({ strict: false, unicodeRegExp: false, validateFormats: false })
  .compile(rules);

interface Text {
  readonly text: string;
}

interface SarifResult {
  readonly ruleId: string;
  readonly ruleIndex: number;
  readonly level: string;
  readonly message: Text;
  readonly locations: readonly {
    readonly physicalLocation: {
      readonly artifactLocation: { readonly uri: string };
      readonly region: Readonly<Record<string, number>>;
    };
  }[];
  readonly partialFingerprints: { readonly primaryLocationLineHash: string };
}

interface SarifRun {
  readonly tool: {
    readonly driver: {
      readonly name: string;
      readonly rules: readonly {
        readonly id: string;
        readonly shortDescription: Text;
        readonly fullDescription: Text;
        readonly help: Text;
        readonly properties: Readonly<Record<string, unknown>> & { readonly tags: string[] };
      }[];
    };
  };
  readonly automationDetails: { readonly id: string };
  readonly results: readonly SarifResult[];
}

function runOf(report: AuditReport): SarifRun {
  const document = JSON.parse(sarifText(report));
  const isValid = validate(document) as boolean;
  assert.ok(isValid, JSON.stringify(validate.errors, undefined, 1));
  assert.equal(document.version, "2.1.0");
  assert.match(document.$schema, /sarif-2\.1\.0/);
  assert.equal(document.runs.length, 1);
  return document.runs[0];
}

const described = [...await reports(), reportOf()].map((it) => [it, runOf(it)] as const);

Deno.test("GitHub accepts each place: a relative path with a region", () => {
  for (const [{ flows }, { results }] of described) {
    assert.equal(results.length, flows.reduce((sum, it) => sum + unexpected(it).length, 0));
    for (const { locations, message } of results) {
      const [place] = locations;
      const { uri = "" } = place?.physicalLocation.artifactLocation ?? {};
      assert.match(uri, /^(?!\/)(?:[\w.~/-]|%[0-9A-F]{2})+$/);
      for (const member of ["startLine", "startColumn", "endLine", "endColumn"]) {
        assert.ok((place?.physicalLocation.region[member] ?? 0) >= 1, member);
      }
      assert.ok(message.text !== "" && message.text.length < 20_000, String(message.text.length));
    }
  }
});

Deno.test("only deviations that nobody expects are results, each with a rule and its level", () => {
  for (const [{ flows }, { results, tool: { driver } }] of described) {
    const expected = flows.flatMap((flow) => unexpected(flow).map(({ id }) => id as string));
    assert.deepEqual(results.map(({ ruleId }) => ruleId), expected);
    for (const { ruleId, ruleIndex, level } of results) {
      assert.equal(driver.rules[ruleIndex]?.id, ruleId);
      assert.ok(["error", "warning", "note"].includes(level));
    }
    assert.deepEqual(new Set(driver.rules.map(({ id }) => id)), new Set(expected));
    for (const rule of driver.rules) {
      for (const text of [rule.shortDescription.text, rule.fullDescription.text]) {
        assert.ok(text.length > 0 && text.length <= 1024);
      }
      assert.notEqual(rule.help.text, "");
      assert.ok(rule.properties.tags.length <= 20);
      const { [`security-severity`]: severity } = rule.properties;
      assert.ok(severity === undefined || /^\d\.\d$/.test(String(severity)));
    }
  }
});

Deno.test("a fingerprint stays when the line of the server or a message changes", () => {
  const [flow] = described[0]?.[0].flows ?? [];
  assert.ok(flow);
  const prints = (report: AuditReport) =>
    runOf(report).results.map((it) => it.partialFingerprints.primaryLocationLineHash);
  const before = prints(reportOf(flow));
  assert.ok(before.every((it) => /^[0-9a-f]{16}:1$/.test(it)), before[0]);
  assert.equal(new Set(before).size, before.length);
  const checks = flow.result.checks.map((it) => ({ ...it, message: "other" }));
  const moved = { ...flow, result: { ...flow.result, checks }, place: { path: "a.json", line: 7 } };
  assert.deepEqual(prints(reportOf(moved)), before);
});

Deno.test("the text of a server cannot break a reader of SARIF", () => {
  for (const [report] of described) {
    const text = sarifText(report);
    assert.ok(text.isWellFormed());
    JSON.parse(text, (_, value) => {
      if (typeof value !== "string") return value;
      assert.ok(value.isWellFormed() && !value.includes("\0"), "no database stores this text");
    });
    assert.ok(gzipSync(text).length < 10e6);
  }
});

Deno.test("places of unusual servers and files stay relative paths", () => {
  const [flow] = described[0]?.[0].flows ?? [];
  assert.ok(flow);
  const uriOf = (changes: object) =>
    runOf(reportOf({ ...flow, ...changes })).results[0]?.locations[0]?.physicalLocation
      .artifactLocation.uri;
  const at = (serverUrl: string) => uriOf({ result: { ...flow.result, serverUrl } });
  assert.equal(at("https://mcp.example.com/mcp"), "mcp.example.com/mcp");
  assert.equal(at("https://[::1]:8443/a:b/[c]|d"), "___1__8443/a_b/_c__d");
  assert.equal(at("https://mcp.example.com"), "mcp.example.com");
  assert.equal(
    uriOf({ place: { path: "ci\\my suite#1.json", line: 3 } }),
    "ci/my%20suite%231.json",
  );
});
