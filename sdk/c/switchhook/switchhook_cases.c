// The double of the switch: how it asks a plugin, and the case files.
#define _DEFAULT_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "double.h"
#include "switchhook_test.h"

#pragma weak sh_plugin_router
#pragma weak sh_plugin_gatekeeper
#pragma weak sh_plugin_observer

static int good, bad;
// The number of the case that is running, from 1.
static unsigned number = 1;

void sh_test_read(const sh_meta *type, sh_option_string_t json, void *value) {
  sh_string_t why;
  if (!json.is_some || sh_vocabulary_read(type, json.value, value, &why)) return;
  fprintf(stderr, "this is not in the vocabulary: %s: %s\n", sh_c_string(json.value), sh_c_string(why));
  exit(2);
}

static const char *written(const sh_meta *type, const void *value) {
  sh_buffer out = {0};
  sh_vocabulary_write(type, value, &out);
  return sh_c_string((sh_string_t){out.bytes, out.len});
}

static void exported(const void *table, const char *what) {
  if (table) return;
  fprintf(stderr, "the plugin has no %s\n", what);
  exit(2);
}

static void usual(sh_string_t *field, sh_string_t value) {
  if (field->len == 0) *field = value;
}

static sh_call_t call_of(const char *json) {
  sh_call_t call;
  sh_test_read(&sh_meta_call, (sh_option_string_t){true, sh_text(json)}, &call);
  usual(&call.id, sh_format("case-%u", number));
  usual(&call.sip_call_id, sh_format("%.*s@192.0.2.7", SH_ARG(call.id)));
  usual(&call.domain, SH("example.com"));
  if (!sh_json_get(sh_text(json), SH("/caller")).is_some) call.caller = SH("1001");
  if (!sh_json_get(sh_text(json), SH("/callee")).is_some) call.callee = SH("100");
  usual(&call.source_address, SH("192.0.2.7:5060"));
  if (!sh_json_get(sh_text(json), SH("/received_at")).is_some) call.received_at = sh_now();
  if (!sh_json_get(sh_text(json), SH("/origin")).is_some)
    call.origin = (sh_origin_t){.tag = SH_ORIGIN_CLIENT, .client = call.caller};
  return call;
}

static const char *error_of(sh_string_t text) { return sh_c_string(sh_format("{\"error\":%.*s}", SH_ARG(sh_json_quote(text)))); }

const char *sh_test_route(const char *json) {
  exported(&sh_plugin_router, "SWITCHHOOK_ROUTER");
  sh_call_t call = call_of(json);
  sh_route_result_t result = sh_plugin_router.route(&call);
  return result.is_err ? error_of(result.err) : written(&sh_meta_decision, &result.ok);
}

const char *sh_test_resume(const char *json, const char *tag, const char *outcome) {
  exported(&sh_plugin_router, "SWITCHHOOK_ROUTER");
  sh_call_t call = call_of(json);
  sh_outcome_t what;
  sh_test_read(&sh_meta_outcome, (sh_option_string_t){true, sh_text(outcome)}, &what);
  if (!sh_plugin_router.resume) return "\"proceed\"";
  sh_resume_result_t result = sh_plugin_router.resume(&call, sh_text(tag), &what);
  return result.is_err ? error_of(result.err) : written(&sh_meta_continuation, &result.ok);
}

static sh_registration_t registration_of(const char *json) {
  sh_registration_t registration;
  sh_test_read(&sh_meta_registration, (sh_option_string_t){true, sh_text(json)}, &registration);
  usual(&registration.domain, SH("example.com"));
  usual(&registration.source_address, SH("192.0.2.7:5060"));
  if (!sh_json_get(sh_text(json), SH("/expires_seconds")).is_some) registration.expires_seconds = 3600;
  if (!sh_json_get(sh_text(json), SH("/received_at")).is_some) registration.received_at = sh_now();
  if (!sh_json_get(sh_text(json), SH("/contacts")).is_some)
    registration.contacts = SH_STRINGS(sh_format("sip:%.*s@192.0.2.7:5060", SH_ARG(registration.username)));
  usual(&registration.credentials.username, registration.username);
  usual(&registration.credentials.realm, registration.domain);
  usual(&registration.credentials.nonce, SH("5f2b7c1e"));
  usual(&registration.credentials.uri, sh_format("sip:%.*s", SH_ARG(registration.domain)));
  usual(&registration.credentials.response, SH("00000000000000000000000000000000"));
  usual(&registration.credentials.method, SH("REGISTER"));
  return registration;
}

