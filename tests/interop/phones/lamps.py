"""What telephones show and are told by codes: lamps, forwarding, pickup, parking."""

CASES = {}
