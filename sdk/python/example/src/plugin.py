"""reception: a small house with two numbers, a menu, a trunk and opening hours. What it decides is said in
``sdk/example/README.md``, case by case in ``sdk/example/cases.json``."""

from switchhook import (
    Call,
    Digits,
    Error,
    Outcome,
    ResumeAnswer,
    RouteAnswer,
    Verb,
    client,
    connect,
    directory,
    enqueue,
    gather,
    log,
    next_plugin,
    proceed,
    respond,
    ring,
    ring_group,
    settings,
    state,
    time,
    trunk,
    voicemail,
)

DAY_SECONDS = 86_400


def route(call: Call) -> RouteAnswer:
    if call.caller in settings.get("/blocked", []):
        log.warn("refused a blocked caller")
        return respond(603, "Not today", headers={"X-Blocked": call.caller})
    if call.attempt > 0:
        return respond(480, headers={"Retry-After": 60})
    operator = settings.get("/operator")
    if call.callee == "0" and operator:
        return [menu(), ring(operator)]
    outside = settings.get("/outside")
    if outside and call.callee.startswith(outside["prefix"]):
        number = call.callee.removeprefix(outside["prefix"])
        if len(number) >= 4:
            return call_outside(outside, number)
    # Only this one number is read, however many there are.
    extension = settings.get(["numbers", call.callee])
    if extension:
        return reach(extension, call, outside)
    if settings.names("/numbers") is None:
        raise Error("settings: no numbers")
    return next_plugin(reception="unknown")


def resume(call: Call, tag: str, outcome: Outcome) -> ResumeAnswer:
    match tag, outcome:
        case "menu", Digits("1"):
            return connect(ring_group("sales")).within(30)
        case "menu", Digits("2"):
            return enqueue("support", tag="support")
    return proceed()


def menu() -> Verb:
    return gather(
        "Press 1 for sales, 2 for support.",
        max_digits=1,
        first_digit_milliseconds=5_000,
        inter_digit_milliseconds=3_000,
        tag="menu",
    )


def call_outside(outside: dict[str, str], number: str) -> Verb:
    count = state.increment("outside-calls", ttl_seconds=DAY_SECONDS)
    return connect(trunk(outside["trunk"], number), caller_id=outside["caller_id"], headers={"X-Call-Count": count})


def reach(extension: dict, call: Call, outside: dict[str, str] | None) -> RouteAnswer:
    name = extension["client"]
    if not is_open(call.received_at):
        return voicemail(name)
    script: list[Verb] = []
    if directory.registered(name):
        script.append(ring(client(name, ring_seconds=extension.get("ring_seconds", 25))))
    if "mobile" in extension and outside:
        script.append(connect(trunk(outside["trunk"], extension["mobile"])))
    return script or voicemail(name)


def is_open(at: int) -> bool:
    hours = settings.get("/hours")
    if hours is None:
        return True
    local = time.local(hours["zone"], at)
    return local.weekday <= 5 and hours["from"] <= local.hour < hours["to"]
