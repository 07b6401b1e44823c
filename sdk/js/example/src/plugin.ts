// reception: a small house with two numbers, a menu, a trunk and opening hours. What it decides is said in
// sdk/example/README.md, case by case in sdk/example/cases.json.

import {
  type Answer,
  type Call,
  type Continuation,
  type Outcome,
  type Verb,
  client,
  connect,
  directory,
  enqueue,
  gather,
  log,
  next,
  proceed,
  respond,
  ring,
  ringGroup,
  say,
  settings,
  state,
  time,
  trunk,
  voicemail,
} from "switchhook";

interface Outside {
  trunk: string;
  prefix: string;
  caller_id: string;
}

interface Hours {
  zone: string;
  from: number;
  to: number;
}

interface Extension {
  client: string;
  ring_seconds?: number;
  mobile?: string;
}

const DAY_SECONDS = 86_400;

export function route(call: Call): Answer {
  const blocked = settings.get<string[]>("/blocked") ?? [];
  if (blocked.includes(call.caller)) {
    log.warn("refused a blocked caller");
    return respond(603).reason("Not today").header("X-Blocked", call.caller);
  }
  if (call.attempt > 0) {
    return respond(480).header("Retry-After", 60);
  }
  const operator = settings.get<string>("/operator");
  if (call.callee === "0" && operator !== undefined) {
    return [menu(), ring(operator)];
  }
  const outside = settings.get<Outside>("/outside");
  if (outside && call.callee.startsWith(outside.prefix) && call.callee.length >= outside.prefix.length + 4) {
    return callOutside(outside, call.callee.slice(outside.prefix.length));
  }
  // Only this one number is read, however many there are.
  const extension = settings.get<Extension>(["numbers", call.callee]);
  if (extension) {
    return reach(extension, call, outside);
  }
  if (!settings.names("/numbers")) {
    throw new Error("settings: no numbers");
  }
  return next({ reception: "unknown" });
}

export function resume(_call: Call, tag: string, outcome: Outcome): Continuation | Verb {
  if (tag === "menu" && outcome.tag === "digits") {
    switch (outcome.val.digits) {
      case "1":
        return connect(ringGroup("sales")).within(30);
      case "2":
        return enqueue("support", { tag: "support" });
    }
  }
  return proceed();
}

function menu(): Verb {
  return gather({
    prompts: [say("Press 1 for sales, 2 for support.")],
    maxDigits: 1,
    firstDigitMilliseconds: 5_000,
    interDigitMilliseconds: 3_000,
    tag: "menu",
  });
}

function callOutside(outside: Outside, number: string): Verb {
  const count = state.increment("outside-calls", 1, { ttlSeconds: DAY_SECONDS });
  return connect(trunk(outside.trunk, number)).showing(outside.caller_id).header("X-Call-Count", count);
}

function reach(extension: Extension, call: Call, outside: Outside | undefined): Answer {
  if (!isOpen(call.receivedAt)) {
    return voicemail(extension.client);
  }
  const { client: name, ring_seconds = 25, mobile } = extension;
  const away = mobile && outside ? [connect(trunk(outside.trunk, mobile))] : [];
  if (directory.registered(name)) {
    return [ring(client(name).ringing(ring_seconds)), ...away];
  }
  return away.length > 0 ? away : voicemail(name);
}

function isOpen(at: number): boolean {
  const hours = settings.get<Hours>("/hours");
  if (!hours) {
    return true;
  }
  const { weekday, hour } = time.local(hours.zone, at);
  return weekday <= 5 && hours.from <= hour && hour < hours.to;
}
