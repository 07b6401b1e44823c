// Globals that the build puts in place of the engine's, where a plugin uses them. The engine is started when the component is
// built, and its memory is kept: its clock would be missing, and its Math.random would give every call the same numbers.

import { log, random, time } from "./host.js";

const EngineDate = globalThis.Date;

export class Date extends EngineDate {
  constructor(...parts) {
    if (parts.length === 0) {
      super(time.now());
    } else {
      super(...parts);
    }
  }
  static now() {
    return time.now();
  }
}

export const mathRandom = () => random.number();

export const performance = { now: () => time.now() };

const line = (parts) =>
  parts.map((part) => (typeof part === "string" ? part : (JSON.stringify(part) ?? String(part)))).join(" ");

export const console = {
  error: (...parts) => log.error(line(parts)),
  warn: (...parts) => log.warn(line(parts)),
  info: (...parts) => log.info(line(parts)),
  log: (...parts) => log.info(line(parts)),
  debug: (...parts) => log.debug(line(parts)),
};
