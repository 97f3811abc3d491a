package machine_test

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
	failurepb "go.temporal.io/api/failure/v1"
	taskqueuepb "go.temporal.io/api/taskqueue/v1"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/perdure/perdure/api"
	"github.com/perdure/perdure/api/workerpb"
)

// verbs are the commands of scripts, by name.
var verbs map[string]func(*script, command) error

func init() {
	verbs = map[string]func(*script, command) error{}
	for _, some := range []map[string]func(*script, command) error{clientVerbs, workflowTaskVerbs, activityVerbs, callVerbs, updateVerbs, resetVerbs, pauseVerbs, worldVerbs} {
		maps.Copy(verbs, some)
	}
}

// request decides a request and prints its refusal.
func (s *script) request(q proto.Message) (proto.Message, error) {
	s.fill(q)
	reply, refusal, fault := s.world.decide(q)
	if refusal != nil {
		s.printf("%s: %s", api.ErrorCode(refusal), refusal)
	}
	return reply, fault
}

// duration is a named argument that is a duration; nil when it is absent.
func (w words) duration(name string) *durationpb.Duration {
	text, present := w.named[name]
	if !present {
		return nil
	}
	d, err := time.ParseDuration(text)
	if err != nil {
		panic(err)
	}
	return durationpb.New(d)
}

func (w words) has(flag string) bool { return slices.Contains(w.args, flag) }

// payloads is a named argument as JSON, or, when that is none, as a JSON string; nil when it is absent.
func (w words) payloads(name string) *commonpb.Payloads {
	text, present := w.named[name]
	if !present {
		return nil
	}
	return jsonPayloads(text)
}

func jsonPayloads(text string) *commonpb.Payloads {
	data := []byte(text)
	if !json.Valid(data) {
		data, _ = json.Marshal(text)
	}
	return &commonpb.Payloads{Payloads: []*commonpb.Payload{{
		Metadata: map[string][]byte{"encoding": []byte("json/plain")}, Data: data,
	}}}
}

// fields are all named arguments, each as JSON; null is one without data, and a,b or a, is a list. nil when there is none.
func (w words) fields() map[string]*commonpb.Payload {
	if len(w.named) == 0 {
		return nil
	}
	fields := map[string]*commonpb.Payload{}
	for name, text := range w.named {
		if list := strings.Split(strings.TrimSuffix(text, ","), ","); strings.Contains(text, ",") {
			encoded, _ := json.Marshal(list)
			text = string(encoded)
		}
		fields[name] = jsonPayloads(text).Payloads[0]
		if text == "null" {
			fields[name] = &commonpb.Payload{Metadata: map[string][]byte{"encoding": []byte("binary/null")}}
		}
	}
	return fields
}

// retryPolicy is the named argument retry: words like initial=1s attempts=3.
func (w words) retryPolicy() *commonpb.RetryPolicy {
	text, present := w.named["retry"]
	if !present {
		return nil
	}
	said := parseWords("retry " + text)
	p := &commonpb.RetryPolicy{InitialInterval: said.duration("initial"), MaximumInterval: said.duration("maximum")}
	p.BackoffCoefficient, _ = strconv.ParseFloat(said.named["coefficient"], 64)
	attempts, _ := strconv.ParseInt(said.named["attempts"], 10, 32)
	p.MaximumAttempts = int32(attempts)
	if types := said.named["non-retryable"]; types != "" {
		p.NonRetryableErrorTypes = strings.Split(types, ",")
	}
	return p
}

// failure is an application's failure from the named arguments.
func (w words) failure() *failurepb.Failure {
	_, fatal := w.named["fatal"]
	return &failurepb.Failure{
		Message: cmp.Or(w.named["message"], "oops"), Source: "GoSDK",
		FailureInfo: &failurepb.Failure_ApplicationFailureInfo{ApplicationFailureInfo: &failurepb.ApplicationFailureInfo{
			Type: w.named["type"], NonRetryable: fatal || w.has("non-retryable"), NextRetryDelay: w.duration("next-delay"),
		}},
	}
}

