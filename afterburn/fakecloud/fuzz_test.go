package fakecloud_test

import (
	"bufio"
	"bytes"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/nestos-dev/nestos/afterburn/fakecloud"
)

// FuzzHandler sends arbitrary requests to all services: each is answered, and no
// document is given out for a method that changes things.
func FuzzHandler(f *testing.F) {
	files, err := filepath.Glob("testdata/requests/*.txt")
	if err != nil || len(files) == 0 {
		f.Fatal(files, err)
	}
	ids := fakecloud.Providers()
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		id := slices.Index(ids, strings.TrimSuffix(filepath.Base(file), ".txt"))
		for line := range strings.Lines(string(text)) {
			method, url, ok := strings.Cut(strings.TrimSpace(line), " http")
			if ok {
				f.Add(uint8(id), []byte(method+" http"+url+" HTTP/1.1\r\nHost: h\r\nMetadata: true\r\nX-Ms-Version: 2012-11-30\r\n\r\n"))
			}
		}
	}
	f.Fuzz(func(t *testing.T, provider uint8, raw []byte) {
		r, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(raw)))
		if err != nil {
			return
		}
		c, _ := fakecloud.Example(ids[int(provider)%len(ids)])
		w := httptest.NewRecorder()
		c.Handler().ServeHTTP(w, r)
		log := c.Requests()
		if len(log) == 0 {
			return // the body was broken off
		}
		if w.Code < 200 || w.Code > 599 || log[0].Status != w.Code {
			t.Errorf("status %d, in the log %d", w.Code, log[0].Status)
		}
		switch r.Method {
		case "GET", "HEAD", "PUT", "POST", "PATCH":
		default:
			if w.Code < 300 {
				t.Errorf("%s is answered with %d", r.Method, w.Code)
			}
		}
	})
}
