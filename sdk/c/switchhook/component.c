// The border of a component: the imports of the contract, and its exports. Natively switchhook_test.c takes its place.
//
// On wasm32 the structures of contract.h lie in memory as the canonical ABI wants them, so that nothing is converted here: a
// parameter list longer than 16 values and a result longer than one arrive as the address of such a structure, everything else
// flattened into numbers.
#ifdef __wasm__

#include <stdlib.h>

#include "arena.h"

_Static_assert(sizeof(sh_string_t) == 8 && sizeof(sh_option_u32_t) == 8 && sizeof(sh_option_string_t) == 12, "canonical ABI");

#define PACKAGE "switchhook:plugin/"
#define VERSION "@0.2.0"
#define IMPORT_FROM(module, function) __attribute__((import_module(module), import_name(function)))
#define IMPORT(interface, function) IMPORT_FROM(PACKAGE interface VERSION, function)
#define EXPORT(name) __attribute__((export_name(name)))

typedef const char *text;

IMPORT("log", "write") extern void log_write(int32_t level, text, size_t);
IMPORT("settings", "get") extern void settings_get(text, size_t, sh_option_string_t *);
IMPORT("settings", "names") extern void settings_names(text, size_t, sh_option_string_t *);

typedef struct { bool is_err; uint8_t err; } empty_result;
typedef struct { bool is_err; union { int64_t ok; uint8_t err; }; } sum_result;
typedef struct { bool is_err; union { bool ok; uint8_t err; }; } swap_result;

IMPORT("state", "get") extern void state_get(text, size_t, sh_option_string_t *);
IMPORT("state", "set") extern void state_set(text, size_t, text, size_t, int32_t, uint32_t, empty_result *);
IMPORT("state", "delete") extern int32_t state_delete(text, size_t);
IMPORT("state", "increment") extern void state_increment(text, size_t, int64_t, int32_t, uint32_t, sum_result *);
IMPORT("state", "compare-and-set")
extern void state_compare_and_set(text, size_t, int32_t, text, size_t, text, size_t, int32_t, uint32_t, swap_result *);

typedef struct { bool is_err; union { sh_local_time_t ok; sh_string_t err; }; } local_result;

IMPORT("time", "now") extern uint64_t time_now(void);
IMPORT("time", "local") extern void time_local(text, size_t, uint64_t, local_result *);
IMPORT_FROM("wasi:random/random@0.2.12", "get-random-u64") extern uint64_t random_u64(void);
IMPORT_FROM("wasi:random/random@0.2.12", "get-random-bytes") extern void random_bytes(uint64_t, sh_list_u8_t *);

IMPORT("metrics", "count") extern void metrics_count(text, size_t, sh_label_t *, size_t, uint64_t);
IMPORT("metrics", "gauge") extern void metrics_gauge(text, size_t, sh_label_t *, size_t, double);
IMPORT("metrics", "observe") extern void metrics_observe(text, size_t, sh_label_t *, size_t, double);

typedef struct { bool is_some; sh_agent_t value; } option_agent;
typedef struct { bool is_some; sh_queue_t value; } option_queue;

IMPORT("directory", "registered") extern int32_t directory_registered(text, size_t);
IMPORT("directory", "contacts") extern void directory_contacts(text, size_t, sh_list_string_t *);
IMPORT("directory", "active-calls") extern uint32_t directory_active_calls(text, size_t);
IMPORT("directory", "find-agent") extern void directory_find_agent(text, size_t, option_agent *);
IMPORT("directory", "agents") extern void directory_agents(int32_t, text, size_t, sh_list_agent_t *);
IMPORT("directory", "find-queue") extern void directory_find_queue(text, size_t, option_queue *);

typedef struct { bool is_err; union { sh_http_response_t ok; sh_http_error_t err; }; } fetch_result;

IMPORT("http", "fetch")
extern void http_fetch(text, size_t, text, size_t, sh_header_t *, size_t, uint8_t *, size_t, int32_t, uint32_t, fetch_result *);

