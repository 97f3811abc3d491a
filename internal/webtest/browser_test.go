//go:build chromium

package webtest

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"github.com/perdure/perdure/internal/natstest"
)

// patience is what no step may take.
const patience = 30 * time.Second

// The window, and so the pictures.
const width, height = 1280, 800

// browser is a Chromium with an empty profile.
type browser struct {
	ctx context.Context
	ui  string // the Web UI's URL
}

func startBrowser(t *testing.T, ui string) *browser {
	t.Helper()
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.UserDataDir(natstest.Dir(t)), chromedp.WindowSize(width, height),
		chromedp.NoSandbox, // as root, in a container, there is none
		chromedp.DisableGPU,
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true),
		chromedp.Flag("lang", "en-US"), chromedp.Flag("accept-lang", "en-US"),
	)
	allocator, endAllocator := chromedp.NewExecAllocator(context.Background(), options...)
	t.Cleanup(endAllocator)
	ctx, end := chromedp.NewContext(allocator)
	t.Cleanup(end)
	require.NoError(t, chromedp.Do(ctx), "Chromium does not start")
	return &browser{ctx, ui}
}

// tab is one page and what it has complained of.
type tab struct {
	ctx   context.Context
	close context.CancelFunc // a browser has six connections to a site: open tabs hold them
	ui    string
	host  string

	mu       sync.Mutex // guards the rest
	asked    map[network.RequestID]*network.Request
	pending  map[network.RequestID]bool
	finished chan struct{} // gets a value when nothing is pending any more
	calls    map[string]int64
	trouble  []string
}

// open shows a page in a tab of its own.
func (b *browser) open(t *testing.T, path string) *tab {
	t.Helper()
	at, err := url.Parse(b.ui)
	require.NoError(t, err)
	p := &tab{
		ui: b.ui, host: at.Host,
		asked: map[network.RequestID]*network.Request{}, pending: map[network.RequestID]bool{}, finished: make(chan struct{}, 1), calls: map[string]int64{},
	}
	ctx, cancel := chromedp.NewContext(b.ctx, chromedp.WithListener(p.notice))
	t.Cleanup(cancel)
	p.ctx, p.close = ctx, cancel
	require.NoError(t, chromedp.Do(ctx), "opening a tab") // with the context that the tab is to live as long as
	p.do(t, chromedp.EmulateViewport(width, height), chromedp.Navigate(b.ui+path))
	return p
}

func (p *tab) do(t *testing.T, steps ...chromedp.Action[chromedp.Void]) {
	t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		require.Fail(t, "the page does not do what it is to", "%v\nit shows:\n%s\nand: %s", err, p.text(), p.complaints())
	}
}

// visible is what a reader sees, in JavaScript: drawn texts and rendered Markdown, too.
const visible = `[document.body.innerText,
	...[...document.querySelectorAll("svg text")].map(text => text.textContent),
	...[...document.querySelectorAll("iframe")].map(frame => frame.contentDocument?.body?.innerText ?? ""),
].join("\n")`

// text is what a reader sees.
func (p *tab) text() string {
	ctx, cancel := context.WithTimeout(p.ctx, 5*time.Second)
	defer cancel()
	text, err := chromedp.Run(ctx, chromedp.Evaluate[string](visible))
	if err != nil {
		return err.Error()
	}
	return text
}

// shows waits until the page says each of the texts.
func (p *tab) shows(t *testing.T, texts ...string) {
	t.Helper()
	for _, text := range texts {
		p.holds(t, fmt.Sprintf(`(%s).includes(%s)`, visible, quoted(t, text)), "the page never says "+text)
	}
}

// quoted is a text as JavaScript has it.
func quoted(t *testing.T, text string) string {
	t.Helper()
	literal, err := json.Marshal(text)
	require.NoError(t, err)
	return string(literal)
}

// noToast fails when the page has told of an error.
func (p *tab) noToast(t *testing.T) {
	t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	toast, err := chromedp.Run(ctx, chromedp.Evaluate[string](`[...document.querySelectorAll("div.bg-danger.shadow, [role=alert]")].map(toast => toast.innerText).join("\n").trim()`))
	require.NoError(t, err)
	require.Empty(t, toast, "the page tells of an error")
}

