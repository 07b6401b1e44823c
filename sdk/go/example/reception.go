// Command reception is the reception of a small house: what ../../example/README.md says, in Go.
package main

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"switchhook"
)

type reception struct{}

func (r reception) Route(call *switchhook.Call) (switchhook.Decision, error) {
	if blocked := switchhook.SettingOr("/blocked", []string{}); slices.Contains(blocked, call.Caller) {
		switchhook.Warnf("a blocked caller was refused")
		return switchhook.Script{switchhook.Respond{
			Status:  603,
			Reason:  "Not today",
			Headers: []switchhook.Header{{Name: "X-Blocked", Value: call.Caller}},
		}}, nil
	}
	if call.Attempt > 0 {
		return switchhook.Script{switchhook.Respond{
			Status:  480,
			Headers: []switchhook.Header{{Name: "Retry-After", Value: "60"}},
		}}, nil
	}
	if operator, ok := switchhook.Setting[string]("/operator"); ok && call.Callee == "0" {
		return menu(operator), nil
	}
	if trunk, number, ok := outsideNumber(call.Callee); ok {
		return outside(trunk, number)
	}
	if !switchhook.HasSetting("/numbers") {
		return nil, errors.New("settings: no numbers")
	}
	if client, ok := switchhook.Setting[string](switchhook.Pointer("numbers", call.Callee, "client")); ok {
		return house(call, client)
	}
	return switchhook.Next{{Name: "reception", Value: "unknown"}}, nil
}

func menu(operator string) switchhook.Decision {
	return switchhook.Script{
		switchhook.Gather{
			Prompts:                []switchhook.Prompt{switchhook.Say("Press 1 for sales, 2 for support.")},
			MaxDigits:              1,
			FirstDigitMilliseconds: 5000,
			InterDigitMilliseconds: 3000,
			Tag:                    "menu",
		},
		switchhook.Ring(operator),
	}
}

// outsideNumber is the trunk and the number behind the prefix, if an outside number was dialled.
func outsideNumber(callee string) (trunk, number string, ok bool) {
	prefix, hasPrefix := switchhook.Setting[string]("/outside/prefix")
	trunk, hasTrunk := switchhook.Setting[string]("/outside/trunk")
	number, ok = strings.CutPrefix(callee, prefix)
	return trunk, number, ok && hasPrefix && hasTrunk && len(number) >= 4
}

func outside(trunk, number string) (switchhook.Decision, error) {
	count, err := switchhook.StateIncrement("outside-calls", 1, 24*time.Hour)
	if err != nil {
		return nil, fmt.Errorf("outside-calls: %w", err)
	}
	connect := switchhook.Dial(switchhook.Trunk{Trunk: trunk, Number: number})
	connect.CallerID = switchhook.SettingOr("/outside/caller_id", "")
	connect.Headers = []switchhook.Header{{Name: "X-Call-Count", Value: strconv.FormatInt(count, 10)}}
	return switchhook.Script{connect}, nil
}

// open says whether the house is open when the clocks in its zone show what they show at a moment.
func open(at time.Time) (bool, error) {
	zone, ok := switchhook.Setting[string]("/hours/zone")
	if !ok {
		return true, nil
	}
	local, err := switchhook.In(zone, at)
	if err != nil {
		return false, err
	}
	workday := local.Weekday() != time.Saturday && local.Weekday() != time.Sunday
	from, to := switchhook.SettingOr("/hours/from", 0), switchhook.SettingOr("/hours/to", 24)
	return workday && local.Hour() >= from && local.Hour() < to, nil
}

func house(call *switchhook.Call, client string) (switchhook.Decision, error) {
	isOpen, err := open(call.Received())
	if err != nil {
		return nil, err
	}
	if !isOpen {
		return switchhook.Script{switchhook.Voicemail{Mailbox: client}}, nil
	}
	var script switchhook.Script
	if switchhook.Registered(client) {
		connect := switchhook.Ring(client)
		connect.Targets[0].RingSeconds = switchhook.SettingOr(switchhook.Pointer("numbers", call.Callee, "ring_seconds"), uint32(25))
		script = append(script, connect)
	}
	mobile, hasMobile := switchhook.Setting[string](switchhook.Pointer("numbers", call.Callee, "mobile"))
	if trunk, ok := switchhook.Setting[string]("/outside/trunk"); ok && hasMobile {
		script = append(script, switchhook.Dial(switchhook.Trunk{Trunk: trunk, Number: mobile}))
	}
	if len(script) == 0 {
		script = append(script, switchhook.Voicemail{Mailbox: client})
	}
	return script, nil
}

func (r reception) Resume(_ *switchhook.Call, tag string, outcome switchhook.Outcome) (switchhook.Continuation, error) {
	digits, ok := outcome.(switchhook.Digits)
	if tag != "menu" || !ok {
		return switchhook.Proceed{}, nil
	}
	switch digits.Digits {
	case "1":
		connect := switchhook.Dial(switchhook.RingGroup("sales"))
		connect.TimeoutSeconds = 30
		return switchhook.Script{connect}, nil
	case "2":
		return switchhook.Script{switchhook.Enqueue{Queue: "support", Tag: "support"}}, nil
	}
	return switchhook.Proceed{}, nil
}

func init() { switchhook.ExportRouter(reception{}) }

func main() {}
