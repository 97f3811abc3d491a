package outside

import (
	"context"
	"database/sql"
	"fmt"
	"log"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strings"

	"example.org/backoff"

	"github.com/perdure/perdure/sdk/client"
	"github.com/perdure/perdure/sdk/workflow"
)

type bank interface {
	Charge(ctx context.Context, amount int) error
}

func world(ctx workflow.Context, db *sql.DB, c *client.Client) {
	_, _ = os.ReadFile("x") // want `os.ReadFile reaches the world outside, again in each replay: use an activity`
	_ = os.Getenv("HOME")   // want `os.Getenv differs from worker to worker: use the workflow's input`
	_ = os.IsNotExist(nil)
	_, _ = http.Get("http://example.com") // want `http.Get reaches`
	_, _ = http.DefaultClient.Do(nil)     // want `\(\*http.Client\).Do reaches`
	_ = http.StatusText(404)
	_ = net.ParseIP("::1")
	_, _ = net.Dial("tcp", "x")             // want `net.Dial reaches`
	_, _ = db.Query("select 1")             // want `\(\*sql.DB\).Query reaches`
	_ = c.Signal(context.Background(), "x") // want `\(\*client.Client\).Signal reaches`
	var b strings.Builder
	fmt.Fprintf(&b, "%s", "x")
}

func writes(ctx workflow.Context, logger *slog.Logger) {
	fmt.Println("x")             // want `fmt.Println is written again in each replay: use workflow.GetLogger`
	fmt.Fprintln(os.Stdout, "x") // want `os.Stdout is written`
	log.Printf("x")              // want `log.Printf is written`
	slog.Info("x")               // want `slog.Info is written`
	logger.Info("x")
	println("x") // want `println is written`
}

func once(ctx workflow.Context) {
	if !workflow.IsReplaying(ctx) {
		fmt.Println("x")
		_, _ = http.Get("http://example.com") // want `http.Get reaches`
	} else {
		fmt.Println("x") // want `fmt.Println is written`
	}
}

func blocks(ctx workflow.Context, b bank, accounts map[string]bank) {
	_ = b.Charge(context.Background(), 1) // want `^\(bank\).Charge with context.Background waits for something that no history holds: use an activity`
	c, cancel := context.WithCancel(context.TODO())
	defer cancel()
	_ = accounts["x"].Charge(c, 1) // want `\(bank\).Charge with context.Background`
	_ = backoff.Acquire(c)         // want `backoff.Acquire with context.Background`
	_ = quick(context.Background())
}

func quick(ctx context.Context) error { return ctx.Err() }

func library(ctx workflow.Context) {
	_ = backoff.Retry(func() error { return nil }) // want `^time.Sleep waits .*\(workflow code: library → backoff.Retry → backoff.pause, at example.org/backoff/backoff.go:24\)$`
	_ = backoff.Count()
}
