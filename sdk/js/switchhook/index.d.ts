// Types of the package `switchhook`. What the switch hands over has the form of the component model: a variant is
// `{ tag, val }` (tell its cases apart by `tag`), what is absent is `null`. Limits are those of wit/types.wit.

// ── What a plugin's module exports ───────────────────────────────────────────────────────────────────────────────────────────

/** What `route` answers: a verb, a script of up to 32 verbs, or `next()`. */
export type Answer = Verb | Verb[] | Decision;
/** `export const route: Route = (call) => …`. Throw an Error to let the route's fallback take over; its text is kept in the call's record. */
export type Route = (call: Call) => Answer;
/** `export const resume: Resume = (call, tag, outcome) => …`: what follows a verb that was given a tag. Without it: `proceed()`. */
export type Resume = (call: Call, tag: string, outcome: Outcome) => Verb | Verb[] | Continuation | undefined;
/** `export const register: Register = (registration) => …`: decides who may register. A refusal can be returned or thrown. */
export type Register = (registration: Registration) => Grant | Refusal;
/** `export const onEvent: OnEvent = (event) => …`: is told what happens. */
export type OnEvent = (event: Event) => void;

// ── Calls ────────────────────────────────────────────────────────────────────────────────────────────────────────────────────

export interface Header {
  name: string;
  value: string;
}
export interface Variable {
  name: string;
  value: string;
}
export type Origin = { tag: "client"; val: string } | { tag: "trunk"; val: string } | { tag: "api" };
export type Attestation = "unknown" | "full" | "partial" | "gateway" | "failed";

/** A call that waits for a decision. */
export interface Call {
  /** The switch's own identifier, unique over restarts. */
  readonly id: string;
  /** The Call-ID of the caller's dialog. The caller's device chose it. */
  readonly sipCallId: string;
  readonly domain: string;
  /** Who calls (ANI). */
  readonly caller: string;
  /** The caller's display name; empty if none was sent. */
  readonly callerName: string;
  /** Who is called (DNIS). */
  readonly callee: string;
  readonly origin: Origin;
  /** Address and port that the INVITE arrived from. */
  readonly sourceAddress: string;
  /** When the INVITE arrived: milliseconds since the Unix epoch. */
  readonly receivedAt: number;
  /** 0 at first; one more each time a script ended without connecting the call. At most 3. */
  readonly attempt: number;
  /** Whether a transfer caused this call. */
  readonly transferred: boolean;
  /** Whether the caller's leg is answered already. */
  readonly answered: boolean;
  readonly headers: readonly Header[];
  /** The codecs that the caller offers, preferred first. */
  readonly codecs: readonly string[];
  /** What the network vouches for about the caller's number. */
  readonly attestation: Attestation;
  readonly variables: readonly Variable[];
  /** In the phase `veto`: the script that was decided on. */
  readonly proposed: readonly VerbData[];
  /** The first header field of that name, whatever its case. */
  header(name: string): string | undefined;
  /** The variable of that name. */
  variable(name: string): string | undefined;
}

/** What came of a verb with a tag. */
export type Outcome =
  | { tag: "completed" }
  | { tag: "digits"; val: { digits: string; finishKey: string | null } }
  | { tag: "no-input" }
  | { tag: "unconnected"; val: { reason: UnconnectedReason; status: number | null } }
  | { tag: "recorded"; val: { url: string; milliseconds: number } }
  | { tag: "timed-out" }
  | { tag: "failed"; val: string }
  | { tag: "not-available"; val: string };
export type UnconnectedReason = "no-answer" | "busy" | "declined" | "unreachable" | "failed";

// ── Answers ──────────────────────────────────────────────────────────────────────────────────────────────────────────────────