const char *sh_test_register(const char *json) {
  exported(&sh_plugin_gatekeeper, "SWITCHHOOK_GATEKEEPER");
  sh_registration_t registration = registration_of(json);
  sh_register_result_t result = sh_plugin_gatekeeper.decide(&registration);
  if (result.is_err) return sh_c_string(sh_format("{\"refusal\":%s}", written(&sh_meta_refusal, &result.err)));
  return sh_c_string(sh_format("{\"grant\":%s}", written(&sh_meta_grant, &result.ok)));
}

static bool among(sh_string_t name, const sh_meta *record) {
  for (size_t i = 0; i < record->count; i++)
    if (sh_is(name, record->items[i].name)) return true;
  return false;
}

static void add_member(sh_buffer *out, sh_string_t name, sh_string_t value) {
  sh_string_t member = sh_format("%s%.*s:%.*s", out->len > 0 ? "," : "", SH_ARG(sh_json_quote(name)), SH_ARG(value));
  sh_buffer_add(out, member.ptr, member.len);
}

// The events of case files are flat, as webhooks and the switch's own stream have them: `type`, and the members of its record.
static sh_string_t event_kind(sh_string_t type, sh_string_t members) {
  static const char *const kinds[][2] = {{"call.initiated", "initiated"}, {"call.decided", "decided"}, {"verb.started", "verb-started"},
      {"verb.ended", "verb-ended"}, {"call.trying", "leg-trying"}, {"call.ringing", "leg-ringing"}, {"call.answered", "leg-answered"},
      {"call.leg-failed", "leg-failed"}, {"call.hangup", "leg-hung-up"}, {"call.reinvited", "reinvited"},
      {"call.transfer-requested", "transfer-requested"}, {"recording.available", "recording-available"},
      {"call.completed", "completed"}};
  for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
    if (!sh_is(type, kinds[i][0])) continue;
    if (sh_is(type, "call.initiated")) return SH("\"initiated\"");
    sh_string_t record = sh_format("{%.*s}", SH_ARG(members));
    if (sh_is(type, "call.reinvited")) record = sh_json_get(record, SH("/by")).value;
    return sh_format("{\"%s\":%.*s}", kinds[i][1], SH_ARG(record));
  }
  return sh_json_quote(type);
}

static sh_event_t event_of(const char *json) {
  sh_event_t event;
  sh_buffer common = {0}, members = {0};
  size_t at = 0;
  sh_option_string_t name, type = {0};
  sh_string_t value;
  while (sh_json_next(sh_text(json), &at, &name, &value)) {
    if (sh_is(name.value, "type")) type = sh_json_string(value);
    else add_member(among(name.value, &sh_meta_event) ? &common : &members, name.value, value);
  }
  add_member(&common, SH("kind"), event_kind(type.value, (sh_string_t){members.bytes, members.len}));
  sh_test_read(&sh_meta_event, (sh_option_string_t){true, sh_format("{%.*s}", SH_ARG(((sh_string_t){common.bytes, common.len})))}, &event);
  usual(&event.call_id, sh_format("case-%u", number));
  usual(&event.sip_call_id, sh_format("%.*s@192.0.2.7", SH_ARG(event.call_id)));
  usual(&event.domain, SH("example.com"));
  usual(&event.caller, SH("1001"));
  usual(&event.callee, SH("100"));
  if (event.at == 0) event.at = sh_now();
  if (!sh_json_get(sh_text(json), SH("/origin")).is_some)
    event.origin = (sh_origin_t){.tag = SH_ORIGIN_CLIENT, .client = event.caller};
  return event;
}

