package source_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"

	"github.com/nestos-dev/nestos/installer/source"
)

func ExampleClient_Open() {
	server := httptest.NewServer(http.FileServer(http.Dir("testdata")))
	defer server.Close()

	client := &source.Client{
		Getenv:  os.Getenv, // proxies
		Retries: 3,
		Message: func(text string) { fmt.Fprintln(os.Stderr, text) },
	}
	defer client.Close()
	body, length, name, err := client.Open(context.Background(), server.URL+"/image.raw")
	if err != nil {
		panic(err)
	}
	defer body.Close()
	n, err := io.Copy(io.Discard, body)
	fmt.Println(name, length, n, err)
	// Output: image.raw 16 16 <nil>
}
