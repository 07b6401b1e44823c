// Tests without a switch and without Wasm: a host that answers from memory, and a runner of case files.

import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { using } from "./src/backend_native.js";
import { makeGatekeeper, makeObserver, makeRouter } from "./src/guest.js";
import * as schema from "./src/schema.js";
import { decode, encode } from "./src/text.js";

const DEFAULT_AT = "2026-01-15T12:00:00Z";
const KEY_BYTES = 256;
const VALUE_BYTES = 64 << 10;

/** A failure as the component's bindings throw it. */
function failure(payload) {
  return Object.assign(new Error(typeof payload === "string" ? payload : payload.tag), { payload });
}

/** A call; what is not given has a plain default. Fields are named as in case files and in plugins. */
export function call(fields = {}) {
  const given = { caller: "1001", callee: "100", received_at: Date.parse(DEFAULT_AT), ...snake(fields) };
  return schema.call.read({ origin: { client: given.caller }, ...given }, "call");
}

export function registration(fields = {}) {
  const { credentials, ...given } = { username: "1001", received_at: Date.parse(DEFAULT_AT), ...snake(fields) };
  return schema.registration.read(
    { ...given, credentials: { username: given.username, ...credentials } },
    "registration",
  );
}

const snake = (fields) =>
  Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [
      name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
      value,
    ]),
  );

/** Follows an RFC 6901 pointer. */
function follow(document, pointer) {
  if (pointer === "") return document;
  if (!pointer.startsWith("/")) return undefined;
  let value = document;
  for (const part of pointer.slice(1).split("/")) {
    const name = part.replaceAll("~1", "/").replaceAll("~0", "~");
    if (value === null || typeof value !== "object" || !Object.hasOwn(value, name)) return undefined;
    value = value[name];
  }
  return value;
}

/** The switch, as a plugin sees it. */
export class Host {
  /** The lines that the plugin wrote: `{ level, message }`. */
  lines = [];
  /** The requests that it sent: `{ method, url, headers, body }`, the body as text. */
  requests = [];
  /** What it measured: `{ kind, name, labels, value }`. */
  measured = [];
  #values = new Map();

  constructor({ settings = {}, at = DEFAULT_AT, directory = {}, state = {}, http = [] } = {}) {
    this.settingsDocument = settings;
    this.now = typeof at === "number" ? at : Date.parse(at);
    this.clients = { ...directory.clients };
    this.agents = (directory.agents ?? []).map((agent) => schema.agent.read(agent, "agent"));
    this.queues = (directory.queues ?? []).map((queue) => schema.queue.read(queue, "queue"));
    this.responses = http;
    for (const [key, value] of Object.entries(state)) this.#values.set(key, { bytes: encode(value) });
  }

  /** The values that have not expired, as text. */
  get values() {
    const keys = [...this.#values.keys()].filter((key) => this.#live(key));
    return Object.fromEntries(keys.map((key) => [key, decode(this.#live(key))]));
  }

  /** Lets time pass, for values that expire. */
  advance(seconds) {
    this.now += seconds * 1_000;
  }

  route(plugin, call) {
    return this.#ask(() => makeRouter(plugin).route(structuredClone(call)));
  }

  resume(plugin, call, tag, outcome) {
    return this.#ask(() => makeRouter(plugin).resume(structuredClone(call), tag, outcome));
  }

  /** A grant, or a refusal as `{ status, reason }`. */
  register(plugin, registration) {
    return this.#ask(() => {
      try {
        return makeGatekeeper(plugin).register(structuredClone(registration));
      } catch (error) {
        if (error instanceof Error) throw error;
        return { ...error };
      }
    });
  }

  onEvent(plugin, event) {
    this.#ask(() => makeObserver(plugin).onEvent(structuredClone(event)));
  }

  #ask(run) {
    try {
      return using(this, run);
    } catch (error) {
      throw typeof error === "string" ? new Error(error) : error;
    }
  }

  #live(key) {
    const value = this.#values.get(key);
    if (value?.expires <= this.now) this.#values.delete(key);
    return this.#values.get(key)?.bytes;
  }

  #store(key, bytes, ttlSeconds) {
    this.#checkKey(key);
    if (bytes.length > VALUE_BYTES) throw failure("too-large");
    this.#values.set(key, { bytes, expires: ttlSeconds === null ? undefined : this.now + ttlSeconds * 1_000 });
  }

