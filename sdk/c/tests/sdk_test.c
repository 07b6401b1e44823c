// Tests of what a plugin uses without asking the switch: text, formatting, JSON, lookups, lists, memory.
#include <limits.h>
#include <string.h>

#include "../switchhook/arena.h"
#include "../switchhook/switchhook_test.h"

#define IS(text, expected) sh_test_check(__FILE__, __LINE__, sh_is(text, expected), #text " is " #expected)

static void text_is_compared_and_cut(void) {
  SH_CHECK(sh_equal(SH(""), (sh_string_t){0}));
  SH_CHECK(!sh_equal(SH("a"), SH("ab")));
  SH_CHECK(sh_equal_ignoring_case(SH("X-Tier"), SH("x-tIER")));
  SH_CHECK(!sh_equal_ignoring_case(SH("X-Tier"), SH("X-Tie")));
  SH_CHECK(sh_starts_with(SH("9123"), SH("9")) && sh_starts_with(SH("9"), SH("")) && !sh_starts_with(SH(""), SH("9")));
  IS(sh_after(SH("9123"), 1), "123");
  IS(sh_after(SH("9"), 5), "");
  SH_CHECK(strcmp(sh_c_string(sh_after(SH("abc"), 1)), "bc") == 0);
}

static void numbers_of_every_width_are_formatted(void) {
  IS(sh_format("%d %i %u %x %c%%", INT_MIN, -1, UINT_MAX, 255u, 'z'), "-2147483648 -1 4294967295 ff z%");
  IS(sh_format("%lld %llu %llx", LLONG_MIN, ULLONG_MAX, 0ull), "-9223372036854775808 18446744073709551615 0");
  IS(sh_format("%ld %lu %zu", -5L, 7UL, (size_t)9), "-5 7 9");
  IS(sh_format("<%s> <%.*s>", "a", SH_ARG(sh_after(SH("bcd"), 1))), "<a> <cd>");
  IS(sh_format("%s", ""), "");
}

static void pointers_are_escaped(void) {
  IS(SH_POINTER(SH("numbers"), SH("1/0~1"), SH("")), "/numbers/1~10~01/");
  sh_string_t json = SH("{\"numbers\": {\"1/0~1\": {\"\": [10, {\"x\": true}]}}}");
  IS(sh_json_get(json, SH("/numbers/1~10~01//1/x")).value, "true");
  IS(sh_json_get(json, SH("/numbers/1~10~01//0")).value, "10");
  SH_CHECK(!sh_json_get(json, SH("/numbers/1~10~01//2")).is_some);
  SH_CHECK(!sh_json_get(json, SH("/numbers/1~10~01//01")).is_some);
  SH_CHECK(!sh_json_get(json, SH("numbers")).is_some);
  SH_CHECK(sh_json_get(json, SH("")).value.len == json.len);
}

static void strings_are_unescaped_and_quoted(void) {
  IS(sh_json_string(SH(" \"a\\\"\\\\\\/\\b\\f\\n\\r\\t\"")).value, "a\"\\/\b\f\n\r\t");
  IS(sh_json_string(SH("\"\\u00e4\\u20AC\\ud83d\\ude00\"")).value, "\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80");
  IS(sh_json_string(SH("\"\\ud83d\"")).value, "\xef\xbf\xbd");
  SH_CHECK(!sh_json_string(SH("\"\\u12\"")).is_some && !sh_json_string(SH("\"\\q\"")).is_some);
  SH_CHECK(!sh_json_string(SH("\"open")).is_some && !sh_json_string(SH("12")).is_some && !sh_json_string(SH("")).is_some);
  IS(sh_json_quote(SH("a\"\\\n\x1f")), "\"a\\\"\\\\\\u000a\\u001f\"");
}

static void bad_json_leads_nowhere(void) {
  const char *bad[] = {"", "{", "[1,", "{\"a\"}", "{\"a\":}", "[1 2]", "{a:1}", "[,]", "\"", "}"};
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) SH_CHECK(!sh_json_get(sh_text(bad[i]), SH("")).is_some);
  char deep[400];
  memset(deep, '[', sizeof deep);
  SH_CHECK(!sh_json_get((sh_string_t){deep, sizeof deep}, SH("")).is_some);
}