void sh_log_text(sh_log_level_t level, sh_string_t line) { log_write(level, line.ptr, line.len); }

sh_option_string_t sh_setting(sh_string_t pointer) {
  sh_option_string_t value;
  settings_get(pointer.ptr, pointer.len, &value);
  return value;
}

sh_option_string_t sh_setting_names_json(sh_string_t pointer) {
  sh_option_string_t names;
  settings_names(pointer.ptr, pointer.len, &names);
  return names;
}

sh_option_string_t sh_state_get(sh_string_t key) {
  sh_option_string_t value;
  state_get(key.ptr, key.len, &value);
  return value;
}

bool sh_state_set(sh_string_t key, sh_string_t value, uint32_t ttl_seconds, sh_state_error_t *error) {
  empty_result result;
  state_set(key.ptr, key.len, value.ptr, value.len, ttl_seconds > 0, ttl_seconds, &result);
  if (result.is_err && error) *error = result.err;
  return !result.is_err;
}

bool sh_state_delete(sh_string_t key) { return state_delete(key.ptr, key.len) != 0; }

bool sh_state_increment(sh_string_t key, int64_t by, uint32_t ttl_seconds, int64_t *sum, sh_state_error_t *error) {
  sum_result result;
  state_increment(key.ptr, key.len, by, ttl_seconds > 0, ttl_seconds, &result);
  if (result.is_err && error) *error = result.err;
  if (!result.is_err && sum) *sum = result.ok;
  return !result.is_err;
}

bool sh_state_compare_and_set(sh_string_t key, sh_option_string_t expected, sh_string_t value, uint32_t ttl_seconds,
                              bool *swapped, sh_state_error_t *error) {
  swap_result result;
  state_compare_and_set(key.ptr, key.len, expected.is_some, expected.value.ptr, expected.value.len, value.ptr, value.len,
                        ttl_seconds > 0, ttl_seconds, &result);
  if (result.is_err && error) *error = result.err;
  if (!result.is_err && swapped) *swapped = result.ok;
  return !result.is_err;
}

uint64_t sh_now(void) { return time_now(); }

bool sh_local_time(sh_string_t zone, uint64_t at, sh_local_time_t *local, sh_string_t *error) {
  local_result result;
  time_local(zone.ptr, zone.len, at, &result);
  if (result.is_err && error) *error = result.err;
  if (!result.is_err) *local = result.ok;
  return !result.is_err;
}

uint64_t sh_random(void) { return random_u64(); }

sh_list_u8_t sh_random_bytes(uint64_t count) {
  sh_list_u8_t bytes;
  random_bytes(count, &bytes);
  return bytes;
}

void sh_count(sh_string_t name, sh_list_label_t labels, uint64_t by) { metrics_count(name.ptr, name.len, labels.ptr, labels.len, by); }

void sh_gauge(sh_string_t name, sh_list_label_t labels, double value) { metrics_gauge(name.ptr, name.len, labels.ptr, labels.len, value); }

void sh_observe(sh_string_t name, sh_list_label_t labels, double seconds) { metrics_observe(name.ptr, name.len, labels.ptr, labels.len, seconds); }

bool sh_registered(sh_string_t client) { return directory_registered(client.ptr, client.len) != 0; }

sh_list_string_t sh_contacts(sh_string_t client) {
  sh_list_string_t contacts;
  directory_contacts(client.ptr, client.len, &contacts);
  return contacts;
}

uint32_t sh_active_calls(sh_string_t client) { return directory_active_calls(client.ptr, client.len); }

bool sh_find_agent(sh_string_t name, sh_agent_t *agent) {
  option_agent found;
  directory_find_agent(name.ptr, name.len, &found);
  if (found.is_some) *agent = found.value;
  return found.is_some;
}

sh_list_agent_t sh_agents(sh_option_string_t skill) {
  sh_list_agent_t agents;
  directory_agents(skill.is_some, skill.value.ptr, skill.value.len, &agents);
  return agents;
}

