/**
 * The stage that is next to the server, and what happens if a person has to sign in. It is small: everything
 * else is loaded when a person is needed.
 * @module
 */

import { type Failure, toFailure } from "../../core/failure.ts";
import { isObject } from "../../core/json.ts";
import type { Ends, Stage } from "../relay/relay.ts";
import { bridgeErrorResponse } from "../message/bridge_error.ts";
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

/** Files that cannot be read must not leave a request without a response. */
async function answered<T>(work: () => Promise<T>, message: Message, ends: Ends, instead: T) {
  try {
    return await work();
  } catch (error) {
    if (message.kind === "request") {
      const { message: text } = toFailure(error);
      await ends.toClient(bridgeErrorResponse(message, "login_required", text));
    }
    return instead;
  }
}

const KEPT: readonly (string | undefined)[] = ["initialize", "server/discover"];

export function createSignIn({ load, keep }: SignInOptions): SignIn {
  const client: ClientFacts = { initialize: undefined, isInitialized: false };
  const asked = new Map<string, Message>();
  const remember = (message: Message) => {
    if (message.id !== undefined && KEPT.includes(message.method)) asked.set(message.id, message);
  };
  let loading: Promise<PersonSignIn> | undefined;
  let person: PersonSignIn | undefined;

  return {
    stage: {
      async fromClient(message, ends) {
        if (message.method === "initialize") client.initialize = message;
        if (message.method === "notifications/initialized") client.isInitialized = true;
        remember(message);
        const { fromClient } = person ?? {};
        if (fromClient === undefined) return await ends.toServer(message);
        await answered(() => fromClient(message, ends), message, ends, undefined);
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
      return await answered(
        async () => {
          loading ??= load(client);
          person = await loading;
          const isSentAgain = await person.signIn(message, failure, ends);
          if (isSentAgain) remember(message);
          return isSentAgain;
        },
        message,
        ends,
        false,
      );
    },
  };
}
