/** Parameters of OAuth and its extensions, and common names for secrets. */
const NAMES = "code code_verifier state client_secret client_assertion assertion subject_token " +
  "actor_token token access_token refresh_token id_token id_token_hint logout_token " +
  "device_code user_code auth_req_id registration_access_token software_statement " +
  "request_uri password passwd passphrase secret private_key api_key session_id";

/** Equal for two naming styles: `client_secret`, `clientSecret`. */
const plain = (name: string): string => name.toLowerCase().replace(/[_-]/g, "");

const SECRET_NAMES = new Set(NAMES.split(" ").map(plain));
const AMBIGUOUS_NAMES = new Set(["code", "state"]);

export function isSecretName(name: string): boolean {
  return SECRET_NAMES.has(plain(name));
}

/** An identifier made of words: `invalid_grant`, `in-progress`, `pkce_s256_missing`. */
export function isWords(value: string): boolean {
  return value.length <= 48 && /^[a-z]{2,24}\d{0,4}([_. -][a-z]{1,24}\d{0,4})*$/i.test(value);
}

/**
 * True for a JSON member that only shares its name with a secret: `code` and `state` are error
 * codes and conditions in most documents, and numbers in JSON-RPC.
 */
export function isHarmlessMember(name: string, value: string): boolean {
  return AMBIGUOUS_NAMES.has(plain(name)) && (value.length < 12 || isWords(value));
}

/** True if a value under a secret name may also be masked in other text. */
export function isDistinctive(value: string): boolean {
  return value.length >= 8 && !isWords(value) && !/^https?:\/\//i.test(value);
}

const SECRET_FIELD = /(^|-)(token|secret|password|credential|api-?key|session|session-id|dpop)$/i;

/** True if the complete value of this header field is a secret. */
export function isSecretField(name: string): boolean {
  return SECRET_FIELD.test(name);
}
