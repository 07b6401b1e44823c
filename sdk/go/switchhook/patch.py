#!/usr/bin/env python3
"""Gives Go's WebAssembly module the memory functions that the component model asks for.

    python3 patch.py INPUT.wasm OUTPUT.wasm POST_RETURN_EXPORT…

The switch writes what it passes to an instance into memory that `cabi_realloc` returns. Written in Go, this function would run the
scheduler and now and then the garbage collector in a moment in which an instance may not call the switch, not even for the time of
day; that traps. So it is added here in plain instructions. It hands out memory that memory_wasip1.go has set aside (asking for more is
no way: Go takes it for granted that all memory behind its own is its own too), and the functions that the switch calls after it has
read a result (`cabi_post_…`) take all of it back.
"""

import sys

MARK = b"sh-host-region!\n"
I32 = 0x7F
UNREACHABLE, IF, END, CALL, NOTHING, AND, GREATER = 0x00, 0x04, 0x0B, 0x10, 0x40, 0x71, 0x4B
TYPE, IMPORT, FUNCTION, GLOBAL, EXPORT, CODE, DATA = 1, 2, 3, 6, 7, 10, 11


def unsigned(value):
    out = bytearray()
    while True:
        byte = value & 0x7F
        value >>= 7
        out.append(byte | (0x80 if value else 0))
        if not value:
            return bytes(out)


def signed(value):
    out = bytearray()
    while True:
        byte = value & 0x7F
        value >>= 7
        if (value == 0 and not byte & 0x40) or (value == -1 and byte & 0x40):
            return bytes(out + bytes([byte]))
        out.append(byte | 0x80)


