package worker

import (
	"context"
	"errors"
	"sync"
	"time"

	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"

	"github.com/perdure/perdure/sdk/failure"
	"github.com/perdure/perdure/sdk/internal/attempt"
)

// heartbeat sends the heartbeats of one attempt: the first at once, then the latest after each
// interval. Its goroutine begins with the first heartbeat and ends with the attempt.
type heartbeat struct {
	worker   *Worker
	token    []byte
	interval time.Duration
	timeout  time.Duration
	// cancel ends the attempt's context.
	cancel  context.CancelCauseFunc
	expired *time.Timer // cancels when no heartbeat was taken within the time-out; nil without one

	context context.Context
	stop    context.CancelFunc
	wake    chan struct{}
	sending sync.WaitGroup

	mu      sync.Mutex // guards what follows
	begun   bool
	ended   bool
	pending bool
	latest  *commonpb.Payloads
}

func (w *Worker) newHeartbeat(task *workflowservice.PollActivityTaskQueueResponse, info attempt.Info, cancel context.CancelCauseFunc) *heartbeat {
	h := &heartbeat{worker: w, token: task.GetTaskToken(), timeout: info.HeartbeatTimeout, cancel: cancel}
	h.interval = w.options.DefaultHeartbeatThrottleInterval
	if h.timeout > 0 {
		h.interval = h.timeout * 8 / 10
		h.expired = time.AfterFunc(h.timeout, func() { cancel(attempt.ErrHeartbeatTimeout) })
	}
	h.interval = min(h.interval, w.options.MaxHeartbeatThrottleInterval)
	return h
}

// record takes a heartbeat to be sent. One that comes when the attempt is over is dropped.
func (h *heartbeat) record(details *commonpb.Payloads) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.ended {
		return
	}
	h.latest, h.pending = details, true
	if !h.begun {
		h.begun = true
		h.wake = make(chan struct{}, 1)
		h.context, h.stop = context.WithCancel(h.worker.calling)
		h.sending.Go(h.run)
	}
	select {
	case h.wake <- struct{}{}:
	default:
	}
}

// end stops the heartbeats and returns the details that were not sent.
func (h *heartbeat) end() *commonpb.Payloads {
	h.mu.Lock()
	begun := h.begun
	h.ended = true
	h.mu.Unlock()
	if begun {
		h.stop()
		h.sending.Wait()
	}
	if h.expired != nil {
		h.expired.Stop()
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if !h.pending {
		return nil
	}
	return h.latest
}

func (h *heartbeat) run() {
	pause := time.NewTimer(0)
	defer pause.Stop()
	for {
		select {
		case <-h.context.Done():
			return
		case <-h.wake:
		}
		select {
		case <-h.context.Done():
			return
		case <-pause.C:
		}
		h.send()
		pause.Reset(h.interval)
	}
}

func (h *heartbeat) send() {
	h.mu.Lock()
	details := h.latest
	h.pending = false
	h.mu.Unlock()
	ctx, cancel := h.context, context.CancelFunc(func() {})
	if h.timeout > 0 {
		ctx, cancel = context.WithTimeout(ctx, h.timeout)
	}
	defer cancel()
	reply := &workflowservice.RecordActivityTaskHeartbeatResponse{}
	err := h.worker.caller.Worker(ctx, h.worker.queue, "RecordActivityTaskHeartbeat", &workflowservice.RecordActivityTaskHeartbeatRequest{
		TaskToken: h.token, Details: details, Identity: h.worker.identity, Namespace: h.worker.namespace,
	}, reply)
	switch {
	case err == nil:
		if h.expired != nil {
			h.expired.Reset(h.timeout)
		}
		switch {
		case reply.GetCancelRequested():
			h.cancel(failure.NewCanceledError())
		case reply.GetActivityPaused():
			h.cancel(attempt.ErrPaused)
		case reply.GetActivityReset():
			h.cancel(attempt.ErrReset)
		}
	case isNotFound(err):
		h.cancel(attempt.ErrGone)
	default:
		h.unsent(details, err)
	}
}

// unsent keeps details that did not reach the service, unless they never will.
func (h *heartbeat) unsent(details *commonpb.Payloads, err error) {
	var invalid *serviceerror.InvalidArgument
	if errors.As(err, &invalid) {
		h.worker.logger.Warn().Err(err).Msg("a heartbeat was refused")
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if !h.pending {
		h.latest, h.pending = details, true
		select {
		case h.wake <- struct{}{}:
		default:
		}
	}
}
