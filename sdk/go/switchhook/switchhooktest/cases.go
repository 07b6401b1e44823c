package switchhooktest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"

	"switchhook"
)

// testCase is one case of a case file.
type testCase struct {
	number    int
	Name      string            `json:"name"`
	Call      json.RawMessage   `json:"call"`
	At        string            `json:"at"`
	Settings  json.RawMessage   `json:"settings"`
	State     map[string]string `json:"state"`
	HTTP      []Answer          `json:"http"`
	Directory struct {
		Clients map[string]Client `json:"clients"`
		Agents  []json.RawMessage `json:"agents"`
		Queues  json.RawMessage   `json:"queues"`
	} `json:"directory"`
	Resume *struct {
		Tag     string          `json:"tag"`
		Outcome json.RawMessage `json:"outcome"`
	} `json:"resume"`
	Register    json.RawMessage   `json:"register"`
	Event       json.RawMessage   `json:"event"`
	Expect      json.RawMessage   `json:"expect"`
	ExpectState map[string]string `json:"expect_state"`
	ExpectHTTP  []struct {
		URL    string          `json:"url"`
		Method string          `json:"method"`
		Body   json.RawMessage `json:"body"`
	} `json:"expect_http"`
}

// Cases runs the cases of a case file against what the plugin exports, each as a test of its own. The settings are those of a
// file ("": none) unless the cases bring some.
func Cases(t *testing.T, cases, settings string) {
	t.Helper()
	var file struct {
		Settings json.RawMessage `json:"settings"`
		Cases    []testCase      `json:"cases"`
	}
	load(t, cases, &file)
	common := json.RawMessage("{}")
	if settings != "" {
		load(t, settings, &common)
	}
	if file.Settings != nil {
		common = file.Settings
	}
	for i, c := range file.Cases {
		c.number = i + 1
		t.Run(c.Name, func(t *testing.T) { c.run(t, common) })
	}
}

func load(t *testing.T, path string, into any) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err == nil {
		err = json.Unmarshal(text, into)
	}
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
}

// vocabulary reads a part of a case, if it is there.
func vocabulary(t *testing.T, text json.RawMessage, into any) {
	t.Helper()
	if text == nil {
		return
	}
	if err := switchhook.Unmarshal(text, into); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
}

