import type { CallbackParameters } from "../oauth/authorization/authorization.ts";

export type CallbackVerdict = "accept" | "ignore";

export interface ConsentRequest {
  readonly authorizationUrl: string;
  /** As registered, for a page that shows the client. */
  readonly clientName?: string | undefined;
  /** Differs from that of the `Consent` only in the path. Absent: that of the `Consent`. */
  readonly redirectUri?: string | undefined;
  /** Called for each callback at the right path; `bare` is true for a pasted code without parameters. */
  judge(parameters: CallbackParameters, bare: boolean): CallbackVerdict;
  /** Why the parameters of a paste are not all: the person can paste again. Absent: always undefined. */
  incomplete?(parameters: CallbackParameters): string | undefined;
  /** True to continue in the tab of the last callback, which waits for its page. */
  readonly continuesTab?: boolean;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

export interface AuthorizationCallback {
  readonly parameters: CallbackParameters;
  readonly via: "listener" | "paste" | "redirect";
  /** True when only a code was pasted, so `state` and `iss` could not be checked. */
  readonly bare: boolean;
}

/** A way to consent to authorization requests: by a person with a browser, or headless. */
export interface Consent {
  /** Exactly as it must be registered and sent. */
  readonly redirectUri: string;
  /**
   * A step-up calls it more than once.
   *
   * @throws Failure `consent_timeout`, `page_needs_person` (kind `sign_in_needed`), `cancelled`.
   */
  obtain(request: ConsentRequest): Promise<AuthorizationCallback>;
  /**
   * Shows the outcome of the login in the browser, which waits for it.
   *
   * @param code Of the failure.
   */
  showOutcome(outcome: "success" | "failure", code?: string): void;
  /** Closes the listener, now or after it has served its result page. Safe to call twice. */
  close(): Promise<void>;
}
