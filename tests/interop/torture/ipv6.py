"""Messages about IPv6 after the topics of RFC 5118 §4, written from knowledge of the RFC and not copied from it. Via has `rport`, so that the
answers come back to the tester."""

SDP = "v=0\r\no=assistant 971731711378798081 0 IN IP6 2001:db8::20\r\ns=Live video feed\r\nc=IN IP6 2001:db8::20\r\nt=3338481189 3370017201\r\nm=audio 6000 RTP/AVP 2\r\na=rtpmap:2 G726-32/8000/1\r\n"
BOTH = "v=0\r\no=bob 280744730 28977631 IN IP4 host.example.com\r\ns=\r\nt=0 0\r\nm=audio 22334 RTP/AVP 0\r\nc=IN IP4 192.0.2.1\r\nm=video 6024 RTP/AVP 107\r\nc=IN IP6 2001:db8::1\r\na=rtpmap:107 H263-1998/90000\r\n"


def message(start, via, body="", contact="<sip:user@[2001:db8::9:1]>", more=()):
    """A request with the header fields that all have."""
    method = start.split(" ")[0]
    lines = [
        start, *[f"Via: {one}" for one in via], "From: sip:user@example.com;tag=81x2", "To: sip:user@example.com", f"Call-ID: SSG9559905523997077@hlau_4100-{via[0][-3:]}",
        "Max-Forwards: 70", f"CSeq: 98176 {method}", f"Contact: {contact}", *more,
        *(["Content-Type: application/sdp"] if body else []), f"Content-Length: {len(body)}",
    ]
    return ("\r\n".join(lines) + "\r\n\r\n" + body).encode()


VIA = "SIP/2.0/UDP [2001:db8::9:1];rport;branch=z9hG4bKas3-111"
IPV6 = {
    # §4.1 an IPv6 reference where one belongs; §4.2 one without its brackets
    "v6reference": message("REGISTER sip:[2001:db8::10] SIP/2.0", [VIA], more=["Expires: 300"]),
    "v6without-brackets": message("REGISTER sip:2001:db8::10 SIP/2.0", [VIA.replace("111", "112")]),
    # §4.3, §4.4 a port inside the brackets, which is part of the address, and behind them
    "v6port-inside": message("REGISTER sip:[2001:db8::10:5070] SIP/2.0", [VIA.replace("111", "113")]),
    "v6port-behind": message("REGISTER sip:[2001:db8::10]:5070 SIP/2.0", [VIA.replace("111", "114")]),
    # §4.5 `received` with brackets, which RFC 3261 does not allow and implementations send, and without
    "v6received-brackets": message("OPTIONS sip:user@[2001:db8::10] SIP/2.0", [VIA.replace("111", "115"), "SIP/2.0/UDP [2001:db8::9:2];received=[2001:db8::9:255];branch=z9hG4bKas3-115b"]),
    "v6received": message("OPTIONS sip:user@[2001:db8::10] SIP/2.0", [VIA.replace("111", "116"), "SIP/2.0/UDP [2001:db8::9:2];received=2001:db8::9:255;branch=z9hG4bKas3-116b"]),
    # §4.6 IPv6 in SDP; §4.7 both families in the header; §4.8 both in SDP
    "v6sdp": message("INVITE sip:user@example.com SIP/2.0", [VIA.replace("111", "117")], SDP),
    "v6both-in-header": message("OPTIONS sip:user@example.com SIP/2.0", ["SIP/2.0/UDP 192.0.2.1:5060;rport;branch=z9hG4bK-118", "SIP/2.0/TCP [2001:db8::9:1];received=2001:db8::9:255;branch=z9hG4bKas3-118b"]),
    "v6both-in-sdp": message("INVITE sip:user@example.com SIP/2.0", [VIA.replace("111", "119")], BOTH),
    # §4.9 IPv4-mapped addresses; §4.10 the three colons that RFC 3261's grammar let through
    "v6mapped": message("INVITE sip:user@example.com SIP/2.0", [VIA.replace("111", "120")], SDP.replace("2001:db8::20", "::ffff:192.0.2.1"), contact="<sip:user@[::ffff:192.0.2.10]:19823>"),
    "v6three-colons": message("OPTIONS sip:user@[2001:db8:::192.0.2.1] SIP/2.0", [VIA.replace("111", "121")]),
}
