// Plugins for Switchhook in C++20: builders for decisions, and everything that a plugin can ask the switch. It needs neither
// exceptions nor run-time type information.
//
//   #include "switchhook.hpp"
//   using namespace switchhook;
//
//   struct Desk {
//     static Route route(const Call &call) {
//       if (call.callee == "0") return connect(client("alice")).timeout(20);
//       return next();
//     }
//   };
//
//   SWITCHHOOK_ROUTER(Desk);
//
// Text given to a builder is copied, so that it may be a temporary. Text that comes out is a view and lives until the end of the
// decision. The vocabulary (sh_call_t, sh_verb_t …) with its documentation is in contract.h.
#ifndef SWITCHHOOK_HPP
#define SWITCHHOOK_HPP

#include <initializer_list>
#include <optional>
#include <string_view>
#include <type_traits>

#include "switchhook.h"

// Text and lists of the contract behave as one expects of them in C++.
inline bool operator==(sh_string_t a, std::string_view b) { return std::string_view(a) == b; }
template <class List>
  requires requires(const List &list) { list.ptr + list.len; }
auto begin(const List &list) { return list.ptr; }
template <class List>
  requires requires(const List &list) { list.ptr + list.len; }
auto end(const List &list) { return list.ptr + list.len; }

namespace switchhook {

using std::string_view;
using Call = sh_call_t;
using Outcome = sh_outcome_t;
using Registration = sh_registration_t;
using Event = sh_event_t;
using LocalTime = sh_local_time_t;

// ---- Between C++ and the contract ---------------------------------------------------------------------------------------

/// A copy that lives until the end of the decision.
inline sh_string_t keep(string_view text) { return {static_cast<const char *>(sh_copy(text.data(), text.size())), text.size()}; }
/// A text that the SDK only looks at.
inline sh_string_t look(string_view text) { return {text.data(), text.size()}; }
/// An option of the contract as one of C++.
inline std::optional<string_view> view(sh_option_string_t text) {
  if (!text.is_some) return std::nullopt;
  return string_view(text.value);
}
/// Adds to a list of the contract.
template <class List, class Item>
void append(List &list, const Item &item) {
  using Element = std::remove_pointer_t<decltype(list.ptr)>;
  auto *longer = static_cast<Element *>(sh_alloc((list.len + 1) * sizeof(Element)));
  for (size_t i = 0; i < list.len; i++) longer[i] = list.ptr[i];
  longer[list.len] = item;
  list = {longer, list.len + 1};
}

// ---- Targets, prompts ---------------------------------------------------------------------------------------------------

/// Whom a `connect` calls.
struct Target : sh_target_t {
  /// It rings for at most so many seconds.
  Target &ringing(uint32_t seconds) { return ring_seconds = {true, seconds}, *this; }
};

/// A client of the domain.
inline Target client(string_view username) { return {sh_client(keep(username))}; }
/// A number behind a trunk.
inline Target trunk(string_view name, string_view number) { return {sh_trunk(keep(name), keep(number))}; }
/// A `sip:` or `sips:` URI.
inline Target uri(string_view text) { return {sh_uri(keep(text))}; }
/// The members of a ring group.
inline Target ring_group(string_view name) { return {sh_ring_group(keep(name))}; }

/// Something that a caller hears.
struct Prompt : sh_prompt_t {};

/// Words that are spoken; without a language in the domain's.
inline Prompt speech(string_view words, string_view language = {}) {
  Prompt prompt{sh_speech(keep(words))};
  if (!language.empty()) prompt.speech.language = {true, keep(language)};
  return prompt;
}
/// A file of the media folder.
inline Prompt file(string_view path) { return {sh_file(keep(path))}; }
/// A file behind a URL.
inline Prompt url(string_view text) { return {sh_url(keep(text))}; }
/// A tone: SH_TONE_KIND_….
inline Prompt tone(sh_tone_kind_t kind, uint32_t milliseconds) { return {sh_tone(kind, milliseconds)}; }

// ---- Verbs --------------------------------------------------------------------------------------------------------------

/// One step of a script. All fields of the contract are there as well: `verb.connect.strategy = …`.
struct Verb : sh_verb_t {
  /// A verb of this kind with nothing in it.
  explicit Verb(uint8_t kind) : sh_verb_t{} { tag = kind; }
};

/// See `connect`.
struct Connect : Verb {
  Connect() : Verb(SH_VERB_CONNECT) {}
  /// One more target.
  Connect &to(const Target &target) { return append(connect.targets, target), *this; }
  /// SH_STRATEGY_….
  Connect &strategy(sh_strategy_t order) { return connect.strategy = order, *this; }
  /// How long all of it may take: seconds.
  Connect &timeout(uint32_t seconds) { return connect.timeout_seconds = {true, seconds}, *this; }
  /// The number that is shown.
  Connect &caller_id(string_view number) { return connect.caller_id = {true, keep(number)}, *this; }
  /// The name that is shown.
  Connect &caller_name(string_view name) { return connect.caller_name = {true, keep(name)}, *this; }
  /// What the caller hears while it rings.
  Connect &ringback(const Prompt &prompt) { return connect.ringback = {true, prompt}, *this; }
  /// When the called side hangs up, the next verb follows.
  Connect &keep_caller() { return connect.keep_caller = true, *this; }
  /// Connect although an earlier `connect` was answered.
  Connect &reconnect() { return connect.reconnect = true, *this; }
  /// A name in events.
  Connect &label(string_view name) { return connect.label = {true, keep(name)}, *this; }
  /// Ask back.
  Connect &tagged(string_view name) { return connect.tag = {true, keep(name)}, *this; }
  /// A header field of the INVITE.
  Connect &header(string_view name, string_view value) { return append(connect.headers, sh_header(keep(name), keep(value))), *this; }
};

/// Call one target or, with `to`, more of them.
inline Connect connect(const Target &target) { return Connect().to(target); }
/// Call several targets.
inline Connect connect(std::initializer_list<Target> targets) {
  Connect verb;
  for (const Target &target : targets) verb.to(target);
  return verb;
}

/// See `announce`.
struct Announce : Verb {
  Announce() : Verb(SH_VERB_ANNOUNCE) { announce.times = 1; }
  /// One more prompt.
  Announce &then(const Prompt &prompt) { return append(announce.prompts, prompt), *this; }
  /// How often all of it is played.
  Announce &times(uint8_t count) { return announce.times = count, *this; }
  /// Keys that end it.
  Announce &stop_keys(string_view keys) { return announce.stop_keys = keep(keys), *this; }
  /// Ask back.
  Announce &tagged(string_view name) { return announce.tag = {true, keep(name)}, *this; }
};

/// Play a prompt.
inline Announce announce(const Prompt &prompt) { return Announce().then(prompt); }

/// See `gather`.
struct Gather : Verb {
  explicit Gather(uint8_t digits) : Verb(SH_VERB_GATHER) {
    gather.max_digits = digits;
    gather.first_digit_milliseconds = 5000;
    gather.inter_digit_milliseconds = 3000;
  }
  /// One more prompt.
  Gather &playing(const Prompt &prompt) { return append(gather.prompts, prompt), *this; }
  /// Keys that finish the input.
  Gather &finish_keys(string_view keys) { return gather.finish_keys = keep(keys), *this; }
  /// How long the caller may take for the first key, and between two: milliseconds.
  Gather &waiting(uint32_t first, uint32_t between) {
    gather.first_digit_milliseconds = first;
    gather.inter_digit_milliseconds = between;
    return *this;
  }
  /// Ask back.
  Gather &tagged(string_view name) { return gather.tag = {true, keep(name)}, *this; }
};

/// Collect at most so many keys.
inline Gather gather(uint8_t max_digits) { return Gather(max_digits); }

/// See `enqueue`.
struct Enqueue : Verb {
  explicit Enqueue(string_view queue) : Verb(SH_VERB_ENQUEUE) { enqueue.queue = keep(queue); }
  /// A skill that the agent must have.
  Enqueue &skill(string_view name) { return append(enqueue.skills, keep(name)), *this; }
  /// Whoever has more is served first.
  Enqueue &priority(int16_t value) { return enqueue.priority = value, *this; }
  /// How long the caller waits at most: seconds.
  Enqueue &timeout(uint32_t seconds) { return enqueue.timeout_seconds = {true, seconds}, *this; }
  /// What the caller hears.
  Enqueue &music(const Prompt &prompt) { return enqueue.music = {true, prompt}, *this; }
  /// Ask back.
  Enqueue &tagged(string_view name) { return enqueue.tag = {true, keep(name)}, *this; }
};

/// Let the caller wait for an agent.
inline Enqueue enqueue(string_view queue) { return Enqueue(queue); }

/// See `voicemail`.
struct Voicemail : Verb {
  explicit Voicemail(string_view mailbox) : Verb(SH_VERB_VOICEMAIL) { voicemail.mailbox = keep(mailbox); }
  /// What is played first.
  Voicemail &greeting(const Prompt &prompt) { return voicemail.greeting = {true, prompt}, *this; }
  /// Ask back.
  Voicemail &tagged(string_view name) { return voicemail.tag = {true, keep(name)}, *this; }
};

/// Let the caller leave a message.
inline Voicemail voicemail(string_view mailbox) { return Voicemail(mailbox); }

/// See `conference`.
struct Conference : Verb {
  explicit Conference(string_view room) : Verb(SH_VERB_CONFERENCE) { conference.room = keep(room); }
  /// Digits that the caller must press.
  Conference &pin(string_view digits) { return conference.pin = {true, keep(digits)}, *this; }
  /// The caller can only listen.
  Conference &muted() { return conference.muted = true, *this; }
  /// The conference begins with this caller and ends without them.
  Conference &moderator() { return conference.moderator = true, *this; }
  /// What the caller hears until it begins.
  Conference &music(const Prompt &prompt) { return conference.music = {true, prompt}, *this; }
  /// Ask back.
  Conference &tagged(string_view name) { return conference.tag = {true, keep(name)}, *this; }
};

/// Put the caller into a room.
inline Conference conference(string_view room) { return Conference(room); }

/// See `stream`.
struct Stream : Verb {
  explicit Stream(string_view url) : Verb(SH_VERB_STREAM) { stream.url = keep(url); }
  /// SH_STREAM_TRACK_….
  Stream &track(sh_stream_track_t which) { return stream.track = which, *this; }
  /// What the server is told in the first message.
  Stream &parameter(string_view name, string_view value) { return append(stream.parameters, sh_variable(keep(name), keep(value))), *this; }
  /// Ask back.
  Stream &tagged(string_view name) { return stream.tag = {true, keep(name)}, *this; }
};

/// Send the caller's audio to a WebSocket server.
inline Stream stream(string_view url) { return Stream(url); }

/// See `respond`.
struct Respond : Verb {
  explicit Respond(uint16_t status) : Verb(SH_VERB_RESPOND) { respond.status = status; }
  /// The reason phrase.
  Respond &reason(string_view phrase) { return respond.reason = {true, keep(phrase)}, *this; }
  /// A header field of the response.
  Respond &header(string_view name, string_view value) { return append(respond.headers, sh_header(keep(name), keep(value))), *this; }
};

/// End the call with a final response.
inline Respond respond(uint16_t status) { return Respond(status); }

/// Answer the caller's leg.
inline Verb answer() { return Verb(SH_VERB_ANSWER); }

/// Record the call: SH_RECORDING_ACTION_START, _PAUSE or _STOP.
inline Verb record(uint8_t action) {
  Verb verb(SH_VERB_RECORD);
  verb.record.action.tag = action;
  return verb;
}

/// Record a message that the caller speaks: it ends after so many seconds, or so many of silence.
inline Verb record_message(uint32_t max_seconds, uint32_t silence_seconds, string_view tag, bool beep = true) {
  Verb verb(SH_VERB_RECORD);
  verb.record.action.tag = SH_RECORDING_ACTION_MESSAGE;
  verb.record.action.message = {max_seconds, silence_seconds, {}, beep};
  verb.record.tag = {true, keep(tag)};
  return verb;
}

/// Wait.
inline Verb pause(uint32_t milliseconds) {
  Verb verb(SH_VERB_PAUSE);
  verb.pause.milliseconds = milliseconds;
  return verb;
}

/// Send keys to the other side.
inline Verb send_digits(string_view digits) {
  Verb verb(SH_VERB_SEND_DIGITS);
  verb.send_digits.digits = keep(digits);
  return verb;
}

/// Set a variable of the call.
inline Verb set_variable(string_view name, string_view value) {
  Verb verb(SH_VERB_SET_VARIABLE);
  verb.set_variable = sh_variable(keep(name), keep(value));
  return verb;
}

/// Let another plugin decide.
inline Verb delegate(string_view plugin) {
  Verb verb(SH_VERB_DELEGATE);
  verb.delegate.plugin = keep(plugin);
  return verb;
}

/// Route the call anew.
inline Verb redial(string_view callee) {
  Verb verb(SH_VERB_REDIAL);
  verb.redial.callee = keep(callee);
  return verb;
}

// ---- Answers ------------------------------------------------------------------------------------------------------------

/// Verbs that are carried out one after another.
struct Script {
  sh_list_verb_t verbs{};
  /// One more verb.
  Script &add(const Verb &verb) { return append(verbs, verb), *this; }
  /// Whether there is no verb yet.
  bool empty() const { return verbs.len == 0; }
};

/// A script of these verbs.
inline Script script(std::initializer_list<Verb> verbs) {
  Script all;
  for (const Verb &verb : verbs) all.add(verb);
  return all;
}

/// Leave the call to the next plugin of the chain.
struct Next {
  sh_list_variable_t variables{};
  /// With a variable.
  Next &with(string_view name, string_view value) { return append(variables, sh_variable(keep(name), keep(value))), *this; }
};

/// Leave the call to the next plugin of the chain.
inline Next next() { return {}; }

/// Why there is no decision.
struct Error {
  sh_string_t why;
};

/// The decision failed.
inline Error fail(string_view why) { return {keep(why)}; }

/// Go on with the rest of the script.
struct Proceed {};

/// Go on with the rest of the script.
inline Proceed proceed() { return {}; }

/// What `route` returns: a verb, a script, `next()` or `fail(…)`.
struct Route : sh_route_result_t {
  Route(const Verb &verb) : Route(Script().add(verb)) {}
  Route(const Script &script) : sh_route_result_t(sh_script(script.verbs)) {}
  Route(const Next &next) : sh_route_result_t(sh_next(next.variables)) {}
  Route(const Error &error) : sh_route_result_t(sh_fail(error.why)) {}
};

/// What `resume` returns: a verb, a script, `proceed()` or `fail(…)`.
struct Resume : sh_resume_result_t {
  Resume(const Verb &verb) : Resume(Script().add(verb)) {}
  Resume(const Script &script) : sh_resume_result_t(sh_resume_script(script.verbs)) {}
  Resume(Proceed) : sh_resume_result_t(sh_proceed()) {}
  Resume(const Error &error) : sh_resume_result_t(sh_resume_fail(error.why)) {}
};

/// What `decide` of a gatekeeper returns: `sh_grant_password(…)`, `sh_refuse(403)` …
using Admission = sh_register_result_t;

// ---- What a call has ----------------------------------------------------------------------------------------------------

/// The first header field of this name.
inline std::optional<string_view> header(const Call &call, string_view name) { return view(sh_find_header(call.headers, look(name))); }
/// A variable of this name.
inline std::optional<string_view> variable(const Call &call, string_view name) { return view(sh_find_variable(call.variables, look(name))); }
/// The keys that were pressed; none if it was something else that came of the verb.
inline std::optional<string_view> digits(const Outcome &outcome) {
  if (outcome.tag != SH_OUTCOME_DIGITS) return std::nullopt;
  return string_view(outcome.digits.digits);
}

// ---- What a plugin can ask ----------------------------------------------------------------------------------------------

namespace log {
inline void error(string_view line) { sh_log_text(SH_LOG_LEVEL_ERROR, look(line)); }
inline void warn(string_view line) { sh_log_text(SH_LOG_LEVEL_WARN, look(line)); }
inline void info(string_view line) { sh_log_text(SH_LOG_LEVEL_INFO, look(line)); }
inline void debug(string_view line) { sh_log_text(SH_LOG_LEVEL_DEBUG, look(line)); }
inline void trace(string_view line) { sh_log_text(SH_LOG_LEVEL_TRACE, look(line)); }
}  // namespace log

namespace settings {
/// A JSON pointer of its parts, escaped: pointer("numbers", call.callee) is `/numbers/100`.
template <class... Parts>
string_view pointer(const Parts &...parts) {
  sh_string_t list[] = {look(string_view(parts))...};
  return sh_pointer({list, sizeof...(parts)});
}
/// Whether there is a value.
inline bool has(string_view pointer) { return sh_setting(look(pointer)).is_some; }
/// A value as JSON text.
inline std::optional<string_view> json(string_view pointer) { return view(sh_setting(look(pointer))); }
/// A string.
inline std::optional<string_view> text(string_view pointer) { return view(sh_setting_string(look(pointer))); }
/// A whole number.
inline int64_t number(string_view pointer, int64_t fallback) { return sh_setting_int(look(pointer), fallback); }
/// A truth value.
inline bool flag(string_view pointer, bool fallback) { return sh_setting_bool(look(pointer), fallback); }
/// The strings of an array.
inline sh_list_string_t strings(string_view pointer) { return sh_setting_strings(look(pointer)); }
/// The names of the members of an object.
inline sh_list_string_t names(string_view pointer) { return sh_setting_names(look(pointer)); }
}  // namespace settings

namespace state {
/// A value, or the error that came instead.
template <class T>
struct Result {
  std::optional<T> value;
  sh_state_error_t error;
  explicit operator bool() const { return value.has_value(); }
  const T &operator*() const { return *value; }
  /// The name of the error, such as `quota`.
  string_view why() const { return sh_state_error_name(error); }
};
/// The value of a key.
inline std::optional<string_view> get(string_view key) { return view(sh_state_get(look(key))); }
/// Sets a key for so many seconds (0: it stays).
inline bool set(string_view key, string_view value, uint32_t ttl_seconds = 0) { return sh_state_set(look(key), look(value), ttl_seconds, nullptr); }
/// Removes a key. True if it was there.
inline bool remove(string_view key) { return sh_state_delete(look(key)); }
/// Adds to a number; the sum.
inline Result<int64_t> increment(string_view key, int64_t by, uint32_t ttl_seconds = 0) {
  int64_t sum;
  sh_state_error_t error{};
  bool ok = sh_state_increment(look(key), by, ttl_seconds, &sum, &error);
  return {ok ? std::optional(sum) : std::nullopt, error};
}
/// Sets a key if its value is the expected one; whether it was.
inline Result<bool> compare_and_set(string_view key, std::optional<string_view> expected, string_view value, uint32_t ttl_seconds = 0) {
  bool swapped;
  sh_state_error_t error{};
  sh_option_string_t before{expected.has_value(), look(expected.value_or(string_view()))};
  bool ok = sh_state_compare_and_set(look(key), before, look(value), ttl_seconds, &swapped, &error);
  return {ok ? std::optional(swapped) : std::nullopt, error};
}
}  // namespace state

namespace directory {
/// Whether a client has a contact.
inline bool registered(string_view client) { return sh_registered(look(client)); }
/// The contacts of a client.
inline sh_list_string_t contacts(string_view client) { return sh_contacts(look(client)); }
/// How many calls a client takes part in.
inline uint32_t active_calls(string_view client) { return sh_active_calls(look(client)); }
/// An agent by name.
inline std::optional<sh_agent_t> agent(string_view name) {
  sh_agent_t found;
  return sh_find_agent(look(name), &found) ? std::optional(found) : std::nullopt;
}
/// The agents of the domain.
inline sh_list_agent_t agents() { return sh_agents({}); }
/// The agents with a skill.
inline sh_list_agent_t agents(string_view skill) { return sh_agents({true, look(skill)}); }
/// A queue by name.
inline std::optional<sh_queue_t> queue(string_view name) {
  sh_queue_t found;
  return sh_find_queue(look(name), &found) ? std::optional(found) : std::nullopt;
}
}  // namespace directory

namespace clock {
/// Now: milliseconds since the Unix epoch.
inline uint64_t now() { return sh_now(); }
/// What the clocks of a zone show; none if there is no such zone.
inline std::optional<LocalTime> local(string_view zone, uint64_t at) {
  LocalTime time;
  return sh_local_time(look(zone), at, &time, nullptr) ? std::optional(time) : std::nullopt;
}
}  // namespace clock

namespace http {
/// What came of a request.
struct Reply {
  /// Whether there is a response, whatever its status.
  bool arrived;
  sh_http_response_t response;
  sh_http_error_t error;
  /// The body as text.
  string_view body() const { return sh_bytes_text(response.body); }
  /// Whether there is a response with a status of 200 to 299.
  bool ok() const { return arrived && response.status / 100 == 2; }
};
/// A request that is being put together.
struct Request : sh_http_request_t {
  Request &header(string_view name, string_view value) { return append(headers, sh_header(keep(name), keep(value))), *this; }
  Request &content(string_view text) { return body = sh_text_bytes(keep(text)), *this; }
  Request &timeout(uint32_t milliseconds) { return timeout_milliseconds = {true, milliseconds}, *this; }
  /// Sends it and waits.
  Reply send() const {
    Reply reply{};
    reply.arrived = sh_http_fetch(this, &reply.response, &reply.error);
    return reply;
  }
};
inline Request request(string_view method, string_view url) {
  Request made{};
  made.method = keep(method);
  made.url = keep(url);
  return made;
}
inline Request get(string_view url) { return request("GET", url); }
inline Request post(string_view url) { return request("POST", url); }
}  // namespace http

// ---- The plugin ---------------------------------------------------------------------------------------------------------

template <class Plugin>
constexpr sh_router router_of() {
  sh_router table{};
  table.route = [](const sh_call_t *call) -> sh_route_result_t { return Route(Plugin::route(*call)); };
  if constexpr (requires { &Plugin::resume; })
    table.resume = [](const sh_call_t *call, sh_string_t tag, const sh_outcome_t *outcome) -> sh_resume_result_t {
      return Resume(Plugin::resume(*call, string_view(tag), *outcome));
    };
  return table;
}

template <class Plugin>
constexpr sh_gatekeeper gatekeeper_of() {
  return {[](const sh_registration_t *registration) -> sh_register_result_t { return Plugin::decide(*registration); }};
}

template <class Plugin>
constexpr sh_observer observer_of() {
  return {[](const sh_event_t *event) { Plugin::on_event(*event); }};
}

}  // namespace switchhook

// Once in a plugin, each at the beginning of a line: a class with `static Route route(const Call &)` and perhaps
// `static Resume resume(const Call &, string_view tag, const Outcome &)`; one with `static Admission decide(const Registration &)`;
// one with `static void on_event(const Event &)`.
#undef SWITCHHOOK_ROUTER
#undef SWITCHHOOK_GATEKEEPER
#undef SWITCHHOOK_OBSERVER
#define SWITCHHOOK_ROUTER(Plugin) extern "C" const sh_router sh_plugin_router = switchhook::router_of<Plugin>()
#define SWITCHHOOK_GATEKEEPER(Plugin) extern "C" const sh_gatekeeper sh_plugin_gatekeeper = switchhook::gatekeeper_of<Plugin>()
#define SWITCHHOOK_OBSERVER(Plugin) extern "C" const sh_observer sh_plugin_observer = switchhook::observer_of<Plugin>()

#endif
