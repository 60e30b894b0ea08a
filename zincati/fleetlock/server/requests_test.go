package server_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/nestos-dev/nestos/zincati/fleetlock"
)

func TestMalformedRequests(t *testing.T) {
	s, store := start(t, "", nil)
	h := s.Handler()
	good := `{"client_params":{"id":"a","group":"default"}}`
	const identity = "invalid_client_identity"
	const prefix = "failed to validate client identity: "
	for name, test := range map[string]struct {
		method, header, body, encoding string
		status                         int
		kind, value                    string // kind empty: success
	}{
		"good":                    {body: good, status: 200},
		"PUT":                     {method: "PUT", body: good, status: 200},
		"no content type at all":  {body: good, status: 200},
		"text behind":             {body: good + "garbage", status: 200},
		"a second value behind":   {body: good + `{"client_params":{"id":"b"}}`, status: 200},
		"space around":            {body: " \n\t" + good + "\r\n", status: 200},
		"unknown fields":          {body: `{"x":[1,{}],"client_params":{"id":"a","y":null,"group":"default"}}`, status: 200},
		"names in other case":     {body: `{"CLIENT_params":{"ID":"a","Group":"default"}}`, status: 200},
		"duplicate: last counts":  {body: `{"client_params":{"id":"a","group":"nope","group":"default"}}`, status: 200},
		"duplicate objects merge": {body: `{"client_params":{"id":"a"},"client_params":{"group":"default"}}`, status: 200},
		"null keeps the value":    {body: `{"client_params":{"id":"a","group":"default","id":null}}`, status: 200},
		"escapes":                 {body: `{"client_params":{"id":"\u0061","group":"d\u0065fault"}}`, status: 200},
		"GET":                     {method: "GET", body: good, status: 405, kind: "method_not_allowed", value: "method not allowed: use POST"},
		"DELETE":                  {method: "DELETE", body: good, status: 405, kind: "method_not_allowed", value: "method not allowed: use POST"},
		"no header":               {header: "-", body: good, status: 400, kind: identity, value: prefix + "wrong 'fleet-lock-protocol' header"},
		"header true in capitals": {header: "True", body: good, status: 400, kind: identity, value: prefix + "wrong 'fleet-lock-protocol' header"},
		"header 1":                {header: "1", body: good, status: 400, kind: identity, value: prefix + "wrong 'fleet-lock-protocol' header"},
		"header before body":      {header: "-", body: "", status: 400, kind: identity, value: prefix + "wrong 'fleet-lock-protocol' header"},
		"compressed":              {encoding: "gzip", body: good, status: 415, kind: "unsupported_media_type", value: "a content encoding is not supported"},
		"empty body":              {body: "", status: 400, kind: identity, value: prefix + "EOF"},
		"only space":              {body: " \n", status: 400, kind: identity, value: prefix + "EOF"},
		"cut":                     {body: good[:20], status: 400, kind: identity, value: prefix + "unexpected EOF"},
		"cut by one":              {body: good[:len(good)-1], status: 400, kind: identity, value: prefix + "unexpected EOF"},
		"no JSON":                 {body: "id=a&group=default", status: 400, kind: identity, value: prefix + "invalid character 'i' looking for beginning of value"},
		"comma at the end":        {body: `{"client_params":{"id":"a",}}`, status: 400, kind: identity, value: prefix + "invalid character '}' looking for beginning of object key string"},
		"control character":       {body: "{\"client_params\":{\"id\":\"a\n\"}}", status: 400, kind: identity, value: prefix + `invalid character '\n' in string literal`},
		"bad escape":              {body: `{"client_params":{"id":"\x"}}`, status: 400, kind: identity, value: prefix + "invalid character 'x' in string escape code"},
		"byte order mark":         {body: "\ufeff" + good, status: 400, kind: identity, value: prefix + "invalid character 'ï' looking for beginning of value"},
		"null":                    {body: "null", status: 400, kind: identity, value: prefix + "empty client group"},
		"array":                   {body: "[]", status: 400, kind: identity, value: prefix + "json: cannot unmarshal array into Go value of type server.HTTPParams"},
		"string":                  {body: `"a"`, status: 400, kind: identity, value: prefix + "json: cannot unmarshal string into Go value of type server.HTTPParams"},
		"number":                  {body: `1`, status: 400, kind: identity, value: prefix + "json: cannot unmarshal number into Go value of type server.HTTPParams"},
		"empty object":            {body: "{}", status: 400, kind: identity, value: prefix + "empty client group"},
		"params null":             {body: `{"client_params":null}`, status: 400, kind: identity, value: prefix + "empty client group"},
		"params a string":         {body: `{"client_params":"a"}`, status: 400, kind: identity, value: prefix + "json: cannot unmarshal string into Go struct field HTTPParams.client_params of type server.Params"},
		"id a number":             {body: `{"client_params":{"id":7,"group":"default"}}`, status: 400, kind: identity, value: prefix + "json: cannot unmarshal number into Go struct field Params.client_params.id of type string"},
		"group an array":          {body: `{"client_params":{"id":"a","group":["default"]}}`, status: 400, kind: identity, value: prefix + "json: cannot unmarshal array into Go struct field Params.client_params.group of type string"},
		"no group":                {body: `{"client_params":{"id":"a"}}`, status: 400, kind: identity, value: prefix + "empty client group"},
		"empty group before id":   {body: `{"client_params":{"id":"","group":""}}`, status: 400, kind: identity, value: prefix + "empty client group"},
		"no id":                   {body: `{"client_params":{"group":"default"}}`, status: 400, kind: identity, value: prefix + "empty client ID"},
		"id not UTF-8":            {body: "{\"client_params\":{\"id\":\"a\xff\",\"group\":\"default\"}}", status: 400, kind: identity, value: prefix + "client ID is not UTF-8"},
		"id half a surrogate":     {body: `{"client_params":{"id":"\ud800","group":"default"}}`, status: 400, kind: identity, value: prefix + "client ID is not UTF-8"},
		"id null":                 {body: `{"client_params":{"id":null,"group":"default"}}`, status: 400, kind: identity, value: prefix + "empty client ID"},
		"empty id before group":   {body: `{"client_params":{"id":"","group":"nope"}}`, status: 400, kind: identity, value: prefix + "empty client ID"},
		"unknown group":           {body: `{"client_params":{"id":"a","group":"nope"}}`, status: 400, kind: "unknown_group", value: `unknown group "nope"`},
		"group in other case":     {body: `{"client_params":{"id":"a","group":"Default"}}`, status: 400, kind: "unknown_group", value: `unknown group "Default"`},
		"group with odd letters":  {body: `{"client_params":{"id":"a","group":"a<\n\u202e"}}`, status: 400, kind: "unknown_group", value: `unknown group "a<\n\u202e"`},
		"a tail is ignored":       {body: good + strings.Repeat(" ", 60000), status: 200},
		"deeply nested":           {body: strings.Repeat("[", 20000), status: 400, kind: identity, value: prefix + "invalid character '[' exceeded max depth"},
		"a long id":               {body: `{"client_params":{"id":"` + strings.Repeat("a", 60000) + `","group":"nope"}}`, status: 400, kind: "unknown_group", value: `unknown group "nope"`},
		"invalid UTF-8 in the id": {body: "{\"client_params\":{\"id\":\"\xff\",\"group\":\"nope\"}}", status: 400, kind: "unknown_group", value: `unknown group "nope"`},
	} {
		for _, api := range []string{"pre-reboot", "steady-state"} {
			t.Run(name+" "+api, func(t *testing.T) {
				method := http.MethodPost
				if test.method != "" {
					method = test.method
				}
				r := httptest.NewRequest(method, "/v1/"+api, struct{ io.Reader }{strings.NewReader(test.body)})
				switch test.header {
				case "":
					r.Header.Set("Fleet-Lock-PROTOCOL", "true")
				case "-":
				default:
					r.Header.Set("fleet-lock-protocol", test.header)
				}
				if test.encoding != "" {
					r.Header.Set("Content-Encoding", test.encoding)
				}
				w := httptest.NewRecorder()
				h.ServeHTTP(w, r)
				want := ""
				if test.kind != "" {
					data, err := json.Marshal(struct {
						Kind  string `json:"kind"`
						Value string `json:"value"`
					}{test.kind, test.value})
					if err != nil {
						t.Fatal(err)
					}
					want = string(data) + "\n"
				}
				wantReply(t, w, test.status, want)
			})
		}
	}
	if sem, err := store.Get(t.Context(), "default"); err != nil || fmt.Sprint(sem.Holders) != "[]" && fmt.Sprint(sem.Holders) != "[a]" {
		t.Errorf("a malformed request left %q, %v", sem.Holders, err)
	}
}

