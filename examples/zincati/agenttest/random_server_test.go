//go:build linux

package agenttest

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"
)

// answer is what a server does with one request.
type answer struct {
	status int
	header map[string]string
	body   string
	// how the body is sent: "" in one piece, "slow", "truncated", "dropped" (no reply at all), "gzip".
	how string
}

func (a answer) send(w http.ResponseWriter, r *http.Request) {
	if a.how == "dropped" {
		c, _, err := w.(http.Hijacker).Hijack()
		if err == nil {
			c.Close()
		}
		return
	}
	for k, v := range a.header {
		w.Header().Set(k, v)
	}
	switch a.how {
	case "truncated":
		w.Header().Set("Content-Length", fmt.Sprint(len(a.body)+10))
		w.WriteHeader(a.status)
		io.WriteString(w, a.body)
	case "slow":
		w.WriteHeader(a.status)
		for i := 0; i < len(a.body); i += 1 + len(a.body)/4 {
			io.WriteString(w, a.body[i:min(len(a.body), i+1+len(a.body)/4)])
			w.(http.Flusher).Flush()
			time.Sleep(20 * time.Millisecond)
		}
	case "gzip":
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		io.WriteString(z, a.body)
		z.Close()
		w.Header().Set("Content-Encoding", "gzip")
		w.WriteHeader(a.status)
		w.Write(b.Bytes())
	default:
		w.WriteHeader(a.status)
		io.WriteString(w, a.body)
	}
}

func (w *world) status(list ...int) int { return list[w.rng.IntN(len(list))] }

// lockErrorBody is an errorBody that both programs read alike; see the table of deliberate differences.
func (w *world) lockErrorBody() string {
	for {
		if body := w.errorBody(); !strings.Contains(body, `"kind":""`) && !strings.Contains(body, `"l"`) {
			return body
		}
	}
}

// errorBody explains a failure, or does not.
func (w *world) errorBody() string {
	return w.pick("", "nothing", `{"kind":"failed_upstream","value":"away"}`, `{"kind":"","value":""}`, `{"kind":"a","value":"b","more":[1]}`, `{"kind":1,"value":"b"}`,
		`{"kind":"a"}`, `{"value":"v","kind":"k"} `, `{"kind":"k","value":"two\nlines"}`, `null`, `{"kind":"k","value":null}`, `{"kind":"k","kind":"l","value":"v"}`,
		`{"kind":"\u00fc\"","value":"\ud83d\ude00"}`, `{"kind":"k","value":"v"}x`, "\ufeff{}")
}

// elsewhere is a redirect that keeps to the graph's path, so that the next answer is served there.
func (w *world) elsewhere(path string, codes ...int) answer {
	return answer{status: w.status(codes...), header: map[string]string{"Location": w.pick("/r/"+path, "/r/"+path+"?x=1", "../"+path, "?y=2", "/"+path)}}
}

// graphAnswer is an answer of the graph server.
func (w *world) graphAnswer() answer {
	if w.one(2) {
		a := answer{status: w.status(200, 200, 200, 200, 201, 203), body: w.graph()}
		a.how = w.pick("", "", "", "slow")
		if w.one(4) {
			a.header = map[string]string{"Content-Type": w.pick("text/html", "application/json; charset=latin1", "")}
		}
		return a
	}
	switch w.rng.IntN(10) {
	case 0, 1:
		return answer{status: w.status(400, 401, 404, 418, 429, 500, 502, 503, 599, 300, 304, 205, 204), body: w.errorBody()}
	case 2, 3:
		return w.elsewhere("v1/graph", 301, 302, 303, 307, 308)
	case 4:
		return answer{status: w.status(301, 302, 308), header: map[string]string{"Location": w.pick("http://127.0.0.1:1/v1/graph", "ftp://x/", "http://", "mailto:x")}}
	case 5:
		return answer{status: w.status(301, 302, 307, 308)}
	case 6:
		return answer{status: 200, body: w.graph(), how: "truncated"}
	case 7:
		return answer{how: "dropped"}
	case 8:
		return answer{status: w.status(500, 404), body: w.errorBody(), how: w.pick("truncated", "slow", "")}
	}
	return answer{status: 200, body: w.badGraph()}
}

// badGraph is nearly a graph.
func (w *world) badGraph() string {
	g := w.graph()
	return w.pick("", "{", "[]", "null", `{"nodes":[]}`, `{"edges":[]}`, `{"nodes":null,"edges":[]}`, `{"nodes":[],"edges":[],"edges":[]}`, `{"nodes":[{}],"edges":[]}`, g+"x", g+" \n", "\ufeff"+g,
		`{"nodes":[],"edges":[[0,1]],"more":1}`, `{"nodes":[],"edges":[[0]]}`, `{"nodes":[],"edges":[[0,1,2]]}`, `{"nodes":[],"edges":[[-1,0]]}`, `{"nodes":[],"edges":[[0.0,1]]}`,
		`{"nodes":[],"edges":[[18446744073709551616,1]]}`, `{"nodes":[],"edges":[[18446744073709551615,1]]}`, `{"nodes":[{"version":"1","payload":"p","metadata":{"a":1}}],"edges":[]}`,
		`{"nodes":[{"version":"1","payload":"p","metadata":{"a":null}}],"edges":[]}`, `{"nodes":[{"version":"1","payload":"p","metadata":{},"metadata":{}}],"edges":[]}`,
		`{"nodes":[{"version":1,"payload":"p","metadata":{}}],"edges":[]}`, `{"nodes":[{"version":"1","payload":"p"}],"edges":[]}`,
		`{"nodes":[],"edges":[],"x":[[[{"a":1e400}]]]}`, `{"nodes":[],"edges":[],"x":"`+"\x01"+`"}`, `{"nodes":[],"edges":[],}`,
		`{"nodes":[],"edges":[],"x":01}`, `{"nodes":[],"edges":[],"x":NaN}`, `{"nodes":[],"edges":[[1e0,1]]}`)
}

