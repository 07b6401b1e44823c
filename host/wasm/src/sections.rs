//! Custom sections of a component at its top level, written and replaced by hand: the format needs a few bytes for it (Component
//! Model, Binary.md; core specification §5.5.3).

/// The section with a plugin's manifest.
pub const MANIFEST: &str = "switchhook:manifest";
/// The section with the JSON Schema of a plugin's settings.
pub const SCHEMA: &str = "switchhook:settings-schema";

/// The id of custom sections.
const CUSTOM: u8 = 0;
/// Magic number, version and layer.
const PREAMBLE: usize = 8;

/// A component without the sections of these names, and with those that have a text. `None` if it is damaged.
pub(crate) fn replace(component: &[u8], documents: &[(&str, Option<&str>)]) -> Option<Vec<u8>> {
    let (preamble, mut rest) = component.split_at_checked(PREAMBLE)?;
    let mut replaced = preamble.to_vec();
    while let Some((&id, after_id)) = rest.split_first() {
        let (size, after_size) = number(after_id)?;
        let (contents, next) = after_size.split_at_checked(size)?;
        let is_replaced = id == CUSTOM
            && name_of(contents).is_some_and(|name| documents.iter().any(|(n, _)| *n == name));
        if !is_replaced {
            let length = rest.len() - next.len();
            replaced.extend_from_slice(rest.get(..length)?);
        }
        rest = next;
    }
    for (name, text) in documents {
        if let Some(text) = text {
            append(&mut replaced, name, text);
        }
    }
    Some(replaced)
}

fn append(component: &mut Vec<u8>, name: &str, text: &str) {
    let mut contents = Vec::with_capacity(name.len() + text.len() + 5);
    write_number(&mut contents, name.len());
    contents.extend_from_slice(name.as_bytes());
    contents.extend_from_slice(text.as_bytes());
    component.push(CUSTOM);
    write_number(component, contents.len());
    component.extend_from_slice(&contents);
}

fn name_of(contents: &[u8]) -> Option<&str> {
    let (length, rest) = number(contents)?;
    std::str::from_utf8(rest.get(..length)?).ok()
}

/// An unsigned LEB128 number of at most 32 bits, and what follows it.
fn number(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let mut value = 0_usize;
    for (index, byte) in bytes.iter().enumerate().take(5) {
        value |= usize::from(byte & 0x7f) << (7 * index);
        if byte & 0x80 == 0 {
            return Some((value, bytes.get(index + 1..)?));
        }
    }
    None
}

fn write_number(bytes: &mut Vec<u8>, mut value: usize) {
    loop {
        let low = u8::try_from(value & 0x7f).unwrap_or_default();
        value >>= 7;
        if value == 0 {
            bytes.push(low);
            return;
        }
        bytes.push(low | 0x80);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_any_length_are_read_as_they_were_written() {
        for value in [0, 1, 127, 128, 300, 16_384, 1 << 27] {
            let mut bytes = Vec::new();
            write_number(&mut bytes, value);
            bytes.push(9);
            assert_eq!(number(&bytes), Some((value, &[9][..])));
        }
        assert_eq!(number(&[0x80]), None);
    }
}