// The bound is on the whole body, also where the end of it would be ignored.
func TestLargeBodies(t *testing.T) {
	s, _ := start(t, "", nil)
	for name, body := range map[string]string{
		"id":   `{"client_params":{"id":"` + strings.Repeat("a", 70000) + `"}}`,
		"tail": `{"client_params":{"id":"a","group":"default"}}` + strings.Repeat(" ", 70000),
	} {
		for _, announced := range []bool{true, false} {
			r := httptest.NewRequest(http.MethodPost, "/v1/pre-reboot", strings.NewReader(body))
			if !announced {
				r.ContentLength = -1
			}
			r.Header.Set(fleetlock.HeaderName, "true")
			w := httptest.NewRecorder()
			s.Handler().ServeHTTP(w, r)
			if w.Code != 413 || !strings.Contains(w.Body.String(), `"kind":"body_too_large"`) {
				t.Errorf("%s, announced %v: %d %s", name, announced, w.Code, w.Body)
			}
		}
	}
}

func TestPathsAreExact(t *testing.T) {
	s, _ := start(t, "", nil)
	for _, path := range []string{"/v1/pre-reboot/", "//v1/pre-reboot", "/v1", "/v1/", "/V1/pre-reboot", "/v1/pre-reboot/x", "/x", "/metrics", "/v1/release"} {
		r := httptest.NewRequest(http.MethodPost, "http://h"+path, strings.NewReader(`{"client_params":{"id":"a","group":"default"}}`))
		r.Header.Set(fleetlock.HeaderName, "true")
		w := httptest.NewRecorder()
		s.Handler().ServeHTTP(w, r)
		if w.Code != http.StatusNotFound {
			t.Errorf("%s: %d", path, w.Code)
		}
	}
	w := httptest.NewRecorder()
	r := httptest.NewRequest(http.MethodPost, "/v1/pre-reboot?x=1", strings.NewReader(`{"client_params":{"id":"a","group":"default"}}`))
	r.Header.Set(fleetlock.HeaderName, "true")
	s.Handler().ServeHTTP(w, r)
	if w.Code != 200 {
		t.Errorf("with a query: %d", w.Code)
	}
}

