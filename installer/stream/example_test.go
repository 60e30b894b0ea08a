package stream_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"

	"github.com/nestos-dev/nestos/installer/source"
	"github.com/nestos-dev/nestos/installer/stream"
)

func Example() {
	server := httptest.NewServer(http.FileServer(http.Dir("testdata")))
	defer server.Close()

	url, err := stream.URL(server.URL+"/", "stable")
	if err != nil {
		panic(err)
	}
	s, err := stream.Fetch(context.Background(), &source.Client{}, url)
	if err != nil {
		panic(err)
	}
	_ = stream.WriteTable(os.Stdout, s.List())
	files, err := s.Artifacts(stream.ArchName("arm64"), "metal", "raw.xz")
	if err != nil {
		panic(err)
	}
	for _, a := range files {
		fmt.Println(a.Type, a.Location)
	}
	// Output:
	// Architecture  Platform   Format
	// aarch64       metal      4k.raw.xz
	// aarch64       metal      raw.xz
	// x86_64        metal      pxe
	// x86_64        metal      raw.xz
	// x86_64        openstack  qcow2.xz
	// disk https://example.com/aarch64/disk.raw.xz
}
