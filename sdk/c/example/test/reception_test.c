// The cases that every language shares, and what they cannot say: what the plugin writes into the log.
#include <string.h>

#include "switchhook_test.h"

int main(void) {
  sh_test_cases("../../example/cases.json", "../../example/settings.json");

  sh_test_reset();
  sh_test_settings(SH_JSON({"blocked": ["+15550100"]}));
  SH_EXPECT(sh_test_route(SH_JSON({"caller": "+15550100", "callee": "100"})),
            SH_JSON({"script": [{"respond": {"status": 603, "reason": "Not today",
                                             "headers": [{"name": "X-Blocked", "value": "+15550100"}]}}]}));
  SH_CHECK(strcmp(sh_test_log(), "warn a blocked caller was refused\n") == 0);

  return sh_test_result();
}
