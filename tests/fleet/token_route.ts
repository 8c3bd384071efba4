/** Hooks around the token endpoint of a lab. @module */

import assert from "node:assert/strict";
import type { FakeLab } from "../lab/fake_lab.ts";

export interface TokenRoute {
  /** Called when a request for tokens arrived; its response waits. */
  onRequest: () => void | Promise<void>;
  /** Called when the server has issued the tokens; the response waits. */
  onIssued: () => void | Promise<void>;
}

export function hookTokenRoute({ asServer: { routes } }: FakeLab): TokenRoute {
  const original = routes["POST /token"];
  assert.ok(typeof original === "function");
  const route: TokenRoute = { onRequest: () => {}, onIssued: () => {} };
  routes["POST /token"] = async (...args) => {
    await route.onRequest();
    const answer = await original(...args);
    await route.onIssued();
    return answer;
  };
  return route;
}
