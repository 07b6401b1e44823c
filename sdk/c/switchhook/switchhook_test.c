// The double of the switch: what it answers to a plugin. How it asks one is in switchhook_cases.c.
#define _DEFAULT_SOURCE
#include "switchhook_test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "double.h"

enum { MOST_KEYS = 10000, LONGEST_KEY = 256, LONGEST_VALUE = 64 * 1024 };

typedef struct entry {
  sh_string_t key;
  sh_string_t value;
  uint64_t expires_at;  // 0: never
} entry;

static struct {
  sh_string_t settings, directory, http;
  uint64_t now, random;
  entry *state;
  size_t keys;
  sh_buffer log, metrics, requests;
} host = {.settings = {"{}", 2}, .directory = {"{}", 2}, .http = {"[]", 2}, .now = 1768478400000};

void sh_test_reset(void) {
  free(host.state);
  sh_arena_reset();
  memset(&host, 0, sizeof host);
  host.settings = host.directory = SH("{}");
  host.http = SH("[]");
  host.now = 1768478400000;  // 2026-01-15T12:00:00Z
}

static sh_string_t kept(const char *text) {
  sh_string_t given = sh_text(text);
  return (sh_string_t){sh_copy(given.ptr, given.len), given.len};
}

void sh_test_settings(const char *json) { host.settings = kept(json); }

void sh_test_directory(const char *json) { host.directory = kept(json); }

void sh_test_http(const char *json) { host.http = kept(json); }

void sh_test_at(const char *time) {
  struct tm tm = {0};
  int sign = 0, hours = 0, minutes = 0;
  char zone = 'Z';
  int read = sscanf(time, "%d-%d-%dT%d:%d:%d%c%d:%d", &tm.tm_year, &tm.tm_mon, &tm.tm_mday, &tm.tm_hour, &tm.tm_min, &tm.tm_sec, &zone,
                    &hours, &minutes);
  if (read < 7) {
    fprintf(stderr, "not a time: %s\n", time);
    exit(2);
  }
  tm.tm_year -= 1900;
  tm.tm_mon -= 1;
  sign = zone == '+' ? 1 : zone == '-' ? -1 : 0;
  host.now = (uint64_t)(timegm(&tm) - sign * (hours * 3600 + minutes * 60)) * 1000;
}

static const char *text_of(sh_buffer *buffer) { return sh_c_string((sh_string_t){buffer->bytes, buffer->len}); }

const char *sh_test_log(void) { return text_of(&host.log); }

const char *sh_test_metrics(void) { return text_of(&host.metrics); }

const char *sh_test_requests(void) { return sh_c_string(sh_format("[%s]", text_of(&host.requests))); }

static void add(sh_buffer *out, sh_string_t text) { sh_buffer_add(out, text.ptr, text.len); }

void sh_log_text(sh_log_level_t level, sh_string_t line) {
  static const char *const levels[] = {"error", "warn", "info", "debug", "trace"};
  add(&host.log, sh_format("%s %.*s\n", levels[level], SH_ARG(line)));
}

sh_option_string_t sh_setting(sh_string_t pointer) { return sh_json_get(host.settings, pointer); }

sh_option_string_t sh_setting_names_json(sh_string_t pointer) {
  sh_option_string_t object = sh_setting(pointer), name;
  if (!object.is_some || *object.value.ptr != '{') return (sh_option_string_t){0};
  sh_buffer out = {0};
  size_t at = 0;
  sh_string_t value;
  while (sh_json_next(object.value, &at, &name, &value)) {
    add(&out, out.len == 0 ? SH("[") : SH(","));
    add(&out, sh_json_quote(name.value));
  }
  add(&out, out.len == 0 ? SH("[]") : SH("]"));
  return (sh_option_string_t){true, {out.bytes, out.len}};
}

static entry *find(sh_string_t key) {
  for (size_t i = 0; i < host.keys; i++)
    if (sh_equal(host.state[i].key, key) && (host.state[i].expires_at == 0 || host.state[i].expires_at > host.now)) return &host.state[i];
  return NULL;
}

sh_option_string_t sh_state_get(sh_string_t key) {
  entry *found = find(key);
  return found ? (sh_option_string_t){true, found->value} : (sh_option_string_t){0};
}

static bool refuse(sh_state_error_t *error, sh_state_error_t why) {
  if (error) *error = why;
  return false;
}

bool sh_state_set(sh_string_t key, sh_string_t value, uint32_t ttl_seconds, sh_state_error_t *error) {
  if (key.len == 0 || key.len > LONGEST_KEY) return refuse(error, SH_STATE_ERROR_BAD_KEY);
  if (value.len > LONGEST_VALUE) return refuse(error, SH_STATE_ERROR_TOO_LARGE);
  sh_state_delete(key);
  if (host.keys >= MOST_KEYS) return refuse(error, SH_STATE_ERROR_QUOTA);
  host.state = realloc(host.state, (host.keys + 1) * sizeof(entry));
  if (!host.state) abort();
  host.state[host.keys++] = (entry){{sh_copy(key.ptr, key.len), key.len}, {sh_copy(value.ptr, value.len), value.len},
                                    ttl_seconds ? host.now + ttl_seconds * 1000ull : 0};
  return true;
}

