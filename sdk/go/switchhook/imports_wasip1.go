package switchhook

import (
	"errors"
	"reflect"
	"unsafe"
)

//go:wasmimport switchhook:plugin/log@0.2.0 write
func logWrite(level int32, line string)

//go:wasmimport switchhook:plugin/settings@0.2.0 get
func settingsGet(pointer string, result uint32)

//go:wasmimport switchhook:plugin/settings@0.2.0 names
func settingsNames(pointer string, result uint32)

//go:wasmimport switchhook:plugin/state@0.2.0 get
func stateGet(key string, result uint32)

//go:wasmimport switchhook:plugin/state@0.2.0 set
func stateSet(key string, value unsafe.Pointer, length uint32, hasTTL int32, ttl uint32, result uint32)

//go:wasmimport switchhook:plugin/state@0.2.0 delete
func stateDelete(key string) int32

//go:wasmimport switchhook:plugin/state@0.2.0 increment
func stateIncrement(key string, by int64, hasTTL int32, ttl uint32, result uint32)

//go:wasmimport switchhook:plugin/state@0.2.0 compare-and-set
func stateCompareAndSet(key string, exists int32, expected unsafe.Pointer, expectedLength uint32, value unsafe.Pointer, length uint32, hasTTL int32, ttl uint32, result uint32)

//go:wasmimport switchhook:plugin/time@0.2.0 now
func timeNow() uint64

//go:wasmimport switchhook:plugin/time@0.2.0 local
func timeLocal(zone string, at uint64, result uint32)

//go:wasmimport switchhook:plugin/metrics@0.2.0 count
func metricsCount(name string, labels, length uint32, by uint64)

//go:wasmimport switchhook:plugin/metrics@0.2.0 gauge
func metricsGauge(name string, labels, length uint32, value float64)

//go:wasmimport switchhook:plugin/metrics@0.2.0 observe
func metricsObserve(name string, labels, length uint32, seconds float64)

//go:wasmimport switchhook:plugin/directory@0.2.0 registered
func directoryRegistered(client string) int32

//go:wasmimport switchhook:plugin/directory@0.2.0 contacts
func directoryContacts(client string, result uint32)

//go:wasmimport switchhook:plugin/directory@0.2.0 active-calls
func directoryActiveCalls(client string) uint32

//go:wasmimport switchhook:plugin/directory@0.2.0 find-agent
func directoryFindAgent(name string, result uint32)

//go:wasmimport switchhook:plugin/directory@0.2.0 agents
func directoryAgents(hasSkill int32, skill string, result uint32)

//go:wasmimport switchhook:plugin/directory@0.2.0 find-queue
func directoryFindQueue(name string, result uint32)

//go:wasmimport switchhook:plugin/http@0.2.0 fetch
func httpFetch(method, url string, headers, headerCount uint32, body unsafe.Pointer, bodyLength uint32, hasTimeout int32, timeout uint32, result uint32)

// component is the switch, asked through the imports.
type component struct{}

// host answers for the switch.
var host Host = component{}

func flag(set bool) int32 {
	if set {
		return 1
	}
	return 0
}

// option lifts what lies behind the tag of an option, if it is there.
func option[T any](at uintptr) (value T, ok bool) {
	if load[uint8](at) == 0 {
		return value, false
	}
	return liftAs[T](at + alignUp(1, tagged(reflect.TypeFor[T]()).align)), true
}

// area is memory for a result of this type behind a tag.
func area(payloads ...reflect.Type) uintptr { return allocate(tagged(payloads...).size) }

var (
	ofString = reflect.TypeFor[string]()
	ofBytes  = reflect.TypeFor[[]byte]()
)

func (component) Log(level Level, line string) { logWrite(int32(level), line) }

func (component) Setting(pointer string) (string, bool) {
	at := area(ofString)
	settingsGet(pointer, uint32(at))
	return option[string](at)
}

func (component) SettingNames(pointer string) (string, bool) {
	at := area(ofString)
	settingsNames(pointer, uint32(at))
	return option[string](at)
}

func (component) StateGet(key string) ([]byte, bool) {
	at := area(ofBytes)
	stateGet(key, uint32(at))
	return option[[]byte](at)
}