func (w words) priority() *commonpb.Priority {
	key, err := strconv.Atoi(w.named["priority"])
	if err != nil {
		return nil
	}
	return &commonpb.Priority{PriorityKey: int32(key)}
}

func (w words) queue() *taskqueuepb.TaskQueue {
	return &taskqueuepb.TaskQueue{Name: cmp.Or(w.named["queue"], queueName), Kind: enumspb.TASK_QUEUE_KIND_NORMAL}
}

func (w words) execution() *commonpb.WorkflowExecution {
	return &commonpb.WorkflowExecution{WorkflowId: workflowID, RunId: w.named["run"]}
}

// enum finds a value by the end of its name, as in reject-duplicate.
func enum(values map[string]int32, said string) int32 {
	want := strings.ToUpper(strings.ReplaceAll(said, "-", "_"))
	for name, value := range values {
		if said != "" && strings.HasSuffix(name, "_"+want) || strings.EqualFold(name, strings.ReplaceAll(said, "-", "")) {
			return value
		}
	}
	if said != "" {
		panic(fmt.Sprintf("no value is called %q", said))
	}
	return 0
}

func kindName(kind enumspb.TaskQueueType) string { return strings.ToLower(kind.String()) }

func sortedKeys(owed map[taskKey]*workerpb.Task) []taskKey {
	return slices.SortedFunc(maps.Keys(owed), func(a, b taskKey) int {
		return cmp.Or(cmp.Compare(a.run, b.run), cmp.Compare(a.scheduled, b.scheduled), cmp.Compare(a.kind, b.kind))
	})
}

// worldVerbs are about time, crashes and what can be seen from outside.
var worldVerbs = map[string]func(*script, command) error{
	"advance": func(s *script, c command) error {
		d, err := time.ParseDuration(c.words.arg(0))
		if err != nil {
			return err
		}
		return s.world.advance(d)
	},
	// late lets time pass and only then what was due, all at once.
	"late": func(s *script, c command) error {
		d, err := time.ParseDuration(c.words.arg(0))
		if err != nil {
			return err
		}
		s.world.now = s.world.now.Add(d)
		_, err = s.world.dueBefore(s.world.now)
		return err
	},
	// search-attributes NAME=TYPE...: the namespace's custom ones, from here on
	"search-attributes": func(s *script, c command) error {
		s.world.types = api.SearchAttributeTypes{}
		for name, kind := range c.words.named {
			s.world.types[name] = enumspb.IndexedValueType(enum(enumspb.IndexedValueType_shorthandValue, kind))
		}
		return nil
	},
	// limits NAME=VALUE...: the namespace's, from here on
	"limits": func(s *script, c command) error {
		set := map[string]int64{}
		for name, text := range c.words.named {
			value, _, err := api.ParseLimit(name, text)
			if err != nil {
				return err
			}
			set[name] = value
		}
		s.world.limits = api.LimitsOf(set)
		return nil
	},
	// crash: a new owner knows only what was persisted.
	"crash": func(s *script, _ command) error { return s.world.crash() },
	"describe": func(s *script, _ command) error {
		if s.world.run() == nil {
			return errors.New("there is no run")
		}
		d := s.world.run().Describe(s.world.now)
		s.printf("%s", printMessage(d.WorkflowExecutionInfo.ProtoReflect()))
		for _, a := range d.PendingActivities {
			s.printf("activity: %s", printMessage(a.ProtoReflect()))
		}
		if d.PendingWorkflowTask != nil {
			s.printf("workflow task: %s", printMessage(d.PendingWorkflowTask.ProtoReflect()))
		}
		s.printf("%s", printMessage(d.WorkflowExtendedInfo.ProtoReflect()))
		return nil
	},
	"next-due": func(s *script, _ command) error {
		due := s.world.run().NextDue()
		if due.IsZero() {
			s.printf("never")
			return nil
		}
		s.printf("@%s", due.Sub(epochStart))
		return nil
	},
	"history": showHistory,
}
