// Builders of verbs, decisions, grants and refusals. They write the switch's own vocabulary and check nothing but the names of
// options; the limits are the host's to judge.
//
// Every value has the form that a component hands over: `{ tag, val }` for a variant, `null` for what is absent.

/** One step of a script. */
class Verb {
  constructor(tag, val) {
    this.tag = tag;
    if (val !== undefined) this.val = val;
  }
}

/** The same verb with other fields; the verb itself stays as it is, so that a module can keep one. */
const set = (verb, fields) => new verb.constructor(verb.tag, { ...verb.val, ...fields });

class Connect extends Verb {
  within(seconds) {
    return set(this, { timeoutSeconds: seconds });
  }
  strategy(strategy) {
    return set(this, { strategy });
  }
  showing(callerId, callerName = null) {
    return set(this, { callerId, callerName });
  }
  ringback(prompt) {
    return set(this, { ringback: toPrompt(prompt) });
  }
  keepCaller() {
    return set(this, { keepCaller: true });
  }
  reconnect() {
    return set(this, { reconnect: true });
  }
  labelled(label) {
    return set(this, { label });
  }
  tagged(tag) {
    return set(this, { tag });
  }
  header(name, value) {
    return set(this, { headers: [...this.val.headers, { name, value: String(value) }] });
  }
}

class Respond extends Verb {
  reason(reason) {
    return set(this, { reason });
  }
  header(name, value) {
    return set(this, { headers: [...this.val.headers, { name, value: String(value) }] });
  }
}

class Target {
  constructor(endpoint, ringSeconds = null) {
    this.endpoint = endpoint;
    this.ringSeconds = ringSeconds;
  }
  ringing(seconds) {
    return new Target(this.endpoint, seconds);
  }
}

/** Options over their defaults. A misspelt option would otherwise be lost without a word. */
function fill(verb, defaults, options) {
  for (const name of Object.keys(options)) {
    if (!(name in defaults)) {
      throw new TypeError(`${verb} has no option ${name}; it has ${Object.keys(defaults).join(", ")}`);
    }
  }
  return { ...defaults, ...options };
}

const many = (value) => (Array.isArray(value) ? value : [value]);
const pairs = (object) => Object.entries(object).map(([name, value]) => ({ name, value: String(value) }));

// Targets

export const client = (username) => new Target({ tag: "client", val: username });
export const trunk = (trunk, number) => new Target({ tag: "trunk", val: { trunk, number } });
export const uri = (uri) => new Target({ tag: "uri", val: uri });
export const ringGroup = (name) => new Target({ tag: "ring-group", val: name });

const toTarget = (target) => (typeof target === "string" ? client(target) : target);

// Prompts

export const file = (path) => ({ tag: "file", val: path });
export const url = (address) => ({ tag: "url", val: address });
export const say = (text, options = {}) => ({
  tag: "speech",
  val: { text, ...fill("say", { language: null, voice: null }, options) },
});
export const tone = (kind, milliseconds, options = {}) => ({
  tag: "tone",
  val: { kind, ...fill("tone", { country: null }, options), milliseconds },
});

const toPrompt = (prompt) => (typeof prompt === "string" ? say(prompt) : prompt);
const toOptionalPrompt = (prompt) => (prompt === null ? null : toPrompt(prompt));
const toPrompts = (prompts) => many(prompts).map(toPrompt);

// Verbs

export const answer = () => new Verb("answer");

export function announce(prompts, options = {}) {
  const { times, stopKeys, tag } = fill("announce", { times: 1, stopKeys: "", tag: null }, options);
  return new Verb("announce", { prompts: toPrompts(prompts), times, stopKeys, tag });
}

export function gather(options) {
  const defaults = {
    prompts: [],
    maxDigits: 1,
    finishKeys: "",
    firstDigitMilliseconds: 5_000,
    interDigitMilliseconds: 3_000,
    tag: null,
  };
  const filled = fill("gather", defaults, options);
  return new Verb("gather", { ...filled, prompts: toPrompts(filled.prompts) });
}

export function connect(targets) {
  return new Connect("connect", {
    targets: many(targets).map(toTarget),
    strategy: "simultaneous",
    timeoutSeconds: null,
    callerId: null,
    callerName: null,
    ringback: null,
    keepCaller: false,
    reconnect: false,
    label: null,
    tag: null,
    headers: [],
  });
}
export const ring = connect;
export const sequential = (targets) => connect(targets).strategy("sequential");

