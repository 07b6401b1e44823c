// The exports of the contract over the functions that a plugin's module exports. The build writes the module that calls these.

import { log } from "./host.js";
import { isRefusal, proceed, toAnswer } from "./verbs.js";

/** What `route` and `resume` are given: the fields of the contract, and two ways to look something up. */
class Call {
  header(name) {
    const wanted = name.toLowerCase();
    return this.headers.find((header) => header.name.toLowerCase() === wanted)?.value;
  }
  variable(name) {
    return this.variables.find((variable) => variable.name === name)?.value;
  }
}

class Registration {
  header(name) {
    return Call.prototype.header.call(this, name);
  }
}

const ENGINE_ERRORS = ["TypeError", "RangeError", "ReferenceError", "SyntaxError", "URIError", "InternalError"];

/** The text of an error for the call's record. The engine's own errors are mistakes in the code: they say where. */
export function describe(error) {
  if (!(error instanceof Error)) return String(error);
  if (!ENGINE_ERRORS.includes(error.name)) return error.message;
  const place = error.stack?.split("\n").find((line) => line.trim().startsWith("at "));
  return `${error.name}: ${error.message}${place ? ` (${place.trim()})` : ""}`;
}

/** The contract's errors are texts; whatever else is thrown from an export would be one that nobody can read. */
function failing(run) {
  try {
    return run();
  } catch (error) {
    throw describe(error);
  }
}

export const makeRouter = ({ route, resume }) => ({
  route: (call) => failing(() => toAnswer(route(Object.setPrototypeOf(call, Call.prototype)), "route", "next")),
  resume: (call, tag, outcome) =>
    failing(() =>
      toAnswer(resume?.(Object.setPrototypeOf(call, Call.prototype), tag, outcome) ?? proceed(), "resume", "proceed"),
    ),
});

/** These exports have no text of an error: it goes to the log before the instance ends. */
function logging(run) {
  try {
    return run();
  } catch (error) {
    log.error(describe(error));
    throw error;
  }
}

export const makeGatekeeper = ({ register }) => ({
  register(registration) {
    const answer = logging(() => {
      try {
        const answer = register(Object.setPrototypeOf(registration, Registration.prototype));
        if (answer?.proof || isRefusal(answer)) return answer;
      } catch (error) {
        if (isRefusal(error)) return error;
        throw error;
      }
      throw new TypeError("register returned neither a grant nor a refusal");
    });
    if (isRefusal(answer)) throw answer;
    return answer;
  },
});

export const makeObserver = ({ onEvent }) => ({
  onEvent(event) {
    logging(() => onEvent(event));
  },
});
