//go:build linux

package agenttest

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nestos-dev/nestos/internal/agentlab"
)

// flood writes text until the reader has enough of it, or total bytes were written.
func flood(w io.Writer, text string, total int) {
	chunk := []byte(strings.Repeat(text, 1+1<<16/len(text)))
	for total > 0 {
		n, err := w.Write(chunk)
		if err != nil {
			return
		}
		total -= n
	}
}

// rawReply writes on the connection itself.
func rawReply(w http.ResponseWriter, write func(c io.Writer)) {
	c, _, err := w.(http.Hijacker).Hijack()
	if err != nil {
		return
	}
	defer c.Close()
	write(c)
}

// crowd writes a graph of nodes that are all newer than the booted release, and edges, none of which begins there.
func crowd(w io.Writer, nodes, edges int) {
	var b bytes.Buffer
	b.WriteString(`{"nodes":[{"version":"40.1","payload":"` + sum(1) + `","metadata":{"org.fedoraproject.coreos.scheme":"checksum","org.fedoraproject.coreos.releases.age_index":"0"}}`)
	for i := 1; i < nodes; i++ {
		fmt.Fprintf(&b, `,{"version":"41.%d","payload":"%064x","metadata":{"org.fedoraproject.coreos.scheme":"checksum","org.fedoraproject.coreos.releases.age_index":"%d"}}`, i, i, i)
	}
	b.WriteString(`],"edges":[`)
	for i := range edges {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, "[%d,%d]", 1+i%(nodes-1), i*7%nodes)
	}
	b.WriteString("]}")
	w.Write(b.Bytes())
}

// TestHostileGraph has graph servers that want to hurt. The agent stays alive and small, says why, and stages nothing.
func TestHostileGraph(t *testing.T) {
	for name, c := range map[string]struct {
		serve func(w http.ResponseWriter, r *http.Request)
		says  string // "" is nothing
	}{
		"crowd":  {func(w http.ResponseWriter, r *http.Request) { crowd(w, 100_000, 1_000_000) }, ""},
		"nodes":  {func(w http.ResponseWriter, r *http.Request) { crowd(w, 250_000, 0) }, "client-side error: failed to decode graph: "},
		"blanks": {func(w http.ResponseWriter, r *http.Request) { flood(w, "          ", 300<<20) }, "client-side error: failed to decode graph: "},
		"string": {func(w http.ResponseWriter, r *http.Request) {
			io.WriteString(w, `{"nodes":[{"version":"`)
			flood(w, "9", 300<<20)
		}, "client-side error: failed to decode graph: "},
		"depth": {func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, `{"x":`); flood(w, "[", 300<<20) }, "client-side error: failed to decode graph: "},
		"keys": {func(w http.ResponseWriter, r *http.Request) {
			io.WriteString(w, `{"nodes":[{"metadata":{`)
			flood(w, `"a":"b",`, 300<<20)
		}, "client-side error: failed to decode graph: "},
		"unknown": {func(w http.ResponseWriter, r *http.Request) {
			io.WriteString(w, `{"x":[`)
			flood(w, `{"a":"b"},`, 300<<20)
		}, "client-side error: failed to decode graph: "},
		"bomb": {func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			z := gzip.NewWriter(w)
			flood(z, " ", 1<<30)
			z.Close()
		}, "client-side error: failed to decode graph: "},
		"error-body": {func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(500)
			io.WriteString(w, `{"kind":"`)
			flood(w, "a", 300<<20)
		}, "server-side error, code 500: (unknown/generic server error)"},
		"error-text": {func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(500)
			fmt.Fprintf(w, `{"kind":"%s","value":"%s\u001b[2J\n[ERROR zincati] x"}`, strings.Repeat("k", 9000), strings.Repeat("v", 9000))
		}, "server-side error, code 500: vvv"},
		"headers": {func(w http.ResponseWriter, r *http.Request) {
			rawReply(w, func(c io.Writer) { io.WriteString(c, "HTTP/1.1 200 OK\r\n"); flood(c, "X-A: bbbbbbbb\r\n", 300<<20) })
		}, "client-side error: error sending request for url "},
		"continue": {func(w http.ResponseWriter, r *http.Request) {
			rawReply(w, func(c io.Writer) { flood(c, "HTTP/1.1 103 Early Hints\r\nX: y\r\n\r\n", 300<<20) })
		}, "client-side error: error sending request for url "},
		"no HTTP": {func(w http.ResponseWriter, r *http.Request) {
			rawReply(w, func(c io.Writer) { flood(c, "\x00\xff", 300<<20) })
		}, "client-side error: error sending request for url "},
		"loop": {func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, r.URL.Path, 302) }, "client-side error: error following redirect"},
		"encoding": {func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Encoding", "br")
			io.WriteString(w, two())
		}, "client-side error: failed to decode graph: "},
		"NaN": {func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, `{"nodes":[],"edges":[[NaN,0]]}`) }, "client-side error: failed to decode graph: "},
		"invalid UTF-8": {func(w http.ResponseWriter, r *http.Request) {
			io.WriteString(w, strings.Replace(two(), "40.2", "40.\xff", 1))
		}, "client-side error: failed to decode graph: "},
		"unasked 304": {func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(304) }, "server-side error, code 304: (unknown/generic server error)"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := agentlab.New(t)
			serve := &late{}
			url := serve.listen(t)
			var asked atomic.Int64
			serve.set(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { asked.Add(1); c.serve(w, r) }))
			l.Files["/etc/zincati/config.d/50.toml"] = fmt.Sprintf("cincinnati.base_url = %q\n", url)
			start(t, l, 100)
			l.Wait("last checked", 2, 10*time.Minute) // the first check is over then
			if asked.Load() == 0 {
				t.Fatal("nothing was asked")
			}
			said := strings.Contains(l.Log(), "failed to check Cincinnati for updates: "+c.says)
			if (c.says != "") != said || len(l.Log()) > 64<<10 {
				t.Errorf("says %q, the log:\n%.2000s", c.says, l.Log())
			}
			for _, line := range strings.Split(l.Log(), "\n") {
				if strings.Contains(line, "[ERROR zincati] x") && !strings.HasPrefix(line, "    ") || strings.Contains(line, "\x1b") {
					t.Errorf("the log has a line of the server: %q", line)
				}
			}
			if peak := memory(t, l.Pid(), "VmHWM"); peak > 512<<20 {
				t.Errorf("%d MiB of memory", peak>>20)
			} else {
				t.Logf("%d MiB of memory at most", peak>>20)
			}
			if exit := l.Terminate(); exit != 0 {
				t.Errorf("exit status %d", exit)
			}
			if text := strings.Join(l.Texts(), "\n"); strings.Contains(text, "--lock-finalization") || strings.Contains(text, "finalize-deployment") {
				t.Errorf("something was staged:\n%s", text)
			}
		})
	}
}

