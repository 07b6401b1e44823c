// The host outside of a component: the test double of `switchhook/testing` that is in use at the moment.

let current = null;

/** Runs a function with this host. */
export function using(host, run) {
  const before = current;
  current = host;
  try {
    return run();
  } finally {
    current = before;
  }
}

const proxy = (part) =>
  new Proxy(
    {},
    {
      get(_, name) {
        if (current === null) {
          throw new Error(
            `${part}.${String(name)}: there is no host here; in a test, call the plugin's functions through a Host of switchhook/testing`,
          );
        }
        return current[part][name];
      },
    },
  );

export const log = proxy("log");
export const settings = proxy("settings");
export const state = proxy("state");
export const directory = proxy("directory");
export const http = proxy("http");
export const time = proxy("time");
export const metrics = proxy("metrics");
export const random = proxy("random");
