import type { Failure } from "../../core/failure.ts";
import type { Message } from "../message/message.ts";
import type { Ends } from "../relay/relay.ts";

/** What the client said about itself, in this session. */
export interface ClientFacts {
  /** Its last `initialize`. */
  initialize: Message | undefined;
  /** True after `notifications/initialized`: then it can be asked. */
  isInitialized: boolean;
}

/** The part of a bridge that is loaded when a person has to sign in. */
export interface PersonSignIn {
  fromClient(message: Message, ends: Ends): Promise<void>;
  fromServer(message: Message, ends: Ends): Promise<void>;
  /** True if the message can be sent again; false if it was answered. */
  signIn(message: Message, failure: Failure, ends: Ends): Promise<boolean>;
}
