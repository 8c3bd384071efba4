/** Scopes of OpenID Connect (Core §5.4, §11): they are not those of a resource. */
export const IDENTITY_SCOPES: readonly string[] = [
  "openid",
  "profile",
  "email",
  "address",
  "phone",
  "offline_access",
];