// TestLongTexts has a graph whose texts are megabytes long: they reach neither the log nor arguments in full.
func TestLongTexts(t *testing.T) {
	long := strings.Repeat("9", 2<<20)
	l := agentlab.New(t)
	l.Graph = graphOf(agentlab.GraphJSON([][2]int{{0, 1}}, node{Version: "40.1", Payload: sum(1), Meta: map[string]string{"org.fedoraproject.coreos.updates.deadend": "true", "org.fedoraproject.coreos.updates.deadend_reason": long}},
		node{Version: long, Payload: sum(2) + long, Age: 1}))
	l.Files["/etc/zincati/config.d/50.toml"] = fmt.Sprintf("cincinnati.base_url = %q\n", l.URL())
	start(t, l, 300)
	l.Wait("GET", 2, 5*time.Minute) // after twelve attempts
	if exit := l.Terminate(); exit != 0 {
		t.Errorf("exit status %d", exit)
	}
	if n := len(l.Log()); n > 40*70<<10 {
		t.Errorf("the log has %d bytes", n)
	}
	for _, e := range l.Texts() {
		if len(e) > 8<<10 {
			t.Errorf("%d bytes: %.200s", len(e), e)
		}
	}
}

// TestHostileLock has lock servers whose answers are no clear consent: the machine is never rebooted.
func TestHostileLock(t *testing.T) {
	for name, serve := range map[string]func(w http.ResponseWriter, r *http.Request){
		"page": func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodPost {
				http.Redirect(w, r, "/page", http.StatusSeeOther)
			}
		},
		"moved": func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodPost {
				http.Redirect(w, r, "/page", http.StatusFound)
			}
		},
		"headers": func(w http.ResponseWriter, r *http.Request) {
			rawReply(w, func(c io.Writer) { io.WriteString(c, "HTTP/1.1 200 OK\r\n"); flood(c, "X-A: bbbbbbbb\r\n", 300<<20) })
		},
		"continue": func(w http.ResponseWriter, r *http.Request) {
			rawReply(w, func(c io.Writer) { flood(c, "HTTP/1.1 100 Continue\r\n\r\n", 300<<20) })
		},
		"half": func(w http.ResponseWriter, r *http.Request) {
			rawReply(w, func(c io.Writer) { io.WriteString(c, "HTTP/1.1 20") })
		},
		"HTTP9": func(w http.ResponseWriter, r *http.Request) {
			rawReply(w, func(c io.Writer) { io.WriteString(c, "200 OK\n") })
		},
		"loop": func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, r.URL.Path, http.StatusPermanentRedirect)
		},
		"error": func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(500); flood(w, "a", 300<<20) },
		"switch": func(w http.ResponseWriter, r *http.Request) {
			rawReply(w, func(c io.Writer) {
				io.WriteString(c, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n")
			})
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := agentlab.New(t)
			l.Graph = graphOf(two())
			m := agentlab.Host("40.1", sum(1))
			m.Known[sum(2)] = "40.2"
			l.RPMOSTree = m.Answer
			lock := &late{}
			url := lock.listen(t)
			lock.set(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				l.Record("%s %s", r.Method, r.URL.Path)
				if strings.HasSuffix(r.URL.Path, "steady-state") {
					return
				}
				serve(w, r)
			}))
			l.Files["/etc/zincati/config.d/50.toml"] = fmt.Sprintf("cincinnati.base_url = %q\nupdates = { strategy = \"fleet_lock\", fleet_lock.base_url = %q }\n", l.URL(), url)
			start(t, l, 300)
			l.Wait("reboot pending due to update strategy", 3, 10*time.Minute)
			if !strings.Contains(l.Log(), "lock-manager pre-reboot failure: ") {
				t.Errorf("the log:\n%.2000s", l.Log())
			}
			if peak := memory(t, l.Pid(), "VmHWM"); peak > 128<<20 {
				t.Errorf("%d MiB of memory", peak>>20)
			}
			if exit := l.Terminate(); exit != 0 {
				t.Errorf("exit status %d", exit)
			}
			if text := strings.Join(l.Texts(), "\n"); strings.Contains(text, "finalize-deployment") || strings.Contains(text, "loginctl") || strings.Contains(text, "GET /page") {
				t.Errorf("that was taken for consent:\n%s", text)
			}
		})
	}
}
