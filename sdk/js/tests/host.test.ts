// What a plugin asks, through the test double.

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  type Call,
  type Register,
  checked,
  directory,
  grant,
  ha1,
  http,
  log,
  metrics,
  next,
  password,
  random,
  refuse,
  settings,
  state,
  time,
} from "switchhook";
import { call, Host, registration, runCase, type World } from "switchhook/testing";

/** Runs a function as a plugin's `route`, and gives what it returns. */
function inside<T>(world: World, run: (call: Call) => T, fields = {}): { result: T; host: Host } {
  const host = new Host(world);
  let result: T;
  const route = (call: Call) => {
    result = run(call);
    return next();
  };
  host.route({ route }, call(fields));
  return { result: result!, host };
}

test("settings are read by pointer and by names", () => {
  const { result } = inside({ settings: { "a/b": { "~": [1, 2] }, none: null } }, () => [
    settings.get("/a~1b/~0/1"),
    settings.get(["a/b", "~"]),
    settings.get("/none"),
    settings.get("/missing"),
    settings.names(),
    settings.names(["a/b", "~"]),
  ]);
  assert.deepEqual(result, [2, [1, 2], null, undefined, ["a/b", "none"], undefined]);
});

test("state keeps text, bytes and numbers", () => {
  const { result, host } = inside({ state: { old: "é" } }, () => {
    state.set("bytes", new Uint8Array([1, 2]), { ttlSeconds: 5 });
    return [
      state.get("old"),
      state.get("none"),
      state.increment("n"),
      state.increment("n", -3),
      state.getBytes("bytes"),
      state.compareAndSet("lock", undefined, "1"),
      state.compareAndSet("lock", undefined, "2"),
      state.compareAndSet("lock", "1", "3"),
      state.delete("old"),
      state.delete("old"),
    ];
  });
  assert.deepEqual(result, ["é", undefined, 1, -2, new Uint8Array([1, 2]), true, false, true, true, false]);
  host.advance(5);
  assert.deepEqual(host.values, { n: "-2", lock: "3" });
});

test("a value that is not stored is a StateError with a code", () => {
  inside({ state: { text: "x" } }, () => {
    assert.throws(() => state.set("", "x"), { name: "StateError", code: "bad-key" });
    assert.throws(() => state.set("k", "x".repeat(70_000)), { code: "too-large" });
    assert.throws(() => state.increment("text"), { code: "not-a-number" });
  });
});

test("the directory knows clients, agents and queues", () => {
  const world = {
    clients: { alice: { contacts: ["sip:alice@192.0.2.1"], active_calls: 2 }, bob: { contacts: [] } },
    agents: [
      { name: "ann", client: "alice", skills: ["de"] },
      { name: "ben", client: "bob" },
    ],
    queues: [{ name: "support", waiting: 3 }],
  };
  const { result } = inside({ directory: world }, () => [
    directory.registered("alice"),
    directory.registered("bob"),
    directory.contacts("alice"),
    directory.activeCalls("alice"),
    directory.agents("de").map(({ name }) => name),
    directory.agents().length,
    directory.agent("zoe"),
    directory.queue("support")?.waiting,
  ]);
  assert.deepEqual(result, [true, false, ["sip:alice@192.0.2.1"], 2, ["ann"], 2, undefined, 3]);
});

test("http sends JSON and reads what comes back", () => {
  const world: World = {
    http: [
      {
        url: "https://crm/a",
        method: "POST",
        response: { status: 201, headers: { "X-Id": "7" }, body: { tier: "gold" } },
      },
      { url: "https://crm/slow", error: "timeout" },
    ],
  };
  const { result, host } = inside(world, () => {
    const response = http.post("https://crm/a", { n: 1 });
    assert.throws(() => http.get("https://crm/slow"), { name: "HttpError", code: "timeout" });
    assert.throws(() => http.get("https://other/"), { code: "connection" });
    return [response.ok, response.status, response.header("x-id"), response.json().tier];
  });
  assert.deepEqual(result, [true, 201, "7", "gold"]);
  assert.deepEqual(host.requests[0], {
    method: "POST",
    url: "https://crm/a",
    headers: [{ name: "Content-Type", value: "application/json" }],
    body: '{"n":1}',
  });
});

