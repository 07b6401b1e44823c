//go:build switchhook_gatekeeper

package switchhook

import "reflect"

//go:wasmexport switchhook:plugin/gatekeeper@0.2.0#register
func exportRegister(registration uint32) uint32 {
	release()
	asked := liftAs[Registration](uintptr(registration))
	grant, refusal := AskRegister(&asked)
	l := tagged(reflect.TypeFor[Grant](), reflect.TypeFor[Refusal]())
	at := allocate(l.size)
	payload := at + alignUp(1, l.align)
	if refusal == nil {
		err := lowerAs(payload, *grant)
		if err == nil {
			return uint32(at)
		}
		Log(LevelError, "gatekeeper: "+err.Error())
		refusal = &Refusal{Status: 500}
		at = allocate(l.size)
		payload = at + alignUp(1, l.align)
	}
	store(at, uint8(1))
	_ = lowerAs(payload, *refusal) // a refusal can always be written
	return uint32(at)
}
