package main

import (
	"testing"

	"switchhook"
	"switchhook/switchhooktest"
)

func TestCases(t *testing.T) { switchhooktest.Cases(t, "cases.json", "settings.json") }

func TestAnotherDeskRings(t *testing.T) {
	host := switchhooktest.New(t)
	host.Settings(`{"desk": "bob"}`)
	host.Register("bob", "sip:bob@192.0.2.2")

	decision, err := plugin{}.Route(switchhooktest.Call("1001", "100"))
	if err != nil {
		t.Fatal(err)
	}
	ring := decision.(switchhook.Script)[0].(switchhook.Connect)
	if ring.Targets[0].Endpoint != switchhook.Client("bob") || ring.TimeoutSeconds != 20 {
		t.Errorf("not bob for 20 seconds: %+v", ring)
	}
}
