// Command parrot repeats what it is told: it keeps what it was given in the state, as JSON, and answers what the settings say. The cases,
// those of the parrot in C, go through every structure of the contract in both directions.
package main

import (
	"errors"
	"strconv"
	"time"

	"switchhook"
)

type parrot struct{}

// keep writes a value into the state as JSON.
func keep(key string, value any) {
	text, err := switchhook.Marshal(value)
	if err != nil {
		text = []byte(err.Error())
	}
	_ = switchhook.StateSet(key, string(text), 0)
}

func keepNumber(key string, number int64) {
	_ = switchhook.StateSet(key, strconv.FormatInt(number, 10), 0)
}

func keepFlags(key string, flags ...bool) {
	number := int64(0)
	for _, flag := range flags {
		number *= 10
		if flag {
			number++
		}
	}
	keepNumber(key, number)
}

// told reads a value from the settings.
func told(pointer string, value any) error {
	text, ok := switchhook.SettingText(pointer)
	if !ok {
		return errors.New("nothing to say")
	}
	return switchhook.Unmarshal([]byte(text), value)
}

func (parrot) Route(call *switchhook.Call) (switchhook.Decision, error) {
	keep("call", call)
	if call.Callee == "ask" {
		askDirectory()
		askState()
		askOthers(call)
		askHTTP()
		return switchhook.Next{}, nil
	}
	var decision switchhook.Decision
	err := told("/decision", &decision)
	return decision, err
}

func (parrot) Resume(call *switchhook.Call, tag string, outcome switchhook.Outcome) (switchhook.Continuation, error) {
	keep("call", call)
	keep("outcome", &outcome)
	_ = switchhook.StateSet("tag", tag, 0)
	var continuation switchhook.Continuation
	err := told("/continuation", &continuation)
	return continuation, err
}

func (parrot) Register(registration *switchhook.Registration) (*switchhook.Grant, error) {
	keep("registration", registration)
	var grant switchhook.Grant
	if told("/grant", &grant) == nil {
		return &grant, nil
	}
	var refusal switchhook.Refusal
	if err := told("/refusal", &refusal); err != nil {
		return nil, err
	}
	return nil, &refusal
}

func (parrot) OnEvent(event *switchhook.Event) { keep("event", event) }

func askDirectory() {
	keepFlags("registered", switchhook.Registered("alice"), switchhook.Registered("nobody"))
	keep("contacts", switchhook.Contacts("alice"))
	keepNumber("active-calls", int64(switchhook.ActiveCalls("alice")))
	if agent, ok := switchhook.FindAgent("ann"); ok {
		keep("agent", agent)
	}
	_, found := switchhook.FindAgent("nobody")
	keepFlags("no-agent", found)
	keep("agents", switchhook.Agents(""))
	keep("skilled", switchhook.Agents("french"))
	if queue, ok := switchhook.FindQueue("support"); ok {
		keep("queue", queue)
	}
	_, found = switchhook.FindQueue("nowhere")
	keepFlags("no-queue", found)
}

func askState() {
	_, before := switchhook.StateGet("before")
	_, never := switchhook.StateGet("never")
	keepFlags("there", before, never)
	first, other := "first", "other"
	swapped, _ := switchhook.StateCompareAndSet("swap", nil, first, time.Minute)
	keepFlags("swapped-new", swapped)
	swapped, _ = switchhook.StateCompareAndSet("swap", &other, "second", 0)
	keepFlags("swapped-other", swapped)
	swapped, _ = switchhook.StateCompareAndSet("swap", &first, "third", 0)
	keepFlags("swapped-same", swapped)
	keepFlags("deleted", switchhook.StateDelete("before"), switchhook.StateDelete("never"))
	sum, _ := switchhook.StateIncrement("counter", -3000000000, time.Minute)
	keepNumber("sum", sum)
	if _, err := switchhook.StateIncrement("swap", 1, 0); err != nil {
		_ = switchhook.StateSet("bad-sum", err.Error(), 0)
	}
	if err := switchhook.StateSet("", "x", 0); err != nil {
		_ = switchhook.StateSet("bad-key", err.Error(), 0)
	}
}

func askOthers(call *switchhook.Call) {
	keepNumber("now", switchhook.Now().UnixMilli())
	if local, err := switchhook.In("Asia/Kolkata", call.Received()); err == nil {
		_, offset := local.Zone()
		_ = switchhook.StateSet("local", `{"year":`+local.Format("2006")+`,"month":`+local.Format("1")+`,"day":`+local.Format("2")+
			`,"weekday":`+strconv.Itoa(int(local.Weekday()))+`,"hour":`+strconv.Itoa(local.Hour())+
			`,"minute":`+strconv.Itoa(local.Minute())+`,"offset_minutes":`+strconv.Itoa(offset/60)+`}`, 0)
	}
	_, err := switchhook.In("Mars/Olympus", call.Received())
	keepFlags("no-zone", err != nil)
	keep("names", switchhook.SettingNames("/names"))
	keepFlags("random", true)
	switchhook.Count("parrot_total", 2, switchhook.Label{Name: "kind", Value: "ask"})
	switchhook.Gauge("parrot_gauge", -1.5)
	switchhook.Observe("parrot_seconds", 250*time.Millisecond)
	switchhook.Infof("a parrot %s %d%%", "asks", -7)
}

func askHTTP() {
	request := switchhook.Request{
		Method:              "POST",
		URL:                 "https://crm.example.com/who",
		Headers:             []switchhook.Header{{Name: "Accept", Value: "application/json"}},
		Body:                []byte(`{"caller":"alice"}`),
		TimeoutMilliseconds: 900,
	}
	if response, err := switchhook.Fetch(&request); err == nil {
		_ = switchhook.StateSet("body", string(response.Body), 0)
		keepNumber("status", int64(response.Status))
		keep("header", response.Headers)
	}
	slow := request
	slow.URL = "https://slow.example.com/"
	_, err := switchhook.Fetch(&slow)
	var failure switchhook.HTTPError
	if errors.As(err, &failure) {
		keep("slow", &failure)
	}
	broken := request
	broken.URL = "https://broken.example.com/"
	_, err = switchhook.Fetch(&broken)
	var connection switchhook.ConnectionError
	if errors.As(err, &connection) {
		keepNumber("broken", 2)
	}
}

func init() {
	switchhook.ExportRouter(parrot{})
	switchhook.ExportGatekeeper(parrot{})
	switchhook.ExportObserver(parrot{})
}

func main() {}
