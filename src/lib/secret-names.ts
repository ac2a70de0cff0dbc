/** Whether a name is that of a secret: it ends in one of these, whatever its case and its separators. */
export function createIsSecretName(endings: readonly string[]): (name: string) => boolean {
  return (name) => {
    const written = name.toLowerCase().replaceAll(/[-_]/g, "");
    return endings.some((ending) => written.endsWith(ending));
  };
}
