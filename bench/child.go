package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"time"
)

const (
	startTime = 30 * time.Second
	stopTime  = 30 * time.Second
)

// child is this program, run again for another part. It answers each line on its
// standard input by one on its standard output: "ok", with words behind it or
// not, or what went wrong. The first line it writes unasked: it is ready. It ends when its
// input does, and so with its parent, however that ends.
type child struct {
	name    string
	command *exec.Cmd
	input   io.WriteCloser
	answers chan string
}

const accepted = "ok"

// startChild runs the program as a part and waits until it is ready. It returns the child
// and the words that came with its readiness.
func startChild(ctx context.Context, part string, args ...string) (c *child, words string, err error) {
	program, err := os.Executable()
	if err != nil {
		return nil, "", fmt.Errorf("finding this program: %w", err)
	}
	// Not of ctx: an interrupt must not kill a server in the middle of its stop.
	command := exec.CommandContext(context.WithoutCancel(ctx), program, append([]string{part}, args...)...)
	command.Stderr = os.Stderr
	command.SysProcAttr = ownGroup()
	input, err := command.StdinPipe()
	if err != nil {
		return nil, "", err
	}
	output, err := command.StdoutPipe()
	if err != nil {
		return nil, "", err
	}
	if err := command.Start(); err != nil {
		return nil, "", fmt.Errorf("starting the %s: %w", part, err)
	}
	c = &child{name: part, command: command, input: input, answers: make(chan string, 1)}
	go c.read(output)
	words, err = c.answer(ctx, startTime)
	if err != nil {
		return nil, "", errors.Join(fmt.Errorf("starting the %s: %w", part, err), c.stop())
	}
	return c, words, nil
}

// read ends with the child.
func (c *child) read(output io.Reader) {
	defer close(c.answers)
	lines := bufio.NewScanner(output)
	for lines.Scan() {
		c.answers <- lines.Text()
	}
}

func (c *child) answer(ctx context.Context, limit time.Duration) (string, error) {
	select {
	case line, alive := <-c.answers:
		if !alive {
			return "", errors.New("the process ended")
		}
		words, ok := strings.CutPrefix(line, accepted)
		if !ok {
			return "", errors.New(line)
		}
		return strings.TrimSpace(words), nil
	case <-time.After(limit):
		return "", fmt.Errorf("no answer within %s", limit)
	case <-ctx.Done():
		return "", ctx.Err()
	}
}

// ask sends a line and waits for its answer.
func (c *child) ask(ctx context.Context, line string) error {
	if _, err := io.WriteString(c.input, line+"\n"); err != nil {
		return fmt.Errorf("asking the %s to %s: %w", c.name, line, err)
	}
	if _, err := c.answer(ctx, stopTime); err != nil {
		return fmt.Errorf("asking the %s to %s: %w", c.name, line, err)
	}
	return nil
}

func (c *child) pid() int { return c.command.Process.Pid }

// stop closes the child's input and waits for its end.
func (c *child) stop() error {
	_ = c.input.Close() // it may have ended by itself
	kill := time.AfterFunc(stopTime, func() { _ = c.command.Process.Kill() })
	defer kill.Stop()
	for range c.answers {
	}
	if err := c.command.Wait(); err != nil {
		return fmt.Errorf("stopping the %s: %w", c.name, err)
	}
	return nil
}

// obey is the child's side: it says that it is ready and does what it is asked, until its input ends.
func obey(input io.Reader, output io.Writer, words string) error {
	if _, err := fmt.Fprintln(output, accepted, words); err != nil {
		return err
	}
	profiles := &profiler{}
	lines := bufio.NewScanner(input)
	for lines.Scan() {
		answer := accepted
		if err := profiles.obey(lines.Text()); err != nil {
			answer = err.Error()
		}
		if _, err := fmt.Fprintln(output, answer); err != nil {
			return err
		}
	}
	return lines.Err()
}
