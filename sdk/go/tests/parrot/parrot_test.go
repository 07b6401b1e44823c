package main

import (
	"testing"

	"switchhook/switchhooktest"
)

func TestCases(t *testing.T) { switchhooktest.Cases(t, "../../../c/tests/parrot/cases.json", "") }
