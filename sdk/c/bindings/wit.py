"""Reads the part of the WIT language that Switchhook's contract uses. It is no general WIT parser."""

import re
from dataclasses import dataclass, field
from pathlib import Path

TOKEN = re.compile(r"///[^\n]*|//[^\n]*|%?[A-Za-z][A-Za-z0-9-]*|->|[{}()<>,;:=/._@]|[0-9.]+")


@dataclass
class Item:
    """A field of a record, a case of a variant or an enum, or a parameter."""

    name: str
    type: object  # None: a case without a payload
    doc: list


@dataclass
class Definition:
    """A record, a variant or an enum."""

    kind: str
    interface: str
    name: str
    items: list
    doc: list


@dataclass
class Function:
    """A function of an interface."""

    interface: str
    name: str
    parameters: list
    result: object  # None: it returns nothing
    doc: list


@dataclass
class Contract:
    """All that the contract says, in its order."""

    package: str = ""
    definitions: list = field(default_factory=list)
    functions: list = field(default_factory=list)


class Parser:
    def __init__(self, text, contract):
        self.tokens = [t for t in TOKEN.findall(text) if t.startswith("///") or not t.startswith("//")]
        self.at = 0
        self.contract = contract

    def next(self):
        token = self.tokens[self.at]
        self.at += 1
        return token

    def peek(self):
        return self.tokens[self.at] if self.at < len(self.tokens) else None

    def expect(self, token):
        found = self.next()
        assert found == token, f"expected {token}, found {found} near {self.tokens[self.at - 8:self.at + 4]}"

    def docs(self):
        lines = []
        while self.peek() and self.peek().startswith("///"):
            lines.append(self.next()[3:].strip())
        return lines

    def name(self):
        return self.next().lstrip("%")

    def skip_to(self, end):
        while self.next() != end:
            pass

    def type(self):
        name = self.name()
        if name == "_":
            return None
        if self.peek() != "<":
            return name
        self.next()
        inside = []
        while True:
            inside.append(self.type())
            if self.next() == ">":
                return (name, *inside)

    def file(self):
        while self.peek():
            doc = self.docs()
            word = self.next()
            if word == "package":
                start = self.at
                self.skip_to(";")
                self.contract.package = "".join(self.tokens[start:self.at - 1])
            elif word == "interface":
                self.interface(self.name(), doc)
            elif word == "world":
                self.skip_to("}")
            else:
                raise ValueError(f"unexpected {word}")

    def interface(self, interface, _doc):
        self.expect("{")
        while True:
            doc = self.docs()
            word = self.next()
            if word == "}":
                return
            if word == "use":
                self.skip_to(";")
            elif word in ("record", "variant", "enum") and self.tokens[self.at + 1] == "{":
                self.definition(word, interface, doc)
            else:
                self.function(interface, word.lstrip("%"), doc)

    def definition(self, kind, interface, doc):
        name = self.name()
        self.expect("{")
        items = []
        while True:
            item_doc = self.docs()
            if self.peek() == "}":
                self.next()
                break
            item, of = self.name(), None
            if kind == "record":
                self.expect(":")
                of = self.type()
            elif self.peek() == "(":
                self.next()
                of = self.type()
                self.expect(")")
            items.append(Item(item, of, item_doc))
            if self.peek() == ",":
                self.next()
        self.contract.definitions.append(Definition(kind, interface, name, items, doc))

    def function(self, interface, name, doc):
        self.expect(":")
        self.expect("func")
        self.expect("(")
        parameters = []
        while self.peek() != ")":
            parameter = self.name()
            self.expect(":")
            parameters.append(Item(parameter, self.type(), []))
            if self.peek() == ",":
                self.next()
        self.next()
        result = None
        if self.peek() == "->":
            self.next()
            result = self.type()
        self.expect(";")
        self.contract.functions.append(Function(interface, name, parameters, result, doc))


def read(directory):
    """The contract in a directory of WIT files."""
    contract = Contract()
    for name in ("types.wit", "host.wit", "world.wit"):
        Parser((Path(directory) / name).read_text(), contract).file()
    return contract
