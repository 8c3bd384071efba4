/** The grants that checks share, and the wrong exchanges that they try on one code. @module */

import type { Audit } from "../context/audit.ts";
import { doubtCheck, skipCheck } from "../context/end_check.ts";
import {
  type AuditGrants,
  type Grant,
  GRANT_NAMES,
  type GrantName,
  type WrongExchange,
} from "../context/grants.ts";
import { noJudgement, observed, succeeds } from "../judge/refusal.ts";
import {
  createCodeGrants,
  createGrantOpeners,
  type GrantRequests,
  type OpenOptions,
  usable,
} from "./open_grants.ts";
import { createWrongExchanges } from "./wrong_exchanges.ts";

type SharedGrants = Pick<
  AuditGrants,
  | "first"
  | "second"
  | "live"
  | "replayed"
  | "confidential"
  | "attempted"
  | "open"
  | "tryWrongExchange"
>;

export interface SharedGrantOptions extends OpenOptions {
  /** Grants that checks of this run use. */
  readonly grants: ReadonlySet<GrantName>;
  /** Wrong exchanges of this run, in their order. */
  readonly wrongExchanges: readonly WrongExchange[];
}

/** A token with less time left is refreshed before a check uses it. */
const MIN_LIFETIME_MS = 15_000;

export function createSharedGrants(
  audit: Audit,
  requests: GrantRequests,
  options: SharedGrantOptions,
): SharedGrants {
  const { clock } = audit;
  const opened = new Map<GrantName, Promise<Grant>>();
  const codes = createCodeGrants(audit, requests, options);
  const wrongExchanges = createWrongExchanges(audit, requests, options.wrongExchanges);
  const { open, replays } = createGrantOpeners(audit, requests, options, codes, wrongExchanges);

  /** The first grant with a token that is valid for some time. */
  async function first(): Promise<Grant> {
    const grant = usable(await shared("first"));
    const isShort = grant.expiresAt - clock.now() < MIN_LIFETIME_MS;
    if (isShort && grant.refreshToken !== undefined) await requests.refresh(grant);
    return grant;
  }

  /** A person consents to all shared grants in one sitting, before other requests are sent. */
  async function shared(name: GrantName): Promise<Grant> {
    const isNew = !opened.has(name);
    if (isNew) {
      const names = requests.asksPerson
        ? GRANT_NAMES.filter((it) => it === name || options.grants.has(it) && !opened.has(it))
        : [name];
      for (const it of names) {
        const grant = open(it);
        opened.set(it, grant);
        await grant.catch(() => {});
      }
    }
    const grant = await opened.get(name);
    if (grant === undefined) throw new TypeError(`no grant ${name}`);
    audit.cite(grant.response);
    return grant;
  }

  return {
    attempted: () => shared("first"),
    first,
    second: async () => usable(await shared("second")),
    async live(name) {
      const grant = usable(await shared(name));
      const response = await requests.refresh(grant);
      if (succeeds(response)) return grant;
      if (noJudgement(response) !== undefined) throw doubtCheck("rate_limited", observed(response));
      if (requests.asksPerson || grant.reply === undefined) {
        const message = `the grant can no longer be refreshed: ${observed(response)}`;
        throw skipCheck("needs_control", message, "refresh_good");
      }
      const other = open(name);
      opened.set(name, other);
      return usable(await other);
    },
    confidential: async () => usable(await shared("confidential")),
    open: async (changes = {}, client) => usable(await codes.openGrant(changes, client)),
    async replayed() {
      const replay = replays.get(await shared("replayed"));
      if (replay === undefined) throw new TypeError("a grant that was not replayed");
      audit.cite(replay.replay);
      return replay;
    },
    async tryWrongExchange(wrong) {
      await shared("first");
      const response = wrongExchanges.responses.get(wrong.id);
      if (response === undefined) {
        return await wrongExchanges.send(wrong, await codes.authorizeWithCode({}));
      }
      audit.cite(response);
      return response;
    },
  };
}
