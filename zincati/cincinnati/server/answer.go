package server

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
)

// representation is a reply in one content encoding, ready to write.
type representation struct {
	body []byte
	// tag, length and encoding are header values in the form in which http.Header holds them.
	tag, length, encoding []string
}

// answer is what some of the nodes are told.
type answer struct {
	plain, gzip representation
}

// encoder makes answers. It keeps its compressors, which take a megabyte each.
type encoder struct {
	idle sync.Pool
}

// answer compresses a body and derives its validators.
func (e *encoder) answer(body []byte) (*answer, error) {
	packed, err := e.pack(body)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(body)
	tag := hex.EncodeToString(sum[:16])
	return &answer{
		plain: representation{
			body: body, tag: []string{`"` + tag + `"`}, length: []string{strconv.Itoa(len(body))},
		},
		// A strong tag names the bytes as sent, so the compressed form has its own.
		gzip: representation{
			body: packed, tag: []string{`"` + tag + `-gzip"`}, length: []string{strconv.Itoa(len(packed))},
			encoding: []string{"gzip"},
		},
	}, nil
}

func (e *encoder) pack(body []byte) ([]byte, error) {
	var b bytes.Buffer
	z, _ := e.idle.Get().(*gzip.Writer)
	if z == nil {
		var err error
		if z, err = gzip.NewWriterLevel(&b, gzip.BestCompression); err != nil {
			return nil, fmt.Errorf("compressing a graph: %w", err)
		}
	}
	defer e.idle.Put(z)
	z.Reset(&b)
	if _, err := z.Write(body); err != nil {
		return nil, fmt.Errorf("compressing a graph: %w", err)
	}
	if err := z.Close(); err != nil {
		return nil, fmt.Errorf("compressing a graph: %w", err)
	}
	return bytes.Clone(b.Bytes()), nil
}

// Header values that all replies share. They are written by nobody, so that requests can share them.
var (
	valueJSON    = []string{"application/json"}
	valueCache   = []string{"max-age=30"}
	valueNoStore = []string{"no-store"}
	valueVary    = []string{"Accept-Encoding"}
	valueVaryAll = []string{"Accept-Encoding, Origin"}
	valueAny     = []string{"*"}
	valueNosniff = []string{"nosniff"}
)

// serve writes the answer: 304 when the client has it already. cache is the Cache-Control header.
func (a *answer) serve(w http.ResponseWriter, r *http.Request, cache []string) {
	rep := &a.plain
	if acceptsGzip(r.Header["Accept-Encoding"]) {
		rep = &a.gzip
	}
	h := w.Header()
	h["Etag"] = rep.tag
	h["Cache-Control"] = cache
	if cond := r.Header["If-None-Match"]; cond != nil && matches(cond, rep.tag[0]) {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	h["Content-Type"] = valueJSON
	h["Content-Length"] = rep.length
	if rep.encoding != nil {
		h["Content-Encoding"] = rep.encoding
	}
	w.WriteHeader(http.StatusOK)
	if r.Method != http.MethodHead {
		w.Write(rep.body) // an error is the client's going away
	}
}

// acceptsGzip evaluates Accept-Encoding: gzip, or failing that *, with a weight above zero.
func acceptsGzip(header []string) bool {
	found, accepted := false, false
	for _, list := range header {
		for list != "" {
			var item string
			item, list, _ = strings.Cut(list, ",")
			name, params, _ := strings.Cut(item, ";")
			switch name = strings.TrimSpace(name); {
			case strings.EqualFold(name, "gzip") || strings.EqualFold(name, "x-gzip"):
				found, accepted = true, weighs(params)
			case name == "*" && !found:
				accepted = weighs(params)
			}
		}
	}
	return accepted
}

// weighs reports whether the parameters of an encoding leave it a weight above zero.
func weighs(params string) bool {
	for params != "" {
		var p string
		p, params, _ = strings.Cut(params, ";")
		key, value, _ := strings.Cut(p, "=")
		if strings.EqualFold(strings.TrimSpace(key), "q") {
			v, err := strconv.ParseFloat(strings.TrimSpace(value), 64)
			return err != nil || v > 0
		}
	}
	return true
}

// matches evaluates If-None-Match, which compares weakly: W/"x" is "x".
func matches(header []string, tag string) bool {
	for _, list := range header {
		for list != "" {
			list = strings.TrimLeft(list, " \t,")
			if strings.HasPrefix(list, "*") {
				return true
			}
			list = strings.TrimPrefix(list, "W/")
			if !strings.HasPrefix(list, `"`) {
				break // not a list of tags
			}
			end := strings.IndexByte(list[1:], '"')
			if end < 0 {
				break
			}
			if list[:end+2] == tag {
				return true
			}
			list = list[end+2:]
		}
	}
	return false
}
