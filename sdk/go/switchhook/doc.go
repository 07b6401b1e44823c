// Package switchhook is for plugins of Switchhook: what decides about calls, about registrations, and what is told about events.
//
//	package main
//
//	import "switchhook"
//
//	type desk struct{}
//
//	func (desk) Route(call *switchhook.Call) (switchhook.Decision, error) {
//		if call.Callee != "100" {
//			return switchhook.Next{}, nil
//		}
//		return switchhook.Script{switchhook.Ring("alice", "bob"), switchhook.Voicemail{Mailbox: "alice"}}, nil
//	}
//
//	func init() { switchhook.ExportRouter(desk{}) }
//
//	func main() {}
//
// The vocabulary of the contract (Call, Verb, Decision …) is in contract.go. A field that the contract calls optional is none while it
// has its zero value. Natively, under `go test`, package switchhooktest answers in place of the switch.
package switchhook
