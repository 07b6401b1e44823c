// Command {{name}} rings the desk, and takes a message when nobody is there.
package main

import "switchhook"

type plugin struct{}

func (plugin) Route(call *switchhook.Call) (switchhook.Decision, error) {
	desk, ok := switchhook.Setting[string]("/desk")
	if !ok {
		return switchhook.Next{}, nil
	}
	message := switchhook.Voicemail{Mailbox: desk}
	if !switchhook.Registered(desk) {
		switchhook.Infof("call %s: the desk is not there", call.ID)
		return switchhook.Script{message}, nil
	}
	ring := switchhook.Ring(desk)
	ring.TimeoutSeconds = switchhook.SettingOr("/ring_seconds", uint32(20))
	return switchhook.Script{ring, message}, nil
}

func init() { switchhook.ExportRouter(plugin{}) }

func main() {}
