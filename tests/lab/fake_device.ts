/**
 * Device codes of the hand-made authorization server.
 *
 * @module
 */

import type { JsonAnswer } from "./fake_as_options.ts";
import { type KnownClient, Refused } from "./fake_clients.ts";

/** What a person far away does, poll by poll; the last word stays. */
export type PollWord =
  | "authorization_pending"
  | "slow_down"
  | "access_denied"
  | "expired_token"
  | "approved";

/** `grant_type` of a device code. */
export const DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code";

/** Codes under way. */
export interface FakeDevices {
  /** Answers a device authorization request. */
  begin(client: KnownClient, scopes: readonly string[]): JsonAnswer;
  /** Answers a poll: the scopes once the person has approved. */
  poll(form: URLSearchParams, client: KnownClient): readonly string[];
}

/** Opens an empty list. */
export function openDevices(origin: string, words: readonly PollWord[]): FakeDevices {
  const codes = new Map<string, { readonly client: string; readonly scopes: readonly string[] }>();
  let polls = 0;
  return {
    begin(client, scopes) {
      if (!client.grantTypes.includes(DEVICE_GRANT)) {
        throw new Refused("unauthorized_client", "the client is not registered for this grant");
      }
      const code = `device-${crypto.randomUUID()}`;
      const userCode = "WDJB-MJHT";
      codes.set(code, { client: client.id, scopes });
      return {
        status: 200,
        body: {
          device_code: code,
          user_code: userCode,
          verification_uri: `${origin}/activate`,
          verification_uri_complete: `${origin}/activate?user_code=${userCode}`,
          expires_in: 600,
          interval: 7,
        },
      };
    },
    poll(form, client) {
      const code = codes.get(form.get("device_code") ?? "");
      if (code?.client !== client.id) throw new Refused("invalid_grant", "unknown device code");
      const word = words[Math.min(polls++, words.length - 1)] ?? "approved";
      if (word !== "approved") throw new Refused(word, `the word is ${word}`);
      codes.delete(form.get("device_code") ?? "");
      return code.scopes;
    },
  };
}
