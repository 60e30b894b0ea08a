package fakecloud_test

import (
	"bytes"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/nestos-dev/nestos/afterburn/fakecloud"
)

// replay reads the requests of a transcript.
func replay(t *testing.T, transcript string) []fakecloud.Request {
	t.Helper()
	var list []fakecloud.Request
	for line := range strings.Lines(transcript) {
		line = strings.TrimSuffix(line, "\n")
		field, indented := strings.CutPrefix(line, "    ")
		if !indented {
			method, url, _ := strings.Cut(line, " ")
			_, rest, _ := strings.Cut(url, "://")
			host, path, _ := strings.Cut(rest, "/")
			list = append(list, fakecloud.Request{
				Method: method, TLS: strings.HasPrefix(url, "https:"), Host: host, Path: "/" + path, Header: make(http.Header),
			})
			continue
		}
		r := &list[len(list)-1]
		if body, ok := strings.CutPrefix(field, "| "); ok {
			r.Body = append(r.Body, body+"\n"...)
			continue
		}
		k, v, _ := strings.Cut(field, ": ")
		r.Header.Add(k, v)
	}
	return list
}

// TestRecordedRequests makes the requests on record to each example: all must be
// found good, and they must use all of its documents.
func TestRecordedRequests(t *testing.T) {
	// What other clients than Afterburn ask for.
	others := []string{"/metadata/v1/hostname", "/metadata/v1/public-keys", "/metadata/v1/region"}
	for _, provider := range fakecloud.Providers() {
		t.Run(provider, func(t *testing.T) {
			text, err := os.ReadFile(filepath.Join("testdata", "requests", provider+".txt"))
			if err != nil {
				t.Fatal(err)
			}
			s := start(t, provider)
			sections := fakecloud.Transcripts(string(text))
			for _, a := range []string{"start", "attributes", "ssh-keys", "hostname", "check-in", "network-units", "netplan-config", "render-ignition"} {
				all := replay(t, sections[a])
				// Tokens first.
				slices.SortStableFunc(all, func(a, b fakecloud.Request) int { return strings.Compare(b.Method, a.Method) })
				for _, r := range all {
					again(t, s, r)
				}
			}
			for _, r := range s.Requests() {
				path, _, _ := strings.Cut(r.Path, "?")
				s.Cloud.Delete(r.Path)
				s.Cloud.Delete(path)
			}
			unused := s.Cloud.Paths()
			unused = slices.DeleteFunc(unused, func(p string) bool { return slices.Contains(others, p) })
			if len(unused) > 0 {
				t.Errorf("documents that nobody asks for: %q", unused)
			}
		})
	}
}

// again makes a recorded request once more.
func again(t *testing.T, s *fakecloud.Server, r fakecloud.Request) {
	t.Helper()
	if r.Header.Get("X-Ms-Guest-Agent-Public-X509-Cert") != "" {
		return // the certificate is not on record
	}
	var header []string
	for k, v := range r.Header {
		header = append(header, k, v[0])
	}
	resp, text, err := ask(t, s, r.Method, r.URL(), bytes.NewReader(r.Body), header...)
	if err != nil {
		t.Fatal(err)
	}
	if resp.StatusCode != 200 && (resp.StatusCode != 404 || r.Method != "GET") {
		t.Errorf("%s: %s: %s", r, resp.Status, text)
	}
}
