// The reception of a small house: what ../../example/README.md says, in C++.
#include <string>

#include "switchhook.hpp"

using namespace switchhook;

namespace {

constexpr uint32_t kDay = 24 * 60 * 60;

bool blocked(string_view caller) {
  for (string_view number : settings::strings("/blocked"))
    if (number == caller) return true;
  return false;
}

Route outside(string_view trunk_name, string_view number) {
  auto count = state::increment("outside-calls", 1, kDay);
  if (!count) return fail("outside-calls: " + std::string(count.why()));
  auto verb = connect(trunk(trunk_name, number)).header("X-Call-Count", std::to_string(*count));
  if (auto shown = settings::text("/outside/caller_id")) verb.caller_id(*shown);
  return verb;
}

bool open(const LocalTime &local) {
  return local.weekday <= 5 && local.hour >= settings::number("/hours/from", 0) && local.hour < settings::number("/hours/to", 24);
}

Route house(const Call &call, string_view name) {
  if (auto zone = settings::text("/hours/zone")) {
    auto local = clock::local(*zone, call.received_at);
    if (!local) return fail("settings: no time zone " + std::string(*zone));
    if (!open(*local)) return voicemail(name);
  }
  Script script;
  if (directory::registered(name)) {
    auto seconds = settings::number(settings::pointer("numbers", call.callee, "ring_seconds"), 25);
    script.add(connect(client(name).ringing(static_cast<uint32_t>(seconds))));
  }
  auto mobile = settings::text(settings::pointer("numbers", call.callee, "mobile"));
  auto carrier = settings::text("/outside/trunk");
  if (mobile && carrier) script.add(connect(trunk(*carrier, *mobile)));
  if (script.empty()) script.add(voicemail(name));
  return script;
}

struct Reception {
  static Route route(const Call &call) {
    if (blocked(call.caller)) {
      log::warn("a blocked caller was refused");
      return respond(603).reason("Not today").header("X-Blocked", call.caller);
    }
    if (call.attempt > 0) return respond(480).header("Retry-After", "60");

    auto desk = settings::text("/operator");
    if (desk && call.callee == "0")
      return script({gather(1).playing(speech("Press 1 for sales, 2 for support.")).waiting(5000, 3000).tagged("menu"),
                     connect(client(*desk))});

    auto prefix = settings::text("/outside/prefix");
    auto carrier = settings::text("/outside/trunk");
    string_view dialled = call.callee;
    if (prefix && carrier && dialled.starts_with(*prefix) && dialled.size() >= prefix->size() + 4)
      return outside(*carrier, dialled.substr(prefix->size()));

    if (!settings::has("/numbers")) return fail("settings: no numbers");
    if (auto name = settings::text(settings::pointer("numbers", call.callee, "client"))) return house(call, *name);
    return next().with("reception", "unknown");
  }

  static Resume resume(const Call &, string_view tag, const Outcome &outcome) {
    if (tag != "menu") return proceed();
    auto keys = digits(outcome);
    if (keys == "1") return connect(ring_group("sales")).timeout(30);
    if (keys == "2") return enqueue("support").tagged("support");
    return proceed();
  }
};

}  // namespace

SWITCHHOOK_ROUTER(Reception);
