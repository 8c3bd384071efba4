interface AuthModeRow {
  readonly codeGrant: boolean;
  readonly endpoint?: "device_authorization_endpoint";
  /** The grant itself is repeated for a new token: it has no refresh token and needs no person. */
  readonly repeats: boolean;
  readonly confidential: boolean;
  /** The grant can do without a client (RFC 7523 §3.1). */
  readonly clientless: boolean;
  readonly grantTypes: readonly string[];
}

const CODE_GRANT: AuthModeRow = {
  codeGrant: true,
  repeats: false,
  confidential: false,
  clientless: false,
  grantTypes: ["authorization_code", "refresh_token"],
};

export const DEVICE_CODE = "urn:ietf:params:oauth:grant-type:device_code";

export const JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer";

const MACHINE: AuthModeRow = {
  codeGrant: false,
  repeats: true,
  confidential: true,
  clientless: false,
  grantTypes: ["client_credentials"],
};

export const AUTH_MODES = {
  interactive: CODE_GRANT,
  headless: CODE_GRANT,
  device: {
    ...CODE_GRANT,
    codeGrant: false,
    endpoint: "device_authorization_endpoint",
    grantTypes: [DEVICE_CODE, "refresh_token"],
  },
  client_credentials: MACHINE,
  jwt_bearer: { ...MACHINE, confidential: false, clientless: true, grantTypes: [JWT_BEARER] },
  enterprise: { ...MACHINE, grantTypes: [JWT_BEARER] },
} as const satisfies Readonly<Record<string, AuthModeRow>>;

export type AuthMode = keyof typeof AUTH_MODES;

export function isAuthMode(text: string): text is AuthMode {
  return Object.hasOwn(AUTH_MODES, text);
}

export function repeatsGrant(mode: string): boolean {
  return isAuthMode(mode) && AUTH_MODES[mode].repeats;
}
