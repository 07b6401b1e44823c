package main

import (
	"testing"

	"switchhook/switchhooktest"
)

func TestCases(t *testing.T) { switchhooktest.Cases(t, "../../c/selftest/cases.json", "") }
