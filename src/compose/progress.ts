import { escapeUnprintable } from "../lib/unprintable.ts";
import type { RunProgram } from "../subprocess/types.ts";

/** Who waits at a terminal is told for what. */
export interface Progress {
  /** The same work. Where it is still not done after a second that is said, and every ten seconds again. */
  readonly during: <T>(what: string, work: Promise<T>) => Promise<T>;
  /** The same runs. Where an engine says that it fetches the image of a tool that is said. */
  readonly pulling: (run: RunProgram) => RunProgram;
}

interface ProgressParts {
  readonly stderr: { readonly isTTY?: boolean };
  readonly tell: (text: string) => void;
}

const FIRST_MS = 1_000;
const AGAIN_MS = 10_000;

/** As docker and podman begin to tell of it. */
const PULLS = /^(?:Unable to find image |Trying to pull )/;

/** On a terminal, in lines on stderr; nowhere else is anything said. */
export function createProgress({ stderr, tell }: ProgressParts): Progress {
  if (stderr.isTTY !== true) return { during: (_what, work) => work, pulling: (run) => run };
  return { during, pulling };

  async function during<T>(what: string, work: Promise<T>): Promise<T> {
    let waited = FIRST_MS;
    const say = (): void => tell(`${what} ... ${waited / 1000} s\n`);
    const again = (): void => {
      waited += AGAIN_MS;
      say();
    };
    let timer = setTimeout(() => {
      say();
      timer = setInterval(again, AGAIN_MS);
    }, FIRST_MS);
    try {
      return await work;
    } finally {
      clearTimeout(timer);
    }
  }

  /** Once for each run: what a tool itself prints may look the same. */
  function pulling(run: RunProgram): RunProgram {
    return (command, watch) => {
      const image = imageIn(command);
      if (image === undefined) return run(command, watch);
      let isSaid = false;
      const onLine = (line: string): void => {
        if (!isSaid && PULLS.test(line)) {
          isSaid = true;
          tell(`fetching the image ${escapeUnprintable(image)}: the call that needs it waits\n`);
        }
        watch.onLine(line);
      };
      return run(command, { ...watch, onLine });
    };
  }
}

/** The image of a container that an engine is to start. */
function imageIn({ program, args }: Parameters<RunProgram>[0]): string | undefined {
  if (!/^(?:docker|podman)$/.test(program) || args[0] !== "run") return undefined;
  return args[args.indexOf("--") + 1];
}
