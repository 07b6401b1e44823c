#!/usr/bin/env python3
"""Writes the vocabulary of the contract in Go from the WIT files: contract.go.

    python3 sdk/go/bindings/generate.py [--check] WIT_DIRECTORY OUTPUT_DIRECTORY

Records are structures, variants are interfaces with a type for each case, an option is a field whose zero value is "none". The tags
of the fields and the tables at the end tell codec.go and json.go what the contract calls each of them.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "c" / "bindings"))
import wit  # noqa: E402

SCALARS = {"bool": "bool", "u8": "uint8", "u16": "uint16", "u32": "uint32", "u64": "uint64",
           "s16": "int16", "s64": "int64", "f64": "float64", "string": "string"}
SHORT = {"id": "ID", "sip": "SIP", "url": "URL", "uri": "URI", "http": "HTTP", "ha1": "HA1", "api": "API", "dtmf": "DTMF"}
# The types of cases that are not named like the case, or that would be named like another.
CASES = {("origin", "client"): "OriginClient", ("origin", "trunk"): "OriginTrunk", ("origin", "api"): "OriginAPI",
         ("endpoint", "trunk"): "Trunk", ("verb", "record"): "Record", ("verb", "stream"): "Stream",
         ("recording-action", "start"): "StartRecording", ("recording-action", "pause"): "PauseRecording",
         ("recording-action", "stop"): "StopRecording", ("event-kind", "completed"): "CallCompleted",
         ("verb-end", "completed"): "VerbCompleted", ("verb-end", "skipped"): "VerbSkipped", ("verb-end", "failed"): "VerbFailed",
         ("verb-end", "not-available"): "VerbNotAvailable", ("leg-failure", "timeout"): "LegTimeout",
         ("leg-failure", "cancelled"): "LegCancelled", ("leg-failure", "status"): "LegStatus",
         ("leg-failure", "unreachable"): "LegUnreachable", ("proof", "checked"): "Checked", ("proof", "password"): "Password",
         ("assigned-dialplan", "named"): "NamedDialplan", ("assigned-dialplan", "entries"): "DialplanEntries",
         ("event-kind", "verb-started"): "VerbStarted", ("event-kind", "verb-ended"): "VerbEnded",
         ("error", "connection"): "ConnectionError", ("error", "timeout"): "TimeoutError", ("error", "too-large"): "TooLargeError",
         ("error", "denied"): "DeniedError", ("error", "invalid-request"): "InvalidRequestError"}
RECORDS = {"recording": "Record", "media-stream": "Stream", "trunk-number": "Trunk", "completed": "CallCompleted",
           "request": "Request", "response": "Response", "error": "HTTPError", "level": "Level", "state-error": "StateError",
           "local-time": "localTime", "event-kind": "EventKind"}
# What a field is if it is zero, where the contract would refuse zero.
DEFAULTS = {("announce", "times"): 1, ("gather", "max-digits"): 1, ("gather", "first-digit-milliseconds"): 5000,
            ("gather", "inter-digit-milliseconds"): 3000}
HIDDEN = {"local-time"}
# Enumerations whose first member is what a field is if it is not given; in JSON any other is always written.
OPTIONAL_ENUMS = {"strategy", "stream-track", "attestation", "agent-status"}


def camel(name):
    return "".join(SHORT.get(p, p[:1].upper() + p[1:]) for p in name.split("-"))


class Go:
    def __init__(self, contract):
        self.contract = contract
        self.by_name = {d.name: d for d in contract.definitions}
        self.out = []
        # A record that is the payload of exactly one case is the type of this case.
        self.payloads = {}
        for d in contract.definitions:
            if d.kind == "variant":
                for i in d.items:
                    self.payloads.setdefault(i.type, []).append((d.name, i.name))

    def type_name(self, name):
        return RECORDS.get(name, camel(name))

    def go(self, t):
        if isinstance(t, tuple):
            if t[0] == "list":
                return "[]" + self.go(t[1])
            return self.go(t[1])
        return SCALARS.get(t) or self.type_name(t)

    def comment(self, name, doc, indent=""):
        first = True
        for line in doc or [""]:
            text = f"{name}: {line[:1].lower()}{line[1:]}" if first and name else line
            first = False
            self.out.append(f"{indent}// {text}".rstrip())

    def is_variant(self, t):
        return t in self.by_name and self.by_name[t].kind == "variant"

    def record(self, d):
        name = self.type_name(d.name)
        self.comment(name, d.doc)
        self.out.append(f"type {name} struct {{")
        for i in d.items:
            self.comment("", i.doc, "\t")
            option = ",option" if isinstance(i.type, tuple) and i.type[0] == "option" else ""
            default = DEFAULTS.get((d.name, i.name))
            if default:
                self.out.append(f"\t// 0 is {default}.")
                option += f",default={default}"
            inner = self.by_name.get(i.type)
            if inner is not None and inner.kind == "enum" and i.type not in OPTIONAL_ENUMS:
                option += ",always"
            self.out.append(f'\t{camel(i.name)} {self.go(i.type)} `wit:"{i.name}{option}"`')
        self.out += ["}", ""]

    def enum(self, d):
        name = self.type_name(d.name)
        self.comment(name, d.doc)
        self.out += [f"type {name} uint8", "", "const ("]
        for n, i in enumerate(d.items):
            self.comment("", i.doc, "\t")
            self.out.append(f"\t{name}{camel(i.name)}" + (f" {name} = iota" if n == 0 else ""))
        self.out += [")", "", f"var names{name} = []string{{" + ", ".join(f'"{i.name}"' for i in d.items) + "}", "",
                     f"// String is the name in the contract.", f"func (v {name}) String() string {{ return names{name}[v] }}", ""]

    def case(self, d, i):
        """The type of a case, and its definition if it has one of its own."""
        given = CASES.get((d.name, i.name))
        record = self.by_name.get(i.type)
        if record is not None and record.kind == "record":
            if len(self.payloads[i.type]) == 1 and i.type != "variable":
                return self.type_name(i.type), None
            name = given or camel(i.name)
            return name, f"type {name} {self.type_name(i.type)}"
        name = given or camel(i.name)
        if i.type is None:
            return name, f"type {name} struct{{}}"
        return name, f"type {name} {self.go(i.type)}"

    def variant(self, d):
        name = self.type_name(d.name)
        method = "is" + name
        done = self.defined
        cases = [self.case(d, i) for i in d.items]
        self.comment(name, d.doc)
        self.out += ["//", "// One of " + ", ".join(c for c, _ in cases) + ".", f"type {name} interface{{ {method}() }}", ""]
        for i, (c, definition) in zip(d.items, cases):
            if definition and c not in done:
                done.add(c)
                self.comment(c, i.doc)
                self.out += [definition, ""]
            self.out += [f"func ({c}) {method}() {{}}", ""]
        return cases

    def write(self):
        self.defined = set()
        o = self.out
        o += ["// Generated by sdk/go/bindings/generate.py from the WIT files. DO NOT EDIT.", "",
              "package switchhook", "", 'import "reflect"', "", f"// Contract is the version of the contract.", f'const Contract = "{self.contract.package}"', ""]
        tables = []
        for d in self.contract.definitions:
            if d.kind == "variant":
                cases = self.variant(d)
                table = ", ".join(f'{{"{i.name}", reflect.TypeFor[{c}]()}}' for i, (c, _) in zip(d.items, cases))
                tables.append(f"\treflect.TypeFor[{self.type_name(d.name)}](): {{{table}}},")
            else:
                getattr(self, d.kind)(d)
        o += ["// variants says what the cases of a variant are, in the order of the contract.", "var variants = map[reflect.Type][]variantCase{"]
        o += tables + ["}", "", "// enums says how the members of an enumeration are called.", "var enums = map[reflect.Type][]string{"]
        o += [f"\treflect.TypeFor[{self.type_name(d.name)}](): names{self.type_name(d.name)}," for d in self.contract.definitions if d.kind == "enum"]
        o += ["}", ""]
        return "\n".join(o)


def main():
    arguments = [a for a in sys.argv[1:] if a != "--check"]
    text = Go(wit.read(arguments[0])).write()
    path = Path(arguments[1]) / "contract.go"
    if "--check" not in sys.argv:
        path.write_text(text)
    elif "".join(path.read_text().split()) != "".join(text.split()):
        sys.exit(f"{path} is not what the WIT files say; run sdk/go/bindings/generate.py and gofmt")


main()
