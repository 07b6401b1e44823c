// Rings the desk, and takes a message when nobody is there.
#include "switchhook.h"

static sh_route_result_t route(const sh_call_t *call) {
  sh_option_string_t desk = sh_setting_string(SH("/desk"));
  if (!desk.is_some) return SH_NEXT();

  sh_verb_t message = SH_VOICEMAIL(.mailbox = desk.value);
  if (!sh_registered(desk.value)) {
    sh_log(SH_LOG_LEVEL_INFO, "call %.*s: the desk is not there", SH_ARG(call->id));
    return SH_SCRIPT(message);
  }
  uint32_t seconds = (uint32_t)sh_setting_int(SH("/ring_seconds"), 20);
  return SH_SCRIPT(SH_CONNECT(.targets = SH_TARGETS(sh_client(desk.value)), .timeout_seconds = SH_SOME(seconds)), message);
}

SWITCHHOOK_ROUTER(route);
