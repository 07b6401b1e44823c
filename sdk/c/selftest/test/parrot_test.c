// The parrot's cases natively.
#include "switchhook_test.h"

int main(void) {
  sh_test_cases("cases.json", NULL);
  return sh_test_result();
}