  #checkKey(key) {
    const { length } = encode(key);
    if (length === 0 || length > KEY_BYTES) throw failure("bad-key");
  }

  // The interfaces of the contract, as the bindings have them.

  log = { write: (level, message) => void this.lines.push({ level, message }) };

  settings = {
    get: (pointer) => {
      const value = follow(this.settingsDocument, pointer);
      return value === undefined ? null : JSON.stringify(value);
    },
    names: (pointer) => {
      const value = follow(this.settingsDocument, pointer);
      return value !== null && typeof value === "object" && !Array.isArray(value)
        ? JSON.stringify(Object.keys(value))
        : null;
    },
  };

  state = {
    get: (key) => this.#live(key) ?? null,
    set: (key, bytes, ttlSeconds) => this.#store(key, bytes, ttlSeconds),
    delete: (key) => this.#live(key) !== undefined && this.#values.delete(key),
    increment: (key, by, ttlSeconds) => {
      const bytes = this.#live(key);
      const before = bytes ? decode(bytes) : "0";
      if (!/^-?\d+$/.test(before)) throw failure("not-a-number");
      const sum = BigInt(before) + BigInt(by);
      if (BigInt.asIntN(64, sum) !== sum) throw failure("not-a-number");
      if (bytes) {
        this.#values.get(key).bytes = encode(String(sum));
      } else {
        this.#store(key, encode(String(sum)), ttlSeconds);
      }
      return Number(sum);
    },
    compareAndSet: (key, expected, bytes, ttlSeconds) => {
      const live = this.#live(key);
      const same = expected === null ? live === undefined : live !== undefined && decode(live) === decode(expected);
      if (same) this.#store(key, bytes, ttlSeconds);
      return same;
    },
  };

  directory = {
    registered: (client) => this.directory.contacts(client).length > 0,
    contacts: (client) => this.clients[client]?.contacts ?? [],
    activeCalls: (client) => this.clients[client]?.active_calls ?? 0,
    findAgent: (name) => this.agents.find((agent) => agent.name === name) ?? null,
    agents: (skill) => this.agents.filter((agent) => skill === null || agent.skills.includes(skill)),
    findQueue: (name) => this.queues.find((queue) => queue.name === name) ?? null,
  };

  http = {
    fetch: ({ method, url, headers, body }) => {
      this.requests.push({ method, url, headers, body: decode(body) });
      const fitting = this.responses.filter((stub) => stub.url === url && (stub.method ?? method) === method);
      if (fitting.length === 0) throw failure({ tag: "connection", val: `there is no answer to ${method} ${url}` });
      const asked = this.requests.filter((request) => request.url === url && request.method === method).length;
      const { response, error } = fitting[Math.min(asked, fitting.length) - 1];
      if (error) {
        const worded = ["denied", "connection", "invalid-request"].includes(error);
        throw failure(worded ? { tag: error, val: "so says the test" } : { tag: error });
      }
      const { status = 200, headers: fields = {}, body: content } = response;
      return {
        status,
        headers: Object.entries(fields).map(([name, value]) => ({ name, value })),
        body: encode(typeof content === "string" ? content : (JSON.stringify(content) ?? "")),
      };
    },
  };

  time = {
    now: () => this.now,
    local: (zone, at) => {
      try {
        return localTime(zone, at);
      } catch {
        throw failure(`there is no time zone ${zone}`);
      }
    },
  };

  metrics = {
    count: (name, labels, value) => void this.measured.push({ kind: "count", name, labels, value }),
    gauge: (name, labels, value) => void this.measured.push({ kind: "gauge", name, labels, value }),
    observe: (name, labels, value) => void this.measured.push({ kind: "observe", name, labels, value }),
  };

  random = { getRandomBytes: (count) => globalThis.crypto.getRandomValues(new Uint8Array(count)) };
}

