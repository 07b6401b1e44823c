//! Reading settings in parts.

use serde_json::{Value, json};

use super::*;
use crate::testing::Host;

fn with<T>(settings: Value, read: impl FnOnce() -> T) -> T {
    Host::new().settings(settings).run(read)
}

#[test]
fn a_pointer_leads_to_a_typed_value() {
    with(
        json!({"url": "http://a", "routes": {"1/1~": [1, 2]}}),
        || {
            assert_eq!(get::<String>("/url"), Ok(Some("http://a".to_owned())));
            assert_eq!(
                get::<Vec<u8>>(&child("/routes", "1/1~")),
                Ok(Some(vec![1, 2]))
            );
            assert_eq!(get::<String>("/absent"), Ok(None));
            assert_eq!(
                get::<u8>("/url").unwrap_err().text(),
                "settings at /url: invalid type: string \"http://a\", expected u8 at line 1 column 10"
            );
        },
    );
}

#[test]
fn the_whole_document_fills_a_struct_and_defaults_fill_the_rest() {
    #[derive(Debug, PartialEq, serde::Deserialize)]
    struct Settings {
        url: String,
        #[serde(default)]
        retries: u8,
    }
    let loaded = with(json!({"url": "http://a"}), load::<Settings>);
    assert_eq!(
        loaded,
        Ok(Settings {
            url: "http://a".to_owned(),
            retries: 0
        })
    );
    let error = with(json!({}), load::<Settings>).unwrap_err();
    assert!(
        error.text().starts_with("settings: missing field `url`"),
        "{error}"
    );
}

#[test]
fn names_come_in_the_order_of_the_document() {
    let read =
        || names("/routes").map(|names| names.iter().map(Cow::into_owned).collect::<Vec<_>>());
    let settings = json!({"routes":
        {"2*": 1, "1?": 2, "a\"b": 3, "ü\\": 4, "": 5, "12345678": 6, "1234567\"": 7, "\n": 8, "z]": 9}});
    let expected = [
        "2*",
        "1?",
        "a\"b",
        "ü\\",
        "",
        "12345678",
        "1234567\"",
        "\n",
        "z]",
    ];
    let expected = expected.map(str::to_owned).to_vec();
    assert_eq!(with(settings, read), Some(expected));
    assert_eq!(with(json!({"routes": {}}), read), Some(vec![]));
    assert_eq!(with(json!({"routes": []}), read), None);
}

#[test]
fn a_broken_list_of_names_ends_early_and_never_panics() {
    for text in [
        "",
        "[",
        "[\"",
        "[\"a",
        "[\"a\\",
        "[\"\\",
        "[\"\\x\"]",
        "{}",
        "[\"a\",\"b",
    ] {
        let names = Names(text.to_owned());
        assert!(names.iter().count() <= 1, "{text}");
    }
}

#[test]
fn blanks_between_names_do_no_harm() {
    let names = Names(" [ \"a\" ,\t\"b\"\n, \"\\\"\" , \"c\" ] ".to_owned());
    assert_eq!(names.iter().collect::<Vec<_>>(), ["a", "b", "\"", "c"]);
}

#[test]
fn a_number_is_found_by_itself_or_by_the_most_specific_pattern() {
    let settings = json!({"numbers": {"*": 0, "1*": 1, "1??": 2, "12*": 3, "123": 4, "a/b": 5}});
    let found = |number: &str| with(settings.clone(), || find("/numbers", number));
    for (number, pointer) in [
        ("9", "/numbers/*"),
        ("199", "/numbers/1*"),
        ("129", "/numbers/12*"),
        ("123", "/numbers/123"),
        ("a/b", "/numbers/a~1b"),
        ("12*", "/numbers/12*"),
    ] {
        assert_eq!(found(number).as_deref(), Some(pointer), "{number}");
    }
    assert_eq!(
        with(json!({"numbers": {"1": 1}}), || find("/numbers", "2")),
        None
    );
    assert_eq!(with(json!({}), || find("/numbers", "2")), None);
}