bool sh_state_delete(sh_string_t key) {
  bool was_there = find(key) != NULL;
  for (size_t i = 0; i < host.keys; i++)
    if (sh_equal(host.state[i].key, key)) host.state[i--] = host.state[--host.keys];
  return was_there;
}

bool sh_state_increment(sh_string_t key, int64_t by, uint32_t ttl_seconds, int64_t *sum, sh_state_error_t *error) {
  entry *found = find(key);
  int64_t number = 0;
  if (found && !sh_json_int(found->value, &number)) return refuse(error, SH_STATE_ERROR_NOT_A_NUMBER);
  if (__builtin_add_overflow(number, by, &number)) return refuse(error, SH_STATE_ERROR_NOT_A_NUMBER);
  sh_string_t text = sh_format("%lld", (long long)number);
  if (found) found->value = text;
  else if (!sh_state_set(key, text, ttl_seconds, error)) return false;
  if (sum) *sum = number;
  return true;
}

bool sh_state_compare_and_set(sh_string_t key, sh_option_string_t expected, sh_string_t value, uint32_t ttl_seconds,
                              bool *swapped, sh_state_error_t *error) {
  sh_option_string_t now = sh_state_get(key);
  bool same = now.is_some == expected.is_some && (!now.is_some || sh_equal(now.value, expected.value));
  if (swapped) *swapped = same;
  return !same || sh_state_set(key, value, ttl_seconds, error);
}

void sh_test_set_state(const char *key, const char *value) { sh_state_set(kept(key), kept(value), 0, NULL); }

const char *sh_test_state(const char *key) {
  entry *found = find(sh_text(key));
  return found ? sh_c_string(found->value) : NULL;
}

uint64_t sh_now(void) { return host.now; }

bool sh_local_time(sh_string_t zone, uint64_t at, sh_local_time_t *local, sh_string_t *error) {
  const char *file = sh_c_string(sh_format("/usr/share/zoneinfo/%.*s", SH_ARG(zone)));
  if (zone.len == 0 || strstr(file, "..") || access(file, R_OK) != 0) {
    if (error) *error = sh_format("no time zone %.*s", SH_ARG(zone));
    return false;
  }
  setenv("TZ", sh_c_string(zone), 1);
  tzset();
  time_t seconds = (time_t)(at / 1000);
  struct tm tm;
  localtime_r(&seconds, &tm);
  *local = (sh_local_time_t){(int16_t)(tm.tm_year + 1900), (uint8_t)(tm.tm_mon + 1), (uint8_t)tm.tm_mday,
                             (uint8_t)(tm.tm_wday == 0 ? 7 : tm.tm_wday), (uint8_t)tm.tm_hour, (uint8_t)tm.tm_min,
                             (uint8_t)tm.tm_sec, (int16_t)(tm.tm_gmtoff / 60)};
  return true;
}

// SplitMix64: the same numbers in every run.
uint64_t sh_random(void) {
  uint64_t z = (host.random += 0x9e3779b97f4a7c15ull);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
  return z ^ (z >> 31);
}

sh_list_u8_t sh_random_bytes(uint64_t count) {
  sh_list_u8_t bytes = {sh_alloc(count), count};
  for (size_t i = 0; i < count; i++) bytes.ptr[i] = (uint8_t)sh_random();
  return bytes;
}

static void metric(const char *kind, sh_string_t name, sh_list_label_t labels, sh_string_t value) {
  add(&host.metrics, sh_format("%s %.*s{", kind, SH_ARG(name)));
  for (size_t i = 0; i < labels.len; i++)
    add(&host.metrics, sh_format("%s%.*s=%.*s", i > 0 ? "," : "", SH_ARG(labels.ptr[i].name), SH_ARG(sh_json_quote(labels.ptr[i].value))));
  add(&host.metrics, sh_format("} %.*s\n", SH_ARG(value)));
}

static sh_string_t decimal(double value) {
  char text[40];
  snprintf(text, sizeof text, "%g", value);
  return kept(text);
}

void sh_count(sh_string_t name, sh_list_label_t labels, uint64_t by) {
  metric("count", name, labels, sh_format("%llu", (unsigned long long)by));
}

void sh_gauge(sh_string_t name, sh_list_label_t labels, double value) { metric("gauge", name, labels, decimal(value)); }

void sh_observe(sh_string_t name, sh_list_label_t labels, double seconds) { metric("observe", name, labels, decimal(seconds)); }

static sh_option_string_t client_part(sh_string_t client, sh_string_t part) {
  return sh_json_get(host.directory, SH_POINTER(SH("clients"), client, part));
}

sh_list_string_t sh_contacts(sh_string_t client) {
  sh_option_string_t contacts = client_part(client, SH("contacts"));
  return contacts.is_some ? sh_json_strings(contacts.value) : (sh_list_string_t){0};
}