function localTime(zone, at) {
  const options = {
    timeZone: zone,
    hourCycle: "h23",
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
    second: "numeric",
  };
  const parts = new Intl.DateTimeFormat("en-US", options).formatToParts(at);
  const { year, month, day, hour, minute, second } = Object.fromEntries(
    parts.map(({ type, value }) => [type, Number(value)]),
  );
  const shown = Date.UTC(year, month - 1, day, hour, minute, second);
  const weekday = new Date(shown).getUTCDay() || 7;
  const offsetMinutes = Math.round((shown - Math.floor(at / 1_000) * 1_000) / 60_000);
  return { year, month, day, weekday, hour, minute, second, offsetMinutes };
}

const readJson = (path) => JSON.parse(readFileSync(path, "utf8"));

/** Makes one test of each case of a file. Paths count from the folder of the project. */
export function cases(plugin, { file = "cases.json", settings = "settings.json" } = {}) {
  const document = readJson(file);
  const usual = document.settings ?? (existsSync(settings) ? readJson(settings) : {});
  for (const item of document.cases) {
    test(item.name, () => runCase(plugin, item, usual));
  }
}

/** Runs one case; throws if the plugin does something else than expected. */
export function runCase(plugin, item, settings = {}) {
  const at = Date.parse(item.at ?? DEFAULT_AT);
  const { directory, state, http } = item;
  const host = new Host({ settings: item.settings ?? settings, at, directory, state, http });
  if (item.expect?.error !== undefined) {
    assert.throws(
      () => ask(host, plugin, item, at),
      (error) =>
        error.message.includes(item.expect.error) ||
        assert.fail(`expected an error with "${item.expect.error}", got "${error.message}"`),
    );
  } else {
    const answer = ask(host, plugin, item, at);
    if (item.expect) assert.deepEqual(plain(answer), expected(item));
  }
  for (const [key, value] of Object.entries(item.expect_state ?? {})) {
    assert.equal(host.values[key] ?? null, value, `the state of ${key}`);
  }
  if (item.expect_http) compareRequests(host.requests, item.expect_http);
}

function ask(host, plugin, item, at) {
  if (item.register) return host.register(plugin, registration({ received_at: at, ...item.register }));
  if (item.event) return host.onEvent(plugin, schema.event.read({ at, ...item.event }, "event"));
  const asked = call({ received_at: at, ...item.call });
  if (!item.resume) return host.route(plugin, asked);
  return host.resume(plugin, asked, item.resume.tag, schema.outcome.read(item.resume.outcome, "outcome"));
}

function expected({ expect, resume }) {
  if (expect.grant) return schema.grant.read(expect.grant, "expect.grant");
  if (expect.refusal) return schema.refusal.read(expect.refusal, "expect.refusal");
  return (resume ? schema.continuation : schema.decision).read(expect, "expect");
}

/** Without the classes of the builders. */
const plain = (value) => structuredClone(value);

function compareRequests(sent, wanted) {
  assert.equal(
    sent.length,
    wanted.length,
    `requests sent: ${sent.map(({ method, url }) => `${method} ${url}`).join(", ") || "none"}`,
  );
  wanted.forEach(({ method, url, headers = {}, body }, index) => {
    const request = sent[index];
    if (method !== undefined) assert.equal(request.method, method);
    if (url !== undefined) assert.equal(request.url, url);
    for (const [name, value] of Object.entries(headers)) {
      const found = request.headers.find((header) => header.name.toLowerCase() === name.toLowerCase());
      assert.equal(found?.value, value, `the header ${name}`);
    }
    if (body !== undefined) assert.deepEqual(typeof body === "string" ? request.body : JSON.parse(request.body), body);
  });
}
