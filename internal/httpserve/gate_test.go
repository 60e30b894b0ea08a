package httpserve

import (
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/crypto/bcrypt"
)

// fixture is a gate in front of nothing, with a request that passes it.
func fixture(tb testing.TB) (*gate, *httptest.ResponseRecorder, *http.Request) {
	tb.Helper()
	h, err := bcrypt.GenerateFromPassword([]byte("secret"), 4)
	if err != nil {
		tb.Fatal(err)
	}
	p, err := parsePasswords(strings.NewReader("node:" + string(h)))
	if err != nil {
		tb.Fatal(err)
	}
	s := &Server{auth: &watched[*passwords]{}}
	s.auth.value.Store(&p)
	s.cfg.setDefaults()
	g := newGate(s, http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	r := httptest.NewRequest("GET", "/v1/graph", nil)
	r.Header.Set("Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte("node:secret")))
	w := httptest.NewRecorder()
	g.ServeHTTP(w, r)
	if w.Code != 200 {
		tb.Fatal(w.Code)
	}
	return g, w, r
}

func TestGateDoesNotAllocate(t *testing.T) {
	g, w, r := fixture(t)
	count := func() float64 { return testing.AllocsPerRun(1000, func() { g.ServeHTTP(w, r) }) }
	if n := count(); n > 8 { // 2, more where the race detector empties pools
		t.Errorf("%v allocations per request with a password", n)
	}
	if g.auth = nil; count() != 0 {
		t.Errorf("%v allocations per request without passwords", count())
	}
	if g.active.Load() != 0 || g.receiving.Load() != 0 {
		t.Fatal("places are not given back")
	}
}

// Senders of long bodies take little of the memory, and turning them away takes none.
func TestFewLongBodiesAtATime(t *testing.T) {
	g, _, _ := fixture(t)
	g.auth = nil
	ends := make([]*io.PipeWriter, mostLong)
	var wg sync.WaitGroup
	post := func(body io.Reader) *httptest.ResponseRecorder {
		r := httptest.NewRequest("POST", "/", body)
		r.ContentLength = smallBody + 1
		w := httptest.NewRecorder()
		g.ServeHTTP(w, r)
		return w
	}
	for i := range ends {
		var r io.Reader
		r, ends[i] = io.Pipe()
		wg.Go(func() {
			if w := post(r); w.Code != 200 {
				t.Errorf("status %d", w.Code)
			}
		})
		if _, err := ends[i].Write([]byte("x")); err != nil {
			t.Fatal(err)
		}
	}
	w := post(strings.NewReader("x"))
	if w.Code != 503 || w.Header().Get("Connection") != "close" || w.Header().Get("Retry-After") == "" {
		t.Errorf("status %d, %v", w.Code, w.Header())
	}
	for _, end := range ends {
		end.Close()
	}
	wg.Wait()
	if w := post(strings.NewReader("x")); w.Code != 200 || g.receiving.Load() != 0 {
		t.Error("places are not given back")
	}
}

func TestAWrongTokenDoesNotKeepOthersWaiting(t *testing.T) {
	h, err := bcrypt.GenerateFromPassword([]byte("secret"), 8)
	if err != nil {
		t.Fatal(err)
	}
	var file strings.Builder
	for i := range 1000 {
		fmt.Fprintf(&file, "node%d:%s\n", i, h)
	}
	p, err := parsePasswords(strings.NewReader(file.String()))
	if err != nil {
		t.Fatal(err)
	}
	p.slots = make(chan struct{}, 1)
	ctx, cancel := context.WithCancel(t.Context())
	token := make(chan verdict, 1)
	go func() { token <- p.check(ctx, "Bearer wrong") }()
	for len(p.slots) == 0 {
		time.Sleep(time.Millisecond)
	}
	basic := "Basic " + base64.StdEncoding.EncodeToString([]byte("node7:secret"))
	if v := p.check(t.Context(), basic); v != accepted {
		t.Errorf("verdict %d", v)
	}
	select {
	case v := <-token:
		t.Errorf("the token was compared with all hashes first: verdict %d", v)
	default:
	}
	cancel()
	if v := <-token; v != undecided {
		t.Errorf("verdict %d on a request that was given up", v)
	}
}

func BenchmarkGate(b *testing.B) {
	g, w, r := fixture(b)
	b.ReportAllocs()
	for b.Loop() {
		g.ServeHTTP(w, r)
	}
}

func FuzzPasswords(f *testing.F) {
	f.Add("node:$2y$04$abcdefghijklmnopqrstuuJ1vZr8zO2rW9Yd0dVZ0Vt7nS4bC6DeF\n# x\n", "Basic bm9kZTp4")
	f.Add("a:b", "Bearer x")
	f.Add("", "")
	f.Fuzz(func(t *testing.T, file, credential string) {
		p, err := parsePasswords(strings.NewReader(file))
		if err != nil {
			return
		}
		for _, name := range p.order {
			cost, err := bcrypt.Cost(p.users[name])
			if err != nil || cost > maxCost {
				t.Fatalf("accepted %q", p.users[name])
			}
			if cost > 6 {
				return
			}
		}
		if v := p.check(t.Context(), credential); v != p.check(t.Context(), credential) {
			t.Fatal("the verdict changes")
		}
	})
}
