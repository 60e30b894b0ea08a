package installer_test

import (
	"context"
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"

	"github.com/nestos-dev/nestos/installer"
	"github.com/nestos-dev/nestos/installer/config"
	"github.com/nestos-dev/nestos/installer/signature"
	"github.com/nestos-dev/nestos/installer/stream"
)

// site serves a stream "demo" with one image, which is signed.
func site() *httptest.Server {
	files := http.FileServer(http.Dir("signature/testdata"))
	mux := http.NewServeMux()
	mux.HandleFunc("GET /streams/demo.json", func(w http.ResponseWriter, r *http.Request) {
		image := "http://" + r.Host + "/images/1M.xz"
		fmt.Fprintf(w, `{"architectures": {"x86_64": {"artifacts": {"metal": {"release": "1.0", "formats": {
			"raw.xz": {"disk": {"location": %q, "signature": %q, "sha256": ""}}}}}}}}`, image, image+".sig")
	})
	mux.Handle("GET /images/", http.StripPrefix("/images/", files))
	return httptest.NewServer(mux)
}

// An image of a stream is fetched, verified with a key of one's own, and decompressed.
func ExampleDownload() {
	web := site()
	defer web.Close()
	keys := &signature.Keyring{} // signature.Builtin returns one with the keys of Fedora and Red Hat
	if err := keys.AddFile("signature/testdata/test-key.pub.asc"); err != nil {
		log.Fatal(err)
	}
	dir, err := os.MkdirTemp("", "example-")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	paths, err := installer.Download(context.Background(), &installer.DownloadOptions{
		Common: installer.Common{Keyring: keys},
		Stream: "demo", StreamBaseURL: web.URL + "/streams/", Architecture: "x86_64",
		Directory: dir, Decompress: true, Retries: config.Retries{Count: 5},
	})
	if err != nil {
		log.Fatal(err)
	}
	for _, path := range paths {
		info, err := os.Stat(path)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(filepath.Base(path), info.Size())
	}
	// Output: 1M 1048576
}

// What a stream has, as "list-stream" shows it.
func ExampleListStream() {
	web := site()
	defer web.Close()
	s, err := installer.ListStream(context.Background(), &installer.Common{}, "demo", web.URL+"/streams/")
	if err != nil {
		log.Fatal(err)
	}
	if err := stream.WriteTable(os.Stdout, s.List()); err != nil {
		log.Fatal(err)
	}
	// Output:
	// Architecture  Platform  Format
	// x86_64        metal     raw.xz
}
