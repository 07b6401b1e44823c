package switchhook

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// Host is the switch as a plugin sees it: the imports of the contract. In a component it is the switch; package switchhooktest has a
// double. A plugin calls the functions of this package instead.
type Host interface {
	Log(level Level, line string)
	Setting(pointer string) (json string, ok bool)
	SettingNames(pointer string) (json string, ok bool)
	StateGet(key string) (value []byte, ok bool)
	StateSet(key string, value []byte, ttlSeconds uint32) error
	StateDelete(key string) bool
	StateIncrement(key string, by int64, ttlSeconds uint32) (int64, error)
	StateCompareAndSet(key string, expected []byte, exists bool, value []byte, ttlSeconds uint32) (bool, error)
	Now() (milliseconds uint64)
	LocalOffset(zone string, at uint64) (minutes int16, err error)
	Count(name string, labels []Label, by uint64)
	Gauge(name string, labels []Label, value float64)
	Observe(name string, labels []Label, seconds float64)
	Registered(client string) bool
	Contacts(client string) []string
	ActiveCalls(client string) uint32
	FindAgent(name string) (Agent, bool)
	Agents(skill string) []Agent
	FindQueue(name string) (Queue, bool)
	Fetch(request *Request) (*Response, error)
}

// UseHost puts another host in the place of the present one, which it returns. For test doubles.
func UseHost(h Host) Host {
	before := host
	host = h
	return before
}

// Log writes a line into the log of the switch.
func Log(level Level, line string) { host.Log(level, line) }

// Warnf writes a line at level warn.
func Warnf(format string, values ...any) { host.Log(LevelWarn, fmt.Sprintf(format, values...)) }

// Infof writes a line at level info. Leave numbers of callers out.
func Infof(format string, values ...any) { host.Log(LevelInfo, fmt.Sprintf(format, values...)) }

// Debugf writes a line at level debug.
func Debugf(format string, values ...any) { host.Log(LevelDebug, fmt.Sprintf(format, values...)) }

// Pointer is a JSON pointer of its parts, escaped: Pointer("numbers", call.Callee) is "/numbers/100".
func Pointer(parts ...string) string {
	var pointer strings.Builder
	for _, part := range parts {
		pointer.WriteByte('/')
		pointer.WriteString(strings.ReplaceAll(strings.ReplaceAll(part, "~", "~0"), "/", "~1"))
	}
	return pointer.String()
}

// HasSetting says whether a pointer leads to a value of the settings.
func HasSetting(pointer string) bool {
	_, ok := host.Setting(pointer)
	return ok
}

// Setting decodes the value that a pointer leads to, as encoding/json does. False: there is no value, or it does not fit into T.
func Setting[T any](pointer string) (T, bool) {
	var value T
	text, ok := host.Setting(pointer)
	ok = ok && json.Unmarshal([]byte(text), &value) == nil
	return value, ok
}

// SettingOr decodes the value that a pointer leads to; the fallback if there is none or it does not fit.
func SettingOr[T any](pointer string, fallback T) T {
	if value, ok := Setting[T](pointer); ok {
		return value
	}
	return fallback
}

// SettingNames is the names of the members of the object that a pointer leads to, in the document's order.
func SettingNames(pointer string) []string {
	var names []string
	if text, ok := host.SettingNames(pointer); ok {
		_ = json.Unmarshal([]byte(text), &names) // the switch has written it
	}
	return names
}

// Error is the name of the error in the contract.
func (e StateError) Error() string { return e.String() }

// seconds is a time to live as the contract wants it: whole seconds, rounded up; 0: it stays.
func seconds(ttl time.Duration) uint32 { return uint32((ttl + time.Second - 1) / time.Second) }

// StateGet is the value of a key.
func StateGet(key string) (string, bool) {
	value, ok := host.StateGet(key)
	return string(value), ok
}

// StateSet sets a key, which disappears after a time to live (0: it stays). The error is a StateError.
func StateSet(key, value string, ttl time.Duration) error {
	return host.StateSet(key, []byte(value), seconds(ttl))
}

// StateDelete removes a key. True if it was there.
func StateDelete(key string) bool { return host.StateDelete(key) }

// StateIncrement adds to a number and returns the sum. The error is a StateError.
func StateIncrement(key string, by int64, ttl time.Duration) (int64, error) {
	return host.StateIncrement(key, by, seconds(ttl))
}

// StateCompareAndSet sets a key if its value is still the expected one (nil: if it is not there). True if it was set.
func StateCompareAndSet(key string, expected *string, value string, ttl time.Duration) (bool, error) {
	if expected == nil {
		return host.StateCompareAndSet(key, nil, false, []byte(value), seconds(ttl))
	}
	return host.StateCompareAndSet(key, []byte(*expected), true, []byte(value), seconds(ttl))
}

// Now is the time of day; `switchhook simulate --at` sets it.
func Now() time.Time { return time.UnixMilli(int64(host.Now())).UTC() }

// Received is when the INVITE arrived.
func (c *Call) Received() time.Time { return time.UnixMilli(int64(c.ReceivedAt)).UTC() }

// In is a moment as the clocks of a time zone show it; an error if there is no such zone. The switch knows the zones: a plugin
// has no files to read them from, and time.LoadLocation fails.
func In(zone string, at time.Time) (time.Time, error) {
	minutes, err := host.LocalOffset(zone, uint64(at.UnixMilli()))
	if err != nil {
		return time.Time{}, err
	}
	return at.In(time.FixedZone(zone, int(minutes)*60)), nil
}

// Count adds to a counter.
func Count(name string, by uint64, labels ...Label) { host.Count(name, labels, by) }

// Gauge sets a gauge.
func Gauge(name string, value float64, labels ...Label) { host.Gauge(name, labels, value) }

// Observe adds one observation to a histogram of times.
func Observe(name string, took time.Duration, labels ...Label) {
	host.Observe(name, labels, took.Seconds())
}

// Registered says whether a client has at least one contact now.
func Registered(client string) bool { return host.Registered(client) }

// Contacts are the contacts of a client, most recent first.
func Contacts(client string) []string { return host.Contacts(client) }

// ActiveCalls says how many calls a client takes part in now.
func ActiveCalls(client string) int { return int(host.ActiveCalls(client)) }

// FindAgent is an agent by name.
func FindAgent(name string) (Agent, bool) { return host.FindAgent(name) }

// Agents are the agents of the domain; with a skill, those that have it.
func Agents(skill string) []Agent { return host.Agents(skill) }

// FindQueue is a queue by name.
func FindQueue(name string) (Queue, bool) { return host.FindQueue(name) }

// Fetch sends a request to a host that the operator granted, and waits for the whole response, whatever its status. The error is
// one of the types of HTTPError.
func Fetch(request *Request) (*Response, error) { return host.Fetch(request) }

// Error says what is not granted.
func (e DeniedError) Error() string { return "denied: " + string(e) }

// Error says what is wrong with the request.
func (e InvalidRequestError) Error() string { return "invalid request: " + string(e) }

// Error says what happened.
func (e ConnectionError) Error() string { return "connection: " + string(e) }

// Error says that there was no whole response in time.
func (TimeoutError) Error() string { return "timeout" }

// Error says that the response is too large.
func (TooLargeError) Error() string { return "too large" }
