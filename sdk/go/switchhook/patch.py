#!/usr/bin/env python3
"""Gives Go's WebAssembly module the memory functions that the component model asks for.

    python3 patch.py INPUT.wasm OUTPUT.wasm POST_RETURN_EXPORT…

The switch writes what it passes to an instance into memory that `cabi_realloc` returns. Written in Go, this function would run the
scheduler and now and then the garbage collector in a moment in which an instance may not call the switch, not even for the time of
day; that traps. So it is added here in plain instructions: it hands out memory of its own, apart from Go's heap, and the functions
that the switch calls after it has read a result (`cabi_post_…`) take all of it back.
"""

import sys

I32 = 0x7F
TYPE, IMPORT, FUNCTION, TABLE, MEMORY, GLOBAL, EXPORT, START, ELEMENT, CODE, DATA = range(1, 12)


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
        code = declared + bytes(self.out) + b"\x0b"
        return unsigned(len(code)) + code


def realloc(start, next_, end):
    """cabi_realloc(old, old_size, align, size): the next aligned piece of the region, or of a new and larger region."""
    old, align, size, at, pages, grown = 0, 2, 3, 4, 5, 6
    code = Code()
    # Nothing that is passed here ever grows.
    code.local(old).op(0x04, 0x40, 0x00, 0x0B)
    # at = (next + align - 1) & -align
    code.get(next_).local(align).add().const(1).sub().const(0).local(align).sub().op(0x71).set_local(at)
    # if at + size > end
    code.local(at).local(size).add().get(end).op(0x4B).op(0x04, 0x40)
    # pages = (size + (end - start) * 2 + 65535 + 16) >> 16
    code.local(size).get(end).get(start).sub().const(1).op(0x74).add().const(65535 + 16).add().const(16).op(0x76).set_local(pages)
    # grown = memory.grow(pages); trap if it is -1
    code.local(pages).op(0x40, 0x00).set_local(grown)
    code.local(grown).const(-1).op(0x46).op(0x04, 0x40, 0x00, 0x0B)
    # start = at = grown * 64 KiB; end = start + pages * 64 KiB
    code.local(grown).const(16).op(0x74).set_local(at)
    code.local(at).set(start)
    code.local(grown).local(pages).add().const(16).op(0x74).set(end)
    code.op(0x0B)
    # next = at + size; return at
    code.local(at).local(size).add().set(next_)
    code.local(at)
    return code.body(3)


def reset(start, next_):
    """cabi_post_…(result): everything is free again."""
    return Code().get(start).set(next_).body(0)


def patch(module, post_returns):
    sections = read_sections(module)
    realloc_type = append(sections, TYPE, bytes([0x60, 4, I32, I32, I32, I32, 1, I32]), bytes([0x60, 1, I32, 0]))
    variable = bytes([I32, 1]) + b"\x41\x00\x0b"
    start = append(sections, GLOBAL, variable, variable, variable)
    first = imported_functions(sections) + append(sections, FUNCTION, unsigned(realloc_type), unsigned(realloc_type + 1))
    append(sections, CODE, realloc(start, start + 1, start + 2), reset(start, start + 1))
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
