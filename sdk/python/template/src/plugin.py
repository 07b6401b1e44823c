"""{{name}}: the switch calls ``route`` for every call that reaches it."""

from switchhook import Call, RouteAnswer, directory, log, next_plugin, ring, settings, voicemail


def route(call: Call) -> RouteAnswer:
    desk = settings.get("/desk")
    if desk is None:
        return next_plugin()
    if not directory.registered(desk):
        log.info(f"{desk} is away")
        return voicemail(desk)
    return [ring(desk).within(settings.get("/ring_seconds", 30)), voicemail(desk)]