/** A step of a script as data: `{ tag: "connect", val: {…} }` with the fields of wit/types.wit in camelCase. */
export interface VerbData {
  readonly tag: VerbName;
  readonly val?: any;
}
declare const built: unique symbol;
/** A step of a script, made by the functions below. It never changes: its methods give a new one. */
export interface Verb extends VerbData {
  readonly [built]: true;
}
export type Decision = { tag: "script"; val: readonly VerbData[] } | { tag: "next"; val: readonly Variable[] };
export type Continuation = { tag: "script"; val: readonly VerbData[] } | { tag: "proceed" };
type Value = string | number | boolean;

/** A script; a list of verbs alone means the same. */
export function script(...verbs: Array<Verb | Verb[]>): { tag: "script"; val: Verb[] };
/** Leaves the decision to the next plugin of the chain, which sees these variables. */
export function next(variables?: Record<string, Value>): { tag: "next"; val: Variable[] };
/** Goes on with the rest of the script. */
export function proceed(): { tag: "proceed" };

// ── Whom to call ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

/** A destination. */
export interface Target {
  /** How long it may ring: 1 to 600 seconds. */
  ringing(seconds: number): Target;
}
/** Every contact that this client of the domain has registered. A text alone means the same. */
export function client(username: string): Target;
/** A number behind a trunk of the domain. */
export function trunk(trunk: string, number: string): Target;
/** A `sip:` or `sips:` URI. */
export function uri(uri: string): Target;
/** The members of a ring group of the domain. */
export function ringGroup(name: string): Target;

type Targets = string | Target | ReadonlyArray<string | Target>;
export type Strategy = "simultaneous" | "sequential" | "round-robin" | "random" | "longest-idle";

/** Destinations that are called. The script ends here if one of them answers. */
export interface Connect extends Verb {
  /** How long all of it may take: 1 to 600 seconds. */
  within(seconds: number): Connect;
  strategy(strategy: Strategy): Connect;
  /** The number, and the name, shown to the called side instead of the caller's. */
  showing(callerId: string, callerName?: string): Connect;
  /** What the caller hears while it rings. */
  ringback(prompt: string | Prompt): Connect;
  /** When the called side hangs up, the caller stays and the next verb follows. */
  keepCaller(): Connect;
  /** Connect although an earlier one of this script was answered. */
  reconnect(): Connect;
  /** A name for this connection in events. */
  labelled(label: string): Connect;
  /** Asks `resume` under this tag when nobody answered, or, with `keepCaller`, when the called side hung up. */
  tagged(tag: string): Connect;
  /** A header field added to the INVITE of every target. */
  header(name: string, value: Value): Connect;
}
/** Calls destinations, all at once unless told otherwise. */
export function connect(targets: Targets): Connect;
/** Calls destinations at once; the first that answers gets the call. The same as `connect`. */
export function ring(targets: Targets): Connect;
/** Calls destinations one after another. Give each a `ringing` time, or the first may take all of it. */
export function sequential(targets: Targets): Connect;

// ── The other verbs ──────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Something that a caller hears. Where a prompt is wanted, a text alone is spoken. */
export type Prompt =
  | { tag: "file"; val: string }
  | { tag: "url"; val: string }
  | { tag: "speech"; val: { text: string; language: string | null; voice: string | null } }
  | { tag: "tone"; val: { kind: ToneKind; country: string | null; milliseconds: number } };
export type ToneKind = "dial" | "ringing" | "busy" | "congestion" | "information" | "beep" | "silence";
/** A file of the media folder. */
export function file(path: string): Prompt;
/** An `http:` or `https:` URL. */
export function url(address: string): Prompt;
/** Words for the speech engine; language as a BCP 47 tag. */
export function say(text: string, options?: { language?: string | null; voice?: string | null }): Prompt;
/** A tone of the telephone network; country as `de`, `us`. */
export function tone(kind: ToneKind, milliseconds: number, options?: { country?: string | null }): Prompt;

type Prompts = string | Prompt | ReadonlyArray<string | Prompt>;
/** Asks `resume` under this tag when the verb is over. */
interface Tagged {
  tag?: string | null;
}