// graph is a random graph around the booted release.
func (w *world) graph() string {
	type node struct {
		Version  string            `json:"version"`
		Payload  string            `json:"payload"`
		Metadata map[string]string `json:"metadata"`
	}
	const org = "org.fedoraproject.coreos."
	var nodes []node
	at := -1
	for i, n := range w.rng.Perm(7)[:2+w.rng.IntN(5)] {
		n++
		scheme := "checksum"
		if w.image {
			scheme = "oci"
		}
		m := node{versionOf(n), w.payload(n), map[string]string{org + "scheme": scheme, org + "releases.age_index": fmt.Sprint(w.rng.IntN(4))}}
		if n == 1 {
			at = i
		}
		if w.one(10) {
			m.Payload = w.pick(w.payload(n), digestRepo+"@sha256:"+sum(n), "", map[bool]string{true: "NONSENSE!", false: "nonsense"}[w.image], "reg:5000/new/os@sha256:"+sum(n))
		}
		w.spoil(m.Metadata, &m.Version)
		w.known[m.Payload] = m.Version
		nodes = append(nodes, m)
	}
	if at < 0 && !w.one(8) {
		scheme := "checksum"
		if w.image {
			scheme = "oci"
		}
		at = len(nodes)
		nodes = append(nodes, node{"40.1", w.payload(1), map[string]string{org + "scheme": scheme, org + "releases.age_index": fmt.Sprint(w.rng.IntN(3))}})
		if w.one(6) {
			nodes[at].Metadata[org+"updates.deadend"] = w.pick("true", "true", "false", "True", "")
			if w.one(2) {
				nodes[at].Metadata[org+"updates.deadend_reason"] = w.pick("https://example.com/why", "", "a b\"c", "-x", "two\nlines")
			}
		}
	}
	if w.one(8) { // a second node of the booted release
		nodes = append(nodes, nodes[max(at, 0)])
	}
	edges := [][2]int{}
	for range w.rng.IntN(8) {
		from := w.rng.IntN(len(nodes))
		if w.one(2) && at >= 0 {
			from = at
		}
		edges = append(edges, [2]int{from, w.rng.IntN(len(nodes))})
	}
	if w.one(12) {
		edges = append(edges, [2]int{w.rng.IntN(len(nodes) + 2), len(nodes) + w.rng.IntN(2)})
	}
	b, _ := json.Marshal(map[string]any{"nodes": nodes, "edges": edges})
	if w.one(6) {
		var indented bytes.Buffer
		json.Indent(&indented, b, "", "\t")
		return indented.String()
	}
	return string(b)
}

// spoil makes some nodes odd or unusable.
func (w *world) spoil(meta map[string]string, version *string) {
	const org = "org.fedoraproject.coreos."
	if !w.one(8) {
		return
	}
	switch w.rng.IntN(7) {
	case 0:
		delete(meta, org+"scheme")
	case 1:
		meta[org+"scheme"] = w.pick("OCI", "", map[bool]string{true: "oci", false: "ostree"}[w.image], "checksum", "ostree")
	case 2:
		delete(meta, org+"releases.age_index")
	case 3:
		meta[org+"releases.age_index"] = w.pick("", "-1", "+1", " 1", "01", "1.0", "18446744073709551615", "18446744073709551616", "0x1", "1_0")
	case 4:
		*version = w.pick("", " ", "ü", strings.Repeat("9", 300))
	case 5:
		meta["x"] = "y"
	case 6:
		meta[org+"updates.barrier"], meta[org+"rollouts.start_epoch"] = "true", "x"
	}
}

// lockAnswer is an answer of the lock server.
func (w *world) lockAnswer() answer {
	if w.one(2) {
		return answer{status: w.status(200, 200, 200, 201, 202, 204), body: w.pick("", "{}", "no"), how: w.pick("", "", "slow")}
	}
	switch w.rng.IntN(6) {
	case 0, 1, 2:
		return answer{status: w.status(400, 401, 404, 418, 423, 429, 500, 502, 503, 300, 304), body: w.lockErrorBody()}
	case 3:
		return w.elsewhere("fl", 307, 308)
	case 4:
		return answer{how: "dropped"}
	}
	return answer{status: w.status(500, 404), body: w.lockErrorBody(), how: w.pick("truncated", "slow")}
}

// server serves the world's answers one after the other, the last one for ever; before each, gate is called with what
// was asked.
func (w *world) handler(gate func(format string, args ...any)) http.Handler {
	var mu sync.Mutex
	n := map[bool]int{}
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(io.LimitReader(r.Body, 1<<20))
		var v any
		text := string(body)
		if json.Unmarshal(body, &v) == nil {
			b, _ := json.Marshal(v)
			text = string(b)
		}
		lock := r.Header.Get("fleet-lock-protocol") != ""
		gate("%s %s?%s %s %s", r.Method, r.URL.EscapedPath(), sortedQuery(r.URL.RawQuery), r.Header.Get("accept"), text)
		list := w.graphs
		if lock {
			list = w.locks
		}
		mu.Lock()
		i := min(n[lock], len(list)-1)
		n[lock]++
		mu.Unlock()
		list[i].send(rw, r)
	})
}

func sortedQuery(raw string) string {
	q, err := url.ParseQuery(raw)
	if err != nil {
		return "BAD " + raw
	}
	return q.Encode()
}
