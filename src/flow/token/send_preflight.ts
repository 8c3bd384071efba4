import { toFailure } from "../../core/failure.ts";
import {
  type AuthorizationRecord,
  createAuthorization,
  parametersUrl,
} from "../../oauth/authorization/authorization.ts";
import { judgePreflight } from "../../oauth/authorization/preflight.ts";
import { type CodeRequest, requestParameters } from "./code_request.ts";
import type { LoginContext } from "../context/login_context.ts";

/**
 * Sends the request with a `state` and challenge that are used once. An unclear response is a note.
 *
 * @throws Failure `authorization_request_rejected`.
 */
export async function preflight(
  context: LoginContext,
  request: CodeRequest,
  endpoint: string,
  record: AuthorizationRecord,
): Promise<void> {
  const throwaway = await createAuthorization(record);
  context.deps.secrets.add(throwaway.state);
  const parameters = await requestParameters(request, throwaway);
  let note: string | undefined;
  try {
    const answer = await context.deps.http.send({
      purpose: "authorization_preflight",
      step: context.state.step,
      method: "GET",
      url: parametersUrl(endpoint, parameters),
      headers: [["accept", "text/html,*/*"]],
      signal: context.deps.signal,
    });
    const code = URL.parse(answer.headers.get("location") ?? "", answer.url)?.searchParams.get(
      "code",
    );
    context.deps.secrets.add(code);
    note = judgePreflight(answer, throwaway);
  } catch (error) {
    const failure = toFailure(error);
    const unanswered = failure.code.startsWith("network_") || failure.code === "response_too_large";
    if (!unanswered) throw error;
    note = `asking the authorization endpoint beforehand failed: ${failure.message}`;
  }
  if (note !== undefined) context.note(note);
}
