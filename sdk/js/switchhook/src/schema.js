// The vocabulary's JSON form (of case files and of the switch's own interfaces) read into the values that a component sees:
// snake_case into camelCase, `{"client": "alice"}` into `{ tag: "client", val: "alice" }`, defaults for what is absent.
// For tests only: none of it is in a component.

const REQUIRED = Symbol("required");

class Type {
  constructor(read, standard = REQUIRED) {
    this.read = read;
    this.standard = standard;
  }
  /** The same type for a field that may be absent. */
  or(standard) {
    return new Type(this.read, standard);
  }
}

const wrong = (path, expected, value) => new TypeError(`${path}: expected ${expected}, found ${JSON.stringify(value)}`);

const scalar = (name, standard) =>
  new Type((value, path) => {
    if (typeof value !== name) throw wrong(path, `a ${name}`, value);
    return value;
  }, standard);

const text = scalar("string");
const number = scalar("number");
const flag = scalar("boolean", false);

const perhaps = (type) => new Type((value, path) => (value === null ? null : type.read(value, path)), null);

const list = (type) =>
  new Type((value, path) => {
    if (!Array.isArray(value)) throw wrong(path, "a list", value);
    return value.map((item, index) => type.read(item, `${path}[${index}]`));
  });

const oneOf = (...names) =>
  new Type((value, path) => {
    if (!names.includes(value)) throw wrong(path, names.join(", "), value);
    return value;
  });

const camel = (name) => name.replace(/[-_](.)/g, (_, letter) => letter.toUpperCase());

const record = (fields) =>
  new Type((value, path) => {
    if (value === null || typeof value !== "object" || Array.isArray(value)) throw wrong(path, "an object", value);
    const unknown = Object.keys(value).find((name) => !(name in fields));
    if (unknown !== undefined) throw new TypeError(`${path}: unknown field ${unknown}`);
    const entries = Object.entries(fields).map(([name, type]) => {
      if (name in value) return [camel(name), type.read(value[name], `${path}.${name}`)];
      if (type.standard === REQUIRED) throw new TypeError(`${path}: the field ${name} is missing`);
      return [camel(name), structuredClone(type.standard)];
    });
    return Object.fromEntries(entries);
  });

/** `"answer"` or `{"connect": …}`; a case without a value has the type `null`. */
const variant = (cases) =>
  new Type((value, path) => {
    const bare = typeof value === "string";
    const names = bare ? [value] : Object.keys(value ?? {});
    const [tag] = names;
    if (names.length !== 1 || !(tag in cases) || bare !== (cases[tag] === null)) {
      throw wrong(path, `one of ${Object.keys(cases).join(", ")}`, value);
    }
    return bare ? { tag } : { tag, val: cases[tag].read(value[tag], `${path}.${tag}`) };
  });

const pair = record({ name: text, value: text });
const pairs = list(pair).or([]);
const maybeText = perhaps(text);
const maybeNumber = perhaps(number);
const tag = maybeText;
const origin = variant({ client: text, trunk: text, api: null });

const prompt = variant({
  file: text,
  url: text,
  speech: record({ text, language: maybeText, voice: maybeText }),
  tone: record({
    kind: oneOf("dial", "ringing", "busy", "congestion", "information", "beep", "silence"),
    country: maybeText,
    milliseconds: number,
  }),
});
const maybePrompt = perhaps(prompt);

const endpoint = variant({
  client: text,
  trunk: record({ trunk: text, number: text }),
  uri: text,
  "ring-group": text,
});

const verbs = {
  answer: null,
  announce: record({ prompts: list(prompt), times: number.or(1), stop_keys: text.or(""), tag }),
  gather: record({
    prompts: list(prompt).or([]),
    max_digits: number,
    finish_keys: text.or(""),
    first_digit_milliseconds: number.or(5_000),
    inter_digit_milliseconds: number.or(3_000),
    tag,
  }),
  connect: record({
    targets: list(record({ endpoint, ring_seconds: maybeNumber })),
    strategy: oneOf("simultaneous", "sequential", "round-robin", "random", "longest-idle").or("simultaneous"),
    timeout_seconds: maybeNumber,
    caller_id: maybeText,
    caller_name: maybeText,
    ringback: maybePrompt,
    keep_caller: flag,
    reconnect: flag,
    label: maybeText,
    tag,
    headers: pairs,
  }),
  enqueue: record({
    queue: text,
    skills: list(text).or([]),
    priority: number.or(0),
    timeout_seconds: maybeNumber,
    music: maybePrompt,
    tag,
  }),
  voicemail: record({ mailbox: text, greeting: maybePrompt, tag }),
  record: record({
    action: variant({
      start: null,
      pause: null,
      stop: null,
      message: record({ max_seconds: number, silence_seconds: number, finish_keys: text.or(""), beep: flag }),
    }),
    tag,
  }),
  conference: record({ room: text, pin: maybeText, muted: flag, moderator: flag, music: maybePrompt, tag }),
  stream: record({ url: text, track: oneOf("caller", "callee", "both").or("caller"), parameters: pairs, tag }),
  pause: record({ milliseconds: number, tag }),
  "send-digits": record({ digits: text, digit_milliseconds: maybeNumber, tag }),
  "set-variable": pair,
  delegate: record({ plugin: text }),
  redial: record({ callee: text }),
  respond: record({ status: number, reason: maybeText, headers: pairs }),
};
const script = list(variant(verbs));
const verbName = oneOf(...Object.keys(verbs));

