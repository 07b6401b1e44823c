// Package switchhooktest is a double of the switch for `go test`: it answers what a plugin asks, and runs case files.
//
//	func TestTheDeskRings(t *testing.T) {
//		host := switchhooktest.New(t)
//		host.Settings(`{"desk": "alice"}`)
//		host.Register("alice", "sip:alice@192.0.2.1")
//		decision, err := plugin{}.Route(switchhooktest.Call("1001", "100"))
//		…
//	}
//
//	func TestCases(t *testing.T) { switchhooktest.Cases(t, "cases.json", "settings.json") }
package switchhooktest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"switchhook"
)

// Client is a client in the directory.
type Client struct {
	Contacts    []string `json:"contacts"`
	ActiveCalls uint32   `json:"active_calls"`
}

// Answer is what comes of an HTTP request.
type Answer struct {
	URL      string `json:"url"`
	Method   string `json:"method"` // empty: any
	Response struct {
		Status  uint16            `json:"status"` // 0: 200
		Headers map[string]string `json:"headers"`
		Body    json.RawMessage   `json:"body"` // a JSON string is sent as its text, anything else as it is
	} `json:"response"`
	Error string `json:"error"` // timeout, denied, connection, too-large; empty: the response
}

// Host is the double. Its fields can be set, and looked at after the plugin was asked.
type Host struct {
	Time     time.Time
	Clients  map[string]Client
	AgentsIn []switchhook.Agent
	Queues   []switchhook.Queue
	State    map[string]string
	Expires  map[string]time.Time
	Answers  []Answer
	Lines    []string              // the log: "warn a blocked caller was refused"
	Metrics  []string              // "count calls_total{kind=outside} 1"
	Requests []*switchhook.Request // the HTTP requests
	settings json.RawMessage
	t        testing.TB
}

// New puts a double in the place of the switch until the test ends. Its clock shows 2026-01-15T12:00:00Z.
func New(t testing.TB) *Host {
	h := &Host{
		Time:     time.Date(2026, 1, 15, 12, 0, 0, 0, time.UTC),
		Clients:  map[string]Client{},
		State:    map[string]string{},
		Expires:  map[string]time.Time{},
		settings: json.RawMessage("{}"),
		t:        t,
	}
	before := switchhook.UseHost(h)
	t.Cleanup(func() { switchhook.UseHost(before) })
	return h
}

// Call is a call of a client.
func Call(caller, callee string) *switchhook.Call {
	return &switchhook.Call{
		ID: "case-1", SIPCallID: "case-1@192.0.2.7", Domain: "example.com", Caller: caller, Callee: callee,
		Origin: switchhook.OriginClient(caller), SourceAddress: "192.0.2.7:5060",
		ReceivedAt: uint64(time.Date(2026, 1, 15, 12, 0, 0, 0, time.UTC).UnixMilli()),
	}
}

// Settings sets the settings of the plugin: a JSON document.
func (h *Host) Settings(document string) { h.settings = json.RawMessage(document) }

// Register registers a client with these contacts.
func (h *Host) Register(client string, contacts ...string) {
	h.Clients[client] = Client{Contacts: contacts}
}

// At sets the clock: RFC 3339.
func (h *Host) At(moment string) {
	at, err := time.Parse(time.RFC3339, moment)
	if err != nil {
		h.t.Fatal(err)
	}
	h.Time = at
}

// Log implements switchhook.Host.
func (h *Host) Log(level switchhook.Level, line string) {
	h.Lines = append(h.Lines, level.String()+" "+line)
}