/** Answers the caller's leg. */
export function answer(): Verb;
/** Plays prompts, up to 100 times; one of `stopKeys` ends them. */
export function announce(prompts: Prompts, options?: Tagged & { times?: number; stopKeys?: string }): Verb;
/** Collects keys: 1 unless told otherwise, 5 s for the first, 3 s between two. */
export function gather(
  options: Tagged & {
    prompts?: Prompts;
    maxDigits?: number;
    /** Keys that finish the input and are not part of it. */
    finishKeys?: string;
    firstDigitMilliseconds?: number;
    interDigitMilliseconds?: number;
  },
): Verb;
/** Lets the caller wait in a queue for an agent. */
export function enqueue(
  queue: string,
  options?: Tagged & {
    skills?: string[];
    priority?: number;
    timeoutSeconds?: number | null;
    music?: string | Prompt | null;
  },
): Verb;
/** Lets the caller leave a message. */
export function voicemail(mailbox: string, options?: Tagged & { greeting?: string | Prompt | null }): Verb;
/** Records the call from now on, caller left, called side right. */
export function startRecording(): Verb;
/** Leaves out what follows, until `startRecording`. */
export function pauseRecording(): Verb;
/** Ends the recording of the call. */
export function stopRecording(): Verb;
/** Records what the caller says: 120 s at most, until 5 s of silence or `#`, after a beep, unless told otherwise. */
export function recordMessage(
  options?: Tagged & { maxSeconds?: number; silenceSeconds?: number; finishKeys?: string; beep?: boolean },
): Verb;
/** Puts the caller into a conference room. */
export function conference(
  room: string,
  options?: Tagged & { pin?: string | null; muted?: boolean; moderator?: boolean; music?: string | Prompt | null },
): Verb;
/** Sends audio of the call to a WebSocket server, and plays what it sends back. */
export function stream(
  url: string,
  options?: Tagged & { track?: "caller" | "callee" | "both"; parameters?: Record<string, Value> },
): Verb;
/** Waits: 1 to 60,000 milliseconds. */
export function pause(milliseconds: number, options?: Tagged): Verb;
/** Sends keys to the other side of the answered call; `,` is half a second of silence. */
export function sendDigits(digits: string, options?: Tagged & { digitMilliseconds?: number | null }): Verb;
/** Sets a variable of the call. */
export function setVariable(name: string, value: Value): Verb;
/** Lets another plugin of the switch decide. */
export function delegate(plugin: string): Verb;
/** Routes the call anew, as if another number had been dialled. */
export function redial(callee: string): Verb;

/** A final response. */
export interface Respond extends Verb {
  /** The reason phrase instead of the RFC's. */
  reason(reason: string): Respond;
  header(name: string, value: Value): Respond;
}
/** Ends the call with a final response: 300 to 699. */
export function respond(status: number): Respond;

// ── Registrations ────────────────────────────────────────────────────────────────────────────────────────────────────────────

/** A client that wants to register. */
export interface Registration {
  readonly domain: string;
  readonly username: string;
  /** The contacts it wants to be reached at; empty if it takes all of them back. */
  readonly contacts: readonly string[];
  /** How long: seconds; 0: it unregisters. */
  readonly expiresSeconds: number;
  readonly sourceAddress: string;
  readonly receivedAt: number;
  readonly headers: readonly Header[];
  readonly credentials: Credentials;
  header(name: string): string | undefined;
}
/** Digest credentials (RFC 7616 §3.4). */
export interface Credentials {
  readonly username: string;
  readonly realm: string;
  readonly nonce: string;
  readonly uri: string;
  readonly response: string;
  readonly method: string;
  readonly algorithm: string | null;
  readonly qop: string | null;
  readonly nc: string | null;
  readonly cnonce: string | null;
}

