/**
 * Refusals of an MCP server that another token did not end.
 *
 * @module
 */

import type { Judgement } from "../../core/finding.ts";
import type { SignIn } from "../credentials/sign_in_needed.ts";

/** A refusal of the MCP server; what mends it depends on the sign-in. */
export interface Refusal extends Omit<Judgement, "remedy"> {
  /**
   * What to change: made from the sign-in, never by replacing a part of a text in which a server's
   * words stand too.
   */
  readonly remedy: (signIn: SignIn) => string;
}

/** Learns what a refusal that could not be mended comes to. */
export type Report = (refusal: Refusal) => void;
