//go:build switchhook_router

package switchhook

import "reflect"

// answer writes a result: a value, or a text if there was an error or the value cannot be written.
func answer[T any](value T, err error) uint32 {
	l := tagged(reflect.TypeFor[T](), ofString)
	payload := alignUp(1, l.align)
	at := allocate(l.size)
	if err == nil {
		err = lowerAs(at+payload, value)
	}
	if err != nil {
		at = allocate(l.size)
		store(at, uint8(1))
		_ = lowerAs(at+payload, err.Error()) // a text can always be written
	}
	return uint32(at)
}

//go:wasmexport switchhook:plugin/router@0.2.0#route
func exportRoute(call uint32) uint32 {
	release()
	asked := liftAs[Call](uintptr(call))
	return answer(AskRoute(&asked))
}

// resumeParameters are those of `resume`, which are too many to be passed by themselves.
type resumeParameters struct {
	Call    Call    `wit:"call"`
	Tag     string  `wit:"tag"`
	Outcome Outcome `wit:"outcome"`
}

//go:wasmexport switchhook:plugin/router@0.2.0#resume
func exportResume(parameters uint32) uint32 {
	release()
	asked := liftAs[resumeParameters](uintptr(parameters))
	return answer(AskResume(&asked.Call, asked.Tag, asked.Outcome))
}
