/** Words that stand for this machine or for a choice, in every place where a runner is named. */
const OURS: readonly string[] = ["local", "auto", "default", ""];

/** Whether a runner of the cloud can be meant by its name. */
export function isCloudName(name: string): boolean {
  return !OURS.includes(name);
}
