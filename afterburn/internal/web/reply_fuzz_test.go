package web

import (
	"bufio"
	"bytes"
	"io"
	"net/http"
	"testing"
)

// FuzzReply compares the parser with net/http's: what both accept they must take for the same, and what only this one
// accepts is listed here.
func FuzzReply(f *testing.F) {
	for _, s := range []string{
		"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhelloHTTP/1.1",
		"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\nhello",
		"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!",
		"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel",
		"HTTP/1.0 200 OK\r\n\r\nuntil the end",
		"HTTP/1.1 200\r\nConnection: Keep-Alive, close\r\n\r\n",
		"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n",
		"HTTP/1.1 302 Found\nLocation: /x\nContent-Length: 0\n\n",
		"HTTP/1.1 204 No Content\r\nContent-Length: 7\r\n\r\n",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;x=y\r\nhello\r\n1 \r\n!\r\n0\r\nT: 1\r\n\r\n",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n2\r\nab\r\n0\r\n\r\n",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0x1\r\na\r\n0\r\n\r\n",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n0\r\n\r\n",
		"HTTP/2 200 OK\r\n\r\n", "HTTP/1.1 99 x\r\n\r\n", "HTTP/1.1 2000 x\r\n\r\n", "HTTP/1.1 200 OK\r\nno colon\r\n\r\n", "", "\r\n",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		ours, ourBody, ourErr := readOurs(data)
		theirs, err := http.ReadResponse(bufio.NewReader(bytes.NewReader(data)), &http.Request{Method: "GET"})
		var body []byte
		if err == nil {
			body, err = io.ReadAll(theirs.Body)
		}
		if ourErr != nil || err != nil {
			return
		}
		resp := ours.Value.(*response)
		if resp.status != theirs.StatusCode || resp.location != theirs.Header.Get("Location") || !bytes.Equal(body, ourBody) {
			t.Fatalf("%q: %d %q %q, net/http has %d %q %q", data, resp.status, resp.location, ourBody, theirs.StatusCode, theirs.Header.Get("Location"), body)
		}
		if !ours.Close && (theirs.Close || !theirs.ProtoAtLeast(1, 1)) {
			t.Fatalf("%q: the connection would be used again, not so by net/http", data)
		}
	})
}

func readOurs(data []byte) (*bodyless, []byte, error) {
	r := bufio.NewReader(bytes.NewReader(data))
	reply, err := parseReply(r, "GET")
	if err != nil {
		return nil, nil, err
	}
	body, err := io.ReadAll(io.LimitReader(reply.Value.(*response).body, 1<<20))
	return &bodyless{reply.Close, reply.Value}, body, err
}

// bodyless is a reply whose body was read.
type bodyless struct {
	Close bool
	Value any
}

// TestReplies has what must be accepted and what must not, so that the comparison above is not empty.
func TestReplies(t *testing.T) {
	for data, want := range map[string]string{
		"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhelloHTTP/1.1":                                               "hello",
		"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\nhello":                                  "hello",
		"HTTP/1.0 200 OK\r\n\r\nuntil the end":                                                                    "until the end",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n5;x=y\r\nhello\r\n1 \r\n!\r\n0\r\nT: 1\r\n\r\nnext": "hello!",
		"HTTP/1.1 204\r\nContent-Length: 7\r\n\r\nnothing":                                                        "",
		"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n":                                                            "",
	} {
		_, body, err := readOurs([]byte(data))
		if err != nil || string(body) != want {
			t.Errorf("%q: %q %v", data, body, err)
		}
	}
	for _, data := range []string{
		"", "\r\n", "HTTP/1.1", "HTTP/1.1 200 OK", "HTTP/1.1 200 OK\r\nA: b", "HTTP/2 200 OK\r\n\r\n", "HTTP/1.1 20 x\r\n\r\n",
		"HTTP/1.1 +20 x\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!",
		"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nContent-Length: 6\r\n\r\nhello!",
		"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0x1\r\na\r\n0\r\n\r\n",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n0\r\n\r\n", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\r\n",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\na",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;" + string(bytes.Repeat([]byte("x"), 20000)) + "\r\na\r\n0\r\n\r\n",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + string(bytes.Repeat([]byte("1;xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\r\na\r\n"), 10000)) + "0\r\n\r\n",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n" + string(bytes.Repeat([]byte("T: 1\r\n"), 10000)) + "\r\n",
	} {
		if _, body, err := readOurs([]byte(data)); err == nil {
			t.Errorf("%.80q is accepted: %q", data, body)
		}
	}
}

func TestStatusTexts(t *testing.T) {
	for status := range 600 {
		if text := http.StatusText(status); (text == "") != (reasons[status] == "") {
			t.Errorf("%d: %q, %q", status, text, reasons[status])
		}
	}
}