bool sh_registered(sh_string_t client) { return sh_contacts(client).len > 0; }

uint32_t sh_active_calls(sh_string_t client) {
  sh_option_string_t count = client_part(client, SH("active_calls"));
  int64_t number = 0;
  if (count.is_some) sh_json_int(count.value, &number);
  return (uint32_t)number;
}

sh_list_agent_t sh_agents(sh_option_string_t skill) {
  sh_list_agent_t all = {0}, matching;
  sh_test_read(&sh_meta_list_agent, sh_json_get(host.directory, SH("/agents")), &all);
  matching = (sh_list_agent_t){sh_alloc(all.len * sizeof(sh_agent_t)), 0};
  for (size_t i = 0; i < all.len; i++) {
    // Nobody is logged in who is not said to be.
    if (!sh_json_get(host.directory, sh_format("/agents/%zu/status", i)).is_some) all.ptr[i].status = SH_AGENT_STATUS_OFFLINE;
    bool has = !skill.is_some;
    for (size_t s = 0; s < all.ptr[i].skills.len; s++) has = has || sh_equal(all.ptr[i].skills.ptr[s], skill.value);
    if (has) matching.ptr[matching.len++] = all.ptr[i];
  }
  return matching;
}

bool sh_find_agent(sh_string_t name, sh_agent_t *agent) {
  sh_list_agent_t all = sh_agents((sh_option_string_t){0});
  for (size_t i = 0; i < all.len; i++)
    if (sh_equal(all.ptr[i].name, name)) {
      *agent = all.ptr[i];
      return true;
    }
  return false;
}

bool sh_find_queue(sh_string_t name, sh_queue_t *queue) {
  sh_option_string_t queues = sh_json_get(host.directory, SH("/queues"));
  size_t at = 0;
  sh_string_t value;
  while (queues.is_some && sh_json_next(queues.value, &at, NULL, &value)) {
    sh_test_read(&sh_meta_queue, (sh_option_string_t){true, value}, queue);
    if (sh_equal(queue->name, name)) return true;
  }
  return false;
}

static sh_list_header_t headers_of(sh_option_string_t json) {
  sh_list_header_t headers = {0};
  size_t at = 0;
  sh_option_string_t name, text;
  sh_string_t value;
  while (json.is_some && sh_json_next(json.value, &at, &name, &value)) {
    sh_header_t *longer = sh_alloc((headers.len + 1) * sizeof(sh_header_t));
    if (headers.len > 0) memcpy(longer, headers.ptr, headers.len * sizeof(sh_header_t));
    text = sh_json_string(value);
    longer[headers.len] = sh_header(name.value, text.value);
    headers = (sh_list_header_t){longer, headers.len + 1};
  }
  return headers;
}

static bool answers(sh_string_t rule, const sh_http_request_t *request) {
  sh_option_string_t url = sh_json_get(rule, SH("/url")), method = sh_json_get(rule, SH("/method"));
  if (method.is_some && !sh_equal(sh_json_string(method.value).value, request->method)) return false;
  return url.is_some && sh_equal(sh_json_string(url.value).value, request->url);
}

static bool http_error(sh_string_t name, sh_http_error_t *error) {
  *error = (sh_http_error_t){.tag = SH_HTTP_ERROR_DENIED, .denied = name};
  if (sh_is(name, "timeout")) error->tag = SH_HTTP_ERROR_TIMEOUT;
  if (sh_is(name, "too-large")) error->tag = SH_HTTP_ERROR_TOO_LARGE;
  if (sh_is(name, "connection")) error->tag = SH_HTTP_ERROR_CONNECTION;
  return false;
}

bool sh_http_fetch(const sh_http_request_t *request, sh_http_response_t *response, sh_http_error_t *error) {
  if (host.requests.len > 0) add(&host.requests, SH(","));
  add(&host.requests, sh_format("{\"method\":%.*s,\"url\":%.*s,\"body\":%.*s}", SH_ARG(sh_json_quote(request->method)),
                                SH_ARG(sh_json_quote(request->url)), SH_ARG(sh_json_quote(sh_bytes_text(request->body)))));
  size_t at = 0;
  sh_string_t rule;
  while (sh_json_next(host.http, &at, NULL, &rule)) {
    if (!answers(rule, request)) continue;
    sh_option_string_t failure = sh_json_get(rule, SH("/error"));
    if (failure.is_some) return http_error(sh_json_string(failure.value).value, error);
    int64_t status = 200;
    sh_option_string_t given = sh_json_get(rule, SH("/response/status")), body = sh_json_get(rule, SH("/response/body"));
    if (given.is_some) sh_json_int(given.value, &status);
    sh_option_string_t text = body.is_some ? sh_json_string(body.value) : body;
    if (body.is_some && !text.is_some) text = body;
    *response = (sh_http_response_t){.status = (uint16_t)status, .headers = headers_of(sh_json_get(rule, SH("/response/headers"))),
                                     .body = sh_text_bytes(text.value)};
    return true;
  }
  return http_error(sh_format("no answer to %.*s in the test", SH_ARG(request->url)), error);
}