// stateError reads the error behind the tag of a result, whose payload lies at this distance.
func stateError(at, distance uintptr) error {
	if load[uint8](at) == 0 {
		return nil
	}
	return StateError(load[uint8](at + distance))
}

func bytesOf(value []byte) (unsafe.Pointer, uint32) {
	return unsafe.Pointer(unsafe.SliceData(value)), uint32(len(value))
}

func (component) StateSet(key string, value []byte, ttl uint32) error {
	at := allocate(2)
	pointer, length := bytesOf(value)
	stateSet(key, pointer, length, flag(ttl > 0), ttl, uint32(at))
	return stateError(at, 1)
}

func (component) StateDelete(key string) bool { return stateDelete(key) != 0 }

func (component) StateIncrement(key string, by int64, ttl uint32) (int64, error) {
	at := allocate(16)
	stateIncrement(key, by, flag(ttl > 0), ttl, uint32(at))
	if err := stateError(at, 8); err != nil {
		return 0, err
	}
	return load[int64](at + 8), nil
}

func (component) StateCompareAndSet(key string, expected []byte, exists bool, value []byte, ttl uint32) (bool, error) {
	at := allocate(2)
	before, beforeLength := bytesOf(expected)
	pointer, length := bytesOf(value)
	stateCompareAndSet(key, flag(exists), before, beforeLength, pointer, length, flag(ttl > 0), ttl, uint32(at))
	if err := stateError(at, 1); err != nil {
		return false, err
	}
	return load[uint8](at+1) != 0, nil
}

func (component) Now() uint64 { return timeNow() }

func (component) LocalOffset(zone string, at uint64) (int16, error) {
	result := area(reflect.TypeFor[localTime](), ofString)
	timeLocal(zone, at, uint32(result))
	if load[uint8](result) != 0 {
		return 0, errors.New(liftString(result + 4))
	}
	return liftAs[localTime](result + 4).OffsetMinutes, nil
}

func lowerLabels(labels []Label) (at, length uint32) {
	list := allocate(8)
	if err := lowerAs(list, labels); err != nil {
		return 8, 0
	}
	return load[uint32](list), uint32(len(labels))
}

func (component) Count(name string, labels []Label, by uint64) {
	at, length := lowerLabels(labels)
	metricsCount(name, at, length, by)
}

func (component) Gauge(name string, labels []Label, value float64) {
	at, length := lowerLabels(labels)
	metricsGauge(name, at, length, value)
}

func (component) Observe(name string, labels []Label, seconds float64) {
	at, length := lowerLabels(labels)
	metricsObserve(name, at, length, seconds)
}

func (component) Registered(client string) bool { return directoryRegistered(client) != 0 }

func (component) Contacts(client string) []string {
	at := allocate(8)
	directoryContacts(client, uint32(at))
	return liftAs[[]string](at)
}

func (component) ActiveCalls(client string) uint32 { return directoryActiveCalls(client) }

func (component) FindAgent(name string) (Agent, bool) {
	at := area(reflect.TypeFor[Agent]())
	directoryFindAgent(name, uint32(at))
	return option[Agent](at)
}

func (component) Agents(skill string) []Agent {
	at := allocate(8)
	directoryAgents(flag(skill != ""), skill, uint32(at))
	return liftAs[[]Agent](at)
}

func (component) FindQueue(name string) (Queue, bool) {
	at := area(reflect.TypeFor[Queue]())
	directoryFindQueue(name, uint32(at))
	return option[Queue](at)
}

func (component) Fetch(request *Request) (*Response, error) {
	response, failure := reflect.TypeFor[Response](), reflect.TypeFor[HTTPError]()
	at := area(response, failure)
	headers := allocate(8)
	if err := lowerAs(headers, request.Headers); err != nil {
		return nil, err
	}
	body, length := bytesOf(request.Body)
	timeout := request.TimeoutMilliseconds
	httpFetch(request.Method, request.URL, load[uint32](headers), uint32(len(request.Headers)), body, length, flag(timeout > 0), timeout, uint32(at))
	payload := at + alignUp(1, tagged(response, failure).align)
	if load[uint8](at) != 0 {
		return nil, liftAs[HTTPError](payload).(error)
	}
	answer := liftAs[Response](payload)
	return &answer, nil
}
