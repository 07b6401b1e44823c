// The cases that every language shares, and what they cannot say: what the plugin writes into the log.
#include <string_view>

#include "switchhook_test.h"

int main() {
  sh_test_cases("../../example/cases.json", "../../example/settings.json");

  sh_test_reset();
  sh_test_settings(R"({"blocked": ["+15550100"]})");
  SH_EXPECT(sh_test_route(R"({"caller": "+15550100", "callee": "100"})"),
            R"({"script": [{"respond": {"status": 603, "reason": "Not today", "headers": [{"name": "X-Blocked", "value": "+15550100"}]}}]})");
  SH_CHECK(std::string_view(sh_test_log()) == "warn a blocked caller was refused\n");

  return sh_test_result();
}
