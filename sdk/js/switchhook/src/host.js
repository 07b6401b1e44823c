// What a plugin can ask the switch, over the backend: typed values instead of bytes, and errors that say what happened.

import * as backend from "#backend";
import { decode, toBytes } from "./text.js";

/** The backend throws an Error with the contract's error as `payload`. */
const payloadOf = (error) =>
  error !== null && typeof error === "object" && "payload" in error ? error.payload : error;

export const log = {
  error: (message) => backend.log.write("error", String(message)),
  warn: (message) => backend.log.write("warn", String(message)),
  info: (message) => backend.log.write("info", String(message)),
  debug: (message) => backend.log.write("debug", String(message)),
  trace: (message) => backend.log.write("trace", String(message)),
};

const toPointer = (path) =>
  typeof path === "string"
    ? path
    : path.map((name) => `/${String(name).replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");

const parsed = (text) => (text === null || text === undefined ? undefined : JSON.parse(text));

export const settings = {
  get: (path = "") => parsed(backend.settings.get(toPointer(path))),
  names: (path = "") => parsed(backend.settings.names(toPointer(path))),
};

/** A value that was not stored. */
export class StateError extends Error {
  constructor(code) {
    super(`state: ${code}`);
    this.name = "StateError";
    this.code = code;
  }
}

function stored(run) {
  try {
    return run();
  } catch (error) {
    const payload = payloadOf(error);
    throw typeof payload === "string" ? new StateError(payload) : error;
  }
}

const ttlOf = (options) => options?.ttlSeconds ?? null;

export const state = {
  get(key) {
    const bytes = backend.state.get(key);
    return bytes ? decode(bytes) : undefined;
  },
  getBytes: (key) => backend.state.get(key) ?? undefined,
  set: (key, value, options) => stored(() => backend.state.set(key, toBytes(value), ttlOf(options))),
  delete: (key) => backend.state.delete(key),
  increment: (key, by = 1, options) => stored(() => Number(backend.state.increment(key, by, ttlOf(options)))),
  compareAndSet: (key, expected, value, options) =>
    stored(() =>
      backend.state.compareAndSet(
        key,
        expected === undefined ? null : toBytes(expected),
        toBytes(value),
        ttlOf(options),
      ),
    ),
};

export const directory = {
  registered: (client) => backend.directory.registered(client),
  contacts: (client) => backend.directory.contacts(client),
  activeCalls: (client) => backend.directory.activeCalls(client),
  agent: (name) => backend.directory.findAgent(name) ?? undefined,
  agents: (skill) => backend.directory.agents(skill ?? null),
  queue: (name) => backend.directory.findQueue(name) ?? undefined,
};

/** A request that got no response. */
export class HttpError extends Error {
  constructor(code, detail) {
    super(`http: ${code}${detail ? `: ${detail}` : ""}`);
    this.name = "HttpError";
    this.code = code;
  }
}

class Response {
  constructor({ status, headers, body }) {
    this.status = status;
    this.headers = headers;
    this.bytes = body;
  }
  get ok() {
    return this.status >= 200 && this.status < 300;
  }
  header(name) {
    const wanted = name.toLowerCase();
    return this.headers.find((header) => header.name.toLowerCase() === wanted)?.value;
  }
  text() {
    return decode(this.bytes);
  }
  json() {
    return JSON.parse(this.text());
  }
}

function fetch(url, { method = "GET", headers = {}, body, timeoutMilliseconds = null } = {}) {
  const fields = Object.entries(headers).map(([name, value]) => ({ name, value: String(value) }));
  let bytes = body ?? new Uint8Array();
  if (typeof bytes === "string") {
    bytes = toBytes(bytes);
  } else if (!(bytes instanceof Uint8Array)) {
    bytes = toBytes(JSON.stringify(bytes));
    if (!fields.some((field) => field.name.toLowerCase() === "content-type")) {
      fields.push({ name: "Content-Type", value: "application/json" });
    }
  }
  try {
    return new Response(backend.http.fetch({ method, url, headers: fields, body: bytes, timeoutMilliseconds }));
  } catch (error) {
    const payload = payloadOf(error);
    throw typeof payload?.tag === "string" ? new HttpError(payload.tag, payload.val) : error;
  }
}

export const http = {
  fetch,
  get: (url, options) => fetch(url, options),
  post: (url, body, options) => fetch(url, { ...options, method: "POST", body }),
};

export const time = {
  now: () => Number(backend.time.now()),
  local(zone, at) {
    try {
      return backend.time.local(zone, Number(at ?? backend.time.now()));
    } catch (error) {
      const payload = payloadOf(error);
      throw typeof payload === "string" ? new Error(`time: ${payload}`) : error;
    }
  },
};

const labelsOf = (labels = {}) => Object.entries(labels).map(([name, value]) => ({ name, value: String(value) }));

export const metrics = {
  count: (name, by = 1, labels) => backend.metrics.count(name, labelsOf(labels), by),
  gauge: (name, value, labels) => backend.metrics.gauge(name, labelsOf(labels), value),
  observe: (name, seconds, labels) => backend.metrics.observe(name, labelsOf(labels), seconds),
};

export const random = {
  bytes: (count) => Uint8Array.from(backend.random.getRandomBytes(count)),
  /** 53 bits, as Math.random has them. */
  number() {
    const [a, b] = new Uint32Array(random.bytes(8).buffer);
    return ((a >>> 5) * 0x4000000 + (b >>> 6)) / 0x20000000000000;
  },
  uuid() {
    const bytes = random.bytes(16);
    bytes[6] = (bytes[6] & 0x0f) | 0x40;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
    return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
  },
};