/** How a client proves who it is. */
export type Proof = { tag: "checked" } | { tag: "password"; val: string } | { tag: "ha1"; val: string };
/** The plugin has checked the credentials. */
export function checked(): Proof;
/** The switch is to check them against this password. */
export function password(password: string): Proof;
/** The switch is to check them against this hash of username, realm and password, hexadecimal. */
export function ha1(hash: string): Proof;

export interface Grant {
  readonly proof: Proof;
  readonly expiresSeconds: number | null;
  readonly dialplan: { tag: "named"; val: string } | { tag: "entries"; val: DialplanEntry[] } | null;
  readonly codecs: readonly string[];
}
export interface DialplanEntry {
  pattern: string;
  plugins: string[];
  variables: Variable[];
}
/** Lets a client in; `dialplan` is the name of one, or entries of its own. */
export function grant(
  proof: Proof,
  options?: {
    expiresSeconds?: number | null;
    dialplan?: string | Array<{ pattern: string; plugins?: string[]; variables?: Record<string, Value> }> | null;
    codecs?: string[];
  },
): Grant;
export interface Refusal {
  readonly status: number;
  readonly reason: string | null;
}
/** Keeps a client out: 400 to 699; 401 challenges it anew. */
export function refuse(status: number, reason?: string): Refusal;

// ── Events ───────────────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Something that happened to a call. */
export interface Event {
  readonly callId: string;
  readonly sipCallId: string;
  readonly domain: string;
  readonly caller: string;
  readonly callee: string;
  readonly origin: Origin;
  /** From 0 without gaps within the call. A gap: events were dropped. */
  readonly sequence: number;
  /** Milliseconds since the Unix epoch. */
  readonly at: number;
  readonly variables: readonly Variable[];
  readonly kind: EventKind;
}
export type EventKind =
  | { tag: "initiated" }
  | { tag: "decided"; val: { attempt: number; source: "plugin" | "route-fallback" | "default-destination" | "none" } }
  | { tag: "verb-started"; val: { verb: VerbName; label: string | null } }
  | { tag: "verb-ended"; val: { verb: VerbName; label: string | null; end: VerbEnd; milliseconds: number } }
  | { tag: "leg-trying" | "leg-ringing" | "leg-answered"; val: Leg }
  | { tag: "leg-failed"; val: { leg: Leg; reason: LegFailure } }
  | { tag: "leg-hung-up"; val: { by: Party; label: string | null } }
  | { tag: "reinvited"; val: Party }
  | { tag: "transfer-requested"; val: { by: Party; target: string } }
  | { tag: "recording-available"; val: { url: string; milliseconds: number; format: string } }
  | {
      tag: "completed";
      val: { disposition: Disposition; status: number; endedBy: Party; talkMilliseconds: number };
    };
export type VerbName =
  | "answer"
  | "announce"
  | "gather"
  | "connect"
  | "enqueue"
  | "voicemail"
  | "record"
  | "conference"
  | "stream"
  | "pause"
  | "send-digits"
  | "set-variable"
  | "delegate"
  | "redial"
  | "respond";
export type VerbEnd = { tag: "completed" | "skipped" } | { tag: "failed" | "not-available"; val: string };
export interface Leg {
  readonly target: string;
  readonly index: number;
  readonly label: string | null;
}
export type LegFailure =
  { tag: "timeout" | "cancelled" } | { tag: "status"; val: number } | { tag: "unreachable"; val: string };
export type Party = "caller" | "callee" | "switch";
export type Disposition = "answered" | "no-answer" | "busy" | "cancelled" | "rejected" | "failed";

// ── What a plugin can ask. All of it answers at once: there are no promises. ─────────────────────────────────────────────────

/** Lines in the switch's log, at most 64 in one decision. Leave numbers of callers out. */
export const log: Record<"error" | "warn" | "info" | "debug" | "trace", (message: unknown) => void>;

