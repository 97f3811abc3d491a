package gateway

import (
	"testing"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"github.com/perdure/perdure/api"
)

// Requests whose replies would go where no inbox is: nothing happens, nothing is said.
func TestHostileReplySubjects(t *testing.T) {
	s := start(t)
	js, err := jetstream.New(s.conn)
	require.NoError(t, err)
	stream, err := js.CreateStream(within(t), jetstream.StreamConfig{Name: "X", Subjects: []string{"perdure.log.>", "other.service"}})
	require.NoError(t, err)
	_, err = js.Publish(within(t), "perdure.log.default.0", []byte("frame"))
	require.NoError(t, err)

	subjects := []string{"$SRV.PING", "$SRV.INFO", "$SRV.STATS", "$SRV.INFO.perdure-api"}
	for _, door := range doors {
		for _, method := range api.Methods(door.door) {
			subjects = append(subjects, subjectOf(door.door, method.Name))
		}
	}
	for _, subject := range subjects {
		for _, reply := range []string{
			"", "$JS.API.STREAM.DELETE.X", "$JS.API.STREAM.PURGE.X", "perdure.log.default.0", "other.service",
			"_INBOX.", "_INBOX", "_INBOXES.a", "x_INBOX.a", "$SRV.PING", "perdure.admin.RegisterNamespace",
		} {
			require.NoError(t, s.conn.PublishMsg(&nats.Msg{Subject: subject, Reply: reply, Data: []byte("{}")}))
			require.NoError(t, s.conn.PublishMsg(&nats.Msg{Subject: subject, Reply: reply, Data: []byte(valid["StartWorkflowExecution"])}))
		}
		if subject == api.Names.Admin(api.Names{}, "ListNamespaces") {
			require.NoError(t, s.conn.PublishMsg(&nats.Msg{Subject: subject, Reply: "$JS.API.STREAM.DELETE.X"}))
		}
	}
	// Stop serves all that has arrived, so that afterwards nothing is to come.
	require.NoError(t, s.conn.Flush())
	require.NoError(t, s.gateway.Stop(within(t)))
	require.Zero(t, s.backend.calls.Load())
	info, err := stream.Info(within(t))
	require.NoError(t, err)
	require.EqualValues(t, 1, info.State.Msgs)
	require.EqualValues(t, 1, info.State.LastSeq)
}

// A user may have an inbox prefix of its own, by which its permissions go.
func TestInboxPrefixes(t *testing.T) {
	s := start(t)
	sub, err := s.conn.SubscribeSync("_INBOX_worker1.a")
	require.NoError(t, err)
	require.NoError(t, s.conn.PublishRequest(api.Names{}.Admin("GetSystemInfo"), "_INBOX_worker1.a", nil))
	_, err = sub.NextMsgWithContext(within(t))
	require.NoError(t, err)
}