void sh_test_event(const char *json) {
  exported(&sh_plugin_observer, "SWITCHHOOK_OBSERVER");
  sh_event_t event = event_of(json);
  sh_plugin_observer.on_event(&event);
}

// JSON without the blanks outside of strings.
static sh_string_t compact(sh_string_t json) {
  char *out = sh_alloc(json.len);
  size_t len = 0;
  bool inside = false;
  for (size_t i = 0; i < json.len; i++) {
    char c = json.ptr[i];
    if (inside && c == '\\') out[len++] = json.ptr[i++];
    else if (c == '"') inside = !inside;
    if (inside || !strchr(" \n\r\t", c)) out[len++] = json.ptr[i];
  }
  return (sh_string_t){out, len};
}

// What was expected as the vocabulary writes it: what is default left out.
static sh_string_t normal(sh_string_t json) {
  static const struct { const char *member; const sh_meta *type; size_t size; } forms[] = {
      {"/script", &sh_meta_decision, 0}, {"/next", &sh_meta_decision, 0}, {"/grant", &sh_meta_grant, 1}, {"/refusal", &sh_meta_refusal, 1}};
  for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
    sh_option_string_t part = sh_json_get(json, sh_text(forms[i].member));
    if (!part.is_some) continue;
    union { sh_decision_t decision; sh_grant_t grant; sh_refusal_t refusal; } value;
    bool inside = forms[i].size > 0;
    sh_test_read(forms[i].type, (sh_option_string_t){true, inside ? part.value : json}, &value);
    const char *text = written(forms[i].type, &value);
    return inside ? sh_format("{\"%s\":%s}", forms[i].member + 1, text) : sh_text(text);
  }
  return compact(json);
}

static bool contains(sh_string_t text, sh_string_t part) {
  for (size_t i = 0; i + part.len <= text.len; i++)
    if (sh_starts_with(sh_after(text, i), part)) return true;
  return false;
}

static bool as_expected(sh_string_t actual, sh_string_t expected) {
  sh_option_string_t error = sh_json_get(expected, SH("/error"));
  if (!error.is_some) return sh_equal(compact(actual), normal(expected));
  sh_option_string_t got = sh_json_get(actual, SH("/error"));
  return got.is_some && contains(sh_json_string(got.value).value, sh_json_string(error.value).value);
}

void sh_test_check(const char *file, int line, bool holds, const char *condition) {
  if (holds) good++;
  else {
    bad++;
    printf("%s:%d: not so: %s\n", file, line, condition);
  }
}

void sh_test_expect(const char *file, int line, const char *actual, const char *expected) {
  if (as_expected(sh_text(actual), sh_text(expected))) {
    good++;
    return;
  }
  bad++;
  printf("%s:%d:\n  expected %s\n  got      %s\n", file, line, sh_c_string(normal(sh_text(expected))), actual);
}

int sh_test_result(void) {
  printf("%d good, %d bad\n", good, bad);
  return bad > 0;
}

// The whole of a file; NULL: it cannot be read.
static char *file_text(const char *path) {
  FILE *file = fopen(path, "rb");
  if (!file) return NULL;
  char *text = NULL;
  size_t len = 0, got;
  do {
    text = realloc(text, len + 4097);
    if (!text) abort();
    got = fread(text + len, 1, 4096, file);
    len += got;
  } while (got > 0);
  text[len] = 0;
  fclose(file);
  return text;
}

static const char *part(sh_string_t json, const char *pointer, const char *fallback) {
  sh_option_string_t found = sh_json_get(json, sh_text(pointer));
  return found.is_some ? sh_c_string(found.value) : fallback;
}

static const char *text_part(sh_string_t json, const char *pointer, const char *fallback) {
  sh_option_string_t found = sh_json_get(json, sh_text(pointer));
  return found.is_some ? sh_c_string(sh_json_string(found.value).value) : fallback;
}

