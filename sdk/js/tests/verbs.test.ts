// What the builders make is what the switch's own vocabulary says. `runCase` reads the JSON form, as a case file has it.

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  type Answer,
  announce,
  answer,
  client,
  conference,
  connect,
  delegate,
  enqueue,
  file,
  gather,
  next,
  pause,
  pauseRecording,
  recordMessage,
  redial,
  respond,
  ring,
  ringGroup,
  say,
  sendDigits,
  sequential,
  setVariable,
  startRecording,
  stopRecording,
  stream,
  tone,
  trunk,
  uri,
  url,
  voicemail,
} from "switchhook";
import { call, Host, runCase } from "switchhook/testing";

function check(name: string, answer: Answer, expect: object) {
  test(name, () => runCase({ route: () => answer }, { call: {}, expect }));
}
const scripted = (name: string, answer: Answer, ...script: unknown[]) => check(name, answer, { script });

scripted("a text is a client", ring("alice"), { connect: { targets: [{ endpoint: { client: "alice" } }] } });
scripted(
  "a connection has everything that the contract has",
  connect([client("alice").ringing(20), trunk("carrier", "1"), uri("sip:a@b"), ringGroup("sales")])
    .within(30)
    .strategy("longest-idle")
    .showing("+1", "Office")
    .ringback(tone("ringing", 60_000, { country: "de" }))
    .keepCaller()
    .reconnect()
    .labelled("first")
    .tagged("rung")
    .header("X-A", 1)
    .header("X-B", "b"),
  {
    connect: {
      targets: [
        { endpoint: { client: "alice" }, ring_seconds: 20 },
        { endpoint: { trunk: { trunk: "carrier", number: "1" } } },
        { endpoint: { uri: "sip:a@b" } },
        { endpoint: { "ring-group": "sales" } },
      ],
      strategy: "longest-idle",
      timeout_seconds: 30,
      caller_id: "+1",
      caller_name: "Office",
      ringback: { tone: { kind: "ringing", country: "de", milliseconds: 60000 } },
      keep_caller: true,
      reconnect: true,
      label: "first",
      tag: "rung",
      headers: [
        { name: "X-A", value: "1" },
        { name: "X-B", value: "b" },
      ],
    },
  },
);
scripted("sequential keeps the order", sequential(["a", "b"]), {
  connect: { targets: [{ endpoint: { client: "a" } }, { endpoint: { client: "b" } }], strategy: "sequential" },
});
scripted(
  "a list is a script",
  [answer(), pause(500, { tag: "p" }), respond(486)],
  "answer",
  { pause: { milliseconds: 500, tag: "p" } },
  { respond: { status: 486 } },
);
scripted(
  "announce plays files, addresses and words",
  announce(["Hello", file("a.wav"), url("https://example.com/a.wav"), say("Hallo", { language: "de", voice: "v" })], {
    times: 2,
    stopKeys: "#",
    tag: "a",
  }),
  {
    announce: {
      prompts: [
        { speech: { text: "Hello" } },
        { file: "a.wav" },
        { url: "https://example.com/a.wav" },
        { speech: { text: "Hallo", language: "de", voice: "v" } },
      ],
      times: 2,
      stop_keys: "#",
      tag: "a",
    },
  },
);
scripted("gather listens with the usual times", gather({ maxDigits: 4, tag: "pin" }), {
  gather: { max_digits: 4, first_digit_milliseconds: 5000, inter_digit_milliseconds: 3000, tag: "pin" },
});
scripted(
  "enqueue",
  enqueue("support", { skills: ["de"], priority: 5, timeoutSeconds: 60, music: file("m.wav"), tag: "q" }),
  {
    enqueue: { queue: "support", skills: ["de"], priority: 5, timeout_seconds: 60, music: { file: "m.wav" }, tag: "q" },
  },
);
scripted("voicemail", voicemail("alice", { greeting: "Gone", tag: "v" }), {
  voicemail: { mailbox: "alice", greeting: { speech: { text: "Gone" } }, tag: "v" },
});
scripted(
  "recordings",
  [startRecording(), pauseRecording(), stopRecording(), recordMessage({ maxSeconds: 60, tag: "m" })],
  { record: { action: "start" } },
  { record: { action: "pause" } },
  { record: { action: "stop" } },
  { record: { action: { message: { max_seconds: 60, silence_seconds: 5, finish_keys: "#", beep: true } }, tag: "m" } },
);
scripted("conference", conference("room", { pin: "1", muted: true, moderator: true, music: file("m.wav"), tag: "c" }), {
  conference: { room: "room", pin: "1", muted: true, moderator: true, music: { file: "m.wav" }, tag: "c" },
});
scripted("stream", stream("wss://a", { track: "both", parameters: { a: 1 }, tag: "s" }), {
  stream: { url: "wss://a", track: "both", parameters: [{ name: "a", value: "1" }], tag: "s" },
});
scripted(
  "small verbs",
  [sendDigits("1,2", { digitMilliseconds: 80, tag: "d" }), setVariable("a", 1), redial("200")],
  { "send-digits": { digits: "1,2", digit_milliseconds: 80, tag: "d" } },
  { "set-variable": { name: "a", value: "1" } },
  { redial: { callee: "200" } },
);
scripted("delegate", delegate("other"), { delegate: { plugin: "other" } });
check("next hands variables on", next({ tier: "gold", level: 3 }), {
  next: [
    { name: "tier", value: "gold" },
    { name: "level", value: "3" },
  ],
});

test("a verb never changes", () => {
  const plain = ring("alice");
  plain.within(20).header("X-A", "1");
  assert.deepEqual(plain, ring("alice"));
});

test("a misspelt option is an error", () => {
  assert.throws(() => enqueue("support", { timeout: 5 } as object), /enqueue has no option timeout/);
});

test("no answer and a promise are errors that say what to do", () => {
  const host = new Host();
  assert.throws(() => host.route({ route: () => undefined as any }, call()), /route returned nothing: give a verb/);
  assert.throws(() => host.route({ route: (async () => []) as any }, call()), /leave out async/);
});

test("without resume the script goes on", () => {
  const outcome = { tag: "timed-out" } as const;
  assert.deepEqual(new Host().resume({ route: () => [] }, call(), "t", outcome), { tag: "proceed" });
  assert.deepEqual(new Host().resume({ resume: () => undefined }, call(), "t", outcome), { tag: "proceed" });
});
