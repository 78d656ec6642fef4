import { AsyncLocalStorage } from "node:async_hooks";

/*
 * The user's configuration is run in this process and reads `process.env`, from which everything of the user's was taken
 * because PM2's library reads it too, and may be at work at the same time. So during the run `process.env` answers by who asks.
 */
const borrowed = new AsyncLocalStorage<Record<string, string>>();

/**
 * Runs `task`, all that it awaits included, with these variables in `process.env`; everybody else sees what was there. In
 * it `process.exit` throws: it would end devpm without a word, and with an exit code that means something else.
 */
export async function withVariables<T>(variables: Record<string, string>, task: () => Promise<T>): Promise<T> {
  const giveBack = lend();
  try {
    return await borrowed.run(variables, task);
  } finally {
    giveBack();
  }
}

let borrowers = 0;
let restore = (): void => {};

/** Tasks may overlap: the first changes what the process has, the last puts it back. */
function lend(): () => void {
  if (borrowers++ === 0) {
    const { env, exit } = process;
    process.env = answeringBy(() => borrowed.getStore() ?? env);
    process.exit = (code) => {
      if (borrowed.getStore() === undefined) exit(code);
      throw new Error(`it called process.exit(${code ?? ""})`);
    };
    restore = () => Object.assign(process, { env, exit });
  }
  return () => {
    if (--borrowers === 0) restore();
  };
}

/** An object that is, for each access, the one that `current` says. */
function answeringBy(current: () => NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return new Proxy<NodeJS.ProcessEnv>(
    {},
    {
      get: (_, name) => Reflect.get(current(), name) as unknown,
      set: (_, name, value) => Reflect.set(current(), name, String(value)),
      has: (_, name) => Reflect.has(current(), name),
      deleteProperty: (_, name) => Reflect.deleteProperty(current(), name),
      ownKeys: () => Reflect.ownKeys(current()),
      getOwnPropertyDescriptor: (_, name) => Reflect.getOwnPropertyDescriptor(current(), name),
    },
  );
}
