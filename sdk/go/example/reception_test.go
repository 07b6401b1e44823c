package main

import (
	"slices"
	"testing"

	"switchhook/switchhooktest"
)

func TestCases(t *testing.T) {
	switchhooktest.Cases(t, "../../example/cases.json", "../../example/settings.json")
}

func TestABlockedCallerIsLoggedWithoutTheNumber(t *testing.T) {
	host := switchhooktest.New(t)
	host.Settings(`{"blocked": ["+15550100"]}`)
	if _, err := (reception{}).Route(switchhooktest.Call("+15550100", "100")); err != nil {
		t.Fatal(err)
	}
	if want := []string{"warn a blocked caller was refused"}; !slices.Equal(host.Lines, want) {
		t.Errorf("expected %q, got %q", want, host.Lines)
	}
}
