/**
 * The values that must never be shown.
 *
 * @module
 */

/** Collects secret values as they arise and masks them wherever they turn up. */
export interface Secrets {
  /**
   * Remembers a secret. Every spelling it can take on the wire is masked too: percent-encoded,
   * form-encoded, JSON-escaped, inside a Basic credential. Values shorter than 4 characters are
   * ignored, since masking them would destroy the text around them.
   */
  add(value: string | null | undefined): void;
  /** Replaces every known secret in `text` by its fingerprint mask. */
  mask(text: string): string;
}
