// The cases natively, and one more check as an example. `sh sdk/build.sh --test .` runs it in the project's folder.
#include <string_view>

#include "switchhook_test.h"

int main() {
  sh_test_cases("cases.json", "settings.json");

  sh_test_reset();
  sh_test_settings(R"({"desk": "bob"})");
  sh_test_directory(R"({"clients": {"bob": {"contacts": ["sip:bob@192.0.2.2"]}}})");
  SH_EXPECT(sh_test_route(R"({"caller": "1001", "callee": "100"})"),
            R"({"script": [{"connect": {"targets": [{"endpoint": {"client": "bob"}}], "timeout_seconds": 20}},
                           {"voicemail": {"mailbox": "bob"}}]})");
  SH_CHECK(std::string_view(sh_test_log()).empty());

  return sh_test_result();
}
