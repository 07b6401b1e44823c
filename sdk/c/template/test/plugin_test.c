// The cases natively, and one more check as an example. `sh sdk/build.sh --test .` runs it in the project's folder.
#include "switchhook_test.h"

int main(void) {
  sh_test_cases("cases.json", "settings.json");

  sh_test_reset();
  sh_test_settings(SH_JSON({"desk": "bob"}));
  sh_test_directory(SH_JSON({"clients": {"bob": {"contacts": ["sip:bob@192.0.2.2"]}}}));
  SH_EXPECT(sh_test_route(SH_JSON({"caller": "1001", "callee": "100"})),
            SH_JSON({"script": [{"connect": {"targets": [{"endpoint": {"client": "bob"}}], "timeout_seconds": 20}},
                                {"voicemail": {"mailbox": "bob"}}]}));
  SH_CHECK(sh_test_log()[0] == 0);

  return sh_test_result();
}
