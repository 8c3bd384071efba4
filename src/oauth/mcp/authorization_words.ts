const AUTHORIZATION =
  /authori[sz]|authenticat|forbidden|credential|(?:log|sign)(?:ged|ed)?[ -]?in\b/;
const STATE = /expired|invalid|missing|revoked|required|unknown/;

/** True if the text of an error may be about the sign-in, for which the sender used no code. */
export function speaksOfAuthorization(text: string): boolean {
  const words = text.slice(0, 2000).toLowerCase();
  return AUTHORIZATION.test(words) || (words.includes("token") && STATE.test(words));
}