// lookup follows a JSON pointer (RFC 6901).
func lookup(document json.RawMessage, pointer string) (json.RawMessage, bool) {
	if pointer == "" {
		return document, true
	}
	if pointer[0] != '/' {
		return nil, false
	}
	part, rest, more := strings.Cut(pointer[1:], "/")
	if more {
		rest = "/" + rest
	}
	part = strings.NewReplacer("~1", "/", "~0", "~").Replace(part)
	var object map[string]json.RawMessage
	if json.Unmarshal(document, &object) == nil {
		member, ok := object[part]
		if !ok {
			return nil, false
		}
		return lookup(member, rest)
	}
	var list []json.RawMessage
	index, err := strconv.Atoi(part)
	if err != nil || strconv.Itoa(index) != part || json.Unmarshal(document, &list) != nil || index < 0 || index >= len(list) {
		return nil, false
	}
	return lookup(list[index], rest)
}

// Setting implements switchhook.Host.
func (h *Host) Setting(pointer string) (string, bool) {
	value, ok := lookup(h.settings, pointer)
	return string(value), ok
}

// SettingNames implements switchhook.Host.
func (h *Host) SettingNames(pointer string) (string, bool) {
	value, ok := lookup(h.settings, pointer)
	decoder := json.NewDecoder(bytes.NewReader(value))
	if first, err := decoder.Token(); !ok || err != nil || first != json.Delim('{') {
		return "", false
	}
	names := []string{}
	for decoder.More() {
		name, _ := decoder.Token()
		var skipped json.RawMessage
		if err := decoder.Decode(&skipped); err != nil {
			h.t.Fatalf("settings: %v", err)
		}
		names = append(names, fmt.Sprint(name))
	}
	text, _ := json.Marshal(names)
	return string(text), true
}

func (h *Host) expire(key string) {
	if at, ok := h.Expires[key]; ok && !h.Time.Before(at) {
		delete(h.State, key)
		delete(h.Expires, key)
	}
}

// StateGet implements switchhook.Host.
func (h *Host) StateGet(key string) ([]byte, bool) {
	h.expire(key)
	value, ok := h.State[key]
	return []byte(value), ok
}

// StateSet implements switchhook.Host.
func (h *Host) StateSet(key string, value []byte, ttlSeconds uint32) error {
	if key == "" || len(key) > 256 {
		return switchhook.StateErrorBadKey
	}
	if len(value) > 64*1024 {
		return switchhook.StateErrorTooLarge
	}
	if _, ok := h.State[key]; !ok && len(h.State) >= 10000 {
		return switchhook.StateErrorQuota
	}
	h.State[key] = string(value)
	delete(h.Expires, key)
	if ttlSeconds > 0 {
		h.Expires[key] = h.Time.Add(time.Duration(ttlSeconds) * time.Second)
	}
	return nil
}

// StateDelete implements switchhook.Host.
func (h *Host) StateDelete(key string) bool {
	_, ok := h.StateGet(key)
	delete(h.State, key)
	delete(h.Expires, key)
	return ok
}

// StateIncrement implements switchhook.Host.
func (h *Host) StateIncrement(key string, by int64, ttlSeconds uint32) (int64, error) {
	value, ok := h.StateGet(key)
	if !ok {
		return by, h.StateSet(key, strconv.AppendInt(nil, by, 10), ttlSeconds)
	}
	number, err := strconv.ParseInt(string(value), 10, 64)
	overflows := by > 0 && number > math.MaxInt64-by || by < 0 && number < math.MinInt64-by
	if err != nil || overflows {
		return 0, switchhook.StateErrorNotANumber
	}
	h.State[key] = strconv.FormatInt(number+by, 10)
	return number + by, nil
}

// StateCompareAndSet implements switchhook.Host.
func (h *Host) StateCompareAndSet(key string, expected []byte, exists bool, value []byte, ttlSeconds uint32) (bool, error) {
	now, ok := h.StateGet(key)
	if ok != exists || ok && !bytes.Equal(now, expected) {
		return false, nil
	}
	err := h.StateSet(key, value, ttlSeconds)
	return err == nil, err
}

// Now implements switchhook.Host.
func (h *Host) Now() uint64 { return uint64(h.Time.UnixMilli()) }

