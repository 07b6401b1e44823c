//! The sample addresses are those of RFC 5769.

use super::*;

const ID: [u8; 12] = [
    0xb7, 0xe7, 0xa7, 0x01, 0xbc, 0x34, 0xd6, 0x86, 0xfa, 0x87, 0xdf, 0xae,
];

fn request(attributes: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0, 1, 0, attributes.len() as u8];
    bytes.extend(MAGIC_COOKIE);
    bytes.extend(ID);
    bytes.extend(attributes);
    bytes
}

#[test]
fn a_binding_request_is_told_where_it_came_from() {
    let source = "192.0.2.1:32853".parse().unwrap();
    let answer = answer(&request(&[]), source).unwrap();
    assert_eq!(answer[..4], [1, 1, 0, 12]);
    assert_eq!(answer[8..20], ID);
    // RFC 5769 §2.2: XOR-MAPPED-ADDRESS of 192.0.2.1 port 32853.
    assert_eq!(
        answer[20..],
        [0, 0x20, 0, 8, 0, 1, 0xa1, 0x47, 0xe1, 0x12, 0xa6, 0x43]
    );
}

#[test]
fn an_ipv6_address_is_hidden_behind_cookie_and_transaction() {
    let source = "[2001:db8:1234:5678:11:2233:4455:6677]:32853"
        .parse()
        .unwrap();
    let answer = answer(&request(&[]), source).unwrap();
    // RFC 5769 §2.3.
    assert_eq!(
        answer[20..],
        [
            0, 0x20, 0, 20, 0, 2, 0xa1, 0x47, 0x01, 0x13, 0xa9, 0xfa, 0xa5, 0xd3, 0xf1, 0x79, 0xbc,
            0x25, 0xf4, 0xb5, 0xbe, 0xd2, 0xb9, 0xd9
        ]
    );
}

#[test]
fn an_attribute_that_must_be_understood_and_is_not_is_refused_with_420() {
    let source = "192.0.2.1:32853".parse().unwrap();
    let refused = answer(&request(&[0x7f, 0xff, 0, 2, 1, 2, 0, 0]), source).unwrap();
    assert_eq!(refused[..2], [1, 0x11]);
    assert_eq!(refused[20..28], [0, 9, 0, 21, 0, 0, 4, 20]);
    assert!(
        refused
            .windows(6)
            .any(|part| part == [0, 0x0a, 0, 2, 0x7f, 0xff])
    );
    // SOFTWARE and FINGERPRINT need not be understood.
    let known = request(&[
        0x80, 0x22, 0, 1, b'x', 0, 0, 0, 0x80, 0x28, 0, 4, 1, 2, 3, 4,
    ]);
    assert_eq!(answer(&known, source).unwrap()[..2], [1, 1]);
}

#[test]
fn indications_answers_and_what_is_cut_off_get_no_answer() {
    let source = "192.0.2.1:32853".parse().unwrap();
    let mut indication = request(&[]);
    indication[1] = 0x11;
    assert_eq!(answer(&indication, source), None);
    let mut success = request(&[]);
    success[0] = 1;
    assert_eq!(answer(&success, source), None);
    let mut longer = request(&[]);
    longer[3] = 4;
    assert_eq!(answer(&longer, source), None);
    assert_eq!(answer(&request(&[0, 1, 0, 9, 0]), source), None);
    assert!(!is_stun(b"OPTIONS sip:a SIP/2.0\r\n\r\n"));
    assert!(!is_stun(&[0, 1, 0, 0]));
}
