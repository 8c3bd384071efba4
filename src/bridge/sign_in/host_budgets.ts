/** How long hosts wait for a server that they started. @module */

interface HostBudget {
  /** The start of `clientInfo.name`, in lower case. */
  readonly client: string;
  /** Milliseconds for the response to `initialize`. */
  readonly initializeMs: number;
  /** True if the same time is for the lists that follow. */
  readonly includesLists?: true;
}

/** As seen in September to November 2026. */
const HOSTS: readonly HostBudget[] = [
  { client: "claude-ai", initializeMs: 60_000 },
  { client: "claude-code", initializeMs: 30_000 },
  { client: "cline", initializeMs: 30_000 },
  { client: "codex", initializeMs: 10_000, includesLists: true },
  { client: "opencode", initializeMs: 5_000, includesLists: true },
];

/** For hosts without a row. */
const OTHER: HostBudget = { client: "", initializeMs: 25_000 };

/** The response has to arrive before the host gives up. */
const MARGIN_MS = 2_000;

/** How long a request waits for a person: shorter than the 60 s of the official SDKs. */
const REQUEST_MS = 45_000;

export interface Patience {
  readonly initializeMs: number;
  /** Of a request at this time after the start of the bridge. */
  requestMs(method: string, sinceStartMs: number): number;
}

/** @param initTimeoutMs The budget for `initialize`, instead of that of the table. */
export function patienceOf(clientName: string | undefined, initTimeoutMs?: number): Patience {
  const name = clientName?.toLowerCase() ?? "";
  const host = HOSTS.find(({ client }) => name.startsWith(client)) ?? OTHER;
  const budget = initTimeoutMs ?? host.initializeMs;
  const within = Math.max(budget - MARGIN_MS, budget / 2);
  return {
    initializeMs: within,
    requestMs: (method, sinceStartMs) =>
      host.includesLists && method.endsWith("/list")
        ? Math.max(within - sinceStartMs, 0)
        : REQUEST_MS,
  };
}
