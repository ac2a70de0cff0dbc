/** What looks like a secret although nobody said that it is one. */
export interface SecretPattern {
  /** What stands before it, and is kept. */
  readonly kept: string;
  /** Its search is bounded: a text may be long, and made to be slow. */
  readonly secret: string;
}

/** What texts call a secret. */
const NAME = "(?i:pass(?:word|wd|phrase)|secret|token|(?:api|access|private)[-_]?key)";

/** Regular expressions. The first that matches at a place counts. */
export const SECRET_PATTERNS: readonly SecretPattern[] = [
  // Our own (trust.md, "Credentials"); its id is public.
  { kept: String.raw`\bkb[kts]_[0-9A-Za-z]{16}_`, secret: "[0-9A-Za-z]{8,}" },
  // A token that is signed (RFC 7519), and any other base64 of a JSON object.
  { kept: "", secret: String.raw`\beyJ[\w-]{17,}(?:\.[\w-]+){0,2}` },
  {
    kept: String.raw`\b(?i:(?:proxy-)?authorization|x-api-key|(?:set-)?cookie)\s{0,4}:\s{0,4}`,
    secret: String.raw`[^\r\n"'\\]{4,}`,
  },
  { kept: String.raw`\b(?i:bearer|basic)[ +]{1,4}`, secret: String.raw`[\w.~+/=-]{16,}` },
  {
    kept: "",
    secret:
      "-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----[^]*?(?:-----END [A-Z ]{0,30}PRIVATE KEY-----|$)",
  },
  // The password of a URL (RFC 3986 section 3.2.1).
  { kept: String.raw`:\/\/[^\s/:@]{0,128}:`, secret: String.raw`[^\s/@]{1,256}(?=@)` },
  { kept: "", secret: String.raw`\b(?:AKIA|ASIA)[0-9A-Z]{16}\b` },
  { kept: "", secret: String.raw`\b(?:gh[opsur]_|github_pat_|glpat-|xox[abprs]-|sk-)[\w-]{20,}` },
  { kept: "", secret: String.raw`\bAIza[\w-]{35}` },
  // `password=...`, `--token ...`, `"api_key": "..."`
  {
    kept: String.raw`${NAME}(?:(?:\\?["'])?\s{0,4}=\s{0,4}|\\?["']\s{0,4}:\s{0,4}|(?<=--[\w-]{4,32})\s{1,4})(?:\\?["'])?`,
    secret: String.raw`[^\s"'\\&,;]{4,}`,
  },
];
