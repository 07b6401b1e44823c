import unittest

import plugin
from switchhook import script, testing, voicemail

# Every case of cases.json. `switchhook plugin test` asks the built component the same.
Cases = testing.cases(plugin)


class Desk(unittest.TestCase):
    def test_the_log_says_that_the_desk_is_away(self) -> None:
        host = testing.Host(settings={"desk": "bob"})
        self.assertEqual(host.route(plugin, testing.call(caller="1001")), script(voicemail("bob")))
        self.assertEqual(host.lines, [("info", "bob is away")])
