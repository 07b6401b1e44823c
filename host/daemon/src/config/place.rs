//! Where in a text the value stands that a JSON pointer (RFC 6901) names: in TOML, and in JSON.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// The byte offset of the place in a TOML document, or of the nearest place around it. For a table or an array within
/// `root` that is its key.
pub fn in_toml(text: &str, root: &[&str], pointer: &str) -> usize {
    let Ok(table) = DeTable::parse(text) else {
        return 0;
    };
    let root = root.iter().map(|&step| step.to_owned());
    let mut table = Some(table.get_ref());
    let mut value: Option<&Spanned<DeValue<'_>>> = None;
    let mut place = 0;
    for step in root.chain(steps(pointer)) {
        let found = match (table, value.map(Spanned::get_ref)) {
            (Some(table), _) => child(table, &step),
            (None, Some(DeValue::Array(items))) => step
                .parse()
                .ok()
                .and_then(|index: usize| items.get(index))
                .map(|item| (item.span().start, item)),
            _ => None,
        };
        let Some((at, found)) = found else {
            break;
        };
        place = at;
        table = found.get_ref().as_table();
        value = Some(found);
    }
    place
}

fn child<'t>(table: &'t DeTable<'t>, key: &str) -> Option<(usize, &'t Spanned<DeValue<'t>>)> {
    table
        .iter()
        .find(|(name, _)| name.get_ref() == key)
        .map(|(name, value)| (name.span().start, value))
}

/// The byte offset of the place in a JSON document, or of the nearest place around it. For a member of an object that
/// is its key.
pub fn in_json(text: &str, pointer: &str) -> usize {
    let mut scanner = Scanner { text, at: 0 };
    scanner.space();
    let mut place = scanner.at;
    for step in steps(pointer) {
        match scanner.enter(&step) {
            Some(at) => place = at,
            None => break,
        }
    }
    place
}

/// The reference tokens of a pointer, unescaped.
fn steps(pointer: &str) -> impl Iterator<Item = String> + '_ {
    pointer
        .split('/')
        .skip(1)
        .map(|step| step.replace("~1", "/").replace("~0", "~"))
}

/// Goes over JSON that is known to be JSON.
struct Scanner<'t> {
    text: &'t str,
    at: usize,
}

impl Scanner<'_> {
    /// Goes to a member's or an item's value; gives where it, or its key, begins.
    fn enter(&mut self, step: &str) -> Option<usize> {
        let object = match self.peek()? {
            b'{' => true,
            b'[' => false,
            _ => return None,
        };
        self.at += 1;
        for index in 0.. {
            self.space();
            let begins = self.at;
            let found = if object {
                if self.peek()? != b'"' {
                    return None;
                }
                let key = serde_json::from_str::<String>(self.string()).ok()?;
                self.space();
                self.at += 1;
                self.space();
                key == step
            } else {
                if self.peek()? == b']' {
                    return None;
                }
                step.parse::<usize>() == Ok(index)
            };
            if found {
                return Some(begins);
            }
            self.value();
            self.space();
            if self.peek()? != b',' {
                return None;
            }
            self.at += 1;
        }
        None
    }

    /// Passes over a value, whatever is in it.
    fn value(&mut self) {
        let mut depth = 0_usize;
        while let Some(byte) = self.peek() {
            match byte {
                b'"' => {
                    self.string();
                    if depth == 0 {
                        return;
                    }
                    continue;
                }
                b'{' | b'[' => depth += 1,
                b'}' | b']' | b',' if depth == 0 => return,
                b'}' | b']' => {
                    depth -= 1;
                    if depth == 0 {
                        self.at += 1;
                        return;
                    }
                }
                _ => {}
            }
            self.at += 1;
        }
    }

    /// Passes over a string; gives it with its quotes.
    fn string(&mut self) -> &str {
        let begins = self.at;
        self.at += 1;
        while let Some(byte) = self.peek() {
            self.at += 1;
            match byte {
                b'\\' => self.at += 1,
                b'"' => break,
                _ => {}
            }
        }
        self.text.get(begins..self.at).unwrap_or_default()
    }

    fn space(&mut self) {
        while self.peek().is_some_and(|byte| byte.is_ascii_whitespace()) {
            self.at += 1;
        }
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const JSON: &str = r#"{
  "a": {"x]": 1, "y": [true, {"z": "\"}"}]},
  "b/c": [
    {"d": null},
    {"d": -1.5e3, "e": {}}
  ]
}"#;

    fn json(pointer: &str) -> &'static str {
        &JSON[in_json(JSON, pointer)..]
    }

    #[test]
    fn a_place_in_json_is_found_or_the_nearest_around_it() {
        assert!(json("").starts_with("{\n"));
        assert!(json("/a").starts_with("\"a\""));
        assert!(json("/a/x]").starts_with("\"x]\""));
        assert!(json("/a/y/1/z").starts_with("\"z\""));
        assert!(json("/b~1c/1/e").starts_with("\"e\""));
        assert!(json("/b~1c/1/missing").starts_with("{\"d\": -1.5e3"));
        assert!(json("/b~1c/7").starts_with("\"b/c\""));
    }

    #[test]
    fn a_place_in_toml_is_found_below_its_root() {
        let text = "[plugins.a.settings]\nurl = \"x\"\n[plugins.a.settings.deep]\nlist = [1,\n { b = 2 }]\n";
        let place = |pointer| &text[in_toml(text, &["plugins", "a", "settings"], pointer)..];
        assert!(place("/url").starts_with("url"));
        assert!(place("/deep/list").starts_with("list"));
        assert!(place("/deep/list/1/b").starts_with("b = 2"));
        assert!(place("/deep/other").starts_with("deep"));
        assert!(place("").starts_with("settings"));
    }
}