// LocalOffset implements switchhook.Host.
func (h *Host) LocalOffset(zone string, at uint64) (int16, error) {
	location, err := time.LoadLocation(zone)
	if err != nil || zone == "" || zone == "Local" {
		return 0, fmt.Errorf("no time zone %s", zone)
	}
	_, offset := time.UnixMilli(int64(at)).In(location).Zone()
	return int16(offset / 60), nil
}

func (h *Host) metric(kind, name string, labels []switchhook.Label, value any) {
	var parts []string
	for _, label := range labels {
		parts = append(parts, label.Name+"="+label.Value)
	}
	h.Metrics = append(h.Metrics, fmt.Sprintf("%s %s{%s} %v", kind, name, strings.Join(parts, ","), value))
}

// Count implements switchhook.Host.
func (h *Host) Count(name string, labels []switchhook.Label, by uint64) {
	h.metric("count", name, labels, by)
}

// Gauge implements switchhook.Host.
func (h *Host) Gauge(name string, labels []switchhook.Label, value float64) {
	h.metric("gauge", name, labels, value)
}

// Observe implements switchhook.Host.
func (h *Host) Observe(name string, labels []switchhook.Label, seconds float64) {
	h.metric("observe", name, labels, seconds)
}

// Registered implements switchhook.Host.
func (h *Host) Registered(client string) bool { return len(h.Clients[client].Contacts) > 0 }

// Contacts implements switchhook.Host.
func (h *Host) Contacts(client string) []string { return h.Clients[client].Contacts }

// ActiveCalls implements switchhook.Host.
func (h *Host) ActiveCalls(client string) uint32 { return h.Clients[client].ActiveCalls }

// FindAgent implements switchhook.Host.
func (h *Host) FindAgent(name string) (switchhook.Agent, bool) {
	for _, agent := range h.AgentsIn {
		if agent.Name == name {
			return agent, true
		}
	}
	return switchhook.Agent{}, false
}

// Agents implements switchhook.Host.
func (h *Host) Agents(skill string) []switchhook.Agent {
	var found []switchhook.Agent
	for _, agent := range h.AgentsIn {
		if skill == "" || slices.Contains(agent.Skills, skill) {
			found = append(found, agent)
		}
	}
	return found
}

// FindQueue implements switchhook.Host.
func (h *Host) FindQueue(name string) (switchhook.Queue, bool) {
	for _, queue := range h.Queues {
		if queue.Name == name {
			return queue, true
		}
	}
	return switchhook.Queue{}, false
}

// Fetch implements switchhook.Host.
func (h *Host) Fetch(request *switchhook.Request) (*switchhook.Response, error) {
	h.Requests = append(h.Requests, request)
	for _, answer := range h.Answers {
		if answer.URL != request.URL || answer.Method != "" && answer.Method != request.Method {
			continue
		}
		switch answer.Error {
		case "":
			return answer.response(), nil
		case "timeout":
			return nil, switchhook.TimeoutError{}
		case "too-large":
			return nil, switchhook.TooLargeError{}
		case "connection":
			return nil, switchhook.ConnectionError("as the test wants it")
		}
		return nil, switchhook.DeniedError("as the test wants it")
	}
	return nil, switchhook.DeniedError("no answer to " + request.URL + " in the test")
}

func (a Answer) response() *switchhook.Response {
	response := &switchhook.Response{Status: a.Response.Status, Body: a.Response.Body}
	if response.Status == 0 {
		response.Status = 200
	}
	var text string
	if json.Unmarshal(a.Response.Body, &text) == nil {
		response.Body = []byte(text)
	}
	for name, value := range a.Response.Headers {
		response.Headers = append(response.Headers, switchhook.Header{Name: name, Value: value})
	}
	slices.SortFunc(response.Headers, func(a, b switchhook.Header) int { return strings.Compare(a.Name, b.Name) })
	return response
}