static void prepare(sh_string_t one, const char *settings) {
  sh_test_reset();
  sh_test_at(text_part(one, "/at", "2026-01-15T12:00:00Z"));
  sh_test_settings(part(one, "/settings", settings));
  sh_test_directory(part(one, "/directory", "{}"));
  sh_test_http(part(one, "/http", "[]"));
  sh_option_string_t state = sh_json_get(one, SH("/state")), key;
  size_t at = 0;
  sh_string_t value;
  while (state.is_some && sh_json_next(state.value, &at, &key, &value))
    sh_test_set_state(sh_c_string(key.value), sh_c_string(sh_json_string(value).value));
}

static const char *ask(sh_string_t one) {
  const char *call = part(one, "/call", "{}");
  const char *registration = part(one, "/register", NULL), *event = part(one, "/event", NULL);
  if (registration) return sh_test_register(registration);
  if (event) {
    sh_test_event(event);
    return "null";
  }
  if (part(one, "/resume", NULL)) return sh_test_resume(call, text_part(one, "/resume/tag", ""), part(one, "/resume/outcome", "\"completed\""));
  return sh_test_route(call);
}

static bool state_as_expected(sh_string_t one) {
  sh_option_string_t state = sh_json_get(one, SH("/expect_state")), key;
  size_t at = 0;
  sh_string_t value;
  while (state.is_some && sh_json_next(state.value, &at, &key, &value)) {
    const char *now = sh_test_state(sh_c_string(key.value));
    sh_option_string_t text = sh_json_string(value);
    if (!now || !text.is_some ? now || text.is_some : !sh_is(text.value, now)) return false;
  }
  return true;
}

static bool requests_as_expected(sh_string_t one) {
  sh_option_string_t wanted = sh_json_get(one, SH("/expect_http"));
  sh_string_t sent = sh_text(sh_test_requests()), want, got;
  size_t at = 0, sent_at = 0;
  if (!wanted.is_some) return true;
  while (sh_json_next(wanted.value, &at, NULL, &want)) {
    if (!sh_json_next(sent, &sent_at, NULL, &got)) return false;
    size_t member = 0;
    sh_option_string_t name;
    sh_string_t value;
    while (sh_json_next(want, &member, &name, &value)) {
      sh_option_string_t is = sh_json_get(got, SH_POINTER(name.value)), text = sh_json_string(value);
      if (!is.is_some) continue;
      sh_string_t actual = sh_json_string(is.value).value;
      if (text.is_some ? !sh_equal(text.value, actual) : !sh_equal(compact(value), compact(actual))) return false;
    }
  }
  return !sh_json_next(sent, &sent_at, NULL, &got);
}

static bool run(sh_string_t one, const char *settings) {
  prepare(one, settings);
  const char *actual = ask(one), *expected = part(one, "/expect", "null");
  bool decided = as_expected(sh_text(actual), sh_text(expected)), state = state_as_expected(one), http = requests_as_expected(one);
  if (decided && state && http) return true;
  printf("%s:\n", text_part(one, "/name", "a case without a name"));
  if (!decided) printf("  expected %s\n  got      %s\n", sh_c_string(normal(sh_text(expected))), actual);
  if (!state) printf("  the state is not as expected\n");
  if (!http) printf("  the requests are not as expected: %s\n", sh_test_requests());
  return false;
}

int sh_test_cases(const char *cases, const char *settings) {
  char *text = file_text(cases), *own = settings ? file_text(settings) : NULL;
  if (!text || (settings && !own)) {
    printf("cannot read %s\n", text ? settings : cases);
    free(text);
    bad++;
    return 1;
  }
  int failed = 0;
  size_t at = 0;
  sh_string_t one;
  // The list lies in the file's text, which outlives the arena that every case begins with anew.
  sh_option_string_t list = sh_json_get(sh_text(text), SH("/cases")), common = sh_json_get(sh_text(text), SH("/settings"));
  for (number = 1; list.is_some && sh_json_next(list.value, &at, NULL, &one); number++) {
    char *given = common.is_some ? strndup(common.value.ptr, common.value.len) : NULL;
    if (run(one, given ? given : own ? own : "{}")) good++;
    else {
      bad++;
      failed++;
    }
    free(given);
  }
  number = 1;
  free(text);
  free(own);
  return failed;
}