export function enqueue(queue, options = {}) {
  const defaults = { skills: [], priority: 0, timeoutSeconds: null, music: null, tag: null };
  const filled = fill("enqueue", defaults, options);
  return new Verb("enqueue", { queue, ...filled, music: toOptionalPrompt(filled.music) });
}

export function voicemail(mailbox, options = {}) {
  const { greeting, tag } = fill("voicemail", { greeting: null, tag: null }, options);
  return new Verb("voicemail", { mailbox, greeting: toOptionalPrompt(greeting), tag });
}

const record = (action, tag = null) => new Verb("record", { action, tag });
export const startRecording = () => record({ tag: "start" });
export const pauseRecording = () => record({ tag: "pause" });
export const stopRecording = () => record({ tag: "stop" });

export function recordMessage(options = {}) {
  const defaults = { maxSeconds: 120, silenceSeconds: 5, finishKeys: "#", beep: true, tag: null };
  const { tag, ...message } = fill("recordMessage", defaults, options);
  return record({ tag: "message", val: message }, tag);
}

export function conference(room, options = {}) {
  const defaults = { pin: null, muted: false, moderator: false, music: null, tag: null };
  const filled = fill("conference", defaults, options);
  return new Verb("conference", { room, ...filled, music: toOptionalPrompt(filled.music) });
}

export function stream(url, options = {}) {
  const { track, parameters, tag } = fill("stream", { track: "caller", parameters: {}, tag: null }, options);
  return new Verb("stream", { url, track, parameters: pairs(parameters), tag });
}

export const pause = (milliseconds, options = {}) =>
  new Verb("pause", { milliseconds, ...fill("pause", { tag: null }, options) });

export const sendDigits = (digits, options = {}) =>
  new Verb("send-digits", { digits, ...fill("sendDigits", { digitMilliseconds: null, tag: null }, options) });

export const setVariable = (name, value) => new Verb("set-variable", { name, value: String(value) });
export const delegate = (plugin) => new Verb("delegate", { plugin });
export const redial = (callee) => new Verb("redial", { callee });
export const respond = (status) => new Respond("respond", { status, reason: null, headers: [] });

// Answers

export const script = (...verbs) => ({ tag: "script", val: verbs.flat() });
export const next = (variables = {}) => ({ tag: "next", val: pairs(variables) });
export const proceed = () => ({ tag: "proceed" });

/** What `route` or `resume` returned, as the contract has it: a verb alone and a list of verbs are scripts. */
export function toAnswer(answer, asked, other) {
  if (answer instanceof Verb || Array.isArray(answer)) return script(answer);
  if (answer?.tag === "script" || answer?.tag === other) return answer;
  if (typeof answer?.then === "function") {
    throw new TypeError(`${asked} returned a promise: everything a plugin can ask answers at once, so leave out async`);
  }
  throw new TypeError(
    `${asked} returned ${answer === undefined ? "nothing" : typeof answer}: give a verb, a list of verbs or ${other}()`,
  );
}

// Grants and refusals

export const checked = () => ({ tag: "checked" });
export const password = (password) => ({ tag: "password", val: password });
export const ha1 = (hash) => ({ tag: "ha1", val: hash });

export function grant(proof, options = {}) {
  const defaults = { expiresSeconds: null, dialplan: null, codecs: [] };
  const { dialplan, ...rest } = fill("grant", defaults, options);
  return { proof, ...rest, dialplan: toDialplan(dialplan) };
}

function toDialplan(dialplan) {
  if (dialplan === null) return null;
  if (typeof dialplan === "string") return { tag: "named", val: dialplan };
  const entries = dialplan.map(({ pattern, plugins = [], variables = {} }) => ({
    pattern,
    plugins,
    variables: pairs(variables),
  }));
  return { tag: "entries", val: entries };
}

/** Why a client is not let in. It can be returned or thrown. */
class Refusal {
  constructor(status, reason) {
    this.status = status;
    this.reason = reason;
  }
}
export const refuse = (status, reason = null) => new Refusal(status, reason);
export const isRefusal = (value) => value instanceof Refusal;
