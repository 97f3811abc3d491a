package machine_test

import (
	"fmt"
	"strconv"
	"strings"

	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/api/workflowservice/v1"

	"github.com/perdure/perdure/api"
)

// showHistory reads the latest run's history page by page: history [page=N] [reverse] [close] [wait].
func showHistory(s *script, c command) error {
	size, _ := strconv.Atoi(c.words.named["page"])
	var token []byte
	for {
		events, next, err := s.historyPage(c.words, int32(size), token)
		if err != nil {
			return err
		}
		if events == nil && next == nil {
			return nil
		}
		ids := make([]string, len(events))
		for i, event := range events {
			ids[i] = fmt.Sprint(event.EventId)
		}
		s.printf("page: %s", strings.Join(ids, " "))
		if token = next; token == nil {
			return nil
		}
	}
}

func (s *script) historyPage(w words, size int32, token []byte) ([]*historypb.HistoryEvent, []byte, error) {
	if w.has("reverse") {
		reply, err := s.world.run().ReadHistoryReverse(&workflowservice.GetWorkflowExecutionHistoryReverseRequest{MaximumPageSize: size, NextPageToken: token})
		if err != nil {
			return nil, nil, err
		}
		err = api.Settle(reply)
		return reply.GetHistory().GetEvents(), reply.NextPageToken, err
	}
	q := &workflowservice.GetWorkflowExecutionHistoryRequest{MaximumPageSize: size, NextPageToken: token, WaitNewEvent: w.has("wait")}
	if w.has("close") {
		q.HistoryEventFilterType = enumspb.HISTORY_EVENT_FILTER_TYPE_CLOSE_EVENT
	}
	reply, err := s.world.run().ReadHistory(q)
	if err != nil {
		return nil, nil, err
	}
	if reply == nil {
		s.printf("waits")
		return nil, nil, nil
	}
	err = api.Settle(reply)
	return reply.GetHistory().GetEvents(), reply.NextPageToken, err
}
