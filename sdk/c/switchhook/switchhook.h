// Plugins for Switchhook in C: builders for decisions, and everything that a plugin can ask the switch.
//
//   #include "switchhook.h"
//
//   static sh_route_result_t route(const sh_call_t *call) {
//     if (sh_is(call->callee, "0")) return SH_SCRIPT(SH_CONNECT(.targets = SH_TARGETS(sh_client(SH("alice")))));
//     return SH_NEXT();
//   }
//
//   SWITCHHOOK_ROUTER(route);
//
// The vocabulary (sh_call_t, sh_verb_t …) is in contract.h. Natively the same functions are answered by a double of the switch:
// see switchhook_test.h. In C++ use switchhook.hpp.
#ifndef SWITCHHOOK_H
#define SWITCHHOOK_H

#include "contract.h"

#ifdef __cplusplus
extern "C" {
#endif

// ---- Memory -------------------------------------------------------------------------------------------------------------

/// Memory until the end of this decision, aligned for anything, set to zero. It never fails (the instance ends instead), and there
/// is nothing to free: all that the functions below return lives there. What has to outlive the call belongs into the state.
void *sh_alloc(size_t size);
/// A copy of `size` bytes in such memory.
void *sh_copy(const void *bytes, size_t size);

// ---- Text ---------------------------------------------------------------------------------------------------------------

/// The text of a string literal.
#ifdef __cplusplus
#define SH(literal) (sh_string_t{literal, sizeof(literal) - 1})
#else
#define SH(literal) ((sh_string_t){literal, sizeof(literal) - 1})
#endif
/// For `%.*s`: sh_format("to %.*s", SH_ARG(call->callee)).
#define SH_ARG(text) (int)(text).len, (text).ptr

/// The text of a string that ends in NUL; it is not copied.
sh_string_t sh_text(const char *text);
/// A copy that ends in NUL.
const char *sh_c_string(sh_string_t text);
/// Whether two texts are the same.
bool sh_equal(sh_string_t a, sh_string_t b);
/// Whether two texts are the same without regard to the case of ASCII letters, as names of header fields are compared.
bool sh_equal_ignoring_case(sh_string_t a, sh_string_t b);
/// Whether a text is this string, which ends in NUL.
bool sh_is(sh_string_t text, const char *other);
/// Whether a text begins with another.
bool sh_starts_with(sh_string_t text, sh_string_t prefix);
/// A text without its first `count` bytes; not copied.
sh_string_t sh_after(sh_string_t text, size_t count);
/// Text as by printf: %s, %.*s, %c, %d, %i, %u and %x with ll, l or z, and %%. It needs no WASI, which printf does.
sh_string_t sh_format(const char *format, ...) __attribute__((format(printf, 1, 2)));

// ---- Decisions ----------------------------------------------------------------------------------------------------------

/// An option that is there: `.timeout_seconds = SH_SOME(30)`, `.tag = SH_SOME(SH("menu"))`. One that is not there is left out.
#define SH_SOME(...) {true, __VA_ARGS__}

#define SH_LIST_OF_(list, type, ...)                                                                                           \
  ((list){(type *)sh_copy((const type[]){__VA_ARGS__}, sizeof((const type[]){__VA_ARGS__})),                                   \
          sizeof((const type[]){__VA_ARGS__}) / sizeof(type)})

/// Carry these verbs out, one after another: SH_SCRIPT(SH_ANSWER(), SH_CONNECT(…)). In `resume`: SH_RESUME_SCRIPT.
#define SH_SCRIPT(...) sh_script(SH_VERBS(__VA_ARGS__))
/// What `SH_SCRIPT` is to `route`, for `resume`.
#define SH_RESUME_SCRIPT(...) sh_resume_script(SH_VERBS(__VA_ARGS__))
/// Leave the call to the next plugin of the chain, with variables if there are any: SH_NEXT(sh_variable(SH("a"), SH("b"))).
#define SH_NEXT(...) sh_next(SH_VARIABLES(__VA_ARGS__))

/// Carry a list of verbs out that was put together before.
sh_route_result_t sh_script(sh_list_verb_t verbs);
/// Leave the call to the next plugin of the chain.
sh_route_result_t sh_next(sh_list_variable_t variables);
/// The decision failed; the text goes into the call's record, and the fallback of the route takes over.
sh_route_result_t sh_fail(sh_string_t why);
/// Carry these verbs out instead of the rest of the script.
sh_resume_result_t sh_resume_script(sh_list_verb_t verbs);
/// Go on with the rest of the script.
sh_resume_result_t sh_proceed(void);
/// `resume` failed; the rest of the script follows.
sh_resume_result_t sh_resume_fail(sh_string_t why);

/// A list of verbs that grows: begin with an empty one.
void sh_push(sh_list_verb_t *verbs, sh_verb_t verb);

/// A client of the domain. It rings as long as the whole `connect` may take; see sh_ringing.
sh_target_t sh_client(sh_string_t username);
/// A number behind a trunk.
sh_target_t sh_trunk(sh_string_t trunk, sh_string_t number);
/// A `sip:` or `sips:` URI.
sh_target_t sh_uri(sh_string_t uri);
/// The members of a ring group.
sh_target_t sh_ring_group(sh_string_t name);
/// A target that rings for at most so many seconds.
sh_target_t sh_ringing(sh_target_t target, uint32_t seconds);

/// Words that are spoken, in the domain's language.
sh_prompt_t sh_speech(sh_string_t words);
/// A file of the media folder.
sh_prompt_t sh_file(sh_string_t path);
/// A file behind a URL.
sh_prompt_t sh_url(sh_string_t url);
/// A tone of the domain's country: SH_TONE_KIND_….
sh_prompt_t sh_tone(sh_tone_kind_t kind, uint32_t milliseconds);

/// A header field.
sh_header_t sh_header(sh_string_t name, sh_string_t value);
/// A variable of a call.
sh_variable_t sh_variable(sh_string_t name, sh_string_t value);
/// A label of a metric.
sh_label_t sh_label(sh_string_t name, sh_string_t value);

/// Let a client register; the plugin has checked its credentials.
sh_register_result_t sh_grant_checked(void);
/// Let a client register if its credentials are right for this password.
sh_register_result_t sh_grant_password(sh_string_t password);
/// Let a client register if its credentials are right for this hash.
sh_register_result_t sh_grant_ha1(sh_string_t ha1);
/// Do not let a client register: 400 to 699.
sh_register_result_t sh_refuse(uint16_t status);

// ---- The plugin ---------------------------------------------------------------------------------------------------------

/// What decides about calls.
typedef struct sh_router {
  /// Decides about a call.
  sh_route_result_t (*route)(const sh_call_t *call);
  /// Says what follows a verb with this tag; NULL: the rest of the script does.
  sh_resume_result_t (*resume)(const sh_call_t *call, sh_string_t tag, const sh_outcome_t *outcome);
} sh_router;

/// What decides who may register.
typedef struct sh_gatekeeper {
  /// Decides about a REGISTER.
  sh_register_result_t (*decide)(const sh_registration_t *registration);
} sh_gatekeeper;

/// What is told about events.
typedef struct sh_observer {
  /// Something happened to a call.
  void (*on_event)(const sh_event_t *event);
} sh_observer;

extern const sh_router sh_plugin_router;
extern const sh_gatekeeper sh_plugin_gatekeeper;
extern const sh_observer sh_plugin_observer;

/// Once in a plugin, at the beginning of a line: it routes calls. SWITCHHOOK_ROUTER(route) or SWITCHHOOK_ROUTER(route, resume).
/// build.sh looks for these names in the sources to find out what the component exports.
#define SWITCHHOOK_ROUTER(...) const sh_router sh_plugin_router = {__VA_ARGS__}
/// Once in a plugin: it decides who may register.
#define SWITCHHOOK_GATEKEEPER(...) const sh_gatekeeper sh_plugin_gatekeeper = {__VA_ARGS__}
/// Once in a plugin: it observes.
#define SWITCHHOOK_OBSERVER(...) const sh_observer sh_plugin_observer = {__VA_ARGS__}

// ---- The call -----------------------------------------------------------------------------------------------------------

/// The first header field of this name.
sh_option_string_t sh_find_header(sh_list_header_t headers, sh_string_t name);
/// A variable of this name.
sh_option_string_t sh_find_variable(sh_list_variable_t variables, sh_string_t name);

// ---- The log ------------------------------------------------------------------------------------------------------------

/// Writes a line: sh_log(SH_LOG_LEVEL_INFO, "%u calls", n). The format is that of sh_format.
void sh_log(sh_log_level_t level, const char *format, ...) __attribute__((format(printf, 2, 3)));
/// Writes a line.
void sh_log_text(sh_log_level_t level, sh_string_t line);

// ---- Settings -----------------------------------------------------------------------------------------------------------

/// A JSON pointer of its parts, escaped: SH_POINTER(SH("numbers"), call->callee) is `/numbers/100`.
#define SH_POINTER(...) sh_pointer(SH_STRINGS(__VA_ARGS__))
/// A JSON pointer of its parts.
sh_string_t sh_pointer(sh_list_string_t parts);

/// The value that a pointer leads to, as JSON text.
sh_option_string_t sh_setting(sh_string_t pointer);
/// A string; none if there is no string there.
sh_option_string_t sh_setting_string(sh_string_t pointer);
/// A whole number, or the fallback if there is none there.
int64_t sh_setting_int(sh_string_t pointer, int64_t fallback);
/// A truth value, or the fallback if there is none there.
bool sh_setting_bool(sh_string_t pointer, bool fallback);
/// The strings of an array; empty if there is no array.
sh_list_string_t sh_setting_strings(sh_string_t pointer);
/// The names of the members of an object; empty if there is no object.
sh_list_string_t sh_setting_names(sh_string_t pointer);

// ---- JSON ---------------------------------------------------------------------------------------------------------------

/// The value that a pointer leads to in a JSON text, as JSON text; none if there is none, or the text is no JSON on the way there.
sh_option_string_t sh_json_get(sh_string_t json, sh_string_t pointer);
/// The text of a JSON string; none if it is no string.
sh_option_string_t sh_json_string(sh_string_t json);
/// A whole number. False if it is none.
bool sh_json_int(sh_string_t json, int64_t *value);
/// Goes through an array or an object: begin with `*at` = 0. False at the end. `name` is none in an array.
bool sh_json_next(sh_string_t json, size_t *at, sh_option_string_t *name, sh_string_t *value);
/// A text as a JSON string, quotes included.
sh_string_t sh_json_quote(sh_string_t text);

// ---- State --------------------------------------------------------------------------------------------------------------

/// The value of a key.
sh_option_string_t sh_state_get(sh_string_t key);
/// Sets a key for so many seconds (0: it stays). False: it was not stored; `error` says why, if it is not NULL.
bool sh_state_set(sh_string_t key, sh_string_t value, uint32_t ttl_seconds, sh_state_error_t *error);
/// Removes a key. True if it was there.
bool sh_state_delete(sh_string_t key);
/// Adds to a number; `sum` is what comes out. False: `error` says why, if it is not NULL.
bool sh_state_increment(sh_string_t key, int64_t by, uint32_t ttl_seconds, int64_t *sum, sh_state_error_t *error);
/// Sets a key if its value is the expected one (none: if it is not there); `swapped` says whether it was. False: an error.
bool sh_state_compare_and_set(sh_string_t key, sh_option_string_t expected, sh_string_t value, uint32_t ttl_seconds,
                              bool *swapped, sh_state_error_t *error);
/// The name of an error, such as `quota`.
const char *sh_state_error_name(sh_state_error_t error);

// ---- Time, chance -------------------------------------------------------------------------------------------------------

/// Now: milliseconds since the Unix epoch.
uint64_t sh_now(void);
/// What the clocks of a zone show. False: there is no such zone; `error` says so, if it is not NULL.
bool sh_local_time(sh_string_t zone, uint64_t at, sh_local_time_t *local, sh_string_t *error);
/// A random number.
uint64_t sh_random(void);
/// Random bytes.
sh_list_u8_t sh_random_bytes(uint64_t count);

// ---- Metrics ------------------------------------------------------------------------------------------------------------

/// Adds to a counter: sh_count(SH("calls_total"), SH_LABELS(sh_label(SH("kind"), SH("outside"))), 1).
void sh_count(sh_string_t name, sh_list_label_t labels, uint64_t by);
/// Sets a gauge.
void sh_gauge(sh_string_t name, sh_list_label_t labels, double value);
/// Adds one observation to a histogram of times.
void sh_observe(sh_string_t name, sh_list_label_t labels, double seconds);

// ---- Clients, agents, queues --------------------------------------------------------------------------------------------

/// Whether a client has at least one contact now.
bool sh_registered(sh_string_t client);
/// The contacts of a client.
sh_list_string_t sh_contacts(sh_string_t client);
/// How many calls a client takes part in now.
uint32_t sh_active_calls(sh_string_t client);
/// An agent by name. False if there is none.
bool sh_find_agent(sh_string_t name, sh_agent_t *agent);
/// The agents, those with a skill if one is given.
sh_list_agent_t sh_agents(sh_option_string_t skill);
/// A queue by name. False if there is none.
bool sh_find_queue(sh_string_t name, sh_queue_t *queue);

// ---- HTTP ---------------------------------------------------------------------------------------------------------------

/// Sends a request to a host that the operator granted, and waits for the whole response. False: `error` says why.
bool sh_http_fetch(const sh_http_request_t *request, sh_http_response_t *response, sh_http_error_t *error);
/// Bytes as text, such as the body of a response; not copied.
sh_string_t sh_bytes_text(sh_list_u8_t bytes);
/// Text as bytes, such as the body of a request; not copied.
sh_list_u8_t sh_text_bytes(sh_string_t text);

#ifdef __cplusplus
}
#endif

#endif
