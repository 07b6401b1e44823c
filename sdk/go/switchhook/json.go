package switchhook

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"strconv"
	"strings"
)

// Marshal writes a value of the vocabulary as JSON in the form of the case files: variants as {"case": payload} or "case", fields in
// snake_case, and what is default left out. A Decision or another variant has to be passed as a pointer to the variable that holds it.
func Marshal(value any) ([]byte, error) {
	v := reflect.ValueOf(value)
	if v.Kind() == reflect.Pointer {
		v = v.Elem()
	}
	var out bytes.Buffer
	err := write(&out, v)
	return out.Bytes(), err
}

// Unmarshal reads JSON in the form of the case files into a variable of the vocabulary. A field that the contract does not know is an error.
func Unmarshal(text []byte, value any) error {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var tree any
	if err := decoder.Decode(&tree); err != nil {
		return err
	}
	return read(tree, reflect.ValueOf(value).Elem())
}

func quote(out *bytes.Buffer, text string) {
	out.WriteByte('"')
	for i := range len(text) {
		switch c := text[i]; {
		case c == '"' || c == '\\':
			out.WriteByte('\\')
			out.WriteByte(c)
		case c < 0x20:
			fmt.Fprintf(out, `\u%04x`, c)
		default:
			out.WriteByte(c)
		}
	}
	out.WriteByte('"')
}

func write(out *bytes.Buffer, v reflect.Value) error {
	if names, ok := enums[v.Type()]; ok {
		if v.Uint() >= uint64(len(names)) {
			return fmt.Errorf("%s has no member %d", v.Type().Name(), v.Uint())
		}
		quote(out, names[v.Uint()])
		return nil
	}
	switch v.Kind() {
	case reflect.Bool:
		out.WriteString(strconv.FormatBool(v.Bool()))
	case reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		out.WriteString(strconv.FormatUint(v.Uint(), 10))
	case reflect.Int16, reflect.Int64:
		out.WriteString(strconv.FormatInt(v.Int(), 10))
	case reflect.String:
		quote(out, v.String())
	case reflect.Slice:
		return writeList(out, v)
	case reflect.Struct:
		return writeRecord(out, v)
	case reflect.Interface:
		return writeVariant(out, v)
	default:
		return fmt.Errorf("%s is not in the vocabulary", v.Type())
	}
	return nil
}

func writeList(out *bytes.Buffer, v reflect.Value) error {
	out.WriteByte('[')
	for i := range v.Len() {
		if i > 0 {
			out.WriteByte(',')
		}
		if err := write(out, v.Index(i)); err != nil {
			return err
		}
	}
	out.WriteByte(']')
	return nil
}

func isDefault(f field, v reflect.Value) bool {
	switch {
	case f.always:
		return false
	case f.fallback > 0:
		return f.name != "max-digits" && (v.Uint() == 0 || v.Uint() == f.fallback)
	case v.Kind() == reflect.Slice:
		return v.Len() == 0
	}
	return v.IsZero()
}

func writeRecord(out *bytes.Buffer, v reflect.Value) error {
	between := byte('{')
	for _, f := range fields(v.Type()) {
		value := v.Field(f.index)
		if isDefault(f, value) {
			continue
		}
		out.WriteByte(between)
		between = ','
		quote(out, strings.ReplaceAll(f.name, "-", "_"))
		out.WriteByte(':')
		if f.fallback > 0 && value.IsZero() {
			out.WriteString(strconv.FormatUint(f.fallback, 10))
		} else if err := write(out, value); err != nil {
			return err
		}
	}
	if between == '{' {
		out.WriteByte('{')
	}
	out.WriteByte('}')
	return nil
}

func writeVariant(out *bytes.Buffer, v reflect.Value) error {
	tag, payload, err := caseOf(v)
	if err != nil {
		return err
	}
	c := variants[v.Type()][tag]
	if !c.hasPayload() {
		quote(out, c.name)
		return nil
	}
	out.WriteByte('{')
	quote(out, c.name)
	out.WriteByte(':')
	if err := write(out, payload); err != nil {
		return err
	}
	out.WriteByte('}')
	return nil
}

func read(tree any, v reflect.Value) error {
	bad := fmt.Errorf("%v is no %s", tree, v.Type())
	if names, ok := enums[v.Type()]; ok {
		for i, name := range names {
			if name == tree {
				v.SetUint(uint64(i))
				return nil
			}
		}
		return bad
	}
	switch v.Kind() {
	case reflect.Bool:
		value, ok := tree.(bool)
		if !ok {
			return bad
		}
		v.SetBool(value)
	case reflect.String:
		value, ok := tree.(string)
		if !ok {
			return bad
		}
		v.SetString(value)
	case reflect.Slice:
		list, ok := tree.([]any)
		if !ok {
			return bad
		}
		v.Set(reflect.MakeSlice(v.Type(), len(list), len(list)))
		for i, item := range list {
			if err := read(item, v.Index(i)); err != nil {
				return err
			}
		}
	case reflect.Struct:
		return readRecord(tree, v)
	case reflect.Interface:
		return readVariant(tree, v)
	default:
		return readNumber(tree, v)
	}
	return nil
}

func readNumber(tree any, v reflect.Value) error {
	number, ok := tree.(json.Number)
	if !ok {
		return fmt.Errorf("%v is no %s", tree, v.Type())
	}
	if v.CanInt() {
		value, err := strconv.ParseInt(string(number), 10, v.Type().Bits())
		v.SetInt(value)
		return err
	}
	value, err := strconv.ParseUint(string(number), 10, v.Type().Bits())
	v.SetUint(value)
	return err
}

func readRecord(tree any, v reflect.Value) error {
	members, ok := tree.(map[string]any)
	if !ok {
		return fmt.Errorf("%v is no %s", tree, v.Type())
	}
	known := 0
	for _, f := range fields(v.Type()) {
		member, ok := members[strings.ReplaceAll(f.name, "-", "_")]
		if !ok {
			continue
		}
		known++
		if f.option && member == nil {
			continue
		}
		if err := read(member, v.Field(f.index)); err != nil {
			return fmt.Errorf("%s: %w", f.name, err)
		}
	}
	if known < len(members) {
		return fmt.Errorf("%v has members that a %s has not", tree, v.Type())
	}
	return nil
}

func readVariant(tree any, v reflect.Value) error {
	name, isName := tree.(string)
	var payload any
	if members, ok := tree.(map[string]any); ok && len(members) == 1 {
		for name, payload = range members {
		}
	}
	for _, c := range variants[v.Type()] {
		if c.name != name || c.hasPayload() == isName {
			continue
		}
		value := reflect.New(c.of).Elem()
		if c.hasPayload() {
			if err := read(payload, value); err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
		}
		v.Set(value)
		return nil
	}
	return fmt.Errorf("%v is no %s", tree, v.Type())
}