export const decision = variant({ script, next: list(pair) });
export const continuation = variant({ script, proceed: null });

export const call = record({
  id: text.or("case-1"),
  sip_call_id: text.or("case-1@192.0.2.7"),
  domain: text.or("example.com"),
  caller: text,
  caller_name: text.or(""),
  callee: text,
  origin,
  source_address: text.or("192.0.2.7:5060"),
  received_at: number,
  attempt: number.or(0),
  transferred: flag,
  answered: flag,
  headers: pairs,
  codecs: list(text).or([]),
  attestation: oneOf("unknown", "full", "partial", "gateway", "failed").or("unknown"),
  variables: pairs,
  proposed: script.or([]),
});

export const outcome = variant({
  completed: null,
  digits: record({ digits: text, finish_key: maybeText }),
  "no-input": null,
  unconnected: record({
    reason: oneOf("no-answer", "busy", "declined", "unreachable", "failed"),
    status: maybeNumber,
  }),
  recorded: record({ url: text, milliseconds: number }),
  "timed-out": null,
  failed: text,
  "not-available": text,
});

export const registration = record({
  domain: text.or("example.com"),
  username: text,
  contacts: list(text).or([]),
  expires_seconds: number.or(0),
  source_address: text.or("192.0.2.7:5060"),
  received_at: number,
  headers: pairs,
  credentials: record({
    username: text,
    realm: text.or("example.com"),
    nonce: text.or("0"),
    uri: text.or("sip:example.com"),
    response: text.or(""),
    method: text.or("REGISTER"),
    algorithm: maybeText,
    qop: maybeText,
    nc: maybeText,
    cnonce: maybeText,
  }),
});

export const grant = record({
  proof: variant({ checked: null, password: text, ha1: text }),
  expires_seconds: maybeNumber,
  dialplan: perhaps(
    variant({
      named: text,
      entries: list(record({ pattern: text, plugins: list(text).or([]), variables: pairs })),
    }),
  ),
  codecs: list(text).or([]),
});
export const refusal = record({ status: number, reason: maybeText });

export const agent = record({
  name: text,
  client: text.or(""),
  status: oneOf("available", "busy", "away", "offline").or("available"),
  since: number.or(0),
  skills: list(text).or([]),
});
export const queue = record({
  name: text,
  waiting: number.or(0),
  longest_wait_seconds: number.or(0),
  agents_available: number.or(0),
});

const party = oneOf("caller", "callee", "switch");
const leg = { target: text, index: number, label: maybeText };

/** The `type` of an event in JSON, its case in the contract, and its fields. */
const kinds = {
  "call.initiated": ["initiated"],
  "call.decided": [
    "decided",
    { attempt: number, source: oneOf("plugin", "route-fallback", "default-destination", "none") },
  ],
  "verb.started": ["verb-started", { verb: verbName, label: maybeText }],
  "verb.ended": [
    "verb-ended",
    {
      verb: verbName,
      label: maybeText,
      end: variant({ completed: null, skipped: null, failed: text, "not-available": text }),
      milliseconds: number,
    },
  ],
  "call.trying": ["leg-trying", leg],
  "call.ringing": ["leg-ringing", leg],
  "call.answered": ["leg-answered", leg],
  "call.leg-failed": [
    "leg-failed",
    { leg: record(leg), reason: variant({ timeout: null, cancelled: null, status: number, unreachable: text }) },
  ],
  "call.hangup": ["leg-hung-up", { by: party, label: maybeText }],
  "call.reinvited": ["reinvited", { by: party }],
  "call.transfer-requested": ["transfer-requested", { by: party, target: text }],
  "recording.available": ["recording-available", { url: text, milliseconds: number, format: text }],
  "call.completed": [
    "completed",
    {
      disposition: oneOf("answered", "no-answer", "busy", "cancelled", "rejected", "failed"),
      status: number,
      ended_by: party,
      talk_milliseconds: number,
    },
  ],
};

const subject = {
  call_id: text.or("case-1"),
  sip_call_id: text.or("case-1@192.0.2.7"),
  domain: text.or("example.com"),
  caller: text.or(""),
  callee: text.or(""),
  origin: origin.or({ tag: "api" }),
  variables: pairs,
  sequence: number.or(0),
  at: number.or(0),
};

/** Events carry their kind's fields beside those of the call. */
export const event = new Type((value, path) => {
  const { type, ...rest } = value;
  if (!(type in kinds)) throw wrong(`${path}.type`, `one of ${Object.keys(kinds).join(", ")}`, type);
  const [tag, fields] = kinds[type];
  const own = Object.keys(fields ?? {});
  const part = (keep) => Object.fromEntries(Object.entries(rest).filter(([name]) => own.includes(name) === keep));
  const common = record(subject).read(part(false), path);
  if (!fields) return { ...common, kind: { tag } };
  const val = record(fields).read(part(true), path);
  return { ...common, kind: { tag, val: tag === "reinvited" ? val.by : val } };
});
