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
	Name      string            `json:"name"`
	Call      json.RawMessage   `json:"call"`
	At        string            `json:"at"`
	Settings  json.RawMessage   `json:"settings"`
	State     map[string]string `json:"state"`
	HTTP      []Answer          `json:"http"`
	Directory struct {
		Clients map[string]Client `json:"clients"`
		Agents  json.RawMessage   `json:"agents"`
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
	for _, c := range file.Cases {
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
	vocabulary(t, c.Directory.Agents, &h.AgentsIn)
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

func (c testCase) call(t *testing.T, h *Host) *switchhook.Call {
	call := Call("", "")
	call.Origin, call.ReceivedAt = nil, h.Now()
	vocabulary(t, c.Call, call)
	if call.Origin == nil {
		call.Origin = switchhook.OriginClient(call.Caller)
	}
	return call
}

// ask is what the plugin answers, as JSON, or its error.
func (c testCase) ask(t *testing.T, h *Host) (string, error) {
	switch {
	case c.Register != nil:
		var registration switchhook.Registration
		vocabulary(t, c.Register, &registration)
		grant, refusal := switchhook.AskRegister(&registration)
		if refusal != nil {
			return `{"refusal":` + written(t, refusal) + `}`, nil
		}
		return `{"grant":` + written(t, grant) + `}`, nil
	case c.Event != nil:
		var event switchhook.Event
		vocabulary(t, c.Event, &event)
		switchhook.Tell(&event)
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
