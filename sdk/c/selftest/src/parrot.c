// A plugin that repeats what it is told: it keeps what it was given in the state, as JSON, and answers what the settings say. Its
// cases go through every structure of the contract in both directions, so that one that lies wrong in memory cannot hide.
#include "../../switchhook/vocabulary.h"

static void keep(sh_string_t key, const sh_meta *type, const void *value) {
  sh_buffer out = {0};
  sh_vocabulary_write(type, value, &out);
  sh_state_set(key, (sh_string_t){out.bytes, out.len}, 0, NULL);
}

static bool told(sh_string_t pointer, const sh_meta *type, void *value, sh_string_t *why) {
  sh_option_string_t json = sh_setting(pointer);
  *why = SH("nothing to say");
  return json.is_some && sh_vocabulary_read(type, json.value, value, why);
}

static void keep_number(sh_string_t key, int64_t number) { sh_state_set(key, sh_format("%lld", (long long)number), 0, NULL); }

static void ask_directory(void) {
  sh_agent_t agent;
  sh_queue_t queue;
  keep_number(SH("registered"), sh_registered(SH("alice")) * 10 + sh_registered(SH("nobody")));
  sh_list_string_t contacts = sh_contacts(SH("alice"));
  keep(SH("contacts"), &sh_meta_list_string, &contacts);
  keep_number(SH("active-calls"), sh_active_calls(SH("alice")));
  if (sh_find_agent(SH("ann"), &agent)) keep(SH("agent"), &sh_meta_agent, &agent);
  keep_number(SH("no-agent"), sh_find_agent(SH("nobody"), &agent));
  sh_list_agent_t all = sh_agents((sh_option_string_t){0}), skilled = sh_agents((sh_option_string_t){true, SH("french")});
  keep(SH("agents"), &sh_meta_list_agent, &all);
  keep(SH("skilled"), &sh_meta_list_agent, &skilled);
  if (sh_find_queue(SH("support"), &queue)) keep(SH("queue"), &sh_meta_queue, &queue);
  keep_number(SH("no-queue"), sh_find_queue(SH("nowhere"), &queue));
}

static void ask_state(void) {
  bool swapped;
  int64_t sum;
  sh_state_error_t error;
  keep_number(SH("there"), sh_state_get(SH("before")).is_some * 10 + sh_state_get(SH("never")).is_some);
  sh_state_compare_and_set(SH("swap"), (sh_option_string_t){0}, SH("first"), 60, &swapped, &error);
  keep_number(SH("swapped-new"), swapped);
  sh_state_compare_and_set(SH("swap"), (sh_option_string_t){true, SH("other")}, SH("second"), 0, &swapped, &error);
  keep_number(SH("swapped-other"), swapped);
  sh_state_compare_and_set(SH("swap"), (sh_option_string_t){true, SH("first")}, SH("third"), 0, &swapped, &error);
  keep_number(SH("swapped-same"), swapped);
  keep_number(SH("deleted"), sh_state_delete(SH("before")) * 10 + sh_state_delete(SH("never")));
  keep_number(SH("sum"), sh_state_increment(SH("counter"), -3000000000, 60, &sum, NULL) ? sum : 0);
  if (!sh_state_increment(SH("swap"), 1, 0, &sum, &error)) sh_state_set(SH("bad-sum"), sh_text(sh_state_error_name(error)), 0, NULL);
  if (!sh_state_set(SH(""), SH("x"), 0, &error)) sh_state_set(SH("bad-key"), sh_text(sh_state_error_name(error)), 0, NULL);
}

static void ask_others(const sh_call_t *call) {
  sh_local_time_t local;
  sh_string_t error = {0};
  keep_number(SH("now"), (int64_t)sh_now());
  if (sh_local_time(SH("Asia/Kolkata"), call->received_at, &local, &error)) keep(SH("local"), &sh_meta_local_time, &local);
  keep_number(SH("no-zone"), !sh_local_time(SH("Mars/Olympus"), 0, &local, &error) && error.len > 0);
  sh_list_string_t names = sh_setting_names(SH("/names"));
  keep(SH("names"), &sh_meta_list_string, &names);
  keep_number(SH("random"), sh_random() != sh_random() && sh_random_bytes(33).len == 33);
  sh_count(SH("parrot_total"), SH_LABELS(sh_label(SH("kind"), SH("ask"))), 2);
  sh_gauge(SH("parrot_gauge"), (sh_list_label_t){0}, -1.5);
  sh_observe(SH("parrot_seconds"), (sh_list_label_t){0}, 0.25);
  sh_log(SH_LOG_LEVEL_INFO, "a parrot %s %d%%", "asks", -7);
}

static void ask_http(void) {
  sh_http_request_t request = {.method = SH("POST"), .url = SH("https://crm.example.com/who"),
                               .headers = SH_HEADERS(sh_header(SH("Accept"), SH("application/json"))),
                               .body = sh_text_bytes(SH("{\"caller\":\"alice\"}")), .timeout_milliseconds = SH_SOME(900)};
  sh_http_response_t response;
  sh_http_error_t error;
  if (sh_http_fetch(&request, &response, &error)) {
    sh_state_set(SH("body"), sh_bytes_text(response.body), 0, NULL);
    keep_number(SH("status"), response.status);
    keep(SH("header"), &sh_meta_list_header, &response.headers);
  }
  request.url = SH("https://slow.example.com/");
  if (!sh_http_fetch(&request, &response, &error)) keep(SH("slow"), &sh_meta_http_error, &error);
  request.url = SH("https://broken.example.com/");
  if (!sh_http_fetch(&request, &response, &error)) keep_number(SH("broken"), error.tag);
}

static sh_route_result_t route(const sh_call_t *call) {
  keep(SH("call"), &sh_meta_call, call);
  if (sh_is(call->callee, "ask")) {
    ask_directory();
    ask_state();
    ask_others(call);
    ask_http();
    return SH_NEXT();
  }
  sh_route_result_t result = {0};
  sh_string_t why;
  return told(SH("/decision"), &sh_meta_decision, &result.ok, &why) ? result : sh_fail(why);
}

static sh_resume_result_t resume(const sh_call_t *call, sh_string_t tag, const sh_outcome_t *outcome) {
  keep(SH("call"), &sh_meta_call, call);
  keep(SH("outcome"), &sh_meta_outcome, outcome);
  sh_state_set(SH("tag"), tag, 0, NULL);
  sh_resume_result_t result = {0};
  sh_string_t why;
  return told(SH("/continuation"), &sh_meta_continuation, &result.ok, &why) ? result : sh_resume_fail(why);
}

static sh_register_result_t decide(const sh_registration_t *registration) {
  keep(SH("registration"), &sh_meta_registration, registration);
  sh_register_result_t result = {0};
  sh_string_t why;
  if (told(SH("/grant"), &sh_meta_grant, &result.ok, &why)) return result;
  result.is_err = true;
  return told(SH("/refusal"), &sh_meta_refusal, &result.err, &why) ? result : sh_refuse(500);
}

static void on_event(const sh_event_t *event) { keep(SH("event"), &sh_meta_event, event); }

SWITCHHOOK_ROUTER(route, resume);
SWITCHHOOK_GATEKEEPER(decide);
SWITCHHOOK_OBSERVER(on_event);
