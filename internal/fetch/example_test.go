package fetch_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"

	"github.com/opencontainers/go-digest"

	"github.com/nestos-dev/nestos/internal/fetch"
)

func exampleServer() *httptest.Server {
	return httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/repo/config" {
			http.NotFound(w, r)
			return
		}
		io.WriteString(w, "[core]\nmode=archive-z2\n")
	}))
}

func ExampleClient_GetBytes() {
	srv := exampleServer()
	defer srv.Close()
	client, err := fetch.New(&fetch.Options{UserAgent: "libostree/2026.4"})
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()

	mirrors := []string{srv.URL + "/repo"}
	data, _, err := client.GetBytes(context.Background(), fetch.Request{URL: "config", Mirrors: mirrors, MaxSize: 1 << 20})
	fmt.Printf("%s%v\n", data, err)

	_, _, err = client.GetBytes(context.Background(), fetch.Request{URL: "summary", Mirrors: mirrors})
	fmt.Println(errors.Is(err, fetch.ErrNotFound), strings.ReplaceAll(err.Error(), srv.URL, "http://host"))
	// Output:
	// [core]
	// mode=archive-z2
	// <nil>
	// true While fetching http://host/repo/summary: Server returned HTTP 404
}

func ExampleClient_Fetch() {
	srv := exampleServer()
	defer srv.Close()
	client, err := fetch.New(nil)
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()
	err = client.Fetch(context.Background(), fetch.Request{URL: srv.URL + "/repo/config"}, func(r *fetch.Response) error {
		// After a broken transfer this is called again: begin from nothing.
		n, err := io.Copy(io.Discard, r.Body)
		if err == nil {
			fmt.Println(n, "bytes, as promised:", n == r.Size)
		}
		return err
	})
	fmt.Println(err)
	// Output:
	// 23 bytes, as promised: true
	// <nil>
}

func ExampleClient_GetToFile() {
	srv := exampleServer()
	defer srv.Close()
	client, err := fetch.New(nil)
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()
	f, err := os.CreateTemp("", "fetch")
	if err != nil {
		log.Fatal(err)
	}
	defer os.Remove(f.Name())
	defer f.Close()
	res, err := client.GetToFile(context.Background(), fetch.Request{
		URL:    srv.URL + "/repo/config",
		Digest: digest.FromString("[core]\nmode=archive-z2\n"),
	}, f, nil)
	fmt.Println(res.Size, res.Complete, err)
	// Output: 23 true <nil>
}

func ExampleParseDataURL() {
	mediaType, data, err := fetch.ParseDataURL("data:text/plain;base64,aGVsbG8=")
	fmt.Println(mediaType, data, err)
	// Output: text/plain hello <nil>
}
