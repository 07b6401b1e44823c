import assert from "node:assert/strict";
import { test } from "node:test";
import { respond, script } from "switchhook";
import { call, cases, Host } from "switchhook/testing";
import * as plugin from "./plugin.js";

cases(plugin, { file: "../../example/cases.json", settings: "../../example/settings.json" });

test("a blocked caller's number stays out of the log", () => {
  const host = new Host({ settings: { blocked: ["+15550100"] } });
  const decision = host.route(plugin, call({ caller: "+15550100" }));
  assert.deepEqual(decision, script(respond(603).reason("Not today").header("X-Blocked", "+15550100")));
  assert.deepEqual(host.lines, [{ level: "warn", message: "refused a blocked caller" }]);
});

test("the count of outside calls is kept for a day", () => {
  const host = new Host({ settings: { outside: { trunk: "carrier", prefix: "9", caller_id: "+15550199" } } });
  host.route(plugin, call({ callee: "91234" }));
  assert.deepEqual(host.values, { "outside-calls": "1" });
  host.advance(86_400);
  assert.deepEqual(host.values, {});
});
