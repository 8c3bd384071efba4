/** Settings of published servers, and mistakes of the application around them. @module */

import { GROUPS } from "../../../../src/audit/checks/groups.ts";
import type { AuditPlan } from "../../../../src/audit/context/audit.ts";
import type { ConsentDriver } from "../../../../src/audit/context/consent_driver.ts";
import type { CheckResult, GroupId, Verdict } from "../../../../src/audit/context/verdict.ts";
import type { Clock } from "../../../../src/core/system.ts";
import type { AuditCheckId } from "../../../../src/findings/mod.ts";
import { type Browser, openBrowser, type Page } from "../../../lab/person.ts";
import { audit } from "../../conformance/audit_lab.ts";
import { DEVIATIONS } from "./deviations.ts";

export interface Started extends AsyncDisposable {
  readonly mcpUrl: string;
  /** By which its tokens expire; default: the real time. */
  readonly clock?: Clock;
}

/** Verdicts by check. */
export type Verdicts = Partial<Readonly<Record<AuditCheckId, Verdict>>>;

/** What is configured, or what the application does. */
export interface Setting {
  readonly name: string;
  readonly start: () => Promise<Started>;
}

/** A server, and its settings. */
export interface ConfiguredServer {
  readonly name: string;
  /** Without a setting. */
  readonly start: () => Promise<Started>;
  readonly plan?: (server: Started) => Partial<AuditPlan>;
  /** What a person does at the first page; default: the server consents without a person. */
  readonly person?: (browser: Browser, page: Page, decision: "allow" | "deny") => Promise<Page>;
  readonly settings: readonly Setting[];
}

const REDIRECT_URI = "http://127.0.0.1:33418/callback";

function openPerson(act: NonNullable<ConfiguredServer["person"]>): Promise<ConsentDriver> {
  const browsers = new Map<string, Browser>();
  return Promise.resolve({
    redirectUri: REDIRECT_URI,
    asksPerson: false,
    decides: true,
    async obtain({ authorizationUrl, redirectUri, session, decision }) {
      const browser = browsers.get(session) ?? openBrowser({ stopAt: redirectUri });
      browsers.set(session, browser);
      const first = await browser.visit(authorizationUrl);
      if (first.status === 0) return { url: first.url, status: null, exchangeId: null, pages: [] };
      const { url } = await act(browser, first, decision);
      const pages = [{ url: first.url, title: "Consent" }];
      return { url, status: null, exchangeId: null, pages };
    },
    close: () => Promise.resolve(),
  });
}

async function auditWith(
  { plan, person }: ConfiguredServer,
  start: () => Promise<Started>,
  groups: readonly GroupId[],
): Promise<readonly CheckResult[]> {
  await using server = await start();
  const changes = { ...plan?.(server), groups };
  const { result } = await audit(server.mcpUrl, changes, {
    ...server.clock && { clock: server.clock },
    ...person && { openConsent: () => openPerson(person) },
  });
  return result.checks;
}

const deviates = ({ verdict }: CheckResult) =>
  verdict === "failed" || verdict === "warning" || verdict === "inconclusive";

const withoutSetting = new Map<ConfiguredServer, Promise<readonly CheckResult[]>>();

/** All checks of the server without a setting, once. */
export function auditDefault(server: ConfiguredServer): Promise<readonly CheckResult[]> {
  const made = withoutSetting.get(server) ?? auditWith(server, server.start, []);
  withoutSetting.set(server, made);
  return made;
}

/** The groups of these checks, or all: the audit adds what they require. */
function groupsOf(ids: readonly string[]): readonly GroupId[] {
  const groups = GROUPS.filter(({ checks }) => checks.some(({ id }) => ids.includes(id)))
    .map(({ id }) => id);
  // A check of the refreshed token has a better verdict after those of tokens.
  return groups.includes("refresh") ? ["token_validation", ...groups] : groups;
}

/** The checks that a setting has to make deviate. */
export function expectedOf(server: ConfiguredServer, setting: Setting): Verdicts {
  const expected = DEVIATIONS[server.name]?.[setting.name];
  if (expected === undefined) throw new RangeError(`no row: ${server.name}, ${setting.name}`);
  return expected;
}

/**
 * The checks that deviate because of a setting, by their verdicts.
 *
 * @param isComplete False: only the groups of the expected checks run, with what they require. That
 * shows that these checks find the setting, and that their neighbours do not.
 */
export async function deviationsOf(
  server: ConfiguredServer,
  setting: Setting,
  isComplete: boolean,
): Promise<Verdicts> {
  const before = new Map((await auditDefault(server)).map(({ id, verdict }) => [id, verdict]));
  const groups = isComplete ? [] : groupsOf(Object.keys(expectedOf(server, setting)));
  const checks = await auditWith(server, setting.start, groups);
  const changed = checks.filter((it) => deviates(it) && before.get(it.id) !== it.verdict);
  return Object.fromEntries(changed.map(({ id, verdict }) => [id, verdict]));
}