def read_unsigned(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if not byte & 0x80:
            return value, at


def name(text):
    return unsigned(len(text.encode())) + text.encode()


def read_sections(module):
    assert module[:8] == b"\0asm\1\0\0\0", "not a WebAssembly module"
    at, sections = 8, []
    while at < len(module):
        kind = module[at]
        size, at = read_unsigned(module, at + 1)
        sections.append([kind, module[at:at + size]])
        at += size
    return sections


def append(sections, kind, *items):
    """Adds items to a section that is a vector; the index of the first of them, counted in that section."""
    section = next(s for s in sections if s[0] == kind)
    count, at = read_unsigned(section[1], 0)
    section[1] = unsigned(count + len(items)) + section[1][at:] + b"".join(items)
    return count


def imported_functions(sections):
    data = next((s[1] for s in sections if s[0] == IMPORT), b"\0")
    count, at = read_unsigned(data, 0)
    functions = 0
    for _ in range(count):
        for _ in range(2):
            size, at = read_unsigned(data, at)
            at += size
        kind = data[at]
        assert kind == 0, "only functions are imported by Go"
        functions += 1
        _, at = read_unsigned(data, at + 1)
    return functions


class Code:
    """Instructions by their names."""

    def __init__(self):
        self.out = bytearray()

    def op(self, *parts):
        for part in parts:
            self.out += part if isinstance(part, bytes) else bytes([part])
        return self

    def local(self, index):
        return self.op(0x20, unsigned(index))

    def set_local(self, index):
        return self.op(0x21, unsigned(index))

    def get(self, index):
        return self.op(0x23, unsigned(index))

    def set(self, index):
        return self.op(0x24, unsigned(index))

    def const(self, value):
        return self.op(0x41, signed(value))

    def add(self):
        return self.op(0x6A)

    def sub(self):
        return self.op(0x6B)

    def body(self, locals_):
        declared = unsigned(1) + unsigned(locals_) + bytes([I32]) if locals_ else unsigned(0)
        code = declared + bytes(self.out) + bytes([END])
        return unsigned(len(code)) + code


def realloc(next_, end):
    """cabi_realloc(old, old_size, align, size): the next aligned piece of the region; a trap if there is no room."""
    old, align, size, at = 0, 2, 3, 4
    code = Code()
    # Nothing that is passed here ever grows.
    code.local(old).op(IF, NOTHING, UNREACHABLE, END)
    # at = (next + align - 1) & -align
    code.get(next_).local(align).add().const(1).sub().const(0).local(align).sub().op(AND).set_local(at)
    # if size > end - at: trap
    code.local(size).const(end).local(at).sub().op(GREATER).op(IF, NOTHING, UNREACHABLE, END)
    # next = at + size; return at
    code.local(at).local(size).add().set(next_).local(at)
    return code.body(1)


def reset(start, next_):
    """cabi_post_…(result): everything that came after the start is free again."""
    return Code().get(start).set(next_).body(0)


def initialize(original, start, next_):
    """_initialize(): as Go does it. What was handed out until then stays: the WASI adapter keeps its own state there."""
    return Code().op(CALL, unsigned(original)).get(next_).set(start).body(0)


def read_signed(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if not byte & 0x80:
            return value - (1 << shift) if byte & 0x40 else value, at


def memory_image(sections):
    """The memory as it is at the start: Go leaves zeros out between the pieces."""
    data = next(s[1] for s in sections if s[0] == DATA)
    image = bytearray()
    count, at = read_unsigned(data, 0)
    for _ in range(count):
        assert data[at] == 0 and data[at + 1] == 0x41, "Go's data lies at constant addresses"
        address, at = read_signed(data, at + 2)
        size, at = read_unsigned(data, at + 1)
        image.extend(bytes(max(0, address + size - len(image))))
        image[address:address + size] = data[at:at + size]
        at += size
    return bytes(image) + bytes(64)


def find_region(sections):
    """Address and size of the memory that memory_wasip1.go sets aside: they stand behind a mark in Go's data."""
    image = memory_image(sections)
    at = image.index(MARK) + len(MARK)
    return int.from_bytes(image[at:at + 8], "little"), int.from_bytes(image[at + 8:at + 16], "little")


def replace_export(sections, wanted, index):
    """Lets an export lead to another function; the index of the one that it led to."""
    section = next(s for s in sections if s[0] == EXPORT)
    data, found = section[1], None
    count, at = read_unsigned(data, 0)
    out = [unsigned(count)]
    for _ in range(count):
        begin = at
        size, at = read_unsigned(data, at)
        text = data[at:at + size].decode()
        at += size
        kind = data[at]
        target, at = read_unsigned(data, at + 1)
        if text == wanted and kind == 0:
            found = target
            out.append(name(text) + b"\0" + unsigned(index))
        else:
            out.append(data[begin:at])
    section[1] = b"".join(out)
    assert found is not None, f"Go exports no {wanted}"
    return found


def patch(module, post_returns):
    sections = read_sections(module)
    base, size = find_region(sections)
    types = append(sections, TYPE, bytes([0x60, 4, I32, I32, I32, I32, 1, I32]), bytes([0x60, 1, I32, 0]), bytes([0x60, 0, 0]))
    variable = bytes([I32, 1, 0x41]) + signed(base) + bytes([END])
    start = append(sections, GLOBAL, variable, variable)
    added = append(sections, FUNCTION, unsigned(types), unsigned(types + 1), unsigned(types + 2))
    first = imported_functions(sections) + added
    original = replace_export(sections, "_initialize", first + 2)
    append(sections, CODE, realloc(start + 1, base + size), reset(start, start + 1), initialize(original, start, start + 1))
    exports = [name("cabi_realloc") + b"\0" + unsigned(first)]
    exports += [name(post) + b"\0" + unsigned(first + 1) for post in post_returns]
    append(sections, EXPORT, *exports)
    return module[:8] + b"".join(bytes([kind]) + unsigned(len(data)) + data for kind, data in sections)


def main():
    with open(sys.argv[1], "rb") as file:
        module = file.read()
    with open(sys.argv[2], "wb") as file:
        file.write(patch(module, sys.argv[3:]))


main()
