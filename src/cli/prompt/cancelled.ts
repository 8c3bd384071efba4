import { cancelledFailure, type Failure } from "../../core/failure.ts";
import { quoted } from "../../core/text.ts";

/** The failure for a question that the person did not answer. */
export function cancelledAt(question: string): Failure {
  return cancelledFailure(`cancelled at the question ${quoted(question, 100)}`);
}
