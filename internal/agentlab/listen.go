//go:build linux

package agentlab

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// listenCalls answers the stand-ins.
func (l *Lab) listenCalls() {
	path := filepath.Join(l.dir, "calls")
	ln, err := net.Listen("unix", path)
	must(l.t, err)
	must(l.t, os.Chmod(path, 0o777))
	l.t.Cleanup(func() { ln.Close() })
	go func() {
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				var call Call
				if json.NewDecoder(c).Decode(&call) != nil {
					return
				}
				text := quote(call.Args)
				if call.Args[0] == "rpm-ostree" && call.ClientID != "zincati" {
					text += fmt.Sprintf(" [client %q]", call.ClientID)
				}
				l.Record("%s", text)
				var r Reply
				switch call.Args[0] {
				case "rpm-ostree":
					r = l.RPMOSTree(call)
				case "loginctl":
					r = l.Loginctl(call)
				case "pkexec":
					r = l.Pkexec(call)
				}
				json.NewEncoder(c).Encode(r)
			}()
		}
	}()
}

func quote(args []string) string {
	var b strings.Builder
	for i, a := range args {
		if i > 0 {
			b.WriteByte(' ')
		}
		if a == "" || strings.ContainsAny(a, " \"'\n") {
			fmt.Fprintf(&b, "%q", a)
		} else {
			b.WriteString(a)
		}
	}
	return b.String()
}

// listenNotify records what goes to the service manager, without the time of day.
func (l *Lab) listenNotify() {
	path := filepath.Join(l.dir, "notify")
	c, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	must(l.t, err)
	must(l.t, os.Chmod(path, 0o777))
	f, err := c.File()
	must(l.t, err)
	must(l.t, c.Close())
	l.notify = f
	go func() {
		for {
			select {
			case <-l.exited:
				return
			case <-time.After(2 * time.Millisecond):
				l.mu.Lock()
				l.drain()
				l.mu.Unlock()
			}
		}
	}()
}

// drain records the notifications that have come. It is called before any other event is recorded, so that the order
// of the list is that in which the agent did things, although a notification is not waited for by the agent.
func (l *Lab) drain() {
	buf := make([]byte, 65536)
	for {
		n, _, err := syscall.Recvfrom(int(l.notify.Fd()), buf, syscall.MSG_DONTWAIT)
		if err != nil {
			return
		}
		l.add(fmt.Sprintf("notify %q", hideTime(string(buf[:n]))))
	}
}

// hideTime replaces the time in "(last checked …)".
func hideTime(s string) string {
	i := strings.Index(s, "(last checked ")
	if i < 0 {
		return s
	}
	j := strings.Index(s[i:], ")")
	if j < 0 {
		return s
	}
	if _, err := time.Parse("Mon 2006-01-02 15:04:05 UTC", s[i+len("(last checked "):i+j]); err != nil {
		return s
	}
	return s[:i] + "(last checked TIME" + s[i+j:]
}

// serve answers HTTP; the query is recorded with sorted keys.
func (l *Lab) serve(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(io.LimitReader(r.Body, 1<<20))
	text := r.Method + " " + r.URL.Path
	if r.URL.RawQuery != "" {
		q, err := url.ParseQuery(r.URL.RawQuery)
		if err != nil {
			text += "?BAD " + r.URL.RawQuery
		} else {
			text += "?" + strings.ReplaceAll(q.Encode(), "%2F", "/")
		}
	}
	if len(body) > 0 {
		var compact bytes.Buffer
		if json.Compact(&compact, body) == nil {
			var v any
			json.Unmarshal(body, &v)
			b, _ := json.Marshal(v)
			text += " " + string(b)
		} else {
			text += fmt.Sprintf(" %q", body)
		}
	}
	for _, h := range []string{"Fleet-Lock-Protocol"} {
		if v := r.Header.Get(h); v != "" {
			text += fmt.Sprintf(" [%s: %s]", strings.ToLower(h), v)
		}
	}
	l.Record("%s", text)
	f := l.Lock
	if strings.HasSuffix(r.URL.Path, "v1/graph") {
		f = l.Graph
	}
	status, answer := f(r, string(body))
	if status/100 == 3 {
		w.Header().Set("Location", answer)
		answer = ""
	}
	w.WriteHeader(status)
	io.WriteString(w, answer)
}
