package switchhook

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"
)

// variantCase is a case of a variant: its name in the contract, and its type. A structure without fields has no payload.
type variantCase struct {
	name string
	of   reflect.Type
}

func (c variantCase) hasPayload() bool { return c.of.Kind() != reflect.Struct || c.of.NumField() > 0 }

// field is a field of a record as its tag describes it.
type field struct {
	name     string // in the contract
	index    int
	of       reflect.Type
	option   bool
	always   bool   // an enumeration that JSON always names
	fallback uint64 // what 0 stands for
}

var fieldsOf = map[reflect.Type][]field{}

// fields describes a record.
func fields(t reflect.Type) []field {
	if known, ok := fieldsOf[t]; ok {
		return known
	}
	described := make([]field, 0, t.NumField())
	for i := range t.NumField() {
		name, rest, _ := strings.Cut(t.Field(i).Tag.Get("wit"), ",")
		f := field{name: name, index: i, of: t.Field(i).Type}
		for option := range strings.SplitSeq(rest, ",") {
			switch {
			case option == "option":
				f.option = true
			case option == "always":
				f.always = true
			case strings.HasPrefix(option, "default="):
				f.fallback, _ = strconv.ParseUint(option[len("default="):], 10, 64)
			}
		}
		described = append(described, f)
	}
	fieldsOf[t] = described
	return described
}

// caseOf finds the case that a value of a variant is. A pointer to a case counts as the case.
func caseOf(variant reflect.Value) (tag int, payload reflect.Value, err error) {
	if variant.IsNil() {
		return 0, payload, fmt.Errorf("a %s is missing", variant.Type().Name())
	}
	payload = variant.Elem()
	if payload.Kind() == reflect.Pointer && !payload.IsNil() {
		payload = payload.Elem()
	}
	for i, c := range variants[variant.Type()] {
		if c.of == payload.Type() {
			return i, payload, nil
		}
	}
	return 0, payload, fmt.Errorf("%s is no %s", payload.Type(), variant.Type().Name())
}
