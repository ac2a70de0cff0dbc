/** Where the cloud's API is, by version. Without a slash at the end. */
export type Versions = Readonly<Record<"v1" | "v2" | "v3", string>>;

/** The versions beside one another, whichever of them the configured address names. */
export function versionsOf(baseUrl: string): Versions {
  const root = baseUrl.replace(/\/+$/, "").replace(/\/api(?:\/v[0-9]+)?$/, "");
  return { v1: `${root}/api/v1`, v2: `${root}/api/v2`, v3: `${root}/api/v3` };
}
