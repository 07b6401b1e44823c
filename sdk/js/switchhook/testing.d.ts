// Types of `switchhook/testing`.

import type {
  Call,
  Continuation,
  Decision,
  Event,
  Grant,
  OnEvent,
  Outcome,
  Refusal,
  Register,
  Registration,
  Resume,
  Route,
} from "./index.js";

/** The module of a plugin: `import * as plugin from "./plugin.js"`. */
export interface Plugin {
  route?: Route;
  resume?: Resume;
  register?: Register;
  onEvent?: OnEvent;
}

type Fields<T> = { [Name in keyof T as T[Name] extends Function ? never : Name]?: unknown };

/** A call; what is not given has a plain default (caller 1001, callee 100, domain example.com). */
export function call(fields?: Fields<Call>): Call;
/** A registration; what is not given has a plain default (username 1001). */
export function registration(fields?: Fields<Registration>): Registration;

/** What the switch knows and answers in a test; every part has the form that it has in case files. */
export interface World {
  settings?: unknown;
  /** The clock: ISO 8601 or milliseconds since the Unix epoch. */
  at?: string | number;
  directory?: {
    clients?: Record<string, { contacts?: string[]; active_calls?: number }>;
    agents?: object[];
    queues?: object[];
  };
  state?: Record<string, string>;
  http?: Array<{
    url: string;
    method?: string;
    response?: { status?: number; headers?: Record<string, string>; body?: unknown };
    error?: "timeout" | "denied" | "connection" | "too-large" | "invalid-request";
  }>;
}

/** The switch, as a plugin sees it. Its state lives as long as it does. */
export class Host {
  constructor(world?: World);
  /** The lines that the plugin wrote. */
  readonly lines: Array<{ level: string; message: string }>;
  /** The requests that it sent. */
  readonly requests: Array<{
    method: string;
    url: string;
    headers: Array<{ name: string; value: string }>;
    body: string;
  }>;
  /** What it measured. */
  readonly measured: Array<{
    kind: string;
    name: string;
    labels: Array<{ name: string; value: string }>;
    value: number;
  }>;
  /** The state, as text. */
  readonly values: Record<string, string>;
  /** Lets time pass. */
  advance(seconds: number): void;
  /** Asks as the switch does; throws an Error with the text that the plugin answered. */
  route(plugin: Plugin, call: Call): Decision;
  resume(plugin: Plugin, call: Call, tag: string, outcome: Outcome): Continuation;
  register(plugin: Plugin, registration: Registration): Grant | Refusal;
  onEvent(plugin: Plugin, event: Event): void;
}

/** Makes one test (of node:test) of each case of a file. Paths count from the folder of the project. */
export function cases(plugin: Plugin, files?: { file?: string; settings?: string }): void;
/** Runs one case; throws if the plugin does something else than expected. */
export function runCase(plugin: Plugin, item: object, settings?: unknown): void;