export const settings: {
  /**
   * What the operator set, by RFC 6901 pointer (`"/routes/sales"`) or by names, which need no escaping (`["routes", number]`).
   * Reading one member of a large table costs one small call. `undefined` if there is none.
   */
  get<T = unknown>(path?: string | readonly string[]): T | undefined;
  /** The names of the members of an object. */
  names(path?: string | readonly string[]): string[] | undefined;
};

type Ttl = { ttlSeconds?: number };
/** Values that outlive a call. Failures are a StateError. */
export const state: {
  get(key: string): string | undefined;
  getBytes(key: string): Uint8Array | undefined;
  set(key: string, value: string | Uint8Array, options?: Ttl): void;
  /** True if it was there. */
  delete(key: string): boolean;
  /** Adds to a number and gives the sum; a key that is there keeps its time to live. */
  increment(key: string, by?: number, options?: Ttl): number;
  /** Sets a key if its value is still the expected one (`undefined`: if it is not there). True if it was set. */
  compareAndSet(
    key: string,
    expected: string | Uint8Array | undefined,
    value: string | Uint8Array,
    options?: Ttl,
  ): boolean;
};
export class StateError extends Error {
  readonly code: "bad-key" | "too-large" | "quota" | "not-a-number";
}

export interface Agent {
  readonly name: string;
  readonly client: string;
  readonly status: "available" | "busy" | "away" | "offline";
  /** Since when: milliseconds since the Unix epoch. */
  readonly since: number;
  readonly skills: readonly string[];
}
export interface Queue {
  readonly name: string;
  readonly waiting: number;
  readonly longestWaitSeconds: number;
  readonly agentsAvailable: number;
}
/** What the switch knows of the clients, agents and queues of the domain at this moment. */
export const directory: {
  registered(client: string): boolean;
  contacts(client: string): string[];
  activeCalls(client: string): number;
  agent(name: string): Agent | undefined;
  agents(skill?: string): Agent[];
  queue(name: string): Queue | undefined;
};

export interface HttpOptions {
  headers?: Record<string, Value>;
  /** How long the response may take; without it, until the wall deadline of the decision. */
  timeoutMilliseconds?: number;
}
export interface HttpResponse {
  readonly status: number;
  /** Whether the status is 2xx. */
  readonly ok: boolean;
  readonly headers: readonly Header[];
  readonly bytes: Uint8Array;
  header(name: string): string | undefined;
  text(): string;
  json<T = any>(): T;
}
/** Requests to the hosts that the operator granted. A response of any status is a response; without one: an HttpError. */
export const http: {
  get(url: string, options?: HttpOptions): HttpResponse;
  /** A body that is neither text nor bytes is sent as JSON. */
  post(url: string, body: unknown, options?: HttpOptions): HttpResponse;
  fetch(url: string, options?: HttpOptions & { method?: string; body?: unknown }): HttpResponse;
};
export class HttpError extends Error {
  readonly code: "denied" | "invalid-request" | "connection" | "timeout" | "too-large";
}

export interface LocalTime {
  readonly year: number;
  /** 1 to 12. */
  readonly month: number;
  readonly day: number;
  /** 1 (Monday) to 7 (Sunday). */
  readonly weekday: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  readonly offsetMinutes: number;
}
export const time: {
  /** Milliseconds since the Unix epoch. `Date.now()` and `new Date()` give the same. */
  now(): number;
  /** What the clocks of a time zone (`Europe/Berlin`) show, now unless told otherwise. Throws if there is no such zone. */
  local(zone: string, at?: number): LocalTime;
};

type Labels = Record<string, Value>;
/** Numbers for the operator's monitoring, at most 100 series per plugin. */
export const metrics: {
  count(name: string, by?: number, labels?: Labels): void;
  gauge(name: string, value: number, labels?: Labels): void;
  observe(name: string, seconds: number, labels?: Labels): void;
};

/** Chance from the host, good enough for secrets. `Math.random()` is made from it too. */
export const random: {
  bytes(count: number): Uint8Array;
  /** At least 0 and below 1. */
  number(): number;
  uuid(): string;
};
