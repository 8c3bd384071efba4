/**
 * The stage that is next to the server, and what happens if a person has to sign in. It is small: all
 * else is loaded when a person is needed.
 * @module
 */

import type { Failure } from "../../core/failure.ts";
import { isObject } from "../../core/json.ts";
import type { Ends, Stage } from "../relay/relay.ts";
import type { Message } from "../message/message.ts";
import type { ClientFacts, PersonSignIn } from "./client_facts.ts";

export interface SignInOptions {
  /** Called once, for the first message that needs a person. */
  readonly load: (client: ClientFacts) => Promise<PersonSignIn>;
  /** Called with the answer to `initialize` or `server/discover`. */
  readonly keep: (request: Message, response: Message) => void;
}

export interface SignIn {
  readonly stage: Stage;
  readonly signIn: (message: Message, failure: Failure, ends: Ends) => Promise<boolean>;
}

const KEPT: readonly (string | undefined)[] = ["initialize", "server/discover"];

export function createSignIn({ load, keep }: SignInOptions): SignIn {
  const client: ClientFacts = { initialize: undefined, isInitialized: false };
  const asked = new Map<string, Message>();
  let loading: Promise<PersonSignIn> | undefined;
  let person: PersonSignIn | undefined;

  return {
    stage: {
      async fromClient(message, ends) {
        if (message.method === "initialize") client.initialize = message;
        if (message.method === "notifications/initialized") client.isInitialized = true;
        if (message.id !== undefined && KEPT.includes(message.method)) {
          asked.set(message.id, message);
        }
        await (person?.fromClient(message, ends) ?? ends.toServer(message));
      },
      async fromServer(message, ends) {
        const request = message.kind === "response" ? asked.get(message.id ?? "") : undefined;
        if (request !== undefined) {
          asked.delete(message.id ?? "");
          if (isObject(message.value["result"])) keep(request, message);
        }
        await (person?.fromServer(message, ends) ?? ends.toClient(message));
      },
    },
    async signIn(message, failure, ends) {
      // What the bridge itself answers is not an answer of the server.
      if (message.id !== undefined) asked.delete(message.id);
      loading ??= load(client);
      person = await loading;
      return await person.signIn(message, failure, ends);
    },
  };
}