bool sh_find_queue(sh_string_t name, sh_queue_t *queue) {
  option_queue found;
  directory_find_queue(name.ptr, name.len, &found);
  if (found.is_some) *queue = found.value;
  return found.is_some;
}

bool sh_http_fetch(const sh_http_request_t *request, sh_http_response_t *response, sh_http_error_t *error) {
  fetch_result result;
  http_fetch(request->method.ptr, request->method.len, request->url.ptr, request->url.len, request->headers.ptr,
             request->headers.len, request->body.ptr, request->body.len, request->timeout_milliseconds.is_some,
             request->timeout_milliseconds.value, &result);
  if (result.is_err) *error = result.err;
  else *response = result.ok;
  return !result.is_err;
}

// What the switch lowers into this instance lies in the arena, until `cabi_post_…` says that the result was read.
EXPORT("cabi_realloc") void *cabi_realloc(void *old, size_t old_size, size_t align, size_t size) {
  if (align > 16) abort();
  void *fresh = sh_alloc(size);
  if (old_size > 0) __builtin_memcpy(fresh, old, old_size < size ? old_size : size);
  return fresh;
}

// What the C++ library calls when a plugin breaks its rules. Its own versions print, and would bring files and streams along.
// The namespace of the library depends on who built it: __2 is Debian's, __1 that of the WASI SDK.
_Noreturn void verbose_abort_1(const char *format, ...) __asm__("_ZNSt3__122__libcpp_verbose_abortEPKcz");
_Noreturn void verbose_abort_2(const char *format, ...) __asm__("_ZNSt3__222__libcpp_verbose_abortEPKcz");
_Noreturn void abort_message(const char *format, ...);

#define TRAP(name)                                 \
  _Noreturn void name(const char *format, ...) {   \
    (void)format;                                  \
    __builtin_trap();                              \
  }
TRAP(verbose_abort_1)
TRAP(verbose_abort_2)
TRAP(abort_message)

#ifdef SWITCHHOOK_EXPORT_ROUTER

EXPORT("switchhook:plugin/router@0.2.0#route") sh_route_result_t *export_route(const sh_call_t *call) {
  static sh_route_result_t result;
  result = sh_plugin_router.route(call);
  return &result;
}

EXPORT("cabi_post_switchhook:plugin/router@0.2.0#route") void after_route(sh_route_result_t *result) {
  (void)result;
  sh_arena_reset();
}

typedef struct { sh_call_t call; sh_string_t tag; sh_outcome_t outcome; } resume_parameters;

EXPORT("switchhook:plugin/router@0.2.0#resume") sh_resume_result_t *export_resume(const resume_parameters *given) {
  static sh_resume_result_t result;
  result = sh_plugin_router.resume ? sh_plugin_router.resume(&given->call, given->tag, &given->outcome) : sh_proceed();
  return &result;
}

EXPORT("cabi_post_switchhook:plugin/router@0.2.0#resume") void after_resume(sh_resume_result_t *result) {
  (void)result;
  sh_arena_reset();
}

#endif
#ifdef SWITCHHOOK_EXPORT_GATEKEEPER

EXPORT("switchhook:plugin/gatekeeper@0.2.0#register")
sh_register_result_t *export_register(const sh_registration_t *registration) {
  static sh_register_result_t result;
  result = sh_plugin_gatekeeper.decide(registration);
  return &result;
}

EXPORT("cabi_post_switchhook:plugin/gatekeeper@0.2.0#register") void after_register(sh_register_result_t *result) {
  (void)result;
  sh_arena_reset();
}

#endif
#ifdef SWITCHHOOK_EXPORT_OBSERVER

EXPORT("switchhook:plugin/observer@0.2.0#on-event") void export_on_event(const sh_event_t *event) {
  sh_plugin_observer.on_event(event);
  sh_arena_reset();
}

#endif
#endif
