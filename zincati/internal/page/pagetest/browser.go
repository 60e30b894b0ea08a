package pagetest

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/nestos-dev/nestos/internal/testutil"
)

// timeout bounds every single conversation with the browser; a machine that
// runs many tests at once starts it slowly.
const timeout = 90 * time.Second

// Browser is a running Chromium with one tab. It is not for concurrent use.
type Browser struct {
	t       testing.TB
	send    *os.File
	replies chan message
	id      int
	session string
	events  []message // those since the last Visit began
}

// message is a reply or an event of the DevTools protocol.
type message struct {
	ID     int             `json:"id"`
	Method string          `json:"method"`
	Params json.RawMessage `json:"params"`
	Result json.RawMessage `json:"result"`
	Error  *struct {
		Message string `json:"message"`
	} `json:"error"`
}

// Start starts the browser; it ends with the test. Without Chromium the test
// is skipped (in CI it fails).
func Start(t testing.TB) *Browser {
	t.Helper()
	program := testutil.Tool(t, "chromium")
	profile := t.TempDir()
	ctx, cancel := context.WithCancel(context.Background())
	cmd := exec.CommandContext(ctx, program, "--headless=new", "--no-sandbox", "--disable-gpu",
		"--disable-dev-shm-usage", "--no-first-run", "--hide-scrollbars", "--disable-extensions",
		"--disable-background-networking", "--disable-component-update", "--disable-sync",
		"--user-data-dir="+profile, "--remote-debugging-pipe", "about:blank")
	cmd.Env = append(os.Environ(), "HOME="+profile)
	cmd.WaitDelay = 5 * time.Second
	theirIn, ourOut, err := os.Pipe()
	must(t, err)
	ourIn, theirOut, err := os.Pipe()
	must(t, err)
	cmd.ExtraFiles = []*os.File{theirIn, theirOut}
	must(t, cmd.Start())
	theirIn.Close()
	theirOut.Close()
	b := &Browser{t: t, send: ourOut, replies: make(chan message, 1024)}
	go b.read(ourIn)
	t.Cleanup(func() {
		// Asked to close it ends its children itself; the kill is for one that hangs.
		b.id++
		fmt.Fprintf(b.send, `{"id":%d,"method":"Browser.close"}`+"\x00", b.id)
		go func() {
			for range b.replies {
			}
		}()
		done := make(chan struct{})
		go func() { cmd.Wait(); close(done) }()
		select {
		case <-done:
		case <-time.After(10 * time.Second):
		}
		cancel()
		<-done
		ourOut.Close()
		ourIn.Close()
		waitEmpty(profile)
	})
	b.open()
	return b
}

// waitEmpty gives the browser's last children the time to leave the profile,
// which the test removes next.
func waitEmpty(dir string) {
	for range 50 {
		if os.RemoveAll(dir) == nil {
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
}

func (b *Browser) read(f *os.File) {
	defer close(b.replies)
	r := bufio.NewReader(f)
	for {
		text, err := r.ReadBytes(0)
		if err != nil {
			return
		}
		var m message
		if json.Unmarshal(text[:len(text)-1], &m) == nil {
			b.replies <- m
		}
	}
}

// open attaches to a tab and turns the reports on.
func (b *Browser) open() {
	b.t.Helper()
	var target struct{ TargetID string }
	b.call("Target.createTarget", map[string]any{"url": "about:blank"}, &target)
	var attached struct{ SessionID string }
	b.call("Target.attachToTarget", map[string]any{"targetId": target.TargetID, "flatten": true}, &attached)
	b.session = attached.SessionID
	for _, domain := range []string{"Page", "Network", "Log", "Runtime"} {
		b.call(domain+".enable", nil, nil)
	}
}

// call asks and waits for the reply; events that come between are kept.
func (b *Browser) call(method string, params, result any) {
	b.t.Helper()
	b.id++
	text, err := json.Marshal(struct {
		ID      int    `json:"id"`
		Session string `json:"sessionId,omitempty"`
		Method  string `json:"method"`
		Params  any    `json:"params,omitempty"`
	}{b.id, b.session, method, params})
	must(b.t, err)
	_, err = b.send.Write(append(text, 0))
	must(b.t, err)
	reply := b.await(method, func(m message) bool { return m.ID == b.id })
	if reply.Error != nil {
		b.t.Fatalf("%s: %s", method, reply.Error.Message)
	}
	if result != nil {
		must(b.t, json.Unmarshal(reply.Result, result))
	}
}

// await keeps reading until the message that is wanted.
func (b *Browser) await(what string, wanted func(message) bool) message {
	b.t.Helper()
	limit := time.After(timeout)
	for {
		select {
		case m, ok := <-b.replies:
			if !ok {
				b.t.Fatalf("%s: the browser has ended", what)
			}
			if m.Method != "" {
				b.events = append(b.events, m)
			}
			if wanted(m) {
				return m
			}
		case <-limit:
			b.t.Fatalf("%s: no reply within %v", what, timeout)
		}
	}
}

// Eval evaluates an expression in the page shown (also under a policy that
// allows no script) and decodes its value, as JSON, into result.
func (b *Browser) Eval(expression string, result any) {
	b.t.Helper()
	var reply struct {
		Result           struct{ Value json.RawMessage }
		ExceptionDetails *struct {
			Text      string
			Exception struct{ Description string }
		}
	}
	b.call("Runtime.evaluate", map[string]any{"expression": expression, "returnByValue": true}, &reply)
	if e := reply.ExceptionDetails; e != nil {
		b.t.Fatalf("evaluating: %s %s", e.Text, e.Exception.Description)
	}
	if result != nil && len(reply.Result.Value) > 0 {
		must(b.t, json.Unmarshal(reply.Result.Value, result))
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// local tells whether an address stays with the page's server or needs none.
func local(address, origin string) bool {
	return address == origin || strings.HasPrefix(address, origin+"/") ||
		strings.HasPrefix(address, "data:") || address == "about:blank"
}
