// The reception of a small house: what ../../example/README.md says, in C.
#include "switchhook.h"

static bool blocked(sh_string_t caller) {
  sh_list_string_t list = sh_setting_strings(SH("/blocked"));
  for (size_t i = 0; i < list.len; i++)
    if (sh_equal(list.ptr[i], caller)) return true;
  return false;
}

static sh_route_result_t menu(sh_string_t operator_) {
  return SH_SCRIPT(
      SH_GATHER(.prompts = SH_PROMPTS(sh_speech(SH("Press 1 for sales, 2 for support."))), .max_digits = 1,
                .first_digit_milliseconds = 5000, .inter_digit_milliseconds = 3000, .tag = SH_SOME(SH("menu"))),
      SH_CONNECT(.targets = SH_TARGETS(sh_client(operator_))));
}

static sh_route_result_t outside(sh_string_t trunk, sh_string_t number) {
  int64_t count;
  sh_state_error_t error;
  if (!sh_state_increment(SH("outside-calls"), 1, 86400, &count, &error))
    return sh_fail(sh_format("outside-calls: %s", sh_state_error_name(error)));
  return SH_SCRIPT(SH_CONNECT(.targets = SH_TARGETS(sh_trunk(trunk, number)),
                              .caller_id = sh_setting_string(SH("/outside/caller_id")),
                              .headers = SH_HEADERS(sh_header(SH("X-Call-Count"), sh_format("%lld", (long long)count)))));
}

// Whether the house is open; false in `known`: its time zone does not exist.
static bool open_at(uint64_t at, bool *known, sh_string_t *error) {
  sh_option_string_t zone = sh_setting_string(SH("/hours/zone"));
  *known = true;
  if (!zone.is_some) return true;
  sh_local_time_t local;
  *known = sh_local_time(zone.value, at, &local, error);
  return *known && local.weekday <= 5 && local.hour >= sh_setting_int(SH("/hours/from"), 0) &&
         local.hour < sh_setting_int(SH("/hours/to"), 24);
}

static sh_route_result_t house(const sh_call_t *call, sh_string_t client) {
  bool known;
  sh_string_t error;
  if (!open_at(call->received_at, &known, &error))
    return known ? SH_SCRIPT(SH_VOICEMAIL(.mailbox = client)) : sh_fail(error);

  sh_list_verb_t script = {0};
  if (sh_registered(client)) {
    uint32_t seconds = (uint32_t)sh_setting_int(SH_POINTER(SH("numbers"), call->callee, SH("ring_seconds")), 25);
    sh_push(&script, SH_CONNECT(.targets = SH_TARGETS(sh_ringing(sh_client(client), seconds))));
  }
  sh_option_string_t mobile = sh_setting_string(SH_POINTER(SH("numbers"), call->callee, SH("mobile")));
  sh_option_string_t trunk = sh_setting_string(SH("/outside/trunk"));
  if (mobile.is_some && trunk.is_some)
    sh_push(&script, SH_CONNECT(.targets = SH_TARGETS(sh_trunk(trunk.value, mobile.value))));
  if (script.len == 0) sh_push(&script, SH_VOICEMAIL(.mailbox = client));
  return sh_script(script);
}

static sh_route_result_t route(const sh_call_t *call) {
  if (blocked(call->caller)) {
    sh_log(SH_LOG_LEVEL_WARN, "a blocked caller was refused");
    return SH_SCRIPT(SH_RESPOND(.status = 603, .reason = SH_SOME(SH("Not today")),
                                .headers = SH_HEADERS(sh_header(SH("X-Blocked"), call->caller))));
  }
  if (call->attempt > 0)
    return SH_SCRIPT(SH_RESPOND(.status = 480, .headers = SH_HEADERS(sh_header(SH("Retry-After"), SH("60")))));

  sh_option_string_t operator_ = sh_setting_string(SH("/operator"));
  if (sh_is(call->callee, "0") && operator_.is_some) return menu(operator_.value);

  sh_option_string_t prefix = sh_setting_string(SH("/outside/prefix"));
  sh_option_string_t trunk = sh_setting_string(SH("/outside/trunk"));
  if (prefix.is_some && trunk.is_some && sh_starts_with(call->callee, prefix.value) &&
      call->callee.len >= prefix.value.len + 4)
    return outside(trunk.value, sh_after(call->callee, prefix.value.len));

  if (!sh_setting(SH("/numbers")).is_some) return sh_fail(SH("settings: no numbers"));
  sh_option_string_t client = sh_setting_string(SH_POINTER(SH("numbers"), call->callee, SH("client")));
  if (client.is_some) return house(call, client.value);

  return SH_NEXT(sh_variable(SH("reception"), SH("unknown")));
}

static sh_resume_result_t resume(const sh_call_t *call, sh_string_t tag, const sh_outcome_t *outcome) {
  (void)call;
  if (!sh_is(tag, "menu") || outcome->tag != SH_OUTCOME_DIGITS) return sh_proceed();
  if (sh_is(outcome->digits.digits, "1"))
    return SH_RESUME_SCRIPT(SH_CONNECT(.targets = SH_TARGETS(sh_ring_group(SH("sales"))), .timeout_seconds = SH_SOME(30)));
  if (sh_is(outcome->digits.digits, "2"))
    return SH_RESUME_SCRIPT(SH_ENQUEUE(.queue = SH("support"), .tag = SH_SOME(SH("support"))));
  return sh_proceed();
}

SWITCHHOOK_ROUTER(route, resume);
