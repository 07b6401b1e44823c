package switchhook

import (
	"fmt"
	"reflect"
	"unsafe"
)

// layout is where a type lies in memory by the canonical ABI of the component model.
type layout struct{ size, align uintptr }

var layouts = map[reflect.Type]layout{}

func alignUp(at, align uintptr) uintptr { return (at + align - 1) &^ (align - 1) }

// layoutOf computes the layout of a type that is not optional.
func layoutOf(t reflect.Type) layout {
	if known, ok := layouts[t]; ok {
		return known
	}
	var l layout
	switch t.Kind() {
	case reflect.String, reflect.Slice:
		l = layout{8, 4}
	case reflect.Struct:
		l.align = 1
		for _, f := range fields(t) {
			inner := fieldLayout(f)
			l.size = alignUp(l.size, inner.align) + inner.size
			l.align = max(l.align, inner.align)
		}
		l.size = alignUp(l.size, l.align)
	case reflect.Interface:
		l = tagged(variantTypes(t)...)
	default:
		l = layout{t.Size(), t.Size()}
	}
	layouts[t] = l
	return l
}

func variantTypes(t reflect.Type) []reflect.Type {
	var types []reflect.Type
	for _, c := range variants[t] {
		if c.hasPayload() {
			types = append(types, c.of)
		}
	}
	return types
}

// tagged is the layout of a tag with one of these payloads.
func tagged(payloads ...reflect.Type) layout {
	l := layout{0, 1}
	for _, payload := range payloads {
		inner := layoutOf(payload)
		l.size = max(l.size, inner.size)
		l.align = max(l.align, inner.align)
	}
	return layout{alignUp(alignUp(1, l.align)+l.size, l.align), l.align}
}

func fieldLayout(f field) layout {
	if f.option {
		return tagged(f.of)
	}
	return layoutOf(f.of)
}

func load[T any](at uintptr) T { return *(*T)(unsafe.Pointer(at)) }

func store[T any](at uintptr, value T) { *(*T)(unsafe.Pointer(at)) = value }

// lift reads a value that the switch has written.
func lift(at uintptr, v reflect.Value) {
	switch v.Kind() {
	case reflect.Bool:
		v.SetBool(load[uint8](at) != 0)
	case reflect.Uint8:
		v.SetUint(uint64(load[uint8](at)))
	case reflect.Uint16:
		v.SetUint(uint64(load[uint16](at)))
	case reflect.Uint32:
		v.SetUint(uint64(load[uint32](at)))
	case reflect.Uint64:
		v.SetUint(load[uint64](at))
	case reflect.Int16:
		v.SetInt(int64(load[int16](at)))
	case reflect.Int64:
		v.SetInt(load[int64](at))
	case reflect.String:
		v.SetString(liftString(at))
	case reflect.Slice:
		liftList(at, v)
	case reflect.Struct:
		offset := uintptr(0)
		for _, f := range fields(v.Type()) {
			l := fieldLayout(f)
			offset = alignUp(offset, l.align)
			if !f.option {
				lift(at+offset, v.Field(f.index))
			} else if load[uint8](at+offset) != 0 {
				lift(at+offset+alignUp(1, l.align), v.Field(f.index))
			}
			offset += l.size
		}
	case reflect.Interface:
		c := variants[v.Type()][load[uint8](at)]
		value := reflect.New(c.of).Elem()
		if c.hasPayload() {
			lift(at+alignUp(1, layoutOf(v.Type()).align), value)
		}
		v.Set(value)
	}
}

func liftBytes(at uintptr) []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(uintptr(load[uint32](at)))), load[uint32](at+4))
}

func liftString(at uintptr) string { return string(liftBytes(at)) }

func liftList(at uintptr, v reflect.Value) {
	element := v.Type().Elem()
	if element.Kind() == reflect.Uint8 {
		v.SetBytes(append([]byte{}, liftBytes(at)...))
		return
	}
	size := layoutOf(element).size
	from, count := uintptr(load[uint32](at)), int(load[uint32](at+4))
	v.Set(reflect.MakeSlice(v.Type(), count, count))
	for i := range count {
		lift(from+uintptr(i)*size, v.Index(i))
	}
}

// liftAs reads a value of a type.
func liftAs[T any](at uintptr) T {
	var value T
	lift(at, reflect.ValueOf(&value).Elem())
	return value
}

// Memory that the switch reads a result or a parameter from. It is kept until the next decision; the texts in it are those of `held`.
var (
	pieces [][]uint64
	held   []any
)

// release lets go of what was kept for the last decision.
func release() {
	pieces = pieces[:0]
	held = held[:0]
}

// allocate is memory for the switch to read or to write, set to zero.
func allocate(size uintptr) uintptr {
	piece := make([]uint64, size/8+1)
	pieces = append(pieces, piece)
	return uintptr(unsafe.Pointer(unsafe.SliceData(piece)))
}

// lower writes a value for the switch to read, into memory that is zero.
func lower(at uintptr, v reflect.Value) error {
	switch v.Kind() {
	case reflect.Bool:
		store(at, v.Bool())
	case reflect.Uint8:
		store(at, uint8(v.Uint()))
	case reflect.Uint16:
		store(at, uint16(v.Uint()))
	case reflect.Uint32:
		store(at, uint32(v.Uint()))
	case reflect.Uint64:
		store(at, v.Uint())
	case reflect.Int16:
		store(at, int16(v.Int()))
	case reflect.Int64:
		store(at, v.Int())
	case reflect.String:
		text := v.String()
		store(at, uint32(uintptr(unsafe.Pointer(unsafe.StringData(text)))))
		store(at+4, uint32(len(text)))
	case reflect.Slice:
		return lowerList(at, v)
	case reflect.Struct:
		return lowerRecord(at, v)
	case reflect.Interface:
		tag, payload, err := caseOf(v)
		if err != nil {
			return err
		}
		store(at, uint8(tag))
		if variants[v.Type()][tag].hasPayload() {
			return lower(at+alignUp(1, layoutOf(v.Type()).align), payload)
		}
	default:
		return fmt.Errorf("%s is not in the vocabulary", v.Type())
	}
	return nil
}

func lowerList(at uintptr, v reflect.Value) error {
	size := layoutOf(v.Type().Elem()).size
	store(at+4, uint32(v.Len()))
	if v.Len() == 0 {
		store(at, uint32(8)) // a valid address that is never read
		return nil
	}
	if v.Type().Elem().Kind() == reflect.Uint8 {
		store(at, uint32(uintptr(v.UnsafePointer())))
		return nil
	}
	to := allocate(uintptr(v.Len()) * size)
	store(at, uint32(to))
	for i := range v.Len() {
		if err := lower(to+uintptr(i)*size, v.Index(i)); err != nil {
			return err
		}
	}
	return nil
}

func lowerRecord(at uintptr, v reflect.Value) error {
	offset := uintptr(0)
	for _, f := range fields(v.Type()) {
		l := fieldLayout(f)
		offset = alignUp(offset, l.align)
		value, to := v.Field(f.index), at+offset
		if f.fallback > 0 && value.IsZero() {
			value = reflect.ValueOf(f.fallback).Convert(f.of)
		}
		offset += l.size
		if f.option {
			if value.IsZero() {
				continue
			}
			store(to, uint8(1))
			to += alignUp(1, l.align)
		}
		if err := lower(to, value); err != nil {
			return err
		}
	}
	return nil
}

// lowerAs writes a value and holds it until the next decision.
func lowerAs[T any](at uintptr, value T) error {
	held = append(held, value)
	return lower(at, reflect.ValueOf(&value).Elem())
}