func TestSlowBody(t *testing.T) {
	s, _ := start(t, "", nil)
	listener := httptest.NewUnstartedServer(s.Handler())
	listener.Config.ReadTimeout = 2 * time.Second
	listener.Start()
	defer listener.Close()
	conn, err := net.Dial("tcp", listener.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprint(conn, "POST /v1/pre-reboot HTTP/1.1\r\nHost: h\r\nfleet-lock-protocol: true\r\nContent-Length: 46\r\n\r\n{\"client_")
	_ = conn.SetDeadline(time.Now().Add(time.Minute))
	reply, err := io.ReadAll(conn)
	if err != nil || !strings.HasPrefix(string(reply), "HTTP/1.1 408 ") || !strings.Contains(string(reply), `"kind":"request_timeout"`) {
		t.Errorf("%q, %v", reply, err)
	}
}

func FuzzBody(f *testing.F) {
	f.Add([]byte(`{"client_params":{"id":"a","group":"default"}}`))
	f.Add([]byte(`{"client_params":{"id":"\ud800","group":"nope"}}`))
	f.Add([]byte(`[[[[`))
	s, store := start(f, "lock.default_slots = 1", nil)
	h := s.Handler()
	f.Fuzz(func(t *testing.T, body []byte) {
		r := httptest.NewRequest(http.MethodPost, "/v1/pre-reboot", bytes.NewReader(body))
		r.Header.Set(fleetlock.HeaderName, "true")
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code == 200 {
			sem, err := store.Get(t.Context(), "default")
			if err != nil || len(sem.Holders) != 1 {
				t.Fatalf("%q, %v", sem.Holders, err)
			}
			if _, err := store.Unlock(t.Context(), "default", sem.Holders[0]); err != nil {
				t.Fatal(err)
			}
			return
		}
		var e struct{ Kind, Value string }
		if err := json.Unmarshal(w.Body.Bytes(), &e); err != nil || e.Kind == "" || e.Value == "" {
			t.Fatalf("%d %q", w.Code, w.Body)
		}
	})
}
