/**
 * How a person (or a machine) consents: the shape that the loopback listener and the headless
 * redirect follower share.
 *
 * @module
 */

/** The parameters of an authorization response, in order, repeated names kept apart. */
export type CallbackParameters = readonly (readonly [name: string, value: string])[];

/** What the flow says of a callback: `ignore` answers it politely and goes on waiting. */
export type CallbackVerdict = "take" | "ignore";

/** One authorization to be consented to. */
export interface ConsentRequest {
  /** The authorization URL, serialized. */
  readonly authorizationUrl: string;
  /** Redirect URI of this authorization: another path at the consent's own; absent: the consent's own. */
  readonly redirectUri?: string | undefined;
  /**
   * Asked for every callback that arrives on the right path (`bare` is true for a pasted code with
   * no parameters beside it).
   */
  judge(parameters: CallbackParameters, bare: boolean): CallbackVerdict;
  /** Milliseconds to wait for the person. */
  readonly timeoutMs: number;
  /** Ctrl-C. */
  readonly signal: AbortSignal;
}

/** The callback that was taken. */
export interface Consented {
  /** Its parameters. */
  readonly parameters: CallbackParameters;
  /** How it arrived. */
  readonly via: "listener" | "paste" | "redirect";
  /** True when only a code was pasted, so `state` and `iss` could not be checked. */
  readonly bare: boolean;
}

/** A way to consent that is ready: its redirect URI is fixed and can be registered. */
export interface Consent {
  /** The redirect URI, byte for byte as it will be registered and sent. */
  readonly redirectUri: string;
  /**
   * Obtains one authorization response. May be called again (step-up) with the same redirect URI.
   *
   * @throws Failure `consent_timeout`, `page_needs_person` (kind `sign_in_needed`), `cancelled`.
   */
  obtain(request: ConsentRequest): Promise<Consented>;
  /** Shows the outcome of the login in the browser, which waits for it. */
  settle(outcome: "success" | "failure"): void;
  /** Closes the listener, now or after it has served its result page. Safe to call twice. */
  close(): Promise<void>;
}
