// A double of the switch for native tests of a plugin: it answers what the plugin asks, and asks the plugin.
//
//   #include "switchhook_test.h"
//
//   int main(void) {
//     sh_test_settings(SH_JSON({"desk": "1001"}));
//     sh_test_directory(SH_JSON({"clients": {"1001": {"contacts": ["sip:1001@192.0.2.1"]}}}));
//     SH_EXPECT(sh_test_route(SH_JSON({"caller": "alice", "callee": "100"})),
//               SH_JSON({"script": [{"connect": {"targets": [{"endpoint": {"client": "1001"}}]}}]}));
//     sh_test_cases("cases.json", "settings.json");
//     return sh_test_result();
//   }
//
// Everything is given and compared as JSON in the form of the case files of `switchhook plugin test`. Compile it as C.
#ifndef SWITCHHOOK_TEST_H
#define SWITCHHOOK_TEST_H

#include "switchhook.h"

#ifdef __cplusplus
extern "C" {
#endif

/// JSON written without quotes around it.
#define SH_JSON(...) #__VA_ARGS__

/// Forgets everything: settings, directory, state, HTTP, log, metrics; the clock shows 2026-01-15T12:00:00Z.
void sh_test_reset(void);
/// Sets the clock: RFC 3339, such as `2026-11-20T22:15:00+01:00`.
void sh_test_at(const char *time);
/// The settings of the plugin.
void sh_test_settings(const char *json);
/// Clients, agents and queues, as in a case file.
void sh_test_directory(const char *json);
/// The answers to HTTP requests, an array as in a case file.
void sh_test_http(const char *json);
/// Sets a key of the state.
void sh_test_set_state(const char *key, const char *value);
/// The value of a key of the state; NULL: it is not there.
const char *sh_test_state(const char *key);
/// The lines that the plugin has written: `warn a blocked caller was refused\n…`.
const char *sh_test_log(void);
/// What the plugin has counted: `count calls_total{kind="outside"} 1\n…`.
const char *sh_test_metrics(void);
/// The requests that the plugin has sent, as a JSON array.
const char *sh_test_requests(void);

/// Asks the plugin about a call; what is not given has a default. The decision, or `{"error":"…"}`; what is default is left out.
const char *sh_test_route(const char *call);
/// Asks the plugin what follows a verb with this tag.
const char *sh_test_resume(const char *call, const char *tag, const char *outcome);
/// Asks the plugin about a registration: `{"grant":…}` or `{"refusal":…}`.
const char *sh_test_register(const char *registration);
/// Tells the plugin what happened.
void sh_test_event(const char *event);

/// Runs a case file, with the settings of a file (NULL: none) for cases that bring none, and prints what differs. How many cases failed.
int sh_test_cases(const char *cases, const char *settings);

/// Compares two JSON texts of decisions; a difference is printed and counted.
#define SH_EXPECT(actual, expected) sh_test_expect(__FILE__, __LINE__, actual, expected)
/// See SH_EXPECT.
void sh_test_expect(const char *file, int line, const char *actual, const char *expected);
/// Checks that something is true.
#define SH_CHECK(condition) sh_test_check(__FILE__, __LINE__, condition, #condition)
/// See SH_CHECK.
void sh_test_check(const char *file, int line, bool holds, const char *condition);
/// Prints how much went well; what `main` returns.
int sh_test_result(void);

#ifdef __cplusplus
}
#endif

#endif
