package switchhook_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"switchhook"
	"switchhook/switchhooktest"
)

func written(t *testing.T, value any) string {
	t.Helper()
	text, err := switchhook.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestWhatIsDefaultIsLeftOutOfJSON(t *testing.T) {
	var decision switchhook.Decision = switchhook.Script{
		switchhook.Answer{},
		switchhook.Announce{Prompts: []switchhook.Prompt{switchhook.Say("a\"\n")}, Times: 1},
		switchhook.Gather{},
		&switchhook.Pause{Milliseconds: 5},
	}
	want := `{"script":["answer",{"announce":{"prompts":[{"speech":{"text":"a\"\u000a"}}]}},{"gather":{"max_digits":1}},{"pause":{"milliseconds":5}}]}`
	if got := written(t, &decision); got != want {
		t.Errorf("expected %s\ngot      %s", want, got)
	}
}

func TestAVariantThatIsMissingIsAnError(t *testing.T) {
	for _, decision := range []switchhook.Decision{nil, switchhook.Script{nil}, switchhook.Script{switchhook.Connect{Targets: []switchhook.Target{{}}}}} {
		if text, err := switchhook.Marshal(&decision); err == nil {
			t.Errorf("%v was written as %s", decision, text)
		}
	}
}

func TestJSONThatIsNotInTheVocabularyIsAnError(t *testing.T) {
	for _, text := range []string{
		``, `7`, `"script"`, `{"script":{}}`, `{"next":[{"name":1}]}`, `{"script":["pause"]}`, `{"script":[{"answer":{}}]}`,
		`{"script":[{"respond":{"status":70000}}]}`, `{"script":[{"respond":{"code":486}}]}`, `{"script":[],"next":[]}`,
		`{"script":[{"connect":{"strategy":"cheapest"}}]}`,
	} {
		var decision switchhook.Decision
		if err := switchhook.Unmarshal([]byte(text), &decision); err == nil {
			t.Errorf("%s was read as %v", text, decision)
		}
	}
}

func TestAPointerEscapesItsParts(t *testing.T) {
	if got := switchhook.Pointer("numbers", "1/0~1", ""); got != "/numbers/1~10~01/" {
		t.Error(got)
	}
}

func TestSettingsAreDecoded(t *testing.T) {
	host := switchhooktest.New(t)
	host.Settings(`{"n": 7, "list": ["a", {"x": true}], "b": {"z": 1, "a/b": 2}}`)
	if n, ok := switchhook.Setting[int]("/n"); n != 7 || !ok {
		t.Error(n, ok)
	}
	if _, ok := switchhook.Setting[string]("/n"); ok {
		t.Error("a number is no string")
	}
	if n := switchhook.SettingOr("/list/0", 9); n != 9 {
		t.Error(n)
	}
	if x, ok := switchhook.Setting[bool]("/list/1/x"); !x || !ok {
		t.Error(x, ok)
	}
	for _, pointer := range []string{"/list/01", "/list/2", "/list/-1", "/n/x", "n", "/none"} {
		if switchhook.HasSetting(pointer) {
			t.Error(pointer)
		}
	}
	if names := switchhook.SettingNames("/b"); strings.Join(names, " ") != "z a/b" {
		t.Error(names)
	}
	if names := switchhook.SettingNames("/list"); names != nil {
		t.Error(names)
	}
}

func TestAKeyOfTheStateExpires(t *testing.T) {
	host := switchhooktest.New(t)
	if _, err := switchhook.StateIncrement("k", 1, 1500*time.Millisecond); err != nil {
		t.Fatal(err)
	}
	host.Time = host.Time.Add(1999 * time.Millisecond)
	if value, ok := switchhook.StateGet("k"); value != "1" || !ok {
		t.Error(value, ok)
	}
	host.Time = host.Time.Add(time.Millisecond)
	if _, ok := switchhook.StateGet("k"); ok {
		t.Error("a time to live of 1.5 s is 2 s")
	}
}

func TestTheErrorsOfTheStateAreStateErrors(t *testing.T) {
	host := switchhooktest.New(t)
	host.State["text"] = "x"
	host.State["most"] = "9223372036854775807"
	for _, key := range []string{"text", "most"} {
		if _, err := switchhook.StateIncrement(key, 1, 0); !errors.Is(err, switchhook.StateErrorNotANumber) {
			t.Error(key, err)
		}
	}
	if err := switchhook.StateSet(strings.Repeat("k", 257), "", 0); !errors.Is(err, switchhook.StateErrorBadKey) {
		t.Error(err)
	}
}

func TestHeadersAreFoundWithoutRegardToCase(t *testing.T) {
	call := switchhook.Call{Headers: []switchhook.Header{{Name: "X-Tier", Value: "gold"}, {Name: "x-tier", Value: "late"}}}
	if tier, ok := call.Header("x-TIER"); tier != "gold" || !ok {
		t.Error(tier, ok)
	}
	if _, ok := call.Header("X-Tie"); ok {
		t.Error("found a header that is not there")
	}
}

func TestTimeIsThatOfTheZone(t *testing.T) {
	switchhooktest.New(t)
	noon := time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC)
	local, err := switchhook.In("Europe/Berlin", noon)
	if err != nil || local.Hour() != 14 || !local.Equal(noon) {
		t.Error(local, err)
	}
	if _, err := switchhook.In("Mars/Olympus", noon); err == nil {
		t.Error("there is no such zone")
	}
}

type panics struct{}

func (panics) Route(*switchhook.Call) (switchhook.Decision, error) { panic("oh") }

type silent struct{}

func (silent) Route(*switchhook.Call) (switchhook.Decision, error) { return nil, nil }
func (silent) Register(*switchhook.Registration) (*switchhook.Grant, error) {
	return nil, errors.New("db")
}

func TestAPanicIsAnError(t *testing.T) {
	switchhook.ExportRouter(panics{})
	if _, err := switchhook.AskRoute(switchhooktest.Call("1", "2")); err == nil || err.Error() != "panic: oh" {
		t.Error(err)
	}
}

func TestNoDecisionIsAnErrorAndAnErrorOfAGatekeeperARefusal(t *testing.T) {
	host := switchhooktest.New(t)
	switchhook.ExportRouter(silent{})
	switchhook.ExportGatekeeper(silent{})
	if _, err := switchhook.AskRoute(switchhooktest.Call("1", "2")); err == nil {
		t.Error("neither a decision nor an error")
	}
	if continuation, err := switchhook.AskResume(nil, "t", switchhook.NoInput{}); continuation != (switchhook.Proceed{}) || err != nil {
		t.Error(continuation, err)
	}
	grant, refusal := switchhook.AskRegister(&switchhook.Registration{})
	if grant != nil || refusal == nil || refusal.Status != 500 || len(host.Lines) != 1 {
		t.Error(grant, refusal, host.Lines)
	}
}
