import assert from "node:assert/strict";
import { test } from "node:test";
import { script, voicemail } from "switchhook";
import { call, cases, Host } from "switchhook/testing";
import * as plugin from "./plugin.js";

// Every case of cases.json. `switchhook plugin test` asks the built component the same.
cases(plugin);

test("the log says that the desk is away", () => {
  const host = new Host({ settings: { desk: "bob" } });
  assert.deepEqual(host.route(plugin, call({ caller: "1001" })), script(voicemail("bob")));
  assert.deepEqual(host.lines, [{ level: "info", message: "bob is away" }]);
});