test("several answers to one request come in their order, the last again and again", () => {
  const answer = (body: string) => ({ url: "https://crm/a", response: { body } });
  const { result } = inside({ http: [answer("1"), answer("2")] }, () =>
    [http.get, http.get, (url: string) => http.post(url, "")]
      .map((ask) => ask("https://crm/a").text())
      .concat(http.get("https://crm/a").text()),
  );
  assert.deepEqual(result, ["1", "2", "1", "2"]);
});

test("time is the clock of the test", () => {
  const { result } = inside({ at: "2026-11-20T22:15:30+01:00" }, () => [time.now(), time.local("America/St_Johns")]);
  assert.deepEqual(result, [
    Date.parse("2026-11-20T21:15:30Z"),
    { year: 2026, month: 11, day: 20, weekday: 5, hour: 17, minute: 45, second: 30, offsetMinutes: -210 },
  ]);
  inside({}, () => assert.throws(() => time.local("Mars/Olympus"), /Mars\/Olympus/));
});

test("lines, measurements and chance", () => {
  const { result, host } = inside({}, () => {
    log.info("hello");
    metrics.count("calls_total", 2, { kind: "in" });
    return [random.bytes(4).length, random.number() < 1, random.uuid()];
  });
  assert.deepEqual(host.lines, [{ level: "info", message: "hello" }]);
  assert.deepEqual(host.measured, [
    { kind: "count", name: "calls_total", labels: [{ name: "kind", value: "in" }], value: 2 },
  ]);
  assert.deepEqual(result.slice(0, 2), [4, true]);
  assert.match(String(result[2]), /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});

test("a call looks its headers and variables up", () => {
  const fields = { headers: [{ name: "X-Tier", value: "gold" }], variables: [{ name: "a", value: "1" }] };
  const { result } = inside(
    {},
    (call) => [call.header("x-tier"), call.header("x"), call.variable("a"), call.variable("b")],
    fields,
  );
  assert.deepEqual(result, ["gold", undefined, "1", undefined]);
});

test("outside of a host a plugin is told how to test itself", () => {
  assert.throws(() => log.info("x"), /through a Host/);
});

const register: Register = ({ username }) => {
  if (username === "thrown") throw refuse(403);
  if (username === "known") return grant(password("secret"), { dialplan: "default", expiresSeconds: 60 });
  if (username === "hashed")
    return grant(ha1("00"), { dialplan: [{ pattern: "9*", variables: { a: 1 } }], codecs: ["PCMA"] });
  return username === "free" ? grant(checked()) : refuse(404, "Who?");
};
for (const [username, expect] of Object.entries({
  known: { grant: { proof: { password: "secret" }, expires_seconds: 60, dialplan: { named: "default" } } },
  hashed: {
    grant: {
      proof: { ha1: "00" },
      dialplan: { entries: [{ pattern: "9*", variables: [{ name: "a", value: "1" }] }] },
      codecs: ["PCMA"],
    },
  },
  free: { grant: { proof: "checked" } },
  thrown: { refusal: { status: 403 } },
  other: { refusal: { status: 404, reason: "Who?" } },
})) {
  test(`the gatekeeper answers ${username}`, () => runCase({ register }, { register: { username }, expect }));
}

test("a gatekeeper that answers nothing fails, and says so in the log", () => {
  const host = new Host();
  assert.throws(
    () => host.register({ register: () => undefined as any }, registration()),
    /neither a grant nor a refusal/,
  );
  assert.equal(host.lines[0]?.level, "error");
});

test("an observer sees events as the contract has them", () => {
  const seen: unknown[] = [];
  const onEvent = ({ callId, kind }: { callId: string; kind: unknown }) => void seen.push(callId, kind);
  runCase({ onEvent }, { event: { type: "call.initiated", call_id: "7" } });
  runCase(
    { onEvent },
    { event: { type: "call.leg-failed", leg: { target: "alice", index: 0 }, reason: { status: 486 } } },
  );
  runCase({ onEvent }, { event: { type: "call.reinvited", by: "callee" } });
  assert.deepEqual(seen, [
    "7",
    { tag: "initiated" },
    "case-1",
    {
      tag: "leg-failed",
      val: { leg: { target: "alice", index: 0, label: null }, reason: { tag: "status", val: 486 } },
    },
    "case-1",
    { tag: "reinvited", val: "callee" },
  ]);
});