// holds waits until a condition in JavaScript does.
func (p *tab) holds(t *testing.T, condition, message string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	if _, err := chromedp.Run(ctx, chromedp.Poll[bool](condition, chromedp.WithPollingTimeout(patience/2), chromedp.WithPollingInterval(50*time.Millisecond))); err != nil {
		require.Fail(t, message, "%v\nit shows:\n%s\nand: %s", err, p.text(), p.complaints())
	}
}

// settle waits until the page asks for nothing more but a workflow's next event.
func (p *tab) settle(t *testing.T) {
	t.Helper()
	for {
		p.mu.Lock()
		quiet := len(p.pending) == 0
		p.mu.Unlock()
		if quiet {
			return
		}
		select {
		case <-p.finished:
		case <-time.After(patience):
			require.Fail(t, "the page is never done", "it waits for %s\n%s", p.waitsFor(), p.complaints())
		}
	}
}

// notice is called with the tab's events, one after the other.
func (p *tab) notice(event any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch e := event.(type) {
	case *network.EventRequestWillBeSent:
		p.asked[e.RequestID] = e.Request
		if at, err := url.Parse(e.Request.URL); err == nil && at.Host != p.host && strings.HasPrefix(at.Scheme, "http") {
			p.trouble = append(p.trouble, "another host is asked: "+e.Request.URL)
		}
		// Of a frame with Markdown that is replaced before it has loaded, nothing more is heard.
		if !strings.Contains(e.Request.URL, "waitNewEvent=true") && !strings.Contains(e.Request.URL, "/render?") {
			p.pending[e.RequestID] = true
		}
	case *network.EventResponseReceived:
		p.answered(e)
	case *network.EventLoadingFinished:
		p.done(e.RequestID)
	case *network.EventLoadingFailed:
		if !e.Canceled && !strings.Contains(e.ErrorText, "ERR_ABORTED") {
			p.trouble = append(p.trouble, fmt.Sprintf("%s: %s", p.name(e.RequestID), e.ErrorText))
		}
		p.done(e.RequestID)
	case *runtime.EventExceptionThrown:
		p.trouble = append(p.trouble, "exception: "+describe(e.ExceptionDetails))
	case *runtime.EventConsoleAPICalled:
		if e.Type == runtime.ConsoleAPICalledTypeError || e.Type == runtime.ConsoleAPICalledTypeAssert {
			p.trouble = append(p.trouble, "console: "+arguments(e.Args))
		}
	case *log.EventEntryAdded:
		// What the browser says of failed requests is told by the requests themselves.
		if e.Entry.Level == log.EntryLevelError && e.Entry.Source != log.EntrySourceNetwork {
			p.trouble = append(p.trouble, fmt.Sprintf("log: %s %s", e.Entry.Text, e.Entry.URL))
		}
	}
}

func (p *tab) answered(e *network.EventResponseReceived) {
	call := p.name(e.RequestID)
	p.calls[call] = e.Response.Status
	if e.Response.Status >= 400 {
		p.trouble = append(p.trouble, fmt.Sprintf("%d: %s", e.Response.Status, call))
	}
}

func (p *tab) done(id network.RequestID) {
	delete(p.pending, id)
	if len(p.pending) > 0 {
		return
	}
	select {
	case p.finished <- struct{}{}:
	default:
	}
}

// waitsFor are the requests that have no answer.
func (p *tab) waitsFor() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	var all []string
	for id := range p.pending {
		all = append(all, p.name(id))
	}
	return strings.Join(all, "\n")
}

// name is a request as a reader knows it: its method and path.
func (p *tab) name(id network.RequestID) string {
	r := p.asked[id]
	if r == nil {
		return string(id)
	}
	at, err := url.Parse(r.URL)
	if err != nil {
		return r.URL
	}
	return r.Method + " " + at.Path
}

// complaints are all troubles so far.
func (p *tab) complaints() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return strings.Join(p.trouble, "\n")
}

// troubles are those that are not about a call in known: "METHOD /path".
func (p *tab) troubles(known []string) []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	var all []string
	for _, trouble := range p.trouble {
		if !isKnown(trouble, known) {
			all = append(all, trouble)
		}
	}
	return all
}

func describe(d *runtime.ExceptionDetails) string {
	if d.Exception != nil && d.Exception.Description != "" {
		return d.Exception.Description
	}
	return d.Text
}

func arguments(args []*runtime.RemoteObject) string {
	var all []string
	for _, arg := range args {
		if arg.Description != "" {
			all = append(all, arg.Description)
			continue
		}
		all = append(all, fmt.Sprint(arg.Value))
	}
	return strings.Join(all, " ")
}
