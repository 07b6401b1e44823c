//! What answers say about keeping them, and where they refer to.

use super::*;

#[test]
fn cache_control_is_understood() {
    let of = |field: &str| {
        let keeping = Keeping::of(Some(field));
        (keeping.fresh_seconds, keeping.on_disk)
    };
    assert_eq!(of("public, Max-Age=300"), (300, true));
    assert_eq!(of("max-age=\"5\""), (5, true));
    assert_eq!(of("max-age=99999999999"), (30 * 86_400, true));
    assert_eq!(of("max-age=soon"), (0, true));
    assert_eq!(of("max-age=300, no-cache"), (0, true));
    assert_eq!(of("no-store, max-age=300"), (0, false));
    assert_eq!(of("private"), (60, true));
    assert_eq!(Keeping::of(None).fresh_seconds, 60);
}

#[test]
fn a_location_is_a_url_or_a_path() {
    let url = "https://example.org:8443/a/b.wav?x=/y/z";
    for (location, means) in [
        ("http://other/c", "http://other/c"),
        ("/c", "https://example.org:8443/c"),
        ("c.wav", "https://example.org:8443/a/c.wav"),
        ("//other/c", "https://other/c"),
    ] {
        assert_eq!(resolved(url, location), means);
    }
    assert_eq!(resolved("http://example.org", "c"), "http://example.org/c");
}
