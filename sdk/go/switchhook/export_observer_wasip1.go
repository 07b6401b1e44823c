//go:build switchhook_observer

package switchhook

//go:wasmexport switchhook:plugin/observer@0.2.0#on-event
func exportOnEvent(event uint32) {
	release()
	told := liftAs[Event](uintptr(event))
	Tell(&told)
}
