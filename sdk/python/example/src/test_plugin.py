import unittest

import plugin
from switchhook import respond, script, testing

Cases = testing.cases(plugin, "../../example/cases.json", "../../example/settings.json")


class Reception(unittest.TestCase):
    def test_a_blocked_callers_number_stays_out_of_the_log(self) -> None:
        host = testing.Host(settings={"blocked": ["+15550100"]})
        decision = host.route(plugin, testing.call(caller="+15550100"))
        self.assertEqual(decision, script(respond(603, "Not today").header("X-Blocked", "+15550100")))
        self.assertEqual(host.lines, [("warn", "refused a blocked caller")])

    def test_the_count_of_outside_calls_is_kept_for_a_day(self) -> None:
        host = testing.Host(settings={"outside": {"trunk": "carrier", "prefix": "9", "caller_id": "+15550199"}})
        host.route(plugin, testing.call(callee="91234"))
        self.assertEqual(host.values, {"outside-calls": "1"})
        host.advance(86_400)
        self.assertEqual(host.values, {})


if __name__ == "__main__":
    unittest.main()
