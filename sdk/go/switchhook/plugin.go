package switchhook

import (
	"errors"
	"fmt"
	"strings"
)

// Router decides where calls go.
type Router interface {
	// Route decides about a call: the first time, and again (with call.Attempt one higher) each time a script ended without
	// connecting it. The answer is a Script or a Next. After an error the fallback of the route takes over.
	Route(call *Call) (Decision, error)
}

// Resumer is a Router that says what follows a verb with a tag. Without it the rest of the script follows.
type Resumer interface {
	// Resume answers with a Script or with Proceed{}.
	Resume(call *Call, tag string, outcome Outcome) (Continuation, error)
}

// Gatekeeper decides who may register.
type Gatekeeper interface {
	// Register lets a client in, or refuses it with a *Refusal as the error; any other error refuses it with 500.
	Register(registration *Registration) (*Grant, error)
}

// Observer is told what happens to calls.
type Observer interface {
	// OnEvent is told one event. The events of one call come in order, one at a time.
	OnEvent(event *Event)
}

var (
	router     Router
	gatekeeper Gatekeeper
	observer   Observer
)

// ExportRouter says what routes calls. It is called once, in an init function; build.sh looks for its name in the sources to find out
// what the component exports.
func ExportRouter(r Router) { router = r }

// ExportGatekeeper says what decides about registrations. See ExportRouter.
func ExportGatekeeper(g Gatekeeper) { gatekeeper = g }

// ExportObserver says what is told about events. See ExportRouter.
func ExportObserver(o Observer) { observer = o }

// Error makes a refusal the error that Gatekeeper.Register returns.
func (r *Refusal) Error() string {
	return strings.TrimSpace(fmt.Sprintf("%d %s", r.Status, r.Reason))
}

// AskRoute asks the exported router as the switch does: a panic becomes an error.
func AskRoute(call *Call) (decision Decision, err error) {
	defer recovered(&err)
	if router == nil {
		return nil, errors.New("the plugin exports no router")
	}
	decision, err = router.Route(call)
	if err == nil && decision == nil {
		err = errors.New("no decision and no error")
	}
	return decision, err
}

// AskResume asks the exported router what follows.
func AskResume(call *Call, tag string, outcome Outcome) (continuation Continuation, err error) {
	defer recovered(&err)
	resumer, ok := router.(Resumer)
	if !ok {
		return Proceed{}, nil
	}
	continuation, err = resumer.Resume(call, tag, outcome)
	if err == nil && continuation == nil {
		err = errors.New("no continuation and no error")
	}
	return continuation, err
}

// AskRegister asks the exported gatekeeper. One of the results is nil.
func AskRegister(registration *Registration) (*Grant, *Refusal) {
	grant, err := askRegister(registration)
	var refusal *Refusal
	switch {
	case err == nil && grant != nil:
		return grant, nil
	case errors.As(err, &refusal):
		return nil, refusal
	default:
		Log(LevelError, fmt.Sprint("gatekeeper: ", err))
		return nil, &Refusal{Status: 500}
	}
}

func askRegister(registration *Registration) (grant *Grant, err error) {
	defer recovered(&err)
	if gatekeeper == nil {
		return nil, errors.New("the plugin exports no gatekeeper")
	}
	return gatekeeper.Register(registration)
}

// Tell tells the exported observer.
func Tell(event *Event) {
	var err error
	defer func() {
		if err != nil {
			Log(LevelError, err.Error())
		}
	}()
	defer recovered(&err)
	if observer != nil {
		observer.OnEvent(event)
	}
}

func recovered(err *error) {
	if reason := recover(); reason != nil {
		*err = fmt.Errorf("panic: %v", reason)
	}
}

// Ring calls clients, all at once. Set further fields on what it returns.
func Ring(clients ...string) Connect {
	var connect Connect
	for _, client := range clients {
		connect.Targets = append(connect.Targets, Target{Endpoint: Client(client)})
	}
	return connect
}

// Dial calls endpoints: Dial(Trunk{"carrier", number}), Dial(RingGroup("sales")).
func Dial(endpoints ...Endpoint) Connect {
	var connect Connect
	for _, endpoint := range endpoints {
		connect.Targets = append(connect.Targets, Target{Endpoint: endpoint})
	}
	return connect
}

// Say is words that are spoken in the domain's language.
func Say(words string) Prompt { return Speech{Text: words} }

// Header is the value of the first header field of the INVITE with this name, compared without regard to case.
func (c *Call) Header(name string) (string, bool) {
	for _, header := range c.Headers {
		if strings.EqualFold(header.Name, name) {
			return header.Value, true
		}
	}
	return "", false
}

// Variable is the value of a variable of the call.
func (c *Call) Variable(name string) (string, bool) {
	for _, variable := range c.Variables {
		if variable.Name == name {
			return variable.Value, true
		}
	}
	return "", false
}