static void members_come_in_their_order(void) {
  size_t at = 0;
  sh_option_string_t name;
  sh_string_t value, seen = SH("");
  while (sh_json_next(SH(" { \"b\" : [1,2] , \"a\\n\":{} } "), &at, &name, &value))
    seen = sh_format("%.*s%.*s=%.*s;", SH_ARG(seen), SH_ARG(name.value), SH_ARG(value));
  IS(seen, "b=[1,2];a\n={};");
  at = 0;
  SH_CHECK(!sh_json_next(SH("[ ]"), &at, &name, &value) && !sh_json_next(SH("7"), &at, &name, &value));
}

static void whole_numbers_are_whole(void) {
  int64_t number = 0;
  SH_CHECK(sh_json_int(SH("-9223372036854775808"), &number) && number == INT64_MIN);
  SH_CHECK(!sh_json_int(SH("1.5"), &number) && !sh_json_int(SH("1e3"), &number) && !sh_json_int(SH("\"1\""), &number));
  sh_test_settings(SH_JSON({"n": 7, "yes": true, "text": "x", "list": ["a", 1, "b"]}));
  SH_CHECK(sh_setting_int(SH("/n"), 1) == 7 && sh_setting_int(SH("/text"), 1) == 1 && sh_setting_int(SH("/none"), 1) == 1);
  SH_CHECK(sh_setting_bool(SH("/yes"), false) && !sh_setting_bool(SH("/n"), false));
  SH_CHECK(sh_setting_strings(SH("/list")).len == 2 && sh_setting_strings(SH("/text")).len == 0);
  SH_CHECK(sh_setting_names(SH("")).len == 4 && sh_setting_names(SH("/list")).len == 0);
}

static void headers_are_found_without_regard_to_case(void) {
  sh_list_header_t headers = SH_HEADERS(sh_header(SH("X-A"), SH("1")), sh_header(SH("x-a"), SH("2")));
  IS(sh_find_header(headers, SH("x-A")).value, "1");
  SH_CHECK(!sh_find_header(headers, SH("X-B")).is_some);
  IS(sh_find_variable(SH_VARIABLES(sh_variable(SH("a"), SH("1"))), SH("a")).value, "1");
}

static void memory_is_empty_aligned_and_taken_again(void) {
  for (int round = 0; round < 3; round++) {
    for (size_t size = 0; size < 100000; size = size * 3 + 1) {
      unsigned char *bytes = sh_alloc(size);
      SH_CHECK((uintptr_t)bytes % 16 == 0);
      bool empty = true;
      for (size_t i = 0; i < size; i++) empty = empty && bytes[i] == 0;
      SH_CHECK(empty);
      memset(bytes, 0xff, size);
    }
    sh_arena_reset();
  }
}

static void state_expires(void) {
  sh_test_at("2026-01-01T00:00:00Z");
  sh_state_set(SH("k"), SH("v"), 60, NULL);
  sh_test_at("2026-01-01T00:00:59Z");
  SH_CHECK(sh_test_state("k") != NULL);
  sh_test_at("2026-01-01T01:01:00+01:00");
  SH_CHECK(sh_test_state("k") == NULL);
}

static void metrics_are_written_down(void) {
  SH_CHECK(strcmp(sh_test_metrics(), "") == 0);
  sh_count(SH("calls_total"), SH_LABELS(sh_label(SH("kind"), SH("a\"b"))), 3);
  sh_observe(SH("seconds"), (sh_list_label_t){0}, 0.25);
  SH_CHECK(strcmp(sh_test_metrics(), "count calls_total{kind=\"a\\\"b\"} 3\nobserve seconds{} 0.25\n") == 0);
}

int main(void) {
  void (*const tests[])(void) = {text_is_compared_and_cut, numbers_of_every_width_are_formatted, pointers_are_escaped,
                                 strings_are_unescaped_and_quoted, bad_json_leads_nowhere, members_come_in_their_order,
                                 whole_numbers_are_whole, headers_are_found_without_regard_to_case,
                                 memory_is_empty_aligned_and_taken_again, state_expires, metrics_are_written_down};
  for (size_t i = 0; i < sizeof tests / sizeof *tests; i++) {
    sh_test_reset();
    tests[i]();
  }
  return sh_test_result();
}