func written(t *testing.T, value any) string {
	t.Helper()
	text, err := switchhook.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func (c testCase) run(t *testing.T, common json.RawMessage) {
	h := New(t)
	h.settings = common
	if c.Settings != nil {
		h.settings = c.Settings
	}
	if c.At != "" {
		h.At(c.At)
	}
	for key, value := range c.State {
		h.State[key] = value
	}
	h.Clients, h.Answers = c.Directory.Clients, c.HTTP
	for _, text := range c.Directory.Agents {
		members := membersOf(t, text)
		usual(members, "status", "offline")
		var agent switchhook.Agent
		whole(t, members, &agent)
		h.AgentsIn = append(h.AgentsIn, agent)
	}
	vocabulary(t, c.Directory.Queues, &h.Queues)

	actual, failure := c.ask(t, h)
	c.compare(t, actual, failure)
	for key, value := range c.ExpectState {
		if now, ok := h.StateGet(key); !ok || string(now) != value {
			t.Errorf("state %s\nexpected %s\ngot      %s", key, value, now)
		}
	}
	if c.ExpectHTTP != nil {
		c.compareRequests(t, h.Requests)
	}
}

// usual sets what a case leaves out.
func usual[T any](members map[string]any, name string, value T) T {
	if given, ok := members[name].(T); ok {
		return given
	}
	if _, ok := members[name]; !ok {
		members[name] = value
	}
	return value
}

// whole reads a part of a case of which something was left out.
func whole(t *testing.T, members map[string]any, into any) {
	t.Helper()
	text, err := json.Marshal(members)
	if err != nil {
		t.Fatal(err)
	}
	vocabulary(t, text, into)
}

// membersOf are the members of an object; numbers keep all their digits.
func membersOf(t *testing.T, text json.RawMessage) map[string]any {
	t.Helper()
	members := map[string]any{}
	if text != nil {
		decoder := json.NewDecoder(bytes.NewReader(text))
		decoder.UseNumber()
		if err := decoder.Decode(&members); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
	}
	return members
}

func (c testCase) call(t *testing.T, h *Host) *switchhook.Call {
	members := membersOf(t, c.Call)
	id := usual(members, "id", fmt.Sprintf("case-%d", c.number))
	usual(members, "sip_call_id", id+"@192.0.2.7")
	usual(members, "domain", "example.com")
	caller := usual(members, "caller", "1001")
	usual(members, "callee", "100")
	usual(members, "source_address", "192.0.2.7:5060")
	usual(members, "received_at", h.Now())
	usual(members, "origin", map[string]any{"client": caller})
	var call switchhook.Call
	whole(t, members, &call)
	return &call
}

func (c testCase) registration(t *testing.T, h *Host) *switchhook.Registration {
	members := membersOf(t, c.Register)
	username := usual(members, "username", "")
	domain := usual(members, "domain", "example.com")
	usual(members, "expires_seconds", 3600)
	usual(members, "source_address", "192.0.2.7:5060")
	usual(members, "received_at", h.Now())
	usual(members, "contacts", []any{"sip:" + username + "@192.0.2.7:5060"})
	credentials := usual(members, "credentials", map[string]any{})
	usual(credentials, "username", username)
	usual(credentials, "realm", domain)
	usual(credentials, "nonce", "5f2b7c1e")
	usual(credentials, "uri", "sip:"+domain)
	usual(credentials, "response", "00000000000000000000000000000000")
	usual(credentials, "method", "REGISTER")
	var registration switchhook.Registration
	whole(t, members, &registration)
	return &registration
}

// kinds are the kinds of events by the names that case files, webhooks and the switch's own stream have for them.
var kinds = map[string]string{
	"call.initiated": "initiated", "call.decided": "decided", "verb.started": "verb-started", "verb.ended": "verb-ended",
	"call.trying": "leg-trying", "call.ringing": "leg-ringing", "call.answered": "leg-answered",
	"call.leg-failed": "leg-failed", "call.hangup": "leg-hung-up", "call.reinvited": "reinvited",
	"call.transfer-requested": "transfer-requested", "recording.available": "recording-available",
	"call.completed": "completed",
}

// event reads an event, which is flat in a case file: `type`, and the members of its record.
func (c testCase) event(t *testing.T, h *Host) *switchhook.Event {
	members := membersOf(t, c.Event)
	kind := kinds[usual(members, "type", "")]
	delete(members, "type")
	common, record := map[string]any{}, map[string]any{}
	for name, value := range members {
		switch name {
		case "call_id", "sip_call_id", "domain", "caller", "callee", "origin", "sequence", "at", "variables":
			common[name] = value
		default:
			record[name] = value
		}
	}
	switch kind {
	case "initiated":
		common["kind"] = kind
	case "reinvited":
		common["kind"] = map[string]any{kind: record["by"]}
	default:
		common["kind"] = map[string]any{kind: record}
	}
	id := usual(common, "call_id", fmt.Sprintf("case-%d", c.number))
	usual(common, "sip_call_id", id+"@192.0.2.7")
	usual(common, "domain", "example.com")
	caller := usual(common, "caller", "1001")
	usual(common, "callee", "100")
	usual(common, "origin", map[string]any{"client": caller})
	usual(common, "at", h.Now())
	var event switchhook.Event
	whole(t, common, &event)
	return &event
}

// ask is what the plugin answers, as JSON, or its error.
func (c testCase) ask(t *testing.T, h *Host) (string, error) {
	switch {
	case c.Register != nil:
		grant, refusal := switchhook.AskRegister(c.registration(t, h))
		if refusal != nil {
			return `{"refusal":` + written(t, refusal) + `}`, nil
		}
		return `{"grant":` + written(t, grant) + `}`, nil
	case c.Event != nil:
		switchhook.Tell(c.event(t, h))
		return "null", nil
	case c.Resume != nil:
		var outcome switchhook.Outcome = switchhook.Completed{}
		vocabulary(t, c.Resume.Outcome, &outcome)
		continuation, err := switchhook.AskResume(c.call(t, h), c.Resume.Tag, outcome)
		if err != nil {
			return "", err
		}
		return written(t, &continuation), nil
	}
	decision, err := switchhook.AskRoute(c.call(t, h))
	if err != nil {
		return "", err
	}
	return written(t, &decision), nil
}

// normal is what was expected as the vocabulary writes it.
func (c testCase) normal(t *testing.T, parts map[string]json.RawMessage) string {
	switch {
	case parts["grant"] != nil:
		var grant switchhook.Grant
		vocabulary(t, parts["grant"], &grant)
		return `{"grant":` + written(t, grant) + `}`
	case parts["refusal"] != nil:
		var refusal switchhook.Refusal
		vocabulary(t, parts["refusal"], &refusal)
		return `{"refusal":` + written(t, refusal) + `}`
	case parts["script"] != nil || parts["next"] != nil:
		var decision switchhook.Decision
		vocabulary(t, c.Expect, &decision)
		return written(t, &decision)
	case c.Expect == nil:
		return "null"
	}
	return string(bytes.TrimSpace(c.Expect))
}

func (c testCase) compare(t *testing.T, actual string, failure error) {
	t.Helper()
	var parts map[string]json.RawMessage
	_ = json.Unmarshal(c.Expect, &parts) // "proceed" has no parts
	if text, ok := parts["error"]; ok {
		var part string
		if err := json.Unmarshal(text, &part); err != nil {
			t.Fatal(err)
		}
		if failure == nil || !strings.Contains(failure.Error(), part) {
			t.Errorf("expected an error with %q\ngot %s, %v", part, actual, failure)
		}
		return
	}
	expected := c.normal(t, parts)
	if failure != nil || actual != expected {
		t.Errorf("\nexpected %s\ngot      %s, %v", expected, actual, failure)
	}
}

func (c testCase) compareRequests(t *testing.T, requests []*switchhook.Request) {
	t.Helper()
	if len(requests) != len(c.ExpectHTTP) {
		t.Fatalf("expected %d requests, got %d", len(c.ExpectHTTP), len(requests))
	}
	for i, want := range c.ExpectHTTP {
		got := requests[i]
		if want.URL != "" && want.URL != got.URL || want.Method != "" && want.Method != got.Method {
			t.Errorf("request %d: expected %s %s, got %s %s", i, want.Method, want.URL, got.Method, got.URL)
		}
		if want.Body != nil && !sameBody(want.Body, got.Body) {
			t.Errorf("request %d: expected %s, got %s", i, want.Body, got.Body)
		}
	}
}

// sameBody compares a body with a text, or with a JSON value whatever its blanks.
func sameBody(want json.RawMessage, got []byte) bool {
	var text string
	if json.Unmarshal(want, &text) == nil {
		return text == string(got)
	}
	var a, b any
	return json.Unmarshal(want, &a) == nil && json.Unmarshal(got, &b) == nil && fmt.Sprint(a) == fmt.Sprint(b)
}
